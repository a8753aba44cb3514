"""An open database: what it offers to everybody above, whatever database it is."""

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
    """The place that a path names: every database is a file of SQLite's."""
    return SqliteFile(path.absolute())  # a flow may change its working directory


def compile_now(statement: Statement) -> None:
    """Compile a statement now rather than at its first use."""
    statement.compile(DIALECT)


class Database:
    """An open Holdfast database.

    All methods may be called from any thread. Raises a `StoreError` that says what is wrong when it cannot be used.
    """

    def __init__(self, where: Location | Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        settings.check_names()
        self.location = locate(where) if isinstance(where, Path) else where
        self.connections = self.location.open(busy_timeout, self._notice)
        self.watcher = Watcher(self.connections)
        self.group = GroupCommit(self)
        """Where decisions that come at the same time are committed together."""
        self.fences: WeakValueDictionary[str, Fence] = WeakValueDictionary()
        """The runs that this process executes, by id: the engine keeps the fence of each as long as it does."""
        self.is_closed = False

    def _notice(self) -> None:
        self.watcher.notice()

    def write(self, *, durable: bool | None = None) -> Transaction:
        """A write transaction, as a context manager that gives the connection.

        It takes the write lock at once, commits at the end, and rolls back on an exception. With ``durable`` the
        commit is on disk (and all before it) when the block is left; with ``durable=False`` it need not be, whatever
        the setting says, since nothing is lost with it.
        """
        return self.connections.write(durable)

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading. Fetch everything: an open cursor would hold an old view of the file."""
        return self.connections.read()

    def rows(self, statement: Statement, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        with self.connections.read() as connection:
            return statement.run(connection, **parameters).fetchall()

    def try_to_write(self) -> None:
        """Put something on the disk that changes nothing. Raises the `StoreError` that any write would."""
        self.connections.try_to_write()

    def hurried(self, seconds: float) -> AbstractContextManager[None]:
        """While this lasts, writes wait no longer than ``seconds`` for another program's write lock."""
        return self.connections.hurried(seconds)

    def check(self) -> None:
        """Raise `StoreMoved` where what is open is no longer what is at its place."""
        self.connections.check()

    def look(self) -> None:
        """As `check`, unless that was done a moment ago."""
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
    """The database that the settings name, opened once in a process."""
    path = settings.database()
    found = _open.get(path)
    if found is None:
        with _opening:
            found = _open.get(path)
            if found is None:
                found = _open[path] = Database(path)
    return found


def close_all() -> None:
    """Close what `default` opened."""
    with _opening:
        while _open:
            _open.popitem()[1].close()


def _forget_after_fork() -> None:
    # A child must neither use nor close a connection of its parent (SQLite, "How to corrupt", 2.6), so what
    # was inherited is kept, untouched.
    global _opening
    _opening = threading.Lock()
    _inherited.extend(_open.values())
    _open.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
