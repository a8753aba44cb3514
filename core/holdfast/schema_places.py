"""Finding one's way in a JSON Schema along a value: which parts of it may be meant for what lies where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

DECIMAL = "decimal"
"""The format of a decimal number, which may be written as a number or as text: it tells one from ``float | str``."""


def is_decimal(schema: Any) -> bool:
    """Whether a part of a schema stands for a decimal number."""
    return isinstance(schema, Mapping) and schema.get("format") == DECIMAL and "type" not in schema


def meant(document: Any, schemas: list[Any]) -> list[Mapping[str, Any]]:
    """The schemas themselves, what they refer to, and their alternatives. A decimal number is one thing."""
    seen: set[int] = set()
    found: list[Mapping[str, Any]] = []
    pending = list(reversed(schemas))
    while pending:
        schema = pending.pop()
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        found.append(schema)
        if isinstance(ref := schema.get("$ref"), str):
            pending.append(lookup(document, ref))
        for key in () if is_decimal(schema) else ("anyOf", "oneOf", "allOf"):
            if isinstance(parts := schema.get(key), list):
                pending.extend(reversed(parts))
        pending += [schema[key] for key in ("if", "then", "else") if key in schema]
    return found


def of_property(schemas: list[Mapping[str, Any]], key: str) -> list[Any]:
    """The schemas that may be meant for the value under a key."""
    found = []
    for schema in schemas:
        properties, patterns = schema.get("properties"), schema.get("patternProperties")
        if isinstance(properties, Mapping) and key in properties:
            found.append(properties[key])
        else:
            found.append(schema.get("additionalProperties"))
        if isinstance(patterns, Mapping):
            found += [each for pattern, each in patterns.items() if _may_match(pattern, key)]
    return found


def _may_match(pattern: str, key: str) -> bool:
    try:
        return re.search(pattern, key) is not None
    except re.error:
        return True


def of_item(schemas: list[Mapping[str, Any]], at: int) -> list[Any]:
    """The schemas that may be meant for the value at a place in a list."""
    found = []
    for schema in schemas:
        places, items = schema.get("prefixItems"), schema.get("items")
        if isinstance(items, list):  # as it was written up to draft 2019-09
            places, items = items, schema.get("additionalItems")
        found.append(places[at] if isinstance(places, list) and at < len(places) else items)
    return found


def lookup(document: Any, ref: str) -> Any:
    """What a reference within a document points to; ``None`` for nothing."""
    found = document
    if not ref.startswith("#"):
        return None
    for step in filter(None, unquote(ref[1:]).split("/")):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found
