"""The search hits of a whole log, whether its lines are in memory or not."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

from textual.message_pump import MessagePump

from holdfast.records import LogOf
from holdfast_tui.data.jobs import Lane


class Hits:
    """The lines that contain a text. A walk over a million lines takes seconds and reports what it finds meanwhile."""

    def __init__(self, owner: MessagePump, told: Callable[[], None]) -> None:
        self._owner, self._told = owner, told
        self._lane = Lane(owner, f"hits-{id(owner)}")
        self._turn = 0
        self._seqs: array[int] = array("q")
        self.walking = False
        """Whether lines are still being searched, from the last one upwards."""

    def __len__(self) -> int:
        return len(self._seqs)

    def stop(self) -> None:
        """Stop searching, and forget the hits."""
        self._turn += 1
        self._seqs = array("q")
        self.walking = False

    def seek(self, of: LogOf, sought: str) -> None:
        """Search all lines for a text, from the last one upwards."""
        self.stop()
        self.walking = True
        turn, owner = self._turn, self._owner

        def stopped() -> bool:
            return turn != self._turn

        def take(found: array[int]) -> None:
            if not stopped():
                self._put(found)
                self._told()

        def hand_over(found: array[int]) -> None:
            owner.call_later(take, found)

        def done(_: object) -> None:
            if not stopped():
                self.walking = False
                self._told()

        self._lane.submit(lambda store: store.logs.search(of, sought, stopped, hand_over), done, urgent=True)

    def _put(self, found: array[int]) -> None:
        """Add hits from further up before the others. A line that arrived in the meantime may be in both."""
        if found and self._seqs and found[-1] >= self._seqs[0]:
            self._seqs = array("q", sorted({*found, *self._seqs}))
        else:
            self._seqs = found + self._seqs

    def add(self, seqs: Iterable[int]) -> None:
        """Add newly logged lines that contain the text."""
        last = self._seqs[-1] if self._seqs else 0
        self._seqs.extend(each for each in seqs if each > last)

    def next(self, here: int, by: int) -> int | None:
        """Return the next or the previous hit from a line. After the last hit comes the first, once all are known."""
        if by > 0:
            at = bisect_right(self._seqs, here)
            around = 0
        else:
            at = bisect_left(self._seqs, here) - 1
            around = len(self._seqs) - 1
        if 0 <= at < len(self._seqs):
            return self._seqs[at]
        return self._seqs[around] if self._seqs and not self.walking else None

    def said(self, here: int) -> str:
        """Return the number of hits, and which one the given line is, in words."""
        count = len(self._seqs)
        if self.walking:
            return f"searching, {count:,} so far" if count else "searching"
        at = bisect_left(self._seqs, here)
        known = at < count and self._seqs[at] == here
        place = f"{at + 1:,} of {count:,}" if known else f"{count:,}" if count else "no"
        return f"{place} hit{'' if count == 1 else 's'}"
