"""Pausing from tasks, called and submitted, several at once; and what goes on meanwhile."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.store import queries


@task
def sign(key=None):
    return pause_flow_run(wait_for_input=str, key=key)


@task
async def sign_async(key=None):
    return await pause_flow_run(wait_for_input=str, key=key)


@flow
def calls_a_task():
    return sign()


@flow
async def calls_a_task_async():
    return await sign_async()


@flow
def submits_a_task():
    return sign.submit().result()


@flow
async def submits_a_task_async():
    return await sign_async.submit()


@flow
def submits_an_async_task():
    return sign_async.submit().result()


@flow
async def submits_a_sync_task_async():
    return await sign.submit()


@flow
async def calls_a_sync_task_async():
    return sign()


from_a_task = pytest.mark.parametrize(
    "signs",
    [
        calls_a_task,
        calls_a_task_async,
        submits_a_task,
        submits_a_task_async,
        submits_an_async_task,
        submits_a_sync_task_async,
        calls_a_sync_task_async,
    ],
    ids=lambda each: each.fn.__name__,
)


@from_a_task
def test_pausing_inside_a_task_pauses_the_run(db, start, person, signs):
    def look(event):
        run = queries.get_flow_run(db, event.flow_run_id)
        assert run.state.name == "Paused"
        (at_work,) = queries.get_task_runs(db, run.id)
        assert at_work.state.name == "Running"
        return resume_flow_run(run.id, "Ana")

    looked = person.when_asked(look)
    assert start(signs).result() == "Ana"
    looked.result()


@from_a_task
def test_a_task_that_nobody_answers_in_time_fails_with_the_run(call, signs, monkeypatch, the_run):
    @task
    def hurries():
        pause_flow_run(timeout=0.01)

    @flow
    def calls():
        hurries()

    state = call(calls, return_state=True)
    assert state.message == "Flow run was paused and never resumed."


@flow
def two_tasks():
    return [each.result() for each in [sign.submit("a"), sign.submit("b")]]


@flow
async def two_tasks_async():
    return await asyncio.gather(sign_async("a"), sign_async("b"))


both_two = pytest.mark.parametrize("two", [two_tasks, two_tasks_async], ids=["sync", "async"])


@both_two
def test_two_tasks_that_pause_at_once_each_get_their_own_answer(call, person, two):
    person.answers("for a", key="a")
    person.answers("for b", key="b")
    assert call(two) == ["for a", "for b"]


@both_two
def test_the_run_is_paused_while_any_of_its_waits_is_open(db, start, feed, two, the_run):
    running = start(two)
    for key in "ab":
        feed.until("opened", detail=key)
    resume_flow_run(the_run().id, "for b", key="b")
    assert the_run().state.name == "Paused"
    resume_flow_run(the_run().id, "for a", key="a")
    assert running.result() == ["for a", "for b"]


@both_two
def test_each_task_goes_on_as_its_own_wait_is_decided(db, start, feed, two, the_run):
    running = start(two)
    for key in "ab":
        feed.until("opened", detail=key)
    resume_flow_run(the_run().id, "for b", key="b")
    done = feed.until("state", after="Completed")
    assert done.task_run_id is not None
    assert the_run().state.name == "Paused"
    resume_flow_run(the_run().id, "for a", key="a")
    running.result()


def test_two_tasks_that_pause_with_one_key_share_its_answer(call, person):
    @flow
    def shares():
        return [each.result() for each in [sign.submit("same") for _ in range(8)]]

    person.answers("Ana", key="same")
    assert call(shares) == ["Ana"] * 8


def test_tasks_of_a_task_group_each_get_their_own_answer(call, person):
    @flow
    async def groups():
        async with asyncio.TaskGroup() as group:
            signed = [group.create_task(sign_async(key)) for key in "ab"]
        return [each.result() for each in signed]

    person.answers("for a", key="a")
    person.answers("for b", key="b")
    assert call(groups) == ["for a", "for b"]


def test_other_tasks_go_on_while_one_waits(call, person):
    @task
    def work(number):
        return number

    @flow
    def works():
        waiting = sign.submit("a")
        worked = [work(number) for number in range(3)]
        return [*worked, waiting.result()]

    person.answers("Ana")
    assert call(works) == [0, 1, 2, "Ana"]


def test_other_coroutines_go_on_while_an_async_flow_waits(call, person):
    @flow
    async def works():
        waiting = asyncio.create_task(sign_async())
        goes_on = asyncio.Event()
        asyncio.get_running_loop().call_soon(goes_on.set)
        await goes_on.wait()
        return await waiting

    person.answers("Ana")
    assert call(works) == "Ana"


def test_a_sync_helper_in_a_thread_of_an_async_flow_can_pause(call, person):
    def helper():
        return pause_flow_run(wait_for_input=int)

    @flow
    async def delegates():
        return await asyncio.to_thread(helper)

    person.answers(3)
    assert call(delegates) == 3


@flow
async def asks_async():
    return await pause_flow_run(wait_for_input=int)


@pytest.mark.slow
def test_a_hundred_async_flows_can_wait_in_one_process(call, person, feed, db):
    async def all_of_them():
        return await asyncio.gather(*(asks_async() for _ in range(100)))

    def answer_all(event):
        feed.until("opened", nth=100)
        for number, wait in enumerate(sorted(queries.inbox(db), key=lambda each: each.id)):
            resume_flow_run(wait.flow_run_id, number)

    person.when_asked(answer_all)
    assert sorted(call(all_of_them)) == list(range(100))


@pytest.mark.slow
def test_waiting_async_leaves_no_complaints_behind(call, person, caplog):
    @flow
    async def submits():
        return await sign_async.submit()

    person.answers("Ana")
    with caplog.at_level(logging.WARNING):
        call(submits)
        gc.collect()
    assert [each for each in caplog.records if each.name == "asyncio"] == []
