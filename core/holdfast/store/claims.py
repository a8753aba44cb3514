"""Taking runs from the schedule."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select

from holdfast.states import named
from holdfast.store.database import Database
from holdfast.store.ids import now
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import deployment, flow_run
from holdfast.store.transitions import move

LATE = 5_000_000
"""How long a run may be due, in microseconds, before it shows as late."""

_C, _D = flow_run.c, deployment.c
_held = flow_run.alias("held")
_SLOTS_TAKEN = (
    select(func.count())
    .where(and_(_held.c.deployment_id == _D.id, _held.c.host_id.is_not(None)))
    .correlate(deployment)
    .scalar_subquery()
)
# What has a process holds a slot: a suspended run has none.
_FULL = select(_D.id).where(and_(_D.concurrency_limit.is_not(None), _D.concurrency_limit <= _SLOTS_TAKEN))
_DUE = Statement(
    select(_C.id)
    .where(
        and_(
            _C.state_type == constant("SCHEDULED"),
            _C.due_at <= bindparam("at"),
            or_(_C.deployment_id.is_(None), _C.deployment_id.not_in(_FULL)),
        )
    )
    .order_by(_C.due_at)
    .limit(1)
)
_LATE = Statement(
    select(_C.id)
    .where(and_(_C.state_name == constant("Scheduled"), _C.due_at <= bindparam("at")))
    .order_by(_C.due_at)
    .limit(100)
)


def claim(database: Database, host_id: str, limit: int, actor: str) -> list[UUID]:
    """Take up to ``limit`` runs that are due, the longest due first, for the worker ``host_id``.

    Each is moved with a guarded UPDATE under the write lock, so that no other worker has it too; so no deployment
    ever has more runs with a process than its limit.
    """
    if not database.rows(_DUE, at=now()):
        return []
    claimed: list[UUID] = []
    with database.write() as connection:
        while len(claimed) < limit and (row := _DUE.run(connection, at=now()).fetchone()) is not None:
            move(connection, row[0], named("Pending"), actor, host_id=host_id)
            claimed.append(UUID(row[0]))
    return claimed


def mark_late(database: Database, actor: str) -> None:
    """Have runs that have been due for a while, and that nobody has taken, say so."""
    if not database.rows(_LATE, at=now() - LATE):
        return
    with database.write() as connection:
        for (run_id,) in _LATE.run(connection, at=now() - LATE).fetchall():
            move(connection, run_id, named("Late", "No worker has taken it yet."), actor)
