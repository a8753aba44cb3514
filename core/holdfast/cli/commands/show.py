"""``holdfast show``."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from holdfast import as_json, what_if
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, RunReference
from holdfast.cli.open_database import database
from holdfast.engine import everything
from holdfast.engine.preview import preview
from holdfast.event_kinds import EventKind, in_words
from holdfast.question_changes import told
from holdfast.records import Event, FlowRun, TaskRun, Wait
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean, clean_block
from holdfast.values.masks import mask

_LONGEST_HISTORY = 30
"""The number of entries of a run's history that are shown. ``--json`` has them all."""


WhatIf = Annotated[
    bool, typer.Option("--what-if", help="Show what would happen if it continued: what is reused, and what runs again.")
]


def show(run: RunReference, what_if: WhatIf = False, json: AsJson = False) -> None:
    """Show everything about a flow run: its state, parameters, waits, tasks, child runs and history."""
    db = database()
    if what_if:
        return _show_preview(db, queries.find_flow_run(db, run), json)
    found = everything.gather(db, queries.find_flow_run(db, run))
    if json:
        return output.say(as_json.dump(as_json.everything(found)))
    for line in _lines(found):
        output.say(line)
    return None


_TONES = {"bad": "red", "waiting": "yellow", "good": "green", "muted": "dim"}


def _show_preview(db: Database, run: FlowRun, json: bool) -> None:
    found = preview(db, run)
    found = replace(found, decided=[_masked(each) for each in found.decided])
    if json:
        return output.say(as_json.dump(as_json.preview(found)))
    output.say(output.paint(what_if.title(found), "bold"))
    for section in what_if.sections(found, what_if.Words(lambda wait: clean(output.asks_for(wait)), output.clock)):
        output.say("")
        if section.title:
            output.say(output.paint(section.title, "bold"))
        for text, tone in section.paragraphs:
            output.say(output.paint(text, _TONES.get(tone, "")))
    return None


def _masked(wait: Wait) -> Wait:
    """Return the wait with secrets masked: only the flow may see them."""
    answer = wait.answer
    return wait if answer is None else replace(wait, answer=replace(answer, value=mask(wait.schema, answer.value)))


def _lines(found: everything.Everything) -> Iterator[str]:
    run = found.run
    yield f"{output.paint(clean(run.name), 'bold')}  {clean(run.flow_name)}"
    yield _fact("id", str(run.id))
    yield _fact("state", f"{output.painted_state(run.state)}, {output.ago(run.state.timestamp)}")
    if run.state.message:
        yield _fact("", clean(run.state.message))
    for wait in found.waits_below:
        yield _fact("waits for", f"{clean(wait.flow_run_name)}: {clean(output.asks_for(wait))}")
    if run.request and run.requested_at:
        yield _fact("asked to", f"{run.request}, {output.ago(run.requested_at)}, by {clean(run.requested_by or '')}")
    if run.started:
        yield _fact("started", f"{output.clock(run.started)}, {_duration(run)}")
    if run.executions > 1:
        yield _fact("executions", str(run.executions))
    if run.parent_id:
        yield _fact("parent", str(run.parent_id))
    if found.deployment is not None:
        yield _fact("deployment", clean(found.deployment.full_name))
    if run.state.is_scheduled() and run.due is not None:
        yield _fact("due", output.clock(run.due))
    yield _fact("code", clean(found.origin.entrypoint or "not in a file"))
    yield from _section("Parameters", [f"{name} = {_value(value)}" for name, value in found.parameters.items()])
    if found.result is not None:
        yield from _section("Error" if not run.state.is_completed() else "Result", _result(found.result))
    yield from _section("Waits", [line for wait in found.waits for line in _wait_lines(wait)])
    yield from _section("Tasks", _task_table(found.task_runs))
    yield from _section("Children", _child_table(found.children))
    yield from _section("History", _history(found))


def _fact(name: str, value: str) -> str:
    return f"  {output.paint(f'{name:<10}', 'dim')}  {value}"


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield output.paint(title, "bold")
        yield from (f"  {line}" for line in lines)


def _duration(run: FlowRun) -> str:
    if run.ended and run.started:
        return f"took {output.span((run.ended - run.started).total_seconds())}"
    return output.ago(run.started or run.created)


def _value(value: Any) -> str:
    return clean(value if isinstance(value, str) else jsonlib.dumps(value, ensure_ascii=False))


def _result(value: Any) -> list[str]:
    text = value if isinstance(value, str) else jsonlib.dumps(value, indent=2, ensure_ascii=False)
    return clean_block(text).rstrip("\n").split("\n")


def _wait_lines(wait: Wait) -> Iterator[str]:
    status = f"{wait.status}, {output.until(wait.deadline)}" if wait.status == "open" else wait.status.value
    if wait.status == "open" and wait.answer is not None:
        status = "answered, not yet taken"
    yield f"{clean(wait.key)}: {status}: {clean(output.asks_for(wait))}"
    if wait.answer is not None:
        given = output.clock(wait.answer.given_at)
        yield f"  {_value(mask(wait.schema, wait.answer.value))}"
        yield f"  by {clean(wait.answer.given_by)} at {given} ({clean(wait.answer.channel)})"
    if wait.status == "open" and (changed := told(wait)):
        yield f"  {clean(changed)}"
    for path, text in wait.objections.items():
        yield f"  refused: {clean('.'.join(map(str, path)) or 'the answer')}: {clean(text)}"


def _task_table(runs: list[TaskRun]) -> list[str]:
    rows = [
        (
            clean(run.name),
            output.state_cell(run.state),
            "" if run.ended is None else output.span((run.ended - run.started).total_seconds()),
            f"used again {run.reused} times" if run.reused > 1 else "used again" if run.reused else "",
        )
        for run in runs
    ]
    return output.table(("task", "state", "took", ""), rows, narrow=(0,)) if rows else []


def _child_table(runs: list[FlowRun]) -> list[str]:
    rows = [(clean(run.name), clean(run.flow_name), output.state_cell(run.state), str(run.id)[:13]) for run in runs]
    return output.table(("flow run", "flow", "state", "id"), rows, narrow=(0, 1)) if rows else []


def _history(found: everything.Everything) -> list[str]:
    of_run = [event for event in found.events if event.task_run_id is None]
    left_out = len(of_run) - _LONGEST_HISTORY
    lines = [f"… {left_out} earlier entries"] if left_out > 0 else []
    return lines + [_entry(event) for event in of_run[-_LONGEST_HISTORY:]]


def _entry(event: Event) -> str:
    if event.kind in (EventKind.STATE, EventKind.REQUEST):
        what = f"{event.after}: {event.detail}" if event.detail else event.after
    else:
        what = in_words(event.kind, event.detail)
    return f"{output.clock(event.at)}  {clean(what)}  {output.paint(clean(event.actor), 'dim')}"
