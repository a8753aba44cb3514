"""Hiding secrets: values that a JSON Schema calls write-only or a password are never shown.

A schema says so for pydantic's `SecretStr`. Anything that might be a secret is treated as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.type_guards import is_dict, is_list, is_list_or_tuple, is_mapping
from holdfast.values.schema_places import meant, of_item, of_property

MASK = "••••••••"
"""The text shown in place of a secret."""

_DEPTH = 64


def has_secrets(schema: Any) -> bool:
    """Whether any part of a schema is a secret."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if is_mapping(part):
            if is_secret(part):
                return True
            pending.extend(part.values())
        elif is_list(part):
            pending.extend(part)
    return False


def mask(schema: Any, value: Any, document: Any = None) -> Any:
    """Return ``value`` as it may be shown, with a mask in place of each secret in the schema.

    ``document`` is the whole that the schema is a part of, to which its references point.
    """
    whole = schema if document is None else document
    return _mask(whole, [schema], value, 0) if has_secrets(whole) else value


def unmask(value: Any, masked: Any, real: Any) -> Any:
    """Restore secrets where ``value`` still has the mask that ``masked`` has there."""
    if isinstance(value, str) and value == MASK == masked:
        return real
    if is_dict(value) and is_dict(masked) and is_dict(real):
        return {key: unmask(entry, masked.get(key), real.get(key)) for key, entry in value.items()}
    if is_list(value) and is_list(masked) and is_list(real):
        pairs = [*zip(masked, real, strict=False), *[(None, None)] * len(value)]
        return [unmask(entry, *pair) for entry, pair in zip(value, pairs, strict=False)]
    return value


def masked(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths in ``value`` where a mask stands for a secret."""
    if is_mapping(value):
        for key, entry in value.items():
            yield from masked(entry, (*path, key))
    elif is_list(value):
        for at, entry in enumerate(value):
            yield from masked(entry, (*path, at))
    elif isinstance(value, str) and value == MASK:
        yield path


def is_secret(schema: Mapping[str, Any]) -> bool:
    """Whether a part of a schema calls a value a secret."""
    return schema.get("writeOnly") is True or schema.get("format") == "password"


def _mask(document: Any, schemas: list[Any], value: Any, depth: int) -> Any:
    """Return ``value`` with a mask wherever a schema that may be meant for it has a secret."""
    if value is None:
        return value
    here = meant(document, schemas)
    if depth > _DEPTH or any(map(is_secret, here)):
        return MASK
    if is_mapping(value):
        return {key: _mask(document, of_property(here, key), entry, depth + 1) for key, entry in value.items()}
    if is_list_or_tuple(value):
        return [_mask(document, of_item(here, at), entry, depth + 1) for at, entry in enumerate(value)]
    return value
