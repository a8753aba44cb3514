"""Answering waits, and the effects of answers. `holdfast.store.wait_opening` opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, true, update

from holdfast.event_kinds import EventKind
from holdfast.exceptions import (
    AlreadyDecidedError,
    FlowPauseTimeout,
    HoldfastError,
    NotPausedError,
    Path,
    QuestionChangedError,
)
from holdfast.records import Answer, Request, Wait, WaitStatus
from holdfast.states import named
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.drafts import forget as forget_drafts
from holdfast.store.fences import Fence
from holdfast.store.group_commit import Piece, commit
from holdfast.store.ids import from_time, new_id, now
from holdfast.store.inbox import LATEST_ANSWER
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import answer, flow_run, wait
from holdfast.store.transitions import (
    Position,
    link,
    move,
    open_waits,
    own_position,
    position,
    record,
    resume_suspended,
    subtree,
)
from holdfast.store.wait_opening import CLOSE, by_id, close
from holdfast.store.wait_opening import open_wait as open_wait
from holdfast.store.wait_opening import recorded_timeouts as recorded_timeouts
from holdfast.store.wait_rows import ANSWERED, from_objections, status_now
from holdfast.values.json_text import canonical, to_json
from holdfast.values.masks import mask

_W, _A = wait.c, answer.c
_DECIDED = WaitStatus.DECIDED.value

_INSERT_ANSWER = Statement(
    insert(answer).values({name: bindparam(name) for name in answer.c.keys() if name != "objections"})  # noqa: SIM118
)
_JUDGE = Statement(
    update(answer)
    .where(
        and_(
            _A.wait_id == bindparam("wait_id"),
            _A.verdict == constant("given"),
            select(true()).where(and_(_W.id == _A.wait_id, _W.status == constant("open"))).exists(),
        )
    )
    .values(verdict=bindparam("new_verdict"), objections=bindparam("why"))
    .returning(_A.given_by)
)
_STANDING = Statement(
    select(_W.status, _W.deadline, _A.verdict, _A.value)
    .select_from(wait.outerjoin(answer, _A.id == LATEST_ANSWER))
    .where(_W.id == bindparam("wait_id"))
)
_ROOT = flow_run.alias("root")
_DUE = Statement(
    select(_W.id, _W.flow_run_id)
    .select_from(wait.join(flow_run, flow_run.c.id == _W.flow_run_id).join(_ROOT, _ROOT.c.id == flow_run.c.root_id))
    .where(
        and_(
            _W.status == constant("open"),
            _W.deadline <= bindparam("at"),
            _ROOT.c.state_name == constant("Suspended"),
            # A wait that its last execution did not ask is closed by the next one, if that reaches it.
            _W.asked_in == flow_run.c.executions,
            ~select(true()).where(and_(_A.wait_id == _W.id, _A.verdict == constant("given"))).exists(),
        )
    )
    .order_by(_W.deadline)
    .limit(bindparam("limit"))
)
_OPEN = Statement(select(_W.id).where(and_(_W.flow_run_id == bindparam("run_id"), _W.status == constant("open"))))


def get_wait(database: Database, wait_id: str) -> Wait:
    """Return the current wait."""
    with database.read() as connection:
        return by_id(connection, wait_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a wait that waiting code needs to know."""

    status: WaitStatus
    answer: str | None
    """The answer as JSON text: the decision, or an answer that the run has not yet acknowledged."""


def standing(database: Database, wait_id: str) -> Standing:
    """Return the current standing of the wait."""
    ((status, deadline, verdict, value),) = database.rows(_STANDING, wait_id=wait_id)
    answered = verdict in ANSWERED
    return Standing(status_now(status, deadline, answered, now()), value if answered else None)


def give_answer(database: Database, wait_id: str, value: Any, actor: str, channel: str) -> Wait:
    """Answer an open wait, durably.

    A wait that asks only for a go-ahead is decided by it, and its run continues in the same transaction. Any other
    answer is kept until the run itself has validated it (`accept`, `object_to`). Giving the same answer again has no
    effect; a different one raises `AlreadyDecidedError`. Raises `FlowPauseTimeout` if the deadline has passed,
    `QuestionChangedError` if the run now asks something else, and `NotPausedError` if the wait was withdrawn.
    """
    with database.write(durable=True) as connection:
        return _give(connection, wait_id, value, actor, channel)


def give_answers(
    database: Database, answers: Sequence[tuple[str, Any]], actor: str, channel: str
) -> list[Wait | HoldfastError]:
    """Answer many waits in one durable transaction, each like `give_answer`; an error affects only its own wait."""
    pieces = [Piece(partial(_give, wait_id=each, value=value, actor=actor, channel=channel)) for each, value in answers]
    commit(database, pieces)
    return [each.refused or each.outcome() for each in pieces]


def _give(connection: Connection, wait_id: str, value: Any, actor: str, channel: str) -> Wait:
    found = by_id(connection, wait_id)
    run_id = found.flow_run_id.hex
    if found.answer is not None:
        check_same(found, found.answer, value)
        if found.status is WaitStatus.OPEN:
            resume_suspended(connection, run_id, actor)
        return found
    if found.status is WaitStatus.EXPIRED:
        raise FlowPauseTimeout(
            f"{found.flow_run_name} can no longer be resumed: the deadline of {found.key!r} has passed."
        )
    if found.status is WaitStatus.SUPERSEDED:
        raise QuestionChangedError(found.flow_run_name, found.key, found.id)
    if found.status is not WaitStatus.OPEN:
        raise NotPausedError(f"{found.flow_run_name} no longer waits for {found.key!r}: it is {found.status}.")
    given = Answer(value, actor, from_time(at := now()), channel)
    _INSERT_ANSWER.run(
        connection,
        id=new_id(),
        wait_id=wait_id,
        verdict="given" if found.schema is not None else "accepted",
        value=to_json(value),
        given_by=actor,
        given_at=at,
        channel=channel,
    )
    here = position(connection, run_id)
    if found.schema is None:
        found = close(connection, found, WaitStatus.DECIDED, here, actor)
        _go_on(connection, run_id, here, actor)
    else:
        record(connection, run_id, EventKind.ANSWERED, here.state.name, actor, before=here.state.name, detail=found.key)
    resume_suspended(connection, run_id, actor)
    return replace(found, answer=given, objections={})


def check_same(found: Wait, standing: Answer, value: Any) -> None:
    """Raise `AlreadyDecidedError` unless the existing answer is the same as this one."""
    if canonical(standing.value) == canonical(value):
        return
    shown = to_json(mask(found.schema, standing.value))
    raise AlreadyDecidedError(
        f"{found.flow_run_name} already has an answer to {found.key!r}: {standing.given_by} gave "
        f"{shown} at {standing.given_at:%Y-%m-%d %H:%M:%S} UTC ({standing.channel})."
    )


def accept(database: Database, wait_id: str) -> Position | None:
    """Make the given answer the wait's decision, durably; the run continues in the same transaction.

    Returns the run's new position, or ``None`` if there is no answer any more: another thread that waits with the same
    key has handled it.
    """
    with database.write(durable=True) as connection:
        run_id = by_id(connection, wait_id).flow_run_id.hex
        return accepting(connection, wait_id, database.fences.get(run_id))


def accepting(connection: Connection, wait_id: str, fence: Fence | None) -> Position | None:
    """Accept an answer like `accept`, in a transaction that the caller has begun.

    ``fence`` is this process's ownership of the run.

    Raises `LostUnwind` before it has written anything.
    """
    if fence is not None:
        fence.check(position(connection, fence.run_id).columns)
    judged = _JUDGE.run(connection, wait_id=wait_id, new_verdict="accepted", why=None).fetchone()
    if judged is None:
        return None
    at, (actor,) = now(), judged
    run_id, key = CLOSE.run(connection, wait_id=wait_id, new_status=_DECIDED, at=at).fetchone()
    forget_drafts(connection, wait_id)
    here = position(connection, run_id)
    record(connection, run_id, EventKind.DECIDED, here.state.name, actor, before=here.state.name, detail=key, at=at)
    return _go_on(connection, run_id, here, actor)


def object_to(database: Database, wait_id: str, objections: dict[Path, str], actor: str) -> None:
    """Refuse the given answer: the wait stays open, with the objections."""
    with database.write(durable=True) as connection:
        found = by_id(connection, wait_id)
        run_id = found.flow_run_id.hex
        state = own_position(database, connection, run_id).state
        judged = _JUDGE.run(connection, wait_id=wait_id, new_verdict="refused", why=from_objections(objections))
        if judged.fetchone() is None:
            return
        record(connection, run_id, EventKind.OBJECTED, state.name, actor, before=state.name, detail=found.key)


def expire(database: Database, wait_id: str, actor: str) -> bool:
    """Close a wait whose deadline has passed, for the process that waits. Return ``False`` if an answer came first."""
    with database.write() as connection:
        found = by_id(connection, wait_id)
        if found.status is not WaitStatus.EXPIRED or found.closed is not None:
            return False
        here = own_position(database, connection, found.flow_run_id.hex)
        close(connection, found, WaitStatus.EXPIRED, here, actor)
        _go_on(connection, found.flow_run_id.hex, here, actor)
        return True


def withdraw(database: Database, wait_id: str, actor: str) -> None:
    """Close a wait that the flow no longer waits for, unless it is decided now."""
    with database.write() as connection:
        found = by_id(connection, wait_id)
        if found.closed is None:
            here = own_position(database, connection, found.flow_run_id.hex)
            close(connection, found, WaitStatus.WITHDRAWN, here, actor)
            _go_on(connection, found.flow_run_id.hex, here, actor)


def withdraw_all(database: Database, run_id: str, actor: str) -> None:
    """Close the remaining open waits of a run whose code has ended without them, like `withdraw`."""
    with database.write() as connection:
        for (wait_id,) in _OPEN.run(connection, run_id=run_id).fetchall():
            here = own_position(database, connection, run_id)
            close(connection, by_id(connection, wait_id), WaitStatus.WITHDRAWN, here, actor)
            _go_on(connection, run_id, here, actor)


def expire_due(database: Database, actor: str, limit: int = 1000) -> int:
    """Fail the suspended runs that have a wait past its deadline, in them or below them, and return how many.

    A run that has a process enforces its deadlines itself.
    """
    failed = 0
    if not database.rows(_DUE, at=now(), limit=1):
        return failed
    with database.write() as connection:
        for wait_id, run_id in _DUE.run(connection, at=now(), limit=limit).fetchall():
            root = link(connection, run_id).root_id
            if (here := position(connection, root)).state.name != "Suspended":
                continue
            close(connection, by_id(connection, wait_id), WaitStatus.EXPIRED, here, actor)
            for each in subtree(connection, root):
                if not position(connection, each).state.is_final():
                    move(connection, each, named("Failed", "Flow run was suspended and never resumed."), actor)
            failed += 1
    return failed


def _go_on(connection: Connection, run_id: str, here: Position, actor: str) -> Position:
    """Let a paused run continue, unless another wait or a request still holds it; return its new position.

    A process that is to leave because its worker stops does not pause for that.
    """
    if here.state.name != "Paused" or here.request not in (None, Request.RELEASE):
        return here
    if open_waits(connection, run_id, here):
        return here
    to = named("Running")
    kept = {name: here.columns[name] for name in ("request", "requested_by", "requested_at")}
    move(connection, run_id, to, actor, here=here, **kept)
    return replace(here, state=to)
