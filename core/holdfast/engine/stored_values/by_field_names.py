"""Objects with declared fields, pickled by field name, so that an edited class can still read them.

Python stores the values of a frozen object with slots, and those of a named tuple, by position. With one field more or
less they would be assigned to the wrong fields. An object with slots could not be read at all if one of them is gone.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from holdfast.engine.stored_values import grown_classes
from holdfast.engine.stored_values.class_layouts import is_python_made, layout_of
from holdfast.engine.stored_values.error_parts import attributes_of
from holdfast.type_guards import class_of, is_tuple

Way = Callable[[Any], Any]


def reduced(thing: Any) -> Any:
    """Return how such an object is pickled; `NotImplemented` for others."""
    kind = class_of(thing)
    try:
        way = _ways[kind]
    except KeyError:
        way = _ways[kind] = _way(kind)
    except TypeError:  # a metaclass without a hash
        return NotImplemented
    return NotImplemented if way is None else way(thing)


def restore(thing: Any, state: Any) -> None:
    """Give an object its state, and the defaults of new fields of its class: it may be the key of a dict.

    Pickles refer to this function by name.
    """
    if _says_nothing(class_of(thing), "__setstate__"):
        _set_attributes(thing, state)
    else:
        thing.__setstate__(state)
    if grown_classes.may_grow(class_of(thing)):
        grown_classes.filled(thing)


def named_tuple(kind: type, values: Mapping[str, Any]) -> Any:
    """Return a named tuple of these values. Pickles refer to this function by name."""
    taken = getattr(kind, "_fields", values)
    return kind(**{name: value for name, value in values.items() if name in taken})


_ways: WeakKeyDictionary[type, Way | None] = WeakKeyDictionary()


def _way(kind: Any) -> Way | None:
    if kind in copyreg.dispatch_table or any(
        getattr(kind, name) is not getattr(object, name) for name in ("__reduce_ex__", "__reduce__")
    ):
        return None
    if issubclass(kind, tuple):
        return _as_named_tuple if _is_named_tuple(kind) else None
    if not grown_classes.may_grow(kind) or hasattr(kind, "__getnewargs__") or hasattr(kind, "__getnewargs_ex__"):
        return None
    is_plain = all(is_python_made(each) for each in kind.__mro__[:-1]) and kind.__new__ is object.__new__
    if is_plain and _says_nothing(kind, "__getstate__") and _says_nothing(kind, "__setstate__"):
        return _by_attributes
    is_key = kind.__hash__ is not None and kind.__hash__ is not object.__hash__
    return _by_its_state if is_key and (issubclass(kind, BaseModel) or hasattr(kind, "__attrs_attrs__")) else None


def _says_nothing(kind: type, name: str) -> bool:
    """Whether a class uses Python's default pickling, or that of dataclasses, which goes by position."""
    method = getattr(kind, name, None)
    return method is getattr(object, name, None) or getattr(method, "__module__", None) == "dataclasses"


def _is_named_tuple(kind: Any) -> bool:
    return (
        getattr(getattr(kind, "__getnewargs__", None), "__module__", None) == "collections"
        and str(getattr(kind.__new__, "__module__", "")).startswith("namedtuple_")
        and _says_nothing(kind, "__getstate__")
        and _says_nothing(kind, "__setstate__")
    )


def _as_named_tuple(thing: Any) -> Any:
    return named_tuple, (type(thing), dict(zip(thing._fields, thing, strict=True))), attributes_of(thing) or None


def _by_attributes(thing: Any) -> Any:
    return copyreg.__newobj__, (type(thing),), object.__getstate__(thing), None, None, restore  # type: ignore[attr-defined]


def _by_its_state(thing: Any) -> Any:
    return copyreg.__newobj__, (type(thing),), thing.__getstate__(), None, None, restore  # type: ignore[attr-defined]


def _set_attributes(thing: Any, state: Any) -> None:
    """Set attributes in their slots or in ``__dict__``, and leave out those that have no place any more."""
    parts = state if is_tuple(state) else (state,)
    slots, held = _slots_of(class_of(thing)), attributes_of(thing)
    for part in filter(None, parts):
        if not slots:
            held.update(part)
            continue
        for name, value in part.items():
            if name in slots:
                object.__setattr__(thing, name, value)
            else:
                held[name] = value


_slots: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()


def _slots_of(kind: type) -> frozenset[str]:
    found = _slots.get(kind)
    if found is None:
        found = _slots[kind] = frozenset(member.__name__ for _, member in layout_of(kind).slots)
    return found
