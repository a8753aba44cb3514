"""Values that pydantic accepts although its own schema refuses them: it converts them to the right type.

This is only for schemas that pydantic made (`schema_places.LAX`). For them the flow's own validation follows every
check and decides. It gets the value as it was given. The converted value is used only here, to check its bounds.
"""

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import jsonschema_rs

from holdfast.forms import references
from holdfast.forms.branch_fit import same
from holdfast.forms.fields import Json, Path
from holdfast.forms.formats import SCALARS, pydantic_reads, pydantic_value
from holdfast.forms.schema_cleaning import FOREIGN_PATTERN
from holdfast.type_guards import is_list, is_mapping
from holdfast.values.json_text import canonical, to_json
from holdfast.values.schema_places import FLAGS, NAMES, NUMBERS, OPEN, STRIPPED

Reading: TypeAlias = dict[Path, Json]
"""Converted values by their places. If there is none, pydantic decides later."""


def reading(document: Any, error: jsonschema_rs.ValidationError) -> Reading | None:
    """Return how pydantic reads a value that its schema refuses, or ``None`` if pydantic refuses it, too."""
    if _is_open(document, error.evaluation_path):
        return {}
    found = references.walk(document, error.schema_path[:-1])
    schema: Mapping[str, Any] = found if is_mapping(found) else {}
    if FLAGS in schema and isinstance(error.instance, int) and not isinstance(error.instance, bool):
        return {}
    if error.kind.name in {"anyOf", "oneOf"}:
        branches = ([reading(document, each) for each in branch] for branch in error.kind.as_dict()["context"])
        return next((found for branch in branches if branch and (found := _together(branch)) is not None), None)
    read = _READERS.get(error.kind.name)
    if read is None:
        return None
    values = list(read(error.kind.as_dict(), schema, error.instance))
    if not values:
        return None
    return {} if values[0] is error.instance else {tuple(error.instance_path): values[0]}


def changed(value: Json, found: Reading) -> Json:
    """Return a value with its converted parts in place. Only the parts that contain one are copied."""
    if () in found:
        return found[()]
    below: dict[str | int, Reading] = {}
    for (step, *rest), each in found.items():
        below.setdefault(step, {})[tuple(rest)] = each
    if is_mapping(value):
        return {key: changed(each, below[key]) if key in below else each for key, each in value.items()}
    if is_list(value):
        return [changed(each, below[at]) if at in below else each for at, each in enumerate(value)]
    return value


def _together(branch: list[Reading | None]) -> Reading | None:
    found: Reading = {}
    for each in branch:
        if each is None:
            return None
        found |= each
    return found


def _is_open(document: Any, steps: Iterable[str | int]) -> bool:
    """Whether a function of the user sees the value at the end of these steps before the schema is applied."""
    here = document
    for step in steps:
        if is_mapping(here) and OPEN in here:
            return True
        here = references.walk(here, [step])
        if step == "$ref" and isinstance(here, str):
            here = references.target(document, here)
    return False


def _of_type(found: Mapping[str, Any], schema: Mapping[str, Any], value: Json) -> Iterable[Json]:
    for name in found["types"]:
        if name in SCALARS:
            yield from _as_scalar(name, value)
        elif name == "string" and isinstance(value, int | float):
            if pydantic_reads(str(schema.get("format")), value):
                yield value
            elif NUMBERS in schema and not isinstance(value, bool):
                yield to_json(value)
        elif name == "array" and NAMES in schema and is_mapping(value) and value.keys() <= set(schema[NAMES]):
            yield value


def _of_choices(found: Mapping[str, Any], schema: Mapping[str, Any], value: Json) -> Iterable[Json]:
    options = found["options"] if "options" in found else [found["expected_value"]]
    readings = [each for name in SCALARS for each in _as_scalar(name, value)]
    if NUMBERS in schema and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        readings += [option for option in options if isinstance(option, str) and _is_number(option, value)]
    yield from (option for option in options if any(same(option, each) for each in readings))


def _is_number(option: str, value: float | Decimal) -> bool:
    return bool(pydantic_value("decimal", option) == value)


def _of_rows(found: Mapping[str, Any], schema: Mapping[str, Any], value: Json) -> Iterable[Json]:
    """Remove duplicates: a set accepts them."""
    yield list({canonical(each): each for each in value}.values())


def _of_text(found: Mapping[str, Any], schema: Mapping[str, Any], value: Json) -> Iterable[Json]:
    if STRIPPED in schema and value != value.strip():
        yield value.strip()


_READERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Json], Iterable[Json]]] = {
    "type": _of_type,
    "enum": _of_choices,
    "const": _of_choices,
    "uniqueItems": _of_rows,
    **dict.fromkeys(("maxLength", "pattern", FOREIGN_PATTERN), _of_text),
}


def _as_scalar(name: str, value: Json) -> Iterable[Json]:
    found = pydantic_value(name, value)
    if isinstance(found, float) and not math.isfinite(found):
        found = 0.0 if math.isnan(found) else math.copysign(sys.float_info.max, found)
    if found is not None:
        yield found
