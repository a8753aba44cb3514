"""Executing a task's function in another process: what is sent there, done there, and returned."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio

from holdfast import context, logging
from holdfast.engine.code.call_identity import CallCounter
from holdfast.engine.drive.effects import Invoke
from holdfast.engine.drive.timeouts import TimedInvoke
from holdfast.engine.drive.tracebacks import message_of
from holdfast.engine.stored_values import pickles
from holdfast.exceptions import FailedRun
from holdfast.store.database import default
from holdfast.store.fences import Fence

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.records import Origin
    from holdfast.tasks import Task


@dataclass(frozen=True, slots=True)
class _Run:
    """The parts of the flow run that its tasks need."""

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
    hold: tuple[str | None, int] | None
    """The host and the execution number of the run's own process."""


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
    """Return what a process needs to make the call. Raises whatever pickling the inputs raises."""
    run = here.flow_run
    packed = None
    if run is not None:
        packed = _Run(
            run.flow, str(run.database.location), run.flow_run_id, run.flow_run_name, run.parameters, run.root_id,
            run.origin, run.execution, run.attempt, run.log_prints, run.actor, run.tags,
            None if run.fence is None else (run.fence.host_id, run.fence.executions),
        )  # fmt: skip
    call = _Call(
        here.task, here.task_run_id, here.task_run_name, here.parameters, here.log_prints, here.tags, here.attempt,
        context.current_tags(), logging.has_terminal(), packed,
    )  # fmt: skip
    return pickles.dump_for_process(call)


def execute(body: bytes) -> bytes:
    """Make the call here, in a process of a pool, and return its outcome."""
    try:
        call: _Call = pickles.load(body)
        outcome = (True, _made(call))
    except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
        error.add_note("".join(traceback.format_exception(error)).rstrip())
        outcome = (False, error)
    try:
        return pickles.dump_for_process(outcome)
    except Exception as error:  # noqa: BLE001 - the user's result cannot be sent
        return _instead_of(outcome[1], error, returned=outcome[0])


def _instead_of(value: Any, why: Exception, *, returned: bool) -> bytes:
    """Return what is sent in place of a result or exception that cannot be sent."""
    if not returned:
        try:
            return pickles.dump_for_process((False, pickles.load(pickles.dump_error(value).body)))
        except Exception:  # noqa: BLE001 - an exception may hold anything; its text is sent in any case
            why = value
    return pickles.dump_for_process((False, FailedRun("".join(traceback.format_exception(why)).strip())))


def unpack(body: bytes) -> Any:
    """Return the call's result, or raise its exception."""
    try:
        returned, value = pickles.load(body)
    except Exception as error:
        what = f"Its outcome in the other process cannot be read here: {message_of(error)}"
        raise FailedRun(what) from error
    if not returned:
        raise value
    return value


def _made(call: _Call) -> Any:
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
            return anyio.run(invoke.aperform) if task.is_async else invoke.perform()
    finally:
        context.leave(token)
        if here.told is not None:  # regardless of what it did with that
            raise here.told from None


def _context(call: _Call) -> context.FlowRunContext:
    """Return the flow run's context in this process. Calls that the task makes have a prefix of their own."""
    run = call.run
    assert run is not None
    os.environ["HOLDFAST_DB"] = run.database
    database, run_id = default(), run.flow_run_id.hex
    fence = None
    if run.hold is not None:
        fence = database.fences[run_id] = Fence(run_id, *run.hold)
    return context.FlowRunContext(
        flow=run.flow,
        flow_run_id=run.flow_run_id,
        flow_run_name=run.flow_run_name,
        parameters=run.parameters,
        is_async=call.task.is_async,
        parent=None,
        root_id=run.root_id,
        origin=run.origin,
        database=database,
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
        fence=fence,
    )
