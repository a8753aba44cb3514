"""What is done with deployments: making them, starting their runs by name or by schedule, pausing them."""

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
"""Seconds that a flow in a worker's process waits for a run to be taken before it leaves its own process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a deployment is to run its flow."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    tags: tuple[str, ...] = ()
    limit: int | None = None
    catch_up: CatchUp = CatchUp.ONCE
    paused: bool | None = None
    """``None`` leaves it as it is."""


def check(flow: Flow[..., Any], plan: Plan) -> dict[str, Any]:
    """The parameters of a deployment as JSON, when all of its plan makes sense.

    Raises `ParameterError`, `ScheduleError`, or `InvalidFlow` for a flow that no other process could load.
    """
    if (why := origin_of(flow).why_not) is not None:
        raise InvalidFlow(
            f"Flow {flow.name!r} cannot be deployed: {why}, so no other process could run it. "
            "Bind it to a name of its own at the top level of a file."
        )
    if not isinstance(plan.name, str) or not plan.name.strip() or "/" in plan.name:
        raise InvalidFlow(f"A deployment cannot be called {plan.name!r}: give a name without a slash.")
    if plan.limit is not None and plan.limit < 1:
        raise ScheduleError(f"A limit of {plan.limit} would let nothing run; to stop a deployment, pause it.")
    return parameters.checked(flow, plan.parameters, complete=bool(plan.schedules))


def deploy(database: Database, flow: Flow[..., Any], plan: Plan) -> Deployment:
    """Make a deployment of a flow, or change the one that there is. Raises as `check`."""
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
    """Make the runs that schedules ask for at a moment, by default now, and return them."""
    made: list[UUID] = []
    at = at or datetime.now(UTC)
    while found := deployments.due(database, at):
        for each in found:
            assert each.next_due is not None
            try:
                what = schedules.due(each.schedules, each.next_due, at, each.catch_up)
            except ScheduleError as error:  # it made sense where it was deployed; the others are not to suffer
                deployments.set_paused(database, each.id, True)
                engine_logger().warning("%s is paused: %s", each.full_name, error)
                continue
            names = [random_name() for _ in what.runs]
            made += deployments.make_due_runs(database, each, what, names, settings.user())
    return made


@dataclass(frozen=True, slots=True)
class Likeness:
    """What starts a run like another."""

    deployment: Deployment
    parameters: Mapping[str, Any]
    """The other's, as JSON."""
    left_out: Sequence[str]
    """Parameters of the other that JSON cannot say: they have to be given again."""


def like(database: Database, run: FlowRun) -> Likeness:
    """What starts a run like this one. Raises `NotDeployedError`."""
    found = deployments.like(database, run.id)
    if found is None:
        raise NotDeployedError(run.name, queries.get_origin(database, run.id).entrypoint)
    stored = queries.get_parameters(database, run.id)
    values, left_out = results.exact_parts(stored)
    if run.deployment_id is None:  # that of a deployment's has all of them by their names already
        for name, stars in (queries.get_origin(database, run.id).gathering or {}).items():
            if stars == "**":
                values |= values.pop(name, {})
            elif results.show(stored).get(name) == "()":
                left_out.remove(name)
    return Likeness(found, values, left_out)


@dataclass(frozen=True, slots=True)
class Start:
    """A call that starts a run of a deployment."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None
    """``None`` for at once."""
    key: str | None = None
    timeout: float | None = 0
    """Seconds to wait for its end; ``None`` for as long as it takes."""
    as_subflow: bool = True
    run_name: str | None = None
    tags: frozenset[str] = frozenset()


def starting(database: Database, reference: str | UUID, call: Start) -> Logic[FlowRun]:
    """Start a run of a deployment, and wait for its end as long as the call says; return the run.

    Within a flow run it is found again when that executes again. Raises `DeploymentNotFound` or `ParameterError`.
    """
    if (calling := context.current_flow_run()) is not None:
        yield from check_told(calling)
    found = deployments.find(database, reference)
    defaults = results.decode(deployments.get_parameters(database, found.id))
    values = parameters.fitting(found, defaults, call.parameters)
    if call.due is not None and call.due.tzinfo is None:
        raise ScheduleError(f"The time {call.due.isoformat()} names no time zone; give an aware datetime.")
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
    """The run with what re-execution finds it by; one that is no child is found by a key of ours."""
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
    """Wait for a run's end; a caller that may have to wait for long is suspended until then."""
    given_up = None if timeout is None else time.monotonic() + timeout
    followed = [run_id.hex] if caller is None else [run_id.hex, caller.flow_run_id.hex]
    with changes(database, *followed) as signal:
        while True:
            signal.clear()
            if caller is not None:
                yield from boundary(caller)
            run = queries.get_flow_run(database, run_id)
            left = None if given_up is None else given_up - time.monotonic()
            if run.state.is_final() or (left is not None and left <= 0):
                return with_result(database, run)
            if left is None and caller is not None and _gives_way(database, caller, run):
                raise SuspendUnwind
            yield WaitFor(signal, _PATIENCE if left is None and run.state.is_scheduled() else left)


def _gives_way(database: Database, caller: context.FlowRunContext, run: FlowRun) -> bool:
    """Whether the caller leaves its process until a run has ended that waits for somebody, or for a free slot.

    For a slot it does so only in a worker's process, which may be what the run waits for.
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
