"""The final state that what a flow returned stands for, and what a stored one came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from logging import WARNING
from typing import Any, TypeVar
from uuid import UUID

from holdfast import context
from holdfast.engine import results, tracebacks
from holdfast.exceptions import MissingResult, UpstreamFailed
from holdfast.logging import store_line
from holdfast.records import FlowRun, TaskRun
from holdfast.states import Cancelled, Completed, Failed, State, StoredResult, named, outcome
from holdfast.store import queries
from holdfast.store.database import Database

Run = TypeVar("Run", FlowRun, TaskRun)


def combined(value: Any) -> State:
    """A state stands for itself, a collection of nothing but states for all of them; anything else is a result.

    All completed is Completed; else one that was cancelled makes it Cancelled, and any other Failed.
    """
    states = list(value.values()) if type(value) is dict else value
    if not isinstance(states, list | tuple | set) or not states or not all(isinstance(each, State) for each in states):
        return outcome(value)
    return _of_all(list(states), value)


def _of_all(states: Sequence[State], value: Any) -> State:
    unfinished = [each for each in states if not each.is_final()]
    cancelled = [each for each in states if each.is_cancelled()]
    failed = [each for each in states if each.is_final() and not each.is_completed() and not each.is_cancelled()]
    for make, bad, what in (
        (Cancelled, cancelled, "cancelled"),
        (Failed, failed, "failed"),
        (Failed, unfinished, "not final"),
    ):
        if bad:
            errors = (each.data for each in bad if isinstance(each.data, BaseException))
            return make(f"{len(bad)}/{len(states)} states {what}.", next(errors, None))
    return Completed("All states completed.", data=value)


def with_result(database: Database, run: Run) -> Run:
    """The record with a state that reads the run's result when it is asked for it."""

    def load() -> Any:
        body = queries.get_result(database, run.id)
        if body is not None:
            return results.decode(body)
        if run.state.is_completed():
            raise MissingResult(f"The result of {run.name} was not stored.")
        return None

    return replace(run, state=run.state.with_data(StoredResult(load))) if run.state.is_final() else run


def stored(here: context.FlowRunContext | context.TaskRunContext, state: State, then: str = "") -> bytes | None:
    """What to store of an outcome; ``None`` for a result that cannot be stored.

    The log says that, and what follows from it.
    """
    if isinstance(state.data, BaseException):
        return _told(here, "exception", results.encoded_error(state.data))
    if not state.is_completed():
        return None
    try:
        encoded = results.encoded(state.data)
    except Exception as error:  # noqa: BLE001 - pickling runs the user's code
        store_line(here, WARNING, f"The result cannot be stored ({tracebacks.message_of(error)}).{then}")
        return None
    return _told(here, "result", encoded)


def _told(here: context.FlowRunContext | context.TaskRunContext, what: str, encoded: results.Encoded) -> bytes:
    """What is stored, once the log says what of it will not be as it was when it is read back."""
    if encoded.doubt is not None:
        store_line(here, WARNING, f"The {what} will not be read back as it was: {encoded.doubt}.")
    return encoded.body


def not_ready(run: context.FlowRunContext | None, name: str, error: UpstreamFailed) -> State:
    """The state of a call that does not begin, since what it needs did not complete. The log of ``run`` says so."""
    if run is not None:
        store_line(run, WARNING, f"{name} does not begin. {error}")
    return named("NotReady", str(error)).with_data(error)


def read_back(run: context.FlowRunContext, run_id: str, name: str) -> tuple[Any, bool] | None:
    """What a finished task or child run of an earlier execution returned or raised, and whether it raised it.

    ``None`` when it cannot be read back: then it runs again, and the log says so.
    """
    body = queries.get_result(run.database, UUID(run_id))
    assert body is not None
    try:
        value = results.decode(body)
    except MissingResult as error:
        store_line(run, WARNING, f"{name} runs again: {error}")
        return None
    run.counter.next("reused")
    return value, results.is_error(body)
