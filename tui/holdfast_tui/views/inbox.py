"""The view of questions that wait for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast
from uuid import UUID

from textual import on

from holdfast.filters import InboxFilter, parse_inbox_filter
from holdfast.records import FlowRun, Wait
from holdfast_tui.data.feed import Changes
from holdfast_tui.text.durations import Clock
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.views.base import View
from holdfast_tui.widgets.inbox_list import InboxList
from holdfast_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen
    from holdfast_tui.screens.triage import Triage

NO_WAITS = """No question is waiting.

When a flow asks a question, it appears here with the time
left to answer it. Press 1 to see the runs."""
NO_MATCH = "No question matches the filter.  Press / to change it, esc to see all."


class InboxView(View):
    """Open waits of all runs, the nearest deadline first."""

    VIEW: ClassVar[str] = "inbox"
    LABEL: ClassVar[str] = "Inbox"
    KEYS: ClassVar[str] = "2,i"
    ABOUT: ClassVar[str] = "Questions waiting for an answer"
    FILTER_HINT: ClassVar[str] = "part of a question or name   flow:NAME   key:NAME"
    BADGE: ClassVar[bool] = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.inbox = InboxList(clock, id="inbox-list")
        self._triage: Triage | None = None

    @property
    def lines(self) -> LineList:
        """The list of waits."""
        return self.inbox

    @property
    def nothing(self) -> str:
        """The text for an empty list."""
        return NO_WAITS if self.inbox.where == InboxFilter() else NO_MATCH

    @property
    def run(self) -> FlowRun | None:
        """The run of the selected wait, once it has been read."""
        run, wait = self.inbox.run, self.wait
        return run if run is not None and wait is not None and run.id == wait.flow_run_id else None

    @property
    def wait(self) -> Wait | None:
        """The marked wait if exactly one is marked, else the one under the cursor."""
        marked = self.inbox.marked_waits
        return self.inbox.find(marked[0]) if len(marked) == 1 else self.inbox.selected

    @property
    def target_ids(self) -> Sequence[UUID]:
        """The ids of the runs of the marked waits, else of the wait under the cursor."""
        return self.inbox.marked_runs if len(self.inbox.marked) > 1 else super().target_ids

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs that ask the questions."""
        return self.inbox.names

    def load(self) -> None:
        """Read the inbox."""
        self.inbox.load()

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        self.inbox.changed(changes)

    def tick(self) -> None:
        """Redraw the times."""
        self.inbox.tick()

    def narrow(self, text: str) -> None:
        """Show only the waits that match the filter."""
        self.inbox.filter(parse_inbox_filter(text))

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """Remove the marks."""
        self.inbox.mark(())

    # Answering.

    def open_selected(self) -> None:
        """Answer the question under the cursor."""
        screen = cast("RunScreen", self.screen)
        reason = screen.why_not("resume")
        if reason is None:
            screen.action_verb("resume")
        else:
            self.holdfast.say(reason, severity="warning")

    def act(self, verb: str) -> bool:
        """Answer the marked questions with one form, or go through the questions from the one under the cursor."""
        if verb != "resume":
            return False
        # Forms are slow to import.
        from holdfast_tui.screens import group_answering, triage

        screen = cast("RunScreen", self.screen)
        if len(self.inbox.marked) > 1:
            group_answering.GroupAnswering(screen, self.inbox).begin()
        elif self.wait is not None:
            self._triage = self._triage or triage.Triage(screen, self.inbox)
            self._triage.begin(self.wait)
        return True

    @on(LineList.Marked)
    def _marked(self) -> None:
        self.post_message(self.Updated())

    @on(InboxList.Loaded)
    def _loaded(self) -> None:
        self.refresh_view()
