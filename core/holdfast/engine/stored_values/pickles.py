"""Pickles that are read back when they are made, so that differences are known immediately.

A value that consists only of parts that a pickle restores exactly is not read back. Any other value is read back and
compared by the digest of its whole state, if its pickle has at most `READ_BACK` bytes. This runs the code of its class
once more, as reading it later does. A larger pickle is not read back, since that would need its memory and time twice.
"""

from __future__ import annotations

import copyreg
import datetime
import decimal
import enum
import io
import pathlib
import pickle
import types
import uuid
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import cloudpickle
from pydantic import BaseModel

from holdfast.engine.code.found_elsewhere import is_found, why_not_found
from holdfast.engine.drive import tracebacks
from holdfast.engine.stored_values import by_field_names, error_parts, grown_classes, pickled_names
from holdfast.engine.stored_values.class_layouts import is_python_made, layout_of
from holdfast.engine.stored_values.state_digests import state_digest
from holdfast.type_guards import class_of

_NEVER_GROW = frozenset(("builtins", "collections", "datetime", "decimal", "enum", "pathlib", "uuid", "zoneinfo"))
"""Modules whose classes declare no fields."""
_MOVED = {
    f"holdfast.engine.{name}": f"holdfast.engine.{package}.{name}"
    for package, name in (("code", "code_location"), ("stored_values", "error_parts"))
} | {"holdfast.engine.binding": "holdfast.engine.code.methods"}
"""Modules named in the pickles of earlier versions, and their current names."""
READ_BACK = 1_000_000
"""The size in bytes up to which a pickle is read back."""


class NotReadBack(Exception):
    """A value whose pickle cannot be read."""


@dataclass(frozen=True, slots=True)
class Pickled:
    """A pickle, and what is known about it."""

    body: bytes
    doubt: str | None = None
    """What will be different when another process reads it."""


def dump(value: Any) -> Pickled:
    """Return a pickle of a value.

    Raises whatever pickling it raises, or `NotReadBack` if it could not be read.
    """
    if comes_back(value):
        return Pickled(pickled_names.dumps_by_name(value))
    try:
        named = pickled_names.dumps_by_name(value)
    except Exception:  # noqa: BLE001 - pickling runs the user's code; there is another way
        return dump_by_parts(value)
    doubt = _doubt(value, named)
    if doubt is None:
        return Pickled(named)
    try:
        by_parts = dump_by_parts(value)
    except Exception:  # noqa: BLE001 - there is the first way
        by_parts = None
    if by_parts is not None and by_parts.doubt is None:
        return by_parts
    if isinstance(doubt, NotReadBack):
        if by_parts is None:
            raise doubt
        return by_parts
    return Pickled(named, doubt)


def dump_by_parts(value: Any, lenient: bool = False) -> Pickled:
    """Return a pickle that stores exceptions by their parts, and by value everything that cannot be found by name.

    With ``lenient`` the attributes of exceptions that cannot be pickled are left out. Raises the same errors as `dump`.
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, lenient)
    pickler.dump(value)  # pyright: ignore[reportUnknownMemberType]  # cloudpickle has no types
    body = buffer.getvalue()
    doubt = _doubt(value, body, compared=not pickler.left_out)
    if isinstance(doubt, NotReadBack):
        raise doubt
    reasons = [*map(_why_not_same, pickler.whole_classes)]
    if pickler.left_out:
        reasons.append(f"{', '.join(pickler.left_out)} cannot be stored")
    return Pickled(body, "; ".join(dict.fromkeys(reasons)) or doubt)


def dump_error(error: BaseException) -> Pickled:
    """Return a pickle of an exception, by parts if its class is derived from a built-in one.

    Raises the same errors as `dump`.
    """
    if error_parts.built_in_class(type(error)) is None:
        return dump(error)
    found = _error_by_parts(error)
    if found is not None and found.doubt is None:
        return found
    return _error_by_its_class(error) or found or dump_by_parts(error, lenient=True)


def _error_by_parts(error: BaseException) -> Pickled | None:
    try:
        return dump_by_parts(error)
    except Exception:  # noqa: BLE001 - pickling runs the user's code; there are other ways
        return None


def _error_by_its_class(error: BaseException) -> Pickled | None:
    """Return a pickle made in the way that the exception's class defines, if it restores the same exception."""
    if not any(name in vars(each) for each in type(error).__mro__ if is_python_made(each) for name in _PICKLING):
        return None
    try:
        body = pickled_names.dumps_by_name(error)
        back = load(body)
        if _doubt(error, body, compared=False) is None and (back.args, str(back)) == (error.args, str(error)):
            return Pickled(body)
    except Exception:  # noqa: BLE001 - pickling runs the user's code
        return None
    return None


def dump_for_process(value: Any) -> bytes:
    """Return a pickle for a process of the same program that reads it immediately.

    Raises whatever pickling it raises.
    """
    buffer = io.BytesIO()
    _ErrorPickler(buffer).dump(value)  # pyright: ignore[reportUnknownMemberType]  # cloudpickle has no types
    return buffer.getvalue()


def load(body: bytes, lacking: list[str] | None = None) -> Any:
    """Return the unpickled value, with the defaults of new fields of its classes.

    Fields without a default are added to ``lacking``. Raises whatever the code of its classes raises.
    """
    reader = _Reader(body)
    value = reader.load()
    if any(module not in _NEVER_GROW for module, _ in reader.named):
        lacks = list(grown_classes.completed("result", value))
        if lacking is not None:
            lacking += lacks
    return value


def comes_back(value: Any) -> bool:
    """Whether it is certain that a pickle restores this value in every process."""
    try:
        return _is_certain(value, set())
    except RecursionError:
        return False


def _is_certain(value: Any, found: set[int]) -> bool:
    """Whether it is certain, as `comes_back`; ``found`` has the ids of values already checked."""
    if type(value) in _CERTAIN or id(value) in found:
        return True
    is_certain = _consists_of_certain(value, found)
    if is_certain:
        found.add(id(value))
    return is_certain


def _consists_of_certain(value: Any, found: set[int]) -> bool:
    kind = class_of(value)
    if kind in (list, tuple, set, frozenset):
        return all(_is_certain(each, found) for each in value)
    if kind is dict:
        return all(_is_certain(key, found) and _is_certain(each, found) for key, each in value.items())
    if kind in (datetime.datetime, datetime.time):
        return value.tzinfo is None or type(value.tzinfo) in (datetime.timezone, zoneinfo.ZoneInfo)
    if isinstance(value, type | types.FunctionType):
        return is_found(value.__module__, value.__qualname__, value)
    try:
        plain = _known[kind]
    except KeyError:
        plain = _known[kind] = _is_plain_class(kind)
    except TypeError:  # a metaclass without a hash
        return False
    return plain and (isinstance(value, enum.Enum) or all(_is_certain(each, found) for each in _parts(value)))


def _parts(value: Any) -> Iterable[Any]:
    yield from error_parts.attributes_of(value).values()
    kind = class_of(value)
    for _, slot in layout_of(kind).slots:
        try:
            yield slot.__get__(value, kind)
        except AttributeError:
            continue  # it has not been set


_known: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def _is_plain_class(kind: type) -> bool:
    """Whether objects of a class are pickled as their attributes, without code of the class."""
    if not is_found(kind.__module__, kind.__qualname__, kind):
        return False
    own = [each for each in kind.__mro__ if is_python_made(each) and each not in (BaseModel, enum.Enum)]
    saying = (*_PICKLING, *_SETTING) if layout_of(kind).slots else _PICKLING
    methods = (vars(each)[name] for each in own for name in saying if name in vars(each))
    if kind in copyreg.dispatch_table or not all(map(_is_of_dataclass, methods)):
        return False
    if issubclass(kind, enum.Enum):
        return True
    return kind.__new__ is object.__new__ and all(is_python_made(each) for each in kind.__mro__[:-1])


def _is_of_dataclass(method: Any) -> bool:
    return getattr(method, "__module__", None) == "dataclasses"


_PICKLING = (
    "__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__",
    "__getattribute__", "__getattr__",
)  # fmt: skip
_SETTING = ("__setattr__",)
"""Attributes in slots, set as code sets them."""
_CERTAIN = frozenset({
    type(None), bool, int, float, str, complex, bytes, bytearray, range, decimal.Decimal, uuid.UUID, datetime.date,
    datetime.timedelta, datetime.timezone, pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath,
})  # fmt: skip


class _Reader(pickle.Unpickler):
    """Reads a pickle and notes the names in it."""

    def __init__(self, body: bytes) -> None:
        super().__init__(io.BytesIO(body))
        self.named: list[tuple[str, str]] = []

    def find_class(self, module: str, name: str) -> Any:
        self.named.append((module, name))
        return super().find_class(_MOVED.get(module, module), name)


def _doubt(value: Any, body: bytes, compared: bool = True) -> Any:
    """Return what is wrong with a pickle of ``value``: a sentence, or `NotReadBack`; ``None`` if nothing is known."""
    if len(body) > READ_BACK:
        return None
    reader = _Reader(body)
    try:
        back = reader.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - unpickling runs the user's code
        return NotReadBack(tracebacks.message_of(error))
    for reason in (why_not_found(*each) for each in reader.named):
        if reason is not None:
            return f"{reason}: it cannot be read back there"
    if type(back) is not type(value):
        return f"it comes back as {type(back).__name__}, not {type(value).__name__}"
    try:
        is_same = not compared or state_digest(value) == state_digest(back)
    except Exception:  # noqa: BLE001 - values without a digest cannot be compared
        is_same = True
    return None if is_same else f"its {type(value).__name__} comes back with different contents"


def _why_not_same(kind: type) -> str:
    name = kind.__module__, kind.__qualname__
    reason = why_not_found(*name, kind) or f"{kind.__qualname__} is not what its module has"
    return f"{reason}: it will come back as another class of that name"


class _ErrorPickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
    """Pickles exceptions by their parts. With ``lenient`` it leaves out parts that cannot be pickled."""

    def __init__(self, file: io.BytesIO, lenient: bool = False) -> None:
        super().__init__(file)  # pyright: ignore[reportUnknownMemberType]  # cloudpickle has no types
        self._lenient = lenient
        self.left_out: list[str] = []

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, BaseException) and error_parts.built_in_class(type(obj)) is not None:
            state = error_parts.state_of(obj)
            group = (obj.message, list(obj.exceptions)) if tracebacks.is_group(obj) else None
            if self._lenient:
                state = self._storable(state)
            return error_parts.make, (type(obj), group), state, None, None, error_parts.restore
        # cloudpickle has no types
        return super().reducer_override(obj)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def _storable(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return the parts of an exception that can be pickled. Its other arguments become text."""
        kept = dict(state)
        can = [self._can(each) for each in state["args"]]
        kept["args"] = tuple(each if fits else _text(each) for each, fits in zip(state["args"], can, strict=True))
        if not all(can):
            self.left_out.append("one of its arguments")
        for part in ("native", "attributes"):
            kept[part] = {name: each for name, each in state[part].items() if self._can(each)}
            self.left_out += [f"its attribute {name}" for name in state[part] if name not in kept[part]]
        return kept

    def _can(self, value: Any) -> bool:
        try:
            type(self)(io.BytesIO(), lenient=True).dump(value)  # pyright: ignore[reportUnknownMemberType]  # no types
        except Exception:  # noqa: BLE001 - pickling runs the user's code
            return False
        return True


class _Pickler(_ErrorPickler):
    """Pickles by value what another process does not find by name."""

    # Without the types that come back as another one: an open file and a memoryview.
    dispatch_table: ClassVar[dict[type, Any]] = {
        kind: how
        for kind, how in cloudpickle.Pickler.dispatch_table.items()
        if kind not in (io.TextIOWrapper, memoryview)
    }

    def __init__(self, file: io.BytesIO, lenient: bool = False) -> None:
        super().__init__(file, lenient)
        self.whole_classes: list[type] = []

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, enum.Enum) or pickled_names.is_parametrized(obj):
            return pickled_names.reduced(obj)
        if not isinstance(obj, type | types.FunctionType):
            how = by_field_names.reduced(obj)
            return super().reducer_override(obj) if how is NotImplemented else how
        if is_found(obj.__module__, obj.__qualname__, obj):
            return pickled_names.reduced(obj)
        how = super().reducer_override(obj)
        if isinstance(obj, type) and how is not NotImplemented and is_python_made(obj):
            self.whole_classes.append(obj)
        return how


def _text(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a __repr__ of the user's
        return f"<{type(value).__name__}>"
