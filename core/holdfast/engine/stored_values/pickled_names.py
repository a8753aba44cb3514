"""Pickles that name classes and functions by the file or module from which every process would load them."""

from __future__ import annotations

import enum
import io
import operator
import pickle
import types
from typing import Any

from holdfast.engine.code import code_location
from holdfast.engine.code.found_elsewhere import why_not_found
from holdfast.engine.stored_values import by_field_names
from holdfast.type_guards import is_dict


def dumps_by_name(value: Any) -> bytes:
    """Return a pickle in which all classes and functions are named. Raises whatever pickling raises."""
    body = io.BytesIO()
    _ByName(body).dump(value)
    return body.getvalue()


def reduced(thing: Any) -> Any:
    """Return how a class or function is pickled that other processes know by another name; `NotImplemented` for others.

    This includes a member of an enumeration that its value does not lead to, and a generic model with its parameters,
    which its module has under a name only if it was named at the top level.
    """
    if isinstance(thing, enum.Enum):
        return _reduced_member(thing)
    if is_parametrized(thing):
        of = thing.__pydantic_generic_metadata__
        return operator.getitem, (of["origin"], of["args"])
    if isinstance(thing, type | types.FunctionType) and code_location.is_named_apart(thing):
        name = code_location.module_of(thing), code_location.qualname_of(thing)
        if why_not_found(thing.__module__, thing.__qualname__, thing) is not None:
            return NotImplemented
        try:
            if code_location.named(*name) is thing:
                return code_location.named, name
        except (AttributeError, ImportError):
            return NotImplemented
    return NotImplemented


def is_parametrized(thing: Any) -> bool:
    """Whether it is a generic model with parameters, which pydantic makes once in a process."""
    of = vars(thing).get("__pydantic_generic_metadata__") if isinstance(thing, type) else None
    return is_dict(of) and of.get("origin") is not None


def _reduced_member(member: enum.Enum) -> Any:
    """Return a member by its name, if its value may not be equal after reading it back, like a bare object."""
    kind = type(member)
    is_usual = kind.__reduce_ex__ is enum.Enum.__reduce_ex__
    if type(member._value_) in _FOUND_BY or not is_usual or kind.__members__.get(member._name_) is not member:
        return NotImplemented
    return operator.getitem, (kind, member._name_)


_FOUND_BY = (str, int, bytes, bool, type(None))
"""Types of values that lead to their enumeration members in every process."""


class _ByName(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        """See `reduced`."""
        how = reduced(thing)
        return by_field_names.reduced(thing) if how is NotImplemented else how
