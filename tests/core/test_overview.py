"""What is shown beside deployments and hosts."""

import os

import pytest

from holdfast import flow
from holdfast.deployments import plan_deployment
from holdfast.engine import deployment_actions, housekeeping, liveness
from holdfast.engine.drive.effects import drive
from holdfast.records import HostKind
from holdfast.store import claims, runs, runs_beside
from holdfast.store import hosts as host_rows
from holdfast.store.database import Database, default
from holdfast.store.ids import now
from holdfast.store.sqlite.dialect import DIALECT


@flow
def report(region: str = "north") -> str:
    return region


@pytest.fixture
def db() -> Database:
    return default()


def deployed(name: str, **plan):
    return plan_deployment(report, name, **plan).apply()


def start(db, name: str, **call):
    return drive(deployment_actions.starting(db, name, deployment_actions.Start(**call)))


def test_newest_run_of_each_deployment(db):
    one, two = deployed("one"), deployed("two")
    deployed("never-run")
    start(db, "one")
    newest = start(db, "one")
    other = start(db, "two")
    assert {key: run.id for key, run in runs_beside.newest_runs(db).items()} == {one.id: newest.id, two.id: other.id}


def test_runs_of_a_deployment_come_newest_first(db):
    one = deployed("one")
    deployed("two")
    made = [start(db, "one").id for _ in range(3)]
    start(db, "two")
    assert [run.id for run in runs_beside.runs_of_deployment(db, one.id)] == made[::-1]
    assert [run.id for run in runs_beside.runs_of_deployment(db, one.id, 1)] == made[-1:]


def test_newest_runs_are_found_by_an_index(db):
    for statement in (runs_beside._NEWEST, runs_beside._OF_DEPLOYMENT):
        sql, constants = statement.compile(DIALECT)
        with db.read() as connection:
            parameters = constants | {"deployment": "x", "limit": 1}
            plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        steps = " ".join(step[3] for step in plan)
        assert "flow_run_of_deployment" in steps
        assert "TEMP B-TREE FOR ORDER" not in steps


def test_slots_are_taken_by_runs_that_have_a_process(db):
    one = deployed("one")
    start(db, "one")
    start(db, "one")
    assert runs_beside.slots_taken(db) == {}
    worker = liveness.register(db, HostKind.WORKER)
    claims.claim(db, worker, 1, "worker")
    assert runs_beside.slots_taken(db) == {one.id: 1}


def test_child_knows_the_worker_that_has_claimed_its_run(db):
    deployed("one")
    run = start(db, "one")
    worker = liveness.register(db, HostKind.WORKER, 3, place="serve")
    claims.claim(db, worker, 1, "worker")
    child = liveness.register(db, HostKind.CHILD, run_id=run.id)
    assert [each.id.hex for each in host_rows.list_all(db)] == [worker, child]
    assert [(each.place, each.slots, each.worker_id) for each in host_rows.list_all(db)] == [
        ("serve", 3, None),
        (None, 1, host_rows.list_all(db)[0].id),
    ]


def test_runs_are_listed_by_the_process_that_has_them(db):
    deployed("one")
    first, _ = start(db, "one"), start(db, "one")
    worker = liveness.register(db, HostKind.WORKER)
    claims.claim(db, worker, 1, "worker")
    (held,) = runs_beside.runs_by_host(db).values()
    assert [run.id for run in held] == [first.id]
    child = liveness.register(db, HostKind.CHILD, run_id=first.id)
    runs.enter(db, first.id.hex, child, "worker")
    assert {host.hex: [run.id for run in each] for host, each in runs_beside.runs_by_host(db).items()} == {
        child: [first.id]
    }


def test_dead_worker_is_forgotten_only_after_a_while(db):
    gone = {"pid": os.getpid(), "process_start": "another process", "hostname": "here"}
    worker = host_rows.register(db, HostKind.WORKER, **gone)
    housekeeping.tend(db)
    assert [each.id.hex for each in host_rows.list_all(db)] == [worker]
    _lease_until(db, now() - 3_700_000_000)
    housekeeping.tend(db)
    assert host_rows.list_all(db) == []


def test_live_worker_is_never_forgotten(db):
    worker = liveness.register(db, HostKind.WORKER)
    _lease_until(db, now() - 3_700_000_000)
    housekeeping.tend(db)
    assert [each.id.hex for each in host_rows.list_all(db)] == [worker]


def _lease_until(db, at: int) -> None:
    with db.write() as connection:
        connection.execute("UPDATE host SET lease_until = ?", (at,))
