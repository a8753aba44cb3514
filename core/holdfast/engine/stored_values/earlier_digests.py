"""The digest of inputs as Holdfast computed it before version 0.2, for runs that began then.

It gives some different inputs the same digest, so new calls are not recorded with it. A run that has recorded calls
with it finds them again, so that no finished work is repeated after an upgrade.
"""

from __future__ import annotations

import copyreg
import dataclasses
import datetime
import decimal
import enum
import functools
import hashlib
import inspect
import json
import pathlib
import sys
import types
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from holdfast.engine.results import is_exact_json
from holdfast.type_guards import is_dict

_MOST_PARTS = 10_000_000
"""The maximum number of parts of inputs, counted at each place where they occur. With many more, earlier versions never
finished.
"""
_encode_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_PLAIN = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
    pathlib.PurePath,
    range,
)


def earlier_digest(inputs: Mapping[str, Any]) -> str | None:
    """Return the hash that earlier versions gave to a call's inputs; ``None`` if they had none."""
    try:
        if is_exact_json(inputs):
            plain: Any = inputs
        elif _parts_counted(inputs, {}) <= _MOST_PARTS:
            plain = _plain(inputs)
        else:
            return None
        body = _encode_json(plain).encode()
    except Exception:  # noqa: BLE001 - any class may refuse to be pickled, in any way
        return None
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def _parts_counted(value: Any, known: dict[int, int]) -> int:
    """Return how many parts a value has, each counted as often as it occurs.

    A value that contains itself is too deep to count.
    """
    if id(value) in known:
        return known[id(value)]
    parts: Iterable[Any]
    if is_dict(value):
        parts = value.values()
    elif isinstance(value, _COLLECTIONS):
        parts = value
    else:
        parts = getattr(value, "__dict__", {}).values() if dataclasses.is_dataclass(value) else ()
    known[id(value)] = found = 1 + sum(_parts_counted(each, known) for each in parts)
    return found


_COLLECTIONS: tuple[type[Any], ...] = (list, tuple, set, frozenset)


def _plain(value: Any) -> Any:
    if _is_plain(value):
        return value
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return [_name(type(value)), convert(value)]
    if _is_of_dataclass(value):
        return [
            _name(type(value)),
            {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)},
        ]
    if hasattr(value, "model_dump"):
        return [_name(type(value)), _plain(value.model_dump())]
    return [_name(type(value)), _parts(value)]


def _is_plain(value: object) -> bool:
    return not isinstance(value, list | dict) and is_exact_json(value)


def _is_of_dataclass(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _parts(value: object) -> Any:
    known = copyreg.dispatch_table.get(type(value))
    reduced = known(value) if known else value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return reduced
    parts: tuple[Any, ...] = (*reduced, None, None, None)
    function, arguments, state, items, pairs = parts[:5]
    return [_name(function), *map(_plain, (arguments, state, list(items or ()), list(pairs or ())))]


def _mapping(value: Mapping[Any, Any]) -> Any:
    return sorted(([_plain(key), _plain(each)] for key, each in value.items()), key=json.dumps)


def _function(value: Any) -> Any:
    source = hashlib.blake2b(inspect.getsource(value).encode(), digest_size=16).hexdigest()
    bound = getattr(value, "__self__", None)
    closure = [cell.cell_contents for cell in value.__closure__ or ()]
    return [_name(value), source, *map(_plain, (bound, closure, value.__defaults__, value.__kwdefaults__))]


def _name(value: Any) -> str:
    return _key(value) if hasattr(value, "__qualname__") else type(value).__qualname__


def _key(function: Any) -> str:
    module = function.__module__
    if module == "__main__":
        main = sys.modules["__main__"]
        file = getattr(main, "__file__", None)
        spec = getattr(main, "__spec__", None)
        if spec is not None and main.__package__:
            module = spec.name
        elif file:
            module = pathlib.Path(file).stem
    return f"{module}.{function.__qualname__}"


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (enum.Enum, lambda value: value.name),
    (_PLAIN, repr),
    ((int, str, float), repr),
    ((bytes, bytearray), bytes.hex),
    ((list, tuple), lambda value: [_plain(each) for each in value]),
    ((set, frozenset), lambda value: sorted((_plain(each) for each in value), key=json.dumps)),
    (Mapping, _mapping),
    (functools.partial, lambda value: [_plain(value.func), _plain(value.args), _plain(value.keywords)]),
    ((types.FunctionType, types.MethodType), _function),
    (type, _name),
)
