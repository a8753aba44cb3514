"""Database files: creating them, completing them, and backing them up."""

from __future__ import annotations

import glob
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy.schema import CreateIndex, CreateTable

from holdfast.exceptions import StoreError
from holdfast.store.sqlite import driver
from holdfast.store.sqlite.dialect import DIALECT
from holdfast.store.tables import Row

_BACKUP = ".backup"


def create(path: Path, version: str) -> None:
    """Create a new database at ``path``, unless another process creates it first.

    It is created under another name and then linked, so that nobody ever opens half a database. Only its user may
    access the file, and its folder if that has to be created.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        fill(draft, version)
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def fill(path: Path, version: str) -> None:
    """Give an empty file every table, the schema's version and a write-ahead log."""
    with closing(driver.connect(path, "FULL")) as connection:
        complete(connection, lambda: [*schema(), *stamp(version)])


def users(path: Path) -> list[int]:
    """Return the processes that have the file open, as far as the system tells.

    Linux does, for the processes shown here.
    """
    try:
        locks = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    file = f":{path.stat().st_ino}"
    fields = [each.replace("-> ", "").split() for each in locks]
    pids = {int(each[4]) for each in fields if each[1] == "POSIX" and each[5].endswith(file)}
    return sorted(pid for pid in pids if pid > 0 and pid != os.getpid())


def back_up(path: Path, connection: sqlite3.Connection, version: str) -> Path:
    """Copy the file before its schema ``version`` is upgraded, and return the path of the copy.

    The connection has the file exclusively (`connect_alone`), and is in no transaction. Raises a `StoreError`, and
    leaves nothing, if that is not possible.
    """
    kept = path.with_name(f"{path.name}.{version}{_BACKUP}")
    draft = path.with_name(f".{kept.name}")
    try:
        draft.unlink(missing_ok=True)  # of a process that was killed here
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(draft)) as copy:
                connection.backup(copy)
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path} must be upgraded from schema {version}, but cannot be backed up first ({error}). "
            f"There must be room for a copy in {path.parent}."
        ) from error
    return kept


def backups(path: Path) -> list[Path]:
    """Return the backups that `back_up` has made of a file, oldest schema first."""
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.*{_BACKUP}"))


def has_log(connection: sqlite3.Connection) -> bool:
    """Whether the file has a write-ahead log. A file that was empty, or made by a dump or ``VACUUM INTO``, has none."""
    return bool(connection.execute("PRAGMA journal_mode").fetchone() == ("wal",))


def complete(connection: sqlite3.Connection, missing: Callable[[], Iterable[str]]) -> None:
    """Run the statements that are ``missing`` from the file, in one transaction, and give it a write-ahead log.

    Several processes may do this at once: each waits for the one before it. The connection must be closed afterwards.
    """
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for statement in missing():
            connection.execute(statement)
        logged = has_log(connection)
        if not logged:
            # The lock outlasts the transaction. Without it, asking for a log does not wait for others, but fails
            # immediately because the file is locked.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if not logged:
        connection.execute("PRAGMA journal_mode=WAL")


def schema() -> list[str]:
    """Return the statements that create every table and index."""
    statements: list[str] = []
    for table in Row.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=DIALECT)))
        by_name = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=DIALECT)) for index in by_name]
    return statements


def stamp(version: str) -> list[str]:
    """Return the statements that record the schema's version where Alembic looks for it."""
    return [
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        f"INSERT INTO alembic_version (version_num) VALUES ('{version}')",  # noqa: S608 - a constant of ours
    ]
