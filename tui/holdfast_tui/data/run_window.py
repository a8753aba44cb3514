"""Records for reading a window of the run list. `holdfast_tui.data.run_reads` reads it.

If an index has the list's order, rows are read by keyset, from a run whose place in the list is known. So reading a
window is as fast in a list of a million as in one of ten. Only a jump to an unknown place has to walk there, once, and
leaves anchors on its way. Any other list is gathered once as ids, and its rows are read by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from holdfast.filters import Key, RunFilter, Term
from holdfast.records import FlowRun, Wait

TOP = RunFilter(terms=(Term(Key.IS, ("top",)),))
"""The list without a filter: runs without a parent. Child runs are shown under their parents."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and the wait to answer next."""

    run: FlowRun
    wait: Wait | None = None
    is_parent: bool = False
    """Whether it has child runs."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A run whose place is known. It is counted from the oldest run, so that new runs do not move it."""

    from_end: int
    run_id: UUID


@dataclass(frozen=True, slots=True)
class Want:
    """The rows to read."""

    where: RunFilter
    first: int
    """The place of the first row in the list; the newest run is at 0."""
    size: int
    total: int | None
    """The number of rows at the last count; ``None`` counts them again."""
    anchors: Sequence[Anchor] = ()
    keep: UUID | None = None
    """The run to begin with, wherever it is now, instead of ``first``."""
    ids: Sequence[UUID] | None = None
    """The ids of the runs to read, if the list was gathered."""
    known: Mapping[UUID, RunRow] = field(default_factory=dict[UUID, RunRow])
    """Rows that are not read again if their run is unchanged."""
    changed: frozenset[UUID] = frozenset()
    unfolded: Sequence[UUID] = ()
    """The ids of the runs whose children are wanted too."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the list, and their place in it."""

    first: int
    rows: Sequence[RunRow]
    total: int
    anchors: Sequence[Anchor]
    children: Mapping[UUID, Sequence[RunRow]] = field(default_factory=dict[UUID, Sequence[RunRow]])
    deployments: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    """The names of the rows' deployments."""


_WIDTH = 16


class Ids:
    """A packed list of ids. A million ids take 16 MB."""

    def __init__(self, body: bytes | bytearray = b"") -> None:
        self._body = bytearray(body)

    def __len__(self) -> int:
        return len(self._body) // _WIDTH

    def __getitem__(self, index: int) -> UUID:
        return UUID(bytes=bytes(self._body[index * _WIDTH : (index + 1) * _WIDTH]))

    def part(self, first: int, size: int) -> list[UUID]:
        """Return a slice of the ids."""
        return [self[index] for index in range(max(0, first), min(len(self), first + size))]

    def extend(self, body: bytes) -> None:
        """Add packed ids to the end."""
        self._body += body

    def index(self, run_id: UUID) -> int | None:
        """Return the position of an id."""
        at = self._body.find(run_id.bytes)
        while at >= 0 and at % _WIDTH:
            at = self._body.find(run_id.bytes, at + 1)
        return None if at < 0 else at // _WIDTH

    def update(self, gone: Iterable[UUID], come: Iterable[UUID], *, up: bool) -> tuple[int, int]:
        """Remove ids and insert others in order, ascending with ``up``, else descending.

        Return the numbers of removed and inserted ids.
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
