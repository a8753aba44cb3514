"""Writing task runs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, insert, literal, select, update

from holdfast.event_kinds import EventKind
from holdfast.states import TERMINAL, State
from holdfast.store import cache, fences
from holdfast.store.database import Database
from holdfast.store.ids import now
from holdfast.store.rows import StateColumns, to_state
from holdfast.store.statement import Statement
from holdfast.store.tables import flow_run, result, task_run
from holdfast.store.transitions import record

_T = task_run.c
_INSERTED = (
    "id",
    "flow_run_id",
    "call",
    "task_name",
    "name",
    "state_type",
    "state_name",
    "state_at",
    "started_at",
    "reused",
    "attempt",
    "tags",
    "inputs",
)

_NOT_ASKED = select(literal(1)).where(and_(fences.OWNED, flow_run.c.request.is_(None))).exists()
_THE_TASK = and_(_T.flow_run_id == bindparam("run_id"), _T.id == bindparam("task_id"))
_INSERT = Statement(
    insert(task_run).from_select(
        _INSERTED, select(*(bindparam(name, type_=_T[name].type) for name in _INSERTED)).where(_NOT_ASKED)
    )
)
_RESTART = Statement(
    update(task_run)
    .where(and_(_THE_TASK, _NOT_ASKED))
    .values(
        state_type="RUNNING",
        state_name="Running",
        state_message=None,
        state_at=bindparam("at"),
        started_at=bindparam("at"),
        ended_at=None,
        attempt=bindparam("new_attempt"),
        called_at=func.coalesce(_T.called_at, _T.started_at),
    )
)
_AWAIT_RETRY = Statement(
    update(task_run)
    .where(and_(_THE_TASK, _T.state_type == "RUNNING", fences.IS_OWNED))
    .values(
        state_type="SCHEDULED", state_name="AwaitingRetry", state_message=bindparam("message"), state_at=bindparam("at")
    )
)
_TRY_AGAIN = Statement(
    update(task_run)
    .where(and_(_THE_TASK, _NOT_ASKED))
    .values(
        state_type="RUNNING",
        state_name="Retrying",
        state_message=bindparam("message"),
        state_at=bindparam("at"),
        attempt=bindparam("new_attempt"),
    )
)
_FINISH = Statement(
    update(task_run)
    .where(and_(_THE_TASK, _T.ended_at.is_(None), fences.IS_OWNED))
    .values(
        state_type=bindparam("type"),
        state_name=bindparam("new_name"),
        state_message=bindparam("message"),
        state_at=bindparam("at"),
        ended_at=bindparam("at"),
    )
)
_DROP_RESULT = Statement(delete(result).where(result.c.run_id == bindparam("id")))
_SAVE_RESULT = Statement(insert(result).values(run_id=bindparam("id"), body=bindparam("body")))
_RECORDED = Statement(
    select(
        _T.call,
        _T.id,
        _T.name,
        result.c.body.is_not(None),
        _T.attempt,
        _T.state_type,
        _T.state_name,
        _T.state_message,
        _T.state_at,
    )
    .select_from(task_run.outerjoin(result, result.c.run_id == _T.id))
    .where(_T.flow_run_id == bindparam("run_id"))
)
_REUSED = Statement(update(task_run).where(and_(_THE_TASK, fences.IS_OWNED)).values(reused=_T.reused + 1))


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A task call of an earlier execution of a run."""

    task_run_id: str
    name: str
    finished: bool
    """Whether its result, or the exception that ended it, can be used again."""
    attempt: int
    """The number of its last attempt."""
    came_to: StateColumns
    """The columns of its state."""

    @property
    def state_name(self) -> str:
        """The name of its state."""
        return self.came_to.name

    @property
    def state(self) -> State:
        """Return its state."""
        return to_state(*self.came_to)


def start(
    database: Database,
    *,
    task_run_id: str,
    flow_run_id: str,
    call: str,
    task_name: str,
    name: str,
    actor: str,
    attempt: int = 1,
    tags: str | None = None,
    inputs: str | None = None,
) -> bool:
    """Record that a task call starts. Return ``False``, and record nothing, if there is a request for its run."""
    at = now()
    with database.write(durable=False) as connection:
        inserted = _INSERT.run(
            connection,
            id=task_run_id,
            flow_run_id=flow_run_id,
            call=call,
            task_name=task_name,
            name=name,
            state_type="RUNNING",
            state_name="Running",
            state_at=at,
            started_at=at,
            reused=0,
            attempt=attempt,
            tags=tags,
            inputs=inputs,
            run_id=flow_run_id,
            **fences.terms(database, flow_run_id),
        ).rowcount
        if inserted:
            record(
                connection, flow_run_id, EventKind.STATE, "Running", actor, task_run_id=task_run_id, detail=name, at=at
            )
    return bool(inserted)


def restart(
    database: Database,
    *,
    task_run_id: str,
    flow_run_id: str,
    name: str,
    actor: str,
    before: str,
    attempt: int = 1,
) -> bool:
    """Record that a call of an earlier execution is made again, since it was unfinished or its result is lost.

    ``before`` is the state in which it was left. Returns the same as `start`.
    """
    at = now()
    with database.write(durable=False) as connection:
        started = _RESTART.run(
            connection,
            task_id=task_run_id,
            run_id=flow_run_id,
            at=at,
            new_attempt=attempt,
            **fences.terms(database, flow_run_id),
        ).rowcount
        if started:
            _DROP_RESULT.run(connection, id=task_run_id)
            record(
                connection, flow_run_id, EventKind.STATE, "Running", actor, before=before, task_run_id=task_run_id,
                detail=name, at=at,
            )  # fmt: skip
    return bool(started)


def await_retry(database: Database, *, task_run_id: str, flow_run_id: str, message: str, actor: str) -> None:
    """Record that a task call failed and will be retried."""
    at = now()
    with database.write() as connection:
        awaits = _AWAIT_RETRY.run(
            connection,
            task_id=task_run_id,
            run_id=flow_run_id,
            message=message,
            at=at,
            **fences.terms(database, flow_run_id),
        ).rowcount
        if not awaits:
            fences.check(database, connection, flow_run_id)
            return
        record(
            connection, flow_run_id, EventKind.STATE, "AwaitingRetry", actor, before="Running", detail=message,
            task_run_id=task_run_id, at=at,
        )  # fmt: skip


def try_again(
    database: Database, *, task_run_id: str, flow_run_id: str, message: str, attempt: int, actor: str
) -> bool:
    """Record that a task call is retried. Return ``False``, and record nothing, if there is a request for its run."""
    at = now()
    with database.write(durable=False) as connection:
        begun = _TRY_AGAIN.run(
            connection,
            task_id=task_run_id,
            run_id=flow_run_id,
            message=message,
            new_attempt=attempt,
            at=at,
            **fences.terms(database, flow_run_id),
        ).rowcount
        if begun:
            record(
                connection, flow_run_id, EventKind.STATE, "Retrying", actor, before="AwaitingRetry", detail=message,
                task_run_id=task_run_id, at=at,
            )  # fmt: skip
    return bool(begun)


def finish(
    database: Database,
    *,
    task_run_id: str,
    flow_run_id: str,
    to: State,
    body: bytes | None,
    actor: str,
    cached_as: cache.Entry | None = None,
) -> None:
    """Record how a task call ended, together with its stored result and the cache key of that.

    Raises `LostUnwind`, and records nothing, if another process has the run now; so does `await_retry`.
    """
    at = now()
    with database.write() as connection:
        ended = _FINISH.run(
            connection,
            run_id=flow_run_id,
            task_id=task_run_id,
            type=to.type.value,
            new_name=to.name,
            message=to.message,
            at=at,
            **fences.terms(database, flow_run_id),
        ).rowcount
        if not ended:
            fences.check(database, connection, flow_run_id)
            return
        if body is not None:
            _SAVE_RESULT.run(connection, id=task_run_id, body=body)
            if cached_as is not None:
                cache.save(connection, cached_as, task_run_id)
        record(
            connection,
            flow_run_id,
            EventKind.STATE,
            to.name,
            actor,
            before="Running",
            detail=to.message,
            task_run_id=task_run_id,
            at=at,
        )


def recorded_calls(database: Database, flow_run_id: str) -> dict[str, RecordedCall]:
    """Return the task calls that earlier executions of a run made, by identity."""
    found: dict[str, RecordedCall] = {}
    for call, task_run_id, name, stored, attempt, *state in database.rows(_RECORDED, run_id=flow_run_id):
        came_to = StateColumns._make(state)
        found[call] = RecordedCall(task_run_id, name, came_to.type in TERMINAL and bool(stored), attempt, came_to)
    return found


def reuse(database: Database, *, task_run_id: str, flow_run_id: str, state_name: str, name: str, actor: str) -> None:
    """Record that a re-execution used the outcome of a finished call. Raises `LostUnwind` like `finish`."""
    with database.write() as connection:
        of_run = fences.terms(database, flow_run_id)
        if not _REUSED.run(connection, run_id=flow_run_id, task_id=task_run_id, **of_run).rowcount:
            fences.check(database, connection, flow_run_id)
        record(
            connection,
            flow_run_id,
            EventKind.REUSED,
            state_name,
            actor,
            before=state_name,
            task_run_id=task_run_id,
            detail=name,
        )
