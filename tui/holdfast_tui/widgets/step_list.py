"""The timeline of a run: its tasks, waits and child runs as bars to scale, read in parts while scrolling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from holdfast.event_kinds import EventKind
from holdfast.records import Event, FlowRun, TaskRun, WaitStatus
from holdfast.states import NAMES, StateType
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.page_records import StepPage, StepRow, StepWant
from holdfast_tui.text import timeline
from holdfast_tui.text.cells import fit, fit_right
from holdfast_tui.text.durations import Clock, took
from holdfast_tui.text.state_style import question, symbol, tone, wait_symbol
from holdfast_tui.widgets.headed_list import ColumnHeads, HeadedList
from holdfast_tui.widgets.line_list import Cell, Line

_LEAST = timedelta(milliseconds=100)
"""The minimum length of a scale."""
_TOOK = 8
_FAILED = (StateType.FAILED, StateType.CRASHED)


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns; a column of width 0 is left out."""

    name: int
    bar: int
    note: int


@lru_cache(64)
def columns(width: int) -> Columns:
    """Return the columns that fit in ``width`` cells, next to the symbol and the duration."""
    note = 9 if width >= 64 else 0
    name = max(8, min(34, width * 3 // 10))
    return Columns(name, max(1, width - name - note - _TOOK - 4), note)


def note_of(task: TaskRun) -> str:
    """Return what is unusual about a task, in a word or two."""
    if task.state.name == "Cached":
        return "cached"
    if task.attempt > 1:
        return f"try {task.attempt}" if task.ended is None else f"{task.attempt} tries"
    return "reused" if task.reused else ""


class StepList(HeadedList):
    """The steps of a run, in the order of their start. The run itself comes first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", key_display="enter"),
        Binding("F", "failures", "Failures", tooltip="Only failed tasks, or all tasks"),
        Binding("h,left", "fold", "Fold", show=False, tooltip="Fold the time in which the run waited"),
        Binding("l,right", "unfold", "Unfold", show=False, tooltip="Draw that time to scale"),
    ]

    class Loaded(Message):
        """Steps were read from the store."""

    def __init__(self, run_id: UUID, clock: Clock, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._run_id, self._clock = run_id, clock
        self._lane = Lane(self, f"steps-{run_id}")
        self._run: FlowRun | None = None
        self._entered: list[tuple[datetime, StateType]] = []
        self._axis = ""
        self._at_end = True
        self.page: StepPage | None = None
        """The loaded steps."""
        self.folded = False
        """Whether the time in which the run waited is folded."""
        self.failed_only = False
        """Whether only failed tasks are listed."""

    # For other modules.

    @property
    def selected(self) -> StepRow | None:
        """The step under the cursor, if it is loaded; ``None`` on the line of the run itself."""
        return self._row(self.cursor)

    @property
    def last(self) -> int:
        """The number of lines: the run, and its steps or a text that there are none."""
        return 1 + max(1, self.page.total) if self.page is not None else 0

    def show(self, run: FlowRun, events: Sequence[Event]) -> None:
        """Show a run that went through the states of ``events``. `load` reads its steps."""
        if self._run is None:
            self._at_end = not run.state.is_final()
        self._run = run
        self._entered = [
            (each.at, NAMES[each.after]) for each in events if each.kind == EventKind.STATE and each.after in NAMES
        ]
        self.redraw()

    def tick(self) -> None:
        """Redraw the times of a run that has not ended."""
        if self._run is not None and self._run.ended is None:
            self.redraw()

    def redraw(self) -> None:
        """Redraw what has changed."""
        self.repaint()
        axis = "".join(self.head(self.row_width - 1))
        if axis != self._axis and self.parent is not None:
            self._axis = axis
            for heads in self.parent.query(ColumnHeads):
                heads.refresh()

    def all_text(self) -> str:
        """Return the loaded lines as text."""
        if self.page is None:
            return ""
        width = self.row_width - 1
        first = self.page.first
        places = [0, *range(first + 1, first + len(self.page.rows) + 1)]
        lines = [self.head(width), *([cell.text for cell in self.cells(at, width)] for at in places)]
        return "\n".join("".join(each).rstrip() for each in lines)

    # Reading.

    def load(self, *, urgent: bool = False) -> None:
        """Read the steps around those in view."""
        reach = 3 * max(20, self.page_height)
        want = StepWant(max(0, self.top - 1 - reach // 3), reach, self._at_end, self.failed_only)
        self._lane.submit(lambda store: store.pages.steps(self._run_id, want), self._take, urgent=urgent)

    def _take(self, page: StepPage) -> None:
        first = self.page is None
        self.page = page
        self.set_count(self.last)
        if self._at_end:
            self.move_cursor(self.count - 1, by_hand=False)
        self.redraw()
        self.post_message(self.Loaded())
        if first:
            self.refresh_all()

    def scrolled(self) -> None:
        """Read the steps that come into view."""
        page = self.page
        if page is None or not page.total:
            return
        first, last = max(0, self.top - 1), min(page.total, self.top - 1 + self.page_height)
        if first < page.first or last > page.first + len(page.rows):
            self.load(urgent=True)

    def moved_by_hand(self) -> None:
        """Follow new steps if the cursor is on the last one."""
        self._at_end = self.cursor == self.count - 1

    def _row(self, index: int) -> StepRow | None:
        if self.page is None or index < 1:
            return None
        at = index - 1 - self.page.first
        return self.page.rows[at] if 0 <= at < len(self.page.rows) else None

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable opening only on steps that can be opened."""
        if action != "open":
            return super().check_action(action, parameters)
        row = self.selected
        if row is None:
            return False
        return row.wait is None or (row.wait.status is WaitStatus.OPEN and row.wait.answer is None)

    def action_fold(self) -> None:
        """Fold the time in which the run waited."""
        self._fold(True)

    def action_unfold(self) -> None:
        """Draw the time in which the run waited to scale again."""
        self._fold(False)

    def _fold(self, wanted: bool) -> None:
        if wanted != self.folded:
            self.folded = wanted
            self.redraw()
            self.post_message(self.Loaded())

    def action_failures(self) -> None:
        """Show only failed tasks, or all tasks again."""
        self.failed_only = not self.failed_only
        self._at_end = False
        self.page = None
        self.set_count(0)
        self.scroll_to(y=0, animate=False, force=True)
        self.load(urgent=True)

    # Drawing.

    def _scale(self, width: int) -> timeline.Scale:
        run, now = self._run, self._clock()
        assert run is not None
        start = run.started or run.created
        end = max(run.ended or timeline.horizon(start, now), start + _LEAST)
        if not self.folded:
            return timeline.Scale(start, end, width)
        whole = timeline.of_run(run, self._entered, now)
        still = [(max(each.start, start), min(each.end, end)) for each in whole if each.kind is not timeline.Kind.WORK]
        return timeline.Scale.folding(start, end, width, still)

    def head(self, width: int) -> Sequence[str]:
        """Return the axis above the bars."""
        if self._run is None or width < 20:
            return [" " * max(0, width)]
        at = columns(width)
        return [" " * (at.name + 3), timeline.axis(self._scale(at.bar)), " " * (at.note + _TOOK + 1)]

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a step: name, bar and duration."""
        if self._run is None or self.page is None:
            return [Cell(" " * width)]
        if index == 0:
            segments = timeline.of_run(self._run, self._entered, self._clock())
            taken = "" if self._run.started is None else took(self._run.started, self._run.ended, self._clock)
            mark = Cell(f"{symbol(self._run.state)} ", tone(self._run.state))
            return self._line_of(width, mark, Cell("the whole run", "strong"), segments, "", taken)
        row = self._row(index)
        if row is None:
            nothing = "No task has failed." if self.failed_only else "No tasks yet."
            return [Cell(fit("" if self.page.total else f"  {nothing}", width), "muted")]
        return self._step(row, width)

    def _step(self, row: StepRow, width: int) -> Line:
        now = self._clock()
        if row.task is not None:
            task, begun = row.task, row.task.called or row.task.started
            segments = timeline.of_task(task, row.attempts, now)
            taken = took(begun if row.attempts else task.started, task.ended, self._clock)
            name = task.name or task.task_name
            mark = Cell(f"{symbol(task.state)} ", tone(task.state))
            return self._line_of(width, mark, Cell(name), segments, note_of(task), taken)
        if row.wait is not None:
            glyph, kind = wait_symbol(row.wait)
            taken = took(row.wait.opened, row.wait.closed, self._clock)
            segments, note = timeline.of_wait(row.wait, now), str(row.wait.status)
            return self._line_of(width, Cell(f"{glyph} ", kind), Cell(question(row.wait)), segments, note, taken)
        child = row.child
        assert child is not None
        taken = "" if child.started is None else took(child.started, child.ended, self._clock)
        mark = Cell(f"{symbol(child.state)} ", tone(child.state))
        return self._line_of(width, mark, Cell(f"▸ {child.name}"), timeline.of_child(child, now), "run", taken)

    def _line_of(
        self, width: int, mark: Cell, name: Cell, segments: Sequence[timeline.Segment], note: str, taken: str
    ) -> Line:
        at = columns(width)
        drawn = timeline.draw(segments, self._scale(at.bar))
        if note == "reused" and not at.note:
            name = Cell(f"↺ {name.text}", name.tone)
        line = [mark, Cell(fit(name.text, at.name), name.tone), Cell(" ")]
        line += [Cell(text, kind) for text, kind in drawn]
        if at.note:
            line.append(Cell(fit(f" {note}", at.note), "muted"))
        line.append(Cell(fit_right(taken, _TOOK + 1), "muted"))
        return line


class StepFrame(Vertical):
    """The timeline with its axis, in a frame that shows the number of tasks."""

    def __init__(self, steps: StepList) -> None:
        super().__init__(classes="pane")
        self.steps = steps
        self.border_title = "Tasks"

    def compose(self) -> ComposeResult:
        """Create the axis and the steps."""
        yield ColumnHeads(self.steps)
        yield self.steps

    def say(self) -> None:
        """Show the number of tasks, and how many are running or failed."""
        page = self.steps.page
        if page is None:
            return
        count, failed = sum(page.states.values()), sum(page.states.get(each, 0) for each in _FAILED)
        running = page.states.get(StateType.RUNNING, 0)
        self.border_title = f"Tasks {count:,}" if count else "Tasks"
        said = [f"{running:,} running" if running else "", f"{failed:,} failed" if failed else ""]
        said += ["failed only" if self.steps.failed_only else "", "waiting folded" if self.steps.folded else ""]
        self.border_subtitle = ", ".join(filter(None, said))
