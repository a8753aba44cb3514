"""The JSON Schema of a type, with which answers are checked and forms are made.

It is pydantic's own schema of the input, with additions: which numbers are decimal, which fields are secret, where
aliases lead, and where pydantic accepts more than its schema says (see the marks in `schema_places`). So a check
against it is never stricter than pydantic is with the value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum, Flag
from typing import Any

from pydantic import WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import PydanticSerializationError, core_schema

from holdfast.type_guards import is_dict, is_list, is_mapping
from holdfast.values.enum_values import MANY_FLAGS, all_flags, combinations, finds_more, form_of, is_special
from holdfast.values.json_text import number, to_json
from holdfast.values.schema_places import (
    BYTES,
    DECIMAL,
    FINITE,
    FLAGS,
    KEYS,
    LAX,
    NAIVE,
    NAMES,
    NOTHING,
    NUMBERS,
    OPEN,
    STRIPPED,
    TOLD_APART,
    WAYS,
    meant,
    takes_text,
)
from holdfast.values.to_json import SECRETS, STARS, UnwritableError, written

_SECRET_WRITERS = {"_serialize_secret", "_serialize_secret_field"}
"""The text with which pydantic hides the values of secrets."""


_PLAIN_KEYS = frozenset(
    ("any", "bool", "bytes", "complex", "date", "datetime", "decimal", "float", "int", "multi-host-url", "str", "time",
     "timedelta", "url", "uuid")
)  # fmt: skip
"""The types of keys that pydantic reads from the names of entries in JSON."""


_IMPORTS = "import_string"
"""The pydantic function that reads a text as the object it names, and accepts anything else unchanged."""


def has_plain_keys(schema: Mapping[str, Any]) -> bool:
    """Whether the keys of a dictionary are read directly from the names of entries in JSON."""
    keys = schema.get("keys_schema", {"type": "any"})
    if keys["type"] == "enum":
        return all(isinstance(each.value, str) for each in keys["cls"])
    if keys["type"] == "literal":
        return all(type(each) is str for each in keys["expected"])
    return keys["type"] in _PLAIN_KEYS


class AskedSchema(GenerateJsonSchema):
    """Makes the JSON Schema of a question."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as in the base

    def generate(self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        """Return the schema, without infinite bounds (JSON has no infinities) and names that no key can have."""
        made: dict[str, Any] = _finite(super().generate(schema, mode))
        _free_keys(made, made)
        return {**made, LAX: True}

    def generate_inner(self, schema: Any) -> dict[str, Any]:
        """Return a part of the schema. A part whose schema differs from its validation may be anything."""
        made = super().generate_inner(schema)
        if why := _why_nothing(schema):
            made = {**made, NOTHING: why}
        return {**made, OPEN: True} if made and _is_left_to_pydantic(schema) else made

    def named_tuple_schema(self, schema: Any) -> dict[str, Any]:
        """Return a list, or an object with the names of its places."""
        names = [_first_name(each.get("validation_alias"), each["name"]) for each in schema["fields"]]
        return {**super().named_tuple_schema(schema), NAMES: names}

    def call_schema(self, schema: core_schema.CallSchema) -> dict[str, Any]:
        """Return a named tuple as pydantic had it before 2.14; see `named_tuple_schema`."""
        made = super().call_schema(schema)
        arguments: Any = schema["arguments_schema"]
        if made.get("type") != "array" or arguments["type"] != "arguments":
            return made
        return {**made, NAMES: [each["name"] for each in arguments["arguments_schema"]]}

    def bytes_schema(self, schema: core_schema.BytesSchema) -> dict[str, Any]:
        """Return the schema of bytes as text, with their encoding."""
        form = self._config.config_dict.get("val_json_bytes", "utf8")
        return {**super().bytes_schema(schema), **({} if form == "utf8" else {BYTES: form})}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> dict[str, Any]:
        """Return a date and time, which may have to be without a time zone."""
        made = super().datetime_schema(schema)
        return {**made, NAIVE: True} if schema.get("tz_constraint") == "naive" else made

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """Return a number, or a numeric text: pydantic decides what it accepts."""
        made = super().decimal_schema(schema)
        for each in made.get("anyOf", ()):
            each.pop("pattern", None)
        takes_all = schema.get("allow_inf_nan", self._config.config_dict.get("allow_inf_nan", False))
        return {**made, "format": DECIMAL, **({} if takes_all else {FINITE: True})}

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Return an object; keys that are not texts are written as JSON."""
        made = super().dict_schema(schema)
        return made if has_plain_keys(schema) else {**made, KEYS: True}

    def enum_schema(self, schema: core_schema.EnumSchema) -> dict[str, Any]:
        """Return the members as they are written; for a few flags, each combination."""
        made = self._members(schema)
        if issubclass(schema["cls"], Flag):
            return {**made, FLAGS: True}
        return {**made, OPEN: True} if finds_more(schema["cls"]) else made

    def _members(self, schema: core_schema.EnumSchema) -> dict[str, Any]:
        kind: type[Enum] = schema["cls"]
        if not is_special(kind):
            return super().enum_schema(schema)
        made: dict[str, Any] = {"title": kind.__name__}
        if issubclass(kind, Flag):
            if len(kind) > MANY_FLAGS:
                return {**made, "type": "integer", "minimum": 0, "maximum": all_flags(kind), **_naming(kind)}
            return {**made, "anyOf": [{"const": value, "title": names} for value, names in combinations(kind)]}
        is_decimal = any(isinstance(each.value, Decimal) for each in schema["members"])
        numbers = {NUMBERS: True} if is_decimal else {}
        return {**made, "enum": [form_of(each) for each in schema["members"]], **numbers}

    def float_schema(self, schema: core_schema.FloatSchema) -> dict[str, Any]:
        """Return a number, which may be NaN or infinite unless the type says otherwise."""
        made = super().float_schema(schema)
        takes_all = schema.get("allow_inf_nan", self._config.config_dict.get("allow_inf_nan", True))
        return made if takes_all else {**made, FINITE: True}

    def generator_schema(self, schema: core_schema.GeneratorSchema) -> dict[str, Any]:
        """Return the schema of any iterable. The flow itself iterates over it."""
        return {**super().generator_schema(schema), OPEN: True}

    def is_subclass_schema(self, schema: core_schema.IsSubclassSchema) -> dict[str, Any]:
        """Return nothing: a class cannot be represented in JSON."""
        return self.handle_invalid_for_json_schema(schema, "core_schema.IsSubclassSchema")

    def literal_schema(self, schema: core_schema.LiteralSchema) -> dict[str, Any]:
        """Return constants; members of enumerations as they are written."""
        if not any(isinstance(each, Enum) for each in schema["expected"]):
            return super().literal_schema(schema)
        forms = [form_of(each) if isinstance(each, Enum) else written(each) for each in schema["expected"]]
        return {"const": forms[0]} if len(forms) == 1 else {"enum": forms}

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Return text. A pattern with flags has no counterpart in JSON Schema, so only pydantic checks it."""
        made = super().str_schema(schema)
        pattern = schema.get("pattern")
        if isinstance(pattern, re.Pattern) and pattern.flags & ~re.UNICODE & ~re.compile(pattern.pattern).flags:
            del made["pattern"]
        config = self._config.config_dict
        if schema.get("strip_whitespace", config.get("str_strip_whitespace")):
            made[STRIPPED] = True
        if schema.get("coerce_numbers_to_str", config.get("coerce_numbers_to_str")):
            made[NUMBERS] = True
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> dict[str, Any]:
        """Return alternatives, which a function may distinguish."""
        made = super().tagged_union_schema(schema)
        return {**made, TOLD_APART: True} if callable(schema["discriminator"]) else made

    def complex_schema(self, schema: core_schema.ComplexSchema) -> dict[str, Any]:
        """Return a complex number as text; one without an imaginary part may be a number, too."""
        return {**super().complex_schema(schema), NUMBERS: True}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> dict[str, Any]:
        """Return anything: a function makes a value from it."""
        return _open_to(schema, super().function_before_schema(schema))

    def function_wrap_schema(self, schema: core_schema.WrapValidatorFunctionSchema) -> dict[str, Any]:
        """See `function_before_schema`."""
        return _open_to(schema, super().function_wrap_schema(schema))

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> dict[str, Any]:
        """See `function_before_schema`."""
        return _open_to(schema, super().function_plain_schema(schema))

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> dict[str, Any]:
        """Return what JSON is read as; a secret of any type is marked as one."""
        made = super().json_or_python_schema(schema)
        writer = schema.get("serialization", {}).get("function")
        return {**made, "writeOnly": True} if getattr(writer, "__name__", "") in _SECRET_WRITERS else made

    def encode_default(self, dft: Any) -> Any:
        """Return a default as it would be given; secrets in it stay hidden."""
        try:
            value = written(_hidden(dft))
            return str(value) if isinstance(value, Decimal) else json.loads(to_json(value), parse_float=_float_or_text)
        except (UnwritableError, ValueError) as error:
            raise PydanticSerializationError(f"The default {dft!r} cannot be written") from error

    def _named_required_fields_schema(self, named_required_fields: Sequence[tuple[str, bool, Any]]) -> dict[str, Any]:
        made = super()._named_required_fields_schema(named_required_fields)
        all_ways: list[list[list[str | int]]] = []
        for name, required, field in named_required_fields if self.by_alias else ():
            alias = field.get("validation_alias") if is_mapping(field) else None
            if is_list(alias) and (path := _way(alias)) and name in made["properties"]:
                _lead(made, name, path, required)
            if len(ways := self._ways(name, alias)) > 1:
                all_ways.append(ways)
        return {**made, WAYS: all_ways} if all_ways else made

    def _ways(self, name: str, alias: Any) -> list[list[str | int]]:
        """Return the ways by which a field is found; the one in the schema comes first."""
        config = self._config.config_dict
        if alias is None or not config.get("validate_by_alias", True):
            return []
        ways = [list(each) if is_list(each) else [each] for each in (alias if _has_ways(alias) else [alias])]
        ways.sort(key=lambda way: len(way) > 1)
        if (config.get("validate_by_name") or config.get("populate_by_name")) and [name] not in ways:
            ways.append([name])
        return ways


class PartlyAskedSchema(AskedSchema):
    """Like `AskedSchema`, but a part of a type without a JSON Schema may be anything."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        """Accept anything."""
        return {}


def _finite(part: Any) -> Any:
    if is_dict(part):
        return {key: _finite(each) for key, each in part.items() if not _is_infinite(each)}
    return [_finite(each) for each in part] if is_list(part) else part


def _free_keys(document: Any, part: Any) -> None:
    """Remove conditions that forbid the names of entries to be texts."""
    if is_dict(part):
        if "propertyNames" in part and not _is_textual(document, part["propertyNames"]):
            del part["propertyNames"]
        for each in part.values():
            _free_keys(document, each)
    elif is_list(part):
        for each in part:
            _free_keys(document, each)


def _is_textual(document: Any, names: Any) -> bool:
    found = meant(document, [names])
    return takes_text(found) or not any("type" in each or "enum" in each or "const" in each for each in found)


def _open_to(schema: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a function's input.

    It is open, unless the function is pydantic's own, which respects the schema.
    """
    function = schema["function"]["function"]
    return made if str(getattr(function, "__module__", "")).startswith("pydantic") else {**made, OPEN: True}


def _is_left_to_pydantic(schema: Any) -> bool:
    """Whether pydantic may accept values that the JSON Schema of a part refuses.

    That is so if the schema of a part differs from its validation, if the user gives its JSON Schema, or if invalid
    values in it are left out or replaced by a default.
    """
    metadata = schema.get("metadata", {})
    functions = (*metadata.get("pydantic_js_functions", ()), *metadata.get("pydantic_js_annotation_functions", ()))
    extra = metadata.get("pydantic_js_extra")
    parts = (schema, schema.get("items_schema", {}), schema.get("values_schema", {}))
    is_function = str(schema.get("type")).startswith("function-")
    return (
        schema.get("type") == "any"
        or (is_function and getattr(schema["function"]["function"], "__name__", "") == _IMPORTS)
        or any(isinstance(getattr(each, "__self__", None), WithJsonSchema) for each in functions)
        or (is_mapping(extra) and "type" in extra)
        or any(is_mapping(each) and each.get("on_error", "raise") != "raise" for each in parts)
    )


_BOUNDED = frozenset({"date", "datetime", "decimal", "time", "timedelta"})
"""Types whose bounds are not all in their JSON Schema."""


def _why_nothing(schema: Any) -> str:
    """Return why nothing lies between the bounds of a type; empty if something may."""
    low, high = (next((schema[key] for key in keys if key in schema), None) for keys in (("ge", "gt"), ("le", "lt")))
    if schema["type"] not in _BOUNDED or low is None or high is None:
        return ""
    try:
        is_empty = low > high or (low == high and ("gt" in schema or "lt" in schema))
    except TypeError:  # one with a time zone, and one without
        return ""
    return f"nothing lies between {low} and {high}" if is_empty else ""


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _float_or_text(digits: str) -> float | str:
    """Return a number of a default. A decimal number becomes text, so that any reader keeps its digits."""
    found = number(digits)
    return found if isinstance(found, float) else digits


def _hidden(value: Any) -> Any:
    """Return a default with its secrets hidden, if it is one itself or a plain collection of them."""
    if isinstance(value, SECRETS):
        return STARS
    if is_mapping(value):
        return {key: _hidden(each) for key, each in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return [_hidden(each) for each in value]
    return value


def _naming(kind: type[Flag]) -> dict[str, str]:
    return {"description": "The sum of: " + ", ".join(f"{each.value} {each.name}" for each in kind)}


def _first_name(alias: Any, name: str) -> str:
    names = alias if is_list(alias) else [alias]
    return next((each for each in names if isinstance(each, str)), name)


def _has_ways(alias: Any) -> bool:
    return is_list(alias) and bool(alias) and is_list(alias[0])


def _way(alias: list[Any]) -> list[str | int] | None:
    """Return the path that leads to a field, if none of its aliases is just a name."""
    choices = alias if _has_ways(alias) else [alias]
    if any(len(each) == 1 for each in choices):
        return None
    return list(choices[0])


def _lead(schema: dict[str, Any], name: str, path: list[str | int], required: bool) -> None:
    """Move a property to the place given by its alias."""
    field = schema["properties"].pop(name)
    if required:
        schema["required"].remove(name)
    here = schema
    for step, after in zip(path, (*path[1:], None), strict=True):
        inner = _step(here, step, required)
        if after is None:
            inner.update(field)
        else:
            inner.setdefault("type", "array" if isinstance(after, int) else "object")
            here = inner


def _step(here: dict[str, Any], step: str | int, required: bool) -> dict[str, Any]:
    """Return the schema one step deeper. It is created if there is none."""
    if isinstance(step, int):
        places: list[dict[str, Any]] = here.setdefault("prefixItems", [])
        while len(places) <= step:
            places.append({})
        if required:
            here["minItems"] = max(here.get("minItems", 0), step + 1)
        return places[step]
    if required and step not in here.setdefault("required", []):
        here["required"].append(step)
    inner: dict[str, Any] = here.setdefault("properties", {}).setdefault(step, {})
    return inner
