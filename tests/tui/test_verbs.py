"""The app and the engine agree: a key does something exactly where the engine does what it asks for.

Runs of every kind are put into every state, whatever was asked of them before, and every verb is done to each: by the
engine's own function, and by what the app says of the run that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from uuid import UUID

import pytest
from seeding import Seeder

from holdfast.engine import actions as engine
from holdfast.engine import liveness
from holdfast.exceptions import HoldfastError
from holdfast.filters import Key, RunFilter, Term
from holdfast.records import HostKind, Request
from holdfast.states import NAMES, State, StateType
from holdfast.store import waits
from holdfast.store.database import Database
from holdfast.store.sqlite.driver import SqliteConnection
from holdfast.verbs import Verb
from holdfast_tui.data.run_window import Want
from holdfast_tui.data.store import Store
from holdfast_tui.verbs import actions

NOTHING, PAUSE, SUSPEND = None, Request.PAUSE, Request.SUSPEND
CANCEL, UNWIND, RELEASE = Request.CANCEL, Request.UNWIND, Request.RELEASE
HERE, NOWHERE = True, False

POSITIONS: dict[str, Sequence[tuple[bool, Request | None]]] = {
    "Scheduled": [(NOWHERE, NOTHING)],
    "Late": [(NOWHERE, NOTHING)],
    "Resuming": [(NOWHERE, NOTHING)],
    "AwaitingRetry": [(NOWHERE, NOTHING), (HERE, NOTHING), (HERE, RELEASE)],
    "Pending": [(NOWHERE, NOTHING), (HERE, NOTHING)],
    "Running": [(HERE, NOTHING), (HERE, RELEASE), (HERE, UNWIND)],
    "Retrying": [(HERE, NOTHING), (HERE, RELEASE), (HERE, UNWIND)],
    "Pausing": [(HERE, PAUSE), (HERE, UNWIND)],
    "Suspending": [(HERE, SUSPEND), (HERE, UNWIND)],
    "Paused": [(HERE, NOTHING), (HERE, PAUSE), (HERE, RELEASE), (HERE, UNWIND)],
    "Suspended": [(NOWHERE, NOTHING)],
    "Cancelling": [(HERE, CANCEL)],
    "Cancelled": [(NOWHERE, NOTHING)],
    "Completed": [(NOWHERE, NOTHING)],
    "Cached": [(NOWHERE, NOTHING)],
    "Failed": [(NOWHERE, NOTHING)],
    "TimedOut": [(NOWHERE, NOTHING)],
    "Crashed": [(NOWHERE, NOTHING)],
    "Rejected": [(NOWHERE, NOTHING)],
}
"""Every state of a flow run, with whether a process holds it and what may be asked of it there; the last is a name of a
flow's own."""
TYPES = {**NAMES, "Rejected": StateType.FAILED}
OF_TASKS = {"NotReady"}
KINDS = ("root", "child", "called", "deployed")
QUESTIONS = ("none", "own", "answered", "below", "of a called run")


def test_no_state_is_forgotten():
    assert set(POSITIONS) == set(TYPES) - OF_TASKS


@dataclass(frozen=True)
class Case:
    """A run as it is put there."""

    name: str
    process: bool
    request: Request | None
    question: str
    in_file: bool
    run_id: UUID

    def __str__(self) -> str:
        held = "held by a process" if self.process else "held by none"
        flow = "in a file" if self.in_file else "in none"
        return f"{self.name}, {held}, asked for {self.request}, question: {self.question}, its flow {flow}"


class World:
    """A database with a run of each sort."""

    def __init__(self, database: Database, kind: str) -> None:
        self.database, self.kind = database, kind
        self.seeder = Seeder(database)
        self.host_id = liveness.register(database, HostKind.SCRIPT)
        self.count = 0

    def cases(self) -> Iterator[Case]:
        """One after the other, made as it is asked for."""
        for name, question, in_file in product(POSITIONS, QUESTIONS, (True, False)):
            ended = State(TYPES[name], name).is_final()
            if ended and question in ("own", "below"):
                continue  # its questions, and those of what ran inside it, were closed with it
            if not in_file and question not in ("none", "own"):
                continue  # where its code is says nothing of questions
            for process, request in POSITIONS[name]:
                yield self._make(name, process, request, question, in_file)

    def _make(self, name: str, process: bool, request: Request | None, question: str, in_file: bool) -> Case:
        self.count += 1
        parent = self.seeder.run(f"root-{self.count}") if self.kind in ("child", "called") else None
        inside = parent if self.kind == "child" else None
        run_id = self.seeder.run(f"run-{self.count}", parent=inside, in_file=in_file)
        self._ask(run_id, question)
        changes = {
            "state_name": name,
            "state_type": TYPES[name].value,
            "request": request,
            "requested_by": "bo" if request else None,
            "requested_at": 1 if request else None,
            "host_id": self.host_id if process and inside is None else None,
            "caller_id": parent.hex if parent and self.kind == "called" else None,
        }
        self._change(run_id, changes)
        if inside is not None and process:
            self._change(inside, {"host_id": self.host_id})
        return Case(name, process, request, question, in_file, run_id)

    def _ask(self, run_id: UUID, question: str) -> None:
        if question in ("own", "answered"):
            asked = self.seeder.wait(run_id, schema=None, deadline=None)
            if question == "answered":
                waits.give_answer(self.database, asked.id.hex, None, "bo", "cli")
        elif question == "below":
            self.seeder.wait(self.seeder.run(f"below-{self.count}", parent=run_id), schema=None, deadline=None)
        elif question == "of a called run":
            called = self.seeder.run(f"called-{self.count}")
            self.seeder.wait(called, schema=None, deadline=None)
            self._change(called, {"caller_id": run_id.hex})

    def _change(self, run_id: UUID, changes: Mapping[str, object]) -> None:
        columns = ", ".join(f"{column} = ?" for column in changes)
        with self.database.write() as connection:
            assert isinstance(connection, SqliteConnection)
            connection.execute(f"UPDATE flow_run SET {columns} WHERE id = ?", [*changes.values(), run_id.hex])

    def does(self, verb: Verb, run_id: UUID) -> str | None:
        """Do a verb by the engine; gives why it was refused. What changes nothing was not done."""
        before = self._written()
        try:
            if verb is Verb.RESUME:
                engine.resume(self.database, run_id, channel="cli")
            elif verb is Verb.RETRY:
                engine.retry(self.database, run_id)
            else:
                getattr(engine, verb.value)(self.database, run_id, channel="cli")
        except HoldfastError as error:
            return str(error)
        return None if self._written() != before else "Nothing came of it."

    def _written(self) -> object:
        with self.database.read() as connection:
            assert isinstance(connection, SqliteConnection)
            return connection.execute("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM answer)").fetchone()


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
    """No process is there that would take an answer in."""
    monkeypatch.setattr(engine, "PATIENCE", 0.0)


@pytest.fixture
def world(path, request):
    database = Database(path)
    yield World(database, request.param)
    liveness.leave(database)
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize("world", KINDS, indirect=True)
def test_every_screen_reads_what_decides_alike(world):
    differing, store = [], Store(world.database)
    for case in world.cases():
        run = store.runs.get(case.run_id)
        where = RunFilter(terms=(Term(Key.ID, (run.id.hex,)),))
        listed = store.runs.page(Want(where, 0, 10, None)).rows
        found = [each.run for each in listed if each.run.id == run.id]
        found += [store.pages.run(run.id, 0).run]
        found += [store.waits.targets([run.id])[0].run]
        differing += [str(case)] * any(actions.facts(each) != actions.facts(run) for each in found)
        assert len(found) == 3
    assert not differing, "\n".join(differing)


@pytest.mark.slow
@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("world", KINDS, indirect=True)
def test_the_app_offers_a_verb_exactly_where_the_engine_does_it(world, verb):
    differing = []
    for case in world.cases():
        run = Store(world.database).runs.get(case.run_id)
        offered = actions.why_not(verb.value, run)
        refused = world.does(verb, case.run_id)
        if (offered is None) != (refused is None):
            differing.append(f"{case}\n    the app: {offered}\n    the engine: {refused}")
    assert not differing, "\n".join(differing)
