"""Lists of flow runs: pages by keyset if an index has the order, otherwise ids that are gathered once.

A filter or an order without an index needs a walk over all runs. It goes in steps, newest first, so that early results
can be shown early, and it can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Select, bindparam, case, desc, func, select, union_all

from holdfast.filters import Order, RunFilter, Sort
from holdfast.records import FlowRun
from holdfast.states import StateType
from holdfast.store.database import Database
from holdfast.store.expressions import IsAmong, id_list
from holdfast.store.ids import now, to_time
from holdfast.store.rows import FLOW_RUN_COLUMNS, to_flow_run, to_tags
from holdfast.store.run_plans import Plan, plan
from holdfast.store.run_plans import flow_names as flow_names
from holdfast.store.statement import Statement
from holdfast.store.tables import deployment, flow_run

_R = flow_run.c
NEWEST_FIRST = Order()
ALL = RunFilter()

_FIRST_STEP, _LONGEST_STEP = 2_000, 50_000
"""The number of runs in the first step of a walk, and the maximum of later steps."""
_IDS = 500
"""The number of ids in one statement."""
_RECENT = 2_000
"""The number of runs whose tags are offered."""

_RANKS = {
    state: rank
    for rank, state in enumerate(
        (
            StateType.PAUSED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLING, StateType.RUNNING,
            StateType.PENDING, StateType.SCHEDULED, StateType.CANCELLED, StateType.COMPLETED,
        )
    )
}  # fmt: skip


def list_flow_runs(
    database: Database,
    where: RunFilter = ALL,
    *,
    older_than: UUID | None = None,
    newer_than: UUID | None = None,
    limit: int = 100,
    order: Order = NEWEST_FIRST,
) -> list[FlowRun]:
    """Return flow runs, newest first, or the first of them in another order.

    ``older_than`` gives those that follow a run in the list, ``newer_than`` those right before it. Both are for the
    order of creation only.
    """
    plan_ = plan(database, where)
    if order != NEWEST_FIRST:
        query = select(*FLOW_RUN_COLUMNS).where(*plan_.anywhere).order_by(*_keys(order, where)).limit(limit)
        return [to_flow_run(*row) for row in database.rows(Statement(query))]
    if newer_than is not None:
        rows = _page(database, plan_, FLOW_RUN_COLUMNS, [_R.id > newer_than.hex], limit, up=True)
        return [to_flow_run(*row) for row in reversed(rows)]
    below = [] if older_than is None else [_R.id < older_than.hex]
    return [to_flow_run(*row) for row in _page(database, plan_, FLOW_RUN_COLUMNS, below, limit)]


def nth_flow_run_id(
    database: Database,
    where: RunFilter,
    n: int,
    *,
    older_than: UUID | None = None,
    newer_than: UUID | None = None,
) -> UUID | None:
    """Return the id of the ``n``-th run after another one in a list, down or up; ``None`` if the list ends before.

    This walks over an index and reads no rows. Use it for jumps, not for pages.
    """
    beyond: list[ColumnElement[bool]] = []
    if newer_than is not None:
        beyond = [_R.id > newer_than.hex]
    elif older_than is not None:
        beyond = [_R.id < older_than.hex]
    up = newer_than is not None
    rows = _page(database, plan(database, where), [_R.id], beyond, 1, up=up, offset=n - 1)
    return UUID(rows[0][0]) if rows else None


def count_flow_runs(database: Database, where: RunFilter = ALL) -> int:
    """Return the number of flow runs in a list."""
    plan_ = plan(database, where)
    found = 0
    for branch in plan_.branches:
        query = select(func.count()).select_from(flow_run).where(*branch, *plan_.common, *plan_.rest)
        ((count,),) = database.rows(Statement(query))
        found += int(count)
    return found


def is_indexed(database: Database, where: RunFilter) -> bool:
    """Whether indexes alone give the pages, positions and counts of a list, newest first."""
    return plan(database, where).is_exact


def scan_flow_runs(
    database: Database, where: RunFilter, order: Order = NEWEST_FIRST, stopped: Callable[[], bool] = lambda: False
) -> Iterator[bytes]:
    """Yield the ids of all runs of a list in its order, 16 bytes each, piece by piece.

    It ends early once ``stopped``.
    """
    if order.by is Sort.CREATED:
        yield from _walk(database, plan(database, where), order.reverse, stopped)
        return
    query = Statement(select(_R.id).where(*plan(database, where).anywhere).order_by(*_keys(order, where)))
    with database.read() as connection, connection.stoppable(stopped):
        cursor = query.run(connection)
        try:
            while rows := cursor.fetchmany(_LONGEST_STEP):
                yield _packed(rows)
        finally:
            cursor.close()


def _walk(database: Database, plan_: Plan, up: bool, stopped: Callable[[], bool]) -> Iterator[bytes]:
    last: str | None = None
    step = _FIRST_STEP
    while not stopped():
        ahead: list[ColumnElement[bool]] = [] if last is None else [_R.id > last if up else _R.id < last]
        edge = select(_R.id).where(*plan_.common, *ahead).order_by(_R.id if up else _R.id.desc()).offset(step).limit(1)
        rows = database.rows(Statement(edge))
        end = [] if not rows else [_R.id <= rows[0][0] if up else _R.id >= rows[0][0]]
        yield _packed(_page(database, plan_, [_R.id], [*ahead, *end], None, up=up))
        if not rows:
            return
        last, step = rows[0][0], min(step * 3, _LONGEST_STEP)


_BY_IDS = Statement(select(*FLOW_RUN_COLUMNS).where(IsAmong(_R.id, "ids")))


def get_flow_runs(database: Database, ids: Iterable[UUID]) -> dict[UUID, FlowRun]:
    """Return the runs with these ids; those that no longer exist are left out."""
    runs = [to_flow_run(*row) for row in database.rows(_BY_IDS, ids=id_list(ids))]
    return {run.id: run for run in runs}


def which_fit(database: Database, where: RunFilter, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the runs that are in a list."""
    wanted, fits = [each.hex for each in ids], plan(database, where).anywhere
    found: set[UUID] = set()
    for start in range(0, len(wanted), _IDS):
        query = select(_R.id).where(_R.id.in_(wanted[start : start + _IDS]), *fits)
        found |= {UUID(id_) for (id_,) in database.rows(Statement(query))}
    return found


_CALLERS = tuple(
    Statement(select(column).where(IsAmong(column, "ids")).distinct()) for column in (_R.parent_id, _R.caller_id)
)


def with_children(database: Database, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the runs that have called others."""
    listed = id_list(ids)
    return {UUID(id_) for statement in _CALLERS for (id_,) in database.rows(statement, ids=listed)}


_FIRST_CHILDREN = tuple(
    Statement(
        select(*FLOW_RUN_COLUMNS)
        .where(column == bindparam("run_id"))
        .order_by(_R.id)
        .limit(bindparam("most", type_=Integer))
    )
    for column in (_R.parent_id, _R.caller_id)
)


def first_children(database: Database, run_id: UUID, limit: int) -> list[FlowRun]:
    """Return the first ``limit`` children of a run, including those of deployments that it called, oldest first."""
    found = [
        to_flow_run(*row)
        for statement in _FIRST_CHILDREN
        for row in database.rows(statement, run_id=run_id.hex, most=limit)
    ]
    return sorted(found, key=lambda run: run.id)[:limit]


def ids_between(
    database: Database, where: RunFilter, newest: UUID | None, oldest: UUID | None, limit: int
) -> list[UUID]:
    """Return the ids of a list, newest first, between two runs, both included.

    Without one of the runs, the range starts or ends with the list.
    """
    bounds = [] if newest is None else [_R.id <= newest.hex]
    if oldest is not None:
        bounds.append(_R.id >= oldest.hex)
    return [UUID(id_) for (id_,) in _page(database, plan(database, where), [_R.id], bounds, limit)]


_DEPLOYMENT_NAMES = Statement(select(deployment.c.id, deployment.c.flow_name, deployment.c.name))


def deployment_names(database: Database) -> dict[UUID, str]:
    """Return the full names of all deployments."""
    return {UUID(id_): f"{flow}/{name}" for id_, flow, name in database.rows(_DEPLOYMENT_NAMES)}


_RECENT_TAGS = Statement(select(_R.tags).order_by(_R.id.desc()).limit(_RECENT))


def recent_tags(database: Database) -> list[str]:
    """Return the tags of the newest runs, from A to Z."""
    return sorted({tag for (tags,) in database.rows(_RECENT_TAGS) for tag in to_tags(tags)})


def _page(
    database: Database,
    plan_: Plan,
    columns: Sequence[ColumnElement[Any]],
    beyond: Sequence[ColumnElement[bool]],
    limit: int | None,
    *,
    up: bool = False,
    offset: int = 0,
) -> list[tuple[Any, ...]]:
    """Return rows in the order of ids: from one index, or merged from several."""
    branches = [select(*columns).where(*each, *plan_.common, *plan_.rest, *beyond) for each in plan_.branches]
    if not branches:
        return []
    query: Select[Any] | CompoundSelect[Any] = branches[0] if len(branches) == 1 else union_all(*branches)
    query = query.order_by("id" if up else desc("id"))
    if limit is not None:
        query = query.limit(limit)
    return database.rows(Statement(query.offset(offset) if offset else query))


def _keys(order: Order, where: RunFilter) -> list[ColumnElement[Any]]:
    """Return the sort keys of a list.

    Runs without a time come last in either direction, newer runs before older ones.
    """
    at = now() if where.now is None else to_time(where.now)
    if order.by in (Sort.NAME, Sort.FLOW):
        # Both in one direction, as the index has them.
        column = _R.name if order.by is Sort.NAME else _R.flow_name
        return [column.desc(), _R.id.desc()] if order.reverse else [column, _R.id]
    if order.by is Sort.STATE:
        rank = case({state.value: rank for state, rank in _RANKS.items()}, value=_R.state_type)
        return [rank.desc() if order.reverse else rank, _R.id.desc()]
    if order.by is Sort.CREATED:
        return [_R.id if order.reverse else _R.id.desc()]
    times: dict[Sort, ColumnElement[Any]] = {
        Sort.UPDATED: _R.state_at,
        Sort.ENDED: _R.ended_at,
        Sort.TOOK: func.coalesce(_R.ended_at, at) - _R.started_at,
    }
    time = times[order.by]
    return [time.is_(None), time if order.reverse else time.desc(), _R.id.desc()]


def _packed(rows: Iterable[tuple[Any, ...]]) -> bytes:
    return bytes.fromhex("".join(row[0] for row in rows))
