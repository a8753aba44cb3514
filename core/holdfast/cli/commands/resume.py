"""``holdfast resume``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli import output
from holdfast.cli.exits import BadInput, Exit
from holdfast.cli.opening import RunReferences, database
from holdfast.text import clean, clean_block

if TYPE_CHECKING:
    from holdfast.records import FlowRun, Wait
    from holdfast.states import State
    from holdfast.store.database import Database


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
    from holdfast.engine.actions import question_meant
    from holdfast.store import queries

    runs, source = _split(names)
    check_usage(source, pairs, text)
    db = database()
    given = bool(source or pairs or text is not None)
    if len(runs) > 1:
        from holdfast.cli.answering_several import answer_several

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
    from holdfast.cli.listing import field_names

    raise BadInput(
        f"{found.name} waits for an answer with {', '.join(field_names(wait.schema)) or 'some value'}: give it with "
        "--input name=value, with --json TEXT, or with - from standard input."
    )


def _asker(db: Database, run: FlowRun, wait: Wait) -> FlowRun:
    """The run that asks, which may be below the one that was named."""
    from holdfast.records import WaitStatus
    from holdfast.store import queries

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


def check_usage(source: str, pairs: list[str] | None, text: str | None) -> None:
    """Refuse what cannot be told apart: an answer may be given in one way."""
    if source not in ("", "-"):
        raise BadInput(f"After the run only - can follow, not {source!r}: give a field with --input name=value.")
    if sum((bool(source), bool(pairs), text is not None)) > 1:
        raise BadInput("Give the answer in one way: --input, --json, or - for standard input.")


def given_answer(source: str, pairs: list[str] | None, text: str | None) -> Callable[[Wait], Any]:
    """What gives a wait the answer that was given with the command, as JSON has it."""
    from holdfast.cli import answers
    from holdfast.cli.typed import standard_input

    read = cache(standard_input)  # once, also for several runs

    def answer(wait: Wait) -> Any:
        if wait.schema is None:
            if not pairs and (text or read()).strip() in ("", "{}", "null"):
                return None
            raise BadInput(f"{wait.flow_run_name} asks for nothing but a go-ahead: resume it without an answer.")
        if pairs:
            return answers.from_pairs(wait, pairs)
        if source:
            return answers.from_json(wait, read(), "Standard input")
        return answers.from_json(wait, text or "", "--json")

    return answer


def _let_go_on(db: Database, run: FlowRun, key: str | None) -> Exit:
    from holdfast.engine import actions

    if output.is_interactive() and run.state.is_paused():
        from holdfast.cli.prompting import confirm

        if not confirm(f"{clean(run.name)} ({clean(run.flow_name)}) waits for a go-ahead. Let it go on?"):
            output.say("It stays as it is.")
            return Exit.DONE
    return _told(run, actions.resume(db, run.id, key=key, channel="cli"))


def _send(db: Database, run: FlowRun, wait: Wait, answer: Any) -> Exit:
    from holdfast.engine import actions

    return _told(run, actions.resume(db, run.id, answer, channel="cli", wait_id=wait.id))


def converse(run: FlowRun, wait: Wait, give: Callable[[Any], Exit], given_up: str) -> Exit:
    """Ask for the answer, and again for what the flow's own validators object to."""
    from holdfast.cli import answers, prompting
    from holdfast.engine import drafts
    from holdfast.exceptions import InvalidAnswerError
    from holdfast.question_changes import told

    output.say(f"{output.paint(clean(run.name), 'bold')} ({clean(run.flow_name)}), {output.until(wait.deadline)}")
    if wait.description:
        output.say(f"\n{clean_block(wait.description.strip())}\n")
    if changed := told(wait):
        output.say(output.paint(clean(changed), "yellow"))
    for error in wait.objections.items():
        output.say(output.paint(f"The last answer was refused: {clean(answers.problem(error))}", "red"))
    form = answers.form_of(wait)
    if (before := drafts.offered(wait)) is not None:
        form.load({**(wait.initial or {}), **before})
    try:
        prompting.fill(form)
        while True:
            try:
                return give(answers.value_of(form))
            except InvalidAnswerError as error:
                prompting.mend(form, error.errors)
    except (KeyboardInterrupt, EOFError):
        output.say(f"\n{given_up}")
        return Exit.INTERRUPTED


def _refuse_closed(wait: Wait) -> None:
    """Do not ask for what can no longer be answered."""
    from holdfast.exceptions import AlreadyDecidedError, FlowPauseTimeout, NotPausedError, QuestionChangedError
    from holdfast.records import WaitStatus

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
    from holdfast.records import Wait, WaitStatus

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
