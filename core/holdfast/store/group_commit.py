"""Several pieces of work in one durable transaction: thousands of decisions must not wait for the disk one by one.

Each piece stands alone: it may refuse, before it has written anything, and then the others are done all the same.
What it gave is handed out only when the transaction is on disk.
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
"""Pieces that one commit of a `GroupCommit` takes: so many keep other writers waiting for some 100 ms."""


class Writes(Protocol):
    """What gives write transactions: a database."""

    def write(self, *, durable: bool | None = None) -> Transaction:
        """A write transaction."""
        ...


class Piece(Generic[T]):
    """A piece of work, and what came of it once it is ``settled``."""

    __slots__ = ("_gave", "_lost", "_work", "refused", "settled")

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._gave: T
        self.settled = False
        self.refused: NotPausedError | FlowPauseTimeout | None = None
        """Why it was not done."""
        self._lost: LostUnwind | None = None

    def attempt(self, connection: Connection) -> None:
        """Do it, or keep why it refused: it may be of a run that another process has by now."""
        self.refused = self._lost = None
        try:
            self._gave = self._work(connection)
        except (NotPausedError, FlowPauseTimeout) as error:
            self.refused = error
        except LostUnwind as error:
            self._lost = error

    def outcome(self) -> T:
        """What it gave; raises why it was not done."""
        error = self.refused or self._lost
        if error is not None:
            raise error
        return self._gave


def commit(database: Writes, pieces: Sequence[Piece[Any]]) -> None:
    """Do all of it in one durable transaction. Any other error is raised, and nothing is done."""
    with database.write(durable=True) as connection:
        for each in pieces:
            if not each.settled:
                each.attempt(connection)
    for each in pieces:
        each.settled = True


class GroupCommit:
    """Commits together what comes at the same time, from any thread or event loop.

    Work has to bear being done twice: an exception thrown into the thread that commits may hide that it has.
    """

    def __init__(self, database: Writes) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._waiting: list[Piece[Any]] = []

    def add(self, work: Work[T]) -> Piece[T]:
        """Have it committed with the next that comes to `settle`."""
        piece = Piece(work)
        self._waiting.append(piece)
        return piece

    def withdraw(self, piece: Piece[Any]) -> None:
        """Leave it undone, unless it is done by now."""
        with self._turn:
            if piece in self._waiting:
                self._waiting.remove(piece)

    def settle(self, piece: Piece[T]) -> T:
        """Commit it, and with it what else waits; gives what came of it, which is on disk then."""
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
