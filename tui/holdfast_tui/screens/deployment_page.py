"""The page of a deployment: its schedules, its parameters and its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from holdfast.exceptions import HoldfastError, StoreError
from holdfast.records import Deployment, FlowRun
from holdfast_tui.data import deployment_rows
from holdfast_tui.data.deployment_rows import DeploymentDetails
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.text.durations import Clock
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.deployment_list import DeploymentRuns, FactsPane
from holdfast_tui.widgets.headed_list import ColumnHeads
from holdfast_tui.widgets.line_list import LineList

WIDE = 100
"""The width from which on the runs are shown next to the facts."""


class DeploymentPage(RunScreen):
    """The page of a deployment. Keys act on the deployment; its runs can be opened."""

    AUTO_FOCUS = ""
    VERBS: ClassVar[Sequence[str]] = ("resume", "pause")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_run", "New run", tooltip="Start a run of the deployment"),
        Binding("r", "verb('resume')", "Resume", tooltip="Resume its schedules, from now on"),
        Binding("p", "verb('pause')", "Pause", tooltip="Stop its schedules until it is resumed"),
        Binding("D", "delete_deployment", "Delete", tooltip="Delete the deployment; keep its runs"),
        Binding("tab", "pane(1)", "Next pane", show=False, tooltip="Go to the runs or facts"),
        Binding("shift+tab", "pane(-1)", "Prev pane", show=False),
        Binding("escape", "back", "Back", key_display="esc"),
    ]

    def __init__(self, deployment_id: UUID, name: str, clock: Clock) -> None:
        super().__init__()
        self._deployment_id, self._full_name = deployment_id, name
        self._clock = clock
        self._details: DeploymentDetails | None = None
        self._lane = Lane(self, "deployment")
        self._facts = FactsPane(clock, id="facts", classes="pane")
        self._runs = DeploymentRuns(clock, id="deployment-runs")
        self._heads = ColumnHeads(self._runs)
        self._state = Static(id="deployment-state")
        self._no_runs = Static(classes="empty")

    def compose(self) -> ComposeResult:
        """Create the title, the state, the facts, the runs and the line of keys."""
        yield Banner()
        yield TitleBar()
        yield self._state
        with Container(id="deployment"):
            yield self._facts
            with Vertical(id="deployment-right"):
                yield self._heads
                yield self._runs
                yield self._no_runs
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the deployment."""
        self._facts.border_title = "Deployment"
        self.query_one("#deployment-right").border_title = "Runs"
        self._show_runs(())
        self.set_focus(self._facts)
        self.load()

    # The target of keys.

    @property
    def crumbs(self) -> Sequence[str]:
        """The deployment's name."""
        return (self._full_name,)

    @property
    def run(self) -> FlowRun | None:
        """``None``: keys act on the deployment."""
        return None

    @property
    def deployment(self) -> Deployment | None:
        """The deployment."""
        return None if self._details is None else self._details.row.deployment

    @property
    def names(self) -> Sequence[str]:
        """The names of its runs."""
        return [each.name for each in self._runs.records]

    def take_focus(self) -> None:
        """Focus the runs, or the facts if there are no runs."""
        self.set_focus(self._runs if self._runs.display else self._facts)

    def why_not(self, verb: str) -> str | None:
        """Return why a verb does not apply to the deployment."""
        return self.readonly_reason or deployment_rows.why_not(verb, self.deployment)

    def act(self, verb: str) -> None:
        """Pause or resume the deployment's schedules."""
        if self.deployment is not None:
            self.deploying.begin(verb, self.deployment)

    # Reading.

    def load(self) -> None:
        """Read everything."""
        self._read(urgent=True)

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        self._read(urgent=False)

    def tick(self) -> None:
        """Redraw the times, and read again when a scheduled time has passed."""
        if self._details is None:
            return
        if any(each <= self._clock() for each in self._details.coming):
            self._read(urgent=False)
        self._facts.lay_out()
        self._runs.repaint()
        self._show_state(self._details)

    def _read(self, *, urgent: bool) -> None:
        deployment_id, now = self._deployment_id, self._clock()
        self._lane.submit(
            lambda store: store.deployments.details(deployment_id, now), self._take, failed=self._gone, urgent=urgent
        )

    def _gone(self, error: HoldfastError) -> None:
        if isinstance(error, StoreError):
            self.holdfast.report(error)
        else:
            self.holdfast.refuse(error)
            self.dismiss(None)

    def _take(self, details: DeploymentDetails) -> None:
        first, self._details = self._details is None, details
        self._facts.show(details)
        self._show_runs(details.runs)
        self._show_state(details)
        if first:
            self.take_focus()
        self.refresh_bindings()

    def _show_runs(self, runs: Sequence[FlowRun]) -> None:
        self._runs.show(runs)
        there = bool(runs)
        self._runs.display = self._heads.display = there
        self._no_runs.display = not there
        self._no_runs.update(Content("" if self._details is None else "No runs yet.  Press n to start one."))

    def _show_state(self, details: DeploymentDetails) -> None:
        of = details.row.deployment
        if of.paused:
            line = Content.styled(" ‖ Paused", "bold $text-warning") + Content("  its schedules are stopped")
        else:
            text, _ = deployment_rows.next_time(of, self._clock())
            said = "runs when started" if not text else f"runs next in {text}" if text[0].isdigit() else text
            line = Content.styled(" ○ Active", "bold") + Content(f"  {said}")
        if str(self._state.content) != line.plain:
            self._state.update(line)

    # Drawing and keys.

    def on_resize(self, event: events.Resize) -> None:
        """Show facts and runs side by side if there is room."""
        self.set_class(event.size.width >= WIDE, "-beside")

    @on(LineList.Opened, "#deployment-runs")
    def _open_run(self) -> None:
        run = self._runs.selected
        if run is not None:
            self.holdfast.open_run(run.id, run.name)

    def action_run_again(self) -> None:
        """Start a run like the one under the cursor."""
        run = self._runs.selected if self.focused is self._runs else None
        if run is None:
            super().action_run_again()
        else:
            self.deploying.again(run)

    def action_pane(self, by: int) -> None:
        """Move to the other pane."""
        there = self._runs.display and self.focused is self._facts
        self.set_focus(self._runs if there else self._facts)

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss(None)
