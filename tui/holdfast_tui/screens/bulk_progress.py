"""Doing a verb to several runs, a few at a time, so that its progress can be shown and it can be stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast.exceptions import StoreError
from holdfast_tui.data.jobs import Lane
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.verbs import bulk_run

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen

_AT_ONCE = 20
"""The number of runs per job."""


class BulkProgress:
    """A verb for several runs: the plan, and the results so far."""

    def __init__(self, screen: RunScreen, plan: bulk_run.Plan) -> None:
        self._screen = screen
        self._app = screen.holdfast
        self._plan = plan
        self._results: list[bulk_run.Result] = []
        self._lane = Lane(screen, f"several-{id(self)}")
        self._report = ReportScreen(plan.verb, len(plan.runs))
        if len(plan.runs) > _AT_ONCE:
            self._app.push_screen(self._report)

    def do_next(self) -> None:
        """Do the verb to the next few runs, or show the results if none are left."""
        done = len(self._results)
        runs = self._plan.runs[done : done + _AT_ONCE]
        if not runs or self._report.stopped:
            self._end()
            return
        noted = [self._app.actions.add(self._plan.verb, each.id, each.name, self._app.clock()) for each in runs]

        def finished(came: tuple[Sequence[bulk_run.Result], StoreError | None]) -> None:
            found, error = came
            for action, result in zip(noted, found, strict=False):
                self._app.settle(action, result)
            self._results += found
            self._report.add(found)
            if error is None:
                self.do_next()
                return
            for action in noted[len(found) :]:
                self._app.settle(action, error)
            self._app.refuse(error)
            self._end()

        self._lane.submit(lambda store: store.verbs.do_all(self._plan.verb, runs), finished, urgent=True)

    def _end(self) -> None:
        self._screen.acted(self._plan.verb, self._results)
        whole = len(self._results) == len(self._plan.runs) and all(each.done for each in self._results)
        summary = bulk_run.summary(self._plan.verb, self._results, len(self._plan.runs))
        if whole:
            if self._report.is_attached:
                self._report.dismiss(None)
            self._app.say(summary)
            return
        self._report.end(summary)
        if not self._report.is_attached:
            self._app.push_screen(self._report)
