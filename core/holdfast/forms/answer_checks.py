"""Answers as they are given: as JSON, and checked against their wait's JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from holdfast.exceptions import InvalidAnswerError, Path
from holdfast.type_guards import is_mapping
from holdfast.values.fitting import fitted
from holdfast.values.to_json import UnwritableError, written_for

if TYPE_CHECKING:
    from holdfast.forms.validation import Checker


def schema_errors(schema: Mapping[str, Any], answer: Any) -> dict[Path, str]:
    """Return what is wrong with ``answer``, by path, in the words of the app's forms; empty if it fits."""
    errors: dict[Path, str] = {}
    for path, words in _checker(json.dumps(schema)).problems(answer, lambda _path, _branches: None):
        errors.setdefault(path, words)
    return errors


# Thousands of answers may go to waits with the same schema.
@lru_cache(maxsize=16)
def _checker(schema: str) -> Checker:
    # Only here, since the validator takes a while to load and most processes never give an answer.
    from holdfast.forms import schema_documents, validation

    return validation.Checker(schema_documents.read_document(json.loads(schema)))


def asks_for_plain_value(schema: Mapping[str, Any]) -> bool:
    """Whether the schema asks for a value that is not a model: the answer, an object, has it under ``value``."""
    return "title" not in schema and list(schema.get("properties", ())) == ["value"]


def as_answer(schema: Mapping[str, Any], given: Any, *, is_value: bool) -> Any:
    """Return the intended answer as JSON.

    If a plain value is expected, Python gives the value (``is_value``), and JSON gives what the schema requires. Either
    one also accepts the other form if its own does not fit: ``{"value": 3}`` is an answer for an ``int``. For a
    ``dict`` it is an answer from JSON, and from Python the dictionary itself. Raises `InvalidAnswerError` for a value
    that JSON cannot represent.
    """
    part = schema["properties"]["value"] if is_value and asks_for_plain_value(schema) else None
    try:
        return _meant(schema, written_for(part, given), is_value=is_value)
    except UnwritableError as error:
        raise InvalidAnswerError({(): f"cannot be sent: {error}"}) from error


def _meant(schema: Mapping[str, Any], form: Any, *, is_value: bool) -> Any:
    if not asks_for_plain_value(schema):
        return fitted(schema, form)
    held = {"value": form}
    if not is_mapping(form):
        return fitted(schema, held)
    first, second = (held, form) if is_value else (form, held)
    try:
        answer = fitted(schema, first)
        return answer if not schema_errors(schema, answer) else _fitting(schema, second, instead=answer)
    except UnwritableError:
        return fitted(schema, second)


def _fitting(schema: Mapping[str, Any], form: Any, *, instead: Any) -> Any:
    """Return the given value in its other form if that fits, otherwise ``instead``."""
    try:
        answer = fitted(schema, form)
    except UnwritableError:
        return instead
    return instead if schema_errors(schema, answer) else answer
