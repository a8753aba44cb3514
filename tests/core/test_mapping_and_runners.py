"""Mapping, several futures at once, task runners, and tasks outside a flow."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from holdfast import allow_failure, flow, get_run_logger, runtime, task, unmapped
from holdfast.annotations import quote
from holdfast.exceptions import MappingLengthMismatch, MappingMissingIterable, UpstreamFailed
from holdfast.futures import TaskFutureList, as_completed, wait
from holdfast.store import queries
from holdfast.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from waiting import PATIENCE

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@task
def adds(a, b=10, *more, **named):
    return a + b + sum(more) + sum(named.values())


@task
async def adds_async(a, b=10, *more, **named):
    return a + b + sum(more) + sum(named.values())


@task
def fails(n=0):
    raise ValueError(f"no {n}")


@task
def same(thing):
    return thing


@flow
def runs(body):
    return body()


@flow
async def runs_async(body):
    return body()


@pytest.fixture(params=["sync", "async"])
def inside(request, call):
    return lambda body: call(runs if request.param == "sync" else runs_async, body)


@both
@pytest.mark.parametrize(
    ("args", "kwargs", "found"),
    [
        (([1, 2],), {}, [11, 12]),
        (([1, 2], [3, 4]), {}, [4, 6]),
        (([1, 2], 3), {}, [4, 5]),
        ((1, [2, 3]), {}, [3, 4]),
        (([1, 2],), {"b": (3, 4)}, [4, 6]),
        ((range(2), unmapped(5)), {}, [5, 6]),
        (([1, 2], 0, [3, 4]), {}, [4, 6]),
        (([1, 2], 0), {"more_of_it": [3, 4]}, [4, 6]),
        (([],), {}, []),
    ],
    ids=str,
)
def test_a_task_is_mapped_over_what_has_items(inside, is_async, args, kwargs, found):
    assert inside(lambda: (adds_async if is_async else adds).map(*args, **kwargs).result()) == found


def test_text_and_mappings_are_whole(inside):
    assert inside(lambda: same.map([1]).result()) == [1]
    with pytest.raises(MappingMissingIterable):
        inside(lambda: same.map("text"))
    with pytest.raises(MappingMissingIterable):
        inside(lambda: same.map({"a": 1}))


def test_unmapped_lists_are_whole(inside):
    assert inside(lambda: adds.map([1, 2], unmapped(1)).result()) == [2, 3]
    assert inside(lambda: TaskFutureList([same.submit(unmapped([1]))]).result()) == [[1]]


def test_lengths_that_differ_are_named(inside):
    with pytest.raises(MappingLengthMismatch, match="a has 2, b has 3"):
        inside(lambda: adds.map([1, 2], [1, 2, 3]))


def test_futures_are_mapped_over_by_their_items(inside):
    assert inside(lambda: adds.map(same.submit([1, 2]), adds.map([1, 2])).result()) == [12, 14]


def test_a_mapped_list_is_an_input_of_another_task(inside):
    assert inside(lambda: same(adds.map([1, 2]))) == [11, 12]


def test_mapping_may_wait_and_give_states(inside):
    first = lambda: [same.submit(1)]  # noqa: E731
    states = inside(lambda: (adds.map([1, 2], wait_for=first(), return_state=True), None))[0]
    assert [each.result() for each in states] == [11, 12]


def test_a_list_of_futures_waits_and_raises(inside):
    def body():
        futures = fails.map([1, 2])
        done, not_done = futures.wait()
        assert (len(done), not_done) == (2, set())
        assert [str(each) for each in futures.result(raise_on_failure=False)] == ["no 1", "no 2"]
        with pytest.raises(ValueError, match="no 1"):
            futures.result()

    inside(body)


def test_waiting_for_futures_says_which_are_done(inside):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    def body():
        quick, slow = same.submit(1), waits.submit()
        quick.wait()
        done, not_done = wait([quick, slow], timeout=0)
        with pytest.raises(TimeoutError, match="1 of 2"):
            TaskFutureList([quick, slow]).result(timeout=0)
        go.set()
        return done == {quick}, not_done == {slow}, wait([quick, slow]).not_done

    assert inside(body) == (True, True, set())


def test_futures_come_as_they_are_completed(inside):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)
        return "late"

    def body():
        futures = as_completed([waits.submit(), same.submit("early")])
        first = next(futures).result()
        go.set()
        return [first, next(futures).result()]

    assert inside(body) == ["early", "late"]


def test_a_callback_is_called_when_a_task_has_ended(inside):
    seen = []

    def body():
        future = same.submit(1)
        future.add_done_callback(lambda each: seen.append(each.result()))
        future.wait()

    inside(body)
    assert seen == [1]


# A failure that is allowed


@pytest.mark.parametrize("how", ["call", "submit"])
def test_a_task_may_be_given_a_failure(inside, how):
    def body():
        given = allow_failure(fails.submit())
        return same(given) if how == "call" else same.submit(given).result()

    assert str(inside(body)) == "no 0"


def test_a_result_in_allow_failure_is_the_result(inside):
    assert inside(lambda: same([allow_failure(same.submit(3)), allow_failure(4)])) == [3, 4]


def test_a_task_may_wait_for_a_failure(inside):
    assert inside(lambda: same(1, wait_for=[allow_failure(fails.submit())])) == 1


def test_failures_are_mapped_over(inside):
    found = inside(lambda: same.map(allow_failure([fails.submit(1), same.submit(2)])).result())
    assert [str(each) for each in found] == ["no 1", "2"]


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (lambda: allow_failure([fails.submit(1), [same.submit(2), fails.submit(3)], {"a": fails.submit(4)}]),
         "[ValueError('no 1'), [2, ValueError('no 3')], {'a': ValueError('no 4')}]"),
        (lambda: [allow_failure((fails(return_state=True),))], "[(ValueError('no 0'),)]"),
        (lambda: allow_failure(fails.map([1, 2])), "[ValueError('no 1'), ValueError('no 2')]"),
        (lambda: allow_failure(unmapped([fails.submit(1)])), "[ValueError('no 1')]"),
    ],
    ids=["containers", "state", "mapped", "unmapped"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["call", "submit"])
def test_failures_are_allowed_anywhere_inside(inside, given, got, how):
    assert repr(inside(lambda: same(given()) if how == "call" else same.submit(given()).result())) == got


@pytest.mark.parametrize(
    ("args", "got"),
    [
        (lambda: (allow_failure(fails.map([1, 2])), 0), "[(ValueError('no 1'), 0), (ValueError('no 2'), 0)]"),
        (lambda: ([1, 2], allow_failure(fails.submit())), "[(1, ValueError('no 0')), (2, ValueError('no 0'))]"),
        (lambda: ([1], allow_failure(fails(return_state=True))), "[(1, ValueError('no 0'))]"),
        (lambda: ([1], allow_failure(same.submit([2]))), "[(1, 2)]"),
        (lambda: ([1], unmapped(allow_failure([fails.submit()]))), "[(1, [ValueError('no 0')])]"),
        (lambda: ([1], allow_failure(unmapped([fails.submit()]))), "[(1, [ValueError('no 0')])]"),
        (lambda: ([[fails.submit()]], allow_failure(3)), UpstreamFailed),
        (lambda: (fails.submit(), [1]), UpstreamFailed),
        (lambda: (fails(return_state=True), [1]), UpstreamFailed),
    ],
    ids=["mapped", "future", "state", "items", "unmapped", "inside", "strict", "of a failure", "of a failed state"],
)
def test_mapping_allows_failures_where_it_is_told_to(inside, args, got):
    @task
    def pair(a, b):
        return a, b

    def body():
        return pair.map(*args()).result()

    if isinstance(got, str):
        assert repr(inside(body)) == got
    else:
        with pytest.raises(got):
            inside(body)


def test_a_task_may_wait_for_a_list_of_failures(inside):
    assert inside(lambda: same(1, wait_for=[allow_failure(fails.map([1, 2]))])) == 1


def test_what_is_quoted_is_mapped_over_and_taken_as_it_stands(inside):
    @task
    def kind(thing):
        return type(thing).__name__

    assert inside(lambda: kind.map(quote([same.submit(1), 2])).result()) == ["TaskFuture", "int"]
    assert inside(lambda: kind(quote(same.submit(1)))) == "TaskFuture"
    assert inside(lambda: adds.map([1], quote(2)).result()) == [3]


# Runners


@pytest.mark.parametrize("runner", [ThreadPoolTaskRunner(max_workers=1), ThreadPoolTaskRunner], ids=["made", "class"])
def test_a_flow_names_its_task_runner(call, runner):
    @flow(task_runner=runner)
    def main():
        return adds.map([1, 2]).result()

    assert call(main) == [11, 12]
    assert call(main) == [11, 12]


def test_a_thread_pool_runs_so_many_at_a_time(call):
    running, most, lock = [], [], threading.Lock()

    @task
    def works(n):
        with lock:
            running.append(n)
            most.append(len(running))
        with lock:
            running.remove(n)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def main():
        works.map(range(5)).result()

    call(main)
    assert max(most) == 1


def test_a_runner_of_ones_own(call):
    class AtOnce(TaskRunner):
        def duplicate(self):
            return AtOnce()

        def submit(self, function, *args):
            future = Future()
            future.set_result(function(*args))
            return future

        def shutdown(self, wait=True):
            ended.append(wait)

    ended = []

    @flow(task_runner=AtOnce())
    def main():
        return adds.submit(1).result(), adds.map([1]).result()

    assert call(main) == (11, [11])
    assert ended == [True]


def test_a_runner_of_ones_own_may_call_functions_elsewhere(call):
    class Elsewhere(ThreadPoolTaskRunner):
        def __init__(self):
            super().__init__()
            self.remote = lambda here: f"{here.task.name} elsewhere"

        def duplicate(self):
            return Elsewhere()

    @flow(task_runner=Elsewhere())
    def main():
        return adds.submit(1).result()

    assert call(main) == "adds elsewhere"


PROCESSES = """
import asyncio
import os
import threading

from holdfast import flow, get_run_logger, runtime, tags, task
from holdfast.states import Completed, Failed
from holdfast.task_runners import ProcessPoolTaskRunner


@task(log_prints=True, tags=["own"])
def works(number):
    get_run_logger().info("hello")
    print("printed")
    return os.getpid(), number, runtime.flow_run.id, runtime.task_run.name, runtime.task_run.tags


@task
async def works_async(number):
    await asyncio.sleep(0)
    return os.getpid(), number


@task(retries=1)
def fails():
    raise ValueError(f"no {runtime.task_run.run_count}")


@task(timeout_seconds=0.2)
def slow():
    threading.Event().wait(30)


@task
def makes(what):
    return {
        "named": Completed("Yes", data=3, name="Signed"),
        "failed": Failed(data=Failed(data=KeyError("in"))),
        "several": [Completed(data=1), Failed("two")],
        "values": (each for each in range(3)),
    }[what]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def main():
    made = [makes.submit(each).wait() for each in ("named", "failed", "several")]
    assert [each.name for each in made] == ["Signed", "Failed", "Failed"], made
    assert repr(made[1].result(raise_on_failure=False).data) == "KeyError('in')"
    assert made[2].message == "1/2 states failed."
    assert makes.submit("values").result() == [0, 1, 2]
    with tags("outer"):
        pid, one, run_id, name, found = works.submit(1).result()
    pid_async, two = works_async.submit(2).result()
    assert os.getpid() not in (pid, pid_async)
    assert (one, two, run_id, found) == (1, 2, runtime.flow_run.id, ["outer", "own"]), found
    assert name == "works-1"
    failed, late = fails.submit().wait(), slow.submit().wait()
    assert (failed.name, failed.message, late.name) == ("Failed", "ValueError: no 2", "TimedOut")
    return "done"


if __name__ == "__main__":
    assert main() == "done"
"""


def test_a_process_pool_runs_tasks_in_processes_and_records_them_here(db, script, the_run):
    program = script(PROCESSES)
    assert program.end() == 0, program.errors
    run = the_run()
    found = [(each.task_name, each.state.name, each.attempt) for each in queries.get_task_runs(db, run.id)]
    assert [each[1] for each in found[:4]] == ["Signed", "Failed", "Failed", "Completed"]
    assert found[4:] == [
        ("works", "Completed", 1), ("works_async", "Completed", 1), ("fails", "Failed", 2), ("slow", "TimedOut", 1),
    ]  # fmt: skip
    lines = [each.message for each in queries.get_logs(db, run.id) if each.task_run_id is not None]
    assert {"hello", "printed"} <= set(lines)


INITIALIZED = """
import os

from holdfast import flow, task
from holdfast.task_runners import ProcessPoolTaskRunner


def prepare(name, value):
    os.environ[name] = value


@task
def reads():
    return os.environ["PREPARED"]


@flow(task_runner=ProcessPoolTaskRunner(1, initializer=prepare, initargs=["PREPARED", "yes"]))
def main():
    return reads.submit().result()


if __name__ == "__main__":
    assert main() == "yes"
    assert "PREPARED" not in os.environ
"""


def test_each_process_of_a_pool_is_prepared_by_a_function_of_the_users(script):
    program = script(INITIALIZED)
    assert program.end() == 0, program.errors


def test_what_cannot_prepare_a_process_is_refused():
    with pytest.raises(TypeError, match="initializer is 5; it must be a function"):
        ProcessPoolTaskRunner(initializer=5)


async def prepare_async():
    """Nothing would await it."""


def prepare_yielding():
    yield


@pytest.mark.parametrize("function", [prepare_async, prepare_yielding])
def test_what_would_never_run_is_no_way_to_prepare_a_process(function):
    with pytest.raises(TypeError, match="initializer is an async function, or yields"):
        ProcessPoolTaskRunner(initializer=function)


@task(timeout_seconds=0.2)
def slow_there():
    threading.Event().wait(PATIENCE)


@task
def fails_there():
    raise ValueError("no")


# Outside a flow


def tries(is_async, **settings):
    made = []

    @task(**settings)
    def works():
        made.append(runtime.task_run.run_count)
        get_run_logger().warning("hello")
        if len(made) < 2:
            raise ValueError
        return made

    @task(**settings)
    async def works_async():
        made.append(runtime.task_run.run_count)
        get_run_logger().warning("hello")
        if len(made) < 2:
            raise ValueError
        return made

    return works_async if is_async else works


@both
def test_outside_a_flow_a_task_runs_with_its_retries_and_nothing_is_recorded(call, is_async, tmp_path, caplog):
    assert call(tries(is_async, retries=1, retry_delay_seconds=0.01)) == [1, 2]
    assert not (tmp_path / "home").exists()
    assert "hello" in caplog.text


@both
def test_outside_a_flow_a_task_can_be_submitted_and_mapped(is_async):
    assert tries(is_async, retries=1).submit().result() == [1, 2]
    assert (adds_async if is_async else adds).map([1, 2]).result() == [11, 12]


def test_outside_a_flow_a_task_may_call_a_task():
    @task
    def outer():
        return adds(1) + adds.submit(2).result()

    assert outer() == 23


def test_outside_a_flow_timeouts_and_states_work():
    assert slow_there(return_state=True).name == "TimedOut"
    with pytest.raises(ValueError, match="no"):
        fails_there()


def test_outside_a_flow_hooks_see_a_run_without_a_flow_run():
    seen = []

    @task(on_completion=[lambda of, run, state: seen.append((run.flow_run_id, run.task_name, state.name))])
    def works():
        return None

    works()
    assert seen == [(None, "works", "Completed")]


def test_a_flow_called_in_a_task_outside_a_flow_is_a_run_of_its_own(the_run):
    @flow
    def child():
        return 1

    @task
    def outer():
        return child()

    assert outer() == 1
    assert the_run().parent_id is None
