"""The door of the store: the interface of a database, and all that the rest of the store knows about one.

`holdfast.store.sqlite` implements it. Another database would be a second such package: a `Location`, the `Connections`
that it opens, and a `Connection` that runs statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from holdfast.store.statement import Statement

Tuple = tuple[Any, ...]

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for another program's write lock."""


class Cursor(Protocol):
    """The rows of a statement, or the number of rows that it changed."""

    @property
    def rowcount(self) -> int:
        """The number of rows that were inserted, changed or deleted."""
        ...

    def fetchone(self) -> Any:
        """Return the next row as a tuple; ``None`` after the last one."""
        ...

    def fetchmany(self, size: int, /) -> list[Any]:
        """Return the next rows, at most ``size``; none after the last one."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all remaining rows."""
        ...

    def close(self) -> None:
        """Discard the remaining rows."""
        ...


class Connection(Protocol):
    """Runs statements. Only one thread at a time uses it."""

    def run(self, statement: Statement, parameters: Mapping[str, Any], /) -> Cursor:
        """Run a statement; `Statement.run` is shorter."""
        ...

    def stoppable(self, stopped: Callable[[], bool], /) -> AbstractContextManager[None]:
        """End a statement in the block early, without its rows, once ``stopped`` returns true.

        Then the block ends, too.
        """
        ...


class Transaction(Protocol):
    """A write transaction, as a context manager: see `Database.write`."""

    def __enter__(self) -> Connection:
        """Begin the transaction: wait until nobody else writes."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Commit it, or roll it back if an exception ends the block."""
        ...


class Signs(Protocol):
    """Signs that tell the watcher's thread to check for commits."""

    def tell(self) -> None:
        """Announce that this process has committed something, or that the interval has changed. From any thread."""
        ...

    def wait(self, interval: float, /) -> bool:
        """Wait for a reason to check, at most about ``interval`` seconds after a commit.

        Return whether `tell` was the reason.
        """
        ...

    def close(self) -> None:
        """Release its resources."""
        ...


class View(Protocol):
    """The connection with which the watcher's thread reads. Every failure raises a `StoreError`."""

    def has_changed(self) -> bool:
        """Whether another process has committed something since the last check."""
        ...

    def rows(self, statement: Statement, **parameters: Any) -> list[Tuple]:
        """Return all rows of a SELECT."""
        ...

    def close(self) -> None:
        """Close its connection."""
        ...


class Connections(Protocol):
    """All connections of this process to a database. Every failure raises a `StoreError` that says what is wrong.

    All methods may be called from any thread.
    """

    def write(self, durable: bool | None, /) -> Transaction:
        """Return a write transaction; see `Database.write`."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for reading; see `Database.read`."""
        ...

    def try_to_write(self) -> None:
        """Write something that changes nothing to disk."""
        ...

    def hurried(self, seconds: float, /) -> AbstractContextManager[None]:
        """Limit the time that writes in this block wait for another program's write lock to ``seconds``."""
        ...

    def check(self) -> None:
        """Raise `StoreMoved` if the open file is no longer the one at its path."""
        ...

    def look(self) -> None:
        """Check like `check`, unless that was done a moment ago."""
        ...

    def signs(self) -> Signs:
        """Return the signs for a watcher, which closes them."""
        ...

    def view(self) -> View:
        """Return the view for a watcher, which closes it."""
        ...

    def close(self) -> None:
        """Close every connection. The database must not be in use."""
        ...


class Location(Protocol):
    """Where a database is. Its text is how another process finds the same database."""

    def open(self, busy_timeout: float, committed: Callable[[], None], /) -> Connections:
        """Open the database, and create it first if there is none.

        A write waits ``busy_timeout`` seconds for other programs that write. ``committed`` is called after each
        transaction that has changed something.
        """
        ...
