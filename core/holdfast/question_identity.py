"""What identifies a question: what it asks, where in the code it is asked, and how many equal ones came before it.

With the user's own key, the identity is the key and the schema instead, so that texts and initial values may change.
Every execution gives the same identity to the same question, so an answer is used only for the question that it was
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
"""Keywords under which a schema has values, not schemas."""
_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords under which a schema has schemas by name."""
_WORDS = frozenset({"title", "description", "examples"})


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of one wait of a run."""

    text: str
    """A text that no other question of the run has."""
    scope: str
    """The asker: empty for the flow's own code, ``@ID`` for a task run, ``=KEY`` for the user's own key.

    A question replaces only one of its own scope.
    """


def asked(schema: Mapping[str, Any] | None, initial: Mapping[str, Any] | None, description: str | None) -> str:
    """Return a short hash of everything that a person is asked; the order of fields does not matter."""
    return _short([_plain(schema, words=True), initial, description])


def by_content(what: str, number: int, task_run_id: str = "") -> Identity:
    """Return the identity of the ``number``-th question that asks ``what``, in the flow's code or in a task run's."""
    scope = f"@{task_run_id}" if task_run_id else ""
    return Identity(f"{what}{scope}#{number}", scope)


def by_key(key: str, schema: Mapping[str, Any] | None, initial: Mapping[str, Any] | None) -> Identity:
    """Return the identity of a question with the user's own key."""
    plain = _plain(schema, words=False)
    if plain and initial:
        # Initial values are also defaults, and fields with a default are not required.
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
    """Return the schema with sorted names of required fields; without ``words``, its texts for people are left out."""
    if is_list_or_tuple(schema):
        return [_plain(each, words=words) for each in schema]
    if not is_mapping(schema):
        return schema
    return {
        key: _part(key, value, words)
        for key, value in schema.items()
        if (words or key not in _WORDS) and not is_mark(schema, key)  # earlier versions have no such mark
    }


def _part(key: str, value: Any, words: bool) -> Any:
    if key in _VALUES:
        return value
    if key in _NAMES and is_mapping(value):
        return {name: _plain(each, words=words) for name, each in value.items()}
    if key == "required" and is_list_or_tuple(value):
        return sorted(value, key=str)
    return _plain(value, words=words)
