"""Everything that is known about a run, or about a call of a task, read from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from holdfast.engine import results
from holdfast.records import Deployment, Event, FlowRun, Log, LogOf, Origin, TaskRun, Wait
from holdfast.store import deployments, log_reading, queries, steps
from holdfast.store.database import Database
from holdfast.values.masks import mask

_Row = TypeVar("_Row")
_PAGE = 5_000
"""The number of rows that one statement reads."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Everything that is known about a run."""

    run: FlowRun
    origin: Origin
    deployment: Deployment | None
    parameters: Any
    result: Any
    waits: list[Wait]
    waits_below: list[Wait]
    """The open questions of the runs below it."""
    task_runs: list[TaskRun]
    children: list[FlowRun]
    events: list[Event]


def gather(database: Database, run: FlowRun) -> Everything:
    """Read everything about a run."""
    result = queries.get_result(database, run.id)
    deployment = None if run.deployment_id is None else deployments.get(database, run.deployment_id)
    schema = None if deployment is None else deployment.parameter_schema
    return Everything(
        run=run,
        origin=queries.get_origin(database, run.id),
        deployment=deployment,
        parameters=mask(schema, results.show(queries.get_parameters(database, run.id))),
        result=None if result is None else results.show(result),
        waits=queries.get_waits(database, run.id) + queries.get_listeners(database, run.id),
        waits_below=[] if run.state.is_final() else queries.waits_below(database, run.id),
        task_runs=_all(
            lambda last: queries.get_task_runs(database, run.id, after=last.id if last else None, limit=_PAGE)
        ),
        children=queries.get_children(database, run.id),
        events=_all(lambda last: queries.get_events(database, run.id, after=last.seq if last else 0, limit=_PAGE)),
    )


@dataclass(frozen=True, slots=True)
class EverythingOfTask:
    """Everything that is known about a call of a task."""

    run: TaskRun
    inputs: Mapping[str, str] | None
    """Short texts in Python's notation; ``None`` if they were not recorded."""
    result: Any
    logs: list[Log]


def gather_task(database: Database, flow_run_id: UUID, task_run_id: UUID) -> EverythingOfTask:
    """Read everything about a call of a task."""
    result = queries.get_result(database, task_run_id)
    return EverythingOfTask(
        queries.get_task_run(database, flow_run_id, task_run_id),
        steps.get_task_inputs(database, flow_run_id, task_run_id),
        None if result is None else results.show(result),
        [each for page in log_reading.pages(database, LogOf(flow_run_id, task_run_id)) for each in page],
    )


def _all(page_after: Callable[[_Row | None], list[_Row]]) -> list[_Row]:
    """Return all pages of a list, each read after the last row of the previous one."""
    found: list[_Row] = []
    while True:
        page = page_after(found[-1] if found else None)
        found += page
        if len(page) < _PAGE:
            return found
