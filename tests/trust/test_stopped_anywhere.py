"""A worker, or the process of a run, that is killed or signalled at any commit strands nothing."""

import signal

import psutil
import pytest

from holdfast.engine import actions
from holdfast.store import hosts, queries

ASKING = """
    from helpers import note
    from holdfast import flow, suspend_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        return step(1) + suspend_flow_run(wait_for_input=int, timeout=None)

    if __name__ == "__main__":
        main()
"""

ASKING_IN_A_CHILD = """
    from helpers import note
    from holdfast import flow, suspend_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def ask():
        return suspend_flow_run(wait_for_input=int, timeout=None)

    @flow
    def main():
        return step(1) + ask()

    if __name__ == "__main__":
        main()
"""

MOST_COMMITS = 40
MOST_LINES = 80


class Plays:
    """Runs of one program that are answered, each executed by a worker to which something happens."""

    def __init__(self, bench, source):
        self.bench = bench
        self.path = bench.write(source)
        self.run = self.worker = None

    def play(self, **faults):
        """Answer a run, start a worker that has this fault, and wait until it ends or has done all there is.

        Says whether it was done, and the worker's exit status.
        """
        bench = self.bench
        bench.run(self.path)
        self.run = next(each for each in queries.list_flow_runs(bench.db) if each.parent_id is None)
        for wait in queries.inbox(bench.db):
            actions.resume(bench.db, wait.flow_run_id, 41, key=wait.key, channel="python")
        self.worker = worker = bench.begin_worker(**faults)
        done = bench.until_ended(worker, lambda: self.state.is_completed())
        if done:
            worker.signal(signal.SIGTERM)
        return done, worker.wait()

    @property
    def state(self):
        return queries.get_flow_run(self.bench.db, self.run.id).state

    def settle(self):
        """See that the run goes on, whoever looks."""
        bench = self.bench
        while (host := hosts.of_run(bench.db, self.run.id)) is not None and psutil.pid_exists(host.pid):
            psutil.wait_procs([psutil.Process(host.pid)], timeout=60)
            bench.tend()
        bench.tend()
        run = queries.get_flow_run(bench.db, self.run.id)
        assert run.state.is_completed() or (run.state.is_scheduled() and run.due is not None), run.state
        if run.state.is_scheduled():
            bench.work()
        assert self.state.is_completed()
        assert queries.inbox(bench.db) == []


@pytest.mark.parametrize("source", [ASKING, ASKING_IN_A_CHILD], ids=["", "in a child flow"])
@pytest.mark.parametrize(
    "fault",
    [
        "before:{0}",
        "after:{0}",
        "after:{0}:SIGTERM",
        "after:{0}:SIGINT,before:{1}:SIGTERM",
        "after:2:SIGTERM,before:{0}",
    ],
    ids=["killed before", "killed after", "terminated", "interrupted and terminated", "terminated and then killed"],
)
def test_a_worker_may_end_at_any_commit(bench, source, fault):
    plays = Plays(bench, source)
    for number in range(1, MOST_COMMITS):
        done, status = plays.play(worker=fault.format(number, number + 1))
        plays.settle()
        # A worker that is only asked to end lets its run come to a boundary, which may be its end.
        assert not done or number > 2 or fault.startswith("after:{0}:SIG")
        if number > 2 and (done or (status == 0 and fault.startswith("after:2"))):
            break
    assert 2 < number < MOST_COMMITS - 1
    assert bench.ran == ["step 1"] * number


@pytest.mark.parametrize(
    ("source", "fault"),
    [(ASKING, "before:{0}"), (ASKING, "after:{0}:SIGTERM"), (ASKING_IN_A_CHILD, "after:{0}")],
    ids=["killed before", "terminated after", "in a child flow, killed after"],
)
def test_the_process_of_a_run_may_end_at_any_commit(bench, source, fault):
    plays = Plays(bench, source)
    for number in range(1, MOST_COMMITS):
        plays.play(child=fault.format(number))
        plays.settle()
        if not bench.was_recovered(plays.run):
            break
    assert 4 < number < MOST_COMMITS - 1
    assert bench.ran == ["step 1"] * number


@pytest.mark.parametrize(
    "fault", ["line:{0}", "worker:before:{0}", "worker:after:{0}", "child:before:{0}", "child:after:{0}"]
)
def test_the_template_of_a_worker_may_be_killed_at_any_moment(bench, fault):
    plays = Plays(bench, ASKING)
    killed = bench.folder / "killed"
    for number in range(1, MOST_LINES):
        done, status = plays.play(template=fault.format(number))
        assert (done, status) == (True, 0), plays.worker.err
        plays.settle()
        if not killed.exists():
            break
        killed.unlink()
    assert 4 < number < MOST_LINES - 1
    assert bench.ran == ["step 1"] * number
