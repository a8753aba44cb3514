"""Requests to runs from outside, and how the runs respond."""

from __future__ import annotations

from logging import WARNING
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, and_, bindparam, func, literal, or_, select, update

from holdfast.event_kinds import EventKind
from holdfast.records import Request
from holdfast.states import State, named
from holdfast.store import fences
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import at_once, now
from holdfast.store.log_writing import append_line
from holdfast.store.origins import why_not_found
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import answer, event, flow_run, wait
from holdfast.store.transitions import (
    Position,
    called,
    link,
    move,
    open_waits,
    own_position,
    position,
    record,
    resume_suspended,
    subtree,
)
from holdfast.verbs import TAKEN_BACK, Facts, Verb, awaits_own_retry, why_not

_C = flow_run.c
_SET = Statement(
    update(flow_run)
    .where(_C.id == bindparam("run_id"))
    .values(request=bindparam("ask"), requested_by=bindparam("actor"), requested_at=bindparam("at"))
)
_STARTED = event.alias("started")
_BEGAN = (
    select(func.max(_STARTED.c.seq))
    .where(
        and_(
            _STARTED.c.flow_run_id == bindparam("root"),
            _STARTED.c.task_run_id.is_(None),
            _STARTED.c.kind == constant(EventKind.STATE.value),
            or_(_STARTED.c.after == constant("Running"), _STARTED.c.after == constant("Retrying")),
            or_(
                _STARTED.c.before.is_(None),
                _STARTED.c.before == constant("Pending"),
                _STARTED.c.before == constant("AwaitingRetry"),
            ),
        )
    )
    .scalar_subquery()
)
"""The event with which the root's present execution began."""
_ASKED_NOW = and_(
    wait.c.asked_in == _C.executions,
    # A child that this execution of the root has not reached still counts the one before.
    select(literal(1))
    .where(
        and_(
            event.c.flow_run_id == _C.id,
            event.c.task_run_id.is_(None),
            event.c.kind == constant(EventKind.STATE.value),
            or_(event.c.after == constant("Running"), event.c.after == constant("Retrying")),
            event.c.seq >= func.coalesce(_BEGAN, 0),
        )
    )
    .exists(),
)
"""Whether the present execution of the root has reached the question."""
_WAITS_IN_CHILDREN = Statement(
    select(func.count())
    .select_from(flow_run.join(wait, _C.id == wait.c.flow_run_id))
    .where(
        and_(
            _C.root_id == bindparam("root"),
            _C.parent_id.is_not(None),
            wait.c.status == constant("open"),
            _ASKED_NOW,
        )
    )
)

_NAMED = 3
_ASKERS = Statement(
    select(_C.name)
    .distinct()
    .select_from(flow_run.join(wait, _C.id == wait.c.flow_run_id))
    .where(and_(_C.root_id == bindparam("root"), _C.parent_id.is_not(None), wait.c.status == constant("open")))
    .order_by(_C.id)
)
_ANSWERS_IN_TREE = Statement(
    select(answer.c.id)
    .select_from(flow_run.join(wait, _C.id == wait.c.flow_run_id).join(answer, answer.c.wait_id == wait.c.id))
    .where(
        and_(
            _C.root_id == bindparam("root"),
            wait.c.status == constant("open"),
            answer.c.verdict == constant("given"),
            or_(bindparam("anywhere", type_=Boolean), _ASKED_NOW),
        )
    )
    .limit(1)
)

_NOTHING_ASKED: dict[str, Any] = {"request": None, "requested_by": None, "requested_at": None}
_FROM_OUTSIDE = (*TAKEN_BACK, Request.CANCEL)
ENDED_WITHOUT_IT = "The run that called it ended without it."
"""The reason for cancelling a run below one that has ended."""
_SHOWN = {
    Request.PAUSE: "Pausing",
    Request.SUSPEND: "Suspending",
    Request.UNWIND: "Suspending",
    Request.CANCEL: "Cancelling",
}


def ask(database: Database, run_id: str, request: Request, actor: str, channel: str) -> State:
    """Request a run and its descendants to pause, suspend or cancel, and return the run's current state.

    Runs without a process that would have to acknowledge a cancellation are cancelled immediately. A tree that waited
    for a child continues without it. Runs of deployments that they called are cancelled with them, but not paused or
    suspended. Raises `LinkedFlowRunError` for pausing or suspending a child alone, `NotRunningError` if it does not
    apply.
    """
    with database.write() as connection:
        refuse(connection, run_id, Verb(request.value))
        message = f"{actor} asked to {request.value} ({channel})."
        asked, is_child = subtree(connection, run_id), link(connection, run_id).parent_id is not None
        is_waited_for = is_child and any(open_waits(connection, each) for each in asked)
        for each in asked:
            _ask_one(connection, each, request, actor, message)
        if request is Request.CANCEL:
            _cancel_called(connection, run_id, actor)
        if is_waited_for:
            resume_suspended(connection, run_id, actor)
        return position(connection, run_id).state


def _cancel_called(connection: Connection, run_id: str, actor: str) -> None:
    for root in called(connection, run_id):
        for each in subtree(connection, root):
            if not position(connection, each).state.is_final():
                _ask_one(connection, each, Request.CANCEL, actor, "The run that called it is cancelled.")
        _cancel_called(connection, root, actor)


def refuse(connection: Connection, run_id: str, verb: Verb) -> None:
    """Raise the error of a verb that does not apply to a run in its current state."""
    at, here = position(connection, run_id), link(connection, run_id)
    root = None if here.parent_id is None else f"{link(connection, here.root_id).name} ({UUID(here.root_id)})"
    facts = Facts(
        here.name,
        at.state,
        at.request,
        at.columns["requested_by"],
        at.columns["host_id"] is not None,
        why_not_found(connection, run_id),
        root,
    )
    if (error := why_not(verb, facts)) is not None:
        raise error


def _awaits_own_retry(at: Position) -> bool:
    return awaits_own_retry(at.state, at.columns["host_id"] is not None)


def _ask_one(connection: Connection, run_id: str, request: Request, actor: str, message: str | None) -> None:
    at = position(connection, run_id)
    state = at.state
    idle = state.is_pending() or state.name == "Suspended" or (state.is_scheduled() and not _awaits_own_retry(at))
    if request is Request.CANCEL and idle:
        move(connection, run_id, named("Cancelled", message), actor)
    elif _awaits_own_retry(at) or _has_to_acknowledge(state, request):
        asked: dict[str, Any] = {"request": request.value, "requested_by": actor, "requested_at": now()}
        move(connection, run_id, named(_SHOWN[request], message), actor, kind=EventKind.REQUEST, **asked)


def _has_to_acknowledge(state: State, request: Request) -> bool:
    """Whether a process runs the run and has to carry out the request."""
    if state.is_final():
        return False
    if request is Request.CANCEL:
        return not state.is_cancelling()
    if request is Request.PAUSE:
        return state.is_running() and state.name != "Pausing"
    return (state.is_running() and state.name != "Suspending") or state.name == "Paused"


def cancel_below(database: Database, run_id: str, actor: str) -> None:
    """Cancel everything below a run whose own code has ended."""
    with database.write() as connection:
        own_position(database, connection, run_id)
        for each in subtree(connection, run_id)[1:]:
            if not position(connection, each).state.is_final():
                _ask_one(connection, each, Request.CANCEL, actor, ENDED_WITHOUT_IT)


def unwind(connection: Connection, run_id: str, actor: str) -> None:
    """Make the whole tree of a run that suspends itself leave its code."""
    here = link(connection, run_id)
    why = None if here.parent_id is None else f"{here.name} suspends itself."
    for each in subtree(connection, here.root_id):
        _ask_one(connection, each, Request.UNWIND, actor, why)


def release(database: Database, run_id: str, actor: str) -> None:
    """Make a tree leave its code, since its process is to end. Its states do not change until it has.

    A run that was asked to pause suspends. Raises `LostUnwind` if this was the process, and another has the run.
    """
    with database.write() as connection:
        own_position(database, connection, run_id)
        for each in subtree(connection, run_id):
            at = position(connection, each)
            is_here = at.state.is_running() or at.state.name == "Paused" or _awaits_own_retry(at)
            if at.request in (None, Request.PAUSE) and is_here:
                ask = Request.RELEASE if at.request is None else Request.UNWIND
                _SET.run(connection, run_id=each, ask=ask.value, actor=actor, at=now())
                record(connection, each, EventKind.REQUEST, at.state.name, actor, before=at.state.name)


def left(database: Database, run_id: str, actor: str) -> State:
    """Record that a run's code was left at a boundary, and return the run's current state.

    A root that was answered or resumed while its code was being left is scheduled again. So is one that was left
    because its worker stops, unless it waits for a person. One that was cancelled meanwhile stays Cancelling. Raises
    `LostUnwind`, and records nothing, if another process has the run now; so do the functions below.
    """
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.state.is_cancelling():
            return at.state
        is_root = link(connection, run_id).parent_id is None
        if is_root and at.request is Request.RELEASE and not waits_in_tree(connection, run_id):
            move(connection, run_id, named("Scheduled", "Its worker stopped."), actor, here=at, due_at=at_once())
        else:
            why = _waits_for(connection, run_id)
            _suspend(connection, run_id, at, why, actor, resumed=at.request is None)
        fences.end(database, run_id)
        return position(connection, run_id).state


def _waits_for(connection: Connection, run_id: str) -> str | None:
    """Return the message of a run that waits because of questions of the runs below it."""
    askers = [name for (name,) in _ASKERS.run(connection, root=run_id).fetchall()]
    if not askers:
        return None
    more = f" and {len(askers) - _NAMED} more runs" if len(askers) > _NAMED else ""
    return f"Waits for an answer to {', '.join(askers[:_NAMED])}{more}."


def interrupted(database: Database, run_id: str, to: State, actor: str) -> State:
    """Record that a run's process is ending, and return the run's current state.

    It is ``to``, unless the run was to be cancelled or suspended, or one of its tree waits for a person: then the tree
    continues to wait, without a process.
    """
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.request is Request.CANCEL:
            move(connection, run_id, named("Cancelled", to.message), actor, here=at)
        elif at.request in (Request.SUSPEND, Request.UNWIND) or waits_in_tree(connection, run_id):
            abandon(connection, run_id, "Its process was stopped.", actor)
        else:
            move(connection, run_id, to, actor, here=at)
        fences.end(database, run_id)
        state = position(connection, run_id).state
        if state.is_final():
            cancel_suspended(connection, run_id, actor)
        return state


def cancel_suspended(connection: Connection, run_id: str, actor: str) -> None:
    """Cancel suspended runs from an earlier execution below a run that has ended: this execution did not reach them."""
    for each in subtree(connection, run_id)[1:]:
        if position(connection, each).state.name == "Suspended":
            move(connection, each, named("Cancelled", ENDED_WITHOUT_IT), actor)


def abandon(connection: Connection, run_id: str, why: str, actor: str, *, recoveries: int = 0) -> None:
    """Suspend a run that its process has left; schedule it if there is an answer that the process did not take."""
    _suspend(connection, run_id, position(connection, run_id), why, actor, recoveries=recoveries)


def _suspend(
    connection: Connection,
    run_id: str,
    at: Position,
    why: str | None,
    actor: str,
    *,
    resumed: bool = False,
    recoveries: int = 0,
) -> None:
    """Suspend a run that has no process any more. A root that was ``resumed``, or `can_continue`, is due at once."""
    if at.state.name != "Suspended":
        move(connection, run_id, named("Suspended", why), actor, here=at, due_at=None, recoveries=recoveries)
    is_root = link(connection, run_id).parent_id is None
    if is_root and (resumed or can_continue(connection, run_id, at)):
        move(connection, run_id, named("Resuming"), actor, due_at=at_once())


def can_continue(connection: Connection, root: str, at: Position) -> bool:
    """Whether a root that its process has left ``at`` this position has a reason to continue.

    It has one if its tree has an answer that nobody took, or if what it waited for came while its code was being left,
    which set a due time. If its code reached a question and left by itself, an answer to a question that it had not
    reached does not count: the next execution would end in the same way.
    """
    anywhere = at.request is not Request.UNWIND
    answered = _ANSWERS_IN_TREE.run(connection, root=root, anywhere=anywhere).fetchone()
    return at.columns["due_at"] is not None or answered is not None


def held(connection: Connection, run_id: str, at: Position) -> bool:
    """Whether a run may not end although its code has: it is paused, or its tree is to wait without a process.

    A child run may end while its tree suspends itself, if there is no question in it or below it.
    """
    if at.state.name == "Paused":
        return True
    if at.request is not Request.UNWIND:
        return False
    is_root = link(connection, run_id).parent_id is None
    return is_root or any(open_waits(connection, each) for each in subtree(connection, run_id))


def tell_late(connection: Connection, run_id: str, at: Position, to: State, actor: str) -> None:
    """Record that a run ended before it carried out a request, if the request was for this run itself."""
    parent = link(connection, run_id).parent_id
    if at.request is None or at.request not in _FROM_OUTSIDE:
        return
    if parent is None or position(connection, parent).request is None:
        detail = f"The request to {at.request.value} came too late: the code had ended."
        record(connection, run_id, EventKind.LATE, to.name, actor, before=to.name, detail=detail)
        append_line(connection, run_id, None, WARNING, detail)


def waits_in_tree(connection: Connection, run_id: str) -> int:
    """Return at how many open waits the code of the run's tree is waiting."""
    root = link(connection, run_id).root_id
    (in_children,) = _WAITS_IN_CHILDREN.run(connection, root=root).fetchone()
    return open_waits(connection, root) + int(in_children)


def acknowledge_pause(database: Database, run_id: str, actor: str) -> Position:
    """Turn Pausing into Paused, now that the run is waiting; return the run's position."""
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.state.name == "Pausing":
            move(connection, run_id, named("Paused", at.state.message), actor)
            _acknowledge_above(connection, run_id, actor)
        return position(connection, run_id)


def _acknowledge_above(connection: Connection, run_id: str, actor: str) -> None:
    """Pause a run that waits for child calls as soon as all of its children are paused."""
    parent = link(connection, run_id).parent_id
    if parent is None or position(connection, parent).state.name != "Pausing":
        return
    below = [position(connection, each).state for each in subtree(connection, parent)[1:]]
    if not any(state.is_running() for state in below):
        move(connection, parent, named("Paused", position(connection, parent).state.message), actor)
        _acknowledge_above(connection, parent, actor)


def take_back(database: Database, run_id: str, actor: str) -> State:
    """Continue a run that was paused or suspended from outside, or withdraw the request in time.

    Returns the run's current state. Raises `NotPausedError`, or `LinkedFlowRunError` for a child run.
    """
    with database.write() as connection:
        refuse(connection, run_id, Verb.RESUME)
        at = position(connection, run_id)
        if at.state.name == "Suspended":
            move(connection, run_id, named("Resuming"), actor, due_at=at_once())
        else:
            for each in subtree(connection, run_id):
                _take_back_one(connection, each, actor)
        return position(connection, run_id).state


def _take_back_one(connection: Connection, run_id: str, actor: str) -> None:
    at = position(connection, run_id)
    if at.request not in TAKEN_BACK:
        return
    waits = bool(open_waits(connection, run_id))
    if at.state.name == "Paused" and waits:
        _SET.run(connection, run_id=run_id, ask=None, actor=None, at=None)
        record(connection, run_id, EventKind.RELEASED, at.state.name, actor, before=at.state.name)
        return
    to = named("Paused" if waits and at.state.name == "Suspending" else "Running")
    move(connection, run_id, to, actor, **_NOTHING_ASKED)
