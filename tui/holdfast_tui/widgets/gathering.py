"""Gathering the ids of a list that no index has, in any order, and keeping them up to date."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from textual.message_pump import MessagePump

from holdfast.filters import Order, RunFilter, Sort
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.run_window import Ids


class Gathered(Protocol):
    """The receiver of gathered ids."""

    @property
    @abstractmethod
    def asked(self) -> RunFilter:
        """The filter, with the current time."""

    def gathered(self, ids: Ids | None) -> None:
        """Take the ids gathered so far. ``None`` means that an index has the list."""

    def regathered(self, come: int) -> None:
        """Handle that the list was gathered again, or that ``come`` runs were added to it."""


class Gathering:
    """The ids of a list. A walk over a million runs takes a second or two, and reports what it finds as it goes."""

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._lane = Lane(owner, "gathering")
        self._turn = 0
        self._order = Order()
        self._unchecked: set[UUID] = set()
        self.ids: Ids | None = None
        """The ids found so far, in order; ``None`` if nothing was found yet, or if an index has the list."""
        self.shown = False
        """Whether the user is waiting for a walk."""

    @property
    def busy(self) -> bool:
        """Whether ids are being gathered."""
        return self._lane.busy

    @property
    def _list(self) -> Gathered:
        return self._owner  # type: ignore[return-value]

    def stop(self) -> None:
        """Stop gathering, and forget the ids."""
        self._turn += 1
        self.ids = None
        self.shown = False
        self._unchecked.clear()

    def start(self, where: RunFilter, order: Order) -> None:
        """Gather a list, reporting it piece by piece."""
        self.stop()
        self._order, self.shown = order, True
        found = Ids()

        def take(body: bytes) -> None:
            found.extend(body)
            self.ids = found
            self._list.gathered(found)

        def done(indexed: bool) -> None:
            self.shown = False
            self.ids = None if indexed else found
            self._list.gathered(self.ids)
            self._check()

        self._submit(where, take, done, urgent=True)

    def again(self) -> None:
        """Gather the list again. The shown rows stay until that is done."""
        if self.shown or self.ids is None:
            return
        self._unchecked.clear()
        found = Ids()

        def done(indexed: bool) -> None:
            self.ids = None if indexed else found
            if indexed:
                self._list.gathered(None)
            else:
                self._list.regathered(0)

        self._submit(self._list.asked, found.extend, done, urgent=False)

    def _submit(
        self, where: RunFilter, take: Callable[[bytes], None], done: Callable[[bool], None], *, urgent: bool
    ) -> None:
        turn, order, owner = self._turn, self._order, self._owner

        def current() -> bool:
            return self._turn == turn

        def piece(body: bytes) -> None:
            if current():
                take(body)

        def hand_over(body: bytes) -> None:
            owner.call_later(piece, body)

        self._lane.submit(
            lambda store: store.runs.gather(where, order, lambda: not current(), hand_over),
            lambda indexed: done(indexed) if current() else None,
            urgent=urgent,
        )

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        if self._order.by is not Sort.CREATED or (changes.created and not changes.runs):
            self.again()
        else:
            self._unchecked |= changes.runs
            self._check()

    def _check(self) -> None:
        """Check which of the changed runs belong in the list now."""
        if self.shown or not self._unchecked or self.ids is None:
            return
        turn, where, some = self._turn, self._list.asked, frozenset(self._unchecked)

        def done(fits: set[UUID]) -> None:
            if self._turn != turn or self.ids is None:
                return
            self._unchecked -= some
            gone, come = self.ids.update(some - fits, fits, up=self._order.reverse)
            if gone or come:
                self._list.regathered(come)

        self._lane.submit(lambda store: store.runs.which_fit(where, some), done)
