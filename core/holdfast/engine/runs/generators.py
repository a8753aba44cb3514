"""Flows and tasks that yield: they run only as far as values are requested.

A run begins with the first requested value and ends with the last; the yielded values are its result. If the caller
stops early, it is Completed without a stored result, so that it runs again when its run executes again.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import nullcontext
from functools import partial
from logging import ERROR
from typing import TYPE_CHECKING, Any

from holdfast import context
from holdfast.engine.calls.hooks import call_hooks
from holdfast.engine.drive import tracebacks
from holdfast.engine.drive.effects import Logic, adrive, drive
from holdfast.engine.drive.uncaught import as_raised, left
from holdfast.engine.runs import flow_engine
from holdfast.engine.tasks import task_engine
from holdfast.exceptions import RunUnwind
from holdfast.logging import captured_prints, store_line
from holdfast.states import Completed, Failed, Running, State, state_result

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.tasks import Task

Here = context.FlowRunContext | context.TaskRunContext


class _TaskCall:
    """A call of a task that yields."""

    def __init__(self, task: Task[..., Any], run: context.FlowRunContext | None, *call: Any) -> None:
        self._task, self._run, self._call = task, run, call
        self.fn = task.fn

    def begin(self) -> Logic[tuple[Here | None, State | None]]:
        """Return the context in which it yields, or its outcome if it is recorded already."""
        return (yield from task_engine.prepare(self._task, self._run, *self._call))

    def end(self, here: Any, values: list[Any] | None) -> Logic[State]:
        """Record that it has yielded everything, or that the caller has stopped."""
        if values is None:
            here.unstored = True
        return task_engine.complete(here, Completed(data=values))

    def fail(self, here: Any, error: BaseException) -> Logic[State | None]:
        """Record that it raised an exception."""
        if not isinstance(error, Exception):
            task_engine.leave(here, error)
            task_engine.pass_on(here)
            return None
        store_line(here, ERROR, tracebacks.text_of(error))
        return (yield from task_engine.complete(here, Failed(f"{type(error).__name__}: {error}", data=error)))


class _FlowCall:
    """A call of a flow that yields."""

    def __init__(self, flow: Flow[..., Any], *call: Any) -> None:
        self._flow, self._call = flow, call
        self.fn = flow.fn

    def begin(self) -> Logic[tuple[Here | None, State | None]]:
        """See `_TaskCall`."""
        return (yield from flow_engine.prepare(self._flow, *self._call))

    def end(self, here: Any, values: list[Any] | None) -> Logic[State]:
        """See `_TaskCall`."""
        return (yield from flow_engine.unless_lost(here, self._end(here, values)))

    def fail(self, here: Any, error: BaseException) -> Logic[State | None]:
        """See `_TaskCall`."""
        try:
            return (yield from flow_engine.unless_lost(here, self._fail(here, error)))
        except BaseException:
            flow_engine.pass_on(here)
            raise

    def _end(self, here: Any, values: list[Any] | None) -> Logic[State]:
        try:
            yield from flow_engine.returned(here, None)
        except BaseException as error:  # noqa: BLE001 - sorted there
            return (yield from self._fail(here, error))
        here.unstored = values is None
        return (yield from self._finish(here, Completed(data=values)))

    def _fail(self, here: Any, error: BaseException) -> Logic[State]:
        state, left = yield from flow_engine.outcome_of(here, error)
        return state if left else (yield from self._finish(here, state))

    def _finish(self, here: context.FlowRunContext, state: State) -> Logic[State]:
        if here.task_runner is not None:
            here.task_runner.shutdown()
        return flow_engine.end(here, state)


def iterate_task(task: Task[..., Any], run: context.FlowRunContext | None, *call: Any) -> Any:
    """Return the values of a call of a task that yields: a generator, or an async one."""
    made = _TaskCall(task, run, *call)
    return _aiterate(made) if task.is_async else _iterate(made)


def iterate_flow(flow: Flow[..., Any], *call: Any) -> Any:
    """Return the values of a call of a flow that yields: a generator, or an async one."""
    made = _FlowCall(flow, *call)
    return _aiterate(made) if flow.is_async else _iterate(made)


class _Stepping:
    """A block in which the user's generator runs as part of its run."""

    def __init__(self, here: Here) -> None:
        self._here = here

    def __enter__(self) -> None:
        self._token = context.enter(self._here)
        here = self._here
        self._executing = context.executes(here) if isinstance(here, context.FlowRunContext) else nullcontext()
        self._executing.__enter__()
        self._prints = captured_prints() if self._here.log_prints else nullcontext()
        self._prints.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._prints.__exit__(*error)
        self._executing.__exit__(*error)
        context.leave(self._token)


def _next_value(here: Here, step: Callable[[], Any]) -> Any:
    """Return the next value. Code that was told to leave has none, whatever it does; see `boundary.call_users_code`."""
    try:
        return step()
    finally:
        _check_told(here)


async def _anext_value(here: Here, step: Callable[[], Any]) -> Any:
    try:
        return await step()
    finally:
        _check_told(here)


def _check_told(here: Here) -> None:
    error = sys.exc_info()[1]
    if here.told is not None and (error is None or isinstance(error, Exception)):
        raise here.told from None


def _generator(made: _TaskCall | _FlowCall, here: Here) -> Any:
    of = here.task if isinstance(here, context.TaskRunContext) else here.flow
    args, kwargs = of.call_arguments(here.parameters)
    with _Stepping(here):
        return made.fn(*args, **kwargs)


def _iterate(made: _TaskCall | _FlowCall) -> Generator[Any, Any, Any]:
    here, state = drive(made.begin())
    if here is None:
        assert state is not None
        yield from state_result(state)
        return None
    values: list[Any] = []
    returned: Any = None
    try:
        drive(call_hooks(here, Running()))
        generator = _generator(made, here)
        step: Callable[[], Any] = partial(next, generator)
        while True:
            try:
                with _Stepping(here):
                    value = _next_value(here, step)
            except StopIteration as stop:
                returned = stop.value
                break
            values.append(value)
            try:
                step = partial(generator.send, (yield value))
            except GeneratorExit:
                with _Stepping(here):
                    generator.close()
                drive(made.end(here, None))
                raise
            except Exception as error:  # noqa: BLE001 - thrown into the user's generator
                step = partial(generator.throw, error)
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001 - raised again there
        _raise(drive(made.fail(here, error)), error)
    state_result(drive(made.end(here, values)))
    return returned


async def _aiterate(made: _TaskCall | _FlowCall) -> AsyncIterator[Any]:
    here, state = await adrive(made.begin())
    if here is None:
        assert state is not None
        for value in state_result(state):
            yield value
        return
    values: list[Any] = []
    try:
        await adrive(call_hooks(here, Running()))
        generator = _generator(made, here)
        step: Callable[[], Any] = generator.__anext__
        while True:
            try:
                with _Stepping(here):
                    value = await _anext_value(here, step)
            except StopAsyncIteration:
                break
            values.append(value)
            try:
                step = partial(generator.asend, (yield value))
            except GeneratorExit:
                with _Stepping(here):
                    await generator.aclose()
                await adrive(made.end(here, None))
                raise
            except Exception as error:  # noqa: BLE001 - thrown into the user's generator
                step = partial(generator.athrow, error)
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001 - raised again there
        _raise(await adrive(made.fail(here, error)), error)
    state_result(await adrive(made.end(here, values)))


def _raise(state: State | None, error: BaseException) -> None:
    """Raise the outcome of the run: its own error, or the exception of a suspension or cancellation."""
    if isinstance(error, RunUnwind):
        context.tell(type(error))
    if state is not None and (why := left(state)) is not None:
        raise as_raised(why)
    if state is not None and isinstance(state.data, BaseException):
        raise state.data
    if state is not None:
        state_result(state)
    raise error
