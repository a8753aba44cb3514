"""Checking a whole value against its JSON Schema, with errors in plain words."""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import jsonschema_rs

from holdfast.forms import references
from holdfast.forms.field_texts import EXPECTED
from holdfast.forms.field_words import label_of
from holdfast.forms.fields import Json, Kind, Path
from holdfast.forms.leniency import Reading, changed, reading
from holdfast.forms.schema_cleaning import FOREIGN_PATTERN
from holdfast.forms.schema_documents import Document, Validator
from holdfast.type_guards import is_list, is_mapping
from holdfast.values.fitting import unfit_numbers
from holdfast.values.json_text import plain
from holdfast.values.schema_places import LAX

_Error: TypeAlias = jsonschema_rs.ValidationError

ChooseBranch = Callable[[Path, list[Json]], int | None]
"""Gets a union's path and its alternatives as the schema lists them, and returns the position of the one in use."""

_FEW = 6
"""The number of choices up to which an error lists them."""


_TYPE_WORDS = {
    "integer": EXPECTED[Kind.INTEGER],
    "number": EXPECTED[Kind.NUMBER],
    "boolean": EXPECTED[Kind.BOOLEAN],
    "string": EXPECTED[Kind.TEXT],
    "array": EXPECTED[Kind.LIST],
    "object": EXPECTED[Kind.MODEL],
    "null": "nothing",
}

_FORMAT_WORDS = {
    "date": EXPECTED[Kind.DATE],
    "decimal": EXPECTED[Kind.NUMBER],
    "time": EXPECTED[Kind.TIME],
    "date-time": EXPECTED[Kind.DATETIME],
    "duration": EXPECTED[Kind.DURATION],
    "email": "an email address, such as ana@example.com",
    "uri": "a web address, such as https://example.com",
    "uuid": "a UUID, such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "ipv4": "an IPv4 address, such as 192.0.2.1",
    "ipv6": "an IPv6 address, such as 2001:db8::1",
    "hostname": "a host name, such as example.com",
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _named(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _one_of(options: list[Json]) -> str:
    if len(options) > _FEW:
        return f"one of the {len(options)} choices"
    return "one of: " + ", ".join(label_of(option) for option in options)


def _type_word(name: str) -> str:
    return _TYPE_WORDS.get(name, name)


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "required": lambda _: "required",
    "type": lambda found: " or ".join(map(_type_word, found["types"])),
    "enum": lambda found: _one_of(found["options"]),
    "const": lambda found: "only " + label_of(found["expected_value"]),
    "minimum": lambda found: f"at least {plain(found['limit'])}",
    "exclusiveMinimum": lambda found: f"more than {plain(found['limit'])}",
    "maximum": lambda found: f"at most {plain(found['limit'])}",
    "exclusiveMaximum": lambda found: f"less than {plain(found['limit'])}",
    "multipleOf": lambda found: f"a multiple of {plain(found['multiple_of'])}",
    "minLength": lambda found: f"at least {_count(found['limit'], 'character')}",
    "maxLength": lambda found: f"at most {_count(found['limit'], 'character')}",
    "minItems": lambda found: f"at least {_count(found['limit'], 'row')}",
    "maxItems": lambda found: f"at most {_count(found['limit'], 'row')}",
    "minProperties": lambda found: f"at least {_count(found['limit'], 'entry')}",
    "maxProperties": lambda found: f"at most {found['limit']} entries",
    "uniqueItems": lambda _: "a list without duplicates",
    **dict.fromkeys(("pattern", FOREIGN_PATTERN), lambda found: f"text that matches {found['message']}"),
    "format": lambda found: _FORMAT_WORDS.get(found["format"], f"text in the form of a {found['format']}"),
    "additionalProperties": lambda found: f"without {_named(found['unexpected'])}",
    "unevaluatedProperties": lambda found: f"without {_named(found['unexpected'])}",
    "additionalItems": lambda found: f"at most {_count(found['limit'], 'row')}",
    "oneOf": lambda _: "only one of the alternatives, but several fit",
    "contentMediaType": lambda found: f"text of type {found['content_media_type']}",
    "propertyNames": lambda _: "a group with other names",
    "contains": lambda _: "at least one row of the right kind",
}

_READINGS = 3
"""How often a value is checked as pydantic reads it: for numbers in a text, then for duplicates, then for length."""

_NOT_FINITE = re.compile("NaN|Infinity")
_UNDECIDED = frozenset({"BacktrackLimitExceeded", "RegexEngineFailure"})


class Checker:
    """Checks values against one schema document. The flow itself checks the parts that cannot be checked here."""

    def __init__(self, document: Document) -> None:
        self._document = document.root
        self._validator = document.validator
        self._is_lax = is_mapping(document.root) and document.root.get(LAX) is True

    def problems(self, value: Json, choose: ChooseBranch) -> Iterator[tuple[Path, str]]:
        """Yield the places in *value* that the schema refuses, and what it asks for there."""
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
            text.encode()
        except (ValueError, RecursionError):
            yield (), "cannot be sent: it contains characters or nesting that JSON does not allow"
            return
        yield from unfit_numbers(self._document, value)
        if self._validator is None:
            return
        try:
            errors = self._errors(self._validator, _finite(value) if _NOT_FINITE.search(text) else value)
        except (ValueError, TypeError, RecursionError):
            return  # the flow itself checks what the validator cannot
        for error in errors:
            yield from self._explain(error, choose)

    def _errors(self, validator: Validator, value: Json) -> list[_Error]:
        """Return what the schema refuses. If pydantic made the schema, return only what pydantic refuses, too."""
        errors = list(validator.iter_errors(value))
        if not self._is_lax:
            return errors
        for _ in range(_READINGS):
            found: Reading = {}
            for error in errors:
                found |= reading(self._document, error) or {}
            if not found:
                break
            value = changed(value, found)
            errors = list(validator.iter_errors(value))
        return [error for error in errors if reading(self._document, error) is None]

    def _explain(self, error: _Error, choose: ChooseBranch) -> Iterator[tuple[Path, str]]:
        path = tuple(error.instance_path)
        found = error.kind.as_dict()
        if _is_undecided(error):
            return
        if error.kind.name in {"anyOf", "oneOf"} and any(found["context"]):
            branch = self._branch(error, found["context"], choose)
            if branch is None:
                yield path, _any_of(found["context"])
                return
            if not branch:
                yield path, _words("oneOf", found)  # the intended alternative fits, and another one, too
            for inner in branch:
                yield from self._explain(inner, choose)
            return
        if error.kind.name == "required":
            path = (*path, found["property"])
        yield path, _words(error.kind.name, found)

    def _branch(
        self,
        error: _Error,
        context: list[list[_Error]],
        choose: ChooseBranch,
    ) -> list[_Error] | None:
        """Return the errors of the intended alternative, or None if it cannot be determined."""
        asked = [branch for branch in context if not _only_wants_null(branch)]
        if len(asked) == 1:
            return asked[0]
        listed = references.walk(self._document, error.schema_path)
        index = choose(tuple(error.instance_path), listed if is_list(listed) else [])
        return None if index is None or index >= len(context) else context[index]


def _is_undecided(error: _Error) -> bool:
    """Whether the validator gave up, here or in an alternative that might fit."""
    if type(error.kind).__name__ in _UNDECIDED:
        return True
    context = error.kind.as_dict().get("context", ()) if error.kind.name in {"anyOf", "oneOf"} else ()
    return any(branch and all(map(_is_undecided, branch)) for branch in context)


def _finite(value: Json) -> Json:
    """Replace infinity and NaN, which a flow may accept, with numbers that JSON can express."""
    if isinstance(value, float) and not math.isfinite(value):
        return 0.0 if math.isnan(value) else math.copysign(sys.float_info.max, value)
    if is_mapping(value):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if is_list(value) else value


def _words(keyword: str, found: dict[str, Any]) -> str:
    words = _WORDS.get(keyword)
    return words(found) if words else "something else"


def _only_wants_null(branch: list[_Error]) -> bool:
    return len(branch) == 1 and branch[0].kind.as_dict().get("types") == ["null"]


def _any_of(context: list[list[_Error]]) -> str:
    """Say which types the alternatives ask for, if each asks for a type. Otherwise use general words."""
    types = [branch[0].kind.as_dict().get("types") for branch in context if len(branch) == 1]
    if len(types) == len(context) and all(types):
        if ["number"] in types:
            return EXPECTED[Kind.NUMBER]
        return " or ".join(_type_word(name) for names in types if names for name in names)
    return "one of the alternatives"
