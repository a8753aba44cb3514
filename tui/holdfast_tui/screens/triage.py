"""Going through the inbox: after a question is answered or skipped, the next one opens by itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button

from holdfast.records import FlowRun, Wait
from holdfast_tui.data.jobs import Lane
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.answering import Question
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.verbs import actions
from holdfast_tui.widgets.inbox_list import InboxList

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen

_BRIEFLY = 3.0
"""Seconds for which the result of an answer is shown; short, because the next question is already open."""


class TriageForm(AnswerScreen):
    """A form that can be skipped, and that the next one follows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "skip", "Skip, keep draft", priority=True),
        Binding("escape", "close", "Leave, keep draft"),
    ]

    def on_mount(self) -> None:
        """Add the button to skip."""
        skip = Button(Content("Skip ^l"), id="skip", compact=True)
        self.query_one("#answer--buttons", Horizontal).mount(skip, before="#close")

    async def action_skip(self) -> None:
        """Leave the question for later, and keep the draft."""
        self.skipped = True
        await self.action_close()

    @on(Button.Pressed, "#skip")
    async def _pressed_skip(self) -> None:
        await self.action_skip()


class GoAheadScreen(ConfirmScreen):
    """Asks whether a run may continue. The result is ``False`` to skip it and ``None`` to leave the triage."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,ctrl+l", "dismiss(False)", "Skip", id="dialog.no"),
        Binding("escape", "dismiss(None)", "Leave", id="dialog.back"),
    ]


class Triage:
    """Asks one question after the other, each once, until none are left or the user leaves."""

    def __init__(self, screen: RunScreen, inbox: InboxList) -> None:
        self._screen = screen
        self._app = screen.holdfast
        self._inbox = inbox
        self._lane = Lane(screen, "triage")
        self._seen: set[UUID] = set()

    def begin(self, wait: Wait) -> None:
        """Start with a question."""
        self._seen.clear()
        self._read(wait)

    def _read(self, wait: Wait) -> None:
        self._seen.add(wait.id)
        self._lane.submit(
            lambda store: store.waits.open_of(wait.flow_run_id),
            partial(self._ask, wait.id),
            failed=self._app.refuse,
            urgent=True,
            opens=True,
        )

    def _ask(self, wait_id: UUID, found: tuple[FlowRun, Sequence[Wait]]) -> None:
        run, waits = found
        wait = next((each for each in waits if each.id == wait_id), None)
        if wait is not None:
            self._inbox.select(wait_id)
            Question(
                self._app,
                run,
                wait,
                self._lane,
                partial(self._done, wait_id),
                form=TriageForm,
                go_ahead=partial(GoAheadScreen, no="Skip"),
                more=self._inbox.unanswered(self._seen),
            ).ask()
        elif len(self._seen) > 1:
            self._ask_next(wait_id)  # somebody else answered it first
        else:
            self._app.say("This question is no longer open.", severity="warning")

    def _done(self, wait_id: UUID, outcome: actions.Outcome | None) -> None:
        if outcome is not None:
            self._app.notify(outcome.text, markup=False, timeout=_BRIEFLY)
        self._ask_next(wait_id)

    def _ask_next(self, wait_id: UUID) -> None:
        following = self._inbox.following(wait_id, self._seen)
        if following is not None:
            self._read(following)
