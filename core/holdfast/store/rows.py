"""From rows to records: which columns are read, by which names, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, func, select

from holdfast import schedules
from holdfast.exceptions import Path
from holdfast.records import (
    Answer,
    Channel,
    Deployment,
    Event,
    FlowRun,
    Log,
    Message,
    Replaced,
    Request,
    TaskRun,
    Wait,
    WaitStatus,
)
from holdfast.states import State, StateType
from holdfast.store import origins
from holdfast.store.ids import due_moment, from_id, from_id_or_none, from_time, from_time_or_none
from holdfast.store.tables import (
    answer,
    deployment,
    event,
    flow_run,
    json_schema,
    listener,
    log,
    message,
    task_run,
    wait,
)
from holdfast.values.json_text import parse_json

_ROOT = flow_run.alias("root")
ROOT_NAME = (
    select(_ROOT.c.name)
    .where(and_(_ROOT.c.id == flow_run.c.root_id, _ROOT.c.id != flow_run.c.id))
    .correlate(flow_run)
    .scalar_subquery()
)
"""The name of the root of a run's tree, where that is another run."""
OLD_WAIT, OLD_SCHEMA, OLD_ANSWER = wait.alias("old_wait"), json_schema.alias("old_schema"), answer.alias("old_answer")
"""The wait that another one replaced, with what had been answered."""


def columns_of(
    make: Callable[..., object], table: Table, **others: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ...]:
    """What ``make`` takes, as columns: for each parameter by position the column of its name, or what is given for it.

    So a row is read by names, which stand once: ``make(*row)``.
    """
    parameters = signature(make).parameters.values()
    names = [each.name.rstrip("_") for each in parameters if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    return tuple(others[name] if name in others else table.c[name] for name in names)


class StateColumns(NamedTuple):
    """A state as rows have it."""

    type: str
    name: str
    message: str | None
    at: int


def to_state(type_: str, name: str, message: str | None, at: int) -> State:
    """The state in a run's row."""
    return State(StateType(type_), name, message, from_time(at))


def to_flow_run(
    id_: str,
    name: str,
    flow_name: str,
    state_type: str,
    state_name: str,
    state_message: str | None,
    state_at: int,
    created_at: int,
    started_at: int | None,
    ended_at: int | None,
    executions: int,
    above_id: str | None,
    root_id: str,
    request: str | None,
    requested_by: str | None,
    requested_at: int | None,
    tags: str | None,
    attempt: int,
    deployment_id: str | None,
    due_at: int | None,
    host_id: str | None,
    entrypoint: str | None,
    arguments_of_none: str | None,
) -> FlowRun:
    """From `FLOW_RUN_COLUMNS`."""
    return FlowRun(
        id=from_id(id_),
        name=name,
        flow_name=flow_name,
        state=to_state(state_type, state_name, state_message, state_at),
        created=from_time(created_at),
        started=from_time_or_none(started_at),
        ended=from_time_or_none(ended_at),
        executions=executions,
        parent_id=from_id_or_none(above_id),
        root_id=from_id(root_id),
        request=None if request is None else Request(request),
        requested_by=requested_by,
        requested_at=from_time_or_none(requested_at),
        tags=to_tags(tags),
        attempt=attempt,
        deployment_id=from_id_or_none(deployment_id),
        due=None if due_at is None else from_time(due_moment(due_at)),
        has_process=host_id is not None,
        why_not_found=origins.why_not(entrypoint, arguments_of_none),
    )


FLOW_RUN_COLUMNS = columns_of(
    to_flow_run,
    flow_run,
    above_id=func.coalesce(flow_run.c.parent_id, flow_run.c.caller_id),
    arguments_of_none=origins.ARGUMENTS_OF_NONE,
)


def to_task_run(
    id_: str,
    flow_run_id: str,
    task_name: str,
    name: str,
    state_type: str,
    state_name: str,
    state_message: str | None,
    state_at: int,
    started_at: int,
    ended_at: int | None,
    reused: int,
    tags: str | None,
    attempt: int,
    called_at: int | None,
) -> TaskRun:
    """From `TASK_RUN_COLUMNS`."""
    return TaskRun(
        id=from_id(id_),
        flow_run_id=from_id(flow_run_id),
        task_name=task_name,
        name=name,
        state=to_state(state_type, state_name, state_message, state_at),
        started=from_time(started_at),
        ended=from_time_or_none(ended_at),
        reused=reused,
        tags=to_tags(tags),
        attempt=attempt,
        called=from_time_or_none(called_at),
    )


TASK_RUN_COLUMNS = columns_of(to_task_run, task_run)


def to_event(
    seq: int,
    flow_run_id: str,
    task_run_id: str | None,
    kind: str,
    before: str | None,
    after: str,
    at: int,
    actor: str,
    detail: str | None,
) -> Event:
    """From `EVENT_COLUMNS`."""
    return Event(
        seq=seq,
        flow_run_id=from_id(flow_run_id),
        task_run_id=from_id_or_none(task_run_id),
        kind=kind,
        before=before,
        after=after,
        at=from_time(at),
        actor=actor,
        detail=detail,
    )


EVENT_COLUMNS = columns_of(to_event, event)


def to_log(
    seq: int,
    flow_run_id: str,
    task_run_id: str | None,
    at: int,
    level: int,
    message: str,
) -> Log:
    """From `LOG_COLUMNS`."""
    return Log(
        seq,
        from_id(flow_run_id),
        from_id_or_none(task_run_id),
        from_time(at),
        level,
        message,
    )


LOG_COLUMNS = columns_of(to_log, log)


ANSWERED = ("given", "accepted")
"""Verdicts of an answer that stands."""


def status_now(status: str, deadline: int | None, answered: bool, now: int) -> WaitStatus:
    """The status of a wait. One whose deadline has passed shows as expired, whoever gets to record it."""
    if status == "open" and deadline is not None and deadline <= now and not answered:
        return WaitStatus.EXPIRED
    return WaitStatus(status)


def to_wait(
    id_: str,
    flow_run_id: str,
    run_name: str,
    flow_name: str,
    key: str,
    status: str,
    opened_at: int,
    deadline: int | None,
    description: str | None,
    schema: str | None,
    initial: str | None,
    closed_at: int | None,
    verdict: str | None,
    value: str,
    given_by: str,
    given_at: int,
    channel: str,
    objections: str,
    old_id: str | None,
    old_key: str,
    old_description: str | None,
    old_schema: str | None,
    old_initial: str | None,
    old_value: str,
    old_given_by: str | None,
    old_given_at: int,
    old_channel: str,
    root_name: str | None,
    *,
    now: int,
) -> Wait:
    """From `WAIT_COLUMNS`."""
    answered = verdict in ANSWERED
    old_answer = None if old_given_by is None else _to_answer(old_value, old_given_by, old_given_at, old_channel)
    return Wait(
        id=from_id(id_),
        flow_run_id=from_id(flow_run_id),
        flow_run_name=run_name,
        flow_name=flow_name,
        key=key,
        status=status_now(status, deadline, answered, now),
        opened=from_time(opened_at),
        deadline=from_time_or_none(deadline),
        description=description,
        schema=None if schema is None else json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=_to_answer(value, given_by, given_at, channel) if answered else None,
        objections=to_objections(objections) if verdict == "refused" else {},
        closed=from_time_or_none(closed_at),
        replaced=_to_replaced(old_id, old_key, old_description, old_schema, old_initial, old_answer),
        root_name=root_name,
    )


WAIT_COLUMNS = columns_of(
    to_wait,
    wait,
    run_name=flow_run.c.name,
    flow_name=flow_run.c.flow_name,
    schema=json_schema.c.body,
    **{name: answer.c[name] for name in ("verdict", "value", "given_by", "given_at", "channel", "objections")},
    **{f"old_{name}": OLD_WAIT.c[name] for name in ("id", "key", "description", "initial")},
    old_schema=OLD_SCHEMA.c.body,
    **{f"old_{name}": OLD_ANSWER.c[name] for name in ("value", "given_by", "given_at", "channel")},
    root_name=ROOT_NAME,
)
"""Those of an answer are empty where there is none, and those of an old wait where none was replaced."""


def _to_replaced(
    id_: str | None, key: str, description: str | None, schema: str | None, initial: str | None, answer: Answer | None
) -> Replaced | None:
    if id_ is None:
        return None
    return Replaced(
        id=from_id(id_),
        key=key,
        description=description,
        schema=None if schema is None else json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=answer,
    )


def _to_answer(value: str, given_by: str, given_at: int, channel: str) -> Answer:
    return Answer(parse_json(value), given_by, from_time(given_at), channel)


def to_listener(
    id_: str,
    flow_run_id: str,
    run_name: str,
    flow_name: str,
    key: str,
    opened_at: int,
    deadline: int | None,
    description: str | None,
    schema: str,
    initial: str | None,
    prefix: str | None,
    type_digest: str,
    root_name: str | None,
) -> Wait:
    """From `LISTENER_COLUMNS`: what a run waits to be sent."""
    return Wait(
        id=from_id(id_),
        flow_run_id=from_id(flow_run_id),
        flow_run_name=run_name,
        flow_name=flow_name,
        key=key,
        status=WaitStatus.OPEN,
        opened=from_time(opened_at),
        deadline=from_time_or_none(deadline),
        description=description,
        schema=json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=None,
        objections={},
        closed=None,
        channel=Channel(prefix, type_digest),
        root_name=root_name,
    )


LISTENER_COLUMNS = columns_of(
    to_listener,
    listener,
    run_name=flow_run.c.name,
    flow_name=flow_run.c.flow_name,
    schema=json_schema.c.body,
    root_name=ROOT_NAME,
)


def to_message(
    id_: int,
    flow_run_id: str,
    prefix: str | None,
    type_digest: str | None,
    payload: str,
    sender: str | None,
    sent_at: int,
) -> Message:
    """From `MESSAGE_COLUMNS`."""
    return Message(
        id_,
        from_id(flow_run_id),
        prefix,
        type_digest,
        parse_json(payload),
        sender,
        from_time(sent_at),
    )


MESSAGE_COLUMNS = columns_of(to_message, message)


def from_tags(tags: frozenset[str]) -> str | None:
    """Tags as the store keeps them: a sorted list, or nothing."""
    return json.dumps(sorted(tags)) if tags else None


def to_tags(body: str | None) -> frozenset[str]:
    """The tags in a run's row."""
    return frozenset(json.loads(body)) if body else frozenset()


def from_objections(objections: dict[Path, str]) -> str:
    """Objections as the store keeps them: pairs of path and text, since JSON has no tuples for keys."""
    return json.dumps([[list(path), text] for path, text in objections.items()])


def to_objections(body: str) -> dict[Path, str]:
    """The objections in an answer's row."""
    return {tuple(path): text for path, text in json.loads(body)}


def to_deployment(
    id_: str,
    flow_name: str,
    name: str,
    tags: str,
    schedules_: str,
    catch_up: str,
    paused: bool,
    concurrency_limit: int | None,
    next_due_at: int | None,
    created_at: int,
    updated_at: int,
    parameter_schema: str | None,
) -> Deployment:
    """From `DEPLOYMENT_COLUMNS`."""
    return Deployment(
        id=from_id(id_),
        flow_name=flow_name,
        name=name,
        tags=tuple(json.loads(tags)),
        schedules=schedules.from_json(json.loads(schedules_)),
        catch_up=schedules.CatchUp(catch_up),
        paused=bool(paused),
        limit=concurrency_limit,
        next_due=from_time_or_none(next_due_at),
        created=from_time(created_at),
        updated=from_time(updated_at),
        parameter_schema=None if parameter_schema is None else json.loads(parameter_schema),
    )


DEPLOYMENT_COLUMNS = columns_of(to_deployment, deployment)
