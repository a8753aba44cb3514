"""Connections of Python's driver for SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for another program's write lock."""
_NO_ROOM = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_READONLY_DIRECTORY,
)
"""Errors of who opens a file with a log where neither room nor permission is there for the memory beside it."""
_STEPS = 200_000
"""Instructions of SQLite's, some milliseconds of them, between two looks at whether a statement is to be stopped."""


def connect(path: Path, synchronous: str, busy_timeout: float = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection in autocommit mode with the settings that every connection of ours has.

    The file must exist. Callers see to it that one thread at a time uses a connection.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
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


def connect_to_read(path: Path, synchronous: str, busy_timeout: float) -> tuple[sqlite3.Connection, bool]:
    """A connection for reading, and whether it may be kept.

    A program that opens a file with a log shares memory beside it with others, which takes room on the disk. Without
    room nobody else has the file open, and it is read as it lies there: for one look only, since another program may
    begin to write at any moment.
    """
    try:
        return connect(path, synchronous, busy_timeout), True
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in _NO_ROOM:
            raise
    return _connect_without_room(path), False


def _connect_without_room(path: Path) -> sqlite3.Connection:
    log = Path(f"{path}-wal")
    as_it_lies = not log.exists() or not log.stat().st_size
    mode = "ro&immutable=1" if as_it_lies else "rw"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    if not as_it_lies:
        # A program has died, whose last commits are in the log. They are taken in from there, in memory of our own.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection


def connect_alone(path: Path, patience: float) -> sqlite3.Connection | None:
    """A connection to a file that nobody else has open, nor opens until this is closed; ``None`` when somebody has.

    In a file with a log every connection holds a lock that is shared, from its first look until it is closed. This one
    asks for the file before its first look, so that of two that want it one gets it.
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


@contextmanager
def stoppable(connection: sqlite3.Connection, stopped: Callable[[], bool]) -> Iterator[None]:
    """End a statement on ``connection`` early, without its rows, once ``stopped`` says so."""
    connection.set_progress_handler(stopped, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    finally:
        connection.set_progress_handler(None, 0)


def library_version() -> str:
    """The version of SQLite that Python has."""
    return sqlite3.sqlite_version
