"""A task's own function in another process: what is sent there, what is done there, and what comes back."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import context, logging
from holdfast.engine.calls import CallCounter
from holdfast.exceptions import FailedRun

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.records import Origin
    from holdfast.tasks import Task


@dataclass(frozen=True, slots=True)
class _Run:
    """The flow run, as far as its tasks need it."""

    flow: Flow[..., Any]
    database: str
    flow_run_id: UUID
    flow_run_name: str
    parameters: dict[str, Any]
    root_id: UUID
    origin: Origin
    execution: int
    attempt: int
    log_prints: bool
    actor: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Call:
    """The task run and its call."""

    task: Task[..., Any]
    task_run_id: UUID
    task_run_name: str
    parameters: dict[str, Any]
    log_prints: bool
    tags: frozenset[str]
    attempt: int
    current_tags: frozenset[str]
    has_terminal: bool
    run: _Run | None


def pack(here: context.TaskRunContext) -> bytes:
    """What a process needs to make the call. Raises whatever pickling the inputs raises."""
    import cloudpickle

    run = here.flow_run
    packed = None
    if run is not None:
        packed = _Run(
            run.flow, str(run.database.path), run.flow_run_id, run.flow_run_name, run.parameters, run.root_id,
            run.origin, run.execution, run.attempt, run.log_prints, run.actor, run.tags,
        )  # fmt: skip
    call = _Call(
        here.task, here.task_run_id, here.task_run_name, here.parameters, here.log_prints, here.tags, here.attempt,
        context.current_tags(), logging.has_terminal(), packed,
    )  # fmt: skip
    return bytes(cloudpickle.dumps(call))


def execute(body: bytes) -> bytes:
    """Make the call here, in a process of a pool, and give what came of it."""
    import cloudpickle

    try:
        call: _Call = cloudpickle.loads(body)
        outcome = (True, _made(call))
    except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
        error.add_note("".join(traceback.format_exception(error)).rstrip())
        outcome = (False, error)
    try:
        return bytes(cloudpickle.dumps(outcome))
    except Exception as error:  # noqa: BLE001 - what the user's function gave cannot be sent
        what = outcome[1] if not outcome[0] else error
        text = "".join(traceback.format_exception(what)).strip()
        return bytes(cloudpickle.dumps((False, FailedRun(text))))


def unpack(body: bytes) -> Any:
    """What the call returned, or its exception raised."""
    import cloudpickle

    returned, value = cloudpickle.loads(body)
    if not returned:
        raise value
    return value


def _made(call: _Call) -> Any:
    import anyio

    from holdfast.engine.effects import Invoke
    from holdfast.engine.timeouts import TimedInvoke

    if not call.has_terminal:
        logging.leave_terminal()
    task = call.task
    run = None if call.run is None else _context(call)
    here = context.TaskRunContext(
        task, call.task_run_id, call.task_run_name, call.parameters, task.is_async, run, call.log_prints,
        call.tags, call.attempt,
    )  # fmt: skip
    args, kwargs = task.call_arguments(call.parameters)
    timeout = task.timeout_seconds
    invoke = Invoke(task.call, args, kwargs) if timeout is None else TimedInvoke(timeout, task.call, args, kwargs)
    token = context.enter(here)
    try:
        with context.tags(*call.current_tags), logging.captured_prints():
            value = anyio.run(invoke.aperform) if task.is_async else invoke.perform()
            if here.told is not None:  # and caught it
                raise here.told
            return value
    finally:
        context.leave(token)


def _context(call: _Call) -> context.FlowRunContext:
    """The flow run's context in this process: calls of its own that the task makes are told from all others."""
    from holdfast.store.database import default

    run = call.run
    assert run is not None
    os.environ["HOLDFAST_DB"] = run.database
    return context.FlowRunContext(
        flow=run.flow,
        flow_run_id=run.flow_run_id,
        flow_run_name=run.flow_run_name,
        parameters=run.parameters,
        is_async=call.task.is_async,
        parent=None,
        root_id=run.root_id,
        origin=run.origin,
        database=default(),
        counter=CallCounter(f"{call.task_run_id.hex}/"),
        recorded={},
        recorded_names=frozenset(),
        children={},
        timeouts={},
        execution=run.execution,
        log_prints=run.log_prints,
        actor=run.actor,
        tags=run.tags,
        attempt=run.attempt,
    )
