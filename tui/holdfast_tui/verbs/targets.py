"""The targets of keys and commands. Screens and views of the main screen have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.records import Deployment, FlowRun, Wait

if TYPE_CHECKING:
    from holdfast_tui.data.feed import Changes
    from holdfast_tui.verbs.bulk_run import Result


class Targets:
    """A base class with the runs, wait or deployment that verbs act on, and with hooks for their changes."""

    @property
    def run(self) -> FlowRun | None:
        """The run that is shown or under the cursor."""
        return None

    @property
    def deployment(self) -> Deployment | None:
        """The deployment that is shown or under the cursor."""
        return None

    @property
    def wait(self) -> Wait | None:
        """The wait to answer, if one is selected."""
        return None

    @property
    def targets(self) -> Sequence[FlowRun]:
        """The loaded runs that verbs act on: the marked ones, or else `run`."""
        return () if self.run is None else (self.run,)

    @property
    def target_ids(self) -> Sequence[UUID]:
        """The ids of all runs that verbs act on, including marked runs that are not loaded."""
        return [each.id for each in self.targets]

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""

    def tick(self) -> None:
        """Handle the passing of a second."""

    def answered(self, wait: Wait) -> None:
        """Handle that a wait was answered."""

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """Handle that a verb was done to several runs."""
