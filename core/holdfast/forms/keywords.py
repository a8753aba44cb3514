"""The values that each keyword of JSON Schema may have, to find mistakes in a schema."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from holdfast.forms.schema_drafts import Draft
from holdfast.type_guards import is_list, is_mapping

_TYPE_NAMES = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
_ANCHOR = re.compile("[A-Za-z_][-A-Za-z0-9._]*")

SCHEMAS = frozenset(
    {
        *("additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"),
        *("unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema", "items"),
    }
)
"""Keywords that hold a schema."""

SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_TABLES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})

COUNTS = frozenset(
    {
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minContains", "maxContains"),
    }
)
"""Keywords that hold a whole number of 0 or more."""

NOTES = frozenset(
    {
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"),
        *("format", "contentEncoding", "contentMediaType", "$schema", "$vocabulary"),
    }
)
"""Keywords that do not change which values a schema accepts."""


def is_json(value: Any) -> bool:
    """Whether a value can be JSON. Infinity and NaN count as JSON here, because defaults contain them."""
    if isinstance(value, bool | int) or value is None or (isinstance(value, str) and value.isascii()):
        return True
    try:
        json.dumps(value, ensure_ascii=False, default=_decimal).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(value)


def is_text(value: Any) -> bool:
    """Whether a value is a text that can be stored."""
    return isinstance(value, str) and (value.isascii() or is_json(value))


def _is_number(value: Any) -> bool:
    if isinstance(value, float | Decimal):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and 0 <= value == int(value)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return is_list(value) and all(map(is_text, value))


def _is_type(value: Any) -> bool:
    if is_list(value):
        return bool(value) and all(isinstance(name, str) and name in _TYPE_NAMES for name in value)
    return isinstance(value, str) and value in _TYPE_NAMES


def _is_choices(value: Any) -> bool:
    return is_list(value) and is_json(value)


def _is_dependent(value: Any) -> bool:
    return is_mapping(value) and all(is_text(name) and _is_names(names) for name, names in value.items())


_HOLDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(COUNTS, _is_count),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly", "$recursiveAnchor"), _is_bool),
    **dict.fromkeys(("title", "description", "$comment", "format", "contentEncoding", "contentMediaType"), is_text),
    **dict.fromkeys(("$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema", "pattern"), is_text),
    **dict.fromkeys(("$anchor", "$dynamicAnchor"), lambda value: is_text(value) and bool(_ANCHOR.fullmatch(value))),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "type": _is_type,
    "required": _is_names,
    "enum": _is_choices,
    "examples": _is_choices,
    "dependentRequired": _is_dependent,
    "$vocabulary": lambda _: False,  # it is about schemas, not about values
}


def holds(draft: Draft, keyword: str, value: Any) -> bool:
    """Whether *value* is allowed for *keyword*, which holds no schemas."""
    if draft is Draft.DRAFT_4 and keyword in ("exclusiveMinimum", "exclusiveMaximum"):
        return _is_bool(value)
    if draft <= Draft.DRAFT_6 and keyword == "enum":
        return _is_choices(value) and bool(value)
    if draft is Draft.DRAFT_4 and keyword in ("id", "required"):
        return bool(value) and (is_text(value) if keyword == "id" else _is_names(value))
    return _HOLDS.get(keyword, is_json)(value)
