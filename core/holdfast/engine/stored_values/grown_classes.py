"""Stored objects whose classes have new fields: they get the defaults of these.

These fields are remembered, so that a call with such an object is found by the object's earlier state.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from pydantic.fields import FieldInfo, ModelPrivateAttr
from pydantic_core import PydanticUndefined

from holdfast.engine.stored_values.class_layouts import is_python_made, layout_of
from holdfast.engine.stored_values.error_parts import attributes_of
from holdfast.engine.stored_values.state_digests import state_digest
from holdfast.type_guards import class_of, is_class, is_dict

_ATOMS = frozenset((str, int, float, bool, type(None), bytes))
"""Most values have many parts of these types, which contain nothing else."""
_CONTAINERS: tuple[type[Any], ...] = (list, tuple, set, frozenset, deque)

Path = tuple[Any, ...]
"""The position of a value: the path of its container, and its place in that."""


def may_grow(kind: Any) -> bool:
    """Whether it is a class that declares the fields of its objects."""
    return is_class(kind) and (
        dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel) or hasattr(kind, "__attrs_attrs__")
    )


def completed(name: str, value: Any) -> Iterator[str]:
    """Give the objects in a value their missing fields if these have defaults. Yield those without a default."""
    seen: set[int] = set()
    rest: deque[tuple[Path, Any]] = deque([((name,), value)])
    while rest:
        path, value = rest.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = _kind_of(class_of(value))
        if kind.grows:
            for field in filled(value):
                yield f"{_text(path)}.{field} is missing in the stored {type(value).__name__}"
        if kind.holds:
            rest.extend([((path, place), part) for place, part in _parts(value) if type(part) not in _ATOMS])


def filled(value: Any) -> list[str]:
    """Give an object its missing fields. Return the names of the fields without a default."""
    if isinstance(value, BaseModel):
        return _fill_model(value)
    held = attributes_of(value)
    lacking = [name for name in _kind_of(class_of(value)).fields if name not in held]
    return [name for name in lacking if not _fill(value, name)]


given: WeakKeyDictionary[type, dict[str, str | None]] = WeakKeyDictionary()
"""The new fields of classes, each with the digest of its default, if it has one."""


def _note(kind: type, name: str, default: Any) -> None:
    names = given.setdefault(kind, {})
    if name not in names:
        try:
            names[name] = state_digest(default)
        except Exception:  # noqa: BLE001 - without a digest it cannot be distinguished from others
            names[name] = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Kind:
    """The fields to check in objects of a class."""

    grows: bool
    fields: tuple[str, ...]
    """Fields of a class that is not a model."""
    slots: tuple[str, ...]
    holds: bool
    """Whether they may contain other objects."""


_NOTHING = _Kind(False, (), (), False)
_kinds: WeakKeyDictionary[type, _Kind] = WeakKeyDictionary()


def _kind_of(kind: type) -> _Kind:
    try:
        return _kinds[kind]
    except KeyError:
        found = _kinds[kind] = _looked_at(kind)
        return found
    except TypeError:  # a metaclass without a hash
        return _NOTHING


def _looked_at(kind: type[Any]) -> _Kind:
    grows = may_grow(kind)
    has_attributes = grows or _is_its_attributes(kind)
    return _Kind(
        grows,
        _names_of_fields(kind) if grows and not issubclass(kind, BaseModel) else (),
        tuple(member.__name__ for _, member in layout_of(kind).slots) if has_attributes else (),
        has_attributes or issubclass(kind, (*_CONTAINERS, dict, BaseException)),
    )


def _is_its_attributes(kind: type[Any]) -> bool:
    """Whether objects of a class are stored as their attributes. Other objects may belong to the program itself."""
    return is_python_made(kind) and not issubclass(kind, type) and not layout_of(kind).says_how


def _text(path: Path) -> str:
    return str(path[0]) if len(path) == 1 else f"{_text(path[0])}.{path[1]}"


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """Yield the parts of a value, each with its place in it."""
    if isinstance(value, _CONTAINERS):
        items: Iterable[Any] = value
        return enumerate(items)
    if is_dict(value):
        return [*value.items(), *((key, key) for key in value if type(key) not in _ATOMS)]
    held = attributes_of(value).items()
    if isinstance(value, BaseModel):
        return [*held, *(value.__pydantic_extra__ or {}).items(), *(value.__pydantic_private__ or {}).items()]
    if isinstance(value, BaseException):
        return [*held, *enumerate(value.args), ("__cause__", value.__cause__)]
    in_slots = ((name, _got(value, name)) for name in _kind_of(class_of(value)).slots)
    return [*held, *((name, part) for name, part in in_slots if part is not PydanticUndefined)]


def _got(value: Any, name: str) -> Any:
    """Return an attribute, bypassing the attribute access of its class."""
    try:
        return object.__getattribute__(value, name)
    except Exception:  # noqa: BLE001 - it has not been set, or is a property of the user's class
        return PydanticUndefined


def _names_of_fields(kind: Any) -> tuple[str, ...]:
    """Return the fields that an object has, without those of only its class or its constructor."""
    if dataclasses.is_dataclass(kind):
        return tuple(each.name for each in dataclasses.fields(kind))
    return tuple(each.name for each in kind.__attrs_attrs__)


def _fill(value: Any, name: str) -> bool:
    """Give an object a field. Return whether it has a default, or may be missing."""
    kind = class_of(value)
    found = _got(value, name)
    if found is not PydanticUndefined and not isinstance(found, FieldInfo):
        if name not in _kind_of(kind).slots:  # it is found in its class
            _note(kind, name, found)
        return True
    if isinstance(getattr(kind, name, None), property):
        return True
    try:
        if hasattr(kind, "__attrs_attrs__"):
            default, may_lack = _default_of_attrs(value, name)
        elif name in getattr(kind, "__pydantic_fields__", ()):
            default, may_lack = _default(kind.__pydantic_fields__[name], attributes_of(value)), False
        else:
            default, may_lack = _default_of_dataclass(kind.__dataclass_fields__[name])
        if default is not PydanticUndefined:
            _note(kind, name, default)
            object.__setattr__(value, name, default)
    except Exception:  # noqa: BLE001 - a factory of the user's
        return False
    return may_lack or default is not PydanticUndefined


def _default_of_dataclass(field: dataclasses.Field[Any]) -> tuple[Any, bool]:
    """Return its default, and whether an object may lack it: it may be set later, or never."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory(), False
    return (PydanticUndefined if field.default is dataclasses.MISSING else field.default), not field.init


def _default_of_attrs(value: Any, name: str) -> tuple[Any, bool]:
    (field,) = (each for each in class_of(value).__attrs_attrs__ if each.name == name)
    default, attr = field.default, sys.modules["attr"]
    if default is attr.NOTHING:
        return PydanticUndefined, not field.init
    if isinstance(default, attr.Factory):
        default = default.factory(value) if default.takes_self else default.factory()
    return (default if field.converter is None else field.converter(default)), False


def _fill_model(value: BaseModel) -> list[str]:
    kind, held, extra = type(value), vars(value), value.__pydantic_extra__
    lacking: list[str] = []
    for name, field in kind.model_fields.items():
        if name in held:
            continue
        if extra and name in extra:  # it was given when it was not yet a field
            held[name] = extra.pop(name)
        elif (default := _default(field, held)) is not PydanticUndefined:
            _note(kind, name, default)
            held[name] = default
        else:
            lacking.append(name)
    private = dict(value.__pydantic_private__ or {})
    for name, attribute in kind.__private_attributes__.items():
        if name not in private and (default := _default(attribute, held | private)) is not PydanticUndefined:
            _note(kind, name, default)
            private[name] = default
    if len(private) > len(value.__pydantic_private__ or {}):
        object.__setattr__(value, "__pydantic_private__", private)
    return lacking


def _default(field: FieldInfo | ModelPrivateAttr, held: dict[str, Any]) -> Any:
    try:
        return field.get_default(call_default_factory=True, validated_data=held)
    except Exception:  # noqa: BLE001 - a factory of the user's
        return PydanticUndefined
