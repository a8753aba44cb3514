"""The first wall: records as they may be shown. Every text of a run is cleaned where it comes in from the store.

Only keys of waits and ids stay as they are, since actions name them; they are cleaned where they are drawn.
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
    """`clean` for what may be missing."""
    return None if text is None else clean(text)


def state(of: State) -> State:
    """A state to show."""
    return replace(of, name=clean(of.name), message=None if of.message is None else clean_block(of.message))


def flow_run(of: FlowRun) -> FlowRun:
    """A flow run to show."""
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
    """A task run to show."""
    return replace(of, task_name=clean(of.task_name), name=clean(of.name), state=state(of.state))


def wait(of: Wait) -> Wait:
    """A wait to show. Schema and values are the form's, which cleans them itself."""
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
    value = mask(schema, of.value)  # a secret is for the flow alone
    return replace(of, value=value, given_by=clean(of.given_by), channel=clean(of.channel))


def event(of: Event) -> Event:
    """An event to show."""
    return replace(
        of,
        kind=clean(of.kind),
        before=clean_or_none(of.before),
        after=clean(of.after),
        actor=clean(of.actor),
        detail=None if of.detail is None else clean_block(of.detail),
    )


def log(of: Log) -> Log:
    """A log line to show."""
    return replace(of, message=clean_block(of.message))


def deployment(of: Deployment) -> Deployment:
    """A deployment to show. Its schedules are cleaned where they are put into words, its schema in the form."""
    return replace(of, flow_name=clean(of.flow_name), name=clean(of.name), tags=tuple(map(clean, of.tags)))


def host(of: Host) -> Host:
    """A process to show."""
    return replace(of, hostname=clean(of.hostname), place=clean_or_none(of.place))
