"""Deployments: flows that a worker runs by name or by schedule."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, TypedDict, Unpack
from uuid import UUID

from holdfast import loading_state, settings
from holdfast.durations import Duration, patience_of
from holdfast.engine.code.options import flag_of, mapping_of, moment_of, tags_of, text_of, whole
from holdfast.engine.deployment_actions import Plan, Start, check, deploy, starting
from holdfast.engine.drive.sync_async import sync_or_async
from holdfast.exceptions import InvalidFlow, ScheduleError
from holdfast.schedules import CatchUp, Schedule, collect
from holdfast.store import deployments
from holdfast.store.database import Database, default
from holdfast.substitutes import Substituting, absent_from, check_settings, settings_checked
from holdfast.text import clean, in_command
from holdfast.worker.foreground import run_until_stopped, when_unlocked
from holdfast.worker.worker import Worker

if TYPE_CHECKING:
    from holdfast.engine.drive.sync_async import FlowRunNow
    from holdfast.flows import Flow
    from holdfast.records import Deployment

GivenSchedule: TypeAlias = "Schedule | str | Mapping[str, Any]"
"""A schedule in any accepted form: an object, a cron expression, or a mapping such as ``{"interval": "15m"}``."""


@dataclass(frozen=True, slots=True)
class RunnerDeployment(Substituting):
    """A deployment that does not exist yet. `Flow.to_deployment` returns it, for `serve` or `apply`.

    In async code it can be awaited, which returns itself.
    """

    flow: Flow[..., Any]
    plan: Plan

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    @settings_checked
    def apply(self) -> Deployment:
        """Create the deployment, or update the one of this flow and name. From now on any worker runs it."""
        loading_state.check_not_loading("apply()")
        return deploy(default(), self.flow, self.plan)


class DeploymentOptions(TypedDict, total=False):
    """How a deployment runs its flow."""

    parameters: Mapping[str, Any] | None
    """The parameters of its runs. A schedule needs all that have no default."""
    cron: str | Iterable[str] | None
    """Cron expressions, in the time zone ``timezone``."""
    interval: Duration | Iterable[Duration] | None
    """Elapsed time between two runs."""
    rrule: str | Iterable[str] | None
    """Recurrence rules (RFC 5545), in the time zone ``timezone``."""
    schedule: GivenSchedule | Iterable[GivenSchedule] | None
    """The same as ``schedules``."""
    schedules: GivenSchedule | Iterable[GivenSchedule] | None
    """Schedules that `holdfast.schedules` made, each with its own time zone. A text is a cron expression. A mapping has
    ``cron``, ``interval`` or ``rrule``, and their other settings. Both use ``timezone``.
    """
    timezone: str | None
    """The name of a time zone; UTC by default."""
    tags: Iterable[str] | None
    limit: int | None
    """The maximum number of its runs that have a process at the same time."""
    catch_up: Literal["once", "all", "skip"]
    """What to do about times that passed while no worker was running: one run (the default), one run each, or none."""
    paused: bool | None
    """Whether its schedules are off. By default this stays as it is."""


def plan_deployment(flow: Flow[..., Any], name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
    """Plan a deployment of a flow; see `Flow.to_deployment`."""
    check_settings(options, DeploymentOptions.__annotations__, "A deployment")
    catch_up, timezone = options.get("catch_up", "once"), options.get("timezone")
    limit = options.get("limit")
    if catch_up not in list(CatchUp):
        raise ScheduleError(f"catch_up is {catch_up!r}; it must be once, all or skip.")
    plan = Plan(
        name=name,
        parameters=mapping_of(options, "parameters"),
        schedules=collect(
            options.get("cron"),
            options.get("interval"),
            options.get("rrule"),
            (options.get("schedule"), options.get("schedules")),
            "UTC" if timezone is None else timezone,
        ),
        tags=tags_of(options),
        limit=None if limit is None else whole(limit, "limit"),
        catch_up=CatchUp(catch_up),
        paused=flag_of(options, "paused"),
    )
    check(flow, plan)
    return RunnerDeployment(flow, plan)


@settings_checked
def serve(*deployments: RunnerDeployment, limit: int = 4) -> None:
    """Create the deployments and be a worker for them, until interrupted or terminated.

    ``limit`` is the number of runs that this process executes at the same time, each in its own process. Like every
    worker it takes all runs that are due, also those of other deployments. Other workers take over when this one has
    ended.
    """
    loading_state.check_not_loading("serve()")
    slots = whole(limit, "limit", least=1)
    for planned in deployments:
        if not isinstance(planned, RunnerDeployment):
            raise InvalidFlow(f"serve() takes what flow.to_deployment() returns, not {planned!r}.")
    made = when_unlocked(lambda: [each.apply() for each in deployments], _tell)
    for each in made:
        when = "; ".join(map(str, each.schedules)) or "runs when started"
        named = in_command(each.full_name, each.id)
        _tell(f"Serving {each.full_name}: {'paused' if each.paused else when}. Start it with: holdfast start {named}")
    run_until_stopped(Worker(default(), slots, place="serve"), _tell)


def _tell(text: str) -> None:
    sys.stderr.write(f"{clean(text)}\n")
    sys.stderr.flush()


@settings_checked
def run_deployment(
    name: str | UUID,
    parameters: Mapping[str, Any] | None = None,
    timeout: Duration | None = None,
    as_subflow: bool = True,
    *,
    scheduled_time: datetime | None = None,
    idempotency_key: str | None = None,
    flow_run_name: str | None = None,
    tags: Iterable[str] | None = (),
    poll_interval: float | None = None,
) -> FlowRunNow:
    """Start a run of a deployment, and return it when it has ended. Its ``state.result()`` is its return value.

    ``name`` is ``flow/name``, or the name alone if only one deployment has it. ``timeout`` is in seconds, ``None`` for
    no limit; after it the run is returned as it is, with 0 immediately. A second call with the same ``idempotency_key``
    returns the run of the first. ``flow_run_name`` is the run's name, by default two words. Its tags are those of the
    deployment, those that apply here and ``tags``.

    Inside a flow run, the new run is a child and is cancelled with its caller, unless ``as_subflow`` is false. Either
    way it is found again when the flow executes again, and the flow is suspended while it waits for a suspended run.

    ``poll_interval`` has no effect. Raises `DeploymentNotFound` or `ParameterError`. In async code, await it.
    """
    loading_state.check_not_loading("run_deployment()")
    given = {
        "parameters": parameters,
        "scheduled_time": scheduled_time,
        "idempotency_key": idempotency_key,
        "as_subflow": as_subflow,
        "flow_run_name": flow_run_name,
        "tags": tags,
    }
    call = Start(
        mapping_of(given, "parameters"),
        moment_of(given, "scheduled_time"),
        text_of(given, "idempotency_key"),
        patience_of(timeout, "timeout"),
        bool(flag_of(given, "as_subflow")),
        text_of(given, "flow_run_name"),
        frozenset(tags_of(given)),
    )
    return sync_or_async(starting(default(), name, call))


@settings_checked
def pause_deployment(name: str | UUID) -> Deployment:
    """Stop the schedules of a deployment. Its existing runs continue, and it can still be started by name.

    Raises `DeploymentNotFound`.
    """
    return _set_paused(name, True)


@settings_checked
def resume_deployment(name: str | UUID) -> Deployment:
    """Restart the schedules of a deployment, from now on. Raises `DeploymentNotFound`."""
    return _set_paused(name, False)


def _set_paused(name: str | UUID, paused: bool) -> Deployment:
    database, found = _find(name)
    return deployments.set_paused(database, found.id, paused)


@settings_checked
def delete_deployment(name: str | UUID) -> Deployment:
    """Delete a deployment, and return it as it was. Its running, paused and suspended runs continue.

    Its runs that have not begun are cancelled. Raises `DeploymentNotFound` or `AmbiguousDeployment`.
    """
    database, found = _find(name)
    deployments.delete(database, found.id, settings.user())
    return found


@settings_checked
def get_deployment(name: str | UUID) -> Deployment:
    """Return the deployment with this name or id. Raises `DeploymentNotFound` or `AmbiguousDeployment`."""
    return _find(name)[1]


def list_deployments() -> list[Deployment]:
    """Return all deployments, sorted by flow and name."""
    return deployments.list_all(default())


def _find(name: str | UUID) -> tuple[Database, Deployment]:
    database = default()
    return database, deployments.find(database, name)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
