"""Tasks and flows in several processes: one cache, tasks in a pool of processes, retries of a process that dies."""

import os
import signal

from holdfast.engine import actions
from holdfast.store import queries

CACHED = """
    import sys
    from helpers import note, pass_gate
    from holdfast import flow, task
    from holdfast.cache_policies import INPUTS

    @task(cache_policy=INPUTS)
    def costly(number):
        note("made", sys.argv[1])
        pass_gate(sys.argv[1])
        return sys.argv[1]

    @flow
    def main():
        return costly(1)

    if __name__ == "__main__":
        print(main())
"""


def test_of_two_processes_that_make_a_cached_call_at_once_the_first_to_end_stands(bench):
    program = bench.write(CACHED)
    gates = {name: bench.gate(name) for name in ("one", "two", "three")}
    first, second = bench.start(program, "one"), bench.start(program, "two")
    bench.feed.until_task("costly-1", nth=2)
    gates["two"].open()
    assert (second.wait(), second.out) == (0, "two\n")
    gates["one"].open()
    assert (first.wait(), first.out) == (0, "one\n"), "each has what it made itself"
    third = bench.run(program, "three")
    assert third.out == "two\n"
    assert sorted(bench.ran) == ["made one", "made two"]


def test_many_processes_that_make_a_cached_call_at_once_agree_afterwards(bench):
    program = bench.write(CACHED)
    gate = bench.gate("same")
    racing = [bench.start(program, "same") for _ in range(4)]
    bench.feed.until_task("costly-1")
    gate.open(4)
    assert [each.wait() for each in racing] == [0] * 4
    made = len(bench.ran)
    assert bench.run(program, "same").out == "same\n"
    assert len(bench.ran) == made


POOL = """
    import os
    from helpers import note
    from holdfast import flow, pause_flow_run, suspend_flow_run, task
    from holdfast.task_runners import ProcessPoolTaskRunner

    @task
    def inner(number):
        note("inner", number)
        return number + 1

    @task
    def outer(number):
        note("outer", number)
        assert os.getpid() != int(os.environ["FLOW_PID"])
        return inner(number) + inner.submit(10).result()

    @task
    def asks(number):
        note("asks", number)
        return pause_flow_run(wait_for_input=int, timeout=None) + inner(number)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def main():
        os.environ["FLOW_PID"] = str(os.getpid())
        return outer.submit(1).result(), asks.submit(2).result()

    if __name__ == "__main__":
        print(main())
"""


def test_a_task_in_a_pool_of_processes_calls_tasks_and_pauses(bench):
    process = bench.start(bench.write(POOL))
    bench.feed.until_state("Paused")
    wait = bench.resume(20)
    assert wait.answer.value == {"value": 20}
    assert (process.wait(), process.out) == (0, "(13, 23)\n"), process.err
    assert bench.ran == ["outer 1", "inner 1", "inner 10", "asks 2", "inner 2"]
    assert {(each.task_name, each.state.name) for each in bench.tasks()} == {
        ("outer", "Completed"), ("inner", "Completed"), ("asks", "Completed"),
    }  # fmt: skip


def test_a_run_that_is_cancelled_while_its_task_pauses_in_a_pool_ends(bench):
    process = bench.start(bench.write(POOL))
    bench.feed.until_state("Paused")
    actions.cancel(bench.db, bench.root().id, channel="python")
    assert process.wait() == 1
    assert bench.state().name == "Cancelled"


def test_a_run_that_is_suspended_while_its_task_pauses_in_a_pool_asks_again_and_makes_nothing_twice(bench):
    process = bench.start(bench.write(POOL))
    bench.feed.until_state("Paused")
    actions.suspend(bench.db, bench.root().id, channel="python")
    assert process.wait() == 0, process.err
    assert bench.state().name == "Suspended"
    bench.answer_and_work(20)
    assert bench.state().name == "Completed", bench.log()
    assert tuple(bench.result()) == (13, 23)
    assert bench.ran.count("outer 1") == 1


RETRIED = """
    from helpers import note
    from holdfast import flow, runtime, suspend_flow_run, task

    @task
    def works():
        note("works")

    @flow(retries=2, retry_delay_seconds=3600)
    def main():
        suspend_flow_run(timeout=None)
        works()
        note("attempt", runtime.flow_run.run_count)
        if runtime.flow_run.run_count < 3:
            raise ValueError("no")
        return "done"

    if __name__ == "__main__":
        main()
"""


def test_a_run_whose_process_dies_while_it_waits_for_its_retry_is_tried_again_by_another(bench):
    bench.run(bench.write(RETRIED))
    worker = bench.worker()
    bench.resume()
    bench.feed.until_state("AwaitingRetry")
    os.kill(bench.host().pid, signal.SIGKILL)
    bench.feed.until_state("Completed")
    assert bench.ran == ["works", "attempt 2", "attempt 3"]
    assert queries.get_flow_run(bench.db, bench.root().id).attempt == 2
    worker.kill()


QUIET_POOL = """
    from holdfast import flow, get_run_logger, suspend_flow_run, task
    from holdfast.task_runners import ProcessPoolTaskRunner

    @task
    def says():
        get_run_logger().info("from the pool")

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def main():
        suspend_flow_run(timeout=None)
        says.submit().result()

    if __name__ == "__main__":
        main()
"""


def test_what_a_pool_of_a_worker_s_run_logs_is_in_its_log_once(bench):
    bench.run(bench.write(QUIET_POOL))
    bench.answer_and_work()
    assert bench.log().count("from the pool") == 1
