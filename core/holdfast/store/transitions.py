"""Moving a flow run from state to state, inside a transaction that the caller has begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, String, and_, bindparam, delete, func, insert, select, update

from holdfast.event_kinds import EventKind
from holdfast.exceptions import FlowRunNotFound, InvalidTransition
from holdfast.records import Request
from holdfast.states import CANCELLED_CHILD, Change, State, StateType, named, transition
from holdfast.store import drafts
from holdfast.store.door import Connection
from holdfast.store.expressions import InsertIfNew
from holdfast.store.fences import Fenced
from holdfast.store.ids import at_once, now
from holdfast.store.rows import to_state
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import answer, event, flow_run, listener, result, wait

_C = flow_run.c
_CHANGED = (
    "state_type", "state_name", "state_message", "state_at", "executions", "started_at", "ended_at", "due_at",
    "request", "requested_by", "requested_at", "host_id", "recoveries", "attempt",
)  # fmt: skip

_READ = (*_CHANGED, "parent_id", "caller_id", "awaited")
_SELECT = Statement(select(*(_C[name] for name in _READ)).where(_C.id == bindparam("run_id")))
_UPDATE = Statement(
    update(flow_run)
    .where(
        and_(
            _C.id == bindparam("run_id"),
            _C.state_name == bindparam("state_before"),
            _C.host_id.is_not_distinct_from(bindparam("host_before", type_=String)),
            _C.executions == bindparam("executions_before"),
        )
    )
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
    .returning(_C.id)
)
_RECORD = Statement(
    insert(event).values({name: bindparam(name) for name in event.c.keys() if name != "seq"})  # noqa: SIM118
)
_OPEN = Statement(
    select(wait.c.id, wait.c.key, wait.c.asked_in, answer.c.given_by)
    .select_from(wait.outerjoin(answer, and_(answer.c.wait_id == wait.c.id, answer.c.verdict == constant("given"))))
    .where(and_(wait.c.flow_run_id == bindparam("run_id"), wait.c.status == constant("open")))
    .order_by(wait.c.id)
)
_CLOSE = Statement(
    update(wait).where(wait.c.id == bindparam("wait_id")).values(status=bindparam("new"), closed_at=bindparam("at"))
)
_REMOVE_OFFERS = Statement(
    delete(listener).where(
        and_(listener.c.flow_run_id == bindparam("run_id"), listener.c.lasting <= bindparam("lasting"))
    )
)
_LINK = Statement(select(_C.name, _C.parent_id, _C.root_id).where(_C.id == bindparam("run_id")))
_TREE = Statement(
    select(_C.id, _C.parent_id).where(and_(_C.root_id == bindparam("root"), _C.parent_id.is_not(None))).order_by(_C.id)
)
_CALLED = Statement(select(_C.id).where(_C.caller_id == bindparam("run_id")).order_by(_C.id))
_KEEP_CANCELLED = Statement(InsertIfNew(result, ("run_id", "body")))
_AWAITED = Statement(
    update(flow_run).where(_C.id == bindparam("run_id")).values(awaited=bindparam("awaited", type_=Boolean))
)
_DUE = Statement(update(flow_run).where(_C.id == bindparam("run_id")).values(due_at=bindparam("at")))
_OPEN_WAITS = Statement(
    select(func.count()).where(
        and_(
            wait.c.flow_run_id == bindparam("run_id"),
            wait.c.status == constant("open"),
            wait.c.asked_in == bindparam("execution"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a run: its state, the current request, and the related columns."""

    state: State
    request: Request | None
    columns: dict[str, Any]


def position(connection: Connection, run_id: str) -> Position:
    """Return the current position of the run. Raises `FlowRunNotFound`."""
    row = _SELECT.run(connection, run_id=run_id).fetchone()
    if row is None:
        raise FlowRunNotFound(run_id)
    columns: dict[str, Any] = dict(zip(_READ, row, strict=True))
    request = columns["request"]
    state = to_state(columns["state_type"], columns["state_name"], columns["state_message"], columns["state_at"])
    return Position(state, None if request is None else Request(request), columns)


def own_position(database: Fenced, connection: Connection, run_id: str) -> Position:
    """Return the position of the run, for a process that executes it. Raises `LostUnwind` if another has it now."""
    at = position(connection, run_id)
    fence = database.fences.get(run_id)
    if fence is not None:
        fence.check(at.columns)
    return at


def record(
    connection: Connection,
    run_id: str,
    kind: EventKind,
    after: str,
    actor: str,
    *,
    before: str | None = None,
    detail: str | None = None,
    task_run_id: str | None = None,
    at: int | None = None,
) -> None:
    """Append an event."""
    _RECORD.run(
        connection,
        flow_run_id=run_id,
        task_run_id=task_run_id,
        kind=kind.value,
        before=before,
        after=after,
        at=now() if at is None else at,
        actor=actor,
        detail=detail,
    )


def move(
    connection: Connection,
    run_id: str,
    to: State,
    actor: str,
    *,
    kind: EventKind = EventKind.STATE,
    here: Position | None = None,
    **columns: Any,
) -> State:
    """Move the run to the state ``to``, with its event, and return its previous state.

    ``here`` is its position, if that is known; ``columns`` are further columns to set. Raises `InvalidTransition` if
    ``to`` may not follow, or if another writer moved the run in between, or has it.
    """
    current, at = here or position(connection, run_id), now()
    change = transition(current.state, to)
    new = _columns_after(current, to, change, at) | columns
    moved = _UPDATE.run(
        connection,
        run_id=run_id,
        state_before=current.state.name,
        host_before=current.columns["host_id"],
        executions_before=current.columns["executions"],
        **{f"new_{name}": new[name] for name in _CHANGED},
    ).fetchone()
    if moved is None:
        raise InvalidTransition(current.state.name, to.name)
    record(connection, run_id, kind, to.name, actor, before=current.state.name, detail=to.message, at=at)
    if change.frees:
        remove_offers(connection, run_id, is_over=change.ends)
    if change.ends:
        close_waits(connection, run_id, to, new["executions"], actor, at)
        if to.type is StateType.CANCELLED and new["parent_id"] is not None:
            _KEEP_CANCELLED.run(connection, run_id=run_id, body=CANCELLED_CHILD + (to.message or "").encode())
        if new["awaited"]:
            _AWAITED.run(connection, run_id=run_id, awaited=None)
            resume_suspended(connection, new["caller_id"], actor)
    return current.state


def _columns_after(current: Position, to: State, change: Change, at: int) -> dict[str, Any]:
    """Return a run's columns after it has entered the state ``to``."""
    new: dict[str, Any] = {**current.columns, "state_type": to.type.value, "state_name": to.name}
    new |= {"state_message": to.message, "state_at": at}
    if change.starts:
        new |= {"executions": new["executions"] + 1, "started_at": new["started_at"] or at, "due_at": None}
    if change.ends:
        new |= {"ended_at": at, "due_at": None}
    if change.reopens:
        new["ended_at"] = None
    if change.frees:
        new["host_id"] = None
    if to.type is StateType.PAUSED:
        new["recoveries"] = 0
    if change.settles:
        new |= {"request": None, "requested_by": None, "requested_at": None}
    return new


def resume_suspended(connection: Connection, run_id: str, actor: str) -> None:
    """Schedule the root of a run that waits without a process, now that it has what it waits for.

    A root whose code is still being left is scheduled afterwards.
    """
    root = link(connection, run_id).root_id
    at = position(connection, root)
    if at.state.name == "Suspended":
        move(connection, root, named("Resuming"), actor, due_at=at_once())
    elif at.request in (Request.SUSPEND, Request.UNWIND, Request.RELEASE):
        _DUE.run(connection, run_id=root, at=at_once())


def await_end(connection: Connection, run_id: str) -> None:
    """Record that the caller of a run is suspended until the run ends."""
    _AWAITED.run(connection, run_id=run_id, awaited=True)


def remove_offers(connection: Connection, run_id: str, *, is_over: bool) -> None:
    """Remove the offers for messages that the run's code no longer waits for.

    Saved offers last until the run has ended.
    """
    _REMOVE_OFFERS.run(connection, run_id=run_id, lasting=int(is_over))


def close_waits(connection: Connection, run_id: str, to: State, execution: int, actor: str, at: int) -> None:
    """Close the run's open waits without a decision, now that it has ended.

    A wait with an answer that the run has not taken stays for a retry to take, unless the run was cancelled or has
    completed without it.
    """
    for wait_id, key, asked_in, answered_by in _OPEN.run(connection, run_id=run_id).fetchall():
        completed = to.type is StateType.COMPLETED
        if answered_by is not None and not completed and to.type is not StateType.CANCELLED:
            continue
        not_asked = completed and (answered_by is not None or asked_in != execution)
        new = EventKind.SUPERSEDED if not_asked else EventKind.WITHDRAWN
        _CLOSE.run(connection, wait_id=wait_id, new=new.value, at=at)
        drafts.forget(connection, wait_id)
        detail = key if answered_by is None else f"{key} (answered by {answered_by})"
        record(connection, run_id, new, to.name, actor, before=to.name, detail=detail, at=at)


def open_waits(connection: Connection, run_id: str, here: Position | None = None) -> int:
    """Return at how many open waits the run's code is waiting: those that this execution has asked."""
    execution = (here or position(connection, run_id)).columns["executions"]
    (count,) = _OPEN_WAITS.run(connection, run_id=run_id, execution=execution).fetchone()
    return int(count)


@dataclass(frozen=True, slots=True)
class Link:
    """A run's name and its place in its tree."""

    name: str
    parent_id: str | None
    root_id: str


def link(connection: Connection, run_id: str) -> Link:
    """Return the run's place in its tree."""
    return Link(*_LINK.run(connection, run_id=run_id).fetchone())


def subtree(connection: Connection, run_id: str) -> list[str]:
    """Return the run and all runs below it, parents before their children."""
    children: dict[str, list[str]] = {}
    for each, parent in _TREE.run(connection, root=link(connection, run_id).root_id).fetchall():
        children.setdefault(parent, []).append(each)
    found = [run_id]
    for each in found:
        found += children.get(each, ())
    return found


def called(connection: Connection, run_id: str) -> list[str]:
    """Return the runs of deployments that a run and all below it called, which have separate processes."""
    return [each for one in subtree(connection, run_id) for (each,) in _CALLED.run(connection, run_id=one).fetchall()]
