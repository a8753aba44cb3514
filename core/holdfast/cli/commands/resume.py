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
from holdfast.states import State
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean


def resume(
    names: RunReferences,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=VALUE", help="A field of the answer; may be repeated."),
    ] = None,
    text: Annotated[str | None, typer.Option("--json", metavar="TEXT", help="The answer as JSON.")] = None,
    key: Annotated[str | None, typer.Option("--key", "-k", help="Which of several open waits.")] = None,
) -> Exit:
    """Answer what a flow run waits for, or let it go on; or do so for several, all at once.

    On a terminal the answer is asked for, field by field, unless it is given: with --input, with --json, or as JSON
    from standard input, with - after the run. Names go deep with dots: --input address.city=Oslo,
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
        return _let_go_on(db, found, key)
    found = _asker(db, found, wait)
    if given:
        return _send(db, found, wait, given_answer(source, pairs, text)(wait))
    if wait.schema is None:
        return _let_go_on(db, found, wait.key)
    _refuse_closed(wait)
    if output.is_interactive():
        return converse(found, wait, lambda answer: _send(db, found, wait, answer), "Nothing was answered.")
    raise BadInput(
        f"{found.name} waits for an answer with {', '.join(output.field_names(wait.schema)) or 'some value'}: give it "
        "with --input name=value, with --json TEXT, or with - from standard input."
    )


def _asker(db: Database, run: FlowRun, wait: Wait) -> FlowRun:
    """The run that asks, which may be below the one that was named."""
    if wait.flow_run_id == run.id:
        return run
    if wait.status is WaitStatus.OPEN:
        output.note(f"{run.name} waits for {wait.flow_run_name}, which asks.")
    return queries.get_flow_run(db, wait.flow_run_id)


def _split(names: list[str]) -> tuple[list[str], str]:
    """The runs, and the dash behind them if there is one."""
    *runs, source = names if names[-1] == "-" else (*names, "")
    if not runs:
        raise BadInput("Name the run in front of the -.")
    for each in runs[1:]:
        if "=" in each:
            raise BadInput(f"{each!r} is no run: give a field with --input name=value.")
    return runs, source


def _let_go_on(db: Database, run: FlowRun, key: str | None) -> Exit:
    question = f"{clean(run.name)} ({clean(run.flow_name)}) waits for a go-ahead. Let it go on?"
    if output.is_interactive() and run.state.is_paused() and not confirm(question):
        output.say("It stays as it is.")
        return Exit.DONE
    return _told(run, actions.resume(db, run.id, key=key, channel="cli"))


def _send(db: Database, run: FlowRun, wait: Wait, answer: Any) -> Exit:
    return _told(run, actions.resume(db, run.id, answer, channel="cli", wait_id=wait.id))


def _refuse_closed(wait: Wait) -> None:
    """Do not ask for what can no longer be answered."""
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


def _told(run: FlowRun, outcome: Wait | State) -> Exit:
    name = clean(run.name)
    if isinstance(outcome, Wait) and outcome.status is WaitStatus.SUPERSEDED:
        output.say(f"{name} has had this answer already; its code asks something else now.")
    elif isinstance(outcome, Wait) and not run.state.is_paused():
        output.say(f"{name} has had this answer already; it is {run.state.name.lower()}.")
    elif not isinstance(outcome, Wait):
        output.say(f"{name} is {outcome.name.lower()}.")
    elif outcome.status is WaitStatus.OPEN:
        takes = "when a worker starts it again (`holdfast worker`, or the open app)"
        output.say(f"The answer is stored; {name} takes it {takes if run.state.name == 'Suspended' else 'soon'}.")
    else:
        output.say(f"Answered: {name} goes on.")
    return Exit.DONE
