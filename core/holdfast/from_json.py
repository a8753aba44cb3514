"""Validators that make values of a type from JSON text, as pydantic does and where it cannot.

Pydantic finds no member of an enumeration whose value is no plain JSON value, nor one that a `Literal` names, nor
flags together. Validators of types with such parts look for them first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from typing import Any, cast

from pydantic import ConfigDict, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import PydanticSerializationError, SchemaValidator, core_schema

from holdfast.asked_schema import AskedSchema
from holdfast.enum_forms import form_of, is_special, member_of
from holdfast.fitting import fitted
from holdfast.jsontext import canonical, parse_json, to_json

_BELOW = (
    "schema", "fields", "choices", "definitions", "steps", "items_schema", "keys_schema", "values_schema",
    "arguments_schema", "var_args_schema", "var_kwargs_schema", "extras_schema", "lax_schema", "strict_schema",
    "json_schema", "python_schema",
)  # fmt: skip
"""Where pydantic's core schemas have others below them."""


def json_validator(adapter: TypeAdapter[Any]) -> Callable[[str], Any]:
    """What makes values of a type from JSON text; it raises pydantic's `ValidationError`."""
    return core_validator(adapter.core_schema) or adapter.validate_json


def core_validator(schema: Any) -> Callable[[str], Any] | None:
    """What makes values from JSON text by a core schema; ``None`` where pydantic's own does."""
    changed = _Changed()
    better = changed.node(schema)
    if not changed.count:
        return None
    # Validators that the models have already would not know what was changed.
    return cast("Callable[[str], Any]", SchemaValidator(better, _use_prebuilt=False).validate_json)


def arguments_reader(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What makes a function's arguments, positional and by name, from those that JSON has, without calling it.

    It raises pydantic's `ValidationError`.
    """
    called: Any = function
    adapter: TypeAdapter[Any] = TypeAdapter(called, config=ConfigDict(arbitrary_types_allowed=True))
    core: Any = adapter.core_schema
    arguments = core
    while not arguments["type"].startswith("arguments"):
        arguments = arguments["arguments_schema" if arguments["type"] == "call" else "schema"]
    whole = {**core, "schema": arguments} if core["type"] == "definitions" else arguments
    validate = core_validator(whole) or SchemaValidator(whole).validate_json
    schema = _schema_of(adapter)

    def read(values: Mapping[str, Any]) -> Any:
        return validate(to_json(fitted(schema, values), literals=True))

    return read


def _schema_of(adapter: TypeAdapter[Any]) -> Any:
    """The JSON Schema, where each part of the type has one."""
    try:
        return adapter.json_schema(schema_generator=AskedSchema)
    except (PydanticInvalidForJsonSchema, PydanticUserError, PydanticSerializationError):
        return None


def readable(schema: Any, text: str) -> str:
    """JSON text of a value as pydantic reads all of it: decimal numbers as text, floats that are no numbers as such."""
    return to_json(fitted(schema, parse_json(text)), literals=True)


class _Changed:
    """Puts a look for members before what pydantic does, wherever a core schema needs it."""

    def __init__(self) -> None:
        self.count = 0

    def node(self, schema: Any) -> Any:
        if isinstance(schema, list | tuple):
            return type(schema)(map(self.node, schema))
        if not isinstance(schema, dict):
            return schema
        if "type" not in schema:  # fields by their names, alternatives by their tags
            return {key: self.node(each) for key, each in schema.items()}
        below = {key: self.node(schema[key]) for key in _BELOW if key in schema}
        found = {**schema, **below}
        look = _looking(schema)
        if look is None:
            return found
        self.count += 1
        ref = found.pop("ref", None)
        before = core_schema.no_info_before_validator_function(look, found)
        return {**before, "ref": ref} if ref else before


def _looking(schema: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    if schema["type"] == "enum" and is_special(schema["cls"]):
        return partial(member_of, schema["cls"])
    if schema["type"] == "literal" and any(isinstance(each, Enum) for each in schema["expected"]):
        plain = {canonical(each): each for each in schema["expected"] if not isinstance(each, Enum)}
        members = {canonical(form_of(each)): each for each in schema["expected"] if isinstance(each, Enum)}
        return partial(_expected, members | plain)
    return None


def _expected(expected: Mapping[str, Any], form: Any) -> Any:
    return form if isinstance(form, Enum) else expected.get(canonical(form), form)
