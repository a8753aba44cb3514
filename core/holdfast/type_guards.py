"""`isinstance` for values of any type, such as JSON: type checkers then know that their contents are `Any`.

After ``isinstance(value, list)`` strict checkers report that the entries have an unknown type.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeIs


def is_mapping(value: object) -> TypeIs[Mapping[Any, Any]]:
    """Whether a value is a mapping, as a JSON object is."""
    return isinstance(value, Mapping)


def is_dict(value: object) -> TypeIs[dict[Any, Any]]:
    """Whether a value is a dict."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value is a list, as a JSON array is."""
    return isinstance(value, list)


def is_list_or_tuple(value: object) -> TypeIs[list[Any] | tuple[Any, ...]]:
    """Whether a value is a list or a tuple: JSON has one form for both."""
    return isinstance(value, list | tuple)


def is_tuple(value: object) -> TypeIs[tuple[Any, ...]]:
    """Whether a value is a tuple."""
    return isinstance(value, tuple)


def is_iterable(value: object) -> TypeIs[Iterable[Any]]:
    """Whether a value can be iterated."""
    return isinstance(value, Iterable)


def is_partial(value: object) -> TypeIs[functools.partial[Any]]:
    """Whether a value is a `functools.partial`."""
    return isinstance(value, functools.partial)


def is_class(value: object) -> TypeIs[type[Any]]:
    """Whether a value is a class."""
    return isinstance(value, type)


def class_of(value: object) -> type[Any]:
    """The class of a value, which may have any attributes."""
    return type(value)
