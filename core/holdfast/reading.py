"""Reading about flow runs: their records, events, logs, waits and messages.

Each function is called in sync code, and awaited in async code. A run is named by its id, a unique prefix of it, or its
name; if several have the name, the newest is meant. Records are frozen. Their times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from holdfast.engine.calls.outcomes import with_result
from holdfast.engine.code.options import whole
from holdfast.engine.drive.sync_async import call_sync_or_async
from holdfast.filters import STATES, RunFilter, parse
from holdfast.states import NAMES
from holdfast.store import deployments, queries
from holdfast.store.database import Database, default
from holdfast.substitutes import settings_checked

if TYPE_CHECKING:
    from holdfast.engine.drive.sync_async import FlowRunNow, ListNow, MaybeAwaited
    from holdfast.records import Event, FlowRun, Log, Message, TaskRun, Wait

Reference = UUID | str
T = TypeVar("T")


@settings_checked
def get_flow_run(flow_run_id: Reference) -> FlowRunNow:
    """Return a flow run, a `FlowRun`. Its result or exception is in ``flow_run.state.result()``.

    Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """

    def do(database: Database) -> FlowRun:
        return with_result(database, _find(database, flow_run_id))

    return _read(do)


@settings_checked
def list_flow_runs(
    *,
    states: Iterable[str] = (),
    flow_name: str = "",
    text: str = "",
    where: str = "",
    tags: Iterable[str] = (),
    deployment: UUID | str | None = None,
    parent: Reference | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    older_than: Reference | None = None,
    limit: int = 100,
) -> ListNow[FlowRun]:
    """Return flow runs, a list of `FlowRun`, newest first. Arguments that are not given do not restrict it.

    ``states`` are types or names of states; case does not matter: ``"paused"``, ``"Suspended"``. ``flow_name`` is the
    flow's whole name, ``text`` a part of the run's or the flow's name. ``where`` is a filter as it is typed in the app:
    ``"state:paused age>2h !tag:eu"``. Runs must have all of ``tags``, and come from ``deployment``, given as for
    `run_deployment`. ``parent`` selects the child runs of a run. ``created_after`` and ``created_before`` are aware
    times. ``limit`` is the maximum number of runs; ``older_than``, the last run of one list, gives the next list.

    Raises `ValueError` for an unknown state or for a time without a time zone, `InvalidFilter`, which is a
    `ValueError`, for an invalid filter, and `DeploymentNotFound`.
    """
    for name, given in (("flow_name", flow_name), ("text", text), ("where", where)):
        if not isinstance(given, str):
            raise ValueError(f"{name} must be a string, not {given!r}.")
    _check_filters(states := _texts("states", states), created_after, created_before)
    limit = whole(limit, "limit")
    terms = parse(where).terms
    tags = _texts("tags", tags)

    def do(database: Database) -> list[FlowRun]:
        fits = RunFilter(
            terms=terms,
            states=states,
            text=text,
            flow_name=flow_name,
            tags=tags,
            deployment_id=None if deployment is None else deployments.find(database, deployment).id,
            parent_id=None if parent is None else _find(database, parent).id,
            created_after=created_after,
            created_before=created_before,
        )
        last = None if older_than is None else _find(database, older_than).id
        found = queries.list_flow_runs(database, fits, older_than=last, limit=limit)
        return [with_result(database, each) for each in found]

    return _read(do)


@settings_checked
def get_task_runs(flow_run_id: Reference) -> ListNow[TaskRun]:
    """Return the task calls of a flow run, a list of `TaskRun`, in the order of their start.

    The result or exception of each is in ``task_run.state.result()``. Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """

    def do(database: Database) -> list[TaskRun]:
        run_id = _find(database, flow_run_id).id
        found: list[TaskRun] = []
        while page := queries.get_task_runs(database, run_id, after=found[-1].id if found else None):
            found += page
        return [with_result(database, each) for each in found]

    return _read(do)


@settings_checked
def get_events(flow_run_id: Reference) -> ListNow[Event]:
    """Return the events of a flow run, a list of `Event`, in order: states, requests, waits, messages, and by whom.

    The questions of its tasks are among its waits. Other events of a task are in `get_task_runs`. Raises
    `FlowRunNotFound` or `AmbiguousFlowRun`.
    """
    return _read(lambda database: _all_after(database, "get_events", flow_run_id))


@settings_checked
def get_logs(flow_run_id: Reference) -> ListNow[Log]:
    """Return the log lines of a flow run and its tasks, a list of `Log`, in order.

    Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """
    return _read(lambda database: _all_after(database, "get_logs", flow_run_id))


@settings_checked
def get_waits(flow_run_id: Reference) -> ListNow[Wait]:
    """Return the questions of a flow run, and the messages it waits for: a list of `Wait`, oldest first.

    Closed questions are included.

    Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """

    def do(database: Database) -> list[Wait]:
        run_id = _find(database, flow_run_id).id
        found = queries.get_waits(database, run_id) + queries.get_listeners(database, run_id)
        return sorted(found, key=lambda each: each.id)

    return _read(do)


@settings_checked
def get_messages(flow_run_id: Reference) -> ListNow[Message]:
    """Return the messages that were sent to a flow run, a list of `Message`, in the order in which they are received.

    Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """

    def do(database: Database) -> list[Message]:
        run_id = _find(database, flow_run_id).id
        found = queries.get_messages(database, run_id)
        while found and (page := queries.get_messages(database, run_id, after=found[-1].id)):
            found += page
        return found

    return _read(do)


def _read(what: Callable[[Database], T]) -> MaybeAwaited[T]:
    def do() -> T:
        return what(default())

    return call_sync_or_async(do)


def _find(database: Database, reference: Reference) -> FlowRun:
    return queries.find_flow_run(database, reference)


def _all_after(database: Database, query: str, reference: Reference) -> list[Any]:
    """Return all of a run's events or log lines, read page by page."""
    read = getattr(queries, query)
    run_id = _find(database, reference).id
    found: list[Any] = read(database, run_id)
    while found and (page := read(database, run_id, after=found[-1].seq)):
        found += page
    return found


def _texts(name: str, given: Iterable[str]) -> frozenset[str]:
    found = None if isinstance(given, str) or not isinstance(given, Iterable) else frozenset(given)
    if found is None or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{name} must be a list of {name}, not {given!r}.")
    return found


def _check_filters(states: frozenset[str], *times: datetime | None) -> None:
    unknown = sorted(each for each in states if each.lower() not in STATES)
    if unknown:
        raise ValueError(f"There is no state {', '.join(map(repr, unknown))}; the states are {', '.join(NAMES)}.")
    if any(time is not None and (not isinstance(time, datetime) or time.tzinfo is None) for time in times):
        raise ValueError("created_after and created_before need a time zone, as in datetime.now(UTC).")
