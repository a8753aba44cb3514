"""A clock, and processes as the store knows them, for machines that play what happens to runs."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis.stateful import RuleBasedStateMachine

from holdfast.records import HostKind, Origin
from holdfast.states import TRANSITIONS
from holdfast.store import hosts, ids, runs
from holdfast.store.database import Database

ORIGIN = Origin("/flows/f.py:f", "/flows", "python")
SECOND = 1_000_000


class Clock:
    """Each look at it takes a microsecond."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def time_ns(self) -> int:
        self.now += 1
        return self.now * 1000


class Process:
    """A process that executes runs: a host, with a connection of its own."""

    def __init__(self, path: Path, kind: HostKind, run_id: str | None = None) -> None:
        self.database = Database(path)
        self.is_child = kind is HostKind.CHILD
        self.fences = [] if run_id is None else [runs.claimed(self.database, run_id)]
        self.host_id = register(self.database, kind, run_id)

    def end(self) -> None:
        hosts.remove(self.database, self.host_id)
        self.database.close()


def register(database: Database, kind: HostKind, run_id: str | None = None) -> str:
    """A host that is nowhere near, so that nobody can see whether it lives."""
    here: dict[str, Any] = {"pid": 1, "process_start": "elsewhere", "hostname": "h"}
    return hosts.register(database, kind, run_id=ids.from_id_or_none(run_id), **here)


class Stage(RuleBasedStateMachine):
    """What is there at the beginning of every play: a file, a clock and a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "holdfast.db"
        self.clock = Clock()
        self.patched = patch.object(ids, "time", self.clock)
        self.patched.start()
        self.database = Database(self.path)
        self.raw = sqlite3.connect(self.path, isolation_level=None)
        self.worker = register(self.database, HostKind.WORKER)

    def teardown(self) -> None:
        self.raw.close()
        self.database.close()
        self.patched.stop()
        self.folder.cleanup()

    def host(self, host_id: str):
        (found,) = (each for each in hosts.list_all(self.database) if each.id.hex == host_id)
        return found

    def check_histories(self, states: dict[str, str]) -> None:
        """The states of each run follow each other, up to the one that it is in."""
        at: dict[str, str] = {}
        for run_id, before, after in self.raw.execute(
            "SELECT flow_run_id, before, after FROM event"
            " WHERE kind IN ('state', 'request') AND task_run_id IS NULL ORDER BY seq"
        ):
            assert before == at.get(run_id)
            assert before is None or before == after or after in TRANSITIONS[before]
            at[run_id] = after
        assert at == states
