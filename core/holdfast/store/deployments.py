"""Deployments: flows that are run by name or by schedule, and their runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, insert, literal, or_, select, update
from sqlalchemy import delete as delete_rows

from holdfast import schedules
from holdfast.event_kinds import EventKind
from holdfast.exceptions import AmbiguousDeployment, DeploymentNotFound
from holdfast.records import Deployment, Origin
from holdfast.schedules import CatchUp, Due, Schedule
from holdfast.states import named
from holdfast.store import origins
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import from_time, new_id, now, to_time
from holdfast.store.requests import unwind
from holdfast.store.rows import DEPLOYMENT_COLUMNS, from_tags, to_deployment
from holdfast.store.statement import Statement
from holdfast.store.tables import deployment, draft, flow_run
from holdfast.store.transitions import await_end, move, own_position, position, record

_D, _R = deployment.c, flow_run.c
_THERE = _D.deleted_at.is_(None)
_WRITTEN = [name for name in _D.keys() if name not in ("id", "created_at", "deleted_at")]  # noqa: SIM118

_INSERT = Statement(insert(deployment).values({name: bindparam(name) for name in ("id", "created_at", *_WRITTEN)}))
_UPDATE = Statement(
    update(deployment)
    .where(_D.id == bindparam("deployment"))
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)
_BY_ID = Statement(select(*DEPLOYMENT_COLUMNS).where(_D.id == bindparam("deployment")))
_FOUND = select(*DEPLOYMENT_COLUMNS).where(_THERE)
_THIS = Statement(_FOUND.where(_D.id == bindparam("deployment")))
_BY_NAME = Statement(_FOUND.where(_D.name == bindparam("name")).order_by(_D.flow_name).limit(10))
_BY_FULL_NAME = Statement(_FOUND.where(_D.flow_name + literal("/") + _D.name == bindparam("name")))
_IN_FLOW = Statement(_FOUND.where(and_(_D.flow_name == bindparam("flow"), _D.name == bindparam("name"))))
_OF_RUN = _D.id == _R.deployment_id
_LIKE = Statement(
    _FOUND.where(
        _R.id == bindparam("run_id"),
        or_(_OF_RUN, and_(_D.flow_name == _R.flow_name, _D.entrypoint == _R.entrypoint)),
    )
    .order_by(case((_OF_RUN, 0), else_=1), _D.id.desc())
    .limit(1)
)
_ALL = Statement(_FOUND.order_by(_D.flow_name, _D.name))
_DUE = Statement(
    select(*DEPLOYMENT_COLUMNS).where(_D.next_due_at <= bindparam("at")).order_by(_D.next_due_at).limit(100)
)
_PARAMETERS = Statement(select(_D.parameters).where(_D.id == bindparam("deployment")))
_ADVANCE = Statement(
    update(deployment)
    .where(and_(_D.id == bindparam("deployment"), _D.next_due_at == bindparam("seen")))
    .values(next_due_at=bindparam("next"))
    .returning(_D.id)
)
_SET_PAUSED = Statement(
    update(deployment)
    .where(_D.id == bindparam("deployment"))
    .values(paused=bindparam("paused"), next_due_at=bindparam("next"), updated_at=bindparam("at"))
)
_DELETE = Statement(
    update(deployment)
    .where(and_(_D.id == bindparam("deployment"), _THERE))
    .values(deleted_at=bindparam("at"), next_due_at=None)
    .returning(_D.id)
)
_FORGET_DRAFTS = Statement(delete_rows(draft).where(draft.c.deployment_id == bindparam("deployment")))
_NOT_BEGUN = Statement(
    select(_R.id).where(
        and_(_R.deployment_id == bindparam("deployment"), _R.state_type == "SCHEDULED", _R.executions == 0)
    )
)
_RUN_BY_KEY = Statement(
    select(_R.id).where(and_(_R.deployment_id == bindparam("deployment"), _R.idempotency_key == bindparam("key")))
)
_RUN_BY_CALL = Statement(select(_R.id).where(and_(_R.caller_id == bindparam("caller"), _R.call == bindparam("call"))))
_FROM_DEPLOYMENT = ("flow_name", "entrypoint", "working_directory", "interpreter", "search_path", "arguments")
_GIVEN = ("id", "name", "state_at", "due_at", "call", "idempotency_key", "caller_id", "tags")
_START = Statement(
    insert(flow_run).from_select(
        (
            *_FROM_DEPLOYMENT,
            *_GIVEN,
            "deployment_id",
            "parameters",
            "root_id",
            "created_at",
            "state_type",
            "state_name",
            "executions",
            "recoveries",
            "attempt",
        ),
        select(
            *(_D[name] for name in _FROM_DEPLOYMENT),
            *(bindparam(name, type_=_R[name].type) for name in _GIVEN),
            _D.id,
            func.coalesce(bindparam("parameters", type_=_R.parameters.type), _D.parameters),
            bindparam("id", type_=_R.id.type),
            bindparam("state_at", type_=_R.state_at.type),
            literal("SCHEDULED"),
            literal("Scheduled"),
            literal(0),
            literal(0),
            literal(1),
        ).where(and_(_D.id == bindparam("deployment"), _THERE)),
    )
)


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """The values of a new or updated deployment."""

    flow_name: str
    name: str
    origin: Origin
    parameters: bytes
    parameter_schema: str | None
    tags: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    catch_up: CatchUp
    limit: int | None
    paused: bool | None
    """``None`` leaves it unchanged; a new deployment is not paused."""


def save(database: Database, new: NewDeployment) -> Deployment:
    """Create a deployment, or update the one of this flow and name.

    Schedules that stay the same keep their missed times.
    """
    at = now()
    with database.write() as connection:
        row = _IN_FLOW.run(connection, flow=new.flow_name, name=new.name).fetchone()
        before = None if row is None else to_deployment(*row)
        deployment_id = new_id() if before is None else before.id.hex
        values = _values(new, before, from_time(at))
        if before is None:
            _INSERT.run(connection, id=deployment_id, created_at=at, **values)
        else:
            _UPDATE.run(connection, deployment=deployment_id, **{f"new_{key}": each for key, each in values.items()})
        return to_deployment(*_BY_ID.run(connection, deployment=deployment_id).fetchone())


def _values(new: NewDeployment, before: Deployment | None, at: datetime) -> dict[str, Any]:
    anchored = _anchored(new.schedules, () if before is None else before.schedules, at)
    paused = new.paused if new.paused is not None else before is not None and before.paused
    if before is not None and before.schedules == anchored and not before.paused:
        next_due = before.next_due
    else:
        next_due = next(iter(schedules.next_of(anchored, at, 1)), None)
    return {
        "flow_name": new.flow_name,
        "name": new.name,
        "tags": json.dumps(new.tags),
        "schedules": json.dumps(schedules.to_json(anchored)),
        "catch_up": new.catch_up.value,
        "paused": paused,
        "concurrency_limit": new.limit,
        "next_due_at": None if paused or next_due is None else to_time(next_due),
        "updated_at": to_time(at),
        **origins.columns(new.origin),
        "parameters": new.parameters,
        "parameter_schema": new.parameter_schema,
    }


def _anchored(new: tuple[Schedule, ...], before: tuple[Schedule, ...], at: datetime) -> tuple[Schedule, ...]:
    """Return schedules with an anchor: the one they had before, otherwise the current time."""
    kept = {(each.kind, each.rule, each.timezone): each.anchor for each in before}
    return tuple(
        each
        if each.kind == "cron" or each.anchor is not None
        else replace(each, anchor=kept.get((each.kind, each.rule, each.timezone), at))
        for each in new
    )


def find(database: Database, reference: str | UUID) -> Deployment:
    """Return the deployment with this id, ``flow/name``, or name if only one has it.

    Raises `DeploymentNotFound` or `AmbiguousDeployment`.
    """
    text = str(reference)
    rows = (
        database.rows(_BY_FULL_NAME, name=text)
        or database.rows(_BY_NAME, name=text)
        or database.rows(_THIS, deployment=text.replace("-", "").lower())
    )
    if not rows:
        raise DeploymentNotFound(text, [each.full_name for each in list_all(database)[:10]])
    if len(rows) > 1:
        raise AmbiguousDeployment(text, [to_deployment(*row).full_name for row in rows])
    return to_deployment(*rows[0])


def get(database: Database, deployment_id: UUID) -> Deployment:
    """Return the deployment with this id, which a run belongs to; it may have been deleted since."""
    (row,) = database.rows(_BY_ID, deployment=deployment_id.hex)
    return to_deployment(*row)


def like(database: Database, run_id: UUID) -> Deployment | None:
    """Return what could start a run like this one.

    That is its own deployment, or the newest of the same flow in the same file.
    """
    rows = database.rows(_LIKE, run_id=run_id.hex)
    return to_deployment(*rows[0]) if rows else None


def list_all(database: Database) -> list[Deployment]:
    """Return all deployments, by flow and name."""
    return [to_deployment(*row) for row in database.rows(_ALL)]


def get_parameters(database: Database, deployment_id: UUID) -> bytes:
    """Return the parameters of a deployment's runs, as they were stored."""
    ((body,),) = database.rows(_PARAMETERS, deployment=deployment_id.hex)
    return bytes(body)


def set_paused(database: Database, deployment_id: UUID, paused: bool) -> Deployment:
    """Stop a deployment's schedules, or restart them from now on."""
    with database.write() as connection:
        found = to_deployment(*_BY_ID.run(connection, deployment=deployment_id.hex).fetchone())
        if found.paused == paused:
            return found
        at = now()
        coming = [] if paused else schedules.next_of(found.schedules, from_time(at), 1)
        next_due = to_time(coming[0]) if coming else None
        _SET_PAUSED.run(connection, deployment=found.id.hex, paused=paused, next=next_due, at=at)
        return to_deployment(*_BY_ID.run(connection, deployment=found.id.hex).fetchone())


def delete(database: Database, deployment_id: UUID, actor: str) -> int:
    """Delete a deployment, and return how many of its runs were cancelled: those that had not begun.

    The others continue. Raises `DeploymentNotFound` if somebody else has deleted it.
    """
    with database.write() as connection:
        if _DELETE.run(connection, deployment=deployment_id.hex, at=now()).fetchone() is None:
            raise DeploymentNotFound(str(deployment_id))
        _FORGET_DRAFTS.run(connection, deployment=deployment_id.hex)
        waiting = [run_id for (run_id,) in _NOT_BEGUN.run(connection, deployment=deployment_id.hex).fetchall()]
        for run_id in waiting:
            move(connection, run_id, named("Cancelled", "Its deployment was deleted."), actor)
    return len(waiting)


def due(database: Database, at: datetime) -> list[Deployment]:
    """Return the deployments whose schedules are due, the longest due first."""
    return [to_deployment(*row) for row in database.rows(_DUE, at=to_time(at))]


def make_due_runs(database: Database, found: Deployment, what: Due, names: Sequence[str], actor: str) -> list[UUID]:
    """Create the runs that a deployment's schedules require, unless another process has, or it was changed or paused.

    This is one transaction, guarded by the due time that was read. The runs are unique by their times, too.
    """
    assert found.next_due is not None
    with database.write() as connection:
        coming = None if what.next is None else to_time(what.next)
        seen = to_time(found.next_due)
        if _ADVANCE.run(connection, deployment=found.id.hex, seen=seen, next=coming).fetchone() is None:
            return []
        made: list[str] = []
        for each, name in zip(what.runs, names, strict=True):
            key = f"due {each.isoformat()}"
            if _RUN_BY_KEY.run(connection, deployment=found.id.hex, key=key).fetchone() is None:
                new = NewDeployedRun(found.id, name, to_time(each), key, tags=frozenset(found.tags))
                made.append(_make(connection, new, actor))
        return [UUID(each) for each in made]


@dataclass(frozen=True, slots=True)
class NewDeployedRun:
    """The values of a new run of a deployment."""

    deployment_id: UUID
    name: str
    due_at: int
    key: str | None = None
    """Of two runs of a deployment with the same key only the first is created."""
    parameters: bytes | None = None
    """``None`` for the deployment's own."""
    caller_id: str | None = None
    call: str | None = None
    """The identity by which re-execution of the caller finds it."""
    linked: bool = True
    """Whether it is a child of its caller."""
    tags: frozenset[str] = frozenset()
    earlier: tuple[str | None, str | None] = (None, None)
    """The call and the key that it has if an earlier version of Holdfast started it."""


def start(database: Database, new: NewDeployedRun, actor: str) -> UUID | None:
    """Schedule a run, or find the one that was created by the same call or with the same key.

    Returns ``None``, and creates nothing, if there is a request for its caller. Raises `DeploymentNotFound` for a
    deleted deployment.
    """
    with database.write() as connection:
        for call, key in ((new.call, new.key), new.earlier):
            found = None
            if call is not None and new.linked and new.caller_id is not None:
                found = _RUN_BY_CALL.run(connection, caller=new.caller_id, call=call).fetchone()
            if found is None and key is not None:
                found = _RUN_BY_KEY.run(connection, deployment=new.deployment_id.hex, key=key).fetchone()
            if found is not None:
                (run_id,) = found
                return UUID(run_id)
        if new.caller_id is not None and own_position(database, connection, new.caller_id).request is not None:
            return None
        return UUID(_make(connection, new, actor))


def _make(connection: Connection, new: NewDeployedRun, actor: str) -> str:
    run_id, at = new_id(), now()
    made = _START.run(
        connection,
        id=run_id,
        name=new.name,
        state_at=at,
        due_at=new.due_at,
        call=new.call if new.linked else None,
        idempotency_key=new.key,
        caller_id=new.caller_id if new.linked else None,
        parameters=new.parameters,
        deployment=new.deployment_id.hex,
        tags=from_tags(new.tags),
    )
    if not made.rowcount:
        raise DeploymentNotFound(str(new.deployment_id))
    record(connection, run_id, EventKind.STATE, named("Scheduled").name, actor, at=at)
    return run_id


def leave_until_ended(database: Database, caller_id: str, run_id: UUID, state: str, actor: str) -> bool:
    """Make a run's tree leave its code until another run has ended, which then schedules it again.

    Returns ``False``, and does nothing, if that run is no longer in ``state``, or there is a request for the caller.
    """
    with database.write() as connection:
        caller = own_position(database, connection, caller_id)
        if position(connection, run_id.hex).state.name != state or caller.request is not None:
            return False
        await_end(connection, run_id.hex)
        unwind(connection, caller_id, actor)
        return True
