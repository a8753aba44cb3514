"""Reading the parameters of a flow from ``-p name=value``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.cli.exit_codes import BadInput
from holdfast.cli.typed_values import value_of
from holdfast.engine.parameters import check_numbers, part_of, partial_schema
from holdfast.flows import Flow
from holdfast.values.json_text import FromJson
from holdfast.values.to_json import UnwritableError, written


def read_parameters(flow: Flow[..., Any], given: Sequence[str]) -> FromJson:
    """Read all parameters that a flow needs from ``name=value``; see `read_given`."""
    values = read_given(flow, given)
    parameters = inspect.signature(flow.fn).parameters.values()
    needed = [each.name for each in parameters if _is_needed(each) and each.name not in values]
    if needed:
        how = " ".join(f"-p {name}=…" for name in needed)
        raise BadInput(f"Flow {flow.name!r} needs {', '.join(needed)}: add {how}.")
    return values


def read_given(flow: Flow[..., Any], given: Sequence[str]) -> FromJson:
    """Read parameters from ``name=value``. A value is read as JSON unless it is no JSON or the flow wants text."""
    signature = inspect.signature(flow.fn)
    open_ended = any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values())
    schema = partial_schema(flow)
    values = FromJson()
    for pair in given:
        name, text = _split(pair)
        if name not in signature.parameters and not open_ended:
            takes = ", ".join(signature.parameters) or "none"
            raise BadInput(f"Flow {flow.name!r} has no parameter {name!r}. Its parameters: {takes}.")
        values[name] = value_of(text, part_of(schema, name), f"-p {name}", schema)
    try:
        written(values)
    except UnwritableError as error:
        raise BadInput(f"The values given with -p cannot be read: {error}.") from error
    check_numbers(schema, values, f"Flow {flow.name!r}")
    return values


def _is_needed(parameter: inspect.Parameter) -> bool:
    variable = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    return parameter.default is parameter.empty and not variable


def read_by_schema(schema: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Read parameters from ``name=value``. A value is read as JSON unless it is no JSON or the schema wants text."""
    known = schema.get("properties", {})
    values: dict[str, Any] = {}
    for pair in given:
        name, text = _split(pair)
        values[name] = value_of(text, known.get(name, {}), f"-p {name}", schema)
    return values


def _split(pair: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals or not name:
        raise BadInput(f"-p {pair!r} does not have the form name=value.")
    return name, text
