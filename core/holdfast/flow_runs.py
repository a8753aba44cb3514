"""Pausing, suspending, resuming, cancelling and waiting for flow runs.

Each function is called in sync code, and awaited in async code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload
from uuid import UUID

from holdfast import context
from holdfast.durations import Duration, patience_of
from holdfast.engine import actions
from holdfast.engine.calls.outcomes import with_result
from holdfast.engine.code.options import flag_of, text_of
from holdfast.engine.drive.boundary import boundary
from holdfast.engine.drive.sync_async import call_sync_or_async, sync_or_async
from holdfast.engine.runs.awaiting import wait_until_ended
from holdfast.engine.waits.waiting import Ask, wait_for_decision
from holdfast.exceptions import OutsideFlowRun
from holdfast.questions import question
from holdfast.records import Request, Wait
from holdfast.states import State, state_result
from holdfast.store.database import default
from holdfast.substitutes import absent_from, settings_checked

if TYPE_CHECKING:
    from holdfast.engine.drive.sync_async import FlowRunNow, MaybeAwaited, StateNow

T = TypeVar("T")


@overload
def pause_flow_run(
    wait_for_input: None = None,
    timeout: Duration | None = 3600,
    poll_interval: float | None = None,
    key: str | None = None,
    *,
    flow_run_id: None = None,
    reschedule: bool = False,
) -> MaybeAwaited[None]: ...


@overload
def pause_flow_run(
    wait_for_input: type[T],
    timeout: Duration | None = 3600,
    poll_interval: float | None = None,
    key: str | None = None,
    *,
    flow_run_id: None = None,
    reschedule: bool = False,
) -> MaybeAwaited[T]: ...


@overload
def pause_flow_run(
    wait_for_input: Any,
    timeout: Duration | None = 3600,
    poll_interval: float | None = None,
    key: str | None = None,
    *,
    flow_run_id: None = None,
    reschedule: bool = False,
) -> MaybeAwaited[Any]: ...


@overload
def pause_flow_run(*, flow_run_id: UUID | str, reschedule: bool = False) -> StateNow: ...


@settings_checked
def pause_flow_run(
    wait_for_input: Any = None,
    timeout: Duration | None = 3600,
    poll_interval: float | None = None,
    key: str | None = None,
    *,
    flow_run_id: UUID | str | None = None,
    reschedule: bool = False,
) -> Any:
    """Pause this flow run until it is resumed; the process stays.

    ``wait_for_input`` is a `RunInput`, another pydantic model or a plain type: the entered value is returned as an
    instance of it. ``timeout`` is in seconds, ``None`` for no deadline; after it `FlowPauseTimeout` is raised. ``key``
    names the wait, the same in every execution; by default waits are counted. ``poll_interval`` has no effect: answers
    are noticed immediately. With ``reschedule`` the run is suspended instead. With ``flow_run_id`` that run is asked to
    pause at its next boundary, and its state is returned.
    """
    flag_of({"reschedule": reschedule}, "reschedule")
    if flow_run_id is not None:
        return _ask("suspend" if reschedule else "pause", flow_run_id)
    return _wait(wait_for_input, timeout, key, suspend=reschedule)


@overload
def suspend_flow_run(
    wait_for_input: None = None, flow_run_id: None = None, timeout: Duration | None = 3600, key: str | None = None
) -> MaybeAwaited[None]: ...


@overload
def suspend_flow_run(
    wait_for_input: type[T], flow_run_id: None = None, timeout: Duration | None = 3600, key: str | None = None
) -> MaybeAwaited[T]: ...


@overload
def suspend_flow_run(
    wait_for_input: Any, flow_run_id: None = None, timeout: Duration | None = 3600, key: str | None = None
) -> MaybeAwaited[Any]: ...


@overload
def suspend_flow_run(*, flow_run_id: UUID | str) -> StateNow: ...


@settings_checked
def suspend_flow_run(
    wait_for_input: Any = None,
    flow_run_id: UUID | str | None = None,
    timeout: Duration | None = 3600,
    key: str | None = None,
) -> Any:
    """Suspend this flow run until it is resumed; the process ends.

    When it is resumed, the flow's code runs again from the top; calls of finished tasks return their stored results,
    and this call returns the answer. The arguments are those of `pause_flow_run`. Raises `SuspensionError` for a flow
    that is not in a file. With ``flow_run_id`` that run is asked to suspend at its next boundary.
    """
    if flow_run_id is not None:
        return _ask("suspend", flow_run_id)
    return _wait(wait_for_input, timeout, key, suspend=True)


@settings_checked
def resume_flow_run(
    flow_run_id: UUID | str, run_input: Any = None, *, key: str | None = None
) -> MaybeAwaited[Wait | State]:
    """Resume a paused or suspended flow run, with the answer that it waits for.

    ``flow_run_id`` may also be the run's name or a unique prefix of its id. ``run_input`` is a mapping or a model if
    the question asks for a model, otherwise the value itself. ``key`` chooses one of several open waits. Returns the
    decided wait; if the run has no process to acknowledge the answer, the wait is still open and has the answer. Raises
    `NotPausedError`, `InvalidAnswerError` (the run stays paused), `AlreadyDecidedError`, `SeveralWaitsError` or
    `FlowPauseTimeout`.
    """
    return sync_or_async(actions.resuming(default(), flow_run_id, run_input, key=key, channel="python", is_value=True))


@settings_checked
def cancel_flow_run(flow_run_id: UUID | str) -> StateNow:
    """Cancel a flow run: immediately if nothing of it is running, otherwise at its next boundary. Returns its state.

    ``flow_run_id`` may also be the run's name or a unique prefix of its id. Raises `NotRunningError` for a run
    that has ended.
    """
    return _ask("cancel", flow_run_id)


@settings_checked
def retry_flow_run(flow_run_id: UUID | str) -> StateNow:
    """Schedule a flow run that failed, crashed or was cancelled again. Returns its state.

    A worker continues it. It keeps what it finished, and does again what failed in it. ``flow_run_id`` may also be the
    run's name or a unique prefix of its id. Raises `NotRunningError` or `LinkedFlowRunError`.
    """
    return call_sync_or_async(lambda: actions.retry(default(), flow_run_id))


def checkpoint() -> MaybeAwaited[None]:
    """Act as a boundary in long plain code: pause, suspend or cancel here if that was requested."""
    return sync_or_async(boundary(_flow_run("checkpoint()")))


@settings_checked
def wait_for_flow_run(
    flow_run_id: UUID | str,
    timeout: Duration | None = 10800,
    poll_interval: float | None = None,
    *,
    log_states: bool = False,
    raise_on_failure: bool = False,
) -> FlowRunNow:
    """Wait until a flow run has ended, and return it, a `FlowRun`. Its end is noticed immediately.

    ``timeout`` is in seconds, ``None`` for no limit; after it `FlowRunWaitTimeout`, a `TimeoutError`, is raised. With
    ``raise_on_failure`` the exception of a failed run is raised here, and `CrashedRun` or `CancelledRun` for one that
    crashed or was cancelled. ``log_states`` logs each observed state. A paused or suspended run has not ended. In a
    flow this is a boundary. ``poll_interval`` has no effect. Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """
    flags = {"log_states": log_states, "raise_on_failure": raise_on_failure}
    for name in flags:
        flag_of(flags, name)

    def do() -> Any:
        database = default()
        ended = yield from wait_until_ended(database, flow_run_id, patience_of(timeout, "timeout"), log_states)
        run = with_result(database, ended)
        if raise_on_failure and not run.state.is_completed():
            state_result(run.state)
        return run

    return sync_or_async(do())


def _wait(wait_for_input: Any, timeout: Duration | None, key: str | None, *, suspend: bool) -> Any:
    run = _flow_run("Pausing" if not suspend else "Suspending")
    text_of({"key": key}, "key")
    asked = None if wait_for_input is None else question(wait_for_input)
    return sync_or_async(wait_for_decision(run, Ask(asked, patience_of(timeout, "timeout"), key, suspend)))


def _flow_run(what: str) -> context.FlowRunContext:
    run = context.current()
    if run is None or run.flow_run is None:
        hint = " Start your own threads with contextvars.copy_context().run." if context.executing else ""
        raise OutsideFlowRun(
            f"{what} works only inside a flow run; give flow_run_id= to act on one from outside.{hint}"
        )
    return run.flow_run


def _ask(verb: str, flow_run_id: UUID | str) -> StateNow:
    return call_sync_or_async(lambda: actions.ask(default(), flow_run_id, Request(verb), channel="python"))


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
