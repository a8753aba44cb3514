"""Stored objects whose classes have got fields since: those with a default get it."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo, ModelPrivateAttr
from pydantic_core import PydanticUndefined

_ATOMS = frozenset((str, int, float, bool, type(None), bytes))
"""Of most values there are many of these, which hold nothing."""

Path = tuple[Any, ...]
"""Where a value lies: the path of what holds it, and its place there."""


def may_grow(kind: Any) -> bool:
    """Whether it is a class that declares the fields of its objects."""
    return isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel))


def completed(name: str, value: Any) -> Iterator[str]:
    """Give the objects in a value the fields that they lack, as far as these have defaults. Says which have none."""
    seen: set[int] = set()
    rest: deque[tuple[Path, Any]] = deque([((name,), value)])
    while rest:
        path, value = rest.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        for field in _fill(value) if may_grow(type(value)) else ():
            yield f"{_text(path)}.{field} is missing in the stored {type(value).__name__}"
        rest.extend(((path, place), part) for place, part in _parts(value) if type(part) not in _ATOMS)


def _text(path: Path) -> str:
    return str(path[0]) if len(path) == 1 else f"{_text(path[0])}.{path[1]}"


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """What a value holds, each with its place there."""
    if isinstance(value, list | tuple | set | frozenset | deque):
        return enumerate(value)
    if isinstance(value, dict):
        return value.items()
    if not may_grow(type(value)):
        return ()
    if isinstance(value, BaseModel):
        return [*vars(value).items(), *(value.__pydantic_private__ or {}).items()]
    names = [each.name for each in dataclasses.fields(value)]
    return [(name, getattr(value, name)) for name in names if hasattr(value, name)]


def _fill(value: Any) -> Iterator[str]:
    """Give an object what it lacks. Gives the names of the fields that have no default."""
    return _fill_model(value) if isinstance(value, BaseModel) else _fill_dataclass(value)


def _fill_dataclass(value: Any) -> Iterator[str]:
    for each in dataclasses.fields(value):
        if hasattr(value, each.name):
            continue
        try:
            if each.default is not dataclasses.MISSING:
                object.__setattr__(value, each.name, each.default)
            elif each.default_factory is not dataclasses.MISSING:
                object.__setattr__(value, each.name, each.default_factory())
            elif each.init:  # any other may be set later, or never
                yield each.name
        except Exception:  # noqa: BLE001 - a factory of the user's
            yield each.name


def _fill_model(value: BaseModel) -> Iterator[str]:
    kind, held = type(value), vars(value)
    for name, field in kind.model_fields.items():
        if name not in held and (default := _default(field, held)) is not PydanticUndefined:
            held[name] = default
        elif name not in held:
            yield name
    private = dict(value.__pydantic_private__ or {})
    for name, attribute in kind.__private_attributes__.items():
        if name not in private and (default := _default(attribute, held | private)) is not PydanticUndefined:
            private[name] = default
    if len(private) > len(value.__pydantic_private__ or {}):
        object.__setattr__(value, "__pydantic_private__", private)


def _default(field: FieldInfo | ModelPrivateAttr, held: dict[str, Any]) -> Any:
    try:
        return field.get_default(call_default_factory=True, validated_data=held)
    except Exception:  # noqa: BLE001 - a factory of the user's
        return PydanticUndefined
