"""The view of deployments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from typing_extensions import override

from holdfast.records import Deployment
from holdfast_tui.data import deployment_rows
from holdfast_tui.data.deployment_rows import DeploymentRow
from holdfast_tui.data.jobs import Lane
from holdfast_tui.text.durations import Clock
from holdfast_tui.views.base import ReadWhenSeen
from holdfast_tui.widgets.deployment_list import DeploymentList
from holdfast_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen

NO_DEPLOYMENTS = """No deployments yet.

A deployment runs a flow by name or on a schedule. Create one:

    holdfast deploy FILE.py:FLOW --cron "0 9 * * mon-fri"
    flow.serve("NAME", interval="15m")      in Python

It appears here. Press n to start a run of it."""
NO_MATCH = "No deployment matches the filter.  Press / to change it, esc to see all."


class DeploymentsView(ReadWhenSeen):
    """Deployments, by flow and name."""

    VIEW: ClassVar[str] = "deployments"
    LABEL: ClassVar[str] = "Deployments"
    KEYS: ClassVar[str] = "3"
    ABOUT: ClassVar[str] = "Flows to run by name or on a schedule"
    FILTER_HINT: ClassVar[str] = "part of a name, a schedule or a tag   paused   active"
    OF_RUNS: ClassVar[bool] = False
    VERBS: ClassVar[Sequence[str]] = ("resume", "pause")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "screen.new_run", "New run", tooltip="Start a run of the deployment"),
        Binding("r", "screen.verb('resume')", "Resume", tooltip="Resume its schedules, from now on"),
        Binding("p", "screen.verb('pause')", "Pause", tooltip="Stop its schedules until it is resumed"),
        Binding("D", "screen.delete_deployment", "Delete", tooltip="Delete the deployment; keep its runs"),
    ]

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.list = DeploymentList(clock, id="deployments-list")
        self._lane = Lane(self, "deployments")
        self._rows: Sequence[DeploymentRow] = ()
        self.loaded = False

    @property
    def lines(self) -> LineList:
        """The list of deployments."""
        return self.list

    @property
    def nothing(self) -> str:
        """The text for an empty list."""
        return NO_MATCH if self._rows else NO_DEPLOYMENTS

    @property
    def deployment(self) -> Deployment | None:
        """The deployment under the cursor."""
        row = self.list.selected
        return None if row is None else row.deployment

    @property
    def deployments(self) -> Sequence[Deployment]:
        """All loaded deployments."""
        return [each.deployment for each in self._rows]

    def tick(self) -> None:
        """Redraw the times."""
        self.list.repaint()

    @override
    def submit(self, *, urgent: bool) -> None:
        self._lane.submit(lambda store: store.deployments.list_all(), self._take, urgent=urgent)

    def _take(self, rows: Sequence[DeploymentRow]) -> None:
        self._rows = rows
        self.loaded = True
        self.narrow(self.filter_text)

    def narrow(self, text: str) -> None:
        """Show only the deployments that match the filter."""
        self.list.show([each for each in self._rows if each.fits(text)])
        if self.loaded:
            self.refresh_view()

    def open_selected(self) -> None:
        """Open the page of the deployment under the cursor."""
        if self.deployment is not None:
            self.holdfast.open_deployment(self.deployment.id, self.deployment.full_name)

    def why_not(self, verb: str) -> str | None:
        """Return why a verb does not apply to the deployment."""
        return deployment_rows.why_not(verb, self.deployment)

    def act(self, verb: str) -> bool:
        """Pause or resume the deployment's schedules."""
        if self.deployment is not None:
            cast("RunScreen", self.screen).deploying.begin(verb, self.deployment)
        return True
