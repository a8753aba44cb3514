"""Answers where they are given: as JSON, and checked against their wait's JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from holdfast.exceptions import InvalidAnswerError, Path
from holdfast.fitting import fitted
from holdfast.json_values import UnwritableError, written_for

if TYPE_CHECKING:
    from holdfast.forms.checks import Checker


def schema_errors(schema: Mapping[str, Any], answer: Any) -> dict[Path, str]:
    """What is wrong with ``answer``, by place, in the words of the app's forms; empty when it fits."""
    errors: dict[Path, str] = {}
    for path, words in _checker(json.dumps(schema)).problems(answer, lambda *_: None):
        errors.setdefault(path, words)
    return errors


# Thousands of answers at once go to waits with the same schema.
@lru_cache(maxsize=16)
def _checker(schema: str) -> Checker:
    # Only here, since the validator takes a while to load and most processes never give an answer.
    from holdfast.forms.checks import Checker
    from holdfast.forms.documents import read_document

    return Checker(read_document(json.loads(schema)))


def asks_for_plain_value(schema: Mapping[str, Any]) -> bool:
    """Whether a value is asked for that is no model: an answer, which is an object, holds it under ``value``."""
    return "title" not in schema and list(schema.get("properties", ())) == ["value"]


def as_answer(schema: Mapping[str, Any], given: Any, *, is_value: bool) -> Any:
    """The answer that was meant by what was given, as JSON.

    Where a plain value is asked for, Python gives the value (``is_value``) and JSON what the schema says. Either takes
    the other where its own does not fit: ``{"value": 3}`` is an answer for an ``int``, and for a ``dict`` it is one
    from JSON, and from Python the dictionary itself. Raises `InvalidAnswerError` for what JSON cannot say.
    """
    part = schema["properties"]["value"] if is_value and asks_for_plain_value(schema) else None
    try:
        form = written_for(part, given)
    except UnwritableError as error:
        raise InvalidAnswerError({(): f"cannot be sent: {error}"}) from error
    if not asks_for_plain_value(schema):
        return fitted(schema, form)
    held = fitted(schema, {"value": form})
    if not isinstance(form, Mapping):
        return held
    bare = fitted(schema, form)
    first, second = (held, bare) if is_value else (bare, held)
    return second if schema_errors(schema, first) and not schema_errors(schema, second) else first
