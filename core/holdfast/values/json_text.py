"""JSON as text: the only reader and the only writer. Every digit is kept, and errors are in plain words.

A number becomes an ``int`` or a ``float`` if that writes the same digits again, otherwise a `decimal.Decimal`. JSON has
no infinities, so these floats are written as the texts ``"Infinity"``, ``"-Infinity"`` and ``"NaN"``.
"""

import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from holdfast.type_guards import is_dict, is_list_or_tuple, is_mapping

MAX_DIGITS = 4300
"""The maximum number of digits of a number, as in Python itself."""

MAX_DEPTH = 150
"""The maximum depth of nested objects and lists: well below the limit of every reader that follows this one."""

_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""Characters that a terminal obeys or hides. JSON can escape them instead."""


class UnreadableError(ValueError):
    """A text that is not what its field requires. The message says in plain words what is required."""


class NotJsonError(UnreadableError):
    """A text that is not JSON at all, and so may be meant literally."""


class FromJson(dict[str, Any]):
    """Arguments by name, as JSON. They are converted to the function's annotations by JSON's rules."""


def number(text: str) -> int | float | Decimal:
    """Return the number that a JSON number text means; a float only if it keeps every digit, including trailing zeros.

    Raises:
        UnreadableError: the number is too long to handle.

    """
    if re.fullmatch(r"[+-]?[0-9]+", text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            raise UnreadableError(_TOO_LONG)
        return int(text)
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableError("a number, such as 12.5") from error
    if not fits(exact):
        raise UnreadableError(_TOO_LONG)
    nearest = float(text)
    return nearest if Decimal(repr(nearest)).as_tuple() == exact.as_tuple() else exact


_TOO_LONG = f"a number of at most {MAX_DIGITS} digits"


def fits(value: int | Decimal) -> bool:
    """Whether a number is short enough to be read again."""
    if isinstance(value, int):
        # The limit is in decimal digits, each of which is more than 3.32 bits.
        return value.bit_length() < MAX_DIGITS * 3.3 or len(digits(abs(value))) <= MAX_DIGITS
    return not value.is_finite() or (len(value.as_tuple().digits) <= MAX_DIGITS and abs(value.adjusted()) <= MAX_DIGITS)


def plain(value: Any) -> str:
    """Return a bound as people write it: without `.0`."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        UnreadableError: it is not JSON (`NotJsonError`), a key appears twice in one object, or it is too deep or too
            long to handle.

    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise NotJsonError("JSON, but it is empty")
    try:
        found = json.loads(
            text, parse_float=number, parse_int=number, parse_constant=_refuse, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise NotJsonError(f"JSON, but line {error.lineno}, column {error.colno}: {what}") from error
    except RecursionError as error:
        raise UnreadableError(_TOO_DEEP) from error
    if is_deeper(found, MAX_DEPTH):
        raise UnreadableError(_TOO_DEEP)
    return found


_TOO_DEEP = f"JSON that is less deeply nested: at most {MAX_DEPTH} levels"


def read_utf8(body: bytes) -> str:
    """Return the text of bytes from outside, such as standard input. Raises `UnreadableError`."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"text in UTF-8, but byte {error.start + 1} is not") from error


def is_deeper(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested more deeply than this."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [each for part in layer for each in _parts(part)]
        if not layer:
            return False
    return True


def _parts(value: Any) -> Iterable[Any]:
    parts = value.values() if is_dict(value) else value if is_list_or_tuple(value) else ()
    # Empty containers need no further look, and most parts are of that kind.
    return [each for each in parts if isinstance(each, dict | list | tuple)]


def _refuse(name: str) -> Any:
    raise NotJsonError(f"JSON, which has no {name}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise UnreadableError(f'JSON, but the key "{twice}" appears twice')
    return found


def to_json(value: Any, *, indent: int | None = None, literals: bool = False) -> str:
    """Return *value* as JSON text, with decimals as plain numbers, and invisible characters escaped.

    Without *indent* it is one line; with it, each level has that many spaces. With *literals* infinities and NaN are
    written as Python and pydantic read them, which is not valid JSON.
    """
    return _write(value, _Style(indent, literals), 0)


class _Style:
    """How JSON is written."""

    __slots__ = ("indent", "literals")

    def __init__(self, indent: int | None, literals: bool) -> None:
        self.indent, self.literals = indent, literals


def _write(value: Any, style: _Style, level: int) -> str:
    if isinstance(value, str):
        return _text(value)
    if is_mapping(value):
        entries = [f"{_text(str(k))}: {_write(v, style, level + 1)}" for k, v in value.items()]
        return _enclose("{", entries, "}", style.indent, level)
    if is_list_or_tuple(value):
        return _enclose("[", [_write(v, style, level + 1) for v in value], "]", style.indent, level)
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else _text(str(value))
    if isinstance(value, float):
        return _float(value, literals=style.literals)
    if isinstance(value, int) and not isinstance(value, bool):
        return digits(value)
    return json.dumps(value)


def _float(value: float, *, literals: bool) -> str:
    if math.isfinite(value):
        return float.__repr__(value)
    name = NOT_FINITE[0] if value == math.inf else NOT_FINITE[1] if value == -math.inf else NOT_FINITE[2]
    return name if literals else f'"{name}"'


NOT_FINITE = ("Infinity", "-Infinity", "NaN")
"""The texts for infinities and NaN."""


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


def ascii_json(value: Any, *, indent: int | None = None) -> str:
    """Return *value* as JSON text of only printable ASCII characters."""
    text = to_json(value, indent=indent)
    return text if text.isascii() else _BEYOND_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text)


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def canonical(value: Any) -> str:
    """Return JSON text that is the same for values that are equal as JSON: keys in order, numbers by their value."""
    if is_mapping(value):
        return "{" + ",".join(f"{_text(str(key))}:{canonical(value[key])}" for key in sorted(value, key=str)) + "}"
    if is_list_or_tuple(value):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        nearest = float(value)
        if math.isfinite(nearest) and Decimal(repr(nearest)) == value:
            return _float(nearest, literals=False)
        return str(_exactly(value))
    return to_json(value)


def _exactly(value: Decimal) -> Decimal:
    """Remove trailing zeros, whatever the precision of the context is."""
    sign, figures, exponent = value.as_tuple()
    kept = list(figures)
    assert isinstance(exponent, int)
    while len(kept) > 1 and kept[-1] == 0:
        kept.pop()
        exponent += 1
    return Decimal((sign, tuple(kept), exponent))


def digits(value: int) -> str:
    """Return the decimal digits of a whole number of any length."""
    try:
        return int.__repr__(value)
    except ValueError:  # longer than Python converts at once; a decimal has no such limit
        return str(Decimal(value))
