"""The regular expressions in a schema. They are written for one of several engines, and it does not say for which."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema_rs
from pydantic_core import SchemaError, SchemaValidator, core_schema

_Matches = Callable[[str], bool]

_PLAIN = re.compile(r"[\x20-\x7e]*")
"""Texts for which all engines agree. They differ about line ends and about letters beyond ASCII."""

_ENDS = re.compile(r"[\x00-\x1f\x7f]")
_OF_LETTERS = re.compile(r"\\[wWdDsSbB]|\(\?")
"""Parts of a pattern that engines interpret differently for letters beyond ASCII."""


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> _Matches | None:
    """Return a function that tells whether a text matches by any of the engines, or None if only the flow can tell.

    A text that the engines of pydantic and ECMAScript both refuse is refused, unless Python's engine may disagree.
    Python's engine is not used, because a text can take it far too long.
    """
    engines = [engine for engine in (_rust(pattern), _ecma(pattern)) if engine is not None]
    if not engines:
        return None
    of_letters = _OF_LETTERS.search(pattern) is not None

    def matches(text: str) -> bool:
        if any(engine(text) for engine in engines):
            return True
        return not _PLAIN.fullmatch(text) and (of_letters or _ENDS.search(text) is not None)

    return matches


def is_ecma(pattern: str) -> bool:
    """Whether the schema's validator can read a pattern."""
    return _ecma(pattern) is not None


def _rust(pattern: str) -> _Matches | None:
    try:
        validator = SchemaValidator(core_schema.str_schema(pattern=pattern))
    except (SchemaError, UnicodeError):
        return None

    def matches(text: str) -> bool:
        try:
            return validator.isinstance_python(text)
        except UnicodeError:
            return True

    return matches


@lru_cache(maxsize=1024)
def _ecma(pattern: str) -> _Matches | None:
    try:
        validator = jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True)
    except (ValueError, UnicodeError):
        return None

    def matches(text: str) -> bool:
        try:
            # An engine that gave up has not refused the text. Its error has another type.
            return not any(type(error.kind).__name__ == "Pattern" for error in validator.iter_errors(text))
        except (ValueError, UnicodeError):
            return True

    return matches


class PatternKeyword:
    """The keyword `pattern`, in the form that the schema's validator expects."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        self._pattern = value
        self._matches = matcher(value) if isinstance(value, str) else None

    def validate(self, instance: Any) -> None:
        """Raise `ValueError` with the pattern if a text does not match."""
        if isinstance(instance, str) and self._matches is not None and not self._matches(instance):
            raise ValueError(self._pattern)
