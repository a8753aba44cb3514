"""Operations on deployments: creating them, starting their runs by name or schedule, pausing them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import context, schedules, settings
from holdfast.engine import parameters, results
from holdfast.engine.calls.outcomes import with_result
from holdfast.engine.calls.run_names import random_name
from holdfast.engine.code.flow_location import origin_of
from holdfast.engine.drive.boundary import boundary, changes, check_told
from holdfast.engine.drive.effects import Logic, WaitFor
from holdfast.exceptions import InvalidFlow, NotDeployedError, ScheduleError, SuspendUnwind
from holdfast.logging import engine_logger
from holdfast.records import Deployment, FlowRun, HostKind
from holdfast.schedules import CatchUp, Schedule
from holdfast.store import deployments, hosts, queries
from holdfast.store.database import Database
from holdfast.store.ids import at_once, to_time

if TYPE_CHECKING:
    from holdfast.flows import Flow

_PATIENCE = 5.0
"""Seconds that a flow in a worker's process waits for another run to be started before it leaves its own process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a deployment runs its flow."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    schedules: tuple[Schedule, ...] = ()
    tags: tuple[str, ...] = ()
    limit: int | None = None
    catch_up: CatchUp = CatchUp.ONCE
    paused: bool | None = None
    """``None`` leaves it unchanged."""


def check(flow: Flow[..., Any], plan: Plan) -> dict[str, Any]:
    """Check the plan of a deployment, and return its parameters as JSON.

    Raises `ParameterError`, `ScheduleError`, or `InvalidFlow` for a flow that no other process could load.
    """
    if (why := origin_of(flow).why_not) is not None:
        raise InvalidFlow(
            f"Flow {flow.name!r} cannot be deployed: {why}, so no other process could run it. "
            "Give it its own name at the top level of a file."
        )
    if not isinstance(plan.name, str) or not plan.name.strip() or "/" in plan.name:
        raise InvalidFlow(f"A deployment cannot be called {plan.name!r}: give a name without a slash.")
    if plan.limit is not None and plan.limit < 1:
        raise ScheduleError(f"A limit of {plan.limit} would let nothing run; to stop a deployment, pause it.")
    return parameters.checked(flow, plan.parameters, complete=bool(plan.schedules))


def deploy(database: Database, flow: Flow[..., Any], plan: Plan) -> Deployment:
    """Create a deployment of a flow, or update the existing one. Raises the same errors as `check`."""
    values = check(flow, plan)
    new = deployments.NewDeployment(
        flow_name=flow.name,
        name=plan.name,
        origin=origin_of(flow),
        parameters=results.encode_parameters(values),
        parameter_schema=parameters.schema_of(flow),
        tags=plan.tags,
        schedules=plan.schedules,
        catch_up=plan.catch_up,
        limit=plan.limit,
        paused=plan.paused,
    )
    return deployments.save(database, new)


def schedule_due(database: Database, at: datetime | None = None) -> list[UUID]:
    """Create the runs that schedules require at a moment, by default now, and return them."""
    made: list[UUID] = []
    at = at or datetime.now(UTC)
    while found := deployments.due(database, at):
        for each in found:
            assert each.next_due is not None
            try:
                what = schedules.due(each.schedules, each.next_due, at, each.catch_up)
            except ScheduleError as error:  # it was valid where it was deployed; the others must not suffer
                deployments.set_paused(database, each.id, True)
                engine_logger().warning("%s is paused: %s", each.full_name, error)
                continue
            names = [random_name() for _ in what.runs]
            made += deployments.make_due_runs(database, each, what, names, settings.user())
    return made


@dataclass(frozen=True, slots=True)
class Likeness:
    """The settings that start a run like another one."""

    deployment: Deployment
    parameters: Mapping[str, Any]
    """The other run's parameters, as JSON."""
    left_out: Sequence[str]
    """Parameters of the other run that JSON cannot represent. They must be given again."""


def like(database: Database, run: FlowRun) -> Likeness:
    """Return the settings that start a run like this one. Raises `NotDeployedError`."""
    found = deployments.like(database, run.id)
    if found is None:
        raise NotDeployedError(run.name, queries.get_origin(database, run.id).entrypoint)
    stored = queries.get_parameters(database, run.id)
    values, left_out = results.exact_parts(stored)
    if run.deployment_id is None:  # a deployment's run has all of them by their names already
        for name, stars in (queries.get_origin(database, run.id).gathering or {}).items():
            if stars == "**":
                values |= values.pop(name, {})
            elif results.show(stored).get(name) == "()":
                left_out.remove(name)
    return Likeness(found, values, left_out)


@dataclass(frozen=True, slots=True)
class Start:
    """A call that starts a run of a deployment."""

    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    due: datetime | None = None
    """``None`` to start immediately."""
    key: str | None = None
    timeout: float | None = 0
    """Seconds to wait for its end; ``None`` for no limit."""
    as_subflow: bool = True
    run_name: str | None = None
    tags: frozenset[str] = frozenset()


def starting(database: Database, reference: str | UUID, call: Start) -> Logic[FlowRun]:
    """Start a run of a deployment, wait for its end as long as the call says, and return the run.

    Within a flow run it is found again when that run executes again. Raises `DeploymentNotFound` or `ParameterError`.
    """
    if (calling := context.current_flow_run()) is not None:
        yield from check_told(calling)
    found = deployments.find(database, reference)
    defaults = results.decode(deployments.get_parameters(database, found.id))
    values = parameters.fitting(found, defaults, call.parameters)
    if call.due is not None and call.due.tzinfo is None:
        raise ScheduleError(f"The time {call.due.isoformat()} has no time zone; give an aware datetime.")
    here = context.current()
    new = deployments.NewDeployedRun(
        deployment_id=found.id,
        name=call.run_name or random_name(),
        due_at=at_once() if call.due is None else to_time(call.due),
        key=call.key,
        parameters=results.encode_parameters(values),
        tags=frozenset(found.tags) | context.current_tags() | call.tags,
    )
    caller = None if here is None else here.flow_run
    if here is not None and caller is not None:
        new = _called(here, caller, found, new, call)
    while (run_id := deployments.start(database, new, settings.user())) is None:
        assert caller is not None
        yield from boundary(caller)
    return (yield from _until_ended(database, run_id, call.timeout, caller))


def _called(
    here: context.FlowRunContext | context.TaskRunContext,
    caller: context.FlowRunContext,
    found: Deployment,
    new: deployments.NewDeployedRun,
    call: Start,
) -> deployments.NewDeployedRun:
    """Add what re-execution finds the run by. A run that is not a child is found by a generated key."""
    place = f" in {here.task_run_id.hex}" if isinstance(here, context.TaskRunContext) else ""
    what = f"deployment {found.id.hex}{place}"
    number, earlier = caller.counter.with_earlier(what, call.parameters)
    kept = call.as_subflow or new.key
    return replace(
        new,
        caller_id=caller.flow_run_id.hex,
        call=number,
        key=new.key if kept else f"{caller.flow_run_id.hex} {number}",
        linked=call.as_subflow,
        earlier=(earlier, None if kept or earlier is None else f"{caller.flow_run_id.hex} {earlier}"),
    )


def _until_ended(
    database: Database, run_id: UUID, timeout: float | None, caller: context.FlowRunContext | None
) -> Logic[FlowRun]:
    """Wait for a run's end. A caller that may have to wait for long is suspended until then."""
    given_up = None if timeout is None else time.monotonic() + timeout
    followed = [run_id.hex] if caller is None else [run_id.hex, caller.flow_run_id.hex]
    with changes(database, *followed) as signal:
        while True:
            signal.clear()
            if caller is not None:
                yield from boundary(caller)
            run = queries.get_flow_run(database, run_id)
            left = None if given_up is None else given_up - time.monotonic()
            if run.state.is_final() and caller is not None:
                yield from boundary(caller)  # both may have been cancelled together since the last look
            if run.state.is_final() or (left is not None and left <= 0):
                return with_result(database, run)
            if left is None and caller is not None and _gives_way(database, caller, run):
                raise SuspendUnwind
            yield WaitFor(signal, _PATIENCE if left is None and run.state.is_scheduled() else left)


def _gives_way(database: Database, caller: context.FlowRunContext, run: FlowRun) -> bool:
    """Whether the caller leaves its process until a run has ended that waits for a person, or for a free slot.

    For a slot this happens only in a worker's process, since the other run may be waiting for that process.
    """
    root = caller
    while root.parent is not None:
        root = root.parent
    if root.origin.entrypoint is None or not (run.state.name == "Suspended" or _is_stuck(database, root, run)):
        return False
    return deployments.leave_until_ended(database, caller.flow_run_id.hex, run.id, run.state.name, caller.actor)


def _is_stuck(database: Database, root: context.FlowRunContext, run: FlowRun) -> bool:
    if not run.state.is_scheduled() or run.due is None:
        return False
    if abs((datetime.now(UTC) - run.due).total_seconds()) < _PATIENCE:
        return False
    host = hosts.of_run(database, root.flow_run_id)
    return host is not None and host.kind is HostKind.CHILD
