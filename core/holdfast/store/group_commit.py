"""Several pieces of work in one durable transaction: thousands of decisions must not wait for the disk one by one.

Each piece is independent: it may refuse before it has written anything, and the others are still done. Its result is
returned only when the transaction is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from holdfast.exceptions import FlowPauseTimeout, LostUnwind, NotPausedError
from holdfast.store.door import Connection, Transaction

T = TypeVar("T")
Work = Callable[[Connection], T]

_MOST = 1000
"""The number of pieces in one commit of a `GroupCommit`. That many keep other writers waiting for about 100 ms."""


class Writes(Protocol):
    """An object that gives write transactions: a database."""

    def write(self, *, durable: bool | None = None) -> Transaction:
        """Return a write transaction."""
        ...


class Piece(Generic[T]):
    """A piece of work, with its outcome once it is ``settled``."""

    __slots__ = ("_gave", "_lost", "_work", "refused", "settled")

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._gave: T
        self.settled = False
        self.refused: NotPausedError | FlowPauseTimeout | None = None
        """Why it was not done."""
        self._lost: LostUnwind | None = None

    def attempt(self, connection: Connection) -> None:
        """Do it, or keep the reason why it refused: another process may have its run now."""
        self.refused = self._lost = None
        try:
            self._gave = self._work(connection)
        except (NotPausedError, FlowPauseTimeout) as error:
            self.refused = error
        except LostUnwind as error:
            self._lost = error

    def outcome(self) -> T:
        """Return its result, or raise the reason why it was not done."""
        error = self.refused or self._lost
        if error is not None:
            raise error
        return self._gave


def commit(database: Writes, pieces: Sequence[Piece[Any]]) -> None:
    """Do all pieces in one durable transaction. Any other error is raised, and nothing is done."""
    with database.write(durable=True) as connection:
        for each in pieces:
            if not each.settled:
                each.attempt(connection)
    for each in pieces:
        each.settled = True


class GroupCommit:
    """Commits work that comes at the same time together, from any thread or event loop.

    Work must tolerate being done twice: an exception raised in the committing thread may hide that it has committed.
    """

    def __init__(self, database: Writes) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._waiting: list[Piece[Any]] = []

    def add(self, work: Work[T]) -> Piece[T]:
        """Add work to be committed with the next call of `settle`."""
        piece = Piece(work)
        self._waiting.append(piece)
        return piece

    def withdraw(self, piece: Piece[Any]) -> None:
        """Withdraw it, unless it has been done."""
        with self._turn:
            if piece in self._waiting:
                self._waiting.remove(piece)

    def settle(self, piece: Piece[T]) -> T:
        """Commit it together with all waiting work, and return its result, which is then on disk."""
        while not piece.settled:
            with self._turn:
                if not piece.settled:
                    self._commit_next(piece)
        return piece.outcome()

    def _commit_next(self, piece: Piece[Any]) -> None:
        pieces = self._waiting[:_MOST]
        try:
            commit(self._database, pieces)
        except BaseException:
            self._waiting.remove(piece)  # the others try for themselves
            raise
        del self._waiting[: len(pieces)]
