"""Reads of waits, and of runs with their waits. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from holdfast.filters import InboxFilter
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.text import sanitize
from holdfast_tui.verbs.action_log import Action, Status, outcome
from holdfast_tui.verbs.bulk_run import Target

_WAITS = 200
"""The number of waits per statement."""


class WaitReads:
    """Reads of waits, and of runs with their waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs = RunReads(database)

    def inbox(self, where: InboxFilter, size: int, stopped: Callable[[], bool] = lambda: False) -> list[Wait]:
        """Return the first waits of the inbox that match the filter. It ends early once ``stopped`` returns true."""
        found: list[Wait] = []
        while len(found) < size:
            page = queries.inbox(
                self._database, where=where, after=found[-1] if found else None, limit=_WAITS, stopped=stopped
            )
            found += page
            if len(page) < _WAITS:
                break
        return [sanitize.wait(each) for each in found]

    def find(self, wait_ids: Sequence[UUID]) -> list[Wait]:
        """Return waits as they are now."""
        return [sanitize.wait(each) for each in queries.find_waits(self._database, wait_ids)]

    def asked_by(self, run_ids: Sequence[UUID]) -> list[Wait]:
        """Return the unanswered waits of runs."""
        return [wait for each in run_ids for wait in self.open_of(each)[1]]

    def count(self) -> int:
        """Return the number of unanswered waits."""
        return queries.count_unanswered_waits(self._database)

    def outcomes(self, actions: Sequence[Action]) -> list[tuple[Action, tuple[Status, str] | None]]:
        """Return the results of actions that were only asked."""
        found: list[tuple[Action, tuple[Status, str] | None]] = []
        for action in actions:
            waits = queries.get_waits(self._database, action.run_id) if action.wait_id is not None else []
            run = self._runs.get(action.run_id)
            found.append((action, outcome(action, run, [sanitize.wait(each) for each in waits])))
        return found

    def open_of(self, run_id: UUID) -> tuple[FlowRun, Sequence[Wait]]:
        """Return the run as it is now, and its unanswered waits.

        If it has no question itself, the questions of its child runs are included.
        """
        run = self._runs.get(run_id)
        own = [each for each in queries.get_waits(self._database, run_id) if each.status is WaitStatus.OPEN]
        questions = own or queries.waits_below(self._database, run_id)
        waits = [each for each in questions + queries.get_listeners(self._database, run_id) if each.answer is None]
        return run, [sanitize.wait(each) for each in waits]

    def targets(self, run_ids: Sequence[UUID]) -> list[Target]:
        """Return runs as they are now, in the given order, with their unanswered waits."""
        found: list[Target] = []
        for run_id in run_ids:
            run = self._runs.get(run_id)
            found.append(Target(run, self.open_of(run_id)[1] if run.asks else ()))
        return found
