"""``holdfast resume``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.cli import output
from holdfast.cli.answers import check_usage, given_answer
from holdfast.cli.arguments import RunReferences
from holdfast.cli.commands.resume_several import answer_several
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast.cli.open_database import database
from holdfast.cli.prompts import confirm, converse
from holdfast.engine import actions
from holdfast.engine.actions import question_meant
from holdfast.exceptions import AlreadyDecidedError, FlowPauseTimeout, NotPausedError, QuestionChangedError
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.states import State, state_words
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean


def resume(
    names: RunReferences,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="A field of the answer. Can be repeated."),
    ] = None,
    text: Annotated[str | None, typer.Option("--json", metavar="TEXT", help="The answer as JSON.")] = None,
    key: Annotated[str | None, typer.Option("--key", "-k", help="Choose one of several open waits.")] = None,
) -> Exit:
    """Answer the question of one or more flow runs, or let them continue.

    Give the answer with --input, with --json, or as JSON from standard input, with - after the run. If you give none
    on a terminal, you are asked for it field by field. Dots lead into nested fields: --input address.city=Oslo,
    --input rows.0.amount=12.
    """
    runs, source = _split(names)
    check_usage(source, pairs, text)
    db = database()
    given = bool(source or pairs or text is not None)
    if len(runs) > 1:
        return answer_several(db, runs, key, given, given_answer(source, pairs, text))
    found = queries.find_flow_run(db, runs[0])
    wait = question_meant(db, found, key, given=given)
    if wait is None:
        return _let_continue(db, found, key)
    found = _asker(db, found, wait)
    if given:
        return _send(db, found, wait, given_answer(source, pairs, text)(wait))
    if wait.schema is None:
        return _let_continue(db, found, wait.key)
    _refuse_closed(wait)
    if output.is_interactive():
        return converse(found, wait, lambda answer: _send(db, found, wait, answer), "Nothing was answered.")
    raise BadInput(
        f"{found.name} waits for an answer with {', '.join(output.field_names(wait.schema)) or 'a value'}. Give it "
        "with --input name=value, with --json TEXT, or with - from standard input."
    )


def _asker(db: Database, run: FlowRun, wait: Wait) -> FlowRun:
    """Return the run that asks. It may be below the run that was named."""
    if wait.flow_run_id == run.id:
        return run
    if wait.status is WaitStatus.OPEN:
        output.note(f"{run.name} waits for {wait.flow_run_name}, which asks.")
    return queries.get_flow_run(db, wait.flow_run_id)


def _split(names: list[str]) -> tuple[list[str], str]:
    """Split the arguments into the runs and the dash after them, if there is one."""
    *runs, source = names if names[-1] == "-" else (*names, "")
    if not runs:
        raise BadInput("Name the run before the -.")
    for each in runs[1:]:
        if "=" in each:
            raise BadInput(f"{each!r} is not a run. Give a field with --input name=value.")
    return runs, source


def _let_continue(db: Database, run: FlowRun, key: str | None) -> Exit:
    question = f"{clean(run.name)} ({clean(run.flow_name)}) waits to be resumed. Resume it?"
    if output.is_interactive() and run.state.is_paused() and not confirm(question):
        output.say("It was not resumed.")
        return Exit.DONE
    return _report(run, actions.resume(db, run.id, key=key, channel="cli"))


def _send(db: Database, run: FlowRun, wait: Wait, answer: Any) -> Exit:
    return _report(run, actions.resume(db, run.id, answer, channel="cli", wait_id=wait.id))


def _refuse_closed(wait: Wait) -> None:
    """Raise an error if the wait can no longer be answered, so that nobody fills in its form for nothing."""
    name = f"{wait.flow_run_name} (key {wait.key!r})"
    if wait.answer is not None:
        raise AlreadyDecidedError(
            f"{name} was answered by {wait.answer.given_by} at {output.clock(wait.answer.given_at)}."
        )
    if wait.status is WaitStatus.EXPIRED:
        raise FlowPauseTimeout(f"{name} can no longer be answered: its deadline has passed.")
    if wait.status is WaitStatus.SUPERSEDED:
        raise QuestionChangedError(wait.flow_run_name, wait.key, wait.id)
    if wait.status is not WaitStatus.OPEN:
        raise NotPausedError(f"{name} can no longer be answered: it was withdrawn.")


def _report(run: FlowRun, outcome: Wait | State) -> Exit:
    name = clean(run.name)
    if isinstance(outcome, Wait) and outcome.status is WaitStatus.SUPERSEDED:
        output.say(f"{name} already has this answer. Its code now asks something else.")
    elif isinstance(outcome, Wait) and not run.state.is_paused():
        output.say(f"{name} already has this answer. It is {state_words(run.state)}.")
    elif not isinstance(outcome, Wait):
        output.say(f"{name} is {state_words(outcome)}.")
    elif outcome.status is WaitStatus.OPEN:
        when = "when a worker restarts it (`holdfast worker`, or the open app)"
        output.say(f"The answer is stored. {name} gets it {when if run.state.name == 'Suspended' else 'soon'}.")
    else:
        output.say(f"Answered. {name} continues.")
    return Exit.DONE
