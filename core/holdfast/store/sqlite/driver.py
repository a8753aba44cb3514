"""Connections of Python's SQLite driver, how statements run on them, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from holdfast.exceptions import StoreDamaged, StoreError, StoreFull, StoreLocked
from holdfast.store.door import BUSY_TIMEOUT
from holdfast.store.sqlite.dialect import DIALECT
from holdfast.store.statement import Statement

_NO_ROOM = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_READONLY_DIRECTORY,
)
"""Errors from opening a file with a log without room or permission for the shared memory next to it."""
_STEPS = 200_000
"""SQLite instructions, some milliseconds of them, between two checks whether to stop a statement."""


class SqliteConnection(sqlite3.Connection):
    """The driver's connection with the store's interface; see `holdfast.store.door.Connection`."""

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        """Run a statement."""
        sql, constants = statement.compiled.get(DIALECT.name) or statement.compile(DIALECT)
        values = {**constants, **parameters} if constants else parameters
        try:
            return self.execute(sql, values)
        except UnicodeEncodeError:
            # Text that UTF-8 cannot encode, such as half of a surrogate pair, is stored as its escape.
            return self.execute(sql, {name: _storable(value) for name, value in values.items()})

    @contextmanager
    def stoppable(self, stopped: Callable[[], bool]) -> Generator[None, None, None]:
        """End a statement in the block early, without its rows, once ``stopped`` returns true. The block ends, too."""
        self.set_progress_handler(stopped, _STEPS)
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        finally:
            self.set_progress_handler(None, 0)


def _storable(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def connect(path: Path, synchronous: str, busy_timeout: float = BUSY_TIMEOUT) -> SqliteConnection:
    """Return a connection in autocommit mode with the settings that all our connections have.

    The file must exist. Callers make sure that only one thread at a time uses a connection.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        factory=SqliteConnection,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path, synchronous: str, busy_timeout: float) -> tuple[SqliteConnection, bool]:
    """Return a connection for reading, and whether it may be kept.

    A program that opens a file with a log shares memory with others in a file next to it, which takes room on the disk.
    Without room nobody else has the file open, and it is read as it is: only once, since another program may begin to
    write at any moment.
    """
    try:
        return connect(path, synchronous, busy_timeout), True
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in _NO_ROOM:
            raise
    return _connect_without_room(path), False


def _connect_without_room(path: Path) -> SqliteConnection:
    log = Path(f"{path}-wal")
    as_it_lies = not log.exists() or not log.stat().st_size
    mode = "ro&immutable=1" if as_it_lies else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, factory=SqliteConnection, isolation_level=None)
    if not as_it_lies:
        # A program has died, whose last commits are in the log. They are read from there, in memory of our own.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection


def connect_alone(path: Path, patience: float) -> sqlite3.Connection | None:
    """Return a connection to a file that nobody else has open; ``None`` if another process has it open.

    Nobody else can open it until this connection is closed.

    In a file with a log every connection holds a shared lock, from its first read until it is closed. This one locks
    the file before its first read, so that of two that want it, one gets it.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=patience, isolation_level=None
    )
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # the lock outlasts it
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise
    return connection


def library_version() -> str:
    """Return the version of SQLite that Python uses."""
    return sqlite3.sqlite_version


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the error for a user: what happened to which file, and how to fix it."""
    whole_code = getattr(error, "sqlite_errorcode", 0)
    code = whole_code & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(
            f"{path} is locked: another program has been writing to it for a long time. End that program, or wait."
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreDamaged(
            f"{path} is not a Holdfast database, or is damaged ({error}). Set HOLDFAST_DB to another file, "
            "or replace it with a backup."
        )
    if code == sqlite3.SQLITE_FULL or whole_code in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN):
        return StoreFull(f"{path} cannot grow: the disk is full. Make room and try again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{path} cannot be opened for writing ({error}). Check who owns it and its folder.")
    return StoreError(f"{path}: {error}.")
