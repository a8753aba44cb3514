"""Doing verbs: reading the runs again, asking for confirmation, and showing the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.records import FlowRun, Wait
from holdfast_tui.data.jobs import Lane
from holdfast_tui.screens.bulk_progress import BulkProgress
from holdfast_tui.screens.dialogs import ChooseScreen, ConfirmScreen
from holdfast_tui.text.state_style import question_of
from holdfast_tui.verbs import actions, bulk_run
from holdfast_tui.verbs.action_log import Action

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.data.store import Store
    from holdfast_tui.screens.run_screen import RunScreen

_MANY = 1000
"""From this number of runs on, checking them takes a while, and a message says so."""


class Acting:
    """Does the verbs of a screen, one at a time, off the event loop."""

    def __init__(self, screen: RunScreen) -> None:
        self._screen = screen
        self._lane = Lane(screen, f"acting-{id(screen)}")

    @property
    def _app(self) -> HoldfastApp:
        return self._screen.holdfast

    # One run.

    def on_one(self, verb: str, run: FlowRun | None, wait: Wait | None) -> None:
        """Do a verb to one run. While the run of a wait is still being read, only the wait is known."""
        if verb == "resume" and wait is not None:
            self._choose_of(wait.flow_run_id, wait.id)
        elif run is not None:
            if verb == "resume":
                self._choose_of(run.id, None)
            else:
                self._begin(verb, run)
        elif wait is not None:
            self._read_first(verb, wait.flow_run_id)

    def _read_first(self, verb: str, run_id: UUID) -> None:
        """Read a run, and do the verb if it applies."""

        def read(run: FlowRun) -> None:
            reason = actions.why_not(verb, run)
            if reason is None:
                self._begin(verb, run)
            else:
                self._app.say(reason, severity="warning")

        self._lane.submit(lambda store: store.runs.get(run_id), read, failed=self._app.refuse, urgent=True, opens=True)

    def _begin(self, verb: str, run: FlowRun) -> None:
        """Do a verb to a run after confirmation."""

        def asked(confirmed: bool | None) -> None:
            if confirmed:
                noted = self._app.actions.add(verb, run.id, run.name, self._app.clock())
                self._act(lambda store: store.verbs.do(verb, run), noted)

        title, grave = f"{verb.capitalize()} {run.name}?", verb == "cancel"
        yes = "Cancel run" if grave else verb.capitalize()
        self._app.push_screen(ConfirmScreen(title, actions.consequence(verb, run), yes, grave=grave), asked)

    def _act(self, job: Callable[[Store], actions.Outcome], noted: Action) -> None:
        def finished(outcome: actions.Outcome) -> None:
            self._app.settle(noted, outcome)
            self._app.say(outcome.text)

        self._lane.submit(job, finished, failed=partial(self._app.refuse, noted=noted), urgent=True)

    # Named runs.

    def on_named(self, verb: str, references: Sequence[str]) -> None:
        """Do a verb to runs given by name or by the start of their id."""

        def found(runs: Sequence[FlowRun]) -> None:
            if len(runs) > 1:
                self.on_several(verb, [each.id for each in runs])
            elif verb == "resume":
                self._choose_of(runs[0].id, None)
            elif (reason := actions.why_not(verb, runs[0])) is not None:
                self._app.say(reason, severity="warning")
            else:
                self._begin(verb, runs[0])

        self._find(references, found)

    def open_named(self, reference: str) -> None:
        """Open the page of a run given by name or by the start of its id."""
        self._find([reference], lambda runs: self._app.open_run(runs[0].id, runs[0].name))

    def _find(self, references: Sequence[str], found: Callable[[Sequence[FlowRun]], None]) -> None:
        self._lane.submit(
            lambda store: [store.runs.find(each) for each in references],
            found,
            failed=self._app.refuse,
            urgent=True,
            opens=True,
        )

    # Several runs.

    def on_several(self, verb: str, run_ids: Sequence[UUID]) -> None:
        """Do a verb to several runs, after reading them again and asking for confirmation."""
        if len(run_ids) > _MANY:
            self._app.say(f"Checking {len(run_ids):,} runs …")
        self._lane.submit(
            lambda store: bulk_run.plan(verb, store.waits.targets(run_ids)),
            self._confirm_several,
            failed=self._app.refuse,
            urgent=True,
        )

    def _confirm_several(self, plan: bulk_run.Plan) -> None:
        if not plan.runs:
            self._app.say(bulk_run.refusal(plan), severity="warning")
            return

        def asked(confirmed: bool | None) -> None:
            if confirmed:
                BulkProgress(self._screen, plan).do_next()

        grave = plan.verb == "cancel"
        yes = f"{plan.verb.capitalize()} {bulk_run.count(len(plan.runs))}"
        self._app.push_screen(ConfirmScreen(bulk_run.title(plan), bulk_run.text(plan), yes, grave=grave), asked)

    # Answering.

    def _choose_of(self, run_id: UUID, wait_id: UUID | None) -> None:
        self._lane.submit(
            lambda store: store.waits.open_of(run_id),
            partial(self._choose, wait_id),
            failed=self._app.refuse,
            urgent=True,
            opens=True,
        )

    def _choose(self, wait_id: UUID | None, found: tuple[FlowRun, Sequence[Wait]]) -> None:
        run, waits = found
        if wait_id is not None:
            waits = [each for each in waits if each.id == wait_id]
            if not waits:
                self._app.say("This question is no longer open.", severity="warning")
                return
        else:
            waits = [each for each in waits if each.channel is None]
        if not waits:
            self._confirm_resume(run)
        elif len(waits) == 1:
            self._answer(run, waits[0])
        else:
            self._choose_among(run, waits)

    def _choose_among(self, run: FlowRun, waits: Sequence[Wait]) -> None:
        def chosen(index: int | None) -> None:
            if index is not None:
                self._answer(run, waits[index])

        self._app.push_screen(
            ChooseScreen(f"{run.name} asks several questions", [question_of(each, run) for each in waits]), chosen
        )

    def _confirm_resume(self, run: FlowRun) -> None:
        reason = actions.why_not("resume", run)
        if reason is not None:
            self._app.say(reason, severity="warning")
            return
        self._begin("resume", run)

    def _answer(self, run: FlowRun, wait: Wait) -> None:
        if wait.flow_run_id != run.id:  # a child run asks
            self._choose_of(wait.flow_run_id, wait.id)
            return
        from holdfast_tui.screens.answering import Question  # forms are slow to import

        def then(outcome: actions.Outcome | None) -> None:
            if outcome is not None:
                self._app.say(outcome.text)
                self._screen.answered(wait)

        Question(self._app, run, wait, self._lane, then).ask()
