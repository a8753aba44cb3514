"""Verbs and answers, done by the engine. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.engine import actions as engine
from holdfast.engine import bulk_answers
from holdfast.engine.messages import sending
from holdfast.exceptions import HoldfastError, InvalidAnswerError, StoreError
from holdfast.records import FlowRun, Request, Wait, WaitStatus
from holdfast.states import StateType, state_words
from holdfast.store.database import Database
from holdfast_tui.text import sanitize
from holdfast_tui.verbs.actions import CHANNEL, Outcome, in_words
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.verbs.group_answer import Group, WaitResult


class VerbCalls:
    """Does verbs and gives answers. Unless a method says otherwise, it raises what the engine raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # One run.

    def do(self, verb: str, run: FlowRun) -> Outcome:
        """Do a verb to a run that needs no answer for it."""
        if verb == "resume":
            return self.resume(run)
        return self.retry(run) if verb == "retry" else self.ask(verb, run)

    def ask(self, verb: str, run: FlowRun) -> Outcome:
        """Pause, suspend or cancel a run."""
        state = engine.ask(self._database, run.id, Request(verb), channel=CHANNEL)
        done = state.type is StateType.CANCELLED or state.name in ("Paused", "Suspended")
        if done:
            return Outcome(f"{run.name} is {state_words(state)}.")
        return Outcome(f"Asked {run.name} to {verb}; not done yet.", acknowledged=False)

    def retry(self, run: FlowRun) -> Outcome:
        """Schedule a failed, crashed or cancelled run again."""
        engine.retry(self._database, run.id)
        return Outcome(f"{run.name} is scheduled again.", acknowledged=False)

    def resume(self, run: FlowRun) -> Outcome:
        """Let a run continue that waits for no answer."""
        engine.resume(self._database, run.id, channel=CHANNEL)
        return Outcome(f"{run.name} continues.")

    def answer(self, wait: Wait, value: Any) -> Outcome:
        """Answer a wait, or send the message that a run waits for.

        Raises `InvalidAnswerError` if the value is not valid.
        """
        if wait.channel is not None:
            sending.send_answer(self._database, wait, value)
            return Outcome(f"Sent to {wait.flow_run_name}.")
        given = engine.resume(self._database, wait.flow_run_id, value, channel=CHANNEL, wait_id=wait.id)
        if isinstance(given, Wait) and given.objections:
            raise InvalidAnswerError(given.objections)
        if isinstance(given, Wait) and given.status is WaitStatus.OPEN:
            text = f"Answer for {wait.flow_run_name} is stored; the run has not received it yet."
            return Outcome(text, acknowledged=False)
        return Outcome(f"{wait.flow_run_name} is answered and continues.")

    # Several.

    def do_all(self, verb: str, runs: Sequence[FlowRun]) -> tuple[Sequence[Result], StoreError | None]:
        """Do a verb to several runs until the database raises an error. Return the results, and that error."""
        found: list[Result] = []
        for each in runs:
            try:
                found.append(self.do_one(verb, each))
            except StoreError as error:
                return found, error
        return found, None

    def do_one(self, verb: str, run: FlowRun) -> Result:
        """Do a verb to one of several runs. A refusal is a result too. Raises errors of the database."""
        try:
            outcome = self.do(verb, run)
        except StoreError:
            raise
        except HoldfastError as error:
            return Result(run, in_words(error), done=False, acknowledged=False)
        return Result(run, outcome.text, acknowledged=outcome.acknowledged)

    def answer_all(self, of: Group, value: Any) -> list[WaitResult]:
        """Give one answer to each wait of a group, all at once. Raises errors of the database."""
        reports = bulk_answers.answer_all(self._database, [(each, value) for each in of.waits], channel=CHANNEL)
        return [_told(wait, report) for wait, report in zip(of.waits, reports, strict=True)]


def _told(wait: Wait, report: bulk_answers.Report) -> WaitResult:
    name = wait.flow_run_name
    if report.refused is not None:
        return WaitResult(wait, f"{name}: {in_words(report.refused)}", done=False, acknowledged=False)
    if wait.channel is not None:
        return WaitResult(wait, f"Sent to {name}.")
    if sanitize.wait(report.wait).status is WaitStatus.OPEN:
        return WaitResult(wait, f"{name}: stored; the run has not received it yet.", acknowledged=False)
    return WaitResult(wait, f"{name} is answered and continues.")
