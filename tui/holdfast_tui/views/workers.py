"""The view of workers and of other processes that execute runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from holdfast.records import FlowRun
from holdfast_tui.data.deployment_rows import HostRow
from holdfast_tui.data.jobs import Lane
from holdfast_tui.text.durations import Clock
from holdfast_tui.views.base import ReadWhenSeen
from holdfast_tui.widgets.host_list import HostList, lines_of
from holdfast_tui.widgets.line_list import LineList

NO_WORKERS = """No worker is running. Nothing is executed.

Scheduled and resumed runs wait until you start one:

    holdfast worker   executes runs until you stop it
    holdfast          the app does so while it is open"""
_LOOK = 5
"""Seconds between two checks whether the processes are alive, because nothing announces their end."""


class WorkersView(ReadWhenSeen):
    """Processes, workers first, and the runs that each executes."""

    VIEW: ClassVar[str] = "workers"
    LABEL: ClassVar[str] = "Workers"
    KEYS: ClassVar[str] = "4"
    ABOUT: ClassVar[str] = "Processes that execute runs, and their runs"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.list = HostList(clock, id="workers-list")
        self._lane = Lane(self, "workers")
        self._seconds = 0

    @property
    def lines(self) -> LineList:
        """The list of processes and their runs."""
        return self.list

    @property
    def nothing(self) -> str:
        """The text for an empty list."""
        return NO_WORKERS

    @property
    def run(self) -> FlowRun | None:
        """The run under the cursor."""
        line = self.list.selected
        return None if line is None else line.run

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs that are being executed."""
        return [line.run.name for line in self.list.records if line.run is not None]

    def why_not(self, verb: str) -> str | None:
        """Return why a verb does not apply: there are none for a process."""
        if self.list.selected is not None and self.run is None:
            return f"This is a process. To {verb} a run, put the cursor on one below it."
        return None

    def tick(self) -> None:
        """Redraw the times, and check the processes every few seconds."""
        self._seconds += 1
        if self._seconds % _LOOK == 0:
            self.read(urgent=False)
        self.list.repaint()

    @override
    def submit(self, *, urgent: bool) -> None:
        self._lane.submit(lambda store: store.deployments.hosts(), self._take, urgent=urgent)

    def _take(self, rows: Sequence[HostRow]) -> None:
        self.list.show(lines_of(rows))
        self.refresh_view()
