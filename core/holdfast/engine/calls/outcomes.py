"""How the outcome of a run is stored, and how it is read back."""

from __future__ import annotations

from dataclasses import replace
from logging import WARNING
from typing import Any, TypeVar
from uuid import UUID

from holdfast import context
from holdfast.engine import results
from holdfast.engine.drive import tracebacks
from holdfast.exceptions import MissingResult, UpstreamFailed
from holdfast.logging import store_line
from holdfast.records import FlowRun, TaskRun
from holdfast.states import State, StoredResult, named
from holdfast.store import queries
from holdfast.store.database import Database

Run = TypeVar("Run", FlowRun, TaskRun)


def with_result(database: Database, run: Run) -> Run:
    """Return the record with a state that reads the run's result when it is needed."""

    def load() -> Any:
        body = queries.get_result(database, run.id)
        if body is not None:
            return results.decode(body)
        if run.state.is_completed():
            raise MissingResult(f"The result of {run.name} was not stored.")
        return None

    state = run.state.of_run(*_ids(run))
    return replace(run, state=state.with_data(StoredResult(load)) if state.is_final() else state)


def _ids(run: FlowRun | TaskRun) -> tuple[UUID | None, UUID | None]:
    return (run.flow_run_id, run.id) if isinstance(run, TaskRun) else (run.id, None)


def stored(here: context.FlowRunContext | context.TaskRunContext, state: State, then: str = "") -> bytes | None:
    """Return the outcome as it is stored; ``None`` for a result that cannot be stored.

    The log then says so, and names the consequence.
    """
    if not state.is_completed():
        if state.data is None:
            return None
        if isinstance(state.data, BaseException):
            return _told(here, "exception", results.encoded_error(state.data))
    try:
        if state.is_completed() or state.returned:
            encoded = results.encoded(state.data)
        else:
            encoded = results.encoded_of_state(state.data)
    except Exception as error:  # noqa: BLE001 - pickling runs the user's code
        store_line(here, WARNING, f"The result cannot be stored ({tracebacks.message_of(error)}).{then}")
        return None
    return _told(here, "result", encoded)


def _told(here: context.FlowRunContext | context.TaskRunContext, what: str, encoded: results.Encoded) -> bytes:
    """Return the bytes to store, after logging which part will be different when it is read back."""
    if encoded.doubt is not None:
        store_line(here, WARNING, f"The {what} will be different when it is read back: {encoded.doubt}.")
    return encoded.body


def not_ready(run: context.FlowRunContext | None, name: str, error: UpstreamFailed) -> State:
    """Return the state of a call that is not started, because an input did not complete. The log of ``run`` says so."""
    if run is not None:
        store_line(run, WARNING, f"{name} was not started. {error}")
    state = named("NotReady", str(error)).with_data(error)
    return state if run is None else state.of_run(run.flow_run_id)


def read_back(run: context.FlowRunContext, run_id: str, name: str, state: State) -> State | None:
    """Return the final state of a finished task or child run of an earlier execution, with its result.

    ``None`` if the result cannot be read back: then the call runs again, and the log says so.
    """
    body = queries.get_result(run.database, UUID(run_id))
    assert body is not None
    lacking: list[str] = []
    try:
        value = results.decode(body, lacking)
    except MissingResult as error:
        store_line(run, WARNING, f"{name} runs again: {error}")
        return None
    if lacking:
        store_line(run, WARNING, f"{name} is not run again, although {'; '.join(lacking)}.")
    run.counter.next("reused")
    return replace(state, data=value, returned=not state.is_completed() and results.is_returned(body))
