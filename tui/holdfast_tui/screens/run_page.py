"""The page of a run: its state, questions, timeline, log, history, children and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from holdfast.records import Event, FlowRun, Wait, WaitStatus
from holdfast.states import StateType
from holdfast_tui.commands.registry import Command
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.page_records import RunDetails
from holdfast_tui.screens.panes_screen import PanesScreen
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.what_if import WhatIfScreen
from holdfast_tui.text.cells import one_line
from holdfast_tui.text.durations import Clock, date_time, span
from holdfast_tui.text.state_style import asked, colour, symbol
from holdfast_tui.textual_types import app_of
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.line_list import LineList
from holdfast_tui.widgets.log_view import LogView
from holdfast_tui.widgets.panes import ChildrenPane, HistoryPane, Para, TextPane, WaitsPane, sections
from holdfast_tui.widgets.step_list import StepFrame, StepList

if TYPE_CHECKING:
    from holdfast_tui.data.store import Store


class RunPage(PanesScreen):
    """Everything about one run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("W", "what_if", "What if", tooltip="See what a resume or retry would do"),
    ]

    def __init__(self, run_id: UUID, name: str, clock: Clock) -> None:
        super().__init__(LogView(run_id, id="log"))
        self._run_id, self._run_name = run_id, name
        self._details: RunDetails | None = None
        self._asking = Lane(self, f"asking-{run_id}")
        self._events: list[Event] = []
        self._stale = True
        self._waits = WaitsPane("Questions", clock, "No questions.", id="waits")
        self._steps = StepList(run_id, clock, id="tasks")
        self._history = HistoryPane("History", clock, "No events yet.", id="history")
        self._children = ChildrenPane("Children", clock, "It has no child runs.", id="children")
        self._parameters = TextPane("Parameters", clock, "No parameters.", id="parameters")
        self.panes = (self._waits, self.log_view, self._steps, self._history, self._children, self._parameters)

    def compose(self) -> ComposeResult:
        """Create the title, the head, the panes and the line of keys."""
        yield Banner()
        yield TitleBar()
        yield self.head
        yield self.tabs
        with Vertical(id="panes"):
            yield self._waits
            yield StepFrame(self._steps)
            with Horizontal(classes="band"):
                yield self.log_view
                with Vertical(classes="band beside"):
                    yield self._history
                    yield self._children
                    yield self._parameters
        yield self._search
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the run."""
        self._read(urgent=True)

    @property
    def crumbs(self) -> Sequence[str]:
        """The run's name."""
        return (self._run_name,)

    def take_focus(self) -> None:
        """Focus the pane."""
        self.focus_pane(self.pane)

    @property
    def run(self) -> FlowRun | None:
        """The run, once it has been read."""
        return None if self._details is None else self._details.run

    @property
    def wait(self) -> Wait | None:
        """The open wait under the cursor, in the questions or on the timeline."""
        selected: Wait | None = None
        if self.focused is self._waits:
            selected = self._waits.selected
        elif self.focused is self._steps and self._steps.selected is not None:
            selected = self._steps.selected.wait
        return selected if selected is not None and selected.status is WaitStatus.OPEN else None

    def hidden(self, pane: LineList) -> bool:
        """Hide the children if there are none."""
        return pane is self._children and not self._children.records

    # Reading.

    def load(self) -> None:
        """Read everything again."""
        self._stale = True
        self._read(urgent=True)

    def changed(self, changes: Changes) -> None:
        """Read again. The steps are only read if a change concerns them, because log lines are not announced."""
        mine = {self._run_id, *(each.run.id for each in self._children.records)}
        if changes.runs & mine or (not changes.runs and (changes.created or changes.waits)):
            self._stale = True
        self._read()

    def _read(self, *, urgent: bool = False) -> None:
        run_id = self._run_id
        event = self._events[-1].seq if self._events else 0
        self.lane.submit(lambda store: store.pages.run(run_id, event), self._take, failed=self.gone, urgent=urgent)
        self.log_view.load(urgent=urgent)

    def _take(self, details: RunDetails) -> None:
        first = self._details is None
        self._details = details
        last = self._events[-1].seq if self._events else 0
        self._events += [each for each in details.events if each.seq > last]
        self._waits.run = details.run
        self._waits.show(details.waits)
        self._steps.show(details.run, self._events)
        if self._stale:
            self._stale = False
            self._steps.load(urgent=first)
        self._history.show(self._events)
        self._children.show(details.children)
        self._show_values(details)
        self.set_class(not details.children, "-childless")
        self._show_head()
        self.show_tabs()
        if first:
            asks = any(each.status is WaitStatus.OPEN and each.answer is None for each in details.waits)
            self.focus_pane(self._waits if asks else self.log_view)
        self.refresh_bindings()

    def _show_values(self, details: RunDetails) -> None:
        result = details.result
        parameters = [Para(each) for each in details.parameters] or [Para("No parameters.", "muted")]
        if result is None:
            self._parameters.title = "Parameters"
            self._parameters.show_text([Para(each) for each in details.parameters])
            return
        name, kind = ("Error", "bad") if result.is_error else ("Result", "plain")
        self._parameters.title = f"{name}, parameters"
        lines = [Para(each, kind) for each in result.lines]
        self._parameters.show_text(sections((name, lines), ("Parameters", parameters)))

    @on(StepList.Loaded)
    def _fit_steps(self) -> None:
        """Make the timeline as high as its lines, but leave room for the other panes."""
        frame = self.query_one(StepFrame)
        frame.say()
        room = self.query_one("#panes").size.height
        wanted = self._steps.last + 3
        beside = 3 * sum(not self.hidden(each) for each in (self._history, self._children, self._parameters))
        most = min(room * 45 // 100, room - self._waits.outer_size.height - beside)
        frame.styles.height = min(wanted, max(6, most)) if self.has_class("-wide") else "1fr"
        self.show_tabs()

    def arranged(self) -> None:
        """Fit the timeline again after the layout."""
        self.call_after_refresh(self._fit_steps)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the timeline again."""
        self.arranged()

    def tick(self) -> None:
        """Redraw the times."""
        if self._details is None:
            return
        self._show_head()
        self._waits.tick()
        self._steps.tick()
        if any(each.run.ended is None for each in self._children.records):
            self._children.tick()

    # Head.

    def _show_head(self) -> None:
        details, now = self._details, self.holdfast.clock()
        if details is None:
            return
        run, state = details.run, details.run.state
        line = Content.assemble((f" {symbol(state)} {state.name}", f"bold {colour(state)}"))
        said = asked(run, now)
        message = "" if said and state.type is not StateType.PAUSED else one_line(state.message or "")
        line += Content((f", {said}" if said else "") + (f"  {message}" if message else ""))
        self.update(self.head, line + Content("\n") + Content.styled(f" {self._facts(details)}", "$foreground 60%"))

    def _facts(self, details: RunDetails) -> str:
        run, now = details.run, self.holdfast.clock()
        facts = [f"flow {run.flow_name}"]
        if run.parent_id is not None:
            facts.append(f"child of {details.parent_name}")
        if run.executions > 1:
            facts.append(f"execution {run.executions}")
        if run.started is not None:
            facts.append(f"started {date_time(run.started)}")
            facts.append(f"took {span(run.ended - run.started)}" if run.ended else f"for {span(now - run.started)}")
        facts.append(str(run.id))
        return "   ".join(facts)

    # Keys.

    @on(LineList.Opened, "#waits")
    def _answer_wait(self) -> None:
        if self.wait is not None:
            self.action_verb("resume")

    @on(LineList.Opened, "#children")
    def _open_child(self) -> None:
        selected = self._children.selected
        if selected is not None:
            self.holdfast.open_run(selected.run.id, selected.run.name)

    @on(LineList.Opened, "#tasks")
    def _open_step(self) -> None:
        row = self._steps.selected
        if row is None:
            return
        if row.child is not None:
            self.holdfast.open_run(row.child.id, row.child.name)
        elif row.task is not None:
            app_of(self).push_screen(TaskPage(self._run_id, self._run_name, row.task, self.holdfast.clock))
        elif self.wait is not None:
            self.action_verb("resume")

    def copied(self) -> tuple[str, str] | None:
        """Return what to copy; on the timeline, the id of the task or run."""
        if self.pane is not self._steps:
            return super().copied()
        row = self._steps.selected
        if row is None:
            return "the id of the run", str(self._run_id)
        kind = "task run" if row.task is not None else "wait" if row.wait is not None else "run"
        return f"the id of the {kind}", str(row.id)

    def text(self) -> str:
        """Return the text of the pane; of the timeline, the loaded lines."""
        return self._steps.all_text() if self.pane is self._steps else super().text()

    def json(self, store: Store) -> tuple[str, str]:
        """Return all data of the run as JSON, and its name."""
        return store.pages.run_as_json(self._run_id), self._run_name

    def commands(self) -> Sequence[Command]:
        """Return the commands that work only here."""
        said = "See what a resume or retry would do"
        return (*super().commands(), Command("what-if", said, lambda _, __: self.action_what_if(), group="Page"))

    def action_what_if(self) -> None:
        """Show what will happen if the run continues."""
        self._asking.submit(
            lambda store: store.pages.what_if(self._run_id),
            lambda found: app_of(self).push_screen(WhatIfScreen(found)),
            failed=self.gone,
            urgent=True,
        )
