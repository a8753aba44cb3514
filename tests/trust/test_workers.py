"""Workers as processes: many runs, and every way in which a worker, its template or a run's process can die."""

import logging
import os
import signal
import threading
from collections import Counter

import psutil
import pytest

from holdfast.engine import actions
from holdfast.engine.results import decode
from holdfast.exceptions import StoreLocked
from holdfast.records import HostKind
from holdfast.store import hosts, queries, recovery
from holdfast.store.database import Database
from holdfast.worker.embedded import EmbeddedWorker
from holdfast.worker.foreground import when_unlocked
from holdfast.worker.worker import Worker
from waiting import PATIENCE

MANY = """
    import sys
    from helpers import note
    from holdfast import flow, suspend_flow_run, task

    @task
    def step(number):
        note("step", number)
        return number

    @flow
    def main(number: int):
        note("begin", number)
        suspend_flow_run()
        return step(number)

    if __name__ == "__main__":
        for number in range(int(sys.argv[1])):
            main(number, return_state=True)
"""

HELD = """
    import sys
    from helpers import Alone, note, pass_gate
    from holdfast import flow, get_run_logger, suspend_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @task
    def hold(value):
        note("hold", value)
        get_run_logger().info("held")
        pass_gate("held")
        return value

    @flow
    def main():
        suspend_flow_run()
        with Alone():
            return step(1) + hold(2)

    if __name__ == "__main__":
        main()
"""

PAUSED = """
    from helpers import note
    from holdfast import flow, pause_flow_run, suspend_flow_run, task

    @task
    def step(value):
        note("step", value)
        return value

    @flow
    def main():
        suspend_flow_run()
        return step(1) + pause_flow_run(wait_for_input=int, key="more")

    if __name__ == "__main__":
        main()
"""


def runs_of(bench):
    return queries.list_flow_runs(bench.db)


def children_of(pid):
    return [each.pid for each in psutil.Process(pid).children()]


@pytest.fixture
def idle(bench):
    """A worker that is ready, and its template."""
    worker = bench.worker()
    bench.feed.until_true(lambda: hosts.workers(bench.db))
    (template,) = children_of(worker.pid)
    return worker, template


@pytest.fixture
def held(bench):
    """A run that a worker executes, its task being held; the worker and the gate."""
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    worker = bench.worker()
    bench.resume()
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log())
    return worker, gate


def test_many_workers_execute_each_of_many_runs_once(bench):
    bench.run(bench.write(MANY), "20")
    workers = [bench.worker(slots=2) for _ in range(3)]
    for run in runs_of(bench):
        actions.resume(bench.db, run.id, channel="python")
    bench.feed.until_state("Completed", nth=20)
    for each in workers:
        each.signal(signal.SIGTERM)
    assert [each.wait() for each in workers] == [0, 0, 0]
    assert Counter(bench.ran) == {
        **{f"begin {each}": 2 for each in range(20)},
        **{f"step {each}": 1 for each in range(20)},
    }
    assert {each.executions for each in runs_of(bench)} == {2}
    assert "Traceback" not in "".join(bench.log(each) for each in runs_of(bench))


def test_a_worker_executes_no_more_runs_at_a_time_than_it_has_slots(bench):
    bench.run(
        bench.write(
            MANY.replace("return step(number)", "return hold(number)").replace(
                "    @flow",
                """    @task
    def hold(number):
        from helpers import pass_gate
        pass_gate("held")

    @flow""",
            )
        ),
        "3",
    )
    gate = bench.gate("held")
    bench.worker(slots=2)
    for run in runs_of(bench):
        actions.resume(bench.db, run.id, channel="python")
    bench.feed.until_task("hold-1", nth=2)
    assert sorted(each.state.name for each in runs_of(bench)) == ["Resuming", "Running", "Running"]
    gate.open(3)
    bench.feed.until_state("Completed", nth=3)


def test_the_processes_of_a_killed_worker_go_on(bench, held):
    worker, gate = held
    worker.kill()
    bench.tend()
    assert bench.state().name == "Running"
    gate.open()
    bench.feed.until_state("Completed")
    assert bench.ran == ["step 1", "hold 2"]
    assert bench.root().executions == 2


def test_what_a_killed_worker_had_claimed_and_not_started_is_taken_by_another(bench, idle):
    bench.run(bench.write(MANY), "1")
    worker, template = idle
    os.kill(template, signal.SIGSTOP)
    bench.resume()
    bench.feed.until_state("Pending")
    worker.kill()
    bench.worker()
    bench.feed.until_state("Completed")
    os.kill(template, signal.SIGCONT)
    assert Counter(bench.ran) == {"begin 0": 2, "step 0": 1}
    assert bench.root().executions == 2


def test_a_killed_process_of_a_run_is_followed_by_another(bench, held):
    _, gate = held
    (bench.folder / "lock").unlink()
    os.kill(bench.host().pid, signal.SIGKILL)
    bench.feed.until_state("AwaitingRetry")
    bench.feed.until_task("hold-1", nth=2)
    gate.open()
    bench.feed.until_state("Completed")
    assert bench.ran == ["step 1", "hold 2", "hold 2"]
    assert bench.result() == 3


def test_an_end_that_is_told_late_does_not_count_against_the_next_process(bench, held):
    worker, gate = held
    (bench.folder / "lock").unlink()
    (template,) = children_of(worker.pid)
    os.kill(template, signal.SIGSTOP)
    os.kill(bench.host().pid, signal.SIGKILL)
    bench.feed.until_state("AwaitingRetry")
    bench.feed.until_state("Pending", nth=2)
    os.kill(template, signal.SIGCONT)
    gate.open()
    bench.feed.until_state("Completed")
    events = queries.get_events(bench.db, bench.root().id)
    assert [each.after for each in events].count("AwaitingRetry") == 1
    assert bench.root().executions == 3


def test_a_run_whose_processes_keep_dying_crashes_with_the_reason(bench):
    bench.run(
        bench.write("""
        import os
        import signal
        from helpers import note
        from holdfast import flow, suspend_flow_run, task

        @task
        def deadly():
            note("deadly")
            os.kill(os.getpid(), signal.SIGKILL)

        @flow
        def main():
            suspend_flow_run()
            deadly()

        if __name__ == "__main__":
            main()
    """)
    )
    bench.worker()
    bench.resume()
    bench.feed.until_state("Crashed")
    assert bench.ran == ["deadly"] * (recovery.RECOVERIES + 1)
    message = bench.state().message
    assert "died" in message
    assert f"{recovery.RECOVERIES + 1} times in a row" in message


def test_a_paused_run_whose_process_is_killed_waits_on(bench):
    bench.run(bench.write(PAUSED))
    worker = bench.worker()
    bench.resume()
    bench.feed.until_state("Paused")
    os.kill(bench.host().pid, signal.SIGKILL)
    bench.feed.until_state("Suspended", nth=2)
    assert [each.key for each in bench.waits("open")] == ["more"]
    bench.resume(41)
    bench.feed.until_state("Completed")
    assert bench.result() == 42
    assert bench.ran == ["step 1"]
    assert worker._status is None


def test_a_stopped_worker_waits_for_a_run_that_comes_to_its_end(bench, held):
    worker, gate = held
    worker.signal(signal.SIGTERM)
    bench.feed.until("request", after="Running")
    gate.open()
    assert worker.wait() == 0
    assert bench.state().is_completed()
    assert bench.ran == ["step 1", "hold 2"]
    assert hosts.workers(bench.db) == []


def test_a_run_given_back_in_the_middle_goes_on_in_another_worker(bench):
    bench.run(bench.write(HELD.replace("step(1) + hold(2)", "hold(2) + step(1)")))
    gate = bench.gate("held")
    worker = bench.worker()
    bench.resume()
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log())
    worker.signal(signal.SIGTERM)
    bench.feed.until("request", after="Running")
    gate.open()
    assert worker.wait() == 0
    assert bench.state().name == "Scheduled"
    assert bench.ran == ["hold 2"]
    bench.worker()
    bench.feed.until_state("Completed")
    assert bench.ran == ["hold 2", "step 1"]
    assert bench.root().executions == 3


def test_a_stopped_worker_ends_a_run_that_comes_to_no_boundary_and_another_goes_on(bench):
    bench.run(bench.write(HELD.replace("with Alone():", "if True:")))
    gate = bench.gate("held")
    worker = bench.worker(grace=0.1)
    bench.resume()
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log())
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    bench.worker()
    bench.feed.until_task("hold-1", nth=2)
    gate.open(2)
    bench.feed.until_state("Completed")
    assert bench.result() == 3
    assert bench.ran == ["step 1", "hold 2", "hold 2"]


def test_a_stopped_worker_suspends_the_run_that_waits_for_a_person(bench):
    bench.run(bench.write(PAUSED))
    worker = bench.worker()
    bench.resume()
    bench.feed.until_state("Paused")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert bench.state().name == "Suspended"
    assert [each.key for each in bench.waits("open")] == ["more"]
    bench.answer_and_work(41)
    assert bench.result() == 42
    assert bench.ran == ["step 1"]


def test_a_worker_whose_template_is_killed_starts_another(bench, held):
    worker, gate = held
    (template,) = children_of(worker.pid)
    os.kill(template, signal.SIGKILL)
    bench.write(MANY, "many.py")
    bench.run(bench.folder / "many.py", "1")
    other, first = runs_of(bench)
    actions.resume(bench.db, other.id, channel="python")
    bench.feed.until_state("Completed", run_id=other.id)
    gate.open()
    bench.feed.until_state("Completed", run_id=first.id)
    assert bench.ran == ["step 1", "hold 2", "begin 0", "begin 0", "step 0"]


def test_a_template_killed_with_a_run_it_was_told_of_loses_nothing(bench, idle):
    bench.run(bench.write(MANY), "1")
    _, template = idle
    os.kill(template, signal.SIGSTOP)
    bench.resume()
    bench.feed.until_state("Pending")
    os.kill(template, signal.SIGKILL)
    bench.feed.until_state("Completed")
    assert Counter(bench.ran) == {"begin 0": 2, "step 0": 1}


def test_a_run_cancelled_between_its_claim_and_its_start_does_not_start(bench, idle):
    bench.run(bench.write(MANY), "1")
    worker, template = idle
    os.kill(template, signal.SIGSTOP)
    bench.resume()
    bench.feed.until_state("Pending")
    assert actions.cancel(bench.db, bench.root().id, channel="python").name == "Cancelled"
    os.kill(template, signal.SIGCONT)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert bench.ran == ["begin 0"]
    assert bench.state().name == "Cancelled"
    assert "Traceback" not in bench.log()


def test_a_process_that_comes_too_late_leaves_the_run_to_the_other(bench, idle):
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    worker, template = idle
    os.kill(template, signal.SIGSTOP)
    bench.resume()
    bench.feed.until_state("Pending")
    worker.kill()
    other = bench.worker()
    bench.feed.until_task("hold-1")
    late = psutil.Process(template)
    late.resume()
    psutil.wait_procs([late] if late.is_running() else [], timeout=60)
    gate.open()
    bench.feed.until_state("Completed")
    other.signal(signal.SIGTERM)
    other.wait()
    assert bench.ran == ["step 1", "hold 2"]
    assert "Traceback" not in bench.log()


def test_a_worker_and_its_runs_are_hosts_while_they_live(bench, held):
    worker, gate = held
    (found,) = hosts.workers(bench.db)
    assert (found.kind, found.pid, found.slots) == (HostKind.WORKER, worker.pid, 2)
    assert bench.host().kind is HostKind.CHILD
    gate.open()
    bench.feed.until_state("Completed")
    worker.signal(signal.SIGTERM)
    worker.wait()
    assert hosts.workers(bench.db) == []


def test_code_is_loaded_fresh_for_each_execution(bench):
    bench.run(bench.write(MANY), "2")
    bench.worker(slots=1)
    first, second = runs_of(bench)
    actions.resume(bench.db, first.id, channel="python")
    bench.feed.until_state("Completed")
    bench.write(MANY.replace("return step(number)", "return step(number) + 100"))
    actions.resume(bench.db, second.id, channel="python")
    bench.feed.until_state("Completed", nth=2)
    assert decode(queries.get_result(bench.db, second.id)) == 100


class Told(logging.Handler):
    """What is logged, to be waited for."""

    def __init__(self):
        super().__init__()
        self._lines = []
        self._news = threading.Condition()

    def emit(self, record):
        with self._news:
            self._lines.append(record.getMessage())
            self._news.notify_all()

    def count(self, words):
        return sum(words in each for each in self._lines)

    def until(self, words):
        with self._news:
            assert self._news.wait_for(lambda: any(words in each for each in self._lines), PATIENCE), self._lines


@pytest.fixture
def told():
    handler = Told()
    logging.getLogger("holdfast").addHandler(handler)
    yield handler
    logging.getLogger("holdfast").removeHandler(handler)


@pytest.fixture
def hurried_worker(bench):
    """A worker in this process that does not wait long for a lock."""
    store = Database(bench.db.location.path, busy_timeout=0.05)
    worker = Worker(store)
    running = threading.Thread(target=worker.run)
    running.start()
    yield worker
    worker.stop()
    running.join(PATIENCE)
    store.close()
    assert not running.is_alive()


def test_a_worker_goes_on_when_another_programs_lock_is_gone(bench, hurried_worker, told):
    bench.run(bench.write(HELD))
    gate = bench.gate("held")
    bench.resume()
    bench.feed.until_task("hold-1")
    bench.feed.until_true(lambda: "held" in bench.log())
    pid = bench.host().pid
    with bench.db.write():
        os.kill(pid, signal.SIGKILL)
        told.until("is locked")
        (bench.folder / "lock").unlink()
    told.until("The worker continues.")
    gate.open()
    bench.feed.until_state("Completed")
    assert bench.result() == 3


def test_the_worker_inside_the_app_that_starts_while_the_database_is_locked_goes_on(bench, told):
    store = Database(bench.db.location.path, busy_timeout=0.05)
    worker = EmbeddedWorker(store)
    with bench.db.write():
        worker.start()
        told.until("is locked")
    told.until("The worker continues.")
    bench.feed.until_true(lambda: hosts.workers(bench.db))
    worker.stop()
    worker.join()
    store.close()
    assert hosts.workers(bench.db) == []
    assert told.count("is locked") == 1


def test_what_has_to_be_there_before_a_worker_begins_waits_for_a_locked_database():
    said, tries = [], []

    def prepare():
        tries.append(1)
        if len(tries) < 3:
            raise StoreLocked("It is locked.")
        return "ready"

    assert when_unlocked(prepare, said.append) == "ready"
    assert said == ["It is locked. Until then the worker waits.", "The worker continues."]


def test_a_stopped_worker_gives_back_what_no_process_has_begun_with(bench, idle):
    bench.run(bench.write(MANY), "1")
    worker, template = idle
    os.kill(template, signal.SIGSTOP)
    bench.resume()
    bench.feed.until_state("Pending")
    worker.signal(signal.SIGSTOP)  # else it would take the run again at once
    (found,) = hosts.workers(bench.db)
    recovery.give_back(bench.db, found.id.hex, "worker")
    assert bench.state().name == "Scheduled"
    worker.kill()
    os.kill(template, signal.SIGCONT)
    bench.work()
    assert Counter(bench.ran) == {"begin 0": 2, "step 0": 1}
    assert bench.root().executions == 2
