"""An open database: one writing connection, a few reading ones, and one watcher.

Reading needs no writing: it works on a full disk, in a folder that may not be written to, and while another program
holds the write lock.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

from holdfast import settings
from holdfast.exceptions import StoreDamaged, StoreError, StoreTooNew
from holdfast.store import crash_points
from holdfast.store.fences import Fence
from holdfast.store.group_commit import GroupCommit
from holdfast.store.sqlite import driver, errors, files
from holdfast.store.sqlite.open_file import OpenFile
from holdfast.store.statement import Statement
from holdfast.store.watch import Watcher

VERSION = "0002"
"""Newest revision in `holdfast.store.migrations`."""


class _Write:
    """One write transaction; see `Database.write`."""

    __slots__ = ("_changes", "_database", "_durable")

    def __init__(self, database: Database, durable: bool | None) -> None:
        self._database = database
        self._durable = durable
        self._changes = 0

    def __enter__(self) -> sqlite3.Connection:
        database = self._database
        try:
            database._give_up()
            database._lock.acquire()
            database.file.look()
            writer = database._writer or database._open_writer()
            database._set_synchronous(self._durable)
            writer.execute("BEGIN IMMEDIATE")
            self._changes = writer.total_changes
            return writer
        except sqlite3.Error as error:
            database._give_up()
            raise errors.explain(error, database.path) from error
        except BaseException:
            database._give_up()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        database = self._database
        connection = database._writer
        assert connection is not None
        # Who follows may look for something to do, and would do it for ever, were it told of having found nothing.
        changed = connection.total_changes != self._changes
        try:
            if kind is None:
                if database._fault is not None:
                    database._fault("before")
                connection.execute("COMMIT")
                if database._fault is not None:
                    database._fault("after")
                if self._durable:
                    database.file.check()  # what nobody else will ever see is not acknowledged
            elif connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error as failed:
            raise errors.explain(failed, database.path) from failed
        finally:
            database._give_up()
        if kind is None:
            if changed:
                database.watcher.notice()
        elif isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError
        ):
            raise errors.explain(error, database.path) from error


class Database:
    """An open Holdfast database.

    All methods may be called from any thread. Raises a `StoreError` that says what is wrong when the file
    cannot be used.
    """

    def __init__(self, path: Path, *, busy_timeout: float = driver.BUSY_TIMEOUT) -> None:
        self.path = path.absolute()  # a flow may change its working directory
        self._synchronous = settings.synchronous()
        self._busy_timeout = self._patience = busy_timeout
        self._lock = threading.RLock()
        settings.check_names()
        self._fault = crash_points.from_environment()
        self._readers: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._writes = self._synchronous
        try:
            self._prepare()
            self.file = OpenFile(self.path)
            with self._reading():
                pass  # from now on a connection is open, so that nobody upgrades the file
        except sqlite3.Error as error:
            raise errors.explain(error, path) from error
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}. Name another place in HOLDFAST_DB.") from error
        self.watcher = Watcher(self.path, self._connect, self.file)
        self.group = GroupCommit(self)
        """Where decisions that come at the same time are committed together."""
        self.fences: WeakValueDictionary[str, Fence] = WeakValueDictionary()
        """The runs that this process executes, by id: the engine keeps the fence of each as long as it does."""
        self.is_closed = False

    def _connect(self) -> sqlite3.Connection:
        return driver.connect(self.path, self._synchronous, self._busy_timeout)

    def _open_writer(self) -> sqlite3.Connection:
        """Open the writing connection at the first write: who only reads needs no room on the disk."""
        self.file.check()
        writer = driver.connect(self.path, self._synchronous, self._patience)
        self._check_version(writer)
        self._writer = writer
        self._writes = self._synchronous
        self.file.follow_log()
        return self._writer

    def _prepare(self) -> None:
        """See to it that the file exists, has the tables of this version and a write-ahead log."""
        if not self.path.exists():
            files.create(self.path, VERSION)
        elif not self.path.is_file():
            what = "a folder" if self.path.is_dir() else "no file"
            raise StoreError(f"{self.path} is {what}. Name a file in HOLDFAST_DB.")
        connection, shared = driver.connect_to_read(self.path, self._synchronous, self._busy_timeout)
        with closing(connection):
            found = self._version(connection)
            complete = found is not None and (not shared or files.has_log(connection))
        if not complete:
            with closing(self._connect()) as connection:
                files.complete(connection, lambda: self._statements_missing(connection))
        if found not in (None, VERSION):
            from holdfast.store.migrations import upgrade

            upgrade(self.path, found, self._busy_timeout)

    def _statements_missing(self, connection: sqlite3.Connection) -> list[str]:
        """What makes the tables, unless the file has some."""
        return [] if self._version(connection) is not None else [*files.schema(), *files.stamp(VERSION)]

    def _version(self, connection: sqlite3.Connection) -> str | None:
        """The schema's version; ``None`` for a file with nothing in it."""
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if "alembic_version" not in tables or "flow_run" not in tables:
            raise StoreDamaged(f"{self.path} is a database, but not Holdfast's. Name another file in HOLDFAST_DB.")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        version = str(row[0]) if row else ""
        if version > VERSION:
            raise StoreTooNew(
                f"{self.path} was written by a newer Holdfast (schema {version}, this one knows {VERSION}). "
                "Upgrade Holdfast to open it."
            )
        return version

    def _check_version(self, connection: sqlite3.Connection) -> None:
        """Close a connection whose file was upgraded since, while this process had none open, and say so."""
        try:
            self._version(connection)
        except BaseException:
            connection.close()
            raise

    def _set_synchronous(self, durable: bool | None) -> None:
        wanted = self._synchronous if durable is None else "FULL" if durable else "NORMAL"
        if wanted != self._writes:
            assert self._writer is not None
            self._writes = ""  # not known, should this be interrupted
            self._writer.execute(f"PRAGMA synchronous={wanted}")
            self._writes = wanted

    def _give_up(self) -> None:
        """Leave the transaction that this thread is in, if any, and undo what is not committed of it.

        Ctrl-C strikes between any two steps of the main thread, in a ``with`` statement, too. So an interrupted
        transaction may be found here by the next one.
        """
        while self._lock._is_owned():  # type: ignore[attr-defined]
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            self._lock.release()

    def write(self, *, durable: bool | None = None) -> _Write:
        """A write transaction, as a context manager that gives the connection.

        It takes the write lock at once, commits at the end, and rolls back on an exception. With ``durable`` the
        commit is on disk (and all before it) when the block is left; with ``durable=False`` it need not be, whatever
        the setting says, since nothing is lost with it.
        """
        return _Write(self, durable)

    def try_to_write(self) -> None:
        """Put something on the disk that changes nothing. Raises the `StoreError` that any write would."""
        with self.write(durable=True) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version={version}")

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """While this lasts, writes wait no longer than ``seconds`` for another program's write lock."""
        self._wait_for_lock(seconds)
        try:
            yield
        finally:
            self._wait_for_lock(self._busy_timeout)

    def _wait_for_lock(self, seconds: float) -> None:
        with self._lock:
            self._patience = seconds
            if self._writer is not None:
                self._writer.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading. Fetch everything: an open cursor would hold an old view of the file."""
        self.file.look()
        try:
            with self._reading() as reader:
                yield reader
        except sqlite3.Error as error:
            raise errors.explain(error, self.path) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        reader = self._idle_reader()
        kept = reader is not None
        try:
            if reader is None:
                self.file.check()  # the path may name another file by now, or none
                reader, kept = self._open_reader()
            yield reader
        finally:
            if kept and reader is not None:
                self.file.follow_log()  # it is open as long as this is
                self._readers.append(reader)
            elif reader is not None:
                reader.close()

    def _open_reader(self) -> tuple[sqlite3.Connection, bool]:
        connection, kept = driver.connect_to_read(self.path, self._synchronous, self._busy_timeout)
        self._check_version(connection)
        return connection, kept

    def _idle_reader(self) -> sqlite3.Connection | None:
        try:
            return self._readers.pop()
        except IndexError:
            return None

    def rows(self, statement: Statement, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        with self.read() as connection:
            return statement.run(connection, **parameters).fetchall()

    def close(self) -> None:
        """Close every connection. The database must not be in use."""
        self.is_closed = True
        self.watcher.close()
        with self._lock:
            if self._writer is not None:
                self._writer.close()
        while self._readers:
            self._readers.pop().close()


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
