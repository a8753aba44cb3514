"""The final state that follows from the return value of a flow or task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from holdfast.states import NAMES, Cancelled, Completed, Failed, Paused, State, error_of, is_state, states_among


def outcome(value: Any) -> State:
    """Return the final state that follows from the return value of a flow or task.

    If the code made the state itself, it is the final state. Otherwise one or several states of other runs decide: if
    all completed, it is Completed; if one was cancelled, Cancelled; if one is paused, Paused; and Failed in any other
    case.
    """
    states = states_among(value)
    if not states:
        return Completed(data=value)
    if is_state(value) and value.state_details.flow_run_id is value.state_details.task_run_id is None:
        return _made(value)
    return _of_all(states, value)


def _made(state: State) -> State:
    """Return the final state for a state that the code made."""
    if NAMES.get(state.name, state.type) is not state.type:
        why = f"It returned a {state.type} state named {state.name}, which is the name of another type."
        return _decided(Failed(why))
    if state.is_cancelling():
        return _decided(Cancelled(state.message, state.data))
    if state.is_paused():
        return state
    return _decided(state) if state.is_final() else unfinished(state)


def unfinished(state: State) -> State:
    """Return the final state for a returned state that is not final, and that nothing would ever end."""
    return _decided(Failed(f"It returned a state that is not final: {state}.", state.data))


def _decided(state: State) -> State:
    """Mark the state as having a value to store. This distinguishes the code's own decisions from outside ones."""
    return state.with_data(error_of(state)) if state.data is None and not state.is_completed() else state


def _of_all(states: list[State], value: Any) -> State:
    def count(is_so: Callable[[State], bool]) -> int:
        return sum(map(is_so, states))

    failed = count(lambda each: each.is_failed() or each.is_crashed())
    made: State
    if count(State.is_completed) == len(states):
        made = Completed("All states completed.")
    elif found := count(State.is_cancelled):
        made = Cancelled(f"{found}/{len(states)} states cancelled.")
    elif found := count(State.is_paused):
        made = Paused(f"{found}/{len(states)} states paused.")
    elif failed:
        made = Failed(f"{failed}/{len(states)} states failed.")
    else:
        made = Failed(f"{len(states) - count(State.is_final)}/{len(states)} states are not final.")
    return replace(made, data=value, returned=True)
