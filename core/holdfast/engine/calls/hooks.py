"""Calling the hooks of a flow or task."""

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
    """Call the hooks for a state that the run has just reached.

    If one raises an exception, it is logged and changes nothing.

    Before the run has ended, a hook may tell it to leave, like its own code. Then there is nothing more to leave.
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
            store_line(here, ERROR, f"The hook {_name(hook)} was interrupted: its run has ended.")
        finally:
            context.leave(token)


def call_hooks_now(here: Run, state: State) -> None:
    """Call the hooks like `call_hooks`, but without waiting for the event loop: the run is being torn down."""
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
