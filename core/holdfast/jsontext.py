"""JSON as text that a person may edit: every digit kept, mistakes told in plain words."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_DIGITS = 4300
"""Digits of the longest number accepted, as in Python itself."""

_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""Characters that a terminal obeys or hides; JSON can spell them out instead."""


class UnreadableError(ValueError):
    """A text that is not what its field asks for; the message says what is, in plain words."""


def number(text: str) -> int | float | Decimal:
    """The number that a JSON number text means; a float only where it keeps every digit.

    Raises:
        UnreadableError: the number is too long to handle.

    """
    if re.fullmatch(r"[+-]?[0-9]+", text):
        if len(text) > MAX_DIGITS:
            raise UnreadableError(f"a number of at most {MAX_DIGITS} digits")
        return int(text)
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableError("a number, such as 12.5") from error
    if len(text) > MAX_DIGITS or abs(exact.adjusted()) > MAX_DIGITS:
        raise UnreadableError(f"a number of at most {MAX_DIGITS} digits")
    nearest = float(text)
    return nearest if Decimal(repr(nearest)) == exact else exact


def plain(value: Any) -> str:
    """A bound as people write it: without `.0`."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        UnreadableError: it is not JSON, or a key appears twice in one object.

    """
    try:
        return json.loads(text, parse_float=number, parse_int=number, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise UnreadableError(f"JSON, but line {error.lineno}, column {error.colno}: {what}") from error
    except RecursionError as error:
        raise UnreadableError("JSON that is less deeply nested") from error


def _refuse(name: str) -> Any:
    raise UnreadableError(f"JSON, which has no {name}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableError(f'JSON, but the key "{key}" appears twice')
        found[key] = value
    return found


def to_json(value: Any, *, indent: int | None = None) -> str:
    """*value* as JSON text: decimals as plain numbers, unseen characters spelled out.

    Without *indent* it is one line; with it, as many spaces a level.
    """
    return _write(value, indent, 0)


def _write(value: Any, indent: int | None, level: int) -> str:
    if isinstance(value, dict):
        entries = [f"{_text(str(k))}: {_write(v, indent, level + 1)}" for k, v in value.items()]
        return _enclose("{", entries, "}", indent, level)
    if isinstance(value, list | tuple):
        return _enclose("[", [_write(v, indent, level + 1) for v in value], "]", indent, level)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return digits(value)
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _enclose(start: str, entries: Iterable[str], end: str, indent: int | None, level: int) -> str:
    listed = list(entries)
    if not listed:
        return start + end
    if indent is None:
        return start + ", ".join(listed) + end
    pad = "\n" + " " * indent * (level + 1)
    return start + pad + ("," + pad).join(listed) + "\n" + " " * indent * level + end


def _text(value: str) -> str:
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def digits(value: int) -> str:
    """The decimal digits of a whole number of any length."""
    try:
        return int.__repr__(value)
    except ValueError:  # longer than Python converts at once; a decimal has no such limit
        return str(Decimal(value))
