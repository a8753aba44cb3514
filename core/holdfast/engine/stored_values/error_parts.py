"""The parts of an exception, and making one from them without calling its class.

Python pickles an exception by calling its class with its ``args`` again. For many classes this gives another exception,
or fails. The parts are complete: class, ``args``, attributes, notes, cause, and the exceptions of a group.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.type_guards import is_dict

_OF_EVERY_ERROR = frozenset(vars(BaseException)) | {"__dict__", "__weakref__"}
_OF_GROUPS = frozenset(vars(BaseExceptionGroup))


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the ``__dict__`` of a value, bypassing the attribute access of its class."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if is_dict(found) else {}


def native_attributes(error: BaseException) -> dict[str, Any]:
    """Return the attributes of an exception that are not in its ``__dict__``, such as the ``errno`` of an OSError."""
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
    for each in kind.__mro__[:-1]:
        for name, member in vars(each).items():
            if name in _OF_EVERY_ERROR or (each is BaseExceptionGroup and name in _OF_GROUPS):
                continue
            if isinstance(member, types.MemberDescriptorType | types.GetSetDescriptorType):
                yield name, member


def built_in_class(kind: type) -> type[BaseException] | None:
    """Return the built-in exception from which a class is derived; ``None`` for one derived from another library's."""
    for each in kind.__mro__:
        if each.__module__ == "builtins" and issubclass(each, BaseException):
            return each
        if "__new__" in vars(each) and not isinstance(vars(each)["__new__"], staticmethod):
            return None
    return None


def state_of(error: BaseException) -> dict[str, Any]:
    """Return the state from which `restore` makes an exception again."""
    context = error.__context__
    return {
        "args": error.args,
        "native": native_attributes(error),
        "attributes": dict(attributes_of(error)),
        "cause": error.__cause__,
        "context": None if context is error.__cause__ else context,
        "suppress": error.__suppress_context__,
    }


def make(kind: type[BaseException], group: tuple[str, list[Any]] | None) -> BaseException:
    """Make an exception of a class without calling its constructor. A group gets its message and exceptions."""
    built_in = built_in_class(kind)
    assert built_in is not None
    if group is not None:
        return BaseExceptionGroup.__new__(kind, *group)  # type: ignore[type-var]
    return built_in.__new__(kind)


def restore(error: BaseException, state: Mapping[str, Any]) -> None:
    """Give an exception its state."""
    error.args = state["args"]
    for name, value in state["native"].items():
        setattr(error, name, value)
    attributes_of(error).update(state["attributes"])
    error.__cause__ = state["cause"]
    error.__context__ = state["cause"] if state["context"] is None else state["context"]
    error.__suppress_context__ = state["suppress"]
