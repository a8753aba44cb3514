"""Changes of the database's schema, with Alembic, which is loaded only when a file needs one."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from holdfast.exceptions import StoreDamaged, StoreLocked
from holdfast.store.door import BUSY_TIMEOUT
from holdfast.store.sqlite import driver, files

_MOMENT = 0.1
"""Seconds for one attempt to lock the file exclusively."""


def upgrade(path: Path, found: str | None = None, busy_timeout: float = BUSY_TIMEOUT, *, to: str = "head") -> None:
    """Bring the database at ``path``, now at revision ``found``, to the newest one, or to the revision ``to``.

    Nobody else may have it open: a program of an earlier Holdfast would continue to write the old tables. A file that
    is not empty is backed up first.

    Raises `StoreDamaged` for an unknown revision, `StoreLocked` if another program has the file open for longer than
    ``busy_timeout`` seconds.
    """
    if found is not None and found not in known_revisions(configuration()):
        raise StoreDamaged(f"{path} says its schema is {found!r}, which is not one of Holdfast's.")
    try:
        connection = _connect_alone(path, busy_timeout)
        if connection is not None:
            with closing(connection):
                _upgrade(path, connection, to)
    except sqlite3.Error as error:
        raise driver.explain(error, path) from error


def _connect_alone(path: Path, busy_timeout: float) -> sqlite3.Connection | None:
    """Return a connection to a file that nobody else has open; ``None`` if another process upgrades it meanwhile."""
    until = time.monotonic() + busy_timeout
    while (connection := driver.connect_alone(path, _MOMENT)) is None:
        is_late = time.monotonic() >= until
        try:
            with closing(driver.connect(path, "FULL", 0)) as reader:
                version = _version(reader)
        except sqlite3.OperationalError:  # another process has locked it, and may be upgrading it
            if is_late:
                raise
            continue
        if version == _newest():
            return None
        if is_late:
            raise StoreLocked(
                f"{path} must be upgraded from schema {version} to {_newest()}, and no other program may use it "
                f"meanwhile. End all that do{_named(files.users(path))}, then try again. Their runs can continue "
                "afterwards."
            )
    return connection


def _upgrade(path: Path, connection: sqlite3.Connection, to: str) -> None:
    version = _version(connection)
    if version is not None and version >= str(_newest()):
        return  # another process was first
    if version is not None:
        files.back_up(path, connection, version)
    _migrate(path, connection, to)


def _named(pids: list[int]) -> str:
    return f" ({', '.join(f'process {pid}' for pid in pids)})" if pids else ""


def _version(connection: sqlite3.Connection) -> str | None:
    """Return the schema's current version; ``None`` for an empty file."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _migrate(path: Path, connection: sqlite3.Connection, to: str) -> None:
    engine = _engine(connection)
    try:
        with engine.begin() as begun:
            command.upgrade(configuration(begun), to)
            if begun.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StoreDamaged(f"{path} could not be upgraded: some of its rows refer to rows that do not exist.")
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise driver.explain(error.orig, path) from error
    finally:
        engine.dispose()


def _newest() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def known_revisions(config: Config) -> set[str]:
    """Return all known revisions."""
    return {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}


def _engine(connection: sqlite3.Connection) -> Engine:
    # Recreating a table must not delete the rows that refer to it; the whole is checked at the end.
    connection.execute("PRAGMA foreign_keys=OFF")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    # Our connections leave BEGIN to us; a migration takes the write lock immediately.
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
