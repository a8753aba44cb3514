"""The limits that a schema sets for a value: lengths, bounds and a pattern."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from holdfast.forms.schema_cleaning import FOREIGN_PATTERN

_LIMITS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "ge",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minItems": "min_items",
    "maxItems": "max_items",
}


@dataclass(frozen=True)
class Limits:
    """The limits of a value: lengths in characters, bounds in the value's own unit."""

    min_length: int | None = None
    max_length: int | None = None
    ge: float | Decimal | None = None
    gt: float | Decimal | None = None
    le: float | Decimal | None = None
    lt: float | Decimal | None = None
    multiple_of: float | Decimal | None = None
    min_items: int | None = None
    max_items: int | None = None
    pattern: str | None = None


def limits_of(schema: Mapping[str, Any]) -> Limits:
    """Return the limits that a part of a schema sets. Invalid ones are left out."""
    found = {
        ours: schema[theirs]
        for theirs, ours in _LIMITS.items()
        if isinstance(schema.get(theirs), int | float | Decimal) and not isinstance(schema[theirs], bool)
    }
    pattern = schema.get("pattern", schema.get(FOREIGN_PATTERN))
    return Limits(pattern=pattern if isinstance(pattern, str) and pattern else None, **found)
