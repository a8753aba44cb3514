"""Converting JSON values from any source to the form that their schema requires.

The same decimal number may be written as a number or as text, and only text keeps its digits in pydantic's reader. A
float is at most as exact as a double. The schema does not know fields that a subclass adds to a model.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import getitem
from typing import Any

from holdfast.exceptions import Path
from holdfast.type_guards import is_list_or_tuple, is_mapping
from holdfast.values.json_text import NOT_FINITE, canonical
from holdfast.values.schema_places import (
    BYTES,
    FINITE,
    KEYS,
    NAMES,
    WAYS,
    meant,
    of_item,
    of_property,
    takes,
    takes_decimal,
    takes_text,
)
from holdfast.values.to_json import STARS, BytesText, KeyText, UnwritableError, Written, text_of_bytes

_FLOATS = dict(zip(NOT_FINITE, (math.inf, -math.inf, math.nan), strict=True))


TOLD = "x-holdfast-decimal"
"""The only key of an object that represents a decimal number where its digits could mean something else."""


def fitted(schema: Any, value: Any, *, plain: bool = False, tell: bool = False) -> Any:
    """Return ``value`` as its schema requires it. Infinities and NaN become floats, even if they came as text.

    A field given at an alternative place is moved to its place in the schema. With ``plain`` the result is in the form
    of Python's own JSON: each number that is not decimal is an ``int`` or ``float``, and infinities and NaN are text.
    With ``tell`` decimal numbers that could mean something else are put into objects (`TOLD`).
    """
    return _Fitting(schema, plain, tell).fit([schema], value)


def unfit_numbers(document: Any, value: Any) -> Iterator[tuple[Path, str]]:
    """Yield the places where a number would change in Python, or is not finite where it must be, and what is required.

    Only a decimal number may be beyond the range of a float.
    """
    pending: list[tuple[Path, list[Any], Any]] = [((), [document], value)]
    while pending:
        path, schemas, each = pending.pop()
        if is_mapping(each):
            here = meant(document, schemas)
            pending += [((*path, str(key)), of_property(here, key), inner) for key, inner in each.items()]
        elif is_list_or_tuple(each):
            here = meant(document, schemas)
            pending += [((*path, at), of_item(here, at), inner) for at, inner in enumerate(each)]
        elif isinstance(each, Decimal | int) and _is_beyond(each):
            here = meant(document, schemas)
            whole = isinstance(each, int) and (takes(here, "integer") or not takes(here, "number"))
            if not (takes_decimal(here) or whole):
                yield path, "a number of at most 1.8e308, because no float holds more"
        elif isinstance(each, float) and not math.isfinite(each):
            kinds = [one for one in meant(document, schemas) if takes([one], "number")]
            if kinds and all(FINITE in one for one in kinds):
                yield path, "a finite number"


def _is_beyond(value: Decimal | int) -> bool:
    """Whether a float cannot hold a number, not even rounded."""
    return abs(value) > sys.float_info.max if isinstance(value, int) else math.isinf(float(value)) and value.is_finite()


@dataclass(frozen=True)
class _Fitting:
    document: Any
    plain: bool = False
    tell: bool = False

    def fit(self, schemas: list[Any], value: Any) -> Any:
        """Return a value in the form of these schemas."""
        if is_mapping(value):
            here = meant(self.document, schemas)
            if (rows := _by_places(here, value)) is not None:
                return self.fit(schemas, rows)
            _check_keys(here, value)
            entries = self._trimmed(here, value) if isinstance(value, Written) else _led(here, value)
            return {key: self.fit(of_property(here, key), each) for key, each in entries.items()}
        if is_list_or_tuple(value):
            here = meant(self.document, schemas)
            return [self.fit(of_item(here, at), each) for at, each in enumerate(value)]
        if isinstance(value, Decimal):
            return self._number(meant(self.document, schemas), value)
        if isinstance(value, BytesText):
            return text_of_bytes(value.raw, _form_of_bytes(meant(self.document, schemas)))
        if self.plain and isinstance(value, float) and not math.isfinite(value):
            return next(name for name, each in _FLOATS.items() if repr(each) == repr(value))
        if not self.plain and isinstance(value, str) and value in _FLOATS:
            here = meant(self.document, schemas)
            return _FLOATS[value] if takes(here, "number") and not takes_text(here) else value
        if self.tell and isinstance(value, str) and value[:1] in _DIGITS:
            here = meant(self.document, schemas)
            return {TOLD: value} if takes_decimal(here) and _takes_numbers(here) and not takes_text(here) else value
        return value

    def _trimmed(self, here: list[Mapping[str, Any]], model: Written) -> dict[str, Any]:
        """Return a model as the requested one.

        Fields that a subclass adds are left out, and fields that it would not know are added.
        """
        known = [each for each in here if is_mapping(each.get("properties"))]
        if not known:
            return dict(model)
        groups = [each for each in here if takes([each], "object")]
        names: set[str] = {name for each in known for name in each["properties"]}
        open_ended = any("patternProperties" in each for each in here)
        found = {key: each for key, each in model.items() if key in names or open_ended or key not in model.names}
        unset = {key: each for key, each in model.unset().items() if key in names and key not in found}
        telling = {key for one in known for key, each in one["properties"].items() if _is_constant(each)}
        for key, each in unset.items():
            tells = len(groups) > 1 and (key in telling or not telling & unset.keys())
            if tells or any(self._is_other(one, key, each) for one in known):
                found[key] = each
        return found

    def _is_other(self, schema: Mapping[str, Any], key: str, value: Any) -> bool:
        """Whether the requested model would not have this value by default."""
        part = schema["properties"].get(key)
        if not is_mapping(part) or part.get("default") == STARS:
            return False
        if key in schema.get("required", ()):
            return True
        return "default" in part and canonical(self.fit([part], value)) != canonical(part["default"])

    def _number(self, here: list[Mapping[str, Any]], value: Decimal) -> Any:
        """Return a number that a float would round, or that is decimal."""
        if takes_decimal(here):
            if takes_text(here):
                return {TOLD: str(value)} if self.tell else value
            return {TOLD: str(value)} if self.tell and _takes_numbers(here) else str(value)
        nearest = float(value)
        return nearest if (self.plain or takes(here, "number")) and math.isfinite(nearest) else value


_DIGITS = frozenset("0123456789+-.")


def _takes_numbers(here: list[Mapping[str, Any]]) -> bool:
    """Whether a number that is not decimal may be meant."""
    return takes(here, "number") or takes(here, "integer")


def _form_of_bytes(here: list[Mapping[str, Any]]) -> str:
    """Return the text encoding of bytes; if alternatives have different ones, the encoding that can hold any bytes."""
    forms = [_FORMS.get(str(each.get(BYTES)), str(each.get("format"))) for each in here]
    return next((form for form in forms if form in ("base64", "base64url", "hex")), "utf8")


_FORMS = {"base64": "base64url", "hex": "hex"}
"""Pydantic's names for the encodings of bytes that a model may set."""


def _by_places(here: list[Mapping[str, Any]], value: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows of a list whose places have names, if it is given as an object with these names.

    Return ``None`` for any other object.
    """
    named = [each for each in here if NAMES in each]
    if len(named) != 1 or takes(here, "object"):
        return None
    names, places = named[0][NAMES], named[0].get("prefixItems", ())
    last = max((at for at, name in enumerate(names) if name in value), default=-1)
    rows: list[Any] = []
    for name, place in zip(names[: last + 1], places, strict=False):
        default = place.get("default", STARS) if is_mapping(place) else STARS
        rows.append(value.get(name, default))
    return rows if value.keys() <= set(names) and STARS not in [row for row in rows if isinstance(row, str)] else None


def _check_keys(here: list[Mapping[str, Any]], value: Mapping[str, Any]) -> None:
    """Refuse keys that are not texts where texts are required."""
    key = next((key for key in value if isinstance(key, KeyText)), None)
    if key is not None and not any(KEYS in each for each in here):
        raise UnwritableError(f"the key {key:.80} cannot be written as text")


def _led(here: list[Mapping[str, Any]], value: Mapping[str, Any]) -> Any:
    """Return an object with each field in its place in the schema, even if it may be read from other places, too."""
    found: Any = value
    for first, *others in (ways for each in here for ways in each.get(WAYS, ())):
        way = next((way for way in (first, *others) if _leads_somewhere(found, way)), first)
        if way is not first:
            found = put(_without(found, way), first, reduce(getitem, way, found))
    return found


def _leads_somewhere(value: Any, way: list[str | int]) -> bool:
    for step in way:
        is_there = step in value if is_mapping(value) else isinstance(step, int) and step < _length(value)
        if not is_there:
            return False
        value = value[step]
    return True


def _length(value: Any) -> int:
    return len(value) if is_list_or_tuple(value) else 0


def put(value: Any, way: list[str | int], new: Any) -> Any:
    """Return a value with a new part at the end of a path, and with the containers on the path."""
    if not way:
        return new
    step, rest = way[0], way[1:]
    if isinstance(step, int):
        rows = [*value] if is_list_or_tuple(value) else []
        rows += [None] * (step + 1 - len(rows))
        rows[step] = put(rows[step], rest, new)
        return rows
    entries: Mapping[Any, Any] = value if is_mapping(value) else {}
    return {**entries, step: put(entries.get(step), rest, new)}


def _without(value: Any, way: list[str | int]) -> Any:
    """Return a value without the part at the end of a path, and without containers that would be empty then."""
    step, rest = way[0], way[1:]
    inner = _without(value[step], rest) if rest else None
    if isinstance(step, int):
        rows = [*value[:step], inner, *value[step + 1 :]]
        return rows if any(row is not None for row in rows) else None
    kept = {key: each for key, each in value.items() if key != step}
    return kept if not inner else {**kept, step: inner}


def _is_constant(schema: Any) -> bool:
    return is_mapping(schema) and ("const" in schema or "enum" in schema)
