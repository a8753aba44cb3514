"""Following a value through its JSON Schema: which parts of the schema may be meant for each part of the value.

Also the marks that `asked_schema` puts into a schema. They express what JSON Schema cannot. They are not part of what
people are asked, and so do not count for the identity of a question, type or message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from holdfast.type_guards import is_list, is_mapping

DECIMAL = "decimal"
"""The format of a decimal number, which may be a number or text. It distinguishes one from ``float | str``."""

_MARK = "x-holdfast-"

LAX = f"{_MARK}lax"
"""At the top: pydantic decides, and also reads values of other types, such as ``"5"`` for a number."""

OPEN = f"{_MARK}open"
"""A function of the user sees the value first and may accept any, so nothing at this place or below it is refused."""

STRIPPED = f"{_MARK}stripped"
"""Spaces around the text are ignored."""

NUMBERS = f"{_MARK}numbers"
"""A number is accepted in place of its text."""

FINITE = f"{_MARK}finite"
"""A number that is neither infinite nor NaN."""

NAMES = f"{_MARK}names"
"""The names of the places of a list, which may also be given as an object."""

KEYS = f"{_MARK}keys"
"""The names of entries are not texts: each is JSON, as text."""

FLAGS = f"{_MARK}flags"
"""The flags themselves define which whole numbers are valid."""

NOTHING = f"{_MARK}nothing"
"""Why no value at all fits, if no keyword says so."""

BYTES = f"{_MARK}bytes"
"""The text encoding of bytes, if it is not UTF-8."""

NAIVE = f"{_MARK}naive"
"""A time without a time zone."""

TOLD_APART = f"{_MARK}told-apart"
"""A function of the user decides which alternative is meant, even if several fit."""

WAYS = f"{_MARK}ways"
"""Fields that are read from several places: a list of ways for each, starting with the one in the schema."""


def is_mark(schema: Mapping[str, Any], key: str) -> bool:
    """Whether a keyword only tells programs how to treat the question."""
    return key.startswith(_MARK) or key == "writeOnly" or (key == "format" and is_decimal(schema))


def without_marks(part: Any) -> Any:
    """Return a schema without this module's own marks."""
    if is_mapping(part):
        return {key: without_marks(each) for key, each in part.items() if not str(key).startswith(_MARK)}
    return [without_marks(each) for each in part] if is_list(part) else part


def is_decimal(schema: Any) -> bool:
    """Whether a part of a schema stands for a decimal number."""
    return is_mapping(schema) and schema.get("format") == DECIMAL and "type" not in schema


def meant(document: Any, schemas: list[Any]) -> list[Mapping[str, Any]]:
    """Return the schemas themselves, the schemas that they refer to, and their alternatives.

    A decimal number is one of these.
    """
    seen: set[int] = set()
    found: list[Mapping[str, Any]] = []
    pending = list(reversed(schemas))
    while pending:
        schema = pending.pop()
        if not is_mapping(schema) or id(schema) in seen:
            continue
        seen.add(id(schema))
        found.append(schema)
        if isinstance(ref := schema.get("$ref"), str):
            pending.append(lookup(document, ref))
        for key in () if is_decimal(schema) else ("anyOf", "oneOf", "allOf"):
            if is_list(parts := schema.get(key)):
                pending.extend(reversed(parts))
        pending += [schema[key] for key in ("if", "then", "else") if key in schema]
    return found


def of_property(schemas: list[Mapping[str, Any]], key: str) -> list[Any]:
    """Return the schemas that may be meant for the value under a key."""
    found: list[Any] = []
    for schema in schemas:
        properties, patterns = schema.get("properties"), schema.get("patternProperties")
        if is_mapping(properties) and key in properties:
            found.append(properties[key])
        else:
            found.append(schema.get("additionalProperties"))
        if is_mapping(patterns):
            found += [each for pattern, each in patterns.items() if _may_match(pattern, key)]
    return found


def _may_match(pattern: str, key: str) -> bool:
    try:
        return re.search(pattern, key) is not None
    except re.error:
        return True


def of_item(schemas: list[Mapping[str, Any]], at: int) -> list[Any]:
    """Return the schemas that may be meant for the value at a position in a list."""
    found: list[Any] = []
    for schema in schemas:
        places, items = schema.get("prefixItems"), schema.get("items")
        if is_list(items):  # the notation up to draft 2019-09
            places, items = items, schema.get("additionalItems")
        found.append(places[at] if is_list(places) and at < len(places) else items)
    return found


def lookup(document: Any, ref: str) -> Any:
    """Return the target of a reference within a document; ``None`` if there is none."""
    found = document
    if not ref.startswith("#"):
        return None
    for step in filter(None, unquote(ref[1:]).split("/")):
        name = step.replace("~1", "/").replace("~0", "~")
        if is_mapping(found):
            found = found.get(name)
        elif is_list(found) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def takes_decimal(here: list[Mapping[str, Any]]) -> bool:
    """Whether a decimal number may be meant."""
    return any(map(is_decimal, here))


def takes_text(here: list[Mapping[str, Any]]) -> bool:
    """Whether text may be meant. A schema without a type does not count."""
    return takes(here, "string") or any(isinstance(value, str) for value in _listed(here))


def takes(here: list[Mapping[str, Any]], kind: str) -> bool:
    """Whether the schemas name a type."""
    return any(kind == each.get("type") or kind in _several(each.get("type")) for each in here)


def _several(types: Any) -> list[Any]:
    return types if is_list(types) else []


def _listed(here: list[Mapping[str, Any]]) -> list[Any]:
    found: list[Any] = []
    for each in here:
        found += each["enum"] if is_list(each.get("enum")) else []
        found += [each["const"]] if "const" in each else []
    return found
