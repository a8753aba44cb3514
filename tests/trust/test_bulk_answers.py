"""A process that dies between a bulk answer and its decisions: nothing is lost, and each wait is decided once."""

import signal
import time

import psutil
import pytest

from holdfast.store import queries, recovery, waits
from waiting import PATIENCE

COUNT = 5

CROWD = """
    import asyncio
    import os
    import signal
    import sys
    from helpers import note
    from holdfast import flow, pause_flow_run, task
    from holdfast.store.database import default

    @task
    async def step(value):
        note("step", value)
        return value

    @flow
    async def asks(number):
        before = await step(number)
        answer = await pause_flow_run(wait_for_input=int)
        note("got", number, answer)
        return before + answer

    def die(moment):
        if moment == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGKILL)

    def die_at_the_next_commit(events):
        if any(each.kind == "answered" for each in events):
            default().connections.fault = die

    async def main():
        if len(sys.argv) > 2:
            default().watcher.follow(die_at_the_next_commit, interval=0.005)
        await asyncio.gather(*map(asks, range(int(sys.argv[1]))))

    if __name__ == "__main__":
        asyncio.run(main())
"""


def _answer_all(bench):
    found = queries.inbox(bench.db)
    assert len(found) == COUNT
    outcomes = waits.give_answers(bench.db, [(each.id.hex, {"value": 10}) for each in found], "ana", "app")
    assert [each.answer.value for each in outcomes] == [{"value": 10}] * COUNT


def _stop(process):
    process.signal(signal.SIGSTOP)
    given_up = time.monotonic() + PATIENCE
    while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < given_up
        time.sleep(0.001)


def _all_come_to_their_end(bench):
    bench.tend()
    runs = queries.list_flow_runs(bench.db)
    for run in runs:
        if bench.state(run).is_crashed():  # decided, and then the script's process died
            recovery.retry(bench.db, run.id.hex, "tester")
    for _ in runs:
        bench.work()
    assert [bench.state(run).name for run in runs] == ["Completed"] * COUNT
    for run in runs:
        kinds = [each.kind for each in queries.get_events(bench.db, run.id)]
        assert (kinds.count("answered"), kinds.count("decided")) == (1, 1)
    assert sorted(line for line in bench.ran if line.startswith("step")) == [f"step {n}" for n in range(COUNT)]
    assert {line for line in bench.ran if line.startswith("got")} == {f"got {n} 10" for n in range(COUNT)}


def test_killed_before_any_answer_was_looked_at(bench):
    process = bench.start(bench.write(CROWD), COUNT)
    bench.feed.until("opened", nth=COUNT)
    with bench.db.write():  # so that it is not stopped while it holds the lock itself
        _stop(process)
    _answer_all(bench)
    process.kill()
    _all_come_to_their_end(bench)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_the_commit_of_the_decisions(bench, moment):
    process = bench.start(bench.write(CROWD), COUNT, moment)
    bench.feed.until("opened", nth=COUNT)
    _answer_all(bench)
    assert process.wait() == -signal.SIGKILL
    _all_come_to_their_end(bench)
