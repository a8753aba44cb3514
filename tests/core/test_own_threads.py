"""Calls in threads that know of no run: the log of the run that they may be of says so."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from holdfast import flow, pause_flow_run, task
from holdfast.exceptions import OutsideFlowRun
from holdfast.store import queries
from waiting import PATIENCE


@task
def double(x):
    return x * 2


@task
async def double_async(x):
    return x * 2


@flow
def other():
    return "other"


def in_thread(function, *args):
    with ThreadPoolExecutor(1, thread_name_prefix="own") as pool:
        return pool.submit(function, *args).result()


def warnings(db, run):
    return [line.message for line in queries.get_logs(db, run.id) if line.level == 30]


def in_a_pool():
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(double, range(4)))


def in_a_thread():
    made = threading.Thread(target=double, args=(1,))
    made.start()
    made.join()


def submitted():
    return in_thread(lambda: double.submit(1).result())


def async_in_a_thread():
    return in_thread(lambda: asyncio.run(double_async(1)))


def in_a_task():
    @task
    def outer():
        return in_thread(double, 1)

    return outer()


def in_a_child():
    @flow
    def child():
        return in_thread(double, 1)

    return child()


@pytest.mark.parametrize(
    "calls",
    [in_a_pool, in_a_thread, submitted, async_in_a_thread, in_a_task, in_a_child],
    ids=lambda each: each.__name__,
)
def test_a_task_that_is_called_in_such_a_thread_is_told_of_once(db, calls):
    @flow
    def main():
        calls()

    main()
    found = [each for run in queries.list_flow_runs(db) for each in warnings(db, run)]
    (warning,) = found
    assert warning.startswith("Task double")
    assert "copy_context().run" in warning
    assert "submit()" in warning


def test_a_task_that_an_async_flow_calls_in_an_executor_is_told_of(db, call, the_run):
    @flow
    async def main():
        return await asyncio.get_running_loop().run_in_executor(None, double, 2)

    assert call(main) == 4
    assert len(warnings(db, the_run())) == 1


def test_each_task_is_told_of_by_itself(db, the_run):
    @flow
    def main():
        in_a_thread()
        in_a_thread()
        async_in_a_thread()

    main()
    assert [each.split()[1] for each in warnings(db, the_run())] == ["double", "double_async"]


def test_nothing_is_told_of_a_task_in_a_thread_that_knows_its_run(db, the_run):
    @flow
    def main():
        return in_thread(copy_context().run, double, 1)

    main()
    assert warnings(db, the_run()) == []
    assert len(queries.get_task_runs(db, the_run().id)) == 1


def test_nothing_is_told_where_it_may_be_of_several_runs_or_of_none(db):
    both_run = threading.Barrier(3, timeout=PATIENCE)

    @flow
    def main():
        both_run.wait()
        both_run.wait()

    runs = [threading.Thread(target=main) for _ in range(2)]
    for each in runs:
        each.start()
    both_run.wait()
    in_thread(double, 1)
    both_run.wait()
    for each in runs:
        each.join()
    in_thread(double, 1)
    assert [warnings(db, each) for each in queries.list_flow_runs(db)] == [[], []]


def test_nothing_is_told_of_a_task_beside_the_flow_in_its_event_loop(db, call, the_run):
    @flow
    async def main(go):
        await go.wait()

    async def beside(go):
        await double_async(1)
        go.set()

    async def program():
        go = asyncio.Event()
        await asyncio.gather(main(go), beside(go))

    call(program)
    assert warnings(db, the_run()) == []


def test_a_flow_that_is_called_in_such_a_thread_is_told_of_as_a_run_of_its_own(db, the_run):
    @flow
    def main():
        return in_thread(other)

    assert main() == "other"
    assert the_run("other").parent_id is None
    (warning,) = warnings(db, the_run("main"))
    assert warning.startswith(
        "Flow other was called in a thread that belongs to no run (own_0), so it is a separate run."
    )


def test_nothing_is_told_of_flows_in_threads_that_the_program_started(db):
    @flow
    def main():
        return other()

    with ThreadPoolExecutor(2) as pool:
        assert [each.result() for each in [pool.submit(main) for _ in range(4)]] == ["other"] * 4
    assert [warnings(db, each) for each in queries.list_flow_runs(db)] == [[]] * 8


def test_pausing_in_such_a_thread_is_an_error_that_names_the_cure():
    @flow
    def main():
        return in_thread(pause_flow_run)

    with pytest.raises(OutsideFlowRun, match=r"copy_context\(\)\.run"):
        main()
