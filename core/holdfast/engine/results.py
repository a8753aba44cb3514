"""Values as the store keeps them: JSON if that is exact, otherwise a pickle; and exceptions.

The first byte of a stored value names the format. A pickle comes with a short text for people, so that showing a value
never runs code.
"""

from __future__ import annotations

import base64
import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from holdfast.engine.drive import tracebacks
from holdfast.exceptions import CancelledRun, FailedRun, MissingResult
from holdfast.states import CANCELLED_CHILD
from holdfast.type_guards import is_dict

_JSON, _PICKLE, _ERROR, _PARTS, _LOST, _STATE = b"J", b"P", b"E", b"M", b"L", b"S"
_SHOWN = 500
"""The number of characters of a value's text that are kept for people."""
_ROOM = 600
"""The number of characters for the texts of a call's inputs. They are in the task's row, and several rows should fit on
a page.
"""


class _Short(reprlib.Repr):
    """Texts of values for people, shortened if they are long."""

    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:  # more digits than Python writes
            return f"<int of about {int(x.bit_length() * math.log10(2)) + 1:,} digits>"


class _Whole(_Short):
    """The text of one value, up to the length that is kept: with all levels, but no more parts than can be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = _SHOWN
        self.maxstring = self.maxlong = self.maxother = _SHOWN
        self.maxlevel = 50
        self._left = _SHOWN

    def repr1(self, x: Any, level: int) -> str:
        self._left -= 1
        return super().repr1(x, level) if self._left >= 0 else self.fillvalue


_short = _Short()
_short.maxstring = _short.maxother = _short.maxlong = 120
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = _short.maxfrozenset = 8
_short.maxlevel = 3

_encode_json = json.JSONEncoder(separators=(",", ":")).encode
_SCALARS = frozenset((str, int, bool, type(None)))
_MOST_REPEATED = 10_000_000
"""The number of parts that JSON may repeat because they occur in several places of a value."""


def is_exact_json(value: Any) -> bool:
    """Whether JSON restores exactly this value, including types.

    JSON writes a list again for each place where it occurs. If that would never end, the value is stored as a pickle,
    which writes each list once.
    """
    thing: object = value
    kind = type(thing)
    if kind is not list and kind is not dict:
        return kind in _SCALARS or (kind is float and math.isfinite(value))
    try:
        return _Sizes().of(value) is not None
    except RecursionError:
        return False


class _Sizes:
    """The number of parts that JSON writes for lists and dicts, each of which is visited once."""

    __slots__ = ("_known", "_repeated")

    def __init__(self) -> None:
        self._known: dict[int, int | None] = {}
        self._repeated = 0

    def of(self, value: Any) -> int | None:
        """Return the number of its parts, including nested ones; ``None`` for a value that is not exact JSON."""
        known = self._known
        known[id(value)] = None  # until its size is known; if found again before that, it contains itself
        size = len(value)
        parts = value
        if is_dict(value):
            if not all(type(key) is str for key in value):
                return None
            parts = value.values()
        part: object
        for part in parts:
            kind = type(part)
            if kind in _SCALARS:
                continue
            if kind is float and isinstance(part, float):  # the second for type checkers
                if not math.isfinite(part):
                    return None
                continue
            if kind is not list and kind is not dict:
                return None
            is_repeated = id(part) in known
            inner = known[id(part)] if is_repeated else self.of(part)
            if inner is None:
                return None
            size += inner
            if is_repeated:
                self._repeated += inner
                if self._repeated > _MOST_REPEATED:
                    return None
        known[id(value)] = size
        return size


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as it is stored."""

    body: bytes
    doubt: str | None = None
    """The parts that will be different when the value is read back."""


def encode(value: Any) -> bytes:
    """Return a value as it is stored. Raises the same errors as `encoded`."""
    return encoded(value).body


def encoded(value: Any) -> Encoded:
    """Return a value as it is stored, and the known differences after reading it back.

    If it cannot be stored, raises the error from pickling it, or `NotReadBack` if it could not be read again.
    """
    try:
        if is_exact_json(value):
            return Encoded(_JSON + _encode_json(value).encode())
    except (ValueError, RecursionError):
        pass  # more digits than JSON is written with, or a container that contains itself
    pickles = _pickles()
    pickled = pickles.dump(value)
    text = _text(value) if len(pickled.body) <= pickles.READ_BACK else short_text(value)
    return Encoded(_PICKLE + _with_text(text, pickled.body), pickled.doubt)


def encoded_of_state(data: Any) -> Encoded:
    """Return the data of a state that the code made and that is not Completed.

    It is not a result, and not always an exception.

    Raises the same errors as `encoded`.
    """
    found = encoded(data)
    return Encoded(_STATE + _with_text(short_text(data), found.body), found.doubt)


def encoded_error(error: BaseException) -> Encoded:
    """Return an exception as it is stored, with its traceback as text, and what will be different."""
    text = tracebacks.text_of(error)
    try:
        pickled = _pickles().dump_error(error)
    except Exception as why:  # noqa: BLE001 - an exception may hold anything; its text is kept in any case
        doubt = f"it cannot be stored ({tracebacks.message_of(why)}), so a FailedRun with its text takes its place"
        return Encoded(_ERROR + _with_text(text, b""), doubt)
    return Encoded(_ERROR + _with_text(text, pickled.body), pickled.doubt)


def encode_parameters(parameters: Mapping[str, Any]) -> bytes:
    """Return a flow run's parameters as they are stored, each one separately so that each can be shown."""
    return encoded_parameters(parameters).body


def encoded_parameters(parameters: Mapping[str, Any]) -> Encoded:
    """Return the stored parameters, and which of them are known to be different when they are read back."""
    whole = dict(parameters)
    try:
        if is_exact_json(whole):
            return Encoded(_JSON + _encode_json(whole).encode())
    except (ValueError, RecursionError):
        pass  # as above
    parts: dict[str, str] = {}
    doubts: list[str] = []
    for name, value in whole.items():
        try:
            part = encoded(value)
        except Exception as why:  # noqa: BLE001 - pickling runs the user's code; this execution has the value itself
            lost = f"{name} cannot be stored ({tracebacks.message_of(why)}), so no other execution gets it"
            part = Encoded(_LOST + _with_text(short_text(value), lost.encode("utf-8", "backslashreplace")), lost)
        parts[name] = base64.b64encode(part.body).decode()
        doubts += [] if part.doubt is None else [part.doubt if part.body[:1] == _LOST else f"{name}: {part.doubt}"]
    return Encoded(_PARTS + json.dumps(parts).encode(), "; ".join(doubts) or None)


def unpickled(body: bytes, lacking: list[str] | None = None) -> Any:
    """Return the unpickled value; see `decode`."""
    return _pickles().load(body, lacking)


def _pickles() -> Any:
    # Imported when it is first needed: most stored values are JSON.
    from holdfast.engine.stored_values import pickles

    return pickles


def decode(body: bytes, lacking: list[str] | None = None) -> Any:
    """Return the stored value, or the stored exception.

    Fields that its objects lack and that have no default are added to ``lacking``. Raises `MissingResult` if the value
    cannot be read back.
    """
    kind, rest = body[:1], body[1:]
    if kind == _JSON:
        return _loaded(rest)
    if kind == _PARTS:
        return {name: decode(base64.b64decode(part), lacking) for name, part in json.loads(rest).items()}
    if kind == CANCELLED_CHILD:
        return CancelledRun(rest.decode())
    text, pickled = _split(rest)
    if kind == _STATE:
        return decode(pickled, lacking)
    if kind == _LOST:
        raise MissingResult(pickled.decode())
    if kind == _ERROR and not pickled:
        return FailedRun(text.strip().rsplit("\n", 1)[-1])
    try:
        return unpickled(pickled, lacking)
    except Exception as error:
        raise MissingResult(f"A stored value cannot be read back: {tracebacks.message_of(error)}") from error


def inputs_text(inputs: Mapping[str, Any]) -> str:
    """Return a call's inputs for people: a JSON object of short texts in Python's notation."""
    if not inputs:
        return "{}"
    room = max(_ROOM // len(inputs), 20)
    return _encode_json({name: _cut(short_text(value), room) for name, value in inputs.items()})


def short_text(value: Any) -> str:
    """Return any value in Python's notation, shortened if it is long."""
    try:
        return _short.repr(value)
    except Exception as error:  # noqa: BLE001 - a __repr__ of the user's
        return f"<{type(value).__name__}, whose repr() raises {type(error).__name__}>"


def exact_parts(body: bytes) -> tuple[dict[str, Any], list[str]]:
    """Return the stored parameters that are JSON, and the names of the others. This runs no code."""
    kind, rest = body[:1], body[1:]
    if kind == _PARTS:
        parts = {name: base64.b64decode(part) for name, part in json.loads(rest).items()}
        exact = {name: show(part) for name, part in parts.items() if part[:1] == _JSON}
        return exact, [name for name in parts if name not in exact]
    if kind != _JSON:
        return {}, []
    found = show(body)
    return (found if is_dict(found) else {}), []


def show(body: bytes) -> Any:
    """Return the stored value as JSON, or as text if it is not JSON. This runs no code."""
    kind, rest = body[:1], body[1:]
    if kind == _JSON:
        try:
            return json.loads(rest)
        except ValueError:  # more digits than Python reads here
            return rest.decode()
    if kind == _PARTS:
        return {name: show(base64.b64decode(part)) for name, part in json.loads(rest).items()}
    return rest.decode() if kind == CANCELLED_CHILD else _split(rest)[0]


def is_error(body: bytes) -> bool:
    """Whether an exception is stored here, or the data of a state in place of one."""
    return body[:1] in (_ERROR, _STATE, CANCELLED_CHILD)


def is_returned(body: bytes) -> bool:
    """Whether the stored value was returned by code, and neither raised nor the data of a state that it made."""
    return body[:1] in (_JSON, _PICKLE)


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:  # more digits than Python reads here; it could where they were written
        return json.loads(body, parse_int=lambda digits: int(Decimal(digits)))


def _text(value: Any) -> str:
    try:
        text = _Whole().repr(value)
    except Exception:  # noqa: BLE001 - a __repr__ of the user's, or an int with too many digits
        text = short_text(value)
    return _cut(text, _SHOWN)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _with_text(text: str, body: bytes) -> bytes:
    shown = text.encode("utf-8", "backslashreplace")
    return len(shown).to_bytes(4, "big") + shown + body


def _split(rest: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(rest[:4], "big")
    return rest[4:end].decode(), rest[end:]
