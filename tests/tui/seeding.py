"""Making databases for the tests of the app: some runs with everything, or a great many with little."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from holdfast.engine.results import encode_parameters
from holdfast.questions import question, type_digest
from holdfast.records import Channel, Origin, Request, Wait
from holdfast.states import named
from holdfast.store import log_writing, messages, queries, requests, runs, tasks, waits
from holdfast.store.database import Database
from holdfast.store.ids import new_id, to_time

ACTOR = "ana@desk"
HERE = Origin("/srv/flows/release.py:release", "/srv/flows", "/usr/bin/python3")
NOW = datetime(2077, 3, 4, 9, 30, tzinfo=UTC)
"""What the tests show as now. Long after any test runs, since the store itself says which deadline has passed."""
PARAMETERS = encode_parameters({"version": "2.1", "targets": ["linux", "macos"]})
SCHEMA: dict[str, Any] = {
    "title": "Approval",
    "type": "object",
    "properties": {
        "approve": {"title": "Approve", "type": "boolean", "default": True, "description": "Ship it?"},
        "note": {"title": "Note", "type": "string", "default": ""},
    },
    "required": [],
}


@dataclass(frozen=True)
class Seeder:
    """Writes what a flow would have written, by the store's own functions."""

    database: Database

    def run(
        self,
        name: str,
        flow: str = "release",
        state: str = "Running",
        *,
        parent: UUID | None = None,
        in_file: bool = True,
    ) -> UUID:
        """A run that has just started, or is in another state that can come first."""
        run_id = new_id()
        origin = HERE if in_file else replace(HERE, entrypoint=None)
        root_id = None if parent is None else queries.get_flow_run(self.database, parent).root_id.hex
        parent_id = None if parent is None else parent.hex
        new = runs.NewRun(run_id, name, flow, named(state), origin, PARAMETERS, parent_id=parent_id, root_id=root_id)
        runs.create(self.database, new, ACTOR)
        return UUID(run_id)

    def state(self, run_id: UUID, name: str, message: str | None = None) -> None:
        """Move a run on."""
        runs.set_state(self.database, run_id.hex, named(name, message), ACTOR)

    def wait(
        self,
        run_id: UUID,
        key: str = "approval",
        *,
        description: str | None = "Ship **2.1** to production?",
        schema: Mapping[str, Any] | None = SCHEMA,
        deadline: datetime | None = NOW + timedelta(hours=1),
        initial: Mapping[str, Any] | None = None,
    ) -> Wait:
        """An open wait, for which its run pauses."""
        opened = waits.open_wait(
            self.database, run_id.hex, key=key, schema=schema, initial=initial, description=description,
            deadline=deadline, actor=ACTOR,
        )  # fmt: skip
        assert opened is not None
        return opened

    def task(self, run_id: UUID, name: str, state: str | None = "Completed") -> UUID:
        """A task run; without ``state`` it is still running."""
        task_id = new_id()
        tasks.start(
            self.database, task_run_id=task_id, flow_run_id=run_id.hex, call=name, task_name=name,
            name=name, actor=ACTOR,
        )  # fmt: skip
        if state is not None:
            tasks.finish(
                self.database, task_run_id=task_id, flow_run_id=run_id.hex, to=named(state), body=None, actor=ACTOR
            )
        return UUID(task_id)

    def ask(self, run_id: UUID, what: str, actor: str = "bo@laptop") -> None:
        """Ask something of a run, as another person would."""
        requests.ask(self.database, run_id.hex, Request(what), actor, "cli")

    def log(self, run_id: UUID, message: str, level: int = 20) -> None:
        """A log line."""
        log_writing.append(self.database, flow_run_id=run_id.hex, task_run_id=None, level=level, message=message)


def shift_times(path: Path, to: datetime = NOW) -> None:
    """Move every time in the file so that the newest is ``to``, apart from deadlines: for pictures."""
    connection = sqlite3.connect(path)
    columns = {
        "flow_run": ("state_at", "created_at", "started_at", "ended_at", "requested_at"),
        "task_run": ("state_at", "started_at", "ended_at"),
        "event": ("at",),
        "log": ("at",),
        "wait": ("opened_at", "closed_at"),
        "answer": ("given_at",),
    }
    (newest,) = connection.execute("SELECT max(at) FROM event").fetchone()
    for table, names in columns.items():
        for name in names:
            connection.execute(f"UPDATE {table} SET {name} = {name} + ?", (to_time(to) - newest,))
    connection.commit()
    connection.close()


def bulk(
    path: Path,
    count: int,
    state: Callable[[int], str] = lambda index: "Completed",
    *,
    newest: datetime = NOW,
) -> None:
    """``count`` runs with nothing but their rows, a second apart, the last one at ``newest``."""
    database = Database(path)
    Seeder(database).run("pattern")
    database.close()
    connection = sqlite3.connect(path)
    cursor = connection.execute("SELECT * FROM flow_run")
    columns = [column for column, *_ in cursor.description]
    pattern = dict(zip(columns, cursor.fetchone(), strict=True))
    connection.execute("DELETE FROM event")
    connection.execute("DELETE FROM flow_run")
    first = to_time(newest) // 1000 - count * 1000

    def row(index: int) -> dict[str, Any]:
        at = first + (index + 1) * 1000
        run_id = f"{(at << 80) | (0x7000 << 64) | (0x8 << 60) | index:032x}"
        to = named(state(index))
        return pattern | {
            "id": run_id, "root_id": run_id, "name": f"run-{index:07d}", "flow_name": f"flow-{index % 7}",
            "state_type": to.type.value, "state_name": to.name, "state_at": at * 1000, "created_at": at * 1000,
            "started_at": at * 1000, "ended_at": at * 1000 + 65_000_000 if to.is_final() else None,
        }  # fmt: skip

    with connection:
        connection.executemany(
            f"INSERT INTO flow_run ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})",
            map(row, range(count)),
        )
    connection.close()


def release_story(path: Path) -> None:
    """Runs in most states, four of them with a question, five seconds before `NOW` is shown."""
    database = Database(path)
    seeder = Seeder(database)
    imported = seeder.run("calm-heron", "nightly-import")
    seeder.log(imported, "imported 1,204 rows")
    seeder.state(imported, "Completed")
    broken = seeder.run("brisk-lynx", "nightly-import")
    seeder.state(broken, "Failed", "ConnectionError: the warehouse refused the connection")
    seeder.state(seeder.run("quiet-vole", "report"), "Cancelled", "Cancelled by ana@desk.")
    release = seeder.run("golden-otter", "release")
    for name in ("build", "unit-tests", "sign"):
        seeder.task(release, name)
    seeder.log(release, "Building 2.1 for linux, macos")
    seeder.log(release, "All 812 tests passed")
    seeder.log(release, "The signing key expires in 12 days", 30)
    for index in range(8):
        seeder.log(release, f"Uploaded artifact {index + 1} of 8 to the staging bucket, checksum verified")
    seeder.wait(release)
    order = seeder.run("tidy-magpie", "order-limit")
    seeder.task(order, "check-stock")
    seeder.wait(
        order,
        "limit",
        description="Order 4711 is 3,200 € above the limit. Let it pass?",
        deadline=NOW + timedelta(minutes=3, seconds=21),
    )
    rows = seeder.run("misty-tern", "correct-data")
    seeder.wait(rows, "rows", description="# Three rows do not add up\nPlease correct them.", deadline=None)
    crane = seeder.run("lazy-crane", "correct-data")
    seeder.wait(crane, "go", schema=None, description=None, deadline=NOW + timedelta(days=2))
    newt = seeder.run("vivid-newt", "report")
    seeder.task(newt, "render", None)
    seeder.ask(newt, "suspend")
    finch = seeder.run("eager-finch", "report")
    seeder.task(finch, "load")
    seeder.task(finch, "render", None)
    database.close()
    shift_times(path)


def listen(seeder: Seeder, name: str = "brave-emu", prefix: str | None = None) -> UUID:
    """A run that waits for a number."""
    run_id = seeder.run(name)
    channel = Channel(prefix, type_digest(int))
    offer = messages.Offer(prefix or "int", channel, question(int).schema, None, None, None)
    messages.offer_until_end(seeder.database, run_id.hex, offer, "flow")
    return run_id
