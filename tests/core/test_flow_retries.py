"""Retries of flows: what is kept, what is done again, and what takes hold meanwhile."""

from __future__ import annotations

import pytest

from holdfast import (
    StateType,
    cancel_flow_run,
    flow,
    pause_flow_run,
    resume_flow_run,
    retry_flow_run,
    runtime,
    suspend_flow_run,
    task,
)
from holdfast.engine import liveness
from holdfast.engine.drive.effects import drive
from holdfast.engine.runs import flow_engine
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import FlowPauseTimeout, FlowRunSuspended
from holdfast.states import Failed
from holdfast.store import claims, queries

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def failing(times, is_async, body=lambda: None, **settings):
    """A flow that fails so often, after ``body``; then it gives its number of calls."""
    calls = []

    def work():
        calls.append(runtime.flow_run.run_count)
        body()
        if len(calls) <= times:
            raise ValueError(f"no {len(calls)}")
        return len(calls)

    @flow(**settings)
    def fails():
        return work()

    @flow(**settings)
    async def fails_async():
        return work()

    made = fails_async if is_async else fails
    made.calls = calls
    return made


@both
def test_a_flow_that_fails_is_tried_again(call, the_run, is_async):
    tried = failing(2, is_async, retries=2)
    assert call(tried) == 3
    run = the_run()
    assert (run.state.name, run.executions, run.attempt, tried.calls) == ("Completed", 3, 3, [1, 2, 3])


@both
def test_a_flow_that_keeps_failing_is_failed(call, the_run, is_async):
    tried = failing(9, is_async, retries=1)
    with pytest.raises(ValueError, match="no 2"):
        call(tried)
    assert (the_run().state.name, len(tried.calls)) == ("Failed", 2)


@both
def test_each_try_is_told_by_the_states_that_the_run_goes_through(db, call, the_run, is_async):
    call(failing(1, is_async, retries=1))
    events = [(each.after, each.detail) for each in queries.get_events(db, the_run().id)]
    assert [name for name, _ in events] == ["Running", "AwaitingRetry", "Retrying", "Completed"]
    assert events[1][1].startswith("Attempt 2 of 2 at once, after: ")
    assert events[2][1] == "Attempt 2 of 2"


@both
def test_a_flow_waits_before_each_retry(call, monkeypatch, is_async):
    seen = []

    def wait_out(run, seconds):
        seen.append(seconds)
        return
        yield

    monkeypatch.setattr(flow_engine, "wait_out", wait_out)
    assert call(failing(2, is_async, retries=2, retry_delay_seconds=7)) == 3
    assert seen == [7, 7]


@both
def test_what_it_finished_is_kept_and_what_failed_is_done_again(call, is_async):
    made = []

    @task
    def works(name):
        made.append(name)

    @task
    def fails_once():
        made.append("fails")
        if made.count("fails") == 1:
            raise ValueError

    def body():
        works("a")
        fails_once()
        works("b")

    assert call(failing(0, is_async, body, retries=1)) == 2
    assert made == ["a", "fails", "fails", "b"]


def test_a_child_that_finished_is_kept_and_one_that_failed_is_run_again(db, call):
    made = []

    @flow
    def works():
        made.append("works")

    @flow
    def fails_once():
        made.append("fails")
        if made.count("fails") == 1:
            raise ValueError

    def body():
        works()
        fails_once()

    assert call(failing(0, False, body, retries=1)) == 2
    assert made == ["works", "fails", "fails"]
    assert len(queries.list_flow_runs(db)) == 3


@both
def test_a_child_that_failed_for_good_has_its_retries_again_when_its_parent_is_tried_again(call, is_async):
    tries = []

    @flow(retries=1)
    def child():
        tries.append(runtime.flow_run.run_count)
        raise ValueError

    @flow(retries=1)
    async def child_async():
        tries.append(runtime.flow_run.run_count)
        raise ValueError

    @flow(retries=1)
    def parent():
        child()

    @flow(retries=1)
    async def parent_async():
        await child_async()

    with pytest.raises(ValueError):
        call(parent_async if is_async else parent)
    assert tries == [1, 2, 3, 4]


def test_a_grandchild_has_its_retries_again_too(call):
    tries = []

    @flow(retries=1)
    def grandchild():
        tries.append("try")
        raise ValueError

    @flow
    def child():
        grandchild()

    @flow(retries=1)
    def parent():
        child()

    with pytest.raises(ValueError):
        call(parent)
    assert len(tries) == 4


def executed_again(db, flow):
    """What a worker does with the run of ``flow`` that is due."""
    (run_id,) = claims.claim(db, liveness.current(db), 1, "tester")
    return drive(run_again(flow, db, run_id))


@flow(retries=1)
def keeps_failing():
    raise ValueError


@flow
def calls_what_keeps_failing():
    keeps_failing()


def test_a_child_that_failed_for_good_has_its_retries_again_when_the_run_is_retried_by_hand(db, call, the_run):
    call(calls_what_keeps_failing, return_state=True)
    retry_flow_run(the_run("calls-what-keeps-failing").id)
    assert executed_again(db, calls_what_keeps_failing).is_failed()
    child = the_run("keeps-failing")
    assert (child.executions, child.attempt) == (4, 2)


@flow(retries=1)
def suspends_at_its_second_try():
    if runtime.flow_run.run_count > 1:
        suspend_flow_run(timeout=600)
    raise ValueError


@flow
def calls_what_suspends():
    suspends_at_its_second_try()


def test_a_child_that_was_suspended_goes_on_with_the_try_that_it_was_at(db, call, the_run):
    with pytest.raises(FlowRunSuspended):
        call(calls_what_suspends)
    resume_flow_run(the_run("calls-what-suspends").id)
    assert executed_again(db, calls_what_suspends).is_failed()
    child = the_run("suspends-at-its-second-try")
    assert (child.executions, child.attempt) == (3, 2)


def test_a_child_is_tried_again_by_itself(call):
    child = failing(1, False, retries=1)
    assert call(failing(0, False, child)) == 1
    assert child.calls == [1, 2]


@both
def test_an_answer_is_kept(call, person, is_async):
    person.answers(5)
    made = []

    @flow(retries=1)
    def asks():
        made.append(pause_flow_run(wait_for_input=int, timeout=600))
        if len(made) == 1:
            raise ValueError
        return made

    @flow(retries=1)
    async def asks_async():
        made.append(await pause_flow_run(wait_for_input=int, timeout=600))
        if len(made) == 1:
            raise ValueError
        return made

    assert call(asks_async if is_async else asks) == [5, 5]


@both
def test_a_pause_does_not_count_as_a_retry(call, person, the_run, is_async):
    person.answers()

    @flow
    def asks():
        pause_flow_run(timeout=600)
        return runtime.flow_run.run_count

    @flow
    async def asks_async():
        await pause_flow_run(timeout=600)
        return runtime.flow_run.run_count

    assert call(asks_async if is_async else asks) == 1
    assert the_run().attempt == 1


@both
def test_a_wait_that_nobody_answered_is_not_retried(call, the_run, is_async):
    @flow(retries=3)
    def asks():
        pause_flow_run(timeout=0.01)

    @flow(retries=3)
    async def asks_async():
        await pause_flow_run(timeout=0.01)

    with pytest.raises(FlowPauseTimeout):
        call(asks_async if is_async else asks)
    assert the_run().executions == 1


def test_a_flow_that_returns_a_failed_state_is_tried_again(call):
    states = iter([Failed("once"), 5])

    @flow(retries=1)
    def returns():
        return next(states)

    assert call(returns) == 5


@both
def test_a_run_that_waits_for_its_retry_is_cancelled_at_once(start, feed, the_run, is_async):
    tried = failing(9, is_async, retries=1, retry_delay_seconds=3600)
    running = start(tried, return_state=True)
    feed.until_state("AwaitingRetry")
    cancel_flow_run(the_run().id)
    assert running.result().type is StateType.CANCELLED
    assert (the_run().state.name, tried.calls) == ("Cancelled", [1])


calls_of_module_flow: list[int] = []


@flow(retries=2, retry_delay_seconds=3600)
def in_a_module():
    calls_of_module_flow.append(runtime.flow_run.run_count)
    if len(calls_of_module_flow) == 1:
        raise ValueError
    return "done"


def test_a_run_that_waits_for_its_retry_can_be_suspended(db, start, feed, the_run):
    running = start(in_a_module)
    feed.until_state("AwaitingRetry")
    suspend_flow_run(flow_run_id=the_run().id)
    with pytest.raises(FlowRunSuspended):
        running.result()
    assert the_run().state.name == "Suspended"
    resume_flow_run(the_run().id)
    assert executed_again(db, in_a_module).result() == "done"
    assert the_run().attempt == 2


def test_a_run_that_waits_for_its_retry_can_be_paused_and_goes_on_after(db, start, feed, the_run):
    tried = failing(1, False, retries=1, retry_delay_seconds=0.2)
    running = start(tried)
    feed.until_state("AwaitingRetry")
    pause_flow_run(flow_run_id=the_run().id)
    feed.until_state("Paused")
    assert len(tried.calls) == 1
    resume_flow_run(the_run().id)
    assert running.result() == 2
    assert the_run().executions == 2


def test_no_worker_takes_a_run_that_waits_for_its_retry_in_its_own_process(db, start, feed, the_run):
    start(failing(9, False, retries=1, retry_delay_seconds=3600), return_state=True)
    feed.until_state("AwaitingRetry")
    assert claims.claim(db, liveness.current(db), 10, "tester") == []


def test_a_run_whose_process_died_while_it_waited_for_its_retry_has_crashed(script, feed, the_run):
    program = script(
        """
        from holdfast import flow

        @flow(retries=1, retry_delay_seconds=3600)
        def fails():
            raise ValueError

        fails()
        """
    )
    feed.until_state("AwaitingRetry")
    program.stop()
    with pytest.raises(Exception, match=r"crashed|cannot"):
        cancel_flow_run(the_run().id)
    assert the_run().state.name == "Crashed"


def test_a_flow_that_returns_the_state_of_one_that_nobody_answered_is_not_tried_again(call):
    made = []

    @flow
    def asks():
        pause_flow_run(timeout=0)

    @flow(retries=2)
    def main():
        made.append(1)
        return [asks(return_state=True)]

    state = call(main, return_state=True)
    assert (state.name, made) == ("Failed", [1])
