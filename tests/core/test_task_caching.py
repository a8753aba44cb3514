"""Results that stand for later calls of a task, in the same run and in others."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    RUN_ID,
    TASK_SOURCE,
    CachePolicy,
)
from holdfast.engine import liveness
from holdfast.engine.code import call_identity
from holdfast.engine.drive.effects import drive
from holdfast.engine.runs.flow_engine import run_again
from holdfast.engine.stored_values.earlier_digests import earlier_digest
from holdfast.exceptions import FlowRunSuspended
from holdfast.store import claims, queries
from waiting import PATIENCE

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def counting(is_async=False, **settings):
    """A task that gives its input, and the list of the inputs it was called with."""
    made = []

    @task(**settings)
    def works(x=0, y=0):
        made.append(x)
        return x

    @task(**settings)
    async def works_async(x=0, y=0):
        made.append(x)
        return x

    return (works_async if is_async else works), made


def flow_of(body, is_async, **settings):
    """A flow that makes the calls of ``body``, and awaits each if need be."""

    @flow(**settings)
    def calls(*parameters):
        return list(body())

    @flow(**settings)
    async def calls_async(*parameters):
        return [await each for each in body()]

    return calls_async if is_async else calls


def names(db, run):
    return [each.state.name for each in queries.get_task_runs(db, run.id)]


# The user's own example


foos: list[int] = []


@task(persist_result=True)
def foo():
    foos.append(1)
    return 42


@flow(persist_result=True)
def noblock_pausing():
    x = foo.submit()
    pause_flow_run(timeout=30, reschedule=True)
    y = foo.submit()
    z = foo(wait_for=[x])
    alpha = foo(wait_for=[y])
    omega = foo(wait_for=[x, y])
    return [y.result(), z, alpha, omega]


def test_the_seeds_four_calls_run_their_body_once(db, the_run):
    foos.clear()
    with pytest.raises(FlowRunSuspended):
        noblock_pausing()
    resume_flow_run(the_run().id)
    claims.claim(db, liveness.current(db), 1, "tester")
    assert drive(run_again(noblock_pausing, db, the_run().id)).result() == [42] * 4
    assert foos == [1]
    assert sorted(names(db, the_run())) == ["Cached"] * 4 + ["Completed"]


@both
def test_equal_calls_of_a_task_with_persist_result_share_one_result(db, call, the_run, is_async):
    works, made = counting(is_async, persist_result=True)
    assert call(flow_of(lambda: (works(each) for each in (1, 1, 2, 1)), is_async)) == [1, 1, 2, 1]
    assert made == [1, 2]
    assert names(db, the_run()) == ["Completed", "Cached", "Completed", "Cached"]


def test_two_equal_calls_at_the_same_time_are_made_once(db, call, the_run):
    made, go = [], threading.Event()

    @task(persist_result=True)
    def works():
        made.append(1)
        assert go.wait(PATIENCE)
        return 7

    @flow
    def submits():
        futures = [works.submit() for _ in range(8)]
        go.set()
        return [each.result() for each in futures]

    assert call(submits) == [7] * 8
    assert made == [1]
    assert sorted(names(db, the_run())) == ["Cached"] * 7 + ["Completed"]


def test_two_equal_calls_at_the_same_time_are_made_once_in_an_event_loop(call):
    made = []

    @task(persist_result=True)
    async def works():
        made.append(1)
        await asyncio.sleep(0)
        return 7

    @flow
    async def gathers():
        return await asyncio.gather(*(works() for _ in range(8)))

    assert call(gathers) == [7] * 8
    assert made == [1]


def test_when_the_first_of_equal_calls_fails_the_next_is_made(call):
    made, go = [], threading.Event()

    @task(persist_result=True)
    def works():
        made.append(1)
        assert go.wait(PATIENCE)
        if len(made) == 1:
            raise ValueError
        return len(made)

    @flow
    def submits():
        futures = [works.submit() for _ in range(3)]
        go.set()
        return sorted(each.wait().name for each in futures)

    assert call(submits) == ["Cached", "Completed", "Failed"]
    assert made == [1, 1]


def test_a_cached_task_may_call_itself(call):
    @task(cache_key_fn=lambda context, inputs: "same")
    def falls(number):
        return number and falls(number - 1)

    assert call(flow_of(lambda: [falls(3)], False)) == [0]


def test_a_sync_call_in_the_thread_of_an_equal_async_one_does_not_wait_for_it(call):
    @task(cache_key_fn=lambda context, inputs: "same")
    async def waits(go):
        await go.wait()
        return "async"

    @task(cache_key_fn=lambda context, inputs: "same")
    def works():
        return "sync"

    @flow
    async def main():
        go = asyncio.Event()
        waiting = asyncio.create_task(waits(go))
        await asyncio.sleep(0)
        found = works()
        go.set()
        return found, await waiting

    assert call(main) in [("sync", "async"), ("sync", "sync")]


# What is cached at all


@both
def test_a_task_that_asks_for_nothing_is_not_cached(call, is_async):
    works, made = counting(is_async)
    call(flow_of(lambda: (works(1) for _ in range(2)), is_async))
    assert made == [1, 1]


def test_a_flow_with_persist_result_has_its_tasks_cached(call):
    works, made = counting()
    call(flow_of(lambda: [works(1), works(1)], False, persist_result=True))
    assert made == [1]


@pytest.mark.parametrize(
    "settings",
    [{"persist_result": False}, {"cache_policy": NO_CACHE}, {"cache_policy": None}],
    ids=["persist_result", "NO_CACHE", "None"],
)
def test_a_task_may_opt_out(call, settings):
    works, made = counting(**settings)
    call(flow_of(lambda: [works(1), works(1)], False, persist_result=True))
    assert made == [1, 1]


def test_persist_result_false_outweighs_a_policy(call):
    works, made = counting(persist_result=False, cache_policy=INPUTS)
    call(flow_of(lambda: [works(1), works(1)], False))
    assert made == [1, 1]


def test_no_result_is_stored_with_persist_result_false(db, call, the_run):
    works, _ = counting(persist_result=False)
    call(flow_of(lambda: [works(1)], False))
    (run,) = queries.get_task_runs(db, the_run().id)
    assert queries.get_result(db, run.id) is None


def test_a_flow_with_persist_result_false_stores_nothing(db, call, the_run):
    works, _ = counting()
    kept, _ = counting(persist_result=True)
    call(flow_of(lambda: [works(1), kept(1)], False, persist_result=False))
    first, second = queries.get_task_runs(db, the_run().id)
    assert queries.get_result(db, the_run().id) is None
    assert queries.get_result(db, first.id) is None
    assert queries.get_result(db, second.id) is not None


def test_a_failure_is_not_cached(call):
    made = []

    @task(persist_result=True)
    def fails():
        made.append(1)
        raise ValueError

    @flow
    def twice():
        return [fails(return_state=True) for _ in range(2)], "states"

    call(twice)
    assert made == [1, 1]


def test_refresh_cache_makes_the_call_anew_for_the_next_ones(call):
    made = []

    @task(cache_policy=INPUTS)
    def works():
        made.append(1)
        return len(made)

    again = works.with_options(refresh_cache=True)
    assert call(flow_of(lambda: [works(), again(), works()], False)) == [1, 2, 2]


# Policies


def test_by_default_another_run_has_results_of_its_own(call):
    works, made = counting(persist_result=True)
    for _ in range(2):
        call(flow_of(lambda: [works(1)], False))
    assert made == [1, 1]


@pytest.mark.parametrize("policy", [INPUTS, INPUTS + TASK_SOURCE, TASK_SOURCE], ids=["inputs", "both", "source"])
def test_policies_without_the_run_share_results_across_runs(call, policy):
    works, made = counting(cache_policy=policy)
    for _ in range(2):
        call(flow_of(lambda: [works(1)], False))
    assert made == [1]


def test_inputs_tell_calls_apart_and_the_source_alone_does_not(call):
    works, made = counting(cache_policy=INPUTS)
    call(flow_of(lambda: [works(1), works(2)], False))
    assert made == [1, 2]
    works, made = counting(cache_policy=TASK_SOURCE + RUN_ID)
    call(flow_of(lambda: [works(1), works(2)], False))
    assert made == [1]


def test_an_input_may_be_left_out(call):
    works, made = counting(cache_policy=INPUTS - "y")
    call(flow_of(lambda: [works(1, y=1), works(1, y=2), works(2, y=1)], False))
    assert made == [1, 2]


def test_an_input_may_be_left_out_of_several_policies_at_once(call):
    works, made = counting(cache_policy=DEFAULT - "y")
    call(flow_of(lambda: [works(1, y=object()), works(1, y=object())], False))
    assert made == [1]


def test_run_id_shares_within_the_run_only(call):
    works, made = counting(cache_policy=RUN_ID)
    for _ in range(2):
        call(flow_of(lambda: [works(1), works(2)], False))
    assert made == [1, 1]


def test_flow_parameters_tell_runs_apart(call):
    works, made = counting(cache_policy=INPUTS + FLOW_PARAMETERS)
    main = flow_of(lambda: [works(1)], False)
    for parameter in (1, 1, 2):
        call(main, parameter)
    assert made == [1, 1]


def test_another_task_with_the_same_inputs_has_results_of_its_own(call):
    @task(cache_policy=INPUTS)
    def doubles(number):
        return number * 2

    @task(cache_policy=INPUTS)
    def halves(number):
        return number / 2

    assert call(flow_of(lambda: [doubles(2), halves(2)], False)) == [4, 1]


def test_no_cache_beside_another_policy_does_not_count():
    assert (INPUTS + NO_CACHE).policies == (INPUTS,)


def test_a_policy_of_ones_own(call):
    class Rounded(CachePolicy):
        def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
            return str(round(inputs["x"]))

    works, made = counting(cache_policy=Rounded())
    call(flow_of(lambda: [works(1.1), works(0.9), works(2)], False))
    assert made == [1.1, 2]


def test_a_policy_says_what_it_can_be_taken_from_it():
    with pytest.raises(TypeError, match="name of an input"):
        INPUTS - INPUTS
    with pytest.raises(TypeError):
        INPUTS + "x"


@both
def test_a_function_gives_the_key(call, is_async):
    seen = []

    def key(context, inputs):
        seen.append((context.task.name.startswith("works"), inputs))
        return "even" if inputs["x"] % 2 == 0 else None

    works, made = counting(is_async, cache_key_fn=key)
    assert call(flow_of(lambda: (works(each) for each in (2, 4, 3, 3)), is_async)) == [2, 2, 3, 3]
    assert made == [2, 3, 3]
    assert seen[0] == (True, {"x": 2, "y": 0})


def test_a_function_outweighs_a_policy_and_says_so():
    with pytest.warns(UserWarning, match="cache_policy is not used"):
        counting(cache_key_fn=lambda context, inputs: "x", cache_policy=INPUTS)


def test_a_function_that_fails_means_no_cache_and_is_logged(db, call, the_run):
    def key(context, inputs):
        raise KeyError("broken")

    works, made = counting(cache_key_fn=key)
    call(flow_of(lambda: [works(1), works(1)], False))
    assert made == [1, 1]
    assert "cache key cannot be computed" in queries.get_logs(db, the_run().id)[0].message


def test_inputs_without_a_hash_mean_no_cache_and_are_logged(db, call, the_run):
    works, made = counting(persist_result=True)
    lock = threading.Lock()
    call(flow_of(lambda: [works(1, y=lock), works(1, y=lock)], False))
    assert made == [1, 1]
    assert "its inputs cannot be hashed" in queries.get_logs(db, the_run().id)[0].message


def test_an_expired_result_is_made_anew(call):
    works, made = counting(cache_policy=INPUTS, cache_expiration=timedelta(microseconds=1))
    call(flow_of(lambda: [works(1), works(1)], False))
    assert made == [1, 1]


def test_a_result_is_used_until_it_expires(call):
    works, made = counting(cache_expiration=timedelta(hours=1))
    call(flow_of(lambda: [works(1), works(1)], False))
    assert made == [1]


def test_methods_of_objects_that_differ_do_not_share_results(call):
    class Adder:
        def __init__(self, by):
            self.by = by

        @task(persist_result=True)
        def add(self, number):
            return number + self.by

    one, two = Adder(1), Adder(2)
    assert call(flow_of(lambda: [one.add(1), two.add(1), Adder(1).add(1)], False)) == [2, 3, 2]


class Number(int):
    """With a name that is no part of what it is equal by."""

    def __new__(cls, value, name):
        made = super().__new__(cls, value)
        made.name = name
        return made


def test_inputs_that_are_equal_and_not_the_same_do_not_share_results(call):
    made = []

    @task(cache_policy=INPUTS)
    def works(x):
        made.append(x)

    inputs = [Number(1, "a"), Number(1, "b"), Number(1, "a"), 1, True, 1.0, lambda: 1, lambda: 2]
    call(flow_of(lambda: [works(each) for each in inputs], False))
    assert len(made) == len(inputs) - 1


def test_lambdas_as_tasks_in_one_line_do_not_share_results(call):
    one, other = task(lambda x: x + 1, cache_policy=INPUTS), task(lambda x: x * 10, cache_policy=INPUTS)
    assert call(flow_of(lambda: [one(3), other(3)], False)) == [4, 30]
    one, other = task(lambda x: x + 1, cache_policy=TASK_SOURCE), task(lambda x: x * 10, cache_policy=TASK_SOURCE)
    assert call(flow_of(lambda: [one(3), other(3)], False)) == [4, 30]


def test_tasks_made_by_one_function_do_not_share_results(call):
    def adding(number):
        @task(cache_policy=INPUTS)
        def add(x):
            return x + number

        return add

    assert call(flow_of(lambda: [adding(1)(3), adding(2)(3)], False)) == [4, 5]


# Executing again


executed: list[Any] = []


@task(cache_policy=TASK_SOURCE + RUN_ID)
def cached_step(number):
    executed.append(number)
    return number


@task(persist_result=False)
def opted_out():
    executed.append("opted out")


@flow
def suspends():
    first = [cached_step(1), cached_step(2)]
    opted_out()
    pause_flow_run(timeout=30, reschedule=True)
    return [*first, cached_step(3)]


@task
def takes(value):
    executed.append(value)
    return True


@flow
def takes_what_is_no_json():
    takes((1, 2)), takes({3}), takes(threading.Lock())
    pause_flow_run(timeout=30, reschedule=True)
    return [takes((1, 2)), takes({3}), takes(threading.Lock())]


def test_a_run_that_an_earlier_version_began_makes_no_finished_call_again(db, the_run, monkeypatch):
    executed.clear()
    with monkeypatch.context() as earlier:
        earlier.setattr(call_identity, "digest", earlier_digest)
        earlier.setattr(call_identity, "STATE", "?")
        with pytest.raises(FlowRunSuspended):
            takes_what_is_no_json()
    assert len(executed) == 3
    resume_flow_run(the_run().id)
    claims.claim(db, liveness.current(db), 1, "tester")
    assert drive(run_again(takes_what_is_no_json, db, the_run().id)).result() == [True] * 3
    assert len(executed) == 6
    reused = [each.reused for each in queries.get_task_runs(db, the_run().id)]
    assert reused == [1, 1, 1, 0, 0, 0]


def test_a_cached_call_is_found_again_when_the_run_executes_again(db, the_run):
    executed.clear()
    with pytest.raises(FlowRunSuspended):
        suspends()
    resume_flow_run(the_run().id)
    claims.claim(db, liveness.current(db), 1, "tester")
    assert drive(run_again(suspends, db, the_run().id)).result() == [1, 1, 1]
    assert executed == [1, "opted out", "opted out"]
    assert names(db, the_run()) == ["Completed", "Cached", "Completed", "Cached"]
