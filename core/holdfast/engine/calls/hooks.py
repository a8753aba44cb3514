"""Calling the functions that a flow or task has for what becomes of its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from logging import ERROR
from typing import Any

from holdfast import context
from holdfast.engine.calls.retrying import task_run
from holdfast.engine.drive import tracebacks
from holdfast.engine.drive.effects import InvokeEither, Logic
from holdfast.exceptions import RunUnwind
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


def call_hooks(here: Run, state: State) -> Logic[None]:
    """Call the hooks for a state that the run has just come to. What one raises is logged, and changes nothing.

    Before a run is over a hook may tell it to leave, like its own code; then there is nothing more to leave.
    """
    is_over = isinstance(here, context.FlowRunContext) and state.is_final()
    for hook in _hooks(here, state):
        token = context.enter(here)
        try:
            yield InvokeEither(hook, _arguments(here, state))
        except Exception as error:  # noqa: BLE001 - a function of the user's
            _tell(here, hook, error)
        except RunUnwind:
            if not is_over:
                raise
            here.told = None
            store_line(here, ERROR, f"The hook {_name(hook)} was broken off: its run is over.")
        finally:
            context.leave(token)


def call_hooks_now(here: Run, state: State) -> None:
    """As `call_hooks`, where the event loop is not to be waited for: the run is being torn down."""
    for hook in _hooks(here, state):
        token = context.enter(here)
        try:
            InvokeEither(hook, _arguments(here, state)).perform()
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
    text = tracebacks.text_of(error)
    store_line(here, ERROR, f"The hook {_name(hook)} failed.\n{text}")


def _name(hook: Hook) -> str:
    return getattr(hook, "__name__", repr(hook))
