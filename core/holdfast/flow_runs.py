"""Pausing, suspending, resuming, cancelling and waiting for flow runs.

Each works in sync code by a call and in async code with ``await``.
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
from holdfast.engine.drive.sync_async import face, face_of
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

    ``wait_for_input`` is a `RunInput`, another pydantic model or a plain type: what is entered is returned, as an
    instance of it. ``timeout`` is in seconds, ``None`` for no deadline; after it `FlowPauseTimeout` is raised.
    ``key`` names the wait, the same in every execution; by default waits are counted. ``poll_interval`` has no
    effect: answers are noticed at once. With ``reschedule`` the run is suspended instead. With ``flow_run_id``
    that run is asked to pause at its next boundary, and its state returned.
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

    When resumed, the flow's code runs again from the top; calls of tasks that finished return their stored
    results, and this call returns the answer. Arguments as for `pause_flow_run`. Raises `SuspensionError` for a
    flow that is in no file. With ``flow_run_id`` that run is asked to suspend at its next boundary.
    """
    if flow_run_id is not None:
        return _ask("suspend", flow_run_id)
    return _wait(wait_for_input, timeout, key, suspend=True)


@settings_checked
def resume_flow_run(
    flow_run_id: UUID | str, run_input: Any = None, *, key: str | None = None
) -> MaybeAwaited[Wait | State]:
    """Resume a paused or suspended flow run, with what it waits for.

    ``flow_run_id`` may also be the run's name or a unique prefix of its id. ``run_input`` is a mapping or a model where
    a model is asked for, and else the value itself; ``key`` says which of several open waits is meant. Returns the
    wait, decided, or with the answer standing when the run has no process to acknowledge it. Raises `NotPausedError`,
    `InvalidAnswerError` (the run stays paused), `AlreadyDecidedError`, `SeveralWaitsError` or `FlowPauseTimeout`.
    """
    return face(actions.resuming(default(), flow_run_id, run_input, key=key, channel="python", is_value=True))


@settings_checked
def cancel_flow_run(flow_run_id: UUID | str) -> StateNow:
    """Cancel a flow run: at once if nothing of it is running, else at its next boundary. Returns its state.

    ``flow_run_id`` may also be the run's name or a unique prefix of its id. Raises `NotRunningError` for a run
    that has ended.
    """
    return _ask("cancel", flow_run_id)


@settings_checked
def retry_flow_run(flow_run_id: UUID | str) -> StateNow:
    """Schedule a flow run that failed, crashed or was cancelled again. Returns its state.

    A worker goes on with it from what it finished; what failed in it is done again. ``flow_run_id`` may also be the
    run's name or a unique prefix of its id. Raises `NotRunningError` or `LinkedFlowRunError`.
    """
    return face_of(lambda: actions.retry(default(), flow_run_id))


def checkpoint() -> MaybeAwaited[None]:
    """A boundary for long plain code: pauses, suspends or cancels here if the run was asked to."""
    return face(boundary(_flow_run("checkpoint()")))


@settings_checked
def wait_for_flow_run(
    flow_run_id: UUID | str,
    timeout: Duration | None = 10800,
    poll_interval: float | None = None,
    *,
    log_states: bool = False,
    raise_on_failure: bool = False,
) -> FlowRunNow:
    """Wait until a flow run has ended, and return it, a `FlowRun`; its end is noticed at once.

    ``timeout`` is in seconds, ``None`` for no limit; after it `FlowRunWaitTimeout`, a `TimeoutError`, is raised. With
    ``raise_on_failure`` what a failed run raised is raised here, and `CrashedRun` or `CancelledRun` for one that
    crashed or was cancelled. ``log_states`` logs each state that it is seen in. A run that is paused or suspended has
    not ended. In a flow it is a boundary. ``poll_interval`` has no effect. Raises `FlowRunNotFound` or
    `AmbiguousFlowRun`.
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

    return face(do())


def _wait(wait_for_input: Any, timeout: Duration | None, key: str | None, *, suspend: bool) -> Any:
    run = _flow_run("Pausing" if not suspend else "Suspending")
    text_of({"key": key}, "key")
    asked = None if wait_for_input is None else question(wait_for_input)
    return face(wait_for_decision(run, Ask(asked, patience_of(timeout, "timeout"), key, suspend)))


def _flow_run(what: str) -> context.FlowRunContext:
    run = context.current()
    if run is None or run.flow_run is None:
        hint = " Start a thread of your own with contextvars.copy_context().run." if context.executing else ""
        raise OutsideFlowRun(
            f"{what} works inside a flow run only; give flow_run_id= to act on one from outside.{hint}"
        )
    return run.flow_run


def _ask(verb: str, flow_run_id: UUID | str) -> StateNow:
    return face_of(lambda: actions.ask(default(), flow_run_id, Request(verb), channel="python"))


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
