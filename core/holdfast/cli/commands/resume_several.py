"""``holdfast resume`` with several runs: one answer for all of them, and one line of output for each."""

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
    """Answer the questions of the runs, and let runs without a question continue.

    If a run is unknown or the answer does not fit a question, nothing is done.
    """
    runs = list({run.id: run for run in (queries.find_flow_run(db, each) for each in names)}.values())
    asked = [(run, question_meant(db, run, key, given=given)) for run in runs]
    answers = [(wait, _answer(wait, given, answer)) for _, wait in asked if wait is not None]
    refused = sum(not _let_continue(db, run, key) for run, wait in asked if wait is None)
    for report in bulk_answers.answer_all(db, answers, channel="cli"):
        if report.refused is not None:
            refused += 1
            output.complain(f"{report.wait.flow_run_name}: {report.refused}")
        elif report.wait.status is WaitStatus.OPEN:
            output.say(f"The answer is stored. {clean(report.wait.flow_run_name)} gets it as soon as possible.")
        else:
            output.say(f"Answered. {clean(report.wait.flow_run_name)} continues.")
    return Exit.FAILED if refused else Exit.DONE


def _answer(wait: Wait, given: bool, answer: Callable[[Wait], Any]) -> Any:
    if given:
        return answer(wait)
    if wait.schema is not None:
        raise BadInput(f"{wait.flow_run_name} waits for an answer. Give one for all runs with --input, --json or -.")
    return None


def _let_continue(db: Database, run: FlowRun, key: str | None) -> bool:
    """Resume a run that waits for no answer. Return whether that was possible."""
    try:
        actions.resume(db, run.id, key=key, channel="cli")
    except HoldfastError as error:
        output.complain(f"{run.name}: {error}")
        return False
    output.say(f"{clean(run.name)} continues.")
    return True
