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
from holdfast.engine.drive.sync_async import face
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
"""A schedule as it may be given: an object, a cron expression, or a mapping such as ``{"interval": "15m"}``."""


@dataclass(frozen=True, slots=True)
class RunnerDeployment(Substituting):
    """A deployment that is not made yet; `Flow.to_deployment` gives it, for `serve` or `apply`.

    In async code it may be awaited, which gives itself.
    """

    flow: Flow[..., Any]
    plan: Plan

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    @settings_checked
    def apply(self) -> Deployment:
        """Make the deployment, or change the one of this flow and name. Any worker runs it from now on."""
        loading_state.check_not_loading("apply()")
        return deploy(default(), self.flow, self.plan)


class DeploymentOptions(TypedDict, total=False):
    """How a deployment runs its flow."""

    parameters: Mapping[str, Any] | None
    """What its runs are given; a schedule needs all that have no default."""
    cron: str | Iterable[str] | None
    """Cron expressions, meant in ``timezone``."""
    interval: Duration | Iterable[Duration] | None
    """Elapsed time between two runs."""
    rrule: str | Iterable[str] | None
    """Recurrence rules (RFC 5545), meant in ``timezone``."""
    schedule: GivenSchedule | Iterable[GivenSchedule] | None
    """The same as ``schedules``."""
    schedules: GivenSchedule | Iterable[GivenSchedule] | None
    """Schedules that `holdfast.schedules` made, each with a time zone of its own. A text is a cron expression, and a
    mapping names its ``cron``, ``interval`` or ``rrule`` and what else these take; both are meant in ``timezone``."""
    timezone: str | None
    """Name of a time zone; by default UTC."""
    tags: Iterable[str] | None
    limit: int | None
    """How many of its runs have a process at a time, at most."""
    catch_up: Literal["once", "all", "skip"]
    """What becomes of times that passed while no worker was there: one run (the default), one each, or none."""
    paused: bool | None
    """Without its schedules; by default that is left as it is."""


def plan_deployment(flow: Flow[..., Any], name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
    """A deployment of a flow, to be made; see `Flow.to_deployment`."""
    check_settings(options, DeploymentOptions.__annotations__, "A deployment")
    catch_up, timezone = options.get("catch_up", "once"), options.get("timezone")
    if catch_up not in list(CatchUp):
        raise ScheduleError(f"catch_up is {catch_up!r}; it can be once, all or skip.")
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
        limit=None if options.get("limit") is None else whole(options["limit"], "limit"),
        catch_up=CatchUp(catch_up),
        paused=flag_of(options, "paused"),
    )
    check(flow, plan)
    return RunnerDeployment(flow, plan)


@settings_checked
def serve(*deployments: RunnerDeployment, limit: int = 4) -> None:
    """Make the deployments and be a worker for them, until interrupted or terminated.

    ``limit`` is how many runs this process executes at a time, each in a process of its own. Like every worker it
    takes what is due, of other deployments too; and other workers run these when this one has ended.
    """
    loading_state.check_not_loading("serve()")
    slots = whole(limit, "limit", least=1)
    for planned in deployments:
        if not isinstance(planned, RunnerDeployment):
            raise InvalidFlow(f"serve() takes what flow.to_deployment() gives, not {planned!r}.")
    made = when_unlocked(lambda: [each.apply() for each in deployments], _tell)
    for each in made:
        when = "; ".join(map(str, each.schedules)) or "when it is started"
        named = in_command(each.full_name, each.id)
        _tell(f"Serving {each.full_name}: {'paused' if each.paused else when}. Run it: holdfast start {named}")
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
    """Start a run of a deployment, and return it when it has ended; its ``state.result()`` is what it returned.

    ``name`` is ``flow/name``, or the name alone where it is the only one. ``timeout`` is in seconds, ``None`` for no
    end; after it the run is returned as it is, at once with 0. Of two calls with one ``idempotency_key`` the second
    gives the run of the first. ``flow_run_name`` is its name, by default two words; its tags are those of the
    deployment, those in force here and ``tags``. Inside a flow run the run is a child of it, cancelled with it, unless
    ``as_subflow`` is false; either way it is found again when the flow executes again, and the flow is suspended while
    it waits for a run that is suspended. ``poll_interval`` has no effect. Raises `DeploymentNotFound` or
    `ParameterError`. In async code, await it.
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
    return face(starting(default(), name, call))


@settings_checked
def pause_deployment(name: str | UUID) -> Deployment:
    """Stop the schedules of a deployment; runs that there are go on, and it can be started by name.

    Raises `DeploymentNotFound`.
    """
    return _set_paused(name, True)


@settings_checked
def resume_deployment(name: str | UUID) -> Deployment:
    """Let the schedules of a deployment go on, with what comes from now on. Raises `DeploymentNotFound`."""
    return _set_paused(name, False)


def _set_paused(name: str | UUID, paused: bool) -> Deployment:
    database, found = _find(name)
    return deployments.set_paused(database, found.id, paused)


@settings_checked
def delete_deployment(name: str | UUID) -> Deployment:
    """Delete a deployment, and return it as it was. What it has running, paused or suspended goes on.

    Runs of it that have not begun are cancelled. Raises `DeploymentNotFound` or `AmbiguousDeployment`.
    """
    database, found = _find(name)
    deployments.delete(database, found.id, settings.user())
    return found


@settings_checked
def get_deployment(name: str | UUID) -> Deployment:
    """The deployment of this name or id. Raises `DeploymentNotFound` or `AmbiguousDeployment`."""
    return _find(name)[1]


def list_deployments() -> list[Deployment]:
    """All deployments, by flow and name."""
    return deployments.list_all(default())


def _find(name: str | UUID) -> tuple[Database, Deployment]:
    database = default()
    return database, deployments.find(database, name)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
