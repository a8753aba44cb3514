"""Calling the functions that a flow or task has for what becomes of its runs."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from logging import ERROR
from typing import Any

from holdfast import context
from holdfast.engine import tracebacks
from holdfast.engine.effects import Logic
from holdfast.engine.retrying import task_run
from holdfast.logging import store_line
from holdfast.states import State, StateType
from holdfast.store import queries

Hook = Callable[[Any, Any, State], Any]
Run = context.FlowRunContext | context.TaskRunContext

_ATTRIBUTES = {
    StateType.COMPLETED: "on_completion_hooks",
    StateType.FAILED: "on_failure_hooks",
    StateType.CANCELLED: "on_cancellation_hooks",
    StateType.CRASHED: "on_crashed_hooks",
    StateType.RUNNING: "on_running_hooks",
}


@dataclass(slots=True)
class _CallHook:
    """Call a hook, whether it is sync or async."""

    hook: Hook
    arguments: tuple[Any, Any, State]

    def perform(self) -> None:
        """Call it; a coroutine runs in an event loop of its own."""
        found = self.hook(*self.arguments)
        if inspect.iscoroutine(found):
            # In a thread: where this is called, a loop may be running already.
            failures: list[BaseException] = []
            thread = threading.Thread(target=copy_context().run, args=(_finish, found, failures))
            thread.start()
            thread.join()
            if failures:
                raise failures[0]

    async def aperform(self) -> None:
        """Call it, and await it if it is async."""
        found = self.hook(*self.arguments)
        if inspect.isawaitable(found):
            await found


def _finish(coroutine: Any, failures: list[BaseException]) -> None:
    import anyio

    async def run() -> None:
        await coroutine

    try:
        anyio.run(run)
    except Exception as error:  # noqa: BLE001 - given to the thread that waits
        failures.append(error)


def call_hooks(here: Run, state: State) -> Logic[None]:
    """Call the hooks for a state that the run has just come to. What one raises is logged, and changes nothing."""
    for hook in _hooks(here, state):
        token = context.enter(here)
        try:
            yield _CallHook(hook, _arguments(here, state))
        except Exception as error:  # noqa: BLE001 - a function of the user's
            _tell(here, hook, error)
        finally:
            context.leave(token)


def call_hooks_now(here: Run, state: State) -> None:
    """As `call_hooks`, where the event loop is not to be waited for: the run is being torn down."""
    for hook in _hooks(here, state):
        token = context.enter(here)
        try:
            _CallHook(hook, _arguments(here, state)).perform()
        except Exception as error:  # noqa: BLE001 - a function of the user's
            _tell(here, hook, error)
        finally:
            context.leave(token)


def _hooks(here: Run, state: State) -> Sequence[Hook]:
    of = here.task if isinstance(here, context.TaskRunContext) else here.flow
    found: Sequence[Hook] = getattr(of, _ATTRIBUTES.get(state.type, ""), ())
    return found


def _arguments(here: Run, state: State) -> tuple[Any, Any, State]:
    if isinstance(here, context.TaskRunContext):
        return here.task, task_run(here, state), state
    return here.flow, queries.get_flow_run(here.database, here.flow_run_id), state


def _tell(here: Run, hook: Hook, error: Exception) -> None:
    name = getattr(hook, "__name__", repr(hook))
    text = tracebacks.text_of(error)
    store_line(here, ERROR, f"The hook {name} failed.\n{text}")
