"""Values as the store keeps them: JSON where that is exact, else a pickle; and exceptions.

The first byte of a stored value says which. A pickle comes with a short text for people, so that showing a value
never runs code.
"""

from __future__ import annotations

import base64
import json
import math
import pickle
import reprlib
from collections.abc import Mapping
from typing import Any

from holdfast.engine import tracebacks
from holdfast.exceptions import FailedRun, MissingResult

_JSON, _PICKLE, _ERROR, _PARTS = b"J", b"P", b"E", b"M"
_SHOWN = 500
"""Characters of a value's text that are kept for people."""
_ROOM = 600
"""Characters of the texts of a call's inputs: they lie in the task's row, which is to stay on a page with others."""

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 120
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = _short.maxfrozenset = 8
_short.maxlevel = 3

_encode_json = json.JSONEncoder(separators=(",", ":")).encode
_SCALARS = (str, int, bool, type(None))


def is_exact_json(value: Any) -> bool:
    """Whether JSON gives back exactly this value, types included."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is list:
        return all(map(is_exact_json, value))
    if kind is dict:
        return all(type(key) is str for key in value) and all(map(is_exact_json, value.values()))
    return False


def encode(value: Any) -> bytes:
    """A value to store. Raises whatever pickling it raises when it cannot be stored."""
    if is_exact_json(value):
        return _JSON + _encode_json(value).encode()
    return _PICKLE + _with_text(_text(value), _pickled(value))


def encode_error(error: BaseException) -> bytes:
    """An exception to store, with its traceback as text."""
    text = tracebacks.text_of(error)
    try:
        body = _pickled(error)
    except Exception:  # noqa: BLE001 - an exception may hold anything; its text is kept in any case
        body = b""
    return _ERROR + _with_text(text, body)


def encode_parameters(parameters: Mapping[str, Any]) -> bytes:
    """A flow run's parameters to store, each by itself so that each can be shown."""
    if is_exact_json(dict(parameters)):
        return encode(dict(parameters))
    parts = {name: base64.b64encode(encode(value)).decode() for name, value in parameters.items()}
    return _PARTS + json.dumps(parts).encode()


def decode(body: bytes) -> Any:
    """The stored value, or the stored exception. Raises `MissingResult` when it cannot be read back."""
    kind, rest = body[:1], body[1:]
    if kind == _JSON:
        return json.loads(rest)
    if kind == _PARTS:
        return {name: decode(base64.b64decode(part)) for name, part in json.loads(rest).items()}
    text, pickled = _split(rest)
    if kind == _ERROR and not pickled:
        return FailedRun(text.strip().rsplit("\n", 1)[-1])
    try:
        return pickle.loads(pickled)  # noqa: S301 - the file is private to its user
    except Exception as error:
        raise MissingResult(f"A stored value cannot be read back: {type(error).__name__}: {error}") from error


def inputs_text(inputs: Mapping[str, Any]) -> str:
    """What people are shown of a call's inputs: a JSON object of short texts as Python writes the values."""
    if not inputs:
        return "{}"
    room = max(_ROOM // len(inputs), 20)
    return _encode_json({name: _cut(_short_text(value), room) for name, value in inputs.items()})


def _short_text(value: Any) -> str:
    try:
        return _short.repr(value)
    except Exception as error:  # noqa: BLE001 - a __repr__ of the user's, or an int with too many digits
        return f"<{type(value).__name__}, whose repr() raises {type(error).__name__}>"


def exact_parts(body: bytes) -> tuple[dict[str, Any], list[str]]:
    """Of stored parameters those that are JSON, and the names of the others; runs no code."""
    kind, rest = body[:1], body[1:]
    if kind == _PARTS:
        parts = {name: base64.b64decode(part) for name, part in json.loads(rest).items()}
        exact = {name: show(part) for name, part in parts.items() if part[:1] == _JSON}
        return exact, [name for name in parts if name not in exact]
    found = show(body) if kind == _JSON else {}
    return (found if isinstance(found, dict) else {}), []


def show(body: bytes) -> Any:
    """The stored value as JSON has it, or as text where it is no JSON; runs no code."""
    kind, rest = body[:1], body[1:]
    if kind == _JSON:
        return json.loads(rest)
    if kind == _PARTS:
        return {name: show(base64.b64decode(part)) for name, part in json.loads(rest).items()}
    return _split(rest)[0]


def is_error(body: bytes) -> bool:
    """Whether an exception is stored here."""
    return body[:1] == _ERROR


def _pickled(value: Any) -> bytes:
    """A pickle that names classes, so that what is read back is of the very class that the flow's code has.

    Only what has no name that could be found again, such as a function made inside another, is stored whole.
    """
    try:
        return pickle.dumps(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        import cloudpickle

        return bytes(cloudpickle.dumps(value))


def _text(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a __repr__ of the user's
        text = f"<{type(value).__name__}, whose repr() raises {type(error).__name__}>"
    return _cut(text, _SHOWN)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _with_text(text: str, body: bytes) -> bytes:
    shown = text.encode("utf-8", "backslashreplace")
    return len(shown).to_bytes(4, "big") + shown + body


def _split(rest: bytes) -> tuple[str, bytes]:
    end = 4 + int.from_bytes(rest[:4], "big")
    return rest[4:end].decode(), rest[end:]
