"""What an exception consists of, and one made of that without calling its class."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

_OF_EVERY_ERROR = frozenset(vars(BaseException)) | {"__dict__", "__weakref__"}
_OF_GROUPS = frozenset(vars(BaseExceptionGroup))


def attributes_of(value: Any) -> dict[str, Any]:
    """The ``__dict__`` of a value, whatever its class makes of attributes."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def native_attributes(error: BaseException) -> dict[str, Any]:
    """The attributes of an exception that are not in its ``__dict__``, such as the ``errno`` of an OSError."""
    found: dict[str, Any] = {}
    for name, member in _members(type(error)):
        try:
            value = member.__get__(error, type(error))
        except AttributeError:
            continue  # it has not been set
        if value is not None:
            found.setdefault(name, value)
    return found


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    for each in kind.__mro__:
        for name, member in vars(each).items():
            if name in _OF_EVERY_ERROR or (each is BaseExceptionGroup and name in _OF_GROUPS):
                continue
            if isinstance(member, types.MemberDescriptorType | types.GetSetDescriptorType):
                yield name, member
