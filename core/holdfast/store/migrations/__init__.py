"""Changes of the database's schema, with Alembic, which is loaded only when a file needs one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from holdfast.exceptions import StoreDamaged
from holdfast.store import sqlite


def upgrade(
    path: Path, found: str | None = None, busy_timeout: float = sqlite.BUSY_TIMEOUT, *, to: str = "head"
) -> None:
    """Bring the database at ``path``, now at revision ``found``, to the newest one, or to the revision ``to``.

    A file that has something in it is backed up before.

    Raises `StoreDamaged` for a revision that never was, `StoreLocked` when another program writes for longer than
    ``busy_timeout`` seconds.
    """
    engine = _engine(path, busy_timeout)
    try:
        with engine.begin() as connection:
            config = configuration(connection)
            if found is not None and found not in known_revisions(config):
                raise StoreDamaged(f"{path} says its schema is {found!r}, which is none of Holdfast's.")
            if found is not None:
                _back_up(path, connection)
            command.upgrade(config, to)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StoreDamaged(f"{path} could not be upgraded: rows of it refer to others that are not there.")
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise sqlite.explain(error.orig, path) from error
    finally:
        engine.dispose()


def _back_up(path: Path, connection: Connection) -> None:
    """Keep the file as it is. Another process may have upgraded it before this one got the write lock."""
    version = MigrationContext.configure(connection).get_current_revision()
    if version != _newest():
        assert version is not None
        with closing(sqlite.connect(path, "FULL")) as reader:
            sqlite.back_up(path, reader, version)


def _newest() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def known_revisions(config: Config) -> set[str]:
    """All revisions that there are."""
    return {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}


def _engine(path: Path, busy_timeout: float) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite.connect(path, "FULL", busy_timeout)
        # A table that is made again must not take with it what refers to it; the whole is looked at in the end.
        connection.execute("PRAGMA foreign_keys=OFF")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    # Our connections leave BEGIN to us; a migration takes the write lock at once, so that two never run together.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
