"""The first wall against control characters: every text of a run is cleaned when it is read from the store.

Only keys of waits and ids stay as they are, because actions refer to them. They are cleaned when they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from holdfast.records import Answer, Deployment, Event, FlowRun, Host, Log, Replaced, TaskRun, Wait
from holdfast.states import State
from holdfast.text import clean, clean_block
from holdfast.values.masks import mask


def clean_or_none(text: str | None) -> str | None:
    """Return a cleaned text, or ``None`` for ``None``."""
    return None if text is None else clean(text)


def state(of: State) -> State:
    """Return a state with cleaned texts."""
    return replace(of, name=clean(of.name), message=None if of.message is None else clean_block(of.message))


def flow_run(of: FlowRun) -> FlowRun:
    """Return a flow run with cleaned texts."""
    return replace(
        of,
        name=clean(of.name),
        flow_name=clean(of.flow_name),
        state=state(of.state),
        requested_by=clean_or_none(of.requested_by),
        tags=frozenset(map(clean, of.tags)),
        why_not_found=clean_or_none(of.why_not_found),
    )


def task_run(of: TaskRun) -> TaskRun:
    """Return a task run with cleaned texts."""
    return replace(of, task_name=clean(of.task_name), name=clean(of.name), state=state(of.state))


def wait(of: Wait) -> Wait:
    """Return a wait with cleaned texts. The form itself cleans the schema and the values."""
    return replace(
        of,
        flow_run_name=clean(of.flow_run_name),
        root_name=None if of.root_name is None else clean(of.root_name),
        flow_name=clean(of.flow_name),
        description=None if of.description is None else clean_block(of.description),
        answer=None if of.answer is None else _answer(of.answer, of.schema),
        objections={path: clean_block(text) for path, text in of.objections.items()},
        replaced=None if of.replaced is None else _replaced(of.replaced),
    )


def _replaced(of: Replaced) -> Replaced:
    return replace(
        of,
        description=None if of.description is None else clean_block(of.description),
        answer=None if of.answer is None else _answer(of.answer, of.schema),
    )


def _answer(of: Answer, schema: Mapping[str, Any] | None) -> Answer:
    value = mask(schema, of.value)  # secrets are only for the flow
    return replace(of, value=value, given_by=clean(of.given_by), channel=clean(of.channel))


def event(of: Event) -> Event:
    """Return an event with cleaned texts."""
    return replace(
        of,
        kind=clean(of.kind),
        before=clean_or_none(of.before),
        after=clean(of.after),
        actor=clean(of.actor),
        detail=None if of.detail is None else clean_block(of.detail),
    )


def log(of: Log) -> Log:
    """Return a log line with cleaned text."""
    return replace(of, message=clean_block(of.message))


def deployment(of: Deployment) -> Deployment:
    """Return a deployment with cleaned texts. Schedules are cleaned when they are worded, the schema in the form."""
    return replace(of, flow_name=clean(of.flow_name), name=clean(of.name), tags=tuple(map(clean, of.tags)))


def host(of: Host) -> Host:
    """Return a process with cleaned texts."""
    return replace(of, hostname=clean(of.hostname), place=clean_or_none(of.place))
