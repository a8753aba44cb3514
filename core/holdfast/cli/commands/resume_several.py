"""``holdfast resume`` of several runs: one answer for all, given at once, and a line for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from holdfast.cli import output
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast.engine import actions, bulk_answers
from holdfast.engine.actions import question_meant
from holdfast.exceptions import HoldfastError
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean


def answer_several(
    db: Database, names: Sequence[str], key: str | None, given: bool, answer: Callable[[Wait], Any]
) -> Exit:
    """Answer what the runs wait for, and let those go on that wait for no answer.

    Nothing is done where a run is unknown or an answer does not fit its question.
    """
    runs = list({run.id: run for run in (queries.find_flow_run(db, each) for each in names)}.values())
    asked = [(run, question_meant(db, run, key, given=given)) for run in runs]
    answers = [(wait, _answer(wait, given, answer)) for _, wait in asked if wait is not None]
    refused = sum(not _let_go_on(db, run, key) for run, wait in asked if wait is None)
    for report in bulk_answers.answer_all(db, answers, channel="cli"):
        if report.refused is not None:
            refused += 1
            output.complain(f"{report.wait.flow_run_name}: {report.refused}")
        elif report.wait.status is WaitStatus.OPEN:
            output.say(f"The answer is stored; {clean(report.wait.flow_run_name)} takes it when it can.")
        else:
            output.say(f"Answered: {clean(report.wait.flow_run_name)} goes on.")
    return Exit.FAILED if refused else Exit.DONE


def _answer(wait: Wait, given: bool, answer: Callable[[Wait], Any]) -> Any:
    if given:
        return answer(wait)
    if wait.schema is not None:
        raise BadInput(f"{wait.flow_run_name} waits for an answer: give one for all with --input, --json or -.")
    return None


def _let_go_on(db: Database, run: FlowRun, key: str | None) -> bool:
    """Whether the run, which waits for no answer, could be let go on."""
    try:
        actions.resume(db, run.id, key=key, channel="cli")
    except HoldfastError as error:
        output.complain(f"{run.name}: {error}")
        return False
    output.say(f"{clean(run.name)} goes on.")
    return True
