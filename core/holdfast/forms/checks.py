"""A whole value against its JSON Schema, with what is wrong told in plain words."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import jsonschema_rs

from holdfast.forms import refs
from holdfast.forms.moments import is_duration, read_datetime, read_time
from holdfast.forms.schema import Json, Kind, Path, label_of
from holdfast.forms.values import EXPECTED
from holdfast.jsontext import UnreadableError, plain

_Error: TypeAlias = jsonschema_rs.ValidationError

ChooseBranch = Callable[[Path, list[Json]], int | None]
"""Given a union's path and its alternatives as the schema lists them: the position of the one in use."""

_FEW = 6
"""Choices that an error still lists by name."""


def _accepts(read: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            read(text)
        except UnreadableError:
            return False
        return True

    return check


_FORMATS: dict[str, Callable[[str], bool]] = {
    # pydantic writes these without a zone, and durations with a sign; the formats' own rules forbid both
    "date-time": _accepts(read_datetime),
    "time": _accepts(read_time),
    "duration": is_duration,
}

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


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "required": lambda _: "required",
    "type": lambda found: " or ".join(_TYPE_WORDS.get(name, name) for name in found["types"]),
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
    "uniqueItems": lambda _: "each row only once",
    "pattern": lambda found: f"text that matches {found['pattern']}",
    "format": lambda found: _FORMAT_WORDS.get(found["format"], f"text in the form of a {found['format']}"),
    "additionalProperties": lambda found: f"without {_named(found['unexpected'])}",
    "unevaluatedProperties": lambda found: f"without {_named(found['unexpected'])}",
    "additionalItems": lambda found: f"at most {_count(found['limit'], 'row')}",
    "oneOf": lambda _: "only one of the alternatives, but several fit",
    "contentMediaType": lambda found: f"text of type {found['content_media_type']}",
    "propertyNames": lambda _: "other names for its entries",
    "contains": lambda _: "at least one row of the right kind",
}

_UNDECIDED = frozenset({"BacktrackLimitExceeded", "RegexEngineFailure"})


class Checker:
    """Checks values against one schema document. A part of it that cannot be checked is left to the flow."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validator = _build(document)

    def problems(self, value: Json, choose: ChooseBranch) -> Iterator[tuple[Path, str]]:
        """What in *value* the schema refuses: where, and what it asks for instead."""
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except (ValueError, RecursionError):
            yield (), "cannot be sent: it holds characters or nesting that JSON does not allow"
            return
        if self._validator is None:
            return
        try:
            errors = list(self._validator.iter_errors(value))
        except (ValueError, TypeError, RecursionError):
            yield (), "cannot be checked against the form's schema"
            return
        for error in errors:
            yield from self._explain(error, choose)

    def _explain(self, error: _Error, choose: ChooseBranch) -> Iterator[tuple[Path, str]]:
        path = tuple(error.instance_path)
        found = error.kind.as_dict()
        if type(error.kind).__name__ in _UNDECIDED:
            return
        if error.kind.name in {"anyOf", "oneOf"} and any(found["context"]):
            branch = self._branch(error, found["context"], choose)
            if branch is None:
                yield path, _any_of(found["context"])
                return
            if not branch:
                yield path, _words("oneOf", found)  # the one that was meant fits, and another does too
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
        """The errors of the alternative that was meant, if one can be told."""
        asked = [branch for branch in context if not _only_wants_null(branch)]
        if len(asked) == 1:
            return asked[0]
        listed = refs.walk(self._document, error.schema_path)
        index = choose(tuple(error.instance_path), listed if isinstance(listed, list) else [])
        return None if index is None or index >= len(context) else context[index]


def _words(keyword: str, found: dict[str, Any]) -> str:
    words = _WORDS.get(keyword)
    return words(found) if words else "something else here"


def _only_wants_null(branch: list[_Error]) -> bool:
    return len(branch) == 1 and branch[0].kind.as_dict().get("types") == ["null"]


def _any_of(context: list[list[_Error]]) -> str:
    """What several alternatives ask for, when each asks for a type; the common words otherwise."""
    types = [branch[0].kind.as_dict().get("types") for branch in context if len(branch) == 1]
    if len(types) == len(context) and all(types):
        if ["number"] in types:
            return EXPECTED[Kind.NUMBER]
        return " or ".join(_TYPE_WORDS.get(name, name) for names in types if names for name in names)
    return "one of the alternatives"


def _build(document: Json) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return _validator(document)
    except (ValueError, TypeError, RecursionError):
        pass  # a foreign pattern is enough to get here; the rest can still be checked
    try:
        return _validator(_soften(document, document))
    except (ValueError, TypeError, RecursionError):
        return None


def _validator(document: Json) -> jsonschema_rs.Draft202012Validator:
    # offline: a schema must not make this program reach for the network
    return jsonschema_rs.Draft202012Validator(document, formats=_FORMATS, validate_formats=True, offline=True)


def _soften(document: Json, part: Json) -> Json:
    """A copy without what cannot be checked here: foreign regular expressions and broken references."""
    if isinstance(part, list):
        return [_soften(document, entry) for entry in part]
    if not isinstance(part, Mapping):
        return part
    softened = {}
    for key, value in part.items():
        if key == "pattern" and isinstance(value, str) and not _checkable({"pattern": value}):
            continue
        if key == "$ref" and isinstance(value, str) and not refs.exists(document, value):
            continue
        softened[key] = _soften(document, value)
    return softened


def _checkable(schema: Json) -> bool:
    try:
        jsonschema_rs.Draft202012Validator(schema, offline=True)
    except ValueError:
        return False
    return True
