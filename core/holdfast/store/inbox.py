"""The inbox: everything that can be answered, or sent to a waiting run, for all runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, tuple_

from holdfast.filters import InboxFilter
from holdfast.records import Wait, WaitStatus
from holdfast.states import TERMINAL
from holdfast.store.database import Database
from holdfast.store.expressions import IsAmong, IsLike, id_list
from holdfast.store.ids import now, to_time
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import answer, flow_run, json_schema, listener, wait
from holdfast.store.wait_rows import (
    LISTENER_COLUMNS,
    OLD_ANSWER,
    OLD_SCHEMA,
    OLD_WAIT,
    WAIT_COLUMNS,
    to_listener,
    to_wait,
)

Stopped = Callable[[], bool]

_R, _W, _A, _L = flow_run.c, wait.c, answer.c, listener.c

_OF_WAIT = _A.wait_id == _W.id
_STANDING = select(_A.id).where(and_(_OF_WAIT, _A.verdict != constant("refused"))).correlate(wait).scalar_subquery()
_LAST = select(func.max(_A.id)).where(_OF_WAIT).correlate(wait).scalar_subquery()
# Ids follow the clock, which may have been set back since an answer was refused.
LATEST_ANSWER = func.coalesce(_STANDING, _LAST)
"""The id of a wait's answer: the valid one, or the last one that was refused."""
WAITS = (
    select(*WAIT_COLUMNS)
    .select_from(
        wait.join(flow_run, _R.id == _W.flow_run_id)
        .outerjoin(json_schema, json_schema.c.digest == _W.schema_digest)
        .outerjoin(answer, _A.id == LATEST_ANSWER)
        .outerjoin(OLD_WAIT, and_(OLD_WAIT.c.id == _W.replaces_id, OLD_WAIT.c.status == constant("superseded")))
        .outerjoin(OLD_SCHEMA, OLD_SCHEMA.c.digest == OLD_WAIT.c.schema_digest)
        .outerjoin(OLD_ANSWER, and_(OLD_ANSWER.c.wait_id == OLD_WAIT.c.id, OLD_ANSWER.c.verdict != constant("refused")))
    )
)  # fmt: skip
WAIT_BY_ID = Statement(WAITS.where(_W.id == bindparam("wait_id")))
_WITH_STATE = WAITS.add_columns(_R.state_name)
LISTENERS = (
    select(*LISTENER_COLUMNS)
    .select_from(
        listener.join(flow_run, _R.id == _L.flow_run_id).join(json_schema, json_schema.c.digest == _L.schema_digest)
    )
)  # fmt: skip
_LISTENER_COUNT = Statement(
    select(func.count()).select_from(listener).where(or_(_L.deadline.is_(None), _L.deadline > bindparam("at")))
)
_OPEN_COUNT = Statement(
    select(
        select(func.count()).where(_W.status == constant("open")).scalar_subquery()
        - select(func.count())
        .where(and_(_W.status == constant("open"), _W.deadline <= bindparam("at")))
        .scalar_subquery()
    )
)
_ENDED = or_(*(_R.state_type == constant(each.value) for each in sorted(TERMINAL)))
"""An answer to such a run that was not taken waits for the run's retry; nobody can answer it now."""
_NOT_TAKEN_COUNTS = Statement(
    select(func.count(), func.count().filter(_ENDED))
    .select_from(answer.join(wait, _W.id == _A.wait_id).join(flow_run, _R.id == _W.flow_run_id))
    .where(
        and_(
            _A.verdict == constant("given"),
            _W.status == constant("open"),
            or_(_W.deadline.is_(None), _W.deadline > bindparam("at")),
        )
    )
)
"""Answers that no run has taken, and how many of them belong to runs that have ended."""


_AFTER_ALL = "g"
"""A value that sorts after every id."""
_ALL = InboxFilter()


def _conditions(
    where: InboxFilter, key: ColumnElement[str], description: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a filter."""
    wanted = [(_R.name, where.run), (_R.flow_name, where.flow), (key, where.key)]
    found = [_has(column, part) for column, part in wanted if part]
    columns = (_R.name, _R.flow_name, key, description)
    return found + [or_(*(_has(each, part) for each in columns)) for part in where.text]


def _has(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    escaped = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return IsLike(column, f"%{escaped}%")


def inbox(
    database: Database,
    *,
    where: InboxFilter = _ALL,
    after: Wait | None = None,
    limit: int = 100,
    stopped: Stopped = lambda: False,
) -> list[Wait]:
    """Return what can be answered, or sent to a run that waits for it, nearest deadline first.

    Waits without a deadline come last, oldest first. ``after`` gives the next page. A wait whose answer the run has not
    yet acknowledged is included, with that answer. A filter that matches little makes this read all waits; it ends with
    what it has found once ``stopped`` returns true.
    """
    at = now()
    found: list[Wait] = []
    if after is None or after.deadline is not None:
        last = (at, _AFTER_ALL)
        if after is not None and after.deadline is not None:
            last = max(last, (to_time(after.deadline), after.id.hex))
        found = _due(database, where, at, last, limit, stopped)
    if len(found) < limit:
        last_id = after.id.hex if after is not None and after.deadline is None else ""
        found += _without_deadline(database, where, at, last_id, limit - len(found), stopped)
    return found


def _due(
    database: Database, where: InboxFilter, at: int, last: tuple[int, str], limit: int, stopped: Stopped
) -> list[Wait]:
    # One bound on the pair, since of two bounds SQLite would choose the wrong one.
    questions, listeners = _filtered(where)
    questions = questions.where(tuple_(_W.deadline, _W.id) > tuple_(*last)).order_by(_W.deadline, _W.id)
    listeners = listeners.where(tuple_(_L.deadline, _L.id) > tuple_(*last)).order_by(_L.deadline, _L.id)
    return sorted(_read(database, questions, listeners, at, limit, stopped), key=_by_deadline)[:limit]


def _by_deadline(of: Wait) -> tuple[int, str]:
    return (0 if of.deadline is None else to_time(of.deadline)), of.id.hex


def _without_deadline(
    database: Database, where: InboxFilter, at: int, last: str, limit: int, stopped: Stopped
) -> list[Wait]:
    questions, listeners = _filtered(where)
    questions = questions.where(and_(_W.deadline.is_(None), _W.id > last)).order_by(_W.id)
    listeners = listeners.where(and_(_L.deadline.is_(None), _L.id > last)).order_by(_L.id)
    return sorted(_read(database, questions, listeners, at, limit, stopped), key=lambda each: each.id.hex)[:limit]


def _filtered(where: InboxFilter) -> tuple[Select[Any], Select[Any]]:
    return (
        WAITS.where(_W.status == constant("open"), ~_ENDED, *_conditions(where, _W.key, _W.description)),
        LISTENERS.where(*_conditions(where, _L.key, _L.description)),
    )


def _read(
    database: Database,
    questions: Select[Any],
    listeners: Select[Any],
    at: int,
    limit: int,
    stopped: Stopped = lambda: False,
) -> list[Wait]:
    found: list[Wait] = []
    with database.read() as connection, connection.stoppable(stopped):
        found += [to_wait(*row, now=at) for row in Statement(questions.limit(limit)).run(connection).fetchall()]
        found += [to_listener(*row) for row in Statement(listeners.limit(limit)).run(connection).fetchall()]
    return found


_BY_IDS_WITH_STATE = Statement(_WITH_STATE.where(IsAmong(_W.id, "ids")))


def waits_with_process(database: Database, wait_ids: Iterable[UUID]) -> dict[UUID, tuple[Wait, bool]]:
    """Return waits by their ids, and whether a process holds the run of each in its wait."""
    at = now()
    found: dict[UUID, tuple[Wait, bool]] = {}
    for *row, state_name in database.rows(_BY_IDS_WITH_STATE, ids=id_list(wait_ids)):
        of = to_wait(*row, now=at)
        found[of.id] = of, state_name == "Paused"
    return found


_QUESTIONS_BY_IDS = Statement(WAITS.where(IsAmong(_W.id, "ids")))
_LISTENERS_BY_IDS = Statement(LISTENERS.where(IsAmong(_L.id, "ids")))


def find_waits(database: Database, wait_ids: Sequence[UUID]) -> list[Wait]:
    """Return waits by their ids, including those for messages, in the given order. Missing ones are left out."""
    at, ids = now(), id_list(wait_ids)
    waits = [to_wait(*row, now=at) for row in database.rows(_QUESTIONS_BY_IDS, ids=ids)]
    waits += [to_listener(*row) for row in database.rows(_LISTENERS_BY_IDS, ids=ids)]
    found = {each.id: each for each in waits}
    return [found[each] for each in wait_ids if each in found]


_BELOW = (
    select(_R.id)
    .where(or_(_R.parent_id == bindparam("run_id"), _R.caller_id == bindparam("run_id")))
    .cte("below", recursive=True)
)
_CHILD = flow_run.alias("child")
_BELOW_ALL = _BELOW.union(
    select(_CHILD.c.id).where(or_(_CHILD.c.parent_id == _BELOW.c.id, _CHILD.c.caller_id == _BELOW.c.id))
)
_WAITS_BELOW = Statement(
    WAITS.where(and_(_W.flow_run_id.in_(select(_BELOW_ALL.c.id)), _W.status == constant("open"), ~_ENDED)).order_by(
        _W.id
    )
)


_DECIDED_BELOW = Statement(
    WAITS.where(and_(_W.flow_run_id.in_(select(_BELOW_ALL.c.id)), _W.status == constant("decided")))
    .order_by(_W.closed_at.desc(), _W.id.desc())
    .limit(1)
)


def last_decided_below(database: Database, run_id: UUID) -> Wait | None:
    """Return the most recently decided wait of the runs below a run."""
    at = now()
    return next((to_wait(*row, now=at) for row in database.rows(_DECIDED_BELOW, run_id=run_id.hex)), None)


def waits_below(database: Database, run_id: UUID) -> list[Wait]:
    """Return the open waits of the runs below a run.

    Those are the runs that it called, directly or by their deployments, and the runs below them.
    """
    at = now()
    found = [to_wait(*row, now=at) for row in database.rows(_WAITS_BELOW, run_id=run_id.hex)]
    return [each for each in found if each.status is WaitStatus.OPEN]


_TREE = select(_R.id.label("top"), _R.id.label("id")).where(IsAmong(_R.id, "ids")).cte("tree", recursive=True)
_TREES = _TREE.union(
    select(_TREE.c.top, _CHILD.c.id).where(or_(_CHILD.c.parent_id == _TREE.c.id, _CHILD.c.caller_id == _TREE.c.id))
)
_GIVEN = select(_A.id).where(and_(_A.wait_id == _W.id, _A.verdict == constant("given"))).exists()
_ASKING = Statement(
    select(_TREES.c.top)
    .distinct()
    .select_from(_TREES.join(wait, _W.flow_run_id == _TREES.c.id).join(flow_run, _R.id == _TREES.c.id))
    .where(
        and_(
            _W.status == constant("open"),
            or_(_W.deadline.is_(None), _W.deadline > bindparam("at")),
            ~_ENDED,
            ~_GIVEN,
        )
    )
)


def asking(database: Database, run_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the runs that have an unanswered question: their own, or one of a run below them."""
    return {UUID(top) for (top,) in database.rows(_ASKING, ids=id_list(run_ids), at=now())}


def count_open_waits(database: Database) -> int:
    """Return the number of waits that `inbox` lists, over all its pages."""
    return _counts(database)[0]


def count_unanswered_waits(database: Database) -> int:
    """Return how many of them wait for a person. Those that were answered wait for their run to take the answer."""
    return _counts(database)[1]


def _counts(database: Database) -> tuple[int, int]:
    at = now()
    ((questions,),), ((listeners,),) = database.rows(_OPEN_COUNT, at=at), database.rows(_LISTENER_COUNT, at=at)
    ((not_taken, ended),) = database.rows(_NOT_TAKEN_COUNTS, at=at)
    return int(questions + listeners - ended), int(questions + listeners - not_taken)
