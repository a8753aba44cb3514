"""Asking a person the question of a wait: the form or the confirmation, the draft, the answer and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from holdfast.exceptions import InvalidAnswerError, Path
from holdfast.forms import replaced_answers
from holdfast.forms.fields import Json
from holdfast.question_changes import told
from holdfast.records import Draft, FlowRun, Wait
from holdfast.text import clean
from holdfast_tui.data.jobs import Lane
from holdfast_tui.forms.screen import AnswerResult, AnswerScreen, Submit
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.draft_store import StoreKeeper, keeper_of
from holdfast_tui.text.durations import span
from holdfast_tui.text.state_style import part_of
from holdfast_tui.verbs import actions
from holdfast_tui.verbs.action_log import Action

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


@dataclass(frozen=True)
class Question:
    """The question of a wait, to be asked of a person."""

    app: HoldfastApp
    run: FlowRun
    wait: Wait
    lane: Lane
    """The lane that sends an answer without a value."""
    then: Callable[[actions.Outcome | None], None]
    """Called with the result of the answer, or with ``None`` if the question was skipped; otherwise not called."""
    form: type[AnswerScreen] = AnswerScreen
    go_ahead: Callable[[str, str, str], ConfirmScreen] = ConfirmScreen
    more: int = 0
    """The number of questions that follow."""

    def ask(self) -> None:
        """Ask the question with a form, or with a confirmation if it asks for no value."""
        if self.wait.schema is None:
            self._ask_to_resume()
            return
        keeper = keeper_of(self.app, self.wait)
        opened = self.app.expect()

        def found(kept: Draft | None) -> None:
            if not isinstance(self.app.screen, AnswerScreen):  # two keys may have been pressed before the form was open
                self._open(keeper, kept)
            opened()

        keeper.find(found)

    # Without a value.

    def _ask_to_resume(self) -> None:
        def asked(yes: bool | None) -> None:
            if yes:
                self._resume(note(self.app, self.wait))
            elif yes is False:
                self.then(None)

        deadline = self.wait.deadline
        left = "" if deadline is None else f" Open for another {span(deadline - self.app.clock())}."
        text = (self.wait.description or actions.consequence("resume", self.run)) + left
        self.app.push_screen(self.go_ahead(f"Resume {self.run.name}?", text, "Resume"), asked)

    def _resume(self, noted: Action) -> None:
        self.lane.submit(
            lambda store: store.verbs.answer(self.wait, None),
            lambda outcome: self._came(noted, outcome),
            failed=partial(self.app.refuse, noted=noted),
            urgent=True,
        )

    def _came(self, noted: Action, outcome: actions.Outcome) -> None:
        self.app.settle(noted, outcome)
        self.then(outcome)

    # With a form.

    def _open(self, keeper: StoreKeeper, kept: Draft | None) -> None:
        outcomes: list[actions.Outcome] = []
        screen = self._form(outcomes, keeper, kept)

        def left(result: AnswerResult | None) -> None:
            self._put_away(keeper, result, answered=bool(outcomes))
            if outcomes:
                self._came(note(self.app, self.wait), outcomes[-1])
            elif screen.skipped:
                self.then(None)

        self.app.push_screen(screen, left)

    def _form(self, outcomes: list[actions.Outcome], keeper: StoreKeeper, kept: Draft | None) -> AnswerScreen:
        """Create the form, which adds the result of its answer to ``outcomes``."""
        run, wait = self.run, self.wait
        follows = f"  ({self.more:,} more)" if self.more else ""
        return self.form(
            f"{run.name}  {run.flow_name}{part_of(wait)}{follows}",
            dict(wait.schema or {}),
            self._submit(outcomes),
            description=wait.description or "",
            initial=wait.initial,
            draft=self.app.drafts.get(wait.id),
            deadline=wait.deadline,
            submit_label="Answer" if wait.channel is None else "Send",
            clock=self.app.clock,
            objections=wait.objections,
            kept=kept or _offered(wait),
            keeper=keeper,
            changed=clean(told(wait)),
        )

    def _submit(self, outcomes: list[actions.Outcome]) -> Submit:
        def submit(value: Json) -> Mapping[Path, str] | None:
            try:
                with self.app.gateway.store() as store:
                    outcomes.append(store.verbs.answer(self.wait, value))
            except InvalidAnswerError as error:
                return actions.objections(error)
            return None

        return submit

    def _put_away(self, keeper: StoreKeeper, result: AnswerResult | None, *, answered: bool) -> None:
        """Keep what was entered into a closed form, unless it was sent."""
        self.app.drafts.pop(self.wait.id, None)
        if answered:
            if self.wait.channel is not None:
                keeper.keep(None)  # the draft of a wait is deleted when its run receives the answer
        elif result is not None and result.draft is not None and result.draft.begun:
            self.app.drafts[self.wait.id] = result.draft


def note(app: HoldfastApp, wait: Wait) -> Action:
    """Record in the action log that a wait is answered from here."""
    return app.actions.add("resume", wait.flow_run_id, wait.flow_run_name, app.clock(), wait_id=wait.id)


def _offered(wait: Wait) -> Draft | None:
    """Return the answer that was given before the question changed, as a draft."""
    if wait.replaced is None:
        return None
    return replaced_answers.as_draft(wait)
