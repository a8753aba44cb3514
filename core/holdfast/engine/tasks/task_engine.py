"""Runs one call of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from logging import ERROR, INFO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import context
from holdfast.engine import results
from holdfast.engine.calls.call_inputs import resolve
from holdfast.engine.calls.hooks import call_hooks
from holdfast.engine.calls.outcomes import not_ready, read_back, stored
from holdfast.engine.calls.retrying import await_retry, is_task_retried
from holdfast.engine.calls.returned import outcome, unfinished
from holdfast.engine.calls.run_names import run_name
from holdfast.engine.code.methods import numbered
from holdfast.engine.drive import tracebacks
from holdfast.engine.drive.boundary import boundary, call_users_code, check_told, perform, withdraw_left_waits
from holdfast.engine.drive.effects import Effect, Invoke, Logic
from holdfast.engine.drive.timeouts import TimedInvoke, TimedOut
from holdfast.engine.tasks.caching import cached, is_cached
from holdfast.exceptions import CancelUnwind, LostUnwind, SuspendUnwind, TaskRunTimeoutError, UpstreamFailed
from holdfast.logging import captured_prints, store_line
from holdfast.states import (
    Cancelled,
    Crashed,
    Failed,
    Running,
    State,
    StateType,
    Suspended,
    named,
)
from holdfast.store import tasks
from holdfast.store.ids import new_id
from holdfast.store.rows import from_tags

if TYPE_CHECKING:
    from holdfast.tasks import Task


def run_task(
    task: Task[..., Any],
    run: context.FlowRunContext | None,
    arguments: Mapping[str, Any],
    wait_for: Iterable[Any],
    task_run_id: UUID | None = None,
    remote: context.RemoteCall | None = None,
) -> Logic[State]:
    """Run a call of ``task`` in the flow run ``run`` and return its final state.

    A call that an earlier execution of the run finished is not made again: its stored result is used. Without a flow
    run nothing is recorded. ``remote`` makes the call of its function in another place.
    """
    if run is not None and context.told(run) is not None:
        yield from check_told(run)
    try:
        inputs = yield from resolve(arguments, wait_for, task_run_id)
    except UpstreamFailed as error:
        return not_ready(run, task.name, error)
    if run is None:
        return (yield from execute((yield from _plain(task, inputs, remote))))
    here, recorded, kept = yield from _identify(task, run, inputs, task_run_id, remote)
    if kept is not None:
        return kept
    if is_cached(task, run):
        return (yield from cached(here, _made(here, recorded), partial(_cached, here, recorded)))
    return (yield from _made(here, recorded))


def prepare(
    task: Task[..., Any], run: context.FlowRunContext | None, arguments: Mapping[str, Any], wait_for: Iterable[Any]
) -> Logic[tuple[context.TaskRunContext | None, State | None]]:
    """Record that a call starts, for a caller that makes it itself; or return its outcome if there is one."""
    if run is not None:
        yield from check_told(run)
    try:
        inputs = yield from resolve(arguments, wait_for)
    except UpstreamFailed as error:
        return None, not_ready(run, task.name, error)
    if run is None:
        return (yield from _plain(task, inputs, None)), None
    here, recorded, kept = yield from _identify(task, run, inputs, None, None)
    if kept is not None:
        return None, kept
    yield from begin(here, recorded)
    return here, None


class _Recorded:
    """How a call is recorded: in a new row, or in the row of an earlier execution."""

    __slots__ = ("call", "earlier")

    def __init__(self, call: str, earlier: tasks.RecordedCall | None) -> None:
        self.call = call
        self.earlier = earlier


def _plain(
    task: Task[..., Any], inputs: dict[str, Any], remote: context.RemoteCall | None
) -> Logic[context.TaskRunContext]:
    tags = context.current_tags() | task.tags
    here = context.TaskRunContext(
        task, UUID(new_id()), task.name, inputs, task.is_async, None, bool(task.log_prints), tags, remote=remote
    )
    if task.task_run_name is not None:
        here.task_run_name = yield from run_name(task.task_run_name, here, "task_run_name")
    return here


def _identify(
    task: Task[..., Any],
    run: context.FlowRunContext,
    inputs: dict[str, Any],
    task_run_id: UUID | None,
    remote: context.RemoteCall | None,
) -> Logic[tuple[context.TaskRunContext, _Recorded, State | None]]:
    """Identify a call. Return its outcome, too, if an earlier execution of the run finished it."""
    key = numbered(run, task.key, task.fn)
    call = run.counter.call(key, inputs, run.recorded, task.variant)
    name = f"{task.name}-{run.counter.next(key)}"
    recorded = run.recorded.get(call)
    if recorded is not None:
        task_run_id = UUID(recorded.task_run_id)
    here = context.TaskRunContext(
        task,
        task_run_id or UUID(new_id()),
        name,
        inputs,
        task.is_async,
        run,
        run.log_prints if task.log_prints is None else task.log_prints,
        context.current_tags() | task.tags,
        remote=remote,
    )
    if task.task_run_name is not None:
        here.task_run_name = yield from run_name(task.task_run_name, here, "task_run_name")
    kept = None
    if recorded is not None and recorded.finished:
        kept = _kept(run, recorded)
    elif recorded is None and here.task_run_name in run.recorded_names:
        store_line(run, INFO, f"{here.task_run_name} runs again: {_why_again(run, key)}.")
    if kept is None:
        run.counter.next("made")
    return here, _Recorded(call, recorded), kept


def _why_again(run: context.FlowRunContext, key: str) -> str:
    """Return why a call differs from one that was recorded under the same name."""
    if any(each.startswith((f"{key}(", f"{key}~")) for each in run.recorded):
        return "its inputs differ from those of the call recorded earlier"
    return f"its task is now {key}, and the call recorded earlier was of another task"


def _made(here: context.TaskRunContext, recorded: _Recorded) -> Logic[State]:
    """Record that the call starts, and make it."""
    run = here.flow_run
    assert run is not None
    yield from begin(here, recorded)
    with context.under_way(run.executing) if here.task.is_async else nullcontext():
        try:
            return (yield from execute(here))
        except BaseException:
            pass_on(here)
            raise


def begin(here: context.TaskRunContext, recorded: _Recorded) -> Logic[None]:
    """Record that the call starts. This is a boundary of its run."""
    run, earlier = here.flow_run, recorded.earlier
    assert run is not None
    start: Callable[..., bool]
    if earlier is None:
        start = partial(
            tasks.start,
            call=recorded.call,
            task_name=here.task.name,
            tags=from_tags(here.tags) if here.tags else None,
            inputs=None if _is_unstored(here) else results.inputs_text(here.parameters),
        )
    else:
        start = partial(tasks.restart, before=earlier.state_name)
        here.attempt = _attempt_after(earlier)
    withdraw_left_waits(run)
    while not start(
        run.database,
        task_run_id=here.task_run_id.hex,
        flow_run_id=run.flow_run_id.hex,
        name=here.task_run_name,
        actor=run.actor,
        attempt=here.attempt,
    ):
        yield from boundary(run)


def _attempt_after(earlier: tasks.RecordedCall) -> int:
    """Return the number of the next attempt. A call that ended by itself gets all its retries again."""
    if earlier.state_name in ("Running", "Retrying", "Crashed", "Suspended"):
        return earlier.attempt
    return earlier.attempt + 1 if earlier.state_name == "AwaitingRetry" else 1


def _cached(here: context.TaskRunContext, recorded: _Recorded, value: Any) -> Logic[State]:
    """Record that this call reuses the result of another."""
    here.cached_as = None
    yield from begin(here, recorded)
    state = named("Cached", "The result of another call is used.").with_data(value)
    return (yield from complete(here, state))


def execute(here: context.TaskRunContext) -> Logic[State]:
    """Call the task's function, with retries, and record the outcome."""
    task = here.task
    while True:
        state = yield from _attempt(here)
        if not task.retries or not (yield from is_task_retried(here, state)):
            return (yield from complete(here, state))
        try:
            yield from await_retry(here, state)
        except SuspendUnwind:
            raise  # the next execution continues with the next attempt
        except BaseException as error:
            leave(here, error)
            raise


def _attempt(here: context.TaskRunContext) -> Logic[State]:
    """Call the task's function, and return its state."""
    token = context.enter(here)
    try:
        if here.task.on_running_hooks:
            yield from call_hooks(here, Running())
        with captured_prints() if here.log_prints else nullcontext():
            value = yield from call_users_code(here, perform(_call(here)))
        state = outcome(value)
        return unfinished(state) if state.is_paused() else state
    except TimedOut as error:
        message = f"Task run exceeded timeout of {error.seconds:g} second(s)"
        store_line(here, ERROR, message)
        return named("TimedOut", message).with_data(TaskRunTimeoutError(message))
    except Exception as error:  # noqa: BLE001 - whatever the task raises is its outcome
        store_line(here, ERROR, tracebacks.text_of(error))
        return Failed(tracebacks.message_of(error), data=error)
    except BaseException as error:
        leave(here, error)
        raise
    finally:
        context.leave(token)


def _call(here: context.TaskRunContext) -> Effect:
    """Return the call of the task's function: here or in another place, with or without a time limit."""
    task = here.task
    if here.remote is not None:
        return Invoke(here.remote, (here,), {})
    args, kwargs = task.call_arguments(here.parameters)
    if task.timeout_seconds is None:
        return Invoke(task.call, args, kwargs)
    return TimedInvoke(task.timeout_seconds, task.call, args, kwargs)


def leave(here: context.TaskRunContext, error: BaseException) -> None:
    """Record that the call was left without its own outcome."""
    if isinstance(error, LostUnwind):
        return
    if isinstance(error, CancelUnwind):
        _record(here, Cancelled("Cancelled with its flow run."))
    elif isinstance(error, SuspendUnwind):
        _record(here, Suspended("Continues when its flow run does."))
    else:
        _record(here, Crashed(f"Interrupted by {type(error).__name__}."))


def pass_on(here: context.TaskRunContext) -> None:
    """Leave the code that made a call which was told to leave, since it may catch the exception.

    The caller of a submitted call is not known here. It is part of the flow's code, and all of that must leave.
    """
    if here.told is not None:
        context.tell(here.told, context.current() or here.flow_run)


def complete(here: context.TaskRunContext, state: State) -> Logic[State]:
    """Record the call's outcome, and call the hooks for it."""
    state = state.of_run(None if here.flow_run is None else here.flow_run.flow_run_id, here.task_run_id)
    _record(here, state)
    task = here.task
    if task.on_completion_hooks or task.on_failure_hooks:
        yield from call_hooks(here, state)
    return state


def _record(here: context.TaskRunContext, state: State) -> None:
    run = here.flow_run
    if run is None:
        return
    body = _stored(here, state)
    tasks.finish(
        run.database,
        task_run_id=here.task_run_id.hex,
        flow_run_id=run.flow_run_id.hex,
        to=state,
        body=body,
        actor=run.actor,
        cached_as=here.cached_as if state.type is StateType.COMPLETED else None,
    )


def _stored(here: context.TaskRunContext, state: State) -> bytes | None:
    """Return the outcome as it is stored; ``None`` for a result that cannot be stored, which the log then says."""
    run = here.flow_run
    assert run is not None
    if here.unstored or _is_unstored(here):
        return None
    return stored(here, state, " If the run executes again, so does this task.")


def _is_unstored(here: context.TaskRunContext) -> bool:
    """Whether neither the inputs nor the result of the call are stored."""
    persists, run = here.task.persist_result, here.flow_run
    return persists is False or (persists is None and run is not None and run.flow.persist_result is False)


def _kept(run: context.FlowRunContext, recorded: tasks.RecordedCall) -> State | None:
    """Return the outcome of a call that an earlier execution finished; ``None`` if it cannot be read back."""
    found = read_back(run, recorded.task_run_id, recorded.name, recorded.state)
    if found is None:
        return None
    state = found.of_run(run.flow_run_id, UUID(recorded.task_run_id))
    tasks.reuse(
        run.database,
        task_run_id=recorded.task_run_id,
        flow_run_id=run.flow_run_id.hex,
        state_name=state.name,
        name=recorded.name,
        actor=run.actor,
    )
    return state
