"""Calls of flows and tasks, passed on to the engine.

`holdfast.flows` and `holdfast.tasks` import this module at the first call, and not before. It brings in the engine and
the store, which take most of the time that Holdfast needs to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast import context
from holdfast.engine.code.callables import aoutcome_of, outcome_of
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.runs.flow_engine import run_flow
from holdfast.engine.runs.generators import iterate_flow, iterate_task
from holdfast.engine.runs.unknown_threads import tell_of_task
from holdfast.engine.tasks.submitting import submit
from holdfast.engine.tasks.task_engine import run_task

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.futures import TaskFuture
    from holdfast.tasks import Task


def call_flow(
    flow: Flow[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: tuple[Any, ...], return_state: bool
) -> Any:
    """Make a call of a flow with these arguments; see `Flow.__call__`."""
    if flow.is_generator and not return_state:
        return iterate_flow(flow, args, kwargs, wait_for)
    logic = run_flow(flow, args, kwargs, wait_for)
    return aoutcome_of(adrive(logic), return_state) if flow.is_async else outcome_of(drive(logic), return_state)


def call_task(task: Task[..., Any], arguments: dict[str, Any], wait_for: tuple[Any, ...], return_state: bool) -> Any:
    """Make a call of a task with these arguments; see `Task.__call__`."""
    run = _flow_run(task)
    if task.is_generator and not return_state:
        return iterate_task(task, run, arguments, wait_for)
    logic = run_task(task, run, arguments, wait_for)
    return aoutcome_of(adrive(logic), return_state) if task.is_async else outcome_of(drive(logic), return_state)


def submit_task(task: Task[..., Any], arguments: dict[str, Any], wait_for: tuple[Any, ...]) -> TaskFuture[Any]:
    """Submit a call of a task to the task runner of its flow, and return its future."""
    from holdfast.task_runners import ThreadPoolTaskRunner  # loads multiprocessing, which few flows need

    run = _flow_run(task)
    if run is None:
        return submit(task, None, arguments, wait_for, ThreadPoolTaskRunner(1))
    if run.task_runner is None:
        of_flow = run.flow.task_runner
        run.task_runner = ThreadPoolTaskRunner() if of_flow is None else of_flow.duplicate()
    return submit(task, run, arguments, wait_for, run.task_runner)


def _flow_run(task: Task[..., Any]) -> context.FlowRunContext | None:
    """Return the run that the call is part of, if this thread belongs to one."""
    run = context.current()
    if run is not None:
        return run.flow_run
    if context.executing:
        tell_of_task(task)
    return None
