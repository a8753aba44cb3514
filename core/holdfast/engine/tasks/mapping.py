"""The calls that mapping a task over its arguments makes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from holdfast.annotations import allow_failure, is_annotation, quote, unmapped
from holdfast.engine.calls.call_inputs import resolved
from holdfast.engine.drive.effects import drive
from holdfast.exceptions import MappingLengthMismatch, MappingMissingIterable
from holdfast.futures import TaskFuture, is_future
from holdfast.states import State, is_state
from holdfast.type_guards import is_iterable

_WHOLE: tuple[type[Any], ...] = (str, bytes, bytearray, Mapping)


def each_call(signature: inspect.Signature, given: Mapping[str, Any]) -> list[inspect.BoundArguments]:
    """Return the arguments of each call."""
    flat = _flat(signature, given)
    items = {name: found for name, value in flat.items() if (found := _items(value)) is not None}
    if not items:
        raise MappingMissingIterable(
            "Nothing to map over: none of the arguments is a list or the like. To call it once, use submit()."
        )
    lengths = {name: len(each) for name, each in items.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{_shown(name)} has {length}" for name, length in lengths.items())
        raise MappingLengthMismatch(
            f"The mapped arguments differ in length: {told}. Wrap those that stay the same in unmapped()."
        )
    calls: list[inspect.BoundArguments] = []
    for number in range(next(iter(lengths.values()))):
        values = {name: items[name][number] if name in items else _whole(value) for name, value in flat.items()}
        calls.append(_bound(signature, values))
    return calls


Name = tuple[str, Any]
"""A parameter, and the position in it if it takes several values."""


def _flat(signature: inspect.Signature, given: Mapping[str, Any]) -> dict[Name, Any]:
    found: dict[Name, Any] = {}
    for name, value in given.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found.update({(name, place): each for place, each in enumerate(value)})
        elif kind is inspect.Parameter.VAR_KEYWORD:
            found.update({(name, key): each for key, each in value.items()})
        else:
            found[name, None] = value
    return found


def _bound(signature: inspect.Signature, values: Mapping[Name, Any]) -> inspect.BoundArguments:
    arguments: dict[str, Any] = {}
    for (name, place), value in values.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            arguments[name] = (*arguments.get(name, ()), value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            arguments[name] = {**arguments.get(name, {}), place: value}
        else:
            arguments[name] = value
    return inspect.BoundArguments(signature, arguments)


def _items(value: Any, is_allowed: bool = False) -> list[Any] | None:
    """Return the items to map over; ``None`` for a value that each call gets whole."""
    if isinstance(value, (*_WHOLE, unmapped)):
        return None
    if is_annotation(value):
        is_quoted = isinstance(value, quote) and (is_future(value.value) or is_state(value.value))
        inner = None if is_quoted else _items(value.value, is_allowed or isinstance(value, allow_failure))
        return None if inner is None else [type(value)(each) for each in inner]
    if isinstance(value, TaskFuture | State):
        return _items(drive(resolved(value, is_allowed)))
    return list(value) if is_iterable(value) else None


def _whole(value: Any) -> Any:
    return value.value if is_annotation(value) and isinstance(value, unmapped) else value


def _shown(name: Name) -> str:
    return name[0] if name[1] is None else f"{name[0]}[{name[1]!r}]"
