"""The hash part of each kind of value. See `state_digests` for what counts as state."""

from __future__ import annotations

import copyreg
import datetime
import decimal
import enum
import functools
import pathlib
import re
import struct
import sys
import types
import uuid
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from holdfast.engine.code.callables import Decorated
from holdfast.engine.code.methods import found
from holdfast.engine.stored_values import code_digests
from holdfast.engine.stored_values.class_layouts import Slot, layout_of
from holdfast.engine.stored_values.code_digests import name_of
from holdfast.engine.stored_values.error_parts import attributes_of, native_attributes
from holdfast.engine.stored_values.hash_parts import Unhashable, joined, leaf, text
from holdfast.type_guards import is_dict

if TYPE_CHECKING:
    from holdfast.engine.stored_values.state_digests import Walk

_OF_MEMBERS = {"_value_", "_name_", "__objclass__", "_sort_order_", "_inverted_"}
"""Attributes that an enum keeps in its members for itself."""


def composite(walk: Walk, value: object) -> bytes:
    """Return the hash part of a value that contains others."""
    exact = _CONTAINERS.get(type(value))
    if exact is not None:
        return exact(walk, value)
    for kinds, method in _KINDS:
        if isinstance(value, kinds):
            return method(walk, value)
    of_numpy = _OF_NUMPY.get((type(value).__module__, type(value).__qualname__))
    return _object(walk, value) if of_numpy is None else of_numpy(walk, value)


def _object(walk: Walk, value: object) -> bytes:
    kind = type(value)
    if kind is object:
        raise Unhashable("A bare object() cannot be distinguished from another.")
    layout = layout_of(kind)
    head, content = walk.node(kind), _CONTENT.get(layout.solid)
    declared = None
    if content is None or layout.says_how:
        declared = _reduction(value)  # raises for a class that refuses to be pickled
    if isinstance(declared, str):
        return joined(b"g", (head, _by_name(walk, value, declared)))
    trusts = declared is not None and layout.says_how_in_python
    if content is None and kind.__module__.partition(".")[0] == layout.solid.__module__.partition(".")[0]:
        trusts = True  # a library's class, which knows what its base written in C leaves out
    try:
        if content is not None:
            return joined(b"O", (head, content(walk, value), _attributes(walk, value, layout.slots)))
    except Exception:
        if not trusts:
            raise
    inner = _reduced(walk, value, declared)
    if trusts:
        return joined(b"R", (head, inner))
    return joined(b"C", (head, inner, _attributes(walk, value, layout.slots)))


def _attributes(walk: Walk, value: object, slots: Iterable[Slot]) -> bytes:
    found: dict[str, Any] = {}
    for name, slot in slots:
        try:
            found[name] = slot.__get__(value, type(value))
        except AttributeError:
            continue  # it has not been set
    found.update(attributes_of(value))
    kept = walk.kept(type(value), found)
    state = [(name, each) for name, each in kept.items() if not _follows(value, name, each)]
    _refuse_identity(value, (each for _, each in state))
    return walk.pairs(state)


def _follows(value: object, name: str, attribute: Any) -> bool:
    """Whether an attribute follows from the others, so that it may be present or not."""
    if isinstance(getattr(type(value), name, None), functools.cached_property):
        return True
    if "cache" in name.lower() and layout_of(type(value)).says_how_in_python:
        return True
    if type(attribute) is int and "hash" in name.lower():
        try:
            return hash(value) == attribute
        except Exception:  # noqa: BLE001 - a __hash__ of the user's
            return False
    return False


def _refuse_identity(value: Any, parts: Iterable[Any]) -> None:
    """Refuse a value with its own address in its state: the address differs between processes."""
    if any(type(each) is int and each == id(value) for each in parts):
        raise Unhashable("Its state contains its address in memory.")


def _reduction(value: object) -> Any:
    known = copyreg.dispatch_table.get(type(value))
    return known(value) if known else value.__reduce_ex__(4)


def _reduced(walk: Walk, value: Any, declared: Any) -> bytes:
    """Return the hash part of the contents of a pickle of the value."""
    parts: tuple[Any, ...] = (*declared, None, None, None)
    function, arguments, state, items, pairs = parts[:5]
    if (getattr(function, "__module__", None), getattr(function, "__name__", None)) == _ARROW:
        arguments = tuple(map(_arrow_data, arguments))
    _refuse_identity(value, (*arguments, *(state.values() if is_dict(state) else ())))
    name = name_of(function)
    return joined(
        b"r",
        (
            walk.node(function) if name is None else text(b"n", name),
            *walk.nodes((arguments, state)),
            joined(b"L", map(walk.node, items or ())),
            walk.pairs(pairs or ()),
        ),
    )


def _by_name(walk: Walk, value: Any, name: str) -> bytes:
    """Return the hash part of a value that is pickled as a name in a module."""
    module = getattr(value, "__module__", None)
    try:
        there = module is not None and found(module, name) is value
    except (AttributeError, ImportError):
        there = False
    if not there:
        raise Unhashable(f"There is no {name} in its module.")
    return joined(b"N", (text(b"n", f"{module}.{name}"), walk.node(getattr(value, "__wrapped__", None))))


# Types with their own rule.


def _enum_member(walk: Walk, value: enum.Enum) -> bytes:
    head = joined(b"e", (walk.node(type(value)), walk.node(getattr(value, "_name_", None))))
    extra = {name: each for name, each in attributes_of(value).items() if name not in _OF_MEMBERS}
    try:
        return joined(b"E", (head, walk.node(value._value_), walk.pairs(extra.items())))
    except Unhashable:  # a bare object as its value: its name distinguishes it from the others
        if name_of(type(value)) is None or getattr(value, "_name_", None) is None:
            raise
    return head


def _error(walk: Walk, value: BaseException) -> bytes:
    kind = type(value)
    if layout_of(kind).solid.__module__ != "builtins":
        return _object(walk, value)
    parts = (kind, value.args, value.__cause__, value.__suppress_context__)
    state = {**native_attributes(value), **attributes_of(value)}
    return joined(b"A", (*walk.nodes(parts), walk.pairs(state.items())))


def _partial(walk: Walk, value: functools.partial[Any]) -> bytes:
    parts = walk.nodes((type(value), value.func, value.args, attributes_of(value)))
    return joined(b"p", (*parts, walk.pairs(value.keywords.items())))


def _path(walk: Walk, value: pathlib.PurePath) -> bytes:
    slots = [each for each in layout_of(type(value)).slots if not each[1].__objclass__.__module__.startswith("pathlib")]
    name = text(b"s", pathlib.PurePath.__str__(value))
    return joined(b"P", (walk.node(type(value)), name, _attributes(walk, value, slots)))


def _zone(walk: Walk, value: zoneinfo.ZoneInfo) -> bytes:
    key: Any = getattr(value, "key", None)  # one that was read from a file has none
    if key is None:
        raise Unhashable("A time zone without a key cannot be distinguished from another.")
    return joined(b"Z", walk.nodes((type(value), key)))


def _array(walk: Walk, value: Any) -> bytes:
    """Return the hash part of an array of numpy, regardless of its order in memory, which a pickle may change."""
    content = walk.node(value.tolist()) if value.dtype.hasobject else leaf(b"b", value.tobytes())
    return joined(b"V", (walk.node(value.dtype), walk.node(value.shape), content))


def _masked_array(walk: Walk, value: Any) -> bytes:
    """Return the hash part of a masked array. The fill value is found in a view, since looking for it sets it."""
    mask = sys.modules["numpy"].ma.getmaskarray(value)  # an array that masks nothing may have none
    return joined(b"W", walk.nodes((value.data, mask, value.view().fill_value)))


_OF_NUMPY: dict[tuple[str, str], Callable[[Walk, Any], bytes]] = {
    ("numpy", "ndarray"): _array,
    ("numpy.ma", "MaskedArray"): _masked_array,
    ("numpy.ma.core", "MaskedArray"): _masked_array,
}

_ARROW = ("pyarrow.lib", "_restore_array")
"""The functions with which arrays of Arrow are pickled, and so pandas' columns of text."""


def _arrow_data(data: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return an array of Arrow without the mask that says that nothing in it is missing: it may have one or not."""
    kind, length, missing, offset, buffers, children, dictionary = data
    if missing == 0 and buffers:
        buffers = [None, *buffers[1:]]
    return kind, length, missing, offset, buffers, [_arrow_data(each) for each in children], dictionary


def _builtin(walk: Walk, value: Any) -> bytes:
    name = text(b"n", f"{getattr(value, '__module__', None)}.{value.__qualname__}")
    holder = getattr(value, "__self__", getattr(value, "__objclass__", None))
    if holder is None or isinstance(holder, types.ModuleType):
        return joined(b"b", (name,))
    return joined(b"b", (name, walk.node(holder)))


def _decorated(walk: Walk, value: Decorated[..., Any]) -> bytes:
    settings = {name: each for name, each in value._settings.items() if name != "task_runner"}
    return joined(b"T", (*walk.nodes((type(value), value.key, value.fn)), walk.pairs(settings.items())))


def _int(value: int) -> bytes:
    return leaf(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _float(value: float) -> bytes:
    return b"f" + struct.pack("<d", value)


def _moment(walk: Walk, value: Any) -> bytes:
    return joined(b"D", (text(b"s", repr(value.replace(tzinfo=None))), walk.node(value.tzinfo)))


def _items(kind: Any, value: Any) -> Any:
    """What a collection holds as one of Python's own classes, whatever its class makes of that."""
    return kind.__iter__(value)


def _pairs(kind: Any, value: Any) -> Any:
    return kind.items(value)


LEAVES: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"0",
    bool: lambda value: b"y" if value else b"x",
    int: _int,
    float: _float,
    str: lambda value: text(b"s", value),
    complex: lambda value: b"z" + struct.pack("<dd", value.real, value.imag),
    bytes: lambda value: leaf(b"b", value),
    bytearray: lambda value: leaf(b"a", bytes(value)),
    type(...): lambda value: b".",
    type(NotImplemented): lambda value: b"!",
    datetime.date: lambda value: text(b"d", repr(value)),
    datetime.timedelta: lambda value: text(b"t", repr(value)),
    datetime.timezone: lambda value: text(b"Y", repr(value)),
    decimal.Decimal: lambda value: text(b"9", str(value)),
    uuid.UUID: lambda value: leaf(b"U", value.bytes),
}

_CONTAINERS: dict[type, Callable[[Walk, Any], bytes]] = {
    list: lambda walk, value: joined(b"L", walk.nodes(value)),
    tuple: lambda walk, value: joined(b"(", walk.nodes(value)),
    dict: lambda walk, value: walk.pairs(value.items()),
    set: lambda walk, value: joined(b"S", sorted(walk.nodes(value))),
    frozenset: lambda walk, value: joined(b"F", sorted(walk.nodes(value))),
    range: lambda walk, value: joined(b"q", walk.nodes((value.start, value.stop, value.step))),
    slice: lambda walk, value: joined(b"l", walk.nodes((value.start, value.stop, value.step))),
    datetime.datetime: _moment,
    datetime.time: _moment,
    re.Pattern: lambda walk, value: joined(b"X", walk.nodes((value.pattern, value.flags))),
    types.MappingProxyType: lambda walk, value: joined(b"M", (walk.node(dict(value)),)),
}

_CONTENT: dict[type, Callable[[Walk, Any], bytes]] = {
    object: lambda walk, value: b"",
    int: lambda walk, value: _int(int.__index__(value)),
    float: lambda walk, value: _float(float.__float__(value)),
    str: lambda walk, value: leaf(b"s", str.encode(value, "utf-8", "surrogatepass")),
    bytes: lambda walk, value: leaf(b"b", bytes.join(b"", (value,))),
    bytearray: lambda walk, value: leaf(b"a", bytes(bytearray.__add__(value, b""))),
    list: lambda walk, value: joined(b"L", walk.nodes(_items(list, value))),
    tuple: lambda walk, value: joined(b"(", walk.nodes(_items(tuple, value))),
    dict: lambda walk, value: walk.pairs(_pairs(dict, value)),
    OrderedDict: lambda walk, value: joined(b"o", walk.nodes(_pairs(OrderedDict, value))),
    set: lambda walk, value: joined(b"S", sorted(walk.nodes(_items(set, value)))),
    frozenset: lambda walk, value: joined(b"F", sorted(walk.nodes(_items(frozenset, value)))),
}
"""For built-in base classes: what they contain besides attributes."""

_FUNCTIONS = (
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
)

_KINDS: tuple[tuple[Any, Callable[[Walk, Any], bytes]], ...] = (
    (type, code_digests.of_class),
    (enum.Enum, _enum_member),
    (types.FunctionType, code_digests.of_function),
    (types.CodeType, code_digests.of_code),
    (types.MethodType, lambda walk, value: joined(b"B", walk.nodes((value.__func__, value.__self__)))),
    (_FUNCTIONS, _builtin),
    (types.ModuleType, lambda walk, value: text(b"M", value.__name__)),
    (BaseException, _error),
    (functools.partial, _partial),
    (pathlib.PurePath, _path),
    (zoneinfo.ZoneInfo, _zone),
    (Decorated, _decorated),
)
