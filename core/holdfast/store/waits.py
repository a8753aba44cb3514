"""Answering waits, and what comes of the answers. How they are opened: `holdfast.store.wait_opening`."""

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
            # What its last execution did not ask, the next one closes if it comes to it.
            _W.asked_in == flow_run.c.executions,
            ~select(true()).where(and_(_A.wait_id == _W.id, _A.verdict == constant("given"))).exists(),
        )
    )
    .order_by(_W.deadline)
    .limit(bindparam("limit"))
)
_OPEN = Statement(select(_W.id).where(and_(_W.flow_run_id == bindparam("run_id"), _W.status == constant("open"))))


def get_wait(database: Database, wait_id: str) -> Wait:
    """The wait as it is now."""
    with database.read() as connection:
        return by_id(connection, wait_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a wait stands: what those need to know of it who wait."""

    status: WaitStatus
    answer: str | None
    """As JSON text: the decision, or what the run has not yet acknowledged."""


def standing(database: Database, wait_id: str) -> Standing:
    """How the wait stands now."""
    ((status, deadline, verdict, value),) = database.rows(_STANDING, wait_id=wait_id)
    answered = verdict in ANSWERED
    return Standing(status_now(status, deadline, answered, now()), value if answered else None)


def give_answer(database: Database, wait_id: str, value: Any, actor: str, channel: str) -> Wait:
    """Answer an open wait, durably.

    A wait that asks for nothing is decided by it, and its run goes on in the same transaction. Any other answer
    stands until the run itself has validated it (`accept`, `object_to`). The answer that stands already is taken
    again without effect; a different one raises `AlreadyDecidedError`. Raises `FlowPauseTimeout` when the
    deadline has passed, `QuestionChangedError` when the run asks something else by now, and `NotPausedError` when the
    wait was withdrawn.
    """
    with database.write(durable=True) as connection:
        return _give(connection, wait_id, value, actor, channel)


def give_answers(
    database: Database, answers: Sequence[tuple[str, Any]], actor: str, channel: str
) -> list[Wait | HoldfastError]:
    """Answer many waits in one durable transaction, each as `give_answer` does; an error is that wait's alone."""
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
    """Raise `AlreadyDecidedError` unless the answer that stands is this one."""
    if canonical(standing.value) == canonical(value):
        return
    shown = to_json(mask(found.schema, standing.value))
    raise AlreadyDecidedError(
        f"{found.flow_run_name} already has an answer to {found.key!r}: {standing.given_by} gave "
        f"{shown} at {standing.given_at:%Y-%m-%d %H:%M:%S} UTC ({standing.channel})."
    )


def accept(database: Database, wait_id: str) -> Position | None:
    """Make the answer that stands the wait's decision, durably; the run goes on in the same transaction.

    Gives where the run is then; ``None`` when no answer stands any more: another thread that waits with the same key
    has judged it.
    """
    with database.write(durable=True) as connection:
        run_id = by_id(connection, wait_id).flow_run_id.hex
        return accepting(connection, wait_id, database.fences.get(run_id))


def accepting(connection: Connection, wait_id: str, fence: Fence | None) -> Position | None:
    """`accept`, in a transaction that a caller has begun, with this process's hold of the run.

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
    """Refuse the answer that stands: the wait stays open, with what was wrong."""
    with database.write(durable=True) as connection:
        found = by_id(connection, wait_id)
        run_id = found.flow_run_id.hex
        state = own_position(database, connection, run_id).state
        judged = _JUDGE.run(connection, wait_id=wait_id, new_verdict="refused", why=from_objections(objections))
        if judged.fetchone() is None:
            return
        record(connection, run_id, EventKind.OBJECTED, state.name, actor, before=state.name, detail=found.key)


def expire(database: Database, wait_id: str, actor: str) -> bool:
    """Close a wait whose deadline has passed, for the process that waits; ``False`` when an answer was first."""
    with database.write() as connection:
        found = by_id(connection, wait_id)
        if found.status is not WaitStatus.EXPIRED or found.closed is not None:
            return False
        here = own_position(database, connection, found.flow_run_id.hex)
        close(connection, found, WaitStatus.EXPIRED, here, actor)
        _go_on(connection, found.flow_run_id.hex, here, actor)
        return True


def withdraw(database: Database, wait_id: str, actor: str) -> None:
    """Close a wait that the flow no longer waits for, unless it is decided by now."""
    with database.write() as connection:
        found = by_id(connection, wait_id)
        if found.closed is None:
            here = own_position(database, connection, found.flow_run_id.hex)
            close(connection, found, WaitStatus.WITHDRAWN, here, actor)
            _go_on(connection, found.flow_run_id.hex, here, actor)


def withdraw_all(database: Database, run_id: str, actor: str) -> None:
    """Close what is still open of a run whose code has ended without it, as `withdraw` does."""
    with database.write() as connection:
        for (wait_id,) in _OPEN.run(connection, run_id=run_id).fetchall():
            here = own_position(database, connection, run_id)
            close(connection, by_id(connection, wait_id), WaitStatus.WITHDRAWN, here, actor)
            _go_on(connection, run_id, here, actor)


def expire_due(database: Database, actor: str, limit: int = 1000) -> int:
    """Fail the suspended runs that have a wait past its deadline, in them or below them, and say how many.

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
    """Let a paused run run again, unless another wait or a request still holds it; says where it is then.

    A process that is to leave because its worker stops does not stand still for that.
    """
    if here.state.name != "Paused" or here.request not in (None, Request.RELEASE):
        return here
    if open_waits(connection, run_id, here):
        return here
    to = named("Running")
    kept = {name: here.columns[name] for name in ("request", "requested_by", "requested_at")}
    move(connection, run_id, to, actor, here=here, **kept)
    return replace(here, state=to)
