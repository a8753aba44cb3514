"""Validators that make values of a type from JSON text, as pydantic does and where it cannot.

Pydantic does not find members of enumerations whose value is not plain JSON or that a `Literal` names, combined flags,
or bytes that a `Literal` names. In a union it accepts text for a decimal number, and a number that it has rounded.
Validators of types with such parts look for them first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import partial
from typing import Any, cast

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import PydanticSerializationError, SchemaValidator, core_schema

from holdfast.type_guards import is_dict, is_list_or_tuple
from holdfast.values.asked_schema import PartlyAskedSchema, has_plain_keys
from holdfast.values.enum_values import is_beyond, is_special, member_of
from holdfast.values.fitting import TOLD, fitted
from holdfast.values.json_text import UnreadableError, canonical, parse_json, to_json
from holdfast.values.to_json import written

_BELOW = (
    "schema", "fields", "choices", "definitions", "steps", "items_schema", "keys_schema", "values_schema",
    "arguments_schema", "var_args_schema", "var_kwargs_schema", "extras_schema", "lax_schema", "strict_schema",
    "json_schema", "python_schema",
)  # fmt: skip
"""Where pydantic's core schemas contain others."""


Reader = Callable[[Any, Any], Any]
"""Makes a value from JSON text that fits a JSON Schema. It raises pydantic's `ValidationError`."""


def json_reader(adapter: TypeAdapter[Any]) -> Reader:
    """Return the reader that makes values of a type."""
    return _reader(adapter.core_schema, adapter.validate_json)


def arguments_reader(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return a reader that makes a function's arguments from JSON, without calling the function.

    The arguments are positional and by name.

    It raises pydantic's `ValidationError`.
    """
    called: Any = function
    adapter: TypeAdapter[Any] = TypeAdapter(called, config=ConfigDict(arbitrary_types_allowed=True))
    core: Any = adapter.core_schema
    arguments = core
    while not arguments["type"].startswith("arguments"):
        arguments = arguments["arguments_schema" if arguments["type"] == "call" else "schema"]
    whole = {**core, "schema": arguments} if core["type"] == "definitions" else arguments
    read, schema = _reader(whole, None), _schema_of(adapter)
    return lambda values: read(schema, values)


def _reader(core: Any, own: Callable[[str], Any] | None) -> Reader:
    """Return a reader for a core schema; ``own`` is pydantic's validator for it, if there is one."""
    changed = _Changed(with_decimals=_holds(core, "union") and _holds(core, "decimal"))
    better = changed.node(core)
    validate = own or SchemaValidator(core).validate_json
    if changed.count:
        # The existing validators of the models would ignore the changes.
        validate = SchemaValidator(better, _use_prebuilt=False).validate_json
    tell = changed.with_decimals
    return lambda schema, value: validate(to_json(fitted(schema, value, tell=tell), literals=True))


def _schema_of(adapter: TypeAdapter[Any]) -> Any:
    """Return the JSON Schema, as far as the type has one."""
    try:
        return adapter.json_schema(schema_generator=PartlyAskedSchema)
    except (PydanticInvalidForJsonSchema, PydanticUserError, PydanticSerializationError):
        return None


class _Changed:
    """Adds lookups of members before pydantic's validation, wherever a core schema needs them."""

    def __init__(self, *, with_decimals: bool) -> None:
        self.count = 0
        self.with_decimals = with_decimals
        self._is_strict: bool = False

    def node(self, schema: Any) -> Any:
        """Return a core schema with the lookups that it needs."""
        before = self._is_strict
        if is_dict(schema) and is_dict(config := schema.get("config")):
            self._is_strict = config.get("strict", before)
        try:
            return self._node(schema)
        finally:
            self._is_strict = before

    def _node(self, schema: Any) -> Any:
        if is_list_or_tuple(schema):
            return type(schema)(map(self.node, schema))
        if not is_dict(schema):
            return schema
        if "type" not in schema:  # fields by their names, alternatives by their tags
            return {key: self.node(each) for key, each in schema.items()}
        below = {key: self.node(schema[key]) for key in _BELOW if key in schema}
        if schema["type"] == "union" and self.with_decimals:
            # Errors name the alternative, which is still the same.
            pairs = zip(schema["choices"], below["choices"], strict=True)
            below["choices"] = [(new, "decimal") if _is_decimal(old) else new for old, new in pairs]
        if "keys_schema" in below and not has_plain_keys(schema):
            self.count += 1
            below["keys_schema"] = core_schema.no_info_wrap_validator_function(_key, below["keys_schema"])
        found = {**schema, **below}
        look = self._untelling(schema) if schema["type"] == "decimal" else _looking(schema)
        if look is None:
            return found
        self.count += 1
        ref = found.pop("ref", None)
        before = core_schema.no_info_before_validator_function(look, cast("core_schema.CoreSchema", found))
        return {**before, "ref": ref} if ref else before

    def _untelling(self, schema: Mapping[str, Any]) -> Callable[[Any], Any] | None:
        if not self.with_decimals:
            return None
        return _as_decimal if schema.get("strict", self._is_strict) else _unmarked


def _looking(schema: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    if schema["type"] == "enum" and (is_special(schema["cls"]) or is_beyond(schema["cls"])):
        return partial(member_of, schema["cls"])
    if schema["type"] == "literal" and any(isinstance(each, Enum | bytes) for each in schema["expected"]):
        plain = {canonical(each): each for each in schema["expected"] if not isinstance(each, Enum | bytes)}
        others = {canonical(written(each)): each for each in schema["expected"] if isinstance(each, Enum | bytes)}
        return partial(_expected, others | plain)
    if schema["type"] == "function-plain" and getattr(schema["function"]["function"], "__name__", "") == _BYTES_PATTERN:
        return _encoded
    return None


_BYTES_PATTERN = "pattern_bytes_validator"
"""The validator with which pydantic reads a pattern of bytes. It accepts only bytes, which JSON does not have."""


def _encoded(text: Any) -> Any:
    return text.encode() if isinstance(text, str) else text


def _is_decimal(choice: Any) -> bool:
    return is_dict(choice) and choice["type"] == "decimal"


def _unmarked(value: Any) -> Any:
    """Return the digits of a decimal number that was marked as one."""
    return value[TOLD] if is_dict(value) and value.keys() == {TOLD} else value


def _as_decimal(value: Any) -> Any:
    """Return the digits like `_unmarked`, if only a decimal number is accepted from a value that is no longer JSON."""
    found = _unmarked(value)
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return found
    try:
        return Decimal(str(found).strip())
    except InvalidOperation:
        return found


def _key(text: Any, read: Callable[[Any], Any]) -> Any:
    """Return a key from its text in JSON: unchanged, or as the JSON in the text."""
    try:
        return read(text)
    except ValidationError:
        try:
            value = parse_json(text)
        except UnreadableError:
            value = text
        if value == text:
            raise
        return read(value)


def _holds(schema: Any, kind: str) -> bool:
    """Whether a core schema has a part of a type."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if is_dict(part):
            if part.get("type") == kind:
                return True
            pending += [part[key] for key in _BELOW if key in part] if "type" in part else part.values()
        elif is_list_or_tuple(part):
            pending += part
    return False


def _expected(expected: Mapping[str, Any], form: Any) -> Any:
    return form if isinstance(form, Enum) else expected.get(canonical(form), form)
