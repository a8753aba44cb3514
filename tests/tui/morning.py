"""A morning at a company, for the pictures: something for every screen, written under a clock that is moved by hand.

Everything in it is the same each time, down to the ids.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Literal
from unittest.mock import patch
from uuid import UUID

from deploying import NOTHING, deploy
from pydantic import BaseModel, Field
from seeding import ACTOR, NOW, SCHEMA, Seeder, listen

from holdfast.engine import deployment_actions as engine
from holdfast.engine import results
from holdfast.engine.drive.effects import drive
from holdfast.records import HostKind
from holdfast.schedules import Cron, Interval
from holdfast.states import named
from holdfast.store import claims, deployments, hosts, ids, log_writing, runs, tasks, waits
from holdfast.store.database import Database
from holdfast.values.asked_schema import AskedSchema

BO = "bo@laptop"


class Row(BaseModel):
    """What becomes of one row of a batch."""

    row: Annotated[int, Field(ge=1, description="As in the batch.")]
    action: Literal["pay", "leave out"] = "pay"
    amount: Annotated[Decimal | None, Field(gt=0, decimal_places=2, description="In euros.")] = None
    due: Annotated[date | None, Field(description="A weekday: banks do not pay on weekends.")] = None


class Correction(BaseModel):
    """Three rows of the batch do not add up."""

    checked_by: Literal["Ana", "Bo", "Cy"]
    pay_on: date
    rows: Annotated[list[Row], Field(description="The rows that are not to be paid as they are.")]
    tell_suppliers: Annotated[bool, Field(description="By mail, once they are paid.")] = True
    note: Annotated[str, Field(max_length=120)] = ""


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self._now = NOW

    def __call__(self) -> datetime:
        return self._now

    def before(self, **span: float) -> None:
        """Go to this long before `NOW`."""
        self._now = NOW - timedelta(**span)

    def time_ns(self) -> int:
        """As in the module ``time``."""
        return ids.to_time(self._now) * 1000


@contextmanager
def standing_still(clock: Clock) -> Iterator[None]:
    """Have the store take the time from ``clock``, and ids from a row of numbers."""
    count = itertools.count(1)

    def bytes_in_order(size: int) -> bytes:
        # Ids of one moment have to sort in the order in which they were made.
        return bytes((0x1A, *next(count).to_bytes(2, "big"))).ljust(size, b"\x5c")

    with (
        patch.object(ids, "time", SimpleNamespace(time_ns=clock.time_ns)),
        patch.object(ids, "os", SimpleNamespace(urandom=bytes_in_order)),
    ):
        yield


@dataclass(frozen=True)
class Script:
    """Writes the runs, each step at a time of its own."""

    seeder: Seeder
    clock: Clock

    @property
    def database(self) -> Database:
        """Where it writes."""
        return self.seeder.database

    def log(self, run_id: UUID, message: str, level: int = 20, task: str | None = None) -> None:
        """A line, of a task or of the flow itself."""
        log_writing.append(self.database, flow_run_id=run_id.hex, task_run_id=task, level=level, message=message)

    def begin(self, run_id: UUID, name: str, **inputs: object) -> str:
        """A task call starts."""
        task_id = ids.new_id()
        tasks.start(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, call=name, task_name=name, name=name,
            actor=ACTOR, inputs=results.inputs_text(inputs),
        )  # fmt: skip
        return task_id

    def end(self, run_id: UUID, task_id: str, value: object = None) -> None:
        """It completes."""
        tasks.finish(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, to=named("Completed"),
            body=results.encode(value), actor=ACTOR,
        )  # fmt: skip

    def fail(self, run_id: UUID, task_id: str, error: Exception) -> None:
        """It fails for good."""
        to = named("Failed", f"{type(error).__name__}: {error}")
        tasks.finish(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, to=to, body=results.encoded_error(error).body,
            actor=ACTOR,
        )  # fmt: skip

    def await_retry(self, run_id: UUID, task_id: str, attempt: int, error: str) -> None:
        """It fails, and is to be tried again."""
        tasks.await_retry(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, actor=ACTOR,
            message=f"Attempt {attempt} of 3 in 30 s, after {error}",
        )  # fmt: skip

    def try_again(self, run_id: UUID, task_id: str, attempt: int) -> None:
        """It is tried again."""
        tasks.try_again(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, actor=ACTOR, attempt=attempt,
            message=f"Attempt {attempt} of 3",
        )  # fmt: skip

    # The runs.

    def deploy_all(self) -> None:
        """Deployments: by the clock, paused, often, and by hand."""
        self.clock.before(days=40)
        deploy(self.seeder, "nightly", "import", schedules=(Cron("0 2 * * *", "Europe/Berlin"),), tags=("finance",))
        deploy(self.seeder, "weekly", "invoices", schedules=(Cron("30 8 * * mon"),), paused=True, tags=("finance",))
        deploy(self.seeder, "sync", "warehouse", schedules=(Interval("15m"),), limit=4)
        deploy(self.seeder, "by-hand", "cleanup", schema=NOTHING, parameters={})

    def catch_up(self) -> None:
        """Have the schedules owe nothing."""
        self.clock.before()
        for name in ("import/nightly", "warehouse/sync"):
            of = deployments.find(self.database, name)
            for paused in (True, False):
                deployments.set_paused(self.database, of.id, paused)

    def night(self) -> None:
        """An import that went well, one that did not, and a report that nobody wanted any more."""
        self.clock.before(hours=7, minutes=31)
        run = self.deployed("import/nightly", "calm-heron", HostKind.CHILD)
        self.clock.before(hours=7, minutes=28)
        runs.set_state(self.database, run.hex, named("Completed"), ACTOR)
        self.clock.before(hours=6, minutes=42)
        self.failed_import()
        self.clock.before(hours=2, minutes=4)
        self.seeder.state(self.seeder.run("quiet-vole", "report"), "Cancelled", "Cancelled by ana@desk.")

    def failed_import(self) -> None:
        """It tries three times."""
        run = self.seeder.run("brisk-lynx", "import")
        fetch = self.begin(run, "fetch", table="orders")
        self.log(run, "Reading orders", task=fetch)
        self.clock.before(hours=6, minutes=41, seconds=20)
        self.log(run, "120,418 rows read", task=fetch)
        self.end(run, fetch, 120_418)
        store = self.begin(run, "store", rows=120_418, where="warehouse")
        for attempt, seconds in ((2, 68), (3, 26)):
            self.clock.before(hours=6, minutes=40, seconds=seconds)
            self.log(run, "The warehouse did not answer in 12 s", 30, task=store)
            self.await_retry(run, store, attempt, "TimeoutError: no answer in 12 s")
            self.clock.before(hours=6, minutes=40, seconds=seconds - 30)
            self.try_again(run, store, attempt)
        self.clock.before(hours=6, minutes=39, seconds=44)
        self.log(run, "The warehouse refused the connection", 40, task=store)
        self.fail(run, store, ConnectionError("the warehouse refused the connection"))
        error = ConnectionError("the warehouse refused the connection")
        to = named("Failed", f"ConnectionError: {error}")
        runs.finish(self.database, run.hex, to, results.encoded_error(error).body, ACTOR)

    def questions(self) -> None:
        """Runs that ask something, from a form of many fields to a mere go-ahead."""
        self.clock.before(hours=1, minutes=48)
        self.seeder.wait(
            self.seeder.run("misty-tern", "correct-data"), "rows",
            description="# Three rows do not add up\nPlease **correct** them; the batch is paid at noon.",
            schema=Correction.model_json_schema(schema_generator=AskedSchema), deadline=None,
            initial={"pay_on": "2077-03-05", "rows": [{"row": 2, "amount": "312.50"}, {"row": 3}]},
        )  # fmt: skip
        self.clock.before(minutes=31)
        order = self.seeder.run("tidy-magpie", "order-limit")
        self.seeder.task(order, "check-stock")
        self.seeder.wait(
            order, "limit", description="Order 4711 is 3,200 € above the limit. Let it pass?",
            deadline=NOW + timedelta(minutes=3, seconds=21),
        )  # fmt: skip
        self.clock.before(minutes=26)
        crane = self.seeder.run("lazy-crane", "correct-data")
        self.seeder.wait(crane, "go", schema=None, description=None, deadline=NOW + timedelta(days=2))
        self.clock.before(minutes=22)
        self.seeder.wait(
            self.seeder.run("swift-ibis", "release"), description="Ship **2.0.7** to production?",
            deadline=NOW + timedelta(minutes=38),
        )  # fmt: skip
        self.clock.before(minutes=19)
        listen(self.seeder)

    def release(self) -> None:
        """A run with something of everything."""
        self.clock.before(minutes=8)
        run = self.seeder.run("golden-otter", "release")
        self.log(run, "Building 2.1 for linux, macos")
        build = self.begin(run, "build", version="2.1")
        self.clock.before(minutes=6, seconds=25)
        self.end(run, build, ["app.tar.gz", "app.zip"])
        targets = self.seeder.wait(
            run, "targets", schema=SCHEMA | {"title": "Targets"}, description="Build for Windows, too?"
        )
        self.clock.before(minutes=5, seconds=50)
        waits.give_answer(self.database, targets.id.hex, {"approve": False, "note": "next time"}, BO, "cli")
        waits.accept(self.database, targets.id.hex)
        test = self.begin(run, "unit-tests", suite="all")
        self.clock.before(minutes=4, seconds=40)
        self.log(run, "Lost the browser of the test farm", 30, task=test)
        self.await_retry(run, test, 2, "OSError: connection reset by peer")
        self.clock.before(minutes=4, seconds=10)
        self.try_again(run, test, 2)
        self.clock.before(minutes=3)
        self.log(run, "All 812 tests passed", task=test)
        self.end(run, test, {"passed": 812, "failed": 0})
        sign = self.begin(run, "sign", artifacts=["app.tar.gz", "app.zip"])
        self.log(run, "The signing key expires in 12 days", 30, task=sign)
        self.clock.before(minutes=2, seconds=52)
        self.end(run, sign, "0x5f3a")
        child = self.seeder.run("small-wren", "notify", parent=run)
        for index in range(8):
            self.clock.before(minutes=2, seconds=44 - index * 8)
            self.log(run, f"Uploaded artifact {index + 1} of 8 to the staging bucket, checksum verified")
        self.seeder.state(child, "Completed")
        self.clock.before(minutes=1, seconds=12)
        self.seeder.wait(run, deadline=NOW + timedelta(minutes=58, seconds=48))

    def going_on(self) -> None:
        """Runs that go on, and the workers that execute them."""
        self.clock.before(minutes=12)
        newt = self.seeder.run("vivid-newt", "report")
        self.begin(newt, "render")
        self.clock.before(seconds=52)
        finch = self.seeder.run("eager-finch", "report")
        load = self.begin(finch, "load")
        self.clock.before(seconds=31)
        self.end(finch, load)
        self.begin(finch, "render")
        self.clock.before(seconds=24)
        self.deployed("warehouse/sync", "amber-gull", HostKind.WORKER)
        self.clock.before(seconds=18)
        drive(engine.starting(self.database, "warehouse/sync", engine.Start(run_name="plain-toad")))
        self.clock.before(seconds=9)
        self.seeder.ask(newt, "suspend")

    def deployed(self, deployment: str, name: str, keeps: HostKind) -> UUID:
        """A run of a deployment, which a worker begins to execute; as a `CHILD` that is not seen, or by a worker."""
        call = engine.Start(run_name=name)
        drive(engine.starting(self.database, deployment, call))
        worker = self.host(HostKind.WORKER, 4711, slots=4)
        (run_id,) = claims.claim(self.database, worker, 1, ACTOR)
        runs.enter(self.database, run_id.hex, self.host(HostKind.CHILD, 4712, run_id=run_id), ACTOR)
        if keeps is HostKind.CHILD:
            hosts.remove(self.database, worker)
        return run_id

    def host(self, kind: HostKind, pid: int, slots: int = 1, run_id: UUID | None = None) -> str:
        """A process of another machine, which counts as alive while its lease lasts."""
        return hosts.register(
            self.database, kind, pid=pid, process_start="0", hostname="builder-1", slots=slots, place="worker",
            run_id=run_id,
        )  # fmt: skip


def write(path: Path, clock: Clock) -> None:
    """The morning, up to `NOW`."""
    database = Database(path)
    script = Script(Seeder(database), clock)
    script.deploy_all()
    script.night()
    script.questions()
    script.release()
    script.going_on()
    script.catch_up()
    database.close()
