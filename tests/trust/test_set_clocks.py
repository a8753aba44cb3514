"""A clock that is set: what is due at once is due, whatever it says."""

import time
from types import SimpleNamespace
from uuid import UUID

import pytest

from holdfast import list_flow_runs
from holdfast.engine import actions, liveness
from holdfast.records import HostKind, Origin, Request
from holdfast.states import named
from holdfast.store import claims, ids, queries, recovery, requests, runs, waits
from holdfast.store import hosts as rows
from holdfast.store.statement import Statement
from holdfast.store.tables import host

HOUR = 3_600_000_000_000
ORIGIN = Origin("/flows/f.py:f", "/flows", "python")

ASKING = """
    from helpers import note
    from holdfast import flow, suspend_flow_run

    @flow
    def main():
        answer = suspend_flow_run(wait_for_input=int, timeout=None)
        if answer == 1:
            raise ValueError
        return answer

    if __name__ == "__main__":
        main()
"""


@pytest.fixture
def clock(monkeypatch):
    """Sets the store's clock apart from the real one, by nanoseconds."""
    apart = SimpleNamespace(by=0)
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + apart.by))
    return apart


@pytest.fixture
def asked(bench):
    bench.run(bench.write(ASKING))
    return bench


def claimed(bench):
    """What a worker takes now."""
    return claims.claim(bench.db, liveness.register(bench.db, HostKind.WORKER), 1, "worker")


def answered(bench):
    bench.resume(2)


def retried(bench):
    bench.answer_and_work(1)
    bench.retry()


def given_back(bench):
    bench.resume(2)
    worker = liveness.register(bench.db, HostKind.WORKER)
    claims.claim(bench.db, worker, 1, "worker")
    recovery.give_back(bench.db, worker, "worker")


def left_by_a_dead_worker(bench):
    bench.resume(2)
    claimed(bench)
    gone = Statement(host.update().values(process_start=f"{liveness.place()}1"))
    with bench.db.write() as connection:
        gone.run(connection)
    bench.tend()


def left_by_a_dead_process(bench):
    bench.resume(2)
    claimed(bench)
    run = bench.root().id
    child = liveness.register(bench.db, HostKind.CHILD, run_id=run)
    runs.enter(bench.db, run.hex, child, "worker")
    gone = Statement(host.update().values(process_start=f"{liveness.place()}1"))
    with bench.db.write() as connection:
        gone.run(connection)
    bench.tend()


WAYS = [answered, retried, given_back, left_by_a_dead_worker, left_by_a_dead_process]


@pytest.mark.parametrize("way", WAYS, ids=[each.__name__.replace("_", " ") for each in WAYS])
def test_what_is_due_at_once_is_due_though_the_clock_is_set_back(asked, clock, way):
    clock.by = 3 * HOUR
    way(asked)
    run = asked.root()
    assert run.state.is_scheduled()
    at_that_time = run.due
    clock.by = -5 * HOUR
    assert asked.root().due == at_that_time
    assert at_that_time.timestamp() == pytest.approx(time.time() + 3 * 3600, abs=300)
    assert claimed(asked) == [run.id]


def test_of_what_is_due_the_longest_due_is_taken_first(asked, clock):
    for _ in range(2):
        asked.run(asked.folder / "program.py")
    runs = queries.list_flow_runs(asked.db)
    for run, hours in zip(runs, (3, 1, 2), strict=True):
        clock.by = hours * HOUR
        actions.resume(asked.db, run.id, 2, channel="python")
    taken = claims.claim(asked.db, liveness.register(asked.db, HostKind.WORKER), 3, "worker")
    assert taken == [runs[1].id, runs[2].id, runs[0].id]


def test_a_run_that_is_due_at_once_is_late_only_after_a_while(asked, clock):
    asked.resume(2)
    worker = liveness.register(asked.db, HostKind.WORKER)
    claims.claim(asked.db, worker, 1, "worker")
    recovery.give_back(asked.db, worker, "worker")
    asked.tend()
    assert asked.state().name == "Scheduled"
    clock.by = 6_000_000_000
    asked.tend()
    assert asked.state().name == "Late"
    (shown,) = list_flow_runs()
    assert shown.due is not None
    assert abs(shown.due.timestamp() - time.time()) < 300


def test_a_run_is_claimed_once_though_the_clock_jumps_between(asked, clock):
    asked.resume(2)
    first = liveness.register(asked.db, HostKind.WORKER)
    second = liveness.register(asked.db, HostKind.WORKER)
    taken = []
    for worker, hours in ((first, 4), (second, -4), (second, 4)):
        clock.by = hours * HOUR
        taken += claims.claim(asked.db, worker, 1, "worker")
        asked.tend()
    assert taken == [asked.root().id]


@pytest.mark.parametrize("hours", [-10, 10])
def test_live_processes_are_known_though_the_clock_jumps(asked, clock, hours):
    asked.resume(2)
    (run,) = claimed(asked)
    clock.by = hours * HOUR
    assert asked.tend() == []
    assert asked.state().name == "Pending"
    assert len(rows.workers(asked.db)) == 1
    assert run == asked.root().id


def test_an_answer_is_seen_though_the_clock_is_set_back_after_one_was_refused(asked, clock):
    (wait,) = asked.waits()
    waits.give_answer(asked.db, wait.id.hex, {"value": 1}, "ana", "python")
    waits.object_to(asked.db, wait.id.hex, {("value",): "no"}, "flow")
    clock.by = -5 * HOUR
    waits.give_answer(asked.db, wait.id.hex, {"value": 2}, "ana", "python")
    waits.give_answer(asked.db, wait.id.hex, {"value": 2}, "ana", "python")
    assert asked.waits()[0].answer.value == {"value": 2}
    asked.work()
    assert asked.result() == 2


def test_a_child_run_that_began_after_the_clock_was_set_back_is_cancelled_with_its_tree(bench, clock):
    def made(name, parent=None):
        run_id = ids.new_id()
        new = runs.NewRun(
            run_id, name, name, named("Suspended"), ORIGIN, b"J{}", parent_id=parent, root_id=root, call=parent and name
        )
        runs.create(bench.db, new, "script")
        return run_id

    root = None
    root = made("root")
    clock.by = -5 * HOUR
    below = made("below", made("child", root))
    requests.ask(bench.db, root, Request.CANCEL, "ana", "python")
    assert queries.get_flow_run(bench.db, UUID(below)).state.name == "Cancelled"
