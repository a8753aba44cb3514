"""Retries: whether a failed call is tried again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Sequence
from logging import ERROR
from typing import TYPE_CHECKING

from holdfast import context
from holdfast.engine.drive import tracebacks
from holdfast.engine.drive.boundary import boundary, wait_out
from holdfast.engine.drive.effects import InvokeEither, Logic, WaitFor
from holdfast.exceptions import FlowPauseTimeout
from holdfast.logging import run_logger, store_line
from holdfast.records import TaskRun
from holdfast.signals import Signal
from holdfast.states import State, StateType, error_of
from holdfast.store import queries, tasks

if TYPE_CHECKING:
    from holdfast.flows import Flow


def delay_before(attempt: int, delays: float | Sequence[float] | None, jitter: float | None) -> float:
    """Return the seconds to wait before this attempt. The last of several delays also applies to all later attempts."""
    if isinstance(delays, int | float):
        seconds = float(delays)
    else:
        seconds = float(delays[min(attempt - 2, len(delays) - 1)]) if delays else 0.0
    return seconds * (1 + random.uniform(0, jitter)) if jitter else seconds  # noqa: S311 - spreads load


def is_retried(flow: Flow[..., object], state: State, attempt: int) -> bool:
    """Whether a flow that reached this state is retried. It is not if a wait was never answered."""
    return attempt <= flow.retries and state.type is StateType.FAILED and not _was_never_answered(state)


def _was_never_answered(state: State) -> bool:
    return isinstance(error_of(state), FlowPauseTimeout)


def is_task_retried(here: context.TaskRunContext, state: State) -> Logic[bool]:
    """Whether a task that reached this state is retried, according to its ``retries`` and ``retry_condition_fn``."""
    task = here.task
    if here.attempt > task.retries or state.type is not StateType.FAILED or _was_never_answered(state):
        return False
    if task.retry_condition_fn is None:
        return True
    token = context.enter(here)
    try:
        return bool((yield InvokeEither(task.retry_condition_fn, (task, task_run(here, state), state))))
    except Exception as error:  # noqa: BLE001 - a function of the user's
        text = tracebacks.text_of(error)
        store_line(here, ERROR, f"It is not retried, because its retry_condition_fn failed.\n{text}")
        return False
    finally:
        context.leave(token)


def task_run(here: context.TaskRunContext, state: State) -> TaskRun:
    """Return the task run as hooks and conditions see it, in the state that it is about to reach."""
    run = here.flow_run
    started = state.timestamp
    if run is not None:
        started = queries.get_task_run(run.database, run.flow_run_id, here.task_run_id).started
    return TaskRun(
        id=here.task_run_id,
        flow_run_id=None if run is None else run.flow_run_id,
        task_name=here.task.name,
        name=here.task_run_name,
        state=state,
        started=started,
        ended=state.timestamp if state.is_final() else None,
        reused=0,
        tags=here.tags,
        attempt=here.attempt,
    )


def await_retry(here: context.TaskRunContext, state: State) -> Logic[None]:
    """Record that the task will be retried, wait for its delay, and begin the next attempt.

    A run that is cancelled or suspended during the delay leaves its code immediately.
    """
    task, run = here.task, here.flow_run
    seconds = delay_before(here.attempt + 1, task.retry_delay_seconds, task.retry_jitter_factor)
    message = f"{described(here.attempt + 1, task.retries, seconds)}, after {state.message}"
    run_logger(here).info(message)
    here.attempt += 1
    if run is None:
        yield WaitFor(Signal(), seconds)
        return
    ids = {"task_run_id": here.task_run_id.hex, "flow_run_id": run.flow_run_id.hex, "actor": run.actor}
    tasks.await_retry(run.database, message=message, **ids)
    yield from wait_out(run, seconds)
    again = f"Attempt {here.attempt} of {task.retries + 1}"
    while not tasks.try_again(run.database, message=again, attempt=here.attempt, **ids):
        yield from boundary(run)


def described(attempt: int, retries: int, seconds: float) -> str:
    """Describe a retry that is about to happen."""
    when = f"in {seconds:g} s" if seconds else "at once"
    return f"Attempt {attempt} of {retries + 1} {when}"
