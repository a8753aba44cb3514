"""The door of the store: what a database has to offer, and all that the rest of the store knows of one.

`holdfast.store.sqlite` is what stands behind it. Another database would be a second such package: a `Location`, the
`Connections` that are opened there, and a `Connection` that runs statements.
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
    """The rows that a statement gives, or how many it has changed."""

    @property
    def rowcount(self) -> int:
        """How many rows were inserted, changed or deleted."""
        ...

    def fetchone(self) -> Any:
        """The next row as a tuple; ``None`` after the last one."""
        ...

    def fetchmany(self, size: int, /) -> list[Any]:
        """The next rows, no more than ``size``; none after the last one."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def close(self) -> None:
        """Forget the rows that are left."""
        ...


class Connection(Protocol):
    """What statements run on. One thread at a time uses it."""

    def run(self, statement: Statement, parameters: Mapping[str, Any], /) -> Cursor:
        """Run a statement; `Statement.run` is shorter."""
        ...

    def stoppable(self, stopped: Callable[[], bool], /) -> AbstractContextManager[None]:
        """End a statement in the block early, without its rows, once ``stopped`` says so; then the block ends, too."""
        ...


class Transaction(Protocol):
    """A write transaction, as a context manager: see `Database.write`."""

    def __enter__(self) -> Connection:
        """Begin it: wait until nobody else writes."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Commit it, or roll it back where an exception ends the block."""
        ...


class Signs(Protocol):
    """What tells the watcher's thread to look whether something was committed."""

    def tell(self) -> None:
        """Say that this process has committed something, or that the wait is another one now. From any thread."""
        ...

    def wait(self, interval: float, /) -> bool:
        """Wait for a reason to look, about ``interval`` seconds after a commit at most; say whether `tell` was it."""
        ...

    def close(self) -> None:
        """Give back what it has open."""
        ...


class View(Protocol):
    """What the watcher's thread looks with. Whatever fails raises a `StoreError`."""

    def has_changed(self) -> bool:
        """Whether another process has committed something since the last look."""
        ...

    def rows(self, statement: Statement, **parameters: Any) -> list[Tuple]:
        """All rows of a SELECT."""
        ...

    def close(self) -> None:
        """Close its connection."""
        ...


class Connections(Protocol):
    """All that this process has open of a database. Whatever fails raises a `StoreError` that says what is wrong.

    All methods may be called from any thread.
    """

    def write(self, durable: bool | None, /) -> Transaction:
        """A write transaction; see `Database.write`."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading; see `Database.read`."""
        ...

    def try_to_write(self) -> None:
        """Put something on the disk that changes nothing."""
        ...

    def hurried(self, seconds: float, /) -> AbstractContextManager[None]:
        """While this lasts, writes wait no longer than ``seconds`` for another program's write lock."""
        ...

    def check(self) -> None:
        """Raise `StoreMoved` where what is open is no longer what is at its place."""
        ...

    def look(self) -> None:
        """As `check`, unless that was done a moment ago."""
        ...

    def signs(self) -> Signs:
        """What tells a watcher to look; the watcher closes it."""
        ...

    def view(self) -> View:
        """What a watcher looks with; the watcher closes it."""
        ...

    def close(self) -> None:
        """Close every connection. The database must not be in use."""
        ...


class Location(Protocol):
    """Where a database is. As text it is what another process finds the same database by."""

    def open(self, busy_timeout: float, committed: Callable[[], None], /) -> Connections:
        """Open the database that is there, and make it before if there is none.

        A write waits ``busy_timeout`` seconds for other programs that write. ``committed`` is called after each
        transaction that has changed something.
        """
        ...
