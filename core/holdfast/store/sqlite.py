"""What is SQLite's own: how a database file is opened, made and locked, and what its errors mean."""

from __future__ import annotations

import glob
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, Insert, Table, bindparam, func, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from holdfast.exceptions import StoreDamaged, StoreError, StoreFull, StoreLocked
from holdfast.store.tables import Row

DIALECT = sqlite.dialect(paramstyle="named")

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for another program's write lock."""
_BACKUP = ".backup"
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


def create(path: Path, version: str) -> None:
    """Make a new database at ``path``, unless another process makes it first.

    It is made under another name and then linked, so that nobody ever opens half a database. The file is its
    user's alone, and so is its folder if that has to be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        connection = connect(draft, "FULL")
        try:
            complete(connection, lambda: [*schema(), *stamp(version)])
        finally:
            connection.close()
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


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


def users(path: Path) -> list[int]:
    """The processes that have the file open, as far as the system tells: Linux does, of those that it shows here."""
    try:
        locks = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    file = f":{path.stat().st_ino}"
    fields = [each.replace("-> ", "").split() for each in locks]
    pids = {int(each[4]) for each in fields if each[1] == "POSIX" and each[5].endswith(file)}
    return sorted(pid for pid in pids if pid > 0 and pid != os.getpid())


def back_up(path: Path, connection: sqlite3.Connection, version: str) -> Path:
    """Keep the file as it is, before its schema ``version`` is upgraded, and return where.

    The connection has the file for itself (`connect_alone`), and is in no transaction. Raises a `StoreError`, and
    leaves nothing, where that is not possible.
    """
    kept = path.with_name(f"{path.name}.{version}{_BACKUP}")
    draft = path.with_name(f".{kept.name}")
    try:
        draft.unlink(missing_ok=True)  # of who was killed here
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(draft)) as copy:
                connection.backup(copy)
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path} has to be upgraded from schema {version}, and cannot be backed up before ({error}). "
            f"There has to be room for a copy in {path.parent}."
        ) from error
    return kept


def backups(path: Path) -> list[Path]:
    """What `back_up` has kept of a file, the oldest schema first."""
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.*{_BACKUP}"))


def has_log(connection: sqlite3.Connection) -> bool:
    """Whether the file has a write-ahead log; one that was empty, or made by a dump or ``VACUUM INTO``, has none."""
    return bool(connection.execute("PRAGMA journal_mode").fetchone() == ("wal",))


def complete(connection: sqlite3.Connection, missing: Callable[[], Iterable[str]]) -> None:
    """Run the statements that are ``missing`` from the file, in one transaction, and give it a write-ahead log.

    Several processes may do this at once: each waits for the one before it. The connection is to be closed then.
    """
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for statement in missing():
            connection.execute(statement)
        logged = has_log(connection)
        if not logged:
            # The lock outlasts the transaction. Who asks for a log without it is not made to wait for others, but
            # told at once that the file is locked.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if not logged:
        connection.execute("PRAGMA journal_mode=WAL")


def schema() -> list[str]:
    """The statements that make every table and index."""
    statements = []
    for table in Row.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=DIALECT)))
        by_name = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=DIALECT)) for index in by_name]
    return statements


def stamp(version: str) -> list[str]:
    """The statements that record the schema's version where Alembic looks for it."""
    return [
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        f"INSERT INTO alembic_version (version_num) VALUES ('{version}')",  # noqa: S608 - a constant of ours
    ]


def library_version() -> str:
    """The version of SQLite that Python has."""
    return sqlite3.sqlite_version


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """The error for a user: what happened to which file, and how to mend it."""
    whole_code = getattr(error, "sqlite_errorcode", 0)
    code = whole_code & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(
            f"{path} is locked: another program has been writing to it for a long time. End that program, or wait."
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreDamaged(
            f"{path} is not a Holdfast database, or is damaged ({error}). Name another file in HOLDFAST_DB, "
            "or put a backup in its place."
        )
    if code == sqlite3.SQLITE_FULL or whole_code in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN):
        return StoreFull(f"{path} cannot grow: the disk is full. Make room and try again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{path} cannot be opened for writing ({error}). Check who owns it and its folder.")
    return StoreError(f"{path}: {error}.")


def insert_if_new(table: Table, columns: Sequence[str]) -> Insert:
    """An INSERT that does nothing where the row is there already."""
    return sqlite.insert(table).values({name: bindparam(name) for name in columns}).on_conflict_do_nothing()


def holds(column: ColumnElement[str | None], value: str) -> ColumnElement[bool]:
    """Whether the JSON list in a column has this text in it."""
    listed = func.json_each(column).table_valued("value")
    return select(literal(1)).select_from(listed).where(listed.c.value == value).exists()


def is_like(column: ColumnElement[str] | ColumnElement[str | None], pattern: str) -> ColumnElement[bool]:
    """Whether text fits a pattern, in which ``/`` escapes, whatever the case of its ASCII letters."""
    # LIKE does that by itself here; lower() on both sides costs twice the time.
    return column.like(pattern, escape="/")


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
