"""Cancelling: a run that waits notices at once, any other at its next boundary."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading

import pytest

from holdfast import cancel_flow_run, checkpoint, flow, pause_flow_run, task
from holdfast.exceptions import CancelledRun, FlowRunNotFound, NotRunningError
from holdfast.records import WaitStatus
from holdfast.states import StateType
from holdfast.store import queries
from waiting import PATIENCE


@flow
def pauses():
    pause_flow_run(timeout=None)
    return "went on"


@flow
async def pauses_async():
    await pause_flow_run(timeout=None)
    return "went on"


@task
def sign(key=None):
    return pause_flow_run(timeout=None, key=key)


@task
async def sign_async(key=None):
    return await pause_flow_run(timeout=None, key=key)


@flow
def pauses_in_a_task():
    sign()


@flow
async def pauses_in_a_task_async():
    await sign_async()


@flow
def pauses_in_a_submitted_task():
    sign.submit().result()


@flow
async def pauses_in_a_submitted_task_async():
    await sign_async.submit()


@flow
def leaves_a_task_waiting():
    sign.submit()


@flow
async def pauses_in_tasks_at_once_async():
    await asyncio.gather(sign_async("a"), sign_async("b"))


@flow
async def pauses_in_a_task_group_async():
    async with asyncio.TaskGroup() as group:
        group.create_task(sign_async("a"))
        group.create_task(sign_async("b"))


@flow
def catches_everything():
    try:
        pause_flow_run(timeout=None)
    except Exception as error:  # noqa: BLE001 - what is tested is that it does not catch a cancellation
        return f"caught {error!r}"


@flow
def child_pauses():
    pauses()


@flow
async def child_pauses_async():
    await pauses_async()


waiting = pytest.mark.parametrize(
    "waits",
    [
        pauses,
        pauses_async,
        pauses_in_a_task,
        pauses_in_a_task_async,
        pauses_in_a_submitted_task,
        pauses_in_a_submitted_task_async,
        leaves_a_task_waiting,
        pauses_in_tasks_at_once_async,
        pauses_in_a_task_group_async,
        catches_everything,
        child_pauses,
        child_pauses_async,
    ],
    ids=lambda each: each.fn.__name__,
)


def root_run(db):
    return next(each for each in queries.list_flow_runs(db) if each.parent_id is None)


@waiting
def test_a_run_that_waits_notices_at_once(db, start, feed, waits):
    running = start(waits, return_state=True)
    feed.until("opened")
    assert cancel_flow_run(root_run(db).id).type in (StateType.CANCELLING, StateType.CANCELLED)
    state = running.result(PATIENCE)
    assert (state.type, state.name) == (StateType.CANCELLED, "Cancelled")
    assert {each.state.name for each in queries.list_flow_runs(db)} == {"Cancelled"}


@waiting
def test_calling_a_flow_that_is_cancelled_raises(db, start, feed, waits):
    running = start(waits)
    feed.until("opened")
    cancel_flow_run(root_run(db).id)
    with pytest.raises(CancelledRun):
        running.result(PATIENCE)


@pytest.mark.parametrize("waits", [pauses, pauses_async, pauses_in_tasks_at_once_async], ids=lambda f: f.fn.__name__)
def test_the_waits_of_a_cancelled_run_are_withdrawn(db, start, feed, waits):
    running = start(waits, return_state=True)
    feed.until("opened")
    cancel_flow_run(root_run(db).id)
    running.result(PATIENCE)
    assert {each.status for each in queries.get_waits(db, root_run(db).id)} == {WaitStatus.WITHDRAWN}
    assert queries.inbox(db) == []


@pytest.mark.parametrize(
    "waits", [pauses_in_a_task, pauses_in_a_task_async, pauses_in_a_submitted_task], ids=lambda f: f.fn.__name__
)
def test_the_tasks_of_a_cancelled_run_are_cancelled_with_it(db, start, feed, waits):
    running = start(waits, return_state=True)
    feed.until("opened")
    cancel_flow_run(root_run(db).id)
    running.result(PATIENCE)
    assert [each.state.name for each in queries.get_task_runs(db, root_run(db).id)] == ["Cancelled"]


def test_cancelling_is_recorded_with_who_asked(db, start, feed):
    running = start(pauses, return_state=True)
    feed.until("opened")
    cancel_flow_run(root_run(db).id)
    running.result(PATIENCE)
    history = [(each.kind, each.before, each.after) for each in queries.get_events(db, root_run(db).id)]
    assert history[-3:] == [
        ("request", "Paused", "Cancelling"),
        ("state", "Cancelling", "Cancelled"),
        ("withdrawn", "Cancelled", "Cancelled"),
    ]
    (asked,) = [each for each in queries.get_events(db, root_run(db).id) if each.kind == "request"]
    assert asked.actor == "tester"


def test_async_code_awaits_a_cancellation(start, feed, the_run):
    running = start(pauses, return_state=True)
    feed.until("opened")

    async def cancels():
        return await cancel_flow_run(the_run().id)

    asyncio.run(cancels())
    assert running.result(PATIENCE).name == "Cancelled"


@pytest.mark.parametrize("reference", [lambda run: run.name, lambda run: str(run.id)[:25]], ids=["name", "prefix"])
def test_a_run_is_cancelled_by_any_name_for_it(start, feed, the_run, reference):
    running = start(pauses, return_state=True)
    feed.until("opened")
    cancel_flow_run(reference(the_run()))
    assert running.result(PATIENCE).name == "Cancelled"


def test_a_run_is_cancelled_from_another_process(start, feed, script, the_run):
    running = start(pauses_async, return_state=True)
    feed.until("opened")
    script(f"""
        from holdfast import cancel_flow_run
        cancel_flow_run("{the_run().name}")
    """)
    assert running.result(PATIENCE).name == "Cancelled"


def test_a_child_may_be_cancelled_alone(start, feed, the_run):
    @flow
    def goes_on():
        return pauses(return_state=True).name

    running = start(goes_on)
    feed.until("opened")
    cancel_flow_run(the_run("pauses").id)
    assert running.result(PATIENCE) == "Cancelled"


def between_boundaries(boundary, **more):
    """A flow that comes to a boundary when it is let go, and the events to know it and to let it go."""
    reached, go = threading.Event(), threading.Event()

    @flow(**more)
    def works():
        reached.set()
        assert go.wait(PATIENCE)
        return boundary()

    return works, reached, go


@task
def work():
    return "worked"


@flow
def child():
    return "ran"


@pytest.mark.parametrize(
    "boundary",
    [work, lambda: work.submit().result(), child, pause_flow_run, checkpoint],
    ids=["task", "submit", "child", "pause", "checkpoint"],
)
def test_a_run_that_is_at_work_is_cancelled_at_its_next_boundary(db, start, boundary):
    works, reached, go = between_boundaries(boundary)
    running = start(works, return_state=True)
    assert reached.wait(PATIENCE)
    assert cancel_flow_run(root_run(db).id).name == "Cancelling"
    assert root_run(db).state.name == "Cancelling"
    go.set()
    assert running.result(PATIENCE).name == "Cancelled"
    assert queries.get_task_runs(db, root_run(db).id) == []
    assert queries.get_children(db, root_run(db).id) == []


def test_a_run_that_comes_to_no_boundary_any_more_completes(db, start):
    works, reached, go = between_boundaries(lambda: "done")
    running = start(works)
    assert reached.wait(PATIENCE)
    cancel_flow_run(root_run(db).id)
    go.set()
    assert running.result(PATIENCE) == "done"
    assert root_run(db).state.name == "Completed"


def test_a_task_that_has_begun_ends(db, start):
    reached, go = threading.Event(), threading.Event()

    @task
    def slow():
        reached.set()
        assert go.wait(PATIENCE)

    @flow
    def works():
        slow()
        work()

    running = start(works, return_state=True)
    assert reached.wait(PATIENCE)
    cancel_flow_run(root_run(db).id)
    go.set()
    running.result(PATIENCE)
    assert [(each.task_name, each.state.name) for each in queries.get_task_runs(db, root_run(db).id)] == [
        ("slow", "Completed")
    ]


def test_a_run_that_has_ended_cannot_be_cancelled(call, the_run):
    call(child)
    with pytest.raises(NotRunningError, match=f"{the_run().name} is completed, so it cannot be cancelled"):
        cancel_flow_run(the_run().id)


def test_asking_twice_says_who_has_asked_already(db, start):
    works, reached, go = between_boundaries(work)
    running = start(works, return_state=True)
    assert reached.wait(PATIENCE)
    cancel_flow_run(root_run(db).id)
    with pytest.raises(NotRunningError, match="already asked to cancel, by tester"):
        cancel_flow_run(root_run(db).id)
    go.set()
    running.result(PATIENCE)


def test_a_run_that_is_not_there_is_not_found():
    with pytest.raises(FlowRunNotFound, match="'nobody'"):
        cancel_flow_run("nobody")


@pytest.mark.slow
@pytest.mark.parametrize(
    "waits",
    [pauses_in_a_submitted_task_async, pauses_in_tasks_at_once_async, pauses_in_a_task_group_async],
    ids=lambda each: each.fn.__name__,
)
def test_cancelling_async_code_leaves_no_complaints_behind(db, start, feed, waits, caplog):
    running = start(waits, return_state=True)
    feed.until("opened")
    with caplog.at_level(logging.WARNING):
        cancel_flow_run(root_run(db).id)
        running.exception(PATIENCE)
        gc.collect()
    assert [each for each in caplog.records if each.name == "asyncio"] == []
