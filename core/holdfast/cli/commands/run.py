"""``holdfast run``."""

from __future__ import annotations

import inspect
import json as jsonlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.exits import BadInput, Exit
from holdfast.cli.opening import AsJson, database
from holdfast.jsontext import FromJson, digits
from holdfast.text import clean, clean_block, in_command

if TYPE_CHECKING:
    from holdfast.context import FlowRunContext
    from holdfast.flows import Flow
    from holdfast.states import State


def run(
    flow: Annotated[
        str,
        typer.Argument(
            metavar="FILE:FLOW",
            help="A flow in a file or module; FLOW may be left out where there is one only.",
            show_default=False,
        ),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter, as JSON or text; may be repeated."),
    ] = None,
    json: AsJson = False,
) -> Exit:
    """Run a flow here, and print what it returns.

    With --json the last line of the output is a JSON object with the run, its state and its result.
    """
    import anyio

    from holdfast.cli.loading import load_flow
    from holdfast.engine.effects import adrive, drive
    from holdfast.engine.flow_engine import run_flow

    found = load_flow(flow)
    given = read_parameters(found, parameters or ())
    database()
    seen: list[FlowRunContext] = []
    logic = run_flow(found, (), given, begun=seen.append)
    try:
        state = anyio.run(adrive, logic) if found.is_async else drive(logic)
    except KeyboardInterrupt:
        _tell_interrupted(seen)
        return Exit.INTERRUPTED
    return _tell(found, seen, state, json)


def read_parameters(flow: Flow[..., Any], given: Sequence[str]) -> FromJson:
    """All parameters that a flow needs, from ``name=value``; see `read_given`."""
    values = read_given(flow, given)
    parameters = inspect.signature(flow.fn).parameters.values()
    needed = [each.name for each in parameters if _is_needed(each) and each.name not in values]
    if needed:
        how = " ".join(f"-p {name}=…" for name in needed)
        raise BadInput(f"Flow {flow.name!r} needs {', '.join(needed)}: add {how}.")
    return values


def read_given(flow: Flow[..., Any], given: Sequence[str]) -> FromJson:
    """Parameters from ``name=value``: JSON where the value is JSON and the flow does not want plain text."""
    from holdfast.cli.typed import value_of
    from holdfast.engine.parameters import check_numbers, part_of, partial_schema
    from holdfast.json_values import UnwritableError, written

    signature = inspect.signature(flow.fn)
    open_ended = any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values())
    schema = partial_schema(flow)
    values = FromJson()
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise BadInput(f"-p {pair!r} is not of the form name=value.")
        if name not in signature.parameters and not open_ended:
            takes = ", ".join(signature.parameters) or "none"
            raise BadInput(f"Flow {flow.name!r} has no parameter {name!r}; its parameters: {takes}.")
        values[name] = value_of(text, part_of(schema, name), f"-p {name}", schema)
    try:
        written(values)
    except UnwritableError as error:
        raise BadInput(f"What is given with -p cannot be read: {error}.") from error
    check_numbers(schema, values, f"Flow {flow.name!r}")
    return values


def _is_needed(parameter: inspect.Parameter) -> bool:
    variable = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    return parameter.default is parameter.empty and not variable


def _tell_interrupted(seen: list[FlowRunContext]) -> None:
    from holdfast.store import queries

    for here in seen:
        state = queries.get_flow_run(here.database, here.flow_run_id).state
        name = clean(here.flow_run_name)
        waits = state.is_paused()
        how = f"still waits; resume it with: holdfast resume {in_command(here.flow_run_name, here.flow_run_id)}"
        output.note(f"{name} {how}" if waits else f"{name} {state.name.lower()}: {clean(state.message or '')}")


def _tell(flow: Flow[..., Any], seen: list[FlowRunContext], state: State, json: bool) -> Exit:
    from holdfast.engine.tracebacks import message_of
    from holdfast.exceptions import ParameterError
    from holdfast.states import error_of

    if isinstance(state.data, ParameterError) and not seen:
        raise state.data
    error = error_of(state) if state.is_failed() else None
    if error is not None and error.__traceback__ is not None:
        _show_error(error)
    if json:
        output.say(as_json.dump(_as_json(flow, seen, state), indent=None))
    elif state.is_completed() and state.data is not None:
        output.say(_result(state.data))
    name = seen[0].flow_run_name if seen else flow.name
    if state.is_paused():
        return Exit.DONE
    if state.is_completed():
        output.note(f"{clean(name)} completed.")
        return Exit.DONE
    whys = [state.message] if state.message else []
    if error is not None and error is not state.data:  # that of a state which decided this one
        whys.append(message_of(error))
    output.complain(f"{name} {state.name.lower()}{': ' if whys else '.'}{' '.join(whys)}")
    return Exit.FAILED


def _result(value: Any) -> str:
    if isinstance(value, str):
        return clean_block(value)
    try:
        return clean_block(jsonlib.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError):
        return clean_block(_in_python(value))


def _in_python(value: Any) -> str:
    """A value as Python writes it, though it may have more digits than Python converts."""
    try:
        return repr(value)
    except ValueError:
        return digits(value) if isinstance(value, int) else f"<{type(value).__name__} with too many digits to show>"


def _as_json(flow: Flow[..., Any], seen: list[FlowRunContext], state: State) -> dict[str, Any]:
    try:
        jsonlib.dumps(state.data, allow_nan=False)
        result = state.data
    except (TypeError, ValueError):
        result = _in_python(state.data)
    return {
        "flow_run_id": str(seen[0].flow_run_id) if seen else None,
        "flow_run_name": seen[0].flow_run_name if seen else None,
        "flow_name": flow.name,
        "state": as_json.state(state),
        "result": result if state.is_completed() else None,
    }


def _show_error(error: BaseException) -> None:
    """Where in the user's own code the flow failed; Holdfast's frames would only be in the way."""
    package = Path(__file__).parents[1]
    shown = traceback.TracebackException.from_exception(error)
    own = [frame for frame in shown.stack if not Path(frame.filename).is_relative_to(package)]
    lines = ["Traceback (most recent call last):\n", *traceback.StackSummary.from_list(own).format()]
    sys.stderr.write(clean_block("".join(lines)))
