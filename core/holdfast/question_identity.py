"""What a question is known by: what it asks, where in the code it is asked, and how many equal ones were before it.

With a key of the user's own it is the key and the schema instead, so that texts and initial values may change.
Every execution gives the same text for the same question, so an answer is only used for the question that it was
given to.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.type_guards import is_list_or_tuple, is_mapping
from holdfast.values.schema_places import is_mark

_VALUES = frozenset({"default", "const", "enum", "examples"})
"""Where a schema holds values, not schemas."""
_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Where a schema holds schemas by name."""
_WORDS = frozenset({"title", "description", "examples"})


@dataclass(frozen=True, slots=True)
class Identity:
    """What one wait of a run is known by."""

    text: str
    """No other question of the run has it."""
    scope: str
    """Who asks: empty for the flow's own code, ``@ID`` for a task run, ``=KEY`` for a key of the user's own.

    A question replaces only one of its own scope.
    """


def asked(schema: Mapping[str, Any] | None, initial: Mapping[str, Any] | None, description: str | None) -> str:
    """A short hash of all that a person is asked; the order of fields does not count."""
    return _short([_plain(schema, words=True), initial, description])


def by_content(what: str, number: int, task_run_id: str = "") -> Identity:
    """The identity of the ``number``-th question that asks ``what``, in the flow's code or in a task run's."""
    scope = f"@{task_run_id}" if task_run_id else ""
    return Identity(f"{what}{scope}#{number}", scope)


def by_key(key: str, schema: Mapping[str, Any] | None, initial: Mapping[str, Any] | None) -> Identity:
    """The identity of a question with a key of the user's own."""
    plain = _plain(schema, words=False)
    if plain and initial:
        # Initial values are also defaults, and what has a default is not required.
        properties = {
            name: {key: value for key, value in each.items() if key != "default"} if name in initial else each
            for name, each in plain.get("properties", {}).items()
        }
        plain |= {"properties": properties, "required": sorted({*plain.get("required", ()), *initial})}
    scope = f"={key}"
    return Identity(f"{_short(plain)}{scope}", scope)


def _short(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, default=str)
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=12).digest()).decode()


def _plain(schema: Any, *, words: bool) -> Any:
    """The schema with the names of required fields sorted; without ``words``, what people read of it is left out."""
    if is_list_or_tuple(schema):
        return [_plain(each, words=words) for each in schema]
    if not is_mapping(schema):
        return schema
    return {
        key: _part(key, value, words)
        for key, value in schema.items()
        if (words or key not in _WORDS) and not is_mark(schema, key)  # no earlier version has marked it so
    }


def _part(key: str, value: Any, words: bool) -> Any:
    if key in _VALUES:
        return value
    if key in _NAMES and is_mapping(value):
        return {name: _plain(each, words=words) for name, each in value.items()}
    if key == "required" and is_list_or_tuple(value):
        return sorted(value, key=str)
    return _plain(value, words=words)
