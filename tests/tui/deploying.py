"""Deployments and hosts for the tests of their views, written as another process would."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from typing import Any

from seeding import ACTOR, HERE, Seeder

from holdfast.engine import deployment_actions as engine
from holdfast.engine import liveness
from holdfast.engine.drive.effects import drive
from holdfast.engine.results import encode_parameters
from holdfast.records import Deployment, FlowRun, HostKind
from holdfast.schedules import CatchUp, Cron, Interval
from holdfast.states import named
from holdfast.store import claims, deployments, queries, runs
from holdfast.store import hosts as host_rows

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "region": {"title": "Region", "type": "string", "default": "north"},
        "limit": {"title": "Limit", "type": "integer", "maximum": 100},
    },
    "required": ["limit"],
    "additionalProperties": False,
}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


def deploy(
    seeder: Seeder,
    name: str,
    flow: str = "report",
    *,
    schema: dict[str, Any] | None = SCHEMA,
    parameters: dict[str, Any] | None = None,
    **more: Any,
) -> Deployment:
    """A deployment; by default it is active, without schedules, and has parameters."""
    new = deployments.NewDeployment(
        flow_name=flow,
        name=name,
        origin=replace(HERE, entrypoint=f"/srv/flows/{flow}.py:{flow}"),
        parameters=encode_parameters({"limit": 3} if parameters is None else parameters),
        parameter_schema=None if schema is None else json.dumps(schema),
        tags=more.get("tags", ()),
        schedules=more.get("schedules", ()),
        catch_up=more.get("catch_up", CatchUp.ONCE),
        limit=more.get("limit"),
        paused=more.get("paused"),
    )
    return deployments.save(seeder.database, new)


def start(seeder: Seeder, name: str) -> FlowRun:
    """A run of a deployment, scheduled, whose name fits into every window."""
    run_name = f"started-{queries.count_flow_runs(seeder.database) + 1}"
    return drive(engine.starting(seeder.database, name, engine.Start(run_name=run_name)))


def work(seeder: Seeder, slots: int = 4, *, place: str = "worker") -> str:
    """A worker, which is this process."""
    return liveness.register(seeder.database, HostKind.WORKER, slots, place=place)


def die(seeder: Seeder, kind: HostKind = HostKind.WORKER) -> str:
    """A process that has died."""
    return host_rows.register(
        seeder.database,
        kind,
        pid=os.getpid(),
        process_start=f"{liveness.place()}another process",
        hostname=socket.gethostname(),
        place="worker",
    )


def claim(seeder: Seeder, worker: str, count: int = 1) -> None:
    """Have a worker claim runs and start a process for each."""
    for run_id in claims.claim(seeder.database, worker, count, ACTOR):
        child = liveness.register(seeder.database, HostKind.CHILD, run_id=run_id)
        runs.enter(seeder.database, run_id.hex, child, ACTOR)


def deployment_story(seeder: Seeder) -> None:
    """Some deployments, with runs, and workers."""
    deploy(seeder, "nightly", schedules=(Cron("0 2 * * *", "Europe/Berlin"),), tags=("finance",), limit=1)
    deploy(seeder, "weekly", "invoices", schedules=(Cron("30 8 * * mon"),), paused=True, tags=("finance", "mail"))
    deploy(seeder, "sync", "warehouse", schedules=(Interval("15m"),), limit=4)
    deploy(seeder, "on-demand", "cleanup", schema=NOTHING, parameters={})
    done = start(seeder, "report/nightly")
    worker = work(seeder)
    claim(seeder, worker)
    runs.set_state(seeder.database, done.id.hex, named("Completed"), ACTOR)
    start(seeder, "warehouse/sync")
    start(seeder, "warehouse/sync")
    claim(seeder, worker, 2)
    start(seeder, "report/nightly")
    die(seeder)
