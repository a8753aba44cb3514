"""``holdfast run``."""

from __future__ import annotations

import json as jsonlib
import sys
import traceback
from pathlib import Path
from typing import Any

import anyio

import holdfast
from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, FlowReference, Parameters
from holdfast.cli.exit_codes import Exit
from holdfast.cli.flow_files import load_flow
from holdfast.cli.given_parameters import read_parameters
from holdfast.cli.open_database import database
from holdfast.context import FlowRunContext
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.drive.tracebacks import message_of
from holdfast.engine.runs.flow_engine import run_flow
from holdfast.exceptions import ParameterError
from holdfast.flows import Flow
from holdfast.states import State, error_of, state_words
from holdfast.store import queries
from holdfast.text import clean, clean_block, in_command
from holdfast.values.json_text import digits


def run(
    flow: FlowReference,
    parameters: Parameters = None,
    json: AsJson = False,
) -> Exit:
    """Run a flow in this process and print its result.

    With --json the last line of the output is a JSON object with the run, its state and its result.
    """
    found = load_flow(flow)
    given = read_parameters(found, parameters or ())
    database()
    seen: list[FlowRunContext] = []
    logic = run_flow(found, (), given, begun=seen.append)
    try:
        state = anyio.run(adrive, logic) if found.is_async else drive(logic)
    except KeyboardInterrupt:
        _report_interrupted(seen)
        return Exit.INTERRUPTED
    return _report(found, seen, state, json)


def _report_interrupted(seen: list[FlowRunContext]) -> None:
    for here in seen:
        state = queries.get_flow_run(here.database, here.flow_run_id).state
        name = clean(here.flow_run_name)
        waits = state.is_paused()
        how = f"still waits. Resume it with: holdfast resume {in_command(here.flow_run_name, here.flow_run_id)}"
        output.note(f"{name} {how}" if waits else f"{name} {state_words(state)}: {clean(state.message or '')}")


def _report(flow: Flow[..., Any], seen: list[FlowRunContext], state: State, json: bool) -> Exit:
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
    if error is not None and error is not state.data:  # the error comes from the state that decided this one
        whys.append(message_of(error))
    output.complain(f"{name} {state_words(state)}{': ' if whys else '.'}{' '.join(whys)}")
    return Exit.FAILED


def _result(value: Any) -> str:
    if isinstance(value, str):
        return clean_block(value)
    try:
        return clean_block(jsonlib.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError):
        return clean_block(_in_python(value))


def _in_python(value: Any) -> str:
    """Return the ``repr`` of a value, even of a number with more digits than Python converts."""
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
    """Print where in the user's own code the flow failed, without the frames of Holdfast."""
    package = Path(holdfast.__file__).parent
    shown = traceback.TracebackException.from_exception(error)
    own = [frame for frame in shown.stack if not Path(frame.filename).is_relative_to(package)]
    lines = ["Traceback (most recent call last):\n", *traceback.StackSummary.from_list(own).format()]
    sys.stderr.write(clean_block("".join(lines)))
