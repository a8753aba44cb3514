"""The page of a task: its state, attempts, inputs, result and log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from holdfast.records import Event, FlowRun, TaskRun
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.page_records import TaskDetails
from holdfast_tui.screens.panes_screen import PanesScreen
from holdfast_tui.text import timeline
from holdfast_tui.text.cells import one_line
from holdfast_tui.text.durations import Clock, clock_time, date_time, new_day, took
from holdfast_tui.text.state_style import colour, symbol
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.log_view import LogView
from holdfast_tui.widgets.panes import Para, TextPane, sections

if TYPE_CHECKING:
    from holdfast_tui.data.store import Store

_KINDS = {
    timeline.Kind.FAILED: ("failed", "bad"),
    timeline.Kind.DELAY: ("waited to retry", "muted"),
    timeline.Kind.WORK: ("", "plain"),
    timeline.Kind.NOTHING: ("end not recorded", "muted"),
}


class TaskPage(PanesScreen):
    """Everything about one call of a task."""

    def __init__(self, run_id: UUID, run_name: str, task: TaskRun, clock: Clock) -> None:
        super().__init__(LogView(run_id, task.id, id="log", nothing="No log lines."))
        self._run_id, self._run_name, self._of = run_id, run_name, task
        self._clock = clock
        self._details: TaskDetails | None = None
        self._values = TextPane("Task", clock, "", id="values")
        self.panes = (self._values, self.log_view)
        self.pane = self._values

    def compose(self) -> ComposeResult:
        """Create the title, the head, the panes and the line of keys."""
        yield Banner()
        yield TitleBar()
        yield self.head
        yield self.tabs
        with Horizontal(id="panes", classes="band"):
            yield self._values
            yield self.log_view
        yield self._search
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the task."""
        self.focus_pane(self._values)
        self._read(urgent=True)

    @property
    def crumbs(self) -> Sequence[str]:
        """The task's name."""
        return (self._of.name,)

    def take_focus(self) -> None:
        """Focus the pane."""
        self.focus_pane(self.pane)

    @property
    def run(self) -> FlowRun | None:
        """The run that called the task."""
        return None if self._details is None else self._details.run

    def changed(self, changes: Changes) -> None:
        """Read the task and its log again."""
        self._read()

    def load(self) -> None:
        """Read everything again."""
        self._read(urgent=True)

    def _read(self, *, urgent: bool = False) -> None:
        run_id, task_id = self._run_id, self._of.id
        self.lane.submit(lambda store: store.pages.task(run_id, task_id), self._take, failed=self.gone, urgent=urgent)
        self.log_view.load(urgent=urgent)

    def _take(self, details: TaskDetails) -> None:
        self._details = details
        self._show()
        self.show_tabs()
        self.refresh_bindings()

    def tick(self) -> None:
        """Redraw the times of a task that has not ended."""
        if self._details is not None and self._details.task.ended is None:
            self._show()

    def _show(self) -> None:
        details = self._details
        assert details is not None
        task = details.task
        line = Content.assemble((f" {symbol(task.state)} {task.state.name}", f"bold {colour(task.state)}"))
        if task.state.message:
            line += Content(f"  {one_line(task.state.message)}")
        self.update(self.head, line + Content("\n") + Content.styled(f" {self._facts(task)}", "$foreground 60%"))
        self._values.show_text(
            sections(
                ("Attempts", self._attempts(task, details.attempts)),
                ("Inputs", _inputs(details)),
                *_outcome(details),
            )
        )

    def _facts(self, task: TaskRun) -> str:
        facts = [f"task {task.task_name}"]
        if task.attempt > 1:
            facts.append(f"try {task.attempt}")
        if task.reused:
            facts.append("result reused" + (f" {task.reused} times" if task.reused > 1 else ""))
        facts.append(f"started {date_time(task.started)}")
        facts.append(f"{'took' if task.ended else 'for'} {took(task.started, task.ended, self._clock)}")
        return "   ".join([*facts, str(task.id)])

    def _attempts(self, task: TaskRun, attempts: Sequence[Event]) -> list[Para]:
        pieces = timeline.of_task(task, attempts, self._clock())
        if len(pieces) < 2:
            return []
        why = [each.detail or "" for each in attempts if each.after == "AwaitingRetry"]
        found: list[Para] = []
        for each in pieces:
            said, kind = _KINDS[each.kind]
            if each.kind is timeline.Kind.WORK and each.tone == "good":
                said, kind = "completed", "good"
            elif each.kind is timeline.Kind.WORK:
                said = "running" if each.tone == "active" else "interrupted"
            detail = why.pop(0).partition(", after ")[2] if each.kind is timeline.Kind.FAILED and why else ""
            when = date_time if new_day(task.started, each.start) else clock_time
            before = f"{when(each.start)}  {took(each.start, each.end, self._clock):>6}  "
            text = f"{before}{said}: {one_line(detail)}" if detail else before + said
            found.append(Para(text, kind, hang=len(before)))
        return found

    def json(self, store: Store) -> tuple[str, str]:
        """Return all data of the task as JSON, and its name."""
        return store.pages.task_as_json(self._run_id, self._of.id), f"{self._run_name}-{self._of.name}"


def _inputs(details: TaskDetails) -> list[Para]:
    inputs = details.inputs
    if inputs is None:
        return [Para("Not recorded: the inputs and the result of this task are not stored.", "muted")]
    return [Para(f"{name} = {text}") for name, text in inputs.items()] or [Para("No inputs.", "muted")]


def _outcome(details: TaskDetails) -> list[tuple[str, list[Para]]]:
    result, state = details.result, details.task.state
    if result is not None:
        kind = "bad" if result.is_error else "plain"
        return [("Error" if result.is_error else "Result", [Para(each, kind) for each in result.lines])]
    if not state.is_final():
        return [("Result", [Para("None yet.", "muted")])]
    if state.is_completed():
        said = "Not stored. If the run executes again, so does this task."
        return [("Result", [Para(said, "muted")])]
    message = [Para(state.message, "bad")] if state.message else []
    return [("Error", [*message, Para("Its exception is not stored.", "muted")])]
