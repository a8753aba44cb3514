"""The inputs of a task or flow call: futures and states are replaced by their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial
from typing import Any
from uuid import UUID

from holdfast.annotations import Annotation, allow_failure, is_annotation, opaque, quote
from holdfast.engine.drive.effects import Logic
from holdfast.exceptions import UpstreamFailed
from holdfast.futures import TaskFuture, is_future
from holdfast.signals import Join
from holdfast.states import State, is_state, loaded, state_result
from holdfast.type_guards import is_dict

_STANDS_FOR_ANOTHER: tuple[type[Any], ...] = (TaskFuture, State, Annotation)


def resolve(arguments: Mapping[str, Any], wait_for: Iterable[Any], own: UUID | None = None) -> Logic[dict[str, Any]]:
    """Wait for the futures among the inputs and in ``wait_for``, and return the inputs with their results.

    ``own`` is the task run that waits. Raises `UpstreamFailed` if one of them did not complete and is not in an
    `allow_failure`, or is the task's own future.
    """
    for each in wait_for:
        yield from resolved(each, own=own)
    inputs: dict[str, Any] = {}
    for name, value in arguments.items():
        inputs[name] = yield from resolved(value, own=own)
    return inputs


def resolved(value: Any, is_allowed: bool = False, own: UUID | None = None) -> Logic[Any]:
    """Return one input, or a container of inputs, with results.

    With ``is_allowed``, exceptions take the place of failures.
    """
    return replaced(value, _STANDS_FOR_ANOTHER, partial(_meant, is_allowed=is_allowed, own=own))


def states_in(value: Any) -> Logic[Any]:
    """Return a flow's return value with futures replaced by their states."""
    return replaced(value, (TaskFuture, State), settled)


def replaced(value: Any, kinds: Any, replace: Callable[[Any], Logic[Any]]) -> Logic[Any]:
    """Return the value with objects of these kinds replaced, at any depth in lists, tuples, sets and dictionaries.

    A container that occurs in several places is also one object in the result. One that contains itself is unchanged.
    """
    return _replaced(value, kinds, replace, {})


def _replaced(value: Any, kinds: Any, replace: Callable[[Any], Logic[Any]], done: dict[int, Any]) -> Logic[Any]:
    if isinstance(value, kinds):
        return (yield from replace(value))
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, _SEQUENCES) and _holds_future(value):
        done[id(value)] = value
        items: list[Any] = []
        for each in list(value):
            item = yield from _replaced(each, kinds, replace, done)
            items.append(item)
        done[id(value)] = _made_like(value, items)
    elif is_dict(value) and _holds_future(value.values()):
        done[id(value)] = value
        found: dict[Any, Any] = copy(value)
        for key, each in list(value.items()):
            found[key] = yield from _replaced(each, kinds, replace, done)
        done[id(value)] = found
    return done.get(id(value), value)


_SEQUENCES: tuple[type[Any], ...] = (list, tuple, set)


def _made_like(value: Any, items: list[Any]) -> Any:
    """Return the items in a container like this one. A list from `Task.map` becomes a plain list."""
    if type(value) is list or getattr(value, "holds_futures", False) is True:
        return items
    if hasattr(value, "_make"):  # a named tuple
        return value._make(items)
    return type(value)(items)


def _holds_future(values: Iterable[Any]) -> bool:
    """Whether there is a future or state among the values, at any depth in containers."""
    pending: list[Iterable[Any]] = [values]
    seen = set[int]()
    while pending:
        for each in pending.pop():
            if isinstance(each, _STANDS_FOR_ANOTHER):
                return True
            if (is_dict(each) or isinstance(each, _SEQUENCES)) and id(each) not in seen:
                seen.add(id(each))  # a container may contain itself
                pending.append(each.values() if is_dict(each) else each)
    return False


def _meant(value: Any, is_allowed: bool, own: UUID | None) -> Logic[Any]:
    """Return the value that a future, a state or an annotation stands for."""
    if is_annotation(value):
        inner = value.value
        if isinstance(value, quote) or (isinstance(value, opaque) and not isinstance(inner, TaskFuture | State)):
            return inner
        return (yield from resolved(inner, is_allowed or isinstance(value, allow_failure), own))
    if own is not None and is_future(value) and value.task_run_id == own:
        raise UpstreamFailed("It depends on itself: its own future is among its inputs.")
    state = yield from settled(value)
    return outcome_of(state, is_allowed)


def outcome_of(state: State, is_allowed: bool) -> Any:
    """Return the result of an input that reached this state, or its exception if a failure is allowed.

    Raises `UpstreamFailed` if it is not.
    """
    if is_allowed or state.is_completed():
        return state_result(state, raise_on_failure=False)
    raise UpstreamFailed(f"It depends on a run that is {state.name}: {state.message or 'no reason given'}.")


def settled(value: Any) -> Logic[Any]:
    """Return the final state of a future, or a given state, with its result loaded; any other value is unchanged."""
    if is_future(value):
        yield Join(value.future)
        return value.wait()
    return loaded(value) if is_state(value) else value
