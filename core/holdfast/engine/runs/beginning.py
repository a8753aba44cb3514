"""Beginning an execution of a flow run: its row, and the context for its code."""

from __future__ import annotations

from logging import WARNING
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import context, settings
from holdfast.engine import liveness, results
from holdfast.engine.calls.run_names import random_name, run_name
from holdfast.engine.code.call_identity import CallCounter
from holdfast.engine.code.flow_location import origin_of
from holdfast.engine.drive.boundary import boundary
from holdfast.engine.drive.effects import Logic
from holdfast.logging import store_line
from holdfast.records import FlowRun
from holdfast.states import State
from holdfast.store import database, runs, tasks, waits
from holdfast.store.ids import new_id

if TYPE_CHECKING:
    from holdfast.flows import Flow


def begin(
    flow: Flow[..., Any],
    parent: context.FlowRunContext | None,
    parameters: dict[str, Any],
    call: str | None,
    state: State,
) -> Logic[context.FlowRunContext]:
    """Store a new run and make its context. This is a boundary of the parent."""
    store = parent.database if parent else database.default()
    run_id = UUID(new_id())
    here = _context(flow, store, run_id, random_name(), parameters, parent, execution=1)
    if flow.flow_run_name is not None and not state.is_pending():  # no name can be made from bad parameters
        here.flow_run_name = yield from run_name(flow.flow_run_name, here, "flow_run_name")
    encoded = results.encoded_parameters(parameters)
    new = runs.NewRun(
        id=run_id.hex,
        name=here.flow_run_name,
        flow_name=flow.name,
        state=state,
        origin=here.origin,
        parameters=encoded.body,
        host_id=liveness.current(store),
        parent_id=parent.flow_run_id.hex if parent else None,
        root_id=here.root_id.hex,
        call=call,
        tags=here.tags,
    )
    while (fence := runs.create(store, new, here.actor)) is None:
        assert parent is not None
        yield from boundary(parent)
    here.fence = fence
    if encoded.doubt is not None and parent is None:
        store_line(here, WARNING, f"The parameters will be different when they are read back: {encoded.doubt}.")
    return here


def enter(
    flow: Flow[..., Any],
    store: database.Database,
    run: FlowRun,
    parameters: dict[str, Any],
    parent: context.FlowRunContext | None,
) -> Logic[context.FlowRunContext]:
    """Begin another execution of a run, with the finished work of earlier ones.

    A child that ended by itself, and is executed again with its parent, gets all its retries again.
    """
    here = _context(flow, store, run.id, run.name, parameters, parent, execution=run.executions + 1)
    here.attempt = 1 if run.state.is_final() and not run.state.is_crashed() else run.attempt
    here.tags = run.tags
    _load_recorded(here)
    while (fence := runs.enter(store, run.id.hex, liveness.current(store), here.actor, here.attempt)) is None:
        assert parent is not None
        yield from boundary(parent)
    here.fence = fence
    return here


def tried_again(here: context.FlowRunContext, attempt: int) -> context.FlowRunContext:
    """Return the context of a run's next attempt in this process, with the finished work of earlier attempts."""
    again = _context(
        here.flow,
        here.database,
        here.flow_run_id,
        here.flow_run_name,
        here.parameters,
        here.parent,
        execution=here.execution + 1,
    )
    again.attempt, again.tags, again.warned = attempt, here.tags, here.warned
    again.fence = here.fence
    _load_recorded(again)
    return again


def _load_recorded(here: context.FlowRunContext) -> None:
    """Load what earlier executions of the run recorded."""
    run_id = here.flow_run_id.hex
    here.recorded = tasks.recorded_calls(here.database, run_id)
    here.recorded_names = frozenset(each.name for each in here.recorded.values())
    here.children = runs.recorded_children(here.database, run_id)
    here.timeouts = waits.recorded_timeouts(here.database, run_id)


def _context(
    flow: Flow[..., Any],
    store: database.Database,
    run_id: UUID,
    name: str,
    parameters: dict[str, Any],
    parent: context.FlowRunContext | None,
    execution: int,
) -> context.FlowRunContext:
    return context.FlowRunContext(
        flow=flow,
        flow_run_id=run_id,
        flow_run_name=name,
        parameters=parameters,
        is_async=flow.is_async,
        parent=parent,
        root_id=parent.root_id if parent else run_id,
        origin=origin_of(flow),
        database=store,
        counter=CallCounter(),
        recorded={},
        recorded_names=frozenset(),
        children={},
        timeouts={},
        execution=execution,
        log_prints=(parent is not None and parent.log_prints) if flow.log_prints is None else flow.log_prints,
        actor=settings.user(),
        tags=context.current_tags(),
    )
