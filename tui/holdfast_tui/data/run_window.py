"""Which rows of the run list are wanted, and what comes back; `holdfast_tui.data.run_reads` reads them.

Where an index has the list's order, rows are read by keyset, from a run whose place in the list is known. So a window
is as quick to read in a list of a million as in one of ten; only a jump into the middle of the unknown has to walk
there, once, and leaves anchors on its way. Any other list is gathered once, as ids, and its rows are read by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from holdfast.filters import Key, RunFilter, Term
from holdfast.records import FlowRun, Wait

TOP = RunFilter(terms=(Term(Key.IS, ("top",)),))
"""What is shown without a filter: runs that no other has called. Those that they call are under them."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and the wait that somebody should answer next."""

    run: FlowRun
    wait: Wait | None = None
    is_parent: bool = False
    """Whether it has called other runs."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A run whose place is known, counted from the oldest, so that new runs do not move it."""

    from_end: int
    run_id: UUID


@dataclass(frozen=True, slots=True)
class Want:
    """Which rows to read."""

    where: RunFilter
    first: int
    """Place of the first row in the list, the newest being 0."""
    size: int
    total: int | None
    """How many rows the list had when it was counted last; ``None`` counts it again."""
    anchors: Sequence[Anchor] = ()
    keep: UUID | None = None
    """Begin with this run wherever it is now, in place of ``first``."""
    ids: Sequence[UUID] | None = None
    """The runs to read, where the list was gathered."""
    known: Mapping[UUID, RunRow] = field(default_factory=dict)
    """Rows that need not be read again if their run is unchanged."""
    changed: frozenset[UUID] = frozenset()
    unfolded: Sequence[UUID] = ()
    """Runs whose children are wanted, too."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the list, and where they are in it."""

    first: int
    rows: Sequence[RunRow]
    total: int
    anchors: Sequence[Anchor]
    children: Mapping[UUID, Sequence[RunRow]] = field(default_factory=dict)
    deployments: Mapping[UUID, str] = field(default_factory=dict)
    """What the deployments of the rows are called."""


_WIDTH = 16


class Ids:
    """A list of ids, packed: a million take 16 MB."""

    def __init__(self, body: bytes | bytearray = b"") -> None:
        self._body = bytearray(body)

    def __len__(self) -> int:
        return len(self._body) // _WIDTH

    def __getitem__(self, index: int) -> UUID:
        return UUID(bytes=bytes(self._body[index * _WIDTH : (index + 1) * _WIDTH]))

    def part(self, first: int, size: int) -> list[UUID]:
        """Some of them."""
        return [self[index] for index in range(max(0, first), min(len(self), first + size))]

    def extend(self, body: bytes) -> None:
        """Take more to the end."""
        self._body += body

    def index(self, run_id: UUID) -> int | None:
        """Where an id is."""
        at = self._body.find(run_id.bytes)
        while at >= 0 and at % _WIDTH:
            at = self._body.find(run_id.bytes, at + 1)
        return None if at < 0 else at // _WIDTH

    def update(self, gone: Iterable[UUID], come: Iterable[UUID], *, up: bool) -> tuple[int, int]:
        """Take ids out, and put others in where they belong: by their order, ``up`` or down.

        Gives how many went and came.
        """
        went = came = 0
        for each in gone:
            at = self._place(each, up)
            if at < len(self) and self[at] == each:
                del self._body[at * _WIDTH : (at + 1) * _WIDTH]
                went += 1
        for each in come:
            at = self._place(each, up)
            if at == len(self) or self[at] != each:
                self._body[at * _WIDTH : at * _WIDTH] = each.bytes
                came += 1
        return went, came

    def _place(self, run_id: UUID, up: bool) -> int:
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self[middle] < run_id if up else self[middle] > run_id:
                low = middle + 1
            else:
                high = middle
        return low
