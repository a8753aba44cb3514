"""Pausing a run that is at work: asked, acknowledged at its next boundary, taken back."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from holdfast import cancel_flow_run, checkpoint, flow, pause_flow_run, resume_flow_run, task
from holdfast.engine import actions
from holdfast.exceptions import FlowRunNotFound, LinkedFlowRunError, NotPausedError, NotRunningError
from holdfast.records import Request
from holdfast.store import queries
from waiting import PATIENCE


class Gate:
    """Where a flow stands until the test lets it go on."""

    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.go.wait(PATIENCE)

    async def wait(self):
        await asyncio.to_thread(self)


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.go.set()


@task
def work():
    return "worked"


@task
async def work_async():
    return "worked"


@flow
def child():
    return "ran"


@flow
async def child_async():
    return "ran"


async def submit_async():
    return await work_async.submit()


async def checkpoint_async():
    await checkpoint()
    return "passed"


@flow
def works(gate: Gate, boundary: Any):
    gate()
    return boundary()


@flow
async def works_async(gate: Gate, boundary: Any):
    await gate.wait()
    return await boundary()


boundaries = pytest.mark.parametrize(
    ("works", "boundary", "got"),
    [
        pytest.param(works, work, "worked", id="task-sync"),
        pytest.param(works, lambda: work.submit().result(), "worked", id="submit-sync"),
        pytest.param(works, child, "ran", id="child-sync"),
        pytest.param(works, checkpoint, None, id="checkpoint-sync"),
        pytest.param(works_async, work_async, "worked", id="task-async"),
        pytest.param(works_async, submit_async, "worked", id="submit-async"),
        pytest.param(works_async, child_async, "ran", id="child-async"),
        pytest.param(works_async, checkpoint_async, "passed", id="checkpoint-async"),
    ],
)


@pytest.fixture
def at_work(start, gate, db):
    """A run that is between two boundaries, and the future of what it returns."""

    def begin(works, boundary, **options):
        running = start(works, gate, boundary, **options)
        assert gate.reached.wait(PATIENCE)
        return next(each for each in queries.list_flow_runs(db) if each.parent_id is None), running

    return begin


def state(db, run):
    return queries.get_flow_run(db, run.id).state


@boundaries
def test_a_run_pauses_at_its_next_boundary_and_goes_on_when_resumed(db, at_work, gate, feed, works, boundary, got):
    run, running = at_work(works, boundary)
    actions.pause(db, run.id, channel="app")
    gate.go.set()
    feed.until_state("Paused")
    assert queries.get_task_runs(db, run.id) == []
    assert queries.get_children(db, run.id) == []
    resume_flow_run(run.id)
    assert running.result(PATIENCE) == got
    assert state(db, run).name == "Completed"


def test_until_it_has_acknowledged_the_run_shows_as_asked(db, at_work):
    run, _ = at_work(works, work)
    assert actions.pause(db, run.id, channel="app").name == "Pausing"
    found = queries.get_flow_run(db, run.id)
    assert (found.state.name, found.request, found.requested_by) == ("Pausing", Request.PAUSE, "tester")
    assert found.requested_at is not None
    assert "tester" in found.state.message
    assert "app" in found.state.message


def test_python_code_can_ask_for_it(db, at_work, gate, feed):
    run, running = at_work(works, work)
    pause_flow_run(flow_run_id=run.id)
    gate.go.set()
    feed.until_state("Paused")
    resume_flow_run(run.name)
    assert running.result(PATIENCE) == "worked"


def test_async_python_code_can_ask_for_it(db, at_work, gate, feed):
    run, running = at_work(works, work)

    async def asks():
        return await pause_flow_run(flow_run_id=run.name)

    assert asyncio.run(asks()).name == "Pausing"
    gate.go.set()
    feed.until_state("Paused")
    resume_flow_run(run.id)
    running.result(PATIENCE)


def test_another_process_can_ask_for_it(db, at_work, gate, feed, script):
    run, running = at_work(works, work)
    other = script(f"""
        from holdfast import pause_flow_run
        print(pause_flow_run(flow_run_id="{run.name}"))
    """)
    assert other.line().startswith("Pausing")
    gate.go.set()
    feed.until_state("Paused")
    resume_flow_run(run.id)
    assert running.result(PATIENCE) == "worked"


def test_a_request_that_is_taken_back_in_time_changes_nothing(db, at_work, gate):
    run, running = at_work(works, work)
    actions.pause(db, run.id, channel="python")
    assert resume_flow_run(run.id).name == "Running"
    gate.go.set()
    assert running.result(PATIENCE) == "worked"
    assert [each.after for each in queries.get_events(db, run.id)] == ["Running", "Pausing", "Running", "Completed"]


def test_a_run_may_be_paused_again(db, at_work, gate, feed):
    second = Gate()
    run, running = at_work(works, lambda: [work(), second(), work()])
    for nth, at in enumerate((gate, second), start=1):
        assert at.reached.wait(PATIENCE)
        actions.pause(db, run.id, channel="python")
        at.go.set()
        feed.until_state("Paused", nth=nth)
        resume_flow_run(run.id)
    assert running.result(PATIENCE) == ["worked", None, "worked"]


def test_pausing_from_outside_asks_nobody_anything(db, at_work, gate, feed):
    run, _ = at_work(works, work)
    actions.pause(db, run.id, channel="python")
    gate.go.set()
    feed.until_state("Paused")
    assert queries.inbox(db) == []
    resume_flow_run(run.id)


def test_a_task_that_has_begun_ends_before_the_run_stands_still(db, start, gate, feed):
    @task
    def slow():
        gate()
        return "slow"

    @flow
    def two():
        return [slow(), work()]

    running = start(two)
    assert gate.reached.wait(PATIENCE)
    (run,) = queries.list_flow_runs(db)
    actions.pause(db, run.id, channel="python")
    gate.go.set()
    feed.until_state("Paused")
    assert [(each.task_name, each.state.name) for each in queries.get_task_runs(db, run.id)] == [("slow", "Completed")]
    resume_flow_run(run.id)
    assert running.result(PATIENCE) == ["slow", "worked"]


def test_a_run_that_is_paused_from_outside_can_be_cancelled(db, at_work, gate, feed):
    run, running = at_work(works, work, return_state=True)
    actions.pause(db, run.id, channel="python")
    gate.go.set()
    feed.until_state("Paused")
    cancel_flow_run(run.id)
    assert running.result(PATIENCE).name == "Cancelled"


def test_a_flow_that_asks_a_person_does_so_after_the_pause_from_outside(db, at_work, gate, feed):
    run, running = at_work(works, lambda: pause_flow_run(wait_for_input=int))
    actions.pause(db, run.id, channel="python")
    gate.go.set()
    feed.until_state("Paused")
    assert queries.get_waits(db, run.id) == []
    resume_flow_run(run.id)
    feed.until("opened")
    resume_flow_run(run.id, 3)
    assert running.result(PATIENCE) == 3


def test_pausing_a_run_pauses_its_children_with_it(db, start, gate, feed):
    @flow
    def inner():
        gate()
        return work()

    @flow
    def outer():
        return inner()

    running = start(outer)
    assert gate.reached.wait(PATIENCE)
    root = next(each for each in queries.list_flow_runs(db) if each.parent_id is None)
    actions.pause(db, root.id, channel="python")
    gate.go.set()
    paused = feed.until_state("Paused")
    assert paused.flow_run_id != root.id
    resume_flow_run(root.id)
    assert running.result(PATIENCE) == "worked"


@pytest.mark.parametrize("verb", [actions.pause, actions.suspend], ids=["pause", "suspend"])
def test_pausing_or_suspending_a_child_alone_is_refused_naming_its_root(db, start, gate, verb):
    @flow
    def inner():
        gate()

    @flow
    def between():
        inner()

    @flow
    def outer():
        between()

    start(outer)
    assert gate.reached.wait(PATIENCE)
    by_flow = {each.flow_name: each for each in queries.list_flow_runs(db)}
    with pytest.raises(LinkedFlowRunError) as caught:
        verb(db, by_flow["inner"].id, channel="python")
    assert by_flow["inner"].name in str(caught.value)
    assert by_flow["outer"].name in str(caught.value)
    assert str(by_flow["outer"].id) in str(caught.value)
    assert {each.state.name for each in queries.list_flow_runs(db)} == {"Running"}


def test_a_run_that_has_ended_cannot_be_paused(db, call, the_run):
    call(child)
    with pytest.raises(NotRunningError, match=f"{the_run().name} is completed, so it cannot be paused"):
        actions.pause(db, the_run().id, channel="python")


def test_a_run_that_waits_for_a_person_cannot_be_paused_again(db, start, feed, the_run):
    @flow
    def asks():
        pause_flow_run()

    start(asks)
    feed.until("opened")
    with pytest.raises(NotRunningError, match="is paused, so it cannot be paused"):
        actions.pause(db, the_run().id, channel="python")
    resume_flow_run(the_run().id)


def test_asking_twice_says_who_has_asked_already(db, at_work):
    run, _ = at_work(works, work)
    actions.pause(db, run.id, channel="python")
    with pytest.raises(NotRunningError, match="already asked to pause, by tester"):
        actions.pause(db, run.id, channel="python")


def test_a_run_that_is_not_there_is_not_found(db):
    with pytest.raises(FlowRunNotFound, match="'nobody'"):
        actions.pause(db, "nobody", channel="python")


def test_a_run_that_nobody_paused_cannot_be_resumed(db, at_work):
    run, _ = at_work(works, work)
    with pytest.raises(NotPausedError, match="is running"):
        resume_flow_run(run.id)


def test_a_run_that_stands_in_a_child_is_paused_when_the_child_is(db, start, gate, feed):
    @flow
    def below():
        gate()
        return work()

    @flow
    def above():
        return below()

    running = start(above)
    assert gate.reached.wait(PATIENCE)
    root = next(run for run in queries.list_flow_runs(db) if run.parent_id is None)
    pause_flow_run(flow_run_id=root.id)
    gate.go.set()
    feed.until_state("Paused", nth=2)
    assert {run.state.name for run in queries.list_flow_runs(db)} == {"Paused"}
    resume_flow_run(root.id)
    assert running.result(PATIENCE) == "worked"
