"""Pickles that name classes and functions by the file or module from which every process would load them."""

from __future__ import annotations

import io
import pickle
import types
from typing import Any

from holdfast.engine import code_location
from holdfast.engine.found_elsewhere import why_not_found


def dumps_by_name(value: Any) -> bytes:
    """A pickle in which all classes and functions are named. Raises whatever pickling raises."""
    body = io.BytesIO()
    _ByName(body).dump(value)
    return body.getvalue()


def reduced(thing: Any) -> Any:
    """How a class or function is pickled that other processes know by another name; `NotImplemented` for others."""
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


class _ByName(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        """See `reduced`."""
        return reduced(thing)
