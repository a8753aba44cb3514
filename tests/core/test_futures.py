"""Submitted tasks: futures as inputs and to wait for, and what does not run since something before it failed."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, defaultdict
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import pytest

from holdfast import StateType, TaskFuture, allow_failure, flow, task
from holdfast.annotations import opaque
from holdfast.exceptions import InvalidFlow, UpstreamFailed
from holdfast.futures import TaskFutureList, as_completed, wait
from holdfast.store import queries
from holdfast.task_runners import ThreadPoolTaskRunner
from waiting import PATIENCE


@task
def one():
    return 1


@task
async def one_async():
    return 1


@task
def add(*numbers):
    return sum(numbers)


@task
def same(thing):
    return thing


@task
async def same_async(thing):
    return thing


@task
def breaks():
    raise ZeroDivisionError("too small")


@flow
def runs(body):
    return body()


@flow
async def runs_async(body):
    return await asyncio.to_thread(body)


@pytest.fixture(params=["sync", "async"])
def inside(request, call):
    """Call a function inside a flow; in the async one, in a thread of it."""
    return lambda body: call(runs if request.param == "sync" else runs_async, body)


def test_submitting_gives_a_future_of_the_result(inside):
    assert inside(lambda: one.submit().result()) == 1


def test_a_future_knows_its_task_run(db, call, the_run):
    found = []

    @flow
    def submits():
        found.append(one.submit())
        return found[0].result()

    call(submits)
    assert isinstance(found[0], TaskFuture)
    (run,) = queries.get_task_runs(db, the_run().id)
    assert found[0].task_run_id == run.id


def test_a_future_has_a_state_that_is_final_once_it_is_done(call):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    @flow
    def looks():
        future = waits.submit()
        before = future.state
        go.set()
        return before, future.wait().type.value, future.state.type.value

    before, *after = call(looks)
    assert not before.is_final()
    assert after == ["COMPLETED", "COMPLETED"]


def test_waiting_for_a_future_may_time_out(call):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)
        return "late"

    @flow
    def gives_up():
        future = waits.submit()
        assert future.wait(timeout=0) is None
        with pytest.raises(TimeoutError, match="The task has not ended after 0 s"):
            future.result(timeout=0)
        go.set()
        return future.result()

    assert call(gives_up) == "late"


def test_a_future_raises_what_its_task_raised(call):
    @flow
    def catches():
        future = breaks.submit()
        with pytest.raises(ZeroDivisionError):
            future.result()
        return type(future.result(raise_on_failure=False)).__name__

    assert call(catches) == "ZeroDivisionError"


def test_an_awaited_future_raises_what_its_task_raised(call):
    @flow
    async def catches():
        with pytest.raises(ZeroDivisionError):
            await breaks.submit()
        return "caught"

    assert call(catches) == "caught"


def test_futures_can_be_awaited_together(call):
    @flow
    async def gathers():
        return await asyncio.gather(one.submit(), one_async.submit(), one.submit())

    assert call(gathers) == [1, 1, 1]


def test_a_future_can_be_awaited_twice(call):
    @flow
    async def twice():
        future = one.submit()
        return [await future, await future]

    assert call(twice) == [1, 1]


def test_submitting_with_return_state_waits_and_gives_the_state(call):
    @flow
    def looks():
        return [each.submit(return_state=True).type for each in (one, breaks, one_async)]

    assert call(looks) == [StateType.COMPLETED, StateType.FAILED, StateType.COMPLETED]


def test_submitted_tasks_run_at_once(call):
    @task
    def meets(barrier):
        barrier.wait(PATIENCE)
        return "met"

    @flow
    def submits():
        barrier = threading.Barrier(8)
        return [each.result() for each in [meets.submit(barrier) for _ in range(8)]]

    assert call(submits) == ["met"] * 8


def test_a_submitted_task_may_submit(call):
    @task
    def outer():
        return same.submit(3).result()

    @flow
    def submits():
        return outer.submit().result()

    assert call(submits) == 3


# As inputs


class Pair(NamedTuple):
    first: object
    second: object


class Own(list):
    pass


@pytest.mark.parametrize(
    ("inputs", "got"),
    [
        (lambda future: future, 1),
        (lambda future: [future, 2], [1, 2]),
        (lambda future: (future, [future, {"a": future}]), (1, [1, {"a": 1}])),
        (lambda future: {"a": future, "b": {"c": [future]}}, {"a": 1, "b": {"c": [1]}}),
        (lambda future: {future}, {1}),
        (lambda future: Pair(future, 2), Pair(1, 2)),
        (lambda future: OrderedDict(a=future), OrderedDict(a=1)),
        (lambda future: defaultdict(list, a=[future]), defaultdict(list, a=[1])),
        (lambda future: Own([future]), Own([1])),
        (lambda future: [], []),
        (lambda future: future.wait(), 1),
        (lambda future: [future.wait(), future], [1, 1]),
    ],
    ids=["bare", "list", "tuple", "dict", "set", "named", "ordered", "default", "own", "empty", "state", "mixed"],
)
@pytest.mark.parametrize("how", ["call", "submit"])
def test_futures_and_states_among_the_inputs_are_replaced_by_their_results(inside, inputs, got, how):
    def body():
        given = inputs(one.submit())
        return same(given) if how == "call" else same.submit(given).result()

    found = inside(body)
    assert (found, type(found)) == (got, type(got))


def test_futures_as_inputs_of_async_tasks_do_not_block_the_loop(call):
    @flow
    async def waits():
        go = asyncio.Event()

        @task
        async def opens():
            await go.wait()
            return 1

        slow = asyncio.create_task(opens())
        asyncio.get_running_loop().call_soon(go.set)
        return await same_async(await slow)

    assert call(waits) == 1


def test_an_async_task_waits_for_its_futures_without_blocking_the_loop(call):
    go = threading.Event()

    @task
    def opens():
        assert go.wait(PATIENCE)
        return 1

    @flow
    async def waits():
        future = opens.submit()
        asyncio.get_running_loop().call_soon(go.set)
        return await same_async(future)

    assert call(waits) == 1


def test_keyword_and_many_arguments_are_replaced_too(inside):
    assert inside(lambda: add(one.submit(), 2, one.submit())) == 4
    assert inside(lambda: same(thing=one.submit())) == 1


def test_future_in_a_list_that_lies_at_many_places_is_replaced_once(inside):
    def body():
        value = [one.submit()]
        for _ in range(60):
            value = [value, value]
        given = same(value)
        for _ in range(60):
            assert given[0] is given[1]
            given = given[0]
        return given

    assert inside(body) == [1]


def test_future_in_a_list_that_holds_itself_is_replaced(inside):
    def body():
        value = [one.submit()]
        value.append(value)
        return same(value)[0]

    assert inside(body) == 1


def test_what_holds_no_future_is_passed_as_it_is(inside):
    own = Own([1, 2])
    assert inside(lambda: same(own) is own)


# Waiting for


@pytest.mark.parametrize("how", ["call", "submit", "state"])
def test_a_task_starts_after_what_it_waits_for(inside, how):
    order = []
    go = threading.Event()

    @task
    def first():
        assert go.wait(PATIENCE)
        order.append("first")

    @task
    def second():
        order.append("second")

    def body():
        future = first.submit()
        later = second.submit(wait_for=[future])
        go.set()
        if how == "call":
            second(wait_for=[future])
        elif how == "state":
            second(wait_for=[future.wait()], return_state=True)
        later.result()
        return order

    assert inside(body)[0] == "first"


@flow
def child():
    return 1


WAITERS = {
    "call": lambda given: one(wait_for=given),
    "submit": lambda given: one.submit(wait_for=given).result(),
    "map": lambda given: same.map([1, 2], wait_for=given).result(),
    "child": lambda given: child(wait_for=given),
}
waiters = pytest.mark.parametrize("waiter", WAITERS.values(), ids=WAITERS)


@waiters
@pytest.mark.parametrize(
    "given",
    [
        lambda: breaks.submit(),
        lambda: {"a": breaks.submit()},
        lambda: [[breaks.submit()]],
        lambda: (each for each in [breaks.submit()]),
        lambda: breaks(return_state=True),
    ],
    ids=["future", "dict", "nested", "generator", "state"],
)
def test_what_is_waited_for_may_be_of_any_shape(inside, waiter, given):
    with pytest.raises(UpstreamFailed):
        inside(lambda: waiter(given()))


@waiters
@pytest.mark.parametrize("given", [5, "text"])
def test_what_cannot_be_waited_for_is_refused(inside, waiter, given):
    with pytest.raises(InvalidFlow, match=r"wait_for is .*; it must be a list of futures and states"):
        inside(lambda: waiter(given))


@pytest.mark.parametrize("how", ["call", "submit"])
@pytest.mark.parametrize("by", ["wait_for", "input", "nested", "state"])
def test_a_task_does_not_run_when_what_it_needs_failed(inside, how, by):
    ran = []

    @task
    def needs(thing=None):
        ran.append(thing)

    def body():
        failed = breaks.submit()
        args, kwargs = {
            "wait_for": ([], {"wait_for": [failed]}),
            "input": ([failed], {}),
            "nested": ([[{"a": failed}]], {}),
            "state": ([failed.wait()], {}),
        }[by]
        if how == "call":
            return needs(*args, **kwargs, return_state=True)
        return needs.submit(*args, **kwargs, return_state=True)

    state = inside(lambda: [body()])[0]
    assert ran == []
    assert (state.type, state.name) == (StateType.PENDING, "NotReady")
    assert "ZeroDivisionError" in state.message


def test_asking_for_the_result_of_a_task_that_was_not_ready_says_why(inside):
    def body():
        later = one.submit(wait_for=[breaks.submit()])
        with pytest.raises(UpstreamFailed, match="depends on a run that is Failed: ZeroDivisionError: too small"):
            later.result()
        return "told"

    assert inside(body) == "told"


def test_a_task_whose_own_future_gets_among_its_inputs_does_not_wait_for_itself(call):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def main():
        given = [waits.submit()]
        given.append(same.submit(given))  # which begins when the one before has ended
        go.set()
        with pytest.raises(UpstreamFailed, match="It depends on itself"):
            given[1].result()
        return "told"

    assert call(main) == "told"


def test_what_was_not_ready_makes_what_needs_it_not_ready(inside):
    def body():
        not_ready = one.submit(wait_for=[breaks.submit()])
        return [one.submit(wait_for=[not_ready], return_state=True), None]

    assert inside(body)[0].name == "NotReady"


def test_a_flow_that_lets_a_submitted_task_fail_completes(call, the_run):
    @flow
    def leaves():
        breaks.submit()
        return "done"

    assert call(leaves) == "done"
    assert the_run().state.name == "Completed"


# Of itself


def test_what_a_task_waits_for_is_what_was_there_when_it_was_submitted(inside):
    def body():
        queue = []
        for number in range(3):
            queue.append(same.submit(number, wait_for=queue))
        return [each.result() for each in queue]

    assert inside(body) == [0, 1, 2]


@pytest.mark.parametrize("wrap", [lambda each: each, opaque, allow_failure], ids=["bare", "opaque", "allow-failure"])
@pytest.mark.parametrize("as_input", [True, False], ids=["input", "wait_for"])
def test_a_task_that_needs_itself_is_not_ready_rather_than_stuck(call, wrap, as_input):
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def main():
        go = threading.Event()

        @task
        def waits():
            assert go.wait(PATIENCE)

        needs = [waits.submit()]
        future = same.submit(needs) if as_input else same.submit(1, wait_for=[needs])
        needs.append(wrap(future))
        go.set()
        with pytest.raises(UpstreamFailed, match="It depends on itself"):
            future.result(timeout=PATIENCE)
        return future.state.name

    assert call(main) == "NotReady"


# For a limited time


def test_waiting_gives_the_state_or_none(inside):
    def body():
        go = threading.Event()

        @task
        def waits():
            assert go.wait(PATIENCE)
            return 1

        future = waits.submit()
        before = future.wait(timeout=0), future.wait("0s"), future.wait(timedelta(0))
        go.set()
        return before, future.wait(timeout=PATIENCE).name, future.wait().name

    assert inside(body) == ((None, None, None), "Completed", "Completed")


def test_a_timeout_error_of_the_tasks_own_is_what_the_result_raises(inside):
    @task
    def times_out():
        raise TimeoutError("mine")

    def body():
        futures = TaskFutureList([times_out.submit(), one.submit()])
        for result in (futures[0].result, futures.result):
            with pytest.raises(TimeoutError, match="mine"):
                result(timeout=PATIENCE)
        return futures[0].state.name

    assert inside(body) == "Failed"


def test_a_failure_is_raised_while_others_still_run(inside):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    def body():
        futures = TaskFutureList([waits.submit(), breaks.submit()])
        with pytest.raises(ZeroDivisionError):
            futures.result()
        assert not futures[0].state.is_final()
        go.set()
        return "raised"

    assert inside(body) == "raised"


@pytest.mark.parametrize("timeout", [-1, float("nan"), "soon"], ids=str)
def test_a_timeout_that_is_none_is_refused(inside, timeout):
    def body():
        futures = TaskFutureList([one.submit()])
        for ask in (partial(wait, futures), partial(as_completed, futures), futures.wait, futures.result):
            with pytest.raises(ValueError, match="timeout is"):
                list(ask(timeout=timeout))
        return "refused"

    assert inside(body) == "refused"


def test_what_a_future_has_not_is_named_with_its_substitute(inside):
    def body():
        with pytest.raises(AttributeError, match="no attribute 'wrapped_future': use future"):
            one.submit().wrapped_future  # noqa: B018
        return "told"

    assert inside(body) == "told"
