"""Parameters of runs that start later: as JSON, and checked when they are given."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError
from pydantic_core import PydanticSerializationError

from holdfast.exceptions import ParameterError
from holdfast.forms.answer_checks import schema_errors
from holdfast.values.asked_schema import AskedSchema, PartlyAskedSchema
from holdfast.values.fitting import fitted, unfit_numbers
from holdfast.values.json_text import FromJson
from holdfast.values.masks import has_secrets
from holdfast.values.to_json import UnwritableError, written_for

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.records import Deployment

Json = dict[str, Any]


def schema_of(flow: Flow[..., Any]) -> str | None:
    """Return the JSON Schema of a flow's parameters, as text; ``None`` if a parameter has none."""
    schema = _schema(flow, AskedSchema)
    return json.dumps(schema) if schema.get("type") == "object" else None


def partial_schema(flow: Flow[..., Any]) -> Json:
    """Return the JSON Schema of a flow's parameters. One without a schema accepts anything."""
    return _schema(flow, PartlyAskedSchema)


def _schema(flow: Flow[..., Any], generator: type[AskedSchema]) -> Json:
    try:
        function: Any = flow.collecting
        adapter = TypeAdapter(function, config=ConfigDict(arbitrary_types_allowed=True))
        return adapter.json_schema(schema_generator=generator)
    except (PydanticInvalidForJsonSchema, PydanticUserError, PydanticSerializationError, TypeError, ValueError):
        return {}


def takes_secrets(flow: Flow[..., Any]) -> bool:
    """Whether a parameter may be a secret, so that given values must not be shown."""
    return has_secrets(partial_schema(flow))


def part_of(schema: Mapping[str, Any], name: str) -> Any:
    """Return one parameter's part of the schema of a flow's parameters."""
    return schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))


def as_json(parameters: Mapping[str, Any], schema: Mapping[str, Any] | None, whose: str) -> FromJson:
    """Return parameters as JSON. A run in another process converts them according to its flow's annotations.

    Raises `ParameterError` for a value that JSON cannot represent.
    """
    values: Json = {}
    for name, value in parameters.items():
        try:
            values |= fitted(schema, {name: written_for(part_of(schema or {}, name), value)})
        except UnwritableError as error:
            raise ParameterError(f"{whose}: parameter {name} cannot be written as JSON: {error}.") from error
    check_numbers(schema, values, whose)
    return FromJson(fitted(schema, values, plain=True))


def check_numbers(schema: Mapping[str, Any] | None, values: Mapping[str, Any], whose: str) -> None:
    """Raise `ParameterError` for a number that no parameter could hold exactly."""
    for path, words in unfit_numbers(schema, values) if schema else ():
        raise ParameterError(f"{whose} was given bad parameters: {'.'.join(map(str, path))}: {words}.")


def checked(flow: Flow[..., Any], parameters: Mapping[str, Any], *, complete: bool) -> Json:
    """Check parameters for a flow, and return them as JSON. Unless ``complete``, missing ones are given later.

    Raises `ParameterError`, which names each parameter that does not fit.
    """
    text = schema_of(flow)
    schema = None if text is None else json.loads(text)
    values = as_json(parameters, partial_schema(flow), f"Flow {flow.name!r}")
    if complete or not _needed(flow) - values.keys():
        flow.validate((), values)
    elif schema is not None:
        _check(schema, values, f"Flow {flow.name!r}", complete=False)
    return values


def fitting(found: Deployment, defaults: Json, given: Mapping[str, Any]) -> Json:
    """Return all parameters of a deployment's run as JSON, checked as far as that is possible without its code.

    Raises `ParameterError`, which names each parameter that does not fit.
    """
    values = defaults | as_json(given, found.parameter_schema, found.full_name)
    if found.parameter_schema is not None:
        _check(found.parameter_schema, values, found.full_name, complete=True)
    return values


def _check(schema: Mapping[str, Any], values: Json, whose: str, *, complete: bool) -> None:
    known = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        for name in values.keys() - known.keys():
            takes = ", ".join(known) or "none"
            raise ParameterError(f"{whose} has no parameter {name!r}; its parameters: {takes}.")
    needed = [name for name in schema.get("required", ()) if name not in values]
    if complete and needed:
        raise ParameterError(f"{whose} needs {', '.join(needed)}.")
    errors = schema_errors({**schema, "required": []}, fitted(schema, values))
    if errors:
        problems = "; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in errors.items())
        raise ParameterError(f"{whose} was given bad parameters: {problems}.")


def _needed(flow: Flow[..., Any]) -> set[str]:
    """Return the parameters that a run requires."""
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = inspect.signature(flow.fn).parameters.values()
    return {each.name for each in parameters if each.default is each.empty and each.kind not in variable}
