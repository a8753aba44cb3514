"""Hiding secrets: what a JSON Schema calls write-only or a password is never shown.

A schema says so where pydantic has a `SecretStr`. What might be a secret is treated as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

MASK = "••••••••"
"""What stands for a secret wherever a value is shown as text."""

_DEPTH = 64


def has_secrets(schema: Any) -> bool:
    """Whether anything in a schema is a secret."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            if _is_secret(part):
                return True
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return False


def mask(schema: Any, value: Any, document: Any = None) -> Any:
    """``value`` as it may be shown: a mask where the schema has a secret.

    ``document`` is what the schema is a part of, and what its references point into, where it is not the whole.
    """
    whole = schema if document is None else document
    return _mask(whole, [schema], value, 0) if has_secrets(whole) else value


def unmask(value: Any, masked: Any, real: Any) -> Any:
    """Put secrets back where ``value`` still has the mask that ``masked`` has there."""
    if isinstance(value, str) and value == MASK == masked:
        return real
    if isinstance(value, dict) and isinstance(masked, dict) and isinstance(real, dict):
        return {key: unmask(entry, masked.get(key), real.get(key)) for key, entry in value.items()}
    if isinstance(value, list) and isinstance(masked, list) and isinstance(real, list):
        pairs = [*zip(masked, real, strict=False), *[(None, None)] * len(value)]
        return [unmask(entry, *pair) for entry, pair in zip(value, pairs, strict=False)]
    return value


def masked(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where in ``value`` a mask stands for a secret."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from masked(entry, (*path, key))
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from masked(entry, (*path, at))
    elif isinstance(value, str) and value == MASK:
        yield path


def _is_secret(schema: Mapping[str, Any]) -> bool:
    return schema.get("writeOnly") is True or schema.get("format") == "password"


def _mask(document: Any, schemas: list[Any], value: Any, depth: int) -> Any:
    """``value`` with what any of the schemas that may be meant for it calls a secret masked."""
    meant = list(_all(document, schemas))
    if value is None or isinstance(value, bool):
        return value
    if depth > _DEPTH or any(map(_is_secret, meant)):
        return MASK
    if isinstance(value, Mapping):
        return {key: _mask(document, list(_of_property(meant, key)), entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(document, list(_of_item(meant, at)), entry, depth + 1) for at, entry in enumerate(value)]
    return value


def _all(document: Any, schemas: list[Any]) -> Iterator[Mapping[str, Any]]:
    """The schemas themselves, what they refer to, and their alternatives."""
    seen: set[int] = set()
    pending = list(schemas)
    while pending:
        schema = pending.pop()
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        if isinstance(ref := schema.get("$ref"), str):
            pending.append(_lookup(document, ref))
        for key in ("anyOf", "oneOf", "allOf"):
            if isinstance(parts := schema.get(key), list):
                pending.extend(parts)
        pending += [schema[key] for key in ("if", "then", "else") if key in schema]


def _of_property(schemas: list[Mapping[str, Any]], key: str) -> Iterator[Any]:
    for schema in schemas:
        properties, patterns = schema.get("properties"), schema.get("patternProperties")
        if isinstance(properties, Mapping) and key in properties:
            yield properties[key]
        else:
            yield schema.get("additionalProperties")
        if isinstance(patterns, Mapping):
            yield from patterns.values()


def _of_item(schemas: list[Mapping[str, Any]], at: int) -> Iterator[Any]:
    for schema in schemas:
        places = schema.get("prefixItems")
        if isinstance(places, list) and at < len(places):
            yield places[at]
        else:
            yield schema.get("items")


def _lookup(document: Any, ref: str) -> Any:
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
