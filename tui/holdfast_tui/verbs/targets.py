"""The things that keys and commands act on, which a screen and a view of the main screen both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.records import Deployment, FlowRun, Wait

if TYPE_CHECKING:
    from holdfast_tui.data.feed import Changes
    from holdfast_tui.verbs.bulk_run import Result


class Targets:
    """Has a run, a wait, a deployment or several runs for verbs to act on, and hears what becomes of them."""

    @property
    def run(self) -> FlowRun | None:
        """The run that is looked at, or that is under the cursor."""
        return None

    @property
    def deployment(self) -> Deployment | None:
        """The deployment that is looked at, or that is under the cursor."""
        return None

    @property
    def wait(self) -> Wait | None:
        """The wait that is answered, where one is singled out."""
        return None

    @property
    def targets(self) -> Sequence[FlowRun]:
        """The runs that verbs act on, as far as they are known: the marked ones, or else `run`."""
        return () if self.run is None else (self.run,)

    @property
    def target_ids(self) -> Sequence[UUID]:
        """The ids of all of them, also where marks reach beyond the runs that are loaded."""
        return [each.id for each in self.targets]

    def changed(self, changes: Changes) -> None:
        """Show what has changed in the store."""

    def tick(self) -> None:
        """Do what is to be done every second."""

    def answered(self, wait: Wait) -> None:
        """React to the answer that has just been given to a wait."""

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """React to a verb that has just been done to several runs."""
