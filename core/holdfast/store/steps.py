"""Reading the steps on a run's page: tasks, waits and child runs in the order in which they began.

A message that a run waits for is among its waits until it stops waiting.

Ids are in the order of their creation, so all three kinds sort together. A run may have very many tasks, so they are
read in windows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, func, literal, or_, select, text, union_all

from holdfast.records import Event, TaskRun
from holdfast.states import StateType
from holdfast.store.database import Database
from holdfast.store.rows import (
    EVENT_COLUMNS,
    TASK_RUN_COLUMNS,
    to_event,
    to_task_run,
)
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import OF_ATTEMPTS, event, flow_run, listener, result, task_run, wait

_T = task_run.c
_RUN_ID: BindParameter[str] = bindparam("run_id")


class StepKind(StrEnum):
    """The kind of a run's step."""

    TASK = "task"
    WAIT = "wait"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Step:
    """A position in the order of a run's steps."""

    kind: StepKind
    id: UUID


_STEPS = union_all(
    select(_T.id, literal(StepKind.TASK.value).label("kind")).where(_T.flow_run_id == _RUN_ID),
    select(wait.c.id, literal(StepKind.WAIT.value)).where(wait.c.flow_run_id == _RUN_ID),
    select(listener.c.id, literal(StepKind.WAIT.value)).where(listener.c.flow_run_id == _RUN_ID),
    select(flow_run.c.id, literal(StepKind.CHILD.value)).where(flow_run.c.parent_id == _RUN_ID),
    select(flow_run.c.id, literal(StepKind.CHILD.value)).where(flow_run.c.caller_id == _RUN_ID),
).subquery()
_LIST = Statement(select(_STEPS).order_by(_STEPS.c.id).limit(bindparam("limit")).offset(bindparam("first")))
_LIST_BACK = Statement(select(_STEPS).order_by(_STEPS.c.id.desc()).limit(bindparam("limit")).offset(bindparam("first")))
_COUNT = Statement(select(_T.state_type, func.count()).where(_T.flow_run_id == _RUN_ID).group_by(_T.state_type))
_OTHERS = Statement(
    select(
        select(func.count()).where(wait.c.flow_run_id == _RUN_ID).scalar_subquery()
        + select(func.count()).where(listener.c.flow_run_id == _RUN_ID).scalar_subquery()
        + select(func.count())
        .where(or_(flow_run.c.parent_id == _RUN_ID, flow_run.c.caller_id == _RUN_ID))
        .scalar_subquery()
    )
)
_FAILED = or_(_T.state_type == constant(StateType.FAILED.value), _T.state_type == constant(StateType.CRASHED.value))
_LIST_FAILED = Statement(
    select(_T.id, literal(StepKind.TASK.value))
    .where(and_(_T.flow_run_id == _RUN_ID, _FAILED))
    .order_by(_T.id)
    .limit(bindparam("limit"))
    .offset(bindparam("first"))
)
_BETWEEN = and_(_T.flow_run_id == _RUN_ID, _T.id >= bindparam("low"), _T.id <= bindparam("high"))
_TASKS = Statement(select(*TASK_RUN_COLUMNS).where(_BETWEEN).order_by(_T.id))
_FAILED_TASKS = Statement(select(*TASK_RUN_COLUMNS).where(_BETWEEN, _FAILED).order_by(_T.id))
_ATTEMPTS = Statement(
    select(*EVENT_COLUMNS)
    .where(
        text(OF_ATTEMPTS),
        event.c.flow_run_id == _RUN_ID,
        event.c.task_run_id >= bindparam("low"),
        event.c.task_run_id <= bindparam("high"),
    )
    .order_by(event.c.task_run_id, event.c.seq)
)
_INPUTS = Statement(select(_T.inputs).where(and_(_T.flow_run_id == _RUN_ID, _T.id == bindparam("task_id"))))
_OUTCOMES = Statement(
    select(_T.id, _T.name, _T.state_type, _T.state_name, result.c.run_id.is_not(None))
    .select_from(task_run.outerjoin(result, result.c.run_id == _T.id))
    .where(_T.flow_run_id == _RUN_ID)
    .order_by(_T.id)
)


def count_task_states(database: Database, run_id: UUID) -> Mapping[StateType, int]:
    """Return how many tasks of a run are in each type of state, without the types that have none."""
    return {StateType(type_): count for type_, count in database.rows(_COUNT, run_id=run_id.hex)}


def count_other_steps(database: Database, run_id: UUID) -> int:
    """Return how many steps of a run are not tasks."""
    ((count,),) = database.rows(_OTHERS, run_id=run_id.hex)
    return int(count)


def list_steps(
    database: Database, run_id: UUID, *, first: int, limit: int, total: int, failed_only: bool = False
) -> list[Step]:
    """Return the steps of a run from the position ``first``. With ``total``, the shorter way to it is used.

    With ``failed_only`` only tasks that failed or crashed are returned.
    """
    if not failed_only and first > total // 2:
        last = max(0, total - first - limit)
        rows = database.rows(_LIST_BACK, run_id=run_id.hex, first=last, limit=min(limit, total - first))
        rows = rows[::-1]
    else:
        rows = database.rows(_LIST_FAILED if failed_only else _LIST, run_id=run_id.hex, first=first, limit=limit)
    return [Step(StepKind(kind), UUID(id_)) for id_, kind in rows]


def tasks_between(
    database: Database, run_id: UUID, low: UUID, high: UUID, *, failed_only: bool = False
) -> list[TaskRun]:
    """Return the tasks of a run with ids from ``low`` to ``high``, in the order of their start."""
    of = _FAILED_TASKS if failed_only else _TASKS
    return [to_task_run(*row) for row in database.rows(of, run_id=run_id.hex, low=low.hex, high=high.hex)]


def attempts_between(database: Database, run_id: UUID, low: UUID, high: UUID) -> Mapping[UUID, Sequence[Event]]:
    """Return the events that separate the attempts of a run's tasks, for tasks with several attempts.

    The tasks are those with ids from ``low`` to ``high``.
    """
    found: dict[UUID, list[Event]] = {}
    for row in database.rows(_ATTEMPTS, run_id=run_id.hex, low=low.hex, high=high.hex):
        each = to_event(*row)
        assert each.task_run_id is not None
        found.setdefault(each.task_run_id, []).append(each)
    return found


def get_task_inputs(database: Database, flow_run_id: UUID, task_run_id: UUID) -> Mapping[str, str] | None:
    """Return the inputs of a task call as short texts in Python's notation; ``None`` if they were not recorded."""
    rows = database.rows(_INPUTS, run_id=flow_run_id.hex, task_id=task_run_id.hex)
    return None if not rows or rows[0][0] is None else dict(json.loads(rows[0][0]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task call ended, and whether its result or exception is stored."""

    id: UUID
    name: str
    type: StateType
    state_name: str
    stored: bool


def task_outcomes(database: Database, run_id: UUID) -> list[Outcome]:
    """Return the outcomes of all task calls of a run, in the order of their start."""
    return [
        Outcome(UUID(id_), name, StateType(type_), state_name, bool(stored))
        for id_, name, type_, state_name, stored in database.rows(_OUTCOMES, run_id=run_id.hex)
    ]
