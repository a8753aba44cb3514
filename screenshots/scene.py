"""The contents of the pictures: real runs of real flows, with a clock that is moved by hand."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import flows
from surroundings import END, Clock, Pids

from holdfast import pause_deployment
from holdfast.demo import correction, order, release
from holdfast.engine import actions, deployment_actions, liveness
from holdfast.engine.drive.effects import drive
from holdfast.engine.runs import beginning, flow_engine
from holdfast.flows import Flow
from holdfast.records import FlowRun, HostKind
from holdfast.store import claims, queries
from holdfast.store import hosts as host_rows
from holdfast.store.database import Database, default

BERLIN = "Europe/Berlin"
PATIENCE = 30.0
"""The number of seconds to wait for something before giving up."""


class Stage:
    """A database to which runs are added one after the other."""

    def __init__(self, database: Database, pids: Pids) -> None:
        self.database = database
        self._pids = pids
        self._changed = threading.Event()
        database.watcher.follow(lambda _: self._changed.set(), interval=0.01)
        self._worker = liveness.register(database, HostKind.WORKER, 4, place="worker")

    def play(self, flow: Flow[..., Any], name: str, last_line: str = "", **parameters: Any) -> None:
        """Run a flow to its end or, with ``last_line``, in the background until that is the last line of its log."""

        def run() -> None:
            with named(name):
                flow(**parameters, return_state=True)

        self._pids.next()
        liveness.register(self.database, HostKind.SCRIPT)
        if last_line:
            self._in_background(run, name, last_line)
        else:
            run()

    def start(self, deployment: str, name: str, parameters: Mapping[str, Any]) -> None:
        """Start a run of a deployment, as a person does."""
        drive(
            deployment_actions.starting(self.database, deployment, deployment_actions.Start(parameters, run_name=name))
        )

    def schedule(self, name: str, clock: Clock) -> None:
        """Create the run that a schedule asks for."""
        with named(name):
            deployment_actions.schedule_due(self.database, clock())

    def execute(self, flow: Flow[..., Any], name: str, last_line: str = "") -> None:
        """Execute the scheduled run in its own process, as a worker does."""
        (run_id,) = claims.claim(self.database, self._worker, 1, "worker")
        self._pids.next()
        liveness.register(self.database, HostKind.CHILD, run_id=run_id)
        execution = flow_engine.run_again(flow, self.database, run_id)
        if last_line:
            self._in_background(lambda: drive(execution), name, last_line)
        else:
            drive(execution)

    def renew(self) -> None:
        """Record that the worker is alive."""
        host_rows.renew(self.database, self._worker)

    def _in_background(self, run: Callable[[], object], name: str, last_line: str) -> None:
        threading.Thread(target=run, daemon=True).start()
        while not self._says(name, last_line):
            self._changed.clear()
            if not self._says(name, last_line) and not self._changed.wait(PATIENCE):
                raise TimeoutError(f"{name} did not log {last_line!r} in time.")

    def _says(self, name: str, last_line: str) -> bool:
        found: list[FlowRun] = queries.list_flow_runs(self.database, queries.RunFilter(text=name))
        lines = queries.get_logs(self.database, found[0].id)[-1:] if found else []
        return any(line.message.startswith(last_line) for line in lines)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Give this name to the run that is created."""
    with (
        patch.multiple(beginning, random_name=lambda: name),
        patch.multiple(deployment_actions, random_name=lambda: name),
    ):
        yield


@contextmanager
def acting(user: str) -> Iterator[None]:
    """Act as another user."""
    with patch.dict(os.environ, HOLDFAST_USER=user):
        yield


def make(clock: Clock, pids: Pids) -> None:
    """Some days at a small company, up to this morning."""
    clock.before_end(days=6, hours=2)
    stage = Stage(default(), pids)
    deploy()
    nights(stage, clock)
    contracts(stage, clock)
    morning(stage, clock)
    clock.before_end(seconds=9)
    stage.renew()
    clock.before_end(seconds=3)
    with acting("bo"):
        actions.pause(stage.database, "eager-finch", channel="cli")
    clock.before_end()


def deploy() -> None:
    """Create the deployments."""
    for each in (
        flows.nightly_import.to_deployment("warehouse", cron="30 3 * * *", limit=1, tags=["orders"], timezone=BERLIN),
        flows.nightly_import.to_deployment(
            "archive", cron="30 4 * * sun", parameters={"where": "archive"}, timezone=BERLIN
        ),
        flows.price_update.to_deployment(
            "weekly", cron="30 10 * * tue", parameters={"week": "week 2"}, timezone=BERLIN
        ),
        flows.customer_export.to_deployment("by-hand", parameters={"since": "2026-07-01"}, limit=2),
        flows.stock_count.to_deployment(
            "weekly", cron="0 18 * * fri", parameters={"shelves": ["A", "B"]}, timezone=BERLIN
        ),
    ):
        each.apply()
    pause_deployment("stock-count/weekly")


def nights(stage: Stage, clock: Clock) -> None:
    """Run the schedules of the last nights."""
    for days, name in enumerate(["calm-heron", "rapid-wren", "mellow-toad", "glad-marten", "brisk-lynx"]):
        clock.go_to(END.replace(hour=2, minute=30, second=0) - timedelta(days=4 - days))
        stage.schedule(name, clock)
        flows.warehouse.is_open = name != "brisk-lynx"
        stage.execute(flows.nightly_import, name)
        if name == "mellow-toad":
            clock.go_to(END.replace(hour=3, minute=30, second=0) - timedelta(days=4 - days))
            stage.schedule("lucid-ibis", clock)
            stage.execute(flows.nightly_import, "lucid-ibis")


def contracts(stage: Stage, clock: Clock) -> None:
    """Run contracts that wait for a signature, some for days."""
    for supplier, name, before in (
        ("Boreal Oy", "sturdy-ibex", {"days": 3, "hours": 2}),
        ("Nordwind Papier", "golden-otter", {"days": 2, "hours": 1, "minutes": 17}),
        ("Kartonwerk Süd", "dapper-crow", {"days": 1, "hours": 20}),
        ("Lumen Print", "jolly-newt", {"hours": 19, "minutes": 4}),
    ):
        clock.before_end(**before)
        stage.play(flows.supplier_contract, name, supplier=supplier)


def morning(stage: Stage, clock: Clock) -> None:
    """Run the flows of this morning, while people are at work."""
    clock.before_end(hours=1, minutes=48)
    stage.play(correction.invoice_correction, "misty-tern", "Paused")
    clock.before_end(minutes=52)
    stage.start("customer-export/by-hand", "quiet-vole", {"country": "NO"})
    stage.execute(flows.customer_export, "quiet-vole")
    clock.before_end(minutes=31)
    stage.play(order.order_approval, "tidy-magpie", "Paused")
    clock.go_to(END.replace(minute=30, second=0))
    stage.schedule("lively-crane", clock)
    stage.execute(flows.price_update, "lively-crane")
    clock.before_end(minutes=4, seconds=2)
    stage.play(release.release_approval, "amber-falcon", "Paused")
    clock.before_end(minutes=2, seconds=37)
    actions.resume(stage.database, "lively-crane", {"publish": True, "most": 12}, channel="app")
    with named("nimble-shrew"):
        stage.execute(flows.price_update, "lively-crane", "Writing")
    clock.before_end(seconds=48)
    stage.start("customer-export/by-hand", "eager-finch", {})
    stage.execute(flows.customer_export, "eager-finch", "Reading")
    clock.before_end(seconds=26)
    with acting("bo"):
        signature = {"signed": True, "signed_by": "Bo Lindqvist", "valid_from": "2027-02-01", "payment_days": 30}
        actions.resume(stage.database, "golden-otter", signature, channel="cli")
    stage.execute(flows.supplier_contract, "golden-otter", "Entering")
