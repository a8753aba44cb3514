"""The list of open questions of all runs, nearest deadline first, with the time left."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast
from uuid import UUID

from textual.binding import Binding, BindingType
from textual.message import Message

from holdfast.filters import InboxFilter
from holdfast.records import FlowRun, Wait
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.text.cells import fit, fit_right
from holdfast_tui.text.durations import Clock, ago, coarse, countdown
from holdfast_tui.text.state_style import part_of, question, wait_symbol
from holdfast_tui.textual_types import app_of
from holdfast_tui.widgets.headed_list import HeadedList
from holdfast_tui.widgets.line_list import Cell, Line

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp

PAGE = 200
"""The number of waits that are read at once. More are read on scrolling down."""
MOST_MARKED = 10_000
"""The maximum number of marked waits."""
_URGENT = 300
"""Seconds before the deadline from which on it is highlighted."""
_ROOMY = 90
"""The width from which on ages are shown in words."""


def time_left(wait: Wait, clock: Clock) -> tuple[str, str]:
    """Return the time left until the deadline, and its tone."""
    if wait.deadline is None:
        return "no limit", "muted"
    left = countdown(wait.deadline, clock())
    return left, "bad" if (wait.deadline - clock()).total_seconds() < _URGENT else "waiting"


def _coarse(moment: datetime, now: datetime) -> str:
    return coarse(now - moment)


class InboxList(HeadedList):
    """The list of open waits. Marks are kept by the id of the wait, together with its run."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Answer", key_display="enter")]
    MARKABLE = True

    class Loaded(Message):
        """Waits, or the run under the cursor, were read from the store."""

    def __init__(self, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._clock = clock
        self._lane = Lane(self, "inbox")
        self._run_lane = Lane(self, "inbox-run")
        self._mark_lane = Lane(self, "inbox-mark")
        self._run: FlowRun | None = None
        self._waits: Sequence[Wait] = ()
        self._runs: dict[UUID, UUID] = {}
        self.where = InboxFilter()
        self._cursor_id: UUID | None = None
        self._reach = PAGE
        self._seen = False
        self.loaded = False

    def on_show(self) -> None:
        """From now on keep the cursor on its wait, because the user has seen it there."""
        self._seen = True

    @property
    def selected(self) -> Wait | None:
        """The wait under the cursor."""
        return self._waits[self.cursor] if self.cursor < len(self._waits) else None

    @property
    def run(self) -> FlowRun | None:
        """The run of the wait under the cursor, once it has been read."""
        wait, run = self.selected, self._run
        return run if wait is not None and run is not None and run.id == wait.flow_run_id else None

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs that ask the questions."""
        return list(dict.fromkeys(each.flow_run_name for each in self._waits))

    @property
    def marked_waits(self) -> Sequence[UUID]:
        """The ids of the marked waits, in the order of the list where it is known."""
        order = {each.id: index for index, each in enumerate(self._waits)}
        ids = [each for each in self.marked if isinstance(each, UUID)]
        return sorted(ids, key=lambda each: (order.get(each, len(order)), each))

    @property
    def marked_runs(self) -> Sequence[UUID]:
        """The ids of the runs of the marked waits, each once."""
        return list(dict.fromkeys(self._runs[each] for each in self.marked_waits))

    def find(self, wait_id: UUID) -> Wait | None:
        """Return a loaded wait by its id."""
        return next((each for each in self._waits if each.id == wait_id), None)

    @property
    def busy(self) -> bool:
        """Whether waits are being read."""
        return self._lane.busy

    def load(self, *, urgent: bool = True) -> None:
        """Read the inbox."""
        where, size = self.where, self._reach

        def stopped() -> bool:
            return self.where is not where or not self.is_running

        self._lane.submit(lambda store: store.waits.inbox(where, size, stopped), self._take, urgent=urgent)

    def filter(self, where: InboxFilter) -> None:
        """Show only the waits that match the filter."""
        if where != self.where:
            self.where, self._reach = where, PAGE
            self.load()

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        if self.loaded and changes.waits:
            self.load(urgent=False)
        if self._run is not None and self._run.id in changes.runs:
            self._read_run(urgent=False)

    def tick(self) -> None:
        """Redraw the times, and read again if a deadline has passed."""
        now = self._clock()
        if any(each.deadline is not None and each.deadline <= now for each in self._waits[:1]):
            self.load(urgent=False)
        self.repaint()

    def following(self, wait_id: UUID, excluding: Container[UUID]) -> Wait | None:
        """Return the next unanswered wait, from a wait to the end and then from the top."""
        start = next((index for index, each in enumerate(self._waits) if each.id == wait_id), self.cursor)
        in_order = [*self._waits[start:], *self._waits[:start]]
        return next((each for each in in_order if each.answer is None and each.id not in excluding), None)

    def unanswered(self, excluding: Container[UUID] = ()) -> int:
        """Return the number of loaded waits that are not answered."""
        return sum(each.answer is None and each.id not in excluding for each in self._waits)

    def select(self, wait_id: UUID) -> None:
        """Put the cursor on a wait, if it is loaded."""
        for index, each in enumerate(self._waits):
            if each.id == wait_id:
                self.move_cursor(index)

    def _take(self, waits: Sequence[Wait]) -> None:
        self._waits = waits
        self._runs |= {each.id: each.flow_run_id for each in waits}
        self.loaded = True
        if len(waits) < self._reach and self.where == InboxFilter():
            # Everything has been read, so marked waits that are not among it have been answered.
            self.mark(self.marked & {each.id for each in waits if each.answer is None})
        before = self.cursor
        self.set_count(len(waits))
        self.refresh_heads()
        for index, wait in enumerate(waits):
            if self._seen and wait.id == self._cursor_id:
                self.cursor = index
        self.moved_by_hand()
        if self.cursor != before:
            self.refresh_all()
        self.show_cursor()
        self.repaint()
        self.post_message(self.Loaded())

    def moved_by_hand(self) -> None:
        """Read the run of the wait that the cursor is on now."""
        self._cursor_id = None if self.selected is None else self.selected.id
        if self.run is None:
            self._read_run(urgent=True)

    def _read_run(self, *, urgent: bool) -> None:
        if self.selected is None:
            return
        run_id = self.selected.flow_run_id

        def read(run: FlowRun) -> None:
            self._run = run
            self.post_message(self.Loaded())

        self._run_lane.submit(lambda store: store.runs.get(run_id), read, urgent=urgent)

    def scrolled(self) -> None:
        """Read more when the end comes into view."""
        if len(self._waits) >= self._reach and self.top + 2 * self.page_height > len(self._waits):
            self._reach += PAGE
            self.load(urgent=False)

    # Marks.

    def key(self, index: int) -> UUID | None:
        """Return the id of a wait. Answered waits cannot be marked, because nothing is left to do with them."""
        wait = self._waits[index] if index < len(self._waits) else None
        return None if wait is None or wait.answer is not None else wait.id

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark these waits and no others, and show their number."""
        super().mark(keys)
        self.refresh_heads()

    @property
    def notice(self) -> str:
        """The number of marked waits; else, if not all waits are loaded, the number of loaded ones."""
        if self.marked:
            return f"{len(self.marked):,} marked"
        return f"first {len(self._waits):,}" if len(self._waits) >= self._reach else ""

    @property
    def marking(self) -> bool:
        """Whether waits that are not loaded are being marked."""
        return self._mark_lane.busy

    def action_mark_all(self) -> None:
        """Mark all waits that match the filter, including those that are not loaded."""
        where = self.where

        def read(waits: Sequence[Wait]) -> None:
            self._runs |= {each.id: each.flow_run_id for each in waits}
            self.mark(each.id for each in waits if each.answer is None)
            if len(waits) >= MOST_MARKED:
                cast("HoldfastApp", app_of(self)).say(f"The first {MOST_MARKED:,} are marked.")
            self.marks_arrived()

        self._mark_lane.submit(lambda store: store.waits.inbox(where, MOST_MARKED), read, urgent=True)

    # Drawing.

    def _widths(self, width: int) -> tuple[int, int, int, int, int]:
        """Return the widths of time left (with a space after it), run, flow, question and age."""
        if width < 56:
            left = 9
            run = max(8, (width - left - 3) // 2)
            return left, run, 0, width - left - 3 - run, 0
        left = 10
        run, age = (min(26, width // 5 + 3), 8) if width >= _ROOMY else (14, 4)
        flow = 0 if width < 70 else 16 if width < _ROOMY else min(22, width // 5)
        return left, run, flow, width - left - run - flow - age - (5 if flow else 4), age

    def head(self, width: int) -> Sequence[str]:
        """Return the column heads."""
        left, run, flow, asks, age = self._widths(width)
        heads = (
            fit_right("Time left "[:left], left),
            fit("Run", run),
            fit("Flow", flow),
            fit("Question", asks),
            fit_right("Asked" if age > 4 else "Age", age),
        )
        return [f" {head}" for head in heads if head]

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a wait."""
        if index >= len(self._waits):
            return [Cell(" " * width)]
        wait = self._waits[index]
        left, run, flow, asks, age = self._widths(width)
        mark, tone = wait_symbol(wait)
        if wait.answer is not None:
            who = wait.answer.given_by
            text = f"answered by {who}, pending" if width >= _ROOMY else f"pending: {who}'s answer"
            left_text, left_tone = mark, tone
        else:
            text = f"{question(wait)}{part_of(wait)}"
            left_text, left_tone = time_left(wait, self._clock)
        parts = [
            (fit_right(f"{left_text} ", left), left_tone),
            (fit(wait.flow_run_name, run), "plain"),
            (fit(wait.flow_name, flow), "muted"),
            (fit(text, asks), tone if wait.answer is not None else "plain"),
            (fit_right((ago if age > 4 else _coarse)(wait.opened, self._clock()), age), "muted"),
        ]
        cells = [Cell(f" {text}", kind) for text, kind in parts if text]
        used = sum(1 + size for size in (left, run, flow, asks, age) if size)
        return [*cells, Cell(" " * (width - used))]
