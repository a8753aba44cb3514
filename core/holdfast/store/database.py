"""An open database, with the same interface for every kind of database."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from holdfast import settings
from holdfast.store.door import BUSY_TIMEOUT, Connection, Location, Transaction
from holdfast.store.fences import Fence
from holdfast.store.group_commit import GroupCommit
from holdfast.store.sqlite.connections import SqliteFile
from holdfast.store.sqlite.dialect import DIALECT
from holdfast.store.statement import Statement
from holdfast.store.tables import VERSION as VERSION
from holdfast.store.watch import Watcher


def locate(path: Path) -> Location:
    """Return the location that a path names: every database is an SQLite file."""
    return SqliteFile(path.absolute())  # a flow may change its working directory


def compile_now(statement: Statement) -> None:
    """Compile a statement now, not at its first use."""
    statement.compile(DIALECT)


class Database:
    """An open Holdfast database.

    All methods may be called from any thread. If the database cannot be used, they raise a `StoreError` with the
    reason.
    """

    def __init__(self, where: Location | Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        settings.check_names()
        self.location = locate(where) if isinstance(where, Path) else where
        self.connections = self.location.open(busy_timeout, self._notice)
        self.watcher = Watcher(self.connections)
        self.group = GroupCommit(self)
        """Commits decisions that come at the same time together."""
        self.fences: WeakValueDictionary[str, Fence] = WeakValueDictionary()
        """The runs that this process executes, by id. The engine keeps the fence of each during the execution."""
        self.is_closed = False

    def _notice(self) -> None:
        self.watcher.notice()

    def write(self, *, durable: bool | None = None) -> Transaction:
        """Return a write transaction, a context manager that yields the connection.

        It takes the write lock immediately, commits at the end, and rolls back on an exception. With ``durable`` the
        commit, and all before it, is on disk when the block is left. With ``durable=False`` it need not be, whatever
        the setting says, since losing it does no harm.
        """
        return self.connections.write(durable)

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for reading. Fetch everything: an open cursor would keep an old view of the file."""
        return self.connections.read()

    def rows(self, statement: Statement, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a SELECT."""
        with self.connections.read() as connection:
            return statement.run(connection, **parameters).fetchall()

    def try_to_write(self) -> None:
        """Write something that changes nothing to disk. Raises the same `StoreError` as any write."""
        self.connections.try_to_write()

    def hurried(self, seconds: float) -> AbstractContextManager[None]:
        """Limit the time that writes in this block wait for another program's write lock to ``seconds``."""
        return self.connections.hurried(seconds)

    def check(self) -> None:
        """Raise `StoreMoved` if the open file is no longer the one at its path."""
        self.connections.check()

    def look(self) -> None:
        """Check like `check`, unless that was done a moment ago."""
        self.connections.look()

    def close(self) -> None:
        """Close every connection. The database must not be in use."""
        self.is_closed = True
        self.watcher.close()
        self.connections.close()


_open: dict[Path, Database] = {}
_opening = threading.Lock()
_inherited: list[Database] = []


def default() -> Database:
    """Return the database in the settings, opened once in a process."""
    path = settings.database()
    found = _open.get(path)
    if found is None:
        with _opening:
            found = _open.get(path)
            if found is None:
                found = _open[path] = Database(path)
    return found


def close_all() -> None:
    """Close the databases that `default` opened."""
    with _opening:
        while _open:
            _open.popitem()[1].close()


def _forget_after_fork() -> None:
    # A child must neither use nor close a connection of its parent (SQLite, "How to corrupt", 2.6), so the inherited
    # ones are kept, untouched.
    global _opening
    _opening = threading.Lock()
    _inherited.extend(_open.values())
    _open.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
