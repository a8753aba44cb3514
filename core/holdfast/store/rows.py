"""From rows to records: which columns are read, in which order, and what is made of them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

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
from holdfast.store.ids import due_moment, from_id_or_none, from_time, from_time_or_none
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

Tuple = tuple[Any, ...]

_RUN, _TASK, _EVENT, _LOG, _WAIT = flow_run.c, task_run.c, event.c, log.c, wait.c
_MESSAGE, _LISTENER = message.c, listener.c
_ROOT = flow_run.alias("root")
ROOT_NAME = (
    select(_ROOT.c.name).where(and_(_ROOT.c.id == _RUN.root_id, _ROOT.c.id != _RUN.id)).correlate(flow_run)
).scalar_subquery()
"""The name of the root of a run's tree, where that is another run."""
OLD_WAIT, OLD_SCHEMA, OLD_ANSWER = wait.alias("old_wait"), json_schema.alias("old_schema"), answer.alias("old_answer")
"""The wait that another one replaced, with what had been answered."""

FLOW_RUN_COLUMNS = (
    _RUN.id, _RUN.name, _RUN.flow_name, _RUN.state_type, _RUN.state_name, _RUN.state_message, _RUN.state_at,
    _RUN.created_at, _RUN.started_at, _RUN.ended_at, _RUN.executions, func.coalesce(_RUN.parent_id, _RUN.caller_id),
    _RUN.root_id, _RUN.request, _RUN.requested_by, _RUN.requested_at, _RUN.tags, _RUN.attempt, _RUN.deployment_id,
    _RUN.due_at, _RUN.host_id, *origins.FOUND_BY,
)  # fmt: skip
TASK_RUN_COLUMNS = (
    _TASK.id, _TASK.flow_run_id, _TASK.task_name, _TASK.name, _TASK.state_type, _TASK.state_name,
    _TASK.state_message, _TASK.state_at, _TASK.started_at, _TASK.ended_at, _TASK.reused,
    _TASK.tags, _TASK.attempt, _TASK.called_at,
)  # fmt: skip
EVENT_COLUMNS = (
    _EVENT.seq, _EVENT.flow_run_id, _EVENT.task_run_id, _EVENT.kind, _EVENT.before, _EVENT.after, _EVENT.at,
    _EVENT.actor, _EVENT.detail,
)  # fmt: skip
LOG_COLUMNS = (_LOG.seq, _LOG.flow_run_id, _LOG.task_run_id, _LOG.at, _LOG.level, _LOG.message)
WAIT_COLUMNS = (
    _WAIT.id, _WAIT.flow_run_id, _RUN.name, _RUN.flow_name, _WAIT.key, _WAIT.status, _WAIT.opened_at,
    _WAIT.deadline, _WAIT.description, json_schema.c.body, _WAIT.initial, _WAIT.closed_at,
    answer.c.verdict, answer.c.value, answer.c.given_by, answer.c.given_at, answer.c.channel, answer.c.objections,
    OLD_WAIT.c.id, OLD_WAIT.c.key, OLD_WAIT.c.description, OLD_SCHEMA.c.body, OLD_WAIT.c.initial,
    OLD_ANSWER.c.value, OLD_ANSWER.c.given_by, OLD_ANSWER.c.given_at, OLD_ANSWER.c.channel, ROOT_NAME,
)  # fmt: skip
_D = deployment.c
DEPLOYMENT_COLUMNS = (
    _D.id, _D.flow_name, _D.name, _D.tags, _D.schedules, _D.catch_up, _D.paused, _D.concurrency_limit,
    _D.next_due_at, _D.created_at, _D.updated_at, _D.parameter_schema,
)  # fmt: skip

MESSAGE_COLUMNS = (
    _MESSAGE.id, _MESSAGE.flow_run_id, _MESSAGE.prefix, _MESSAGE.type_digest, _MESSAGE.payload, _MESSAGE.sender,
    _MESSAGE.sent_at,
)  # fmt: skip
LISTENER_COLUMNS = (
    _LISTENER.id, _LISTENER.flow_run_id, _RUN.name, _RUN.flow_name, _LISTENER.key, _LISTENER.opened_at,
    _LISTENER.deadline, _LISTENER.description, json_schema.c.body, _LISTENER.initial, _LISTENER.prefix,
    _LISTENER.type_digest, ROOT_NAME,
)  # fmt: skip


def to_state(type_: str, name: str, message: str | None, at: int) -> State:
    """The state in a run's row."""
    return State(StateType(type_), name, message, from_time(at))


def to_flow_run(row: Tuple) -> FlowRun:
    """From `FLOW_RUN_COLUMNS`."""
    return FlowRun(
        id=UUID(row[0]),
        name=row[1],
        flow_name=row[2],
        state=to_state(*row[3:7]),
        created=from_time(row[7]),
        started=from_time_or_none(row[8]),
        ended=from_time_or_none(row[9]),
        executions=row[10],
        parent_id=from_id_or_none(row[11]),
        root_id=UUID(row[12]),
        request=None if row[13] is None else Request(row[13]),
        requested_by=row[14],
        requested_at=from_time_or_none(row[15]),
        tags=to_tags(row[16]),
        attempt=row[17],
        deployment_id=from_id_or_none(row[18]),
        due=None if row[19] is None else from_time(due_moment(row[19])),
        has_process=row[20] is not None,
        why_not_found=origins.why_not(*row[21:23]),
    )


def to_task_run(row: Tuple) -> TaskRun:
    """From `TASK_RUN_COLUMNS`."""
    return TaskRun(
        id=UUID(row[0]),
        flow_run_id=UUID(row[1]),
        task_name=row[2],
        name=row[3],
        state=to_state(*row[4:8]),
        started=from_time(row[8]),
        ended=from_time_or_none(row[9]),
        reused=row[10],
        tags=to_tags(row[11]),
        attempt=row[12],
        called=from_time_or_none(row[13]),
    )


def to_event(row: Tuple) -> Event:
    """From `EVENT_COLUMNS`."""
    return Event(
        seq=row[0],
        flow_run_id=UUID(row[1]),
        task_run_id=from_id_or_none(row[2]),
        kind=row[3],
        before=row[4],
        after=row[5],
        at=from_time(row[6]),
        actor=row[7],
        detail=row[8],
    )


def to_log(row: Tuple) -> Log:
    """From `LOG_COLUMNS`."""
    return Log(row[0], UUID(row[1]), from_id_or_none(row[2]), from_time(row[3]), row[4], row[5])


ANSWERED = ("given", "accepted")
"""Verdicts of an answer that stands."""


def status_now(status: str, deadline: int | None, answered: bool, now: int) -> WaitStatus:
    """The status of a wait. One whose deadline has passed shows as expired, whoever gets to record it."""
    if status == "open" and deadline is not None and deadline <= now and not answered:
        return WaitStatus.EXPIRED
    return WaitStatus(status)


def to_wait(row: Tuple, now: int) -> Wait:
    """From `WAIT_COLUMNS`."""
    verdict, value, given_by, given_at, channel, objections = row[12:18]
    deadline = row[7]
    answered = verdict in ANSWERED
    return Wait(
        id=UUID(row[0]),
        flow_run_id=UUID(row[1]),
        flow_run_name=row[2],
        flow_name=row[3],
        key=row[4],
        status=status_now(row[5], deadline, answered, now),
        opened=from_time(row[6]),
        deadline=from_time_or_none(deadline),
        description=row[8],
        schema=None if row[9] is None else json.loads(row[9]),
        initial=None if row[10] is None else parse_json(row[10]),
        answer=Answer(parse_json(value), given_by, from_time(given_at), channel) if answered else None,
        objections=to_objections(objections) if verdict == "refused" else {},
        closed=from_time_or_none(row[11]),
        replaced=None if row[18] is None else _to_replaced(row[18:27]),
        root_name=row[27],
    )


def _to_replaced(row: Tuple) -> Replaced:
    id_, key, description, schema, initial, value, given_by, given_at, channel = row
    return Replaced(
        id=UUID(id_),
        key=key,
        description=description,
        schema=None if schema is None else json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=None if given_by is None else Answer(parse_json(value), given_by, from_time(given_at), channel),
    )


def to_listener(row: Tuple) -> Wait:
    """From `LISTENER_COLUMNS`: what a run waits to be sent."""
    return Wait(
        id=UUID(row[0]),
        flow_run_id=UUID(row[1]),
        flow_run_name=row[2],
        flow_name=row[3],
        key=row[4],
        status=WaitStatus.OPEN,
        opened=from_time(row[5]),
        deadline=from_time_or_none(row[6]),
        description=row[7],
        schema=json.loads(row[8]),
        initial=None if row[9] is None else parse_json(row[9]),
        answer=None,
        objections={},
        closed=None,
        channel=Channel(row[10], row[11]),
        root_name=row[12],
    )


def to_message(row: Tuple) -> Message:
    """From `MESSAGE_COLUMNS`."""
    return Message(row[0], UUID(row[1]), row[2], row[3], parse_json(row[4]), row[5], from_time(row[6]))


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


def to_deployment(row: Tuple) -> Deployment:
    """From `DEPLOYMENT_COLUMNS`."""
    return Deployment(
        id=UUID(row[0]),
        flow_name=row[1],
        name=row[2],
        tags=tuple(json.loads(row[3])),
        schedules=schedules.from_json(json.loads(row[4])),
        catch_up=schedules.CatchUp(row[5]),
        paused=bool(row[6]),
        limit=row[7],
        next_due=from_time_or_none(row[8]),
        created=from_time(row[9]),
        updated=from_time(row[10]),
        parameter_schema=None if row[11] is None else json.loads(row[11]),
    )
