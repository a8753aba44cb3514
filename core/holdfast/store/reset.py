"""Removing what failed in a run that is retried, so that it is done again."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, select, true, update

from holdfast.event_kinds import EventKind
from holdfast.states import named
from holdfast.store.door import Connection
from holdfast.store.ids import at_once, now
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import receipt, result, task_run, wait
from holdfast.store.transitions import called, move, position, record, subtree

_T = task_run.c
_FORGET_FAILURES = Statement(
    delete(result).where(
        result.c.run_id.in_(
            select(_T.id).where(and_(_T.flow_run_id == bindparam("run_id"), _T.state_type != constant("COMPLETED")))
        )
    )
)
_SET_ASIDE = Statement(
    update(wait)
    .where(
        and_(
            wait.c.flow_run_id == bindparam("run_id"),
            wait.c.status == constant("expired"),
            wait.c.set_aside_at.is_(None),
        )
    )
    .values(set_aside_at=bindparam("at"))
    .returning(wait.c.key)
)
"""Expired waits stay expired, and are asked again."""
_LATER = receipt.alias()
_FORGET_SILENCE = Statement(
    delete(receipt).where(
        and_(
            receipt.c.flow_run_id == bindparam("run_id"),
            receipt.c.raised == 1,
            ~select(true())
            .where(
                and_(
                    _LATER.c.flow_run_id == receipt.c.flow_run_id,
                    _LATER.c.receiver == receipt.c.receiver,
                    _LATER.c.position > receipt.c.position,
                    _LATER.c.message_id.is_not(None),
                )
            )
            .correlate(receipt)
            .exists(),
        )
    )
)
"""Remove the record that a receiver raised since nothing arrived, unless it has received something since.

If a loop over messages ended, that is not a failure: it ends there again.
"""
_FORGET_OUTCOME = Statement(delete(result).where(result.c.run_id == bindparam("run_id")))


def forget_failures(connection: Connection, run_id: str, actor: str) -> None:
    """Remove what failed in a run and below it. Waits that expired there no longer count, and their history says so."""
    for each in subtree(connection, run_id):
        state = position(connection, each).state.name
        for (key,) in _SET_ASIDE.run(connection, run_id=each, at=now()).fetchall():
            record(connection, each, EventKind.SET_ASIDE, state, actor, before=state, detail=key)
        _FORGET_SILENCE.run(connection, run_id=each)
        _FORGET_FAILURES.run(connection, run_id=each)
        if not position(connection, each).state.is_completed():
            _FORGET_OUTCOME.run(connection, run_id=each)


def retry_tree(connection: Connection, run_id: str, why: str, actor: str) -> None:
    """Schedule an ended root again, with the runs of deployments that it called and that did not complete."""
    retry_called(connection, run_id, why, actor)
    forget_failures(connection, run_id, actor)
    move(connection, run_id, named("AwaitingRetry", why), actor, due_at=at_once(), recoveries=0, attempt=1)


def retry_called(connection: Connection, run_id: str, why: str, actor: str) -> None:
    """Reschedule runs of deployments that a run, or one below it, called and that have ended without completing."""
    for each in called(connection, run_id):
        state = position(connection, each).state
        if state.is_final() and not state.is_completed():
            retry_tree(connection, each, why, actor)
