"""Executions of flow runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from logging import ERROR, INFO, WARNING
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from holdfast import context
from holdfast.engine import results
from holdfast.engine.calls.call_inputs import resolved, states_in
from holdfast.engine.calls.hooks import call_hooks, call_hooks_now
from holdfast.engine.calls.outcomes import not_ready, read_back, stored
from holdfast.engine.calls.retrying import delay_before, described, is_retried
from holdfast.engine.calls.returned import outcome
from holdfast.engine.code.methods import numbered
from holdfast.engine.drive import tracebacks, uncaught
from holdfast.engine.drive.boundary import (
    boundary,
    call_users_code,
    check_told,
    leave_if_requested,
    perform,
    wait_out,
    withdraw_left_waits,
)
from holdfast.engine.drive.effects import Effect, Invoke, Logic
from holdfast.engine.drive.timeouts import TimedInvoke, TimedOut
from holdfast.engine.drive.uncaught import keep_quiet
from holdfast.engine.runs.beginning import begin, enter, tried_again
from holdfast.engine.runs.stored_parameters import fitted, fitted_json
from holdfast.engine.runs.unknown_threads import tell_of_flow
from holdfast.engine.waits.waiting import replace_not_asked, suspend_until_resumed
from holdfast.exceptions import (
    CancelledRun,
    CancelUnwind,
    FlowPauseTimeout,
    FlowRunLost,
    FlowRunSuspended,
    FlowRunTimeoutError,
    LostUnwind,
    ParameterError,
    RunUnwind,
    StoreError,
    SuspendUnwind,
    Unwind,
    UpstreamFailed,
)
from holdfast.logging import captured_prints, run_logger, store_line, tell
from holdfast.signals import Join
from holdfast.states import Cancelled, Crashed, Failed, Pending, Running, State, named
from holdfast.store import database, queries, requests, runs, waits
from holdfast.text import in_command
from holdfast.values.json_text import FromJson

if TYPE_CHECKING:
    from holdfast.flows import Flow

T = TypeVar("T")


def run_flow(
    flow: Flow[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    wait_for: tuple[Any, ...] = (),
    begun: Callable[[context.FlowRunContext], None] | None = None,
) -> Logic[State]:
    """Run a call of ``flow``, after the inputs in ``wait_for``, and return its state.

    A child run that an earlier execution of its parent finished is not run again: its stored outcome is used. ``begun``
    is called with a run whose parameters fit, before any of its code runs.
    """
    try:
        here, state = yield from prepare(flow, args, kwargs, wait_for)
        if here is None:
            assert state is not None
            return state
        if begun is not None:
            begun(here)
        parent = here.parent
        with context.under_way(parent.executing_children) if parent and flow.is_async else nullcontext():
            try:
                return (yield from _execute(here))
            except BaseException:
                pass_on(here)
                raise
    except StoreError:
        uncaught.keep_quiet()
        raise


def prepare(
    flow: Flow[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], wait_for: tuple[Any, ...] = ()
) -> Logic[tuple[context.FlowRunContext | None, State | None]]:
    """Record that a run begins, and return its context; or its outcome, if it has one already or cannot begin."""
    parent = context.current_flow_run()
    if parent is not None:
        yield from check_told(parent)
    elif context.executing and context.current() is None:
        tell_of_flow(flow)
    try:
        yield from resolved(wait_for)
        args, kwargs = (yield from resolved(args)), (yield from resolved(kwargs))
        parameters = flow.validate(args, kwargs)
    except UpstreamFailed as error:
        return None, not_ready(parent, flow.name, error)
    except ParameterError as error:
        here = yield from begin(flow, parent, {"args": list(args), **kwargs}, None, Pending())
        return None, (yield from end(here, Failed(str(error), data=error)))
    call = _call_of(flow, parent, parameters) if parent else None
    recorded = parent.children.get(call) if parent and call else None
    if parent is None or recorded is None:
        return (yield from begin(flow, parent, parameters, call, Running())), None
    if recorded.finished and (kept := _kept(parent, recorded)) is not None:
        return None, kept
    run = queries.get_flow_run(parent.database, UUID(recorded.run_id))
    return (yield from enter(flow, parent.database, run, parameters, parent)), None


def run_again(flow: Flow[..., Any], store: database.Database, run_id: UUID) -> Logic[State]:
    """Execute a run that was taken from the schedule, from the top, with its stored parameters.

    The parameters of a deployment's run were given as JSON, and are converted according to the flow's annotations.
    Raises `ParameterError`, before the run is entered, if the parameters of a run that has begun no longer fit the
    flow.
    """
    run = queries.get_flow_run(store, run_id)
    stored = results.decode(queries.get_parameters(store, run_id))
    parameters: dict[str, Any] = stored
    bad: ParameterError | None = None
    dropped: list[str] = []
    if run.deployment_id is None:
        parameters, dropped = fitted(flow, stored, queries.get_origin(store, run_id).gathering)
    elif run.executions:
        parameters, dropped = fitted_json(flow, stored)
    else:
        try:
            parameters = flow.validate((), FromJson(stored))
        except ParameterError as error:
            bad = error
    here = yield from enter(flow, store, run, parameters, None)
    if bad is not None:
        return (yield from end(here, Failed(str(bad), data=bad)))
    for name in dropped:
        store_line(here, WARNING, f"Its stored parameter {name} is left out: the flow no longer takes it.")
    return (yield from _execute(here))


def _execute(here: context.FlowRunContext) -> Logic[State]:
    return (yield from unless_lost(here, _executed(here)))


def unless_lost(here: context.FlowRunContext, logic: Logic[T]) -> Logic[T | State]:
    """Do something that records the run. If another process has the run, return a state that says so."""
    try:
        return (yield from logic)
    except LostUnwind:
        return lost(here)


def _executed(here: context.FlowRunContext) -> Logic[State]:
    """Call the flow's function, with retries, and record the outcome."""
    while True:
        state, left = yield from _attempt(here)
        if left:
            return state
        if here.flow.retries and is_retried(here.flow, state, here.attempt):
            try:
                here = yield from _again(here, state)
            except BaseException as error:  # noqa: BLE001 - sorted there
                state, left = yield from outcome_of(here, error)
                if left:
                    return state
            else:
                continue
        return (yield from end(here, state))


def _attempt(here: context.FlowRunContext) -> Logic[tuple[State, bool]]:
    """Call the flow's function. Return its state, and whether the run was left in that state without ending."""
    token = context.enter(here)
    try:
        yield from call_hooks(here, Running())
        prints = captured_prints() if here.log_prints else nullcontext()
        with context.executes(here), context.tags(*here.tags), prints:
            value = yield from call_users_code(here, perform(_call(here)))
            withdraw_left_waits(here)
            state = yield from returned(here, value)
        return state, False
    except BaseException as error:  # noqa: BLE001 - sorted there
        return (yield from outcome_of(here, error))
    finally:
        context.leave(token)
        if here.task_runner is not None:
            here.task_runner.shutdown()


def _interrupted(here: context.FlowRunContext, error: BaseException) -> State:
    """End everything that runs next to the flow's code, record the interruption, and return the run's state."""
    requests.release(here.database, here.flow_run_id.hex, here.actor)
    try:
        if here.task_runner is not None:
            here.task_runner.shutdown()
    finally:
        crashed = Crashed(f"Interrupted by {type(error).__name__}.")
        state = requests.interrupted(here.database, here.flow_run_id.hex, crashed, here.actor)
    return state


def _call(here: context.FlowRunContext) -> Effect:
    flow = here.flow
    args, kwargs = flow.call_arguments(here.parameters)
    if flow.timeout_seconds is None:
        return Invoke(flow.call, args, kwargs)
    return TimedInvoke(flow.timeout_seconds, flow.call, args, kwargs)


def returned(here: context.FlowRunContext, value: Any) -> Logic[State]:
    """Return the state for the flow's return value, once everything that it began has ended."""
    state = outcome((yield from states_in(value)))
    yield from _join(here, cancel_children=True)
    _unwind_if_a_task_did(here)
    if here.told is not None:  # a call in progress received it
        raise here.told
    if state.is_paused():
        store_line(here, INFO, f"It returned {state}, so it is suspended until it is resumed.")
        yield from suspend_until_resumed(here)
    return state


def outcome_of(here: context.FlowRunContext, error: BaseException) -> Logic[tuple[State, bool]]:
    """Return the outcome of a flow's code that was left by ``error``: see `_attempt`.

    Interruptions of the process are raised.
    """
    if isinstance(error, SuspendUnwind):
        yield from _join(here)
        state = _left(here)
        if not state.is_cancelling():
            return state, True
        error = CancelUnwind()  # that was requested last
    if isinstance(error, LostUnwind):
        yield from _join(here)
        raise error
    if isinstance(error, CancelUnwind):
        yield from _join(here, cancel_children=True)
        return Cancelled("Cancelled at a boundary."), False
    if isinstance(error, Exception):
        yield from _join(here, cancel_children=True)
        return _failed(here, error), False
    try:
        state = _interrupted(here, error)
    except LostUnwind:
        if here.parent is None:
            lost(here)
        raise error from None
    call_hooks_now(here, state)
    raise error


def pass_on(here: context.FlowRunContext) -> None:
    """Leave the code that called a run, too, if it was told so: it may catch the exception of the run's code."""
    if here.told is None or here.parent is None:
        return
    try:
        leave_if_requested(runs.position_of(here.database, here.parent.flow_run_id.hex))
    except RunUnwind as unwinding:
        context.tell(type(unwinding))


def _again(here: context.FlowRunContext, state: State) -> Logic[context.FlowRunContext]:
    """Record that the run is retried, wait for the delay, and make the context of the next attempt.

    That keeps the finished work and discards the failures.
    """
    flow, attempt, run_id = here.flow, here.attempt + 1, here.flow_run_id.hex
    seconds = delay_before(attempt, flow.retry_delay_seconds, None)
    message = f"{described(attempt, flow.retries, seconds)}, after: {state.message}"
    while not runs.await_retry(here.database, run_id, message, attempt, here.actor):
        yield from _make_way(here)
    run_logger(here).info(message)
    yield from wait_out(here, seconds)
    while not runs.try_again(here.database, run_id, f"Attempt {attempt} of {flow.retries + 1}", here.actor):
        yield from boundary(here)
    return tried_again(here, attempt)


def _join(here: context.FlowRunContext, cancel_children: bool = False) -> Logic[None]:
    """Wait for calls that are in progress after the flow's code has ended: a run ends after its tasks and children."""
    if here.executing_children and cancel_children:
        requests.cancel_below(here.database, here.flow_run_id.hex, here.actor)
    for submitted in here.futures:
        yield Join(submitted.future)
    for call in (*here.executing, *here.executing_children):
        yield Join(call)


def _unwind_if_a_task_did(here: context.FlowRunContext) -> None:
    """Leave the flow's code if a submitted task did not start because of a request for the run."""
    for each in here.futures:
        error = each.future.exception()
        if isinstance(error, Unwind):
            raise error


def _failed(here: context.FlowRunContext, error: Exception) -> State:
    if isinstance(error, CancelledRun) and runs.position_of(here.database, here.flow_run_id.hex).state.is_cancelling():
        return Cancelled("Cancelled with the run that it called.")
    if isinstance(error, TimedOut):
        message = f"Flow run exceeded timeout of {error.seconds:g} second(s)"
        store_line(here, ERROR, message)
        return named("TimedOut", message).with_data(FlowRunTimeoutError(message))
    store_line(here, ERROR, tracebacks.text_of(error))
    if isinstance(error, FlowPauseTimeout):
        return Failed(str(error), data=error)
    return Failed(f"Flow run encountered an exception: {tracebacks.message_of(error)}", data=error)


def _left(here: context.FlowRunContext) -> State:
    """Return the state of a run whose code was left to suspend it. The same unwinding leaves its parents' code."""
    _tell_reuse(here)
    replace_not_asked(here)
    state = requests.left(here.database, here.flow_run_id.hex, here.actor)
    if state.is_cancelling():
        return state
    if here.parent is not None:
        raise SuspendUnwind
    if state.name == "Suspended":
        named = in_command(here.flow_run_name, here.flow_run_id)
        run_logger(here).info("Suspended; it has no process now. Resume it with: holdfast resume %s", named)
    return state.of_run(here.flow_run_id).with_data(FlowRunSuspended(here.flow_run_id, here.flow_run_name))


def lost(here: context.FlowRunContext) -> State:
    """Log, once for a tree, that another process has the run, and record nothing. Its parents' code is left, too."""
    if here.parent is not None:
        raise LostUnwind
    keep_quiet()
    tell(here, WARNING, f"{here.flow_run_name} was taken over by another process; nothing more is recorded here.")
    error = FlowRunLost(here.flow_run_id, here.flow_run_name)
    return Crashed("Taken over by another process.", data=error).of_run(here.flow_run_id)


def end(here: context.FlowRunContext, state: State) -> Logic[State]:
    """Record the run's final state, unless a request comes first, and call the hooks for its actual state."""
    state = state.of_run(here.flow_run_id)
    try:
        yield from _record_end(here, state)
    except RunUnwind as error:
        state, left = yield from outcome_of(here, error)
        if left:
            return state
        state = state.of_run(here.flow_run_id)
        yield from _record_end(here, state)
    here.told = None  # hooks may call tasks
    yield from call_hooks(here, state)
    if state.is_cancelled() and here.parent is not None:
        leave_if_requested(runs.position_of(here.database, here.parent.flow_run_id.hex))
    return state


def _record_end(here: context.FlowRunContext, state: State) -> Logic[None]:
    _tell_reuse(here)
    body = _stored(here, state)
    while not runs.finish(here.database, here.flow_run_id.hex, state, body, here.actor):
        yield from _make_way(here)


def _make_way(here: context.FlowRunContext) -> Logic[None]:
    """Handle what holds a run although its code has ended: wait, or leave it.

    If there is no request, calls may still be waiting for a person that the code has not awaited. Those are abandoned.
    """
    at = runs.position_of(here.database, here.flow_run_id.hex)
    if at.request is None:
        waits.withdraw_all(here.database, here.flow_run_id.hex, here.actor)
    else:
        yield from boundary(here, at)


def _tell_reuse(here: context.FlowRunContext) -> None:
    if here.execution > 1 and here.counter.next("told") == 1:
        reused, made = here.counter.count("reused"), here.counter.count("made")
        store_line(here, INFO, f"Execution {here.execution}: finished calls reused: {reused}, calls made: {made}.")


def _call_of(flow: Flow[..., Any], parent: context.FlowRunContext, parameters: Mapping[str, Any]) -> str:
    key = numbered(parent, flow.key, flow.fn)
    return parent.counter.call(key, parameters, parent.children, flow.variant)


def _kept(parent: context.FlowRunContext, recorded: runs.RecordedChild) -> State | None:
    """Return the outcome of a finished child run; ``None`` if it cannot be read back."""
    found = read_back(parent, recorded.run_id, recorded.name, recorded.state)
    return None if found is None else found.of_run(UUID(recorded.run_id))


def _stored(here: context.FlowRunContext, state: State) -> bytes | None:
    if here.unstored or here.flow.persist_result is False:
        return None
    return stored(here, state)
