"""The list of runs: its tree, marks and drawing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar
from uuid import UUID

from textual.binding import Binding, BindingType

from holdfast.filters import Sort
from holdfast.records import FlowRun
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.run_window import TOP
from holdfast_tui.text.cells import Cell, Line, fit
from holdfast_tui.text.durations import Clock
from holdfast_tui.textual_types import app_of
from holdfast_tui.widgets import run_columns
from holdfast_tui.widgets.run_columns import COLUMNS, Look, Place
from holdfast_tui.widgets.run_reader import NEWEST_FIRST as NEWEST_FIRST
from holdfast_tui.widgets.run_reader import RunReader

_ROOM_FOR_COUNT = 60
"""The width from which on there is room for the number of runs next to the heads."""


class RunList(RunReader):
    """The list of flow runs, in any order. The child runs of a run can be unfolded under it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,right", "unfold", "Unfold", show=False, tooltip="Show the child runs"),
        Binding("h,left", "fold", "Fold", show=False, tooltip="Hide the child runs, or go to the parent run"),
        Binding("f", "follow", "Follow", show=False, tooltip="Keep the cursor on the newest run"),
    ]
    MARKABLE = True
    MOST_MARKED: ClassVar[int] = 10_000
    """The maximum number of marked runs."""

    def __init__(self, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(clock, id=id)
        self._marking = Lane(self, "marking")
        self._seen: dict[UUID, FlowRun] = {}
        self.look = Look()

    @property
    def busy(self) -> bool:
        """Whether anything is being read."""
        return super().busy or self._marking.busy

    # Tree, following and marks.

    def action_unfold(self) -> None:
        """Show the child runs of the run under the cursor."""
        row, (place, under) = self.selected, self._tree.at(self.cursor)
        if row is not None and row.is_parent and not self._tree.opened(row.run.id):
            self._tree.unfold(row.run.id, None if under else place)
            self._read_again()

    def action_fold(self) -> None:
        """Hide the child runs, or go to the parent run."""
        row, (_, under) = self.selected, self._tree.at(self.cursor)
        if row is not None and self._tree.opened(row.run.id):
            self._tree.fold(row.run.id)
            self.set_count(self._total + self._tree.extra)
            self.refresh_all()
        elif under is not None and (line := self.index_of(under.parent)) is not None:
            self.move_cursor(line)

    def action_follow(self) -> None:
        """Start or stop keeping the cursor on the newest run."""
        self.following = not self.following
        if self.following:
            self.sort(NEWEST_FIRST)
            self.following = True
            self.to_newest()
        self.refresh_heads()

    @property
    def marking(self) -> bool:
        """Whether runs that are not loaded are being marked."""
        return self._marking.busy

    def action_mark_all(self) -> None:
        """Mark every run of the list, even before their number is known."""
        if self._counted or self._gathering.ids is not None:
            super().action_mark_all()
        else:
            self._mark_listed(None, None)

    def action_mark_range(self) -> None:
        """Mark all runs from the last marked one to the cursor, however many are between."""
        last, here = self._last_mark, self.key(self.cursor)
        if not isinstance(last, UUID) or here is None or self.index_of(last) is not None or self._gathering.ids:
            super().action_mark_range()
        else:
            self._mark_listed(max(last, here), min(last, here))

    def mark_between(self, first: int, last: int) -> None:
        """Mark the rows from ``first`` to ``last``, including those that are not loaded."""
        ids = self._gathering.ids
        if all(self._row(line) is not None for line in range(first, min(last, first + len(self._rows)) + 1)):
            super().mark_between(first, last)
        elif ids is not None:
            start, end = self._tree.at(first)[0], self._tree.at(last)[0]
            self._mark_these(ids.part(start, min(end - start + 1, self.MOST_MARKED)), end - start + 1)
        else:
            self._mark_listed(self.key(first), self.key(last))

    def _mark_listed(self, newest: UUID | None, oldest: UUID | None) -> None:
        where, most = self.asked, self.MOST_MARKED
        self._marking.submit(
            lambda store: store.runs.ids_between(where, newest, oldest, most + 1),
            lambda ids: self._mark_these(ids[:most], len(ids)),
            urgent=True,
        )

    def _mark_these(self, ids: Sequence[UUID], wanted: int) -> None:
        self.mark(self.marked | set(ids))
        if wanted > len(ids):
            app_of(self).notify(f"Marked {len(ids):,} runs, the maximum at once.", markup=False)
        self.marks_arrived()

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark these runs and no others."""
        super().mark(keys)
        self._seen = {run_id: run for run_id, run in self._seen.items() if run_id in self.marked}
        self.taken()
        self.refresh_heads()

    def taken(self) -> None:
        """Remember the records of the marked runs."""
        self._seen |= {row.run.id: row.run for row in (*self._rows, *self._tree.rows()) if row.run.id in self.marked}

    @property
    def marked_ids(self) -> Sequence[UUID]:
        """The ids of the marked runs, newest first."""
        return sorted((each for each in self.marked if isinstance(each, UUID)), reverse=True)

    @property
    def marked_runs(self) -> Sequence[FlowRun]:
        """The marked runs that have been loaded."""
        return [self._seen[each] for each in self.marked_ids if each in self._seen]

    # Drawing.

    def set_look(self, look: Look) -> None:
        """Show other columns."""
        self.look = look
        self.refresh_all()
        self.refresh_heads()

    @property
    def notice(self) -> str:
        """The number of runs, work in progress, the order if no head shows it, and the marked and new runs."""
        parts: list[str] = []
        if self._current and self.row_width >= _ROOM_FOR_COUNT and (self.where != TOP or self._has_blank_head):
            parts.append(f"{self._total:,} run{'' if self._total == 1 else 's'}")
        if self._gathering.shown:
            parts.append("searching …" if self.order.by is Sort.CREATED else "sorting …")
        if self.order != NEWEST_FIRST and all(COLUMNS[each].sort is not self.order.by for each in self.shown_columns):
            parts.append(f"by {self.order.by}{'↑' if self.order.reverse else '↓'}")
        if self.following:
            parts.append("following")
        if self.marked:
            parts.append(f"{len(self.marked):,} marked")
        if self._new and not self.at_top:
            parts.append(f"{self._new:,} new ↑")
        return "  ".join(parts)

    @property
    def _has_blank_head(self) -> bool:
        """Whether the notice at the right covers no column head."""
        return not COLUMNS[self.shown_columns[-1]].head

    @property
    def shown_columns(self) -> Sequence[str]:
        """The names of the shown columns."""
        return [each.name for each in run_columns.columns(self.row_width - 2, self.look)]

    def head(self, width: int) -> Sequence[str]:
        """Return the column heads."""
        return run_columns.heads(width, self.look, self.order)

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a run."""
        _, under = self._tree.at(index)
        row = self._row(index)
        if row is None:
            return [Cell(fit("  ·", width), "muted")]
        at = under.place if under else Place(0, self._tree.opened(row.run.id))
        return run_columns.cells(row, at, width, self.look, self._clock, self._deployments)
