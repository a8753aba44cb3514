"""Parameters of runs that are made for later: as JSON, and checked where they are given."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.exceptions import ParameterError
from holdfast.questions import revealed

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.records import Deployment

Json = dict[str, Any]


def schema_of(flow: Flow[..., Any]) -> str | None:
    """The JSON Schema of a flow's parameters, as text; ``None`` where one of them has none."""
    from pydantic import ConfigDict, TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

    try:
        function: Any = flow.fn
        schema = TypeAdapter(function, config=ConfigDict(arbitrary_types_allowed=True)).json_schema()
        return json.dumps(schema) if schema.get("type") == "object" else None
    except (PydanticInvalidForJsonSchema, PydanticUserError, TypeError, ValueError):
        return None


def as_json(parameters: Mapping[str, Any], whose: str) -> Json:
    """Parameters as JSON has them: a run in another process makes of them what its flow's annotations say.

    Raises `ParameterError` for what JSON cannot say.
    """
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    values = {}
    for name, value in parameters.items():
        try:
            values[name] = revealed(value, to_jsonable_python(value))
        except (PydanticSerializationError, ValueError, RecursionError) as error:
            raise ParameterError(f"{whose}: parameter {name} cannot be written as JSON: {error}.") from error
    return values


def checked(flow: Flow[..., Any], parameters: Mapping[str, Any], *, complete: bool) -> Json:
    """Parameters for a flow as JSON, checked; unless ``complete``, those that are missing are given later.

    Raises `ParameterError`, which names each that does not fit.
    """
    values = as_json(parameters, f"Flow {flow.name!r}")
    if complete or not _needed(flow) - values.keys():
        flow.validate((), values)
        return values
    schema = schema_of(flow)
    if schema is not None:
        _check(json.loads(schema), values, f"Flow {flow.name!r}", complete=False)
    return values


def fitting(found: Deployment, defaults: Json, given: Mapping[str, Any]) -> Json:
    """All parameters of a run of a deployment as JSON, checked as far as that is possible without its code.

    Raises `ParameterError`, which names each that does not fit.
    """
    values = defaults | as_json(given, found.full_name)
    if found.parameter_schema is not None:
        _check(found.parameter_schema, values, found.full_name, complete=True)
    return values


def _check(schema: Mapping[str, Any], values: Json, whose: str, *, complete: bool) -> None:
    from holdfast.engine.answers import schema_errors

    known = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        for name in values.keys() - known.keys():
            takes = ", ".join(known) or "none"
            raise ParameterError(f"{whose} has no parameter {name!r}; its parameters: {takes}.")
    needed = [name for name in schema.get("required", ()) if name not in values]
    if complete and needed:
        raise ParameterError(f"{whose} needs {', '.join(needed)}.")
    errors = schema_errors({**schema, "required": []}, values)
    if errors:
        problems = "; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in errors.items())
        raise ParameterError(f"{whose} was given bad parameters: {problems}.")


def _needed(flow: Flow[..., Any]) -> set[str]:
    """The parameters that a run cannot do without."""
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = inspect.signature(flow.fn).parameters.values()
    return {each.name for each in parameters if each.default is each.empty and each.kind not in variable}
