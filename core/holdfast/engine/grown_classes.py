"""Stored objects whose classes have got fields since: those with a default get it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

_DEEPEST = 20
"""Levels of values within values that are looked at."""


def completed(name: str, value: Any, level: int = 0) -> Iterator[str]:
    """Give the objects in a value the fields that they lack, as far as these have defaults. Says which have none."""
    if level > _DEEPEST:
        return
    if isinstance(value, list | tuple):
        parts = [(str(place), each) for place, each in enumerate(value)]
    elif isinstance(value, dict):
        parts = [(str(key), each) for key, each in value.items()]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _of_dataclass(name, value)
        parts = [(each.name, getattr(value, each.name, None)) for each in dataclasses.fields(value)]
    elif _is_model(value):
        yield from _of_model(name, value)
        parts = list(vars(value).items())
    else:
        return
    for part, each in parts:
        yield from completed(f"{name}.{part}", each, level + 1)


def _of_dataclass(name: str, value: Any) -> Iterator[str]:
    for each in dataclasses.fields(value):
        if hasattr(value, each.name):
            continue
        if each.default is not dataclasses.MISSING:
            object.__setattr__(value, each.name, each.default)
        elif each.default_factory is not dataclasses.MISSING:
            object.__setattr__(value, each.name, each.default_factory())
        else:
            yield _missing(name, each.name, value)


def _is_model(value: Any) -> bool:
    from pydantic import BaseModel

    return isinstance(value, BaseModel)


def _of_model(name: str, value: Any) -> Iterator[str]:
    held = vars(value)
    for field, each in type(value).model_fields.items():
        if field in held:
            continue
        if each.is_required():
            yield _missing(name, field, value)
        else:
            held[field] = each.get_default(call_default_factory=True, validated_data=held)


def _missing(name: str, field: str, value: Any) -> str:
    return f"{name}.{field} is missing in the stored {type(value).__name__}"
