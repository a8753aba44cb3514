"""An open database file: one writing connection, and a few reading ones.

Reading does not need writing: it works on a full disk, in a folder without write permission, and while another program
holds the write lock.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import Any

from holdfast import settings
from holdfast.exceptions import StoreDamaged, StoreError, StoreTooNew
from holdfast.store import crash_points
from holdfast.store.door import Signs
from holdfast.store.sqlite import driver, files
from holdfast.store.sqlite.driver import SqliteConnection
from holdfast.store.sqlite.open_file import OpenFile
from holdfast.store.statement import Statement
from holdfast.store.tables import VERSION

_is_owned = methodcaller("_is_owned")
"""Whether this thread has a lock: `threading.RLock` has a method for that, which type checkers do not know."""


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A database file, as a `holdfast.store.door.Location`."""

    path: Path
    """The absolute path, since a flow may change its working directory."""

    def __str__(self) -> str:
        return str(self.path)

    def open(self, busy_timeout: float, committed: Callable[[], None]) -> SqliteConnections:
        """Open the file, and create it if it does not exist."""
        return SqliteConnections(self.path, busy_timeout, committed)


class _Write:
    """One write transaction."""

    __slots__ = ("_changes", "_durable", "_of")

    def __init__(self, of: SqliteConnections, durable: bool | None) -> None:
        self._of = of
        self._durable = durable
        self._changes = 0

    def __enter__(self) -> SqliteConnection:
        of = self._of
        try:
            of.give_up()
            of.lock.acquire()
            of.look()
            writer = of.writer or of.open_writer()
            of.set_synchronous(self._durable)
            writer.execute("BEGIN IMMEDIATE")
            self._changes = writer.total_changes
            return writer
        except sqlite3.Error as error:
            of.give_up()
            raise driver.explain(error, of.path) from error
        except BaseException:
            of.give_up()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        of = self._of
        connection = of.writer
        assert connection is not None
        # A follower may look for work. If it were told about commits without changes, it would look again for ever.
        changed = connection.total_changes != self._changes
        try:
            if kind is None:
                if of.fault is not None:
                    of.fault("before")
                connection.execute("COMMIT")
                if of.fault is not None:
                    of.fault("after")
                if self._durable:
                    of.check()  # a commit that nobody else will ever see is not acknowledged
            elif connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error as failed:
            raise driver.explain(failed, of.path) from failed
        finally:
            of.give_up()
        if kind is None:
            if changed:
                of.committed()
        elif isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError
        ):
            raise driver.explain(error, of.path) from error


class SqliteConnections:
    """All connections of this process to a database file; see `holdfast.store.door.Connections`."""

    def __init__(self, path: Path, busy_timeout: float, committed: Callable[[], None]) -> None:
        self.path = path
        self.committed = committed
        self.fault = crash_points.from_environment()
        self.lock = threading.RLock()
        self.writer: SqliteConnection | None = None
        self._synchronous = self._writes = settings.synchronous()
        self._busy_timeout = self._patience = busy_timeout
        self._readers: list[SqliteConnection] = []
        try:
            self._prepare()
            self._file = OpenFile(path)
            with self._reading():
                pass  # from now on a connection is open, so that nobody upgrades the file
        except sqlite3.Error as error:
            raise driver.explain(error, path) from error
        except OSError as error:
            raise StoreError(
                f"{path} cannot be created: {error.strerror}. Set HOLDFAST_DB to another place."
            ) from error
        self.look, self.check = self._file.look, self._file.check

    # The file.

    def _prepare(self) -> None:
        """Make sure that the file exists, and has the tables of this version and a write-ahead log."""
        if not self.path.exists():
            files.create(self.path, VERSION)
        elif not self.path.is_file():
            what = "a folder" if self.path.is_dir() else "not a file"
            raise StoreError(f"{self.path} is {what}. Set HOLDFAST_DB to a file.")
        connection, shared = driver.connect_to_read(self.path, self._synchronous, self._busy_timeout)
        with closing(connection):
            found = self._version(connection)
            complete = found is not None and (not shared or files.has_log(connection))
        if not complete:
            with closing(self._connect()) as connection:
                files.complete(connection, lambda: self._statements_missing(connection))
        if found not in (None, VERSION):
            from holdfast.store.migrations import upgrade  # loads Alembic

            upgrade(self.path, found, self._busy_timeout)

    def _statements_missing(self, connection: SqliteConnection) -> list[str]:
        """Return the statements that create the tables, unless the file has some."""
        return [] if self._version(connection) is not None else [*files.schema(), *files.stamp(VERSION)]

    def _version(self, connection: SqliteConnection) -> str | None:
        """Return the schema's version; ``None`` for an empty file."""
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if "alembic_version" not in tables or "flow_run" not in tables:
            raise StoreDamaged(f"{self.path} is a database, but not Holdfast's. Set HOLDFAST_DB to another file.")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        version = str(row[0]) if row else ""
        if version > VERSION:
            raise StoreTooNew(
                f"{self.path} was written by a newer Holdfast (schema {version}, this one knows {VERSION}). "
                "Upgrade Holdfast to open it."
            )
        return version

    def _check_version(self, connection: SqliteConnection) -> None:
        """Close a connection whose file was upgraded since, while this process had none open, and raise the reason."""
        try:
            self._version(connection)
        except BaseException:
            connection.close()
            raise

    def _connect(self) -> SqliteConnection:
        return driver.connect(self.path, self._synchronous, self._busy_timeout)

    # Writing.

    def write(self, durable: bool | None) -> _Write:
        """Return a write transaction, a context manager that yields the connection."""
        return _Write(self, durable)

    def open_writer(self) -> SqliteConnection:
        """Open the writing connection at the first write: a process that only reads needs no room on the disk."""
        self.check()
        writer = driver.connect(self.path, self._synchronous, self._patience)
        self._check_version(writer)
        self.writer = writer
        self._writes = self._synchronous
        self._file.follow_log()
        return writer

    def set_synchronous(self, durable: bool | None) -> None:
        """Set whether the next commit waits until it is on disk."""
        wanted = self._synchronous if durable is None else "FULL" if durable else "NORMAL"
        if wanted != self._writes:
            assert self.writer is not None
            self._writes = ""  # unknown if this is interrupted
            self.writer.execute(f"PRAGMA synchronous={wanted}")
            self._writes = wanted

    def give_up(self) -> None:
        """Leave the transaction that this thread is in, if any, and roll back what is not committed.

        Ctrl-C may occur between any two steps of the main thread, even in a ``with`` statement. So the next transaction
        may find an interrupted one here.
        """
        while _is_owned(self.lock):
            if self.writer is not None and self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
            self.lock.release()

    def try_to_write(self) -> None:
        """Write something that changes nothing to disk."""
        with self.write(durable=True) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version={version}")

    @contextmanager
    def hurried(self, seconds: float) -> Generator[None, None, None]:
        """Limit the time that writes in this block wait for another program's write lock to ``seconds``."""
        self._wait_for_lock(seconds)
        try:
            yield
        finally:
            self._wait_for_lock(self._busy_timeout)

    def _wait_for_lock(self, seconds: float) -> None:
        with self.lock:
            self._patience = seconds
            if self.writer is not None:
                self.writer.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")

    # Reading.

    @contextmanager
    def read(self) -> Generator[SqliteConnection, None, None]:
        """Yield a connection for reading."""
        self.look()
        try:
            with self._reading() as reader:
                yield reader
        except sqlite3.Error as error:
            raise driver.explain(error, self.path) from error

    @contextmanager
    def _reading(self) -> Generator[SqliteConnection, None, None]:
        reader = self._idle_reader()
        kept = reader is not None
        try:
            if reader is None:
                self._file.check()  # the path may name another file now, or none
                reader, kept = self._open_reader()
            yield reader
        finally:
            if kept and reader is not None:
                self._file.follow_log()  # it is open as long as this is
                self._readers.append(reader)
            elif reader is not None:
                reader.close()

    def _open_reader(self) -> tuple[SqliteConnection, bool]:
        connection, kept = driver.connect_to_read(self.path, self._synchronous, self._busy_timeout)
        self._check_version(connection)
        return connection, kept

    def _idle_reader(self) -> SqliteConnection | None:
        try:
            return self._readers.pop()
        except IndexError:
            return None

    # Following.

    def signs(self) -> Signs:
        """Return the signs for a watcher, which closes them."""
        from holdfast.store.sqlite import wal_signals  # most processes never wait

        return wal_signals.WalSignals(self.path)

    def view(self) -> SqliteView:
        """Return the view for a watcher, which closes it."""
        try:
            return SqliteView(self.path, self._connect())
        except sqlite3.Error as error:
            raise driver.explain(error, self.path) from error

    def close(self) -> None:
        """Close every connection. The database must not be in use."""
        with self.lock:
            if self.writer is not None:
                self.writer.close()
        while self._readers:
            self._readers.pop().close()


class SqliteView:
    """A connection whose ``data_version`` changes when another process commits."""

    def __init__(self, path: Path, connection: SqliteConnection) -> None:
        self._path = path
        self._connection = connection
        try:
            self._version = self._look()
        except BaseException:
            connection.close()
            raise

    def _look(self) -> Any:
        return self._connection.execute("PRAGMA data_version").fetchone()

    def has_changed(self) -> bool:
        """Whether another process has committed something since the last check."""
        try:
            before, self._version = self._version, self._look()
        except sqlite3.Error as error:
            raise driver.explain(error, self._path) from error
        return bool(self._version != before)

    def rows(self, statement: Statement, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a SELECT."""
        try:
            return statement.run(self._connection, **parameters).fetchall()
        except sqlite3.Error as error:
            raise driver.explain(error, self._path) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
