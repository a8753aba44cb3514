"""Whether any answer fits a question. A question without a possible answer is refused when it is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from holdfast.type_guards import is_mapping
from holdfast.values.schema_places import NOTHING, OPEN, lookup


def why_unanswerable(schema: Any) -> str:
    """Return why no value at all fits a schema; empty if one may."""
    return _Answerable(schema).why(schema)


class _Answerable:
    """Checks whether any value fits a schema. A part that requires itself fits nothing, since no value is endless."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._open: set[str] = set()
        self._fine: set[str] = set()

    def why(self, schema: Any) -> str:
        if schema is False or (is_mapping(schema) and schema.get("not") in ({}, True)):
            return "it takes no value"
        if not is_mapping(schema):
            return ""
        return (
            schema.get(NOTHING, "")
            or self._why_not_ref(schema)
            or _why_not_bounds(schema)
            or ("none of its choices is left" if schema.get("enum") == [] else "")
            or self._why_not_parts(schema)
            or self._why_not_entries(schema)
            or self._why_not_different(schema)
        )

    def _why_not_ref(self, schema: Mapping[str, Any]) -> str:
        ref = schema.get("$ref")
        if not isinstance(ref, str) or ref in self._fine:
            return ""
        if ref in self._open:
            return "it must contain itself endlessly"
        self._open.add(ref)
        found = self.why(lookup(self._document, ref))
        self._open.discard(ref)
        if not found:
            self._fine.add(ref)
        return found

    def _why_not_parts(self, schema: Mapping[str, Any]) -> str:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if found := self.why(properties.get(name)):
                return f"{name}: {found}"
        for key in ("anyOf", "oneOf"):
            reasons = [self.why(each) for each in schema.get(key, ())]
            if reasons and all(reasons):
                return reasons[0]
        least = schema.get("minItems", 0)
        for at, each in enumerate([*schema.get("prefixItems", ())][:least]):
            if found := self.why(each):
                return f"{at}: {found}"
        if least > len(schema.get("prefixItems", ())) and (found := self.why(schema.get("items"))):
            return f"its rows: {found}"
        return next((found for each in schema.get("allOf", ()) if (found := self.why(each))), "")

    def _why_not_entries(self, schema: Mapping[str, Any]) -> str:
        """Return why required entries are impossible, or why a text that must be JSON cannot be."""
        has_entries = schema.get("minProperties", 0) > 0 and not schema.keys() & {"properties", "patternProperties"}
        found = self.why(schema.get("additionalProperties")) if has_entries else ""
        return f"its entries: {found}" if found else self.why(schema.get("contentSchema"))

    def _why_not_different(self, schema: Mapping[str, Any]) -> str:
        """Return why there cannot be as many different rows or names as required."""
        if OPEN in schema:
            return ""
        rows, names = schema.get("minItems", 0), schema.get("minProperties", 0)
        if rows and schema.get("uniqueItems") and (most := self._count(schema.get("items"))) < rows:
            return f"at least {rows} different rows are required, but there are only {most:g}"
        if names and "propertyNames" in schema and (most := self._count(schema["propertyNames"])) < names:
            return f"at least {names} entries are required, but there are only {most:g} names"
        return ""

    def _count(self, schema: Any) -> float:
        """Return the maximum number of different values that fit a schema."""
        if not is_mapping(schema) or OPEN in schema:
            return math.inf
        if isinstance(ref := schema.get("$ref"), str):
            return self._count(lookup(self._document, ref))
        if "const" in schema or schema.get("type") == "null":
            return 1
        if "enum" in schema:
            return len(schema["enum"])
        if schema.get("type") == "boolean":
            return 2
        return sum(map(self._count, schema["anyOf"])) if "anyOf" in schema else math.inf


def _why_not_bounds(schema: Mapping[str, Any]) -> str:
    pairs = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
    for least, most in (*pairs, ("minimum", "maximum")):
        if schema.get(least, 0) > schema.get(most, math.inf) and least in schema:
            return f"at least {schema[least]} and at most {schema[most]} cannot both be"
    low = [(schema["minimum"], False)] if "minimum" in schema else []
    low += [(schema["exclusiveMinimum"], True)] if "exclusiveMinimum" in schema else []
    high = [(schema["maximum"], False)] if "maximum" in schema else []
    high += [(schema["exclusiveMaximum"], True)] if "exclusiveMaximum" in schema else []
    step = schema.get("multipleOf", 1 if schema.get("type") == "integer" else 0)
    for (above, open_low), (below, open_high) in ((one, other) for one in low for other in high):
        if above > below or (above == below and (open_low or open_high)):
            return f"nothing lies between {above} and {below}"
        if step and not _has_step(above, below, step, open_low=open_low, open_high=open_high):
            what = f"no multiple of {step}" if "multipleOf" in schema else "nothing"
            return f"{what} lies between {above} and {below}"
    return ""


def _has_step(low: float, high: float, step: float, *, open_low: bool, open_high: bool) -> bool:
    """Whether a multiple of a number lies between two others; an open end itself is excluded."""
    exact_low, exact_high, exact_step = (Fraction(str(each)) for each in (low, high, step))
    count = math.ceil(exact_low / exact_step)
    if open_low and count * exact_step == exact_low:
        count += 1
    first = count * exact_step
    return first < exact_high or (first == exact_high and not open_high)
