"""Taking runs from the schedule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, literal_column, or_, select, union_all

from holdfast.states import named
from holdfast.store.database import Database
from holdfast.store.ids import now
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import deployment, flow_run
from holdfast.store.transitions import move

LATE = 5_000_000
"""How long a run may be due, in microseconds, before it is marked late."""

_C, _D = flow_run.c, deployment.c
_held = flow_run.alias("held")
_SLOTS_TAKEN = (
    select(func.count())
    .where(and_(_held.c.deployment_id == _D.id, _held.c.host_id.is_not(None)))
    .correlate(deployment)
    .scalar_subquery()
)
# A run with a process holds a slot; a suspended run does not.
_FULL = select(_D.id).where(and_(_D.concurrency_limit.is_not(None), _D.concurrency_limit <= _SLOTS_TAKEN))
_FREE = and_(_C.state_type == constant("SCHEDULED"), or_(_C.deployment_id.is_(None), _C.deployment_id.not_in(_FULL)))
_PUNCTUAL = _C.state_name == constant("Scheduled")
_HAS_COME = and_(_C.due_at > 0, _C.due_at <= bindparam("at", type_=Integer))


def _first(since: ColumnElement[int], is_due: ColumnElement[bool], order: ColumnElement[int]) -> Any:
    found = select(_C.id, since.label("since")).where(and_(_FREE, is_due)).order_by(order).limit(1).subquery()
    return select(found.c.id, found.c.since)


# A run that is due immediately is so whatever the clock says (`ids.at_once`). Of both kinds the longest due comes
# first.
_DUE = Statement(
    union_all(
        _first(-_C.due_at, _C.due_at <= 0, _C.due_at.desc()),
        _first(_C.due_at, _HAS_COME, _C.due_at),
    )
    .order_by(literal_column("since"))
    .limit(1)
)
_LATE = Statement(
    union_all(
        select(_C.id).where(and_(_PUNCTUAL, _HAS_COME)),
        select(_C.id).where(and_(_PUNCTUAL, _C.due_at <= 0, _C.due_at >= -bindparam("at", type_=Integer))),
    ).limit(100)
)


def claim(database: Database, host_id: str, limit: int, actor: str) -> list[UUID]:
    """Take up to ``limit`` runs that are due, the longest due first, for the worker ``host_id``.

    Each is moved with a guarded UPDATE under the write lock. So no other worker has it too, and no deployment ever has
    more runs with a process than its limit.
    """
    if not database.rows(_DUE, at=now()):
        return []
    claimed: list[UUID] = []
    with database.write() as connection:
        while len(claimed) < limit and (row := _DUE.run(connection, at=now()).fetchone()) is not None:
            run_id, _ = row
            move(connection, run_id, named("Pending"), actor, host_id=host_id)
            claimed.append(UUID(run_id))
    return claimed


def mark_late(database: Database, actor: str) -> None:
    """Mark runs as late that have been due for a while and that nobody has taken."""
    if not database.rows(_LATE, at=now() - LATE):
        return
    with database.write() as connection:
        for (run_id,) in _LATE.run(connection, at=now() - LATE).fetchall():
            move(connection, run_id, named("Late", "No worker has taken it yet."), actor)
