"""Running tasks concurrently with the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import context
from holdfast.engine.drive.boundary import check_told
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.tasks.task_engine import run_task
from holdfast.futures import TaskFuture
from holdfast.interrupts import overdue, raise_overdue
from holdfast.signals import anyio_when_needed
from holdfast.states import State
from holdfast.store.ids import new_id

if TYPE_CHECKING:
    from holdfast.task_runners import TaskRunner
    from holdfast.tasks import Task


def submit(
    task: Task[..., Any],
    run: context.FlowRunContext | None,
    arguments: dict[str, Any],
    wait_for: tuple[Any, ...],
    runner: TaskRunner,
) -> TaskFuture[Any]:
    """Run a call of a task with ``runner``: the runner of the flow run ``run``, or one for this call outside a run."""
    if overdue:
        raise_overdue()
    if run is not None and context.told(run) is not None:
        drive(check_told(run))
    task_run_id = UUID(new_id())
    submitted = runner.submit(_run, task, run, arguments, wait_for, task_run_id, runner)
    future: TaskFuture[Any] = TaskFuture(task_run_id, submitted)
    if run is None:
        runner.shutdown(wait=False)
    else:
        run.futures.append(future)
    return future


def _run(
    task: Task[..., Any],
    run: context.FlowRunContext | None,
    arguments: Mapping[str, Any],
    wait_for: tuple[Any, ...],
    task_run_id: UUID,
    runner: TaskRunner,
) -> State:
    """Run a submitted call in the current thread."""
    logic = run_task(task, run, arguments, wait_for, task_run_id, runner.remote)
    with context.apart():  # an exception that makes the task leave reaches its submitter when that asks for the outcome
        if task.is_async and runner.remote is None:
            state: State = anyio_when_needed().run(adrive, logic)
            return state
        return drive(logic)
