"""The databases that the store's contract tests run over, and what these tests do beside the store.

The contract tests are `test_store`, `test_store_refuses`, `test_store_lists` and `test_watcher`: what the
store promises, whatever database it is on. A second database is a second class here, and a parameter of the fixture
``backend``. What is SQLite's own is tested in `test_sqlite`, `test_store_opening`, `test_open_file` and
`test_migrations`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from holdfast.store import database
from holdfast.store.database import Database
from holdfast.store.sqlite import driver


class SqliteProgram:
    """Another program that has the database open, and does not know of Holdfast."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, **values: Any) -> None:
        """Run a statement, and commit it."""
        self._connection.execute(sql, values)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a SELECT gives."""
        return [dict(row) for row in self._connection.execute(sql)]

    def value(self, sql: str) -> Any:
        """The only value that a SELECT gives."""
        ((found,),) = self._connection.execute(sql)
        return found

    def refuse_events(self, **columns: str) -> None:
        """From now on no event is stored that has these values."""
        fits = " AND ".join(["1", *(f"NEW.{name} = '{value}'" for name, value in columns.items())])
        self.run(f"CREATE TRIGGER no BEFORE INSERT ON event WHEN {fits} BEGIN SELECT RAISE(ABORT, 'no'); END")


class SqliteBackend:
    """A database of SQLite's."""

    Refused = sqlite3.IntegrityError
    """What is raised for a row that may not be."""
    REASONS: ClassVar = {"value": r"CHECK constraint|NOT NULL", "twice": "UNIQUE", "reference": "FOREIGN KEY"}
    """What it says of why."""

    def open(self) -> Database:
        """The test's database."""
        return database.default()

    def open_again(self, db: Database) -> Database:
        """The same database as another process has it: with connections of its own, and a watcher that is not told."""
        return Database(db.location)

    @contextmanager
    def another_program(self, db: Database) -> Iterator[SqliteProgram]:
        """Another program that uses the database."""
        connection = sqlite3.connect(str(db.location), isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        try:
            yield SqliteProgram(connection)
        finally:
            connection.close()

    def stop_at_once(self, monkeypatch: Any) -> None:
        """From now on a statement that may be stopped looks at every step whether it is to stop."""
        monkeypatch.setattr(driver, "_STEPS", 1)
