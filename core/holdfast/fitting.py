"""JSON values in the form that their schema asks for, wherever they come from.

The same decimal number may be written as a number or as text, and only text keeps its digits in pydantic's reader; a
float is at most as exact as a double; what a subclass adds to a model is nothing that the schema knows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from holdfast.json_values import STARS, Written
from holdfast.jsontext import NOT_FINITE, canonical
from holdfast.schema_places import is_decimal, meant, of_item, of_property

_FLOATS = dict(zip(NOT_FINITE, (math.inf, -math.inf, math.nan), strict=True))


def fitted(schema: Any, value: Any, *, plain: bool = False) -> Any:
    """``value`` as its schema has it; a float that is no number is one, though it may have come as text.

    Where ``plain``, as Python's own JSON has it: each number that is no decimal one is an ``int`` or ``float``, and a
    float that is no number is text.
    """
    return _Fitting(schema, plain).fit([schema], value)


@dataclass(frozen=True)
class _Fitting:
    document: Any
    plain: bool

    def fit(self, schemas: list[Any], value: Any) -> Any:
        """A value that these schemas may be meant for."""
        if isinstance(value, Mapping):
            here = meant(self.document, schemas)
            entries = self._trimmed(here, value) if isinstance(value, Written) else value
            return {key: self.fit(of_property(here, key), each) for key, each in entries.items()}
        if isinstance(value, list | tuple):
            here = meant(self.document, schemas)
            return [self.fit(of_item(here, at), each) for at, each in enumerate(value)]
        if isinstance(value, Decimal):
            return self._number(meant(self.document, schemas), value)
        if self.plain and isinstance(value, float) and not math.isfinite(value):
            return next(name for name, each in _FLOATS.items() if repr(each) == repr(value))
        if not self.plain and isinstance(value, str) and value in _FLOATS:
            here = meant(self.document, schemas)
            return _FLOATS[value] if takes(here, "number") and not takes_text(here) else value
        return value

    def _trimmed(self, here: list[Mapping[str, Any]], model: Written) -> dict[str, Any]:
        """A model as the one that is asked for: without what a subclass adds, with what that would not know."""
        known = [each for each in here if isinstance(each.get("properties"), Mapping)]
        if not known:
            return dict(model)
        names: set[str] = set().union(*(each["properties"] for each in known))
        open_ended = any("patternProperties" in each for each in here)
        found = {key: each for key, each in model.items() if key in names or open_ended or key not in model.names}
        unset = {key: each for key, each in model.unset().items() if key in names and key not in found}
        telling = {key for one in known for key, each in one["properties"].items() if _is_constant(each)}
        for key, each in unset.items():
            tells = len(known) > 1 and (key in telling or not telling & unset.keys())
            if tells or any(self._is_other(one, key, each) for one in known):
                found[key] = each
        return found

    def _is_other(self, schema: Mapping[str, Any], key: str, value: Any) -> bool:
        """Whether the model that is asked for would not have this value of itself."""
        part = schema["properties"].get(key)
        if not isinstance(part, Mapping) or part.get("default") == STARS:
            return False
        if key in schema.get("required", ()):
            return True
        return "default" in part and canonical(self.fit([part], value)) != canonical(part["default"])

    def _number(self, here: list[Mapping[str, Any]], value: Decimal) -> Any:
        """A number of which a float would lose digits."""
        if takes_decimal(here):
            return value if takes_text(here) or takes(here, "number") else str(value)
        nearest = float(value)
        return nearest if (self.plain or takes(here, "number")) and math.isfinite(nearest) else value


def takes_decimal(here: list[Mapping[str, Any]]) -> bool:
    """Whether a decimal number may be meant."""
    return any(map(is_decimal, here))


def takes_text(here: list[Mapping[str, Any]]) -> bool:
    """Whether text may be meant; what a schema leaves open is not."""
    return takes(here, "string") or any(isinstance(value, str) for value in _listed(here))


def takes(here: list[Mapping[str, Any]], kind: str) -> bool:
    """Whether the schemas name a type."""
    return any(kind == each.get("type") or kind in _several(each.get("type")) for each in here)


def _several(types: Any) -> list[Any]:
    return types if isinstance(types, list) else []


def _listed(here: list[Mapping[str, Any]]) -> list[Any]:
    found: list[Any] = []
    for each in here:
        found += each["enum"] if isinstance(each.get("enum"), list) else []
        found += [each["const"]] if "const" in each else []
    return found


def _is_constant(schema: Any) -> bool:
    return isinstance(schema, Mapping) and ("const" in schema or "enum" in schema)
