"""From rows to records: which columns are read, by which names, and the records made of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, func

from holdfast import schedules
from holdfast.records import (
    Deployment,
    Event,
    FlowRun,
    Log,
    Message,
    Request,
    TaskRun,
)
from holdfast.states import State, StateType
from holdfast.store import origins
from holdfast.store.ids import due_moment, from_id, from_id_or_none, from_time, from_time_or_none
from holdfast.store.tables import (
    deployment,
    event,
    flow_run,
    log,
    message,
    task_run,
)
from holdfast.values.json_text import parse_json


def columns_of(
    make: Callable[..., object], table: Table, **others: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ...]:
    """Return the parameters of ``make`` as columns.

    For each positional parameter, this is the column of its name or the given one.

    So a row is read by names, which are written once: ``make(*row)``.
    """
    parameters = signature(make).parameters.values()
    names = [each.name.rstrip("_") for each in parameters if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    return tuple(others[name] if name in others else table.c[name] for name in names)


class StateColumns(NamedTuple):
    """A state in the form of a row."""

    type: str
    name: str
    message: str | None
    at: int


def to_state(type_: str, name: str, message: str | None, at: int) -> State:
    """Return the state in a run's row."""
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
    """Make a record from `FLOW_RUN_COLUMNS`."""
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
    """Make a record from `TASK_RUN_COLUMNS`."""
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
    """Make a record from `EVENT_COLUMNS`."""
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
    """Make a record from `LOG_COLUMNS`."""
    return Log(
        seq,
        from_id(flow_run_id),
        from_id_or_none(task_run_id),
        from_time(at),
        level,
        message,
    )


LOG_COLUMNS = columns_of(to_log, log)


def to_message(
    id_: int,
    flow_run_id: str,
    prefix: str | None,
    type_digest: str | None,
    payload: str,
    sender: str | None,
    sent_at: int,
) -> Message:
    """Make a record from `MESSAGE_COLUMNS`."""
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
    """Return tags as the store keeps them: a sorted list, or nothing."""
    return json.dumps(sorted(tags)) if tags else None


def to_tags(body: str | None) -> frozenset[str]:
    """Return the tags in a run's row."""
    return frozenset(json.loads(body)) if body else frozenset()


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
    """Make a record from `DEPLOYMENT_COLUMNS`."""
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
