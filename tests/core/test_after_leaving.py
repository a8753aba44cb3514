"""What code calls, asks or yields after it was told to leave, and what comes too late."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ways_of_leaving import asking_child, asks, nothing_ran, ran, root_of, work  # noqa: F401 - a fixture of every test

from holdfast import cancel_flow_run as cancel
from holdfast import (
    checkpoint,
    flow,
    pause_flow_run,
    resume_flow_run,
    runtime,
    suspend_flow_run,
    task,
    wait_for_flow_run,
)
from holdfast.context import current_flow_run
from holdfast.exceptions import CancelledRun, FlowRunSuspended, RunUnwind
from holdfast.input import receive_input, send_input
from holdfast.records import WaitStatus
from holdfast.store import queries
from waiting import PATIENCE

# What the code calls after that.


@task
def many(_number):
    ran.append("many")


@flow
def works():
    ran.append("works")


CALLS: dict[str, Callable[[], Any]] = {
    "task": work,
    "submit": work.submit,
    "map": lambda: many.map([1, 2]),
    "child": lambda: works(),
    "pause": pause_flow_run,
    "suspend": suspend_flow_run,
    "checkpoint": checkpoint,
    "receive": lambda: receive_input(int).next(),
    "send": lambda: send_input(1, str(runtime.flow_run.id)),
    "wait": lambda: wait_for_flow_run(str(runtime.flow_run.id), timeout=0),
}


@flow
def calls_on(call):
    with contextlib.suppress(BaseException):
        asks("suspend")
    with pytest.raises(RunUnwind):
        CALLS[call]()
    ran.append("raised")


@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_the_engine_raises_it_again(db, call):
    assert calls_on(call, return_state=True).name == "Suspended"
    assert ran == ["raised"]
    assert len(queries.get_waits(db, root_of(db).id)) == 1


@flow
def never_gives_up():
    asked = 0
    while asked < 105:
        with contextlib.suppress(BaseException):
            asked += 1
            asks("suspend")


def test_code_that_never_gives_up_asks_once_and_is_told_of_in_the_log(db):
    assert never_gives_up(return_state=True).name == "Suspended"
    run = root_of(db).id
    assert len(queries.get_waits(db, run)) == 1
    assert sum("catches the exception" in line.message for line in queries.get_logs(db, run)) == 1


@flow
async def asks_twice_at_once():
    await asyncio.gather(
        suspend_flow_run(wait_for_input=bool, key="a", timeout=None),
        suspend_flow_run(wait_for_input=bool, key="b", timeout=None),
    )


def test_coroutines_that_suspend_at_once_all_ask(db, call):
    assert call(asks_twice_at_once, return_state=True).name == "Suspended"
    assert {each.key for each in queries.get_waits(db, root_of(db).id)} == {"a", "b"}


async def gathers(*asking):
    await asyncio.gather(*asking, return_exceptions=True)


async def waits_for(*asking):
    await asyncio.wait([asyncio.ensure_future(each) for each in asking])


async def groups(*asking):
    with contextlib.suppress(BaseException):
        async with asyncio.TaskGroup() as group:
            for each in asking:
                group.create_task(each)


TOGETHER = {"gather": gathers, "wait": waits_for, "task group": groups}


@flow
async def asks_in_turn(together):
    await TOGETHER[together](*(suspend_flow_run(wait_for_input=bool, key=each, timeout=None) for each in "ab"))
    await suspend_flow_run(wait_for_input=bool, key="what follows", timeout=None)


@pytest.mark.parametrize("together", TOGETHER)
def test_a_question_that_follows_from_those_that_suspend_is_not_asked(db, call, together):
    assert call(asks_in_turn, together, return_state=True).name == "Suspended"
    assert {each.key for each in queries.get_waits(db, root_of(db).id)} == {"a", "b"}


@flow
def yields():
    yield 1
    with contextlib.suppress(BaseException):
        asks("suspend")
    yield 2


def test_a_flow_that_yields_gives_no_further_value(db):
    values = yields()
    assert next(values) == 1
    with pytest.raises(FlowRunSuspended):
        next(values)
    assert root_of(db).state.name == "Suspended"


# What was asked last, or too late.


@flow
def swallows_then(after):
    with contextlib.suppress(BaseException):
        asks("suspend")
    after()


def test_what_is_cancelled_while_its_code_is_being_left_is_cancelled(db):
    assert swallows_then(lambda: cancel(runtime.flow_run.id), return_state=True).name == "Cancelled"
    assert queries.get_waits(db, root_of(db).id)[0].status is WaitStatus.WITHDRAWN


@flow
def is_interrupted_when_cancelled():
    try:
        asks("cancel")
    except BaseException:  # noqa: BLE001 - this is what is tested
        raise KeyboardInterrupt from None


def test_what_is_interrupted_when_it_was_cancelled_is_cancelled(db, start, feed):
    running = start(is_interrupted_when_cancelled)
    cancel(feed.until("opened").flow_run_id)
    with pytest.raises(KeyboardInterrupt):
        running.result(PATIENCE)
    assert root_of(db).state.name == "Cancelled"


@flow
def catches_what_a_cancelled_child_raises():
    with contextlib.suppress(CancelledRun):
        asking_child("cancel")
    return "went on"


def test_a_run_is_cancelled_with_its_child_though_it_catches_that(db, start, feed):
    running = start(catches_what_a_cancelled_child_raises, return_state=True)
    feed.until("opened")
    cancel(root_of(db).id)
    assert running.result(PATIENCE).name == "Cancelled"


@flow
def comes_to_no_boundary(ask, fails):
    ask()
    if fails:
        raise ValueError
    return "done"


@pytest.mark.parametrize("fails", [False, True], ids=["returns", "fails"])
@pytest.mark.parametrize("verb", ["pause", "suspend", "cancel"])
def test_a_request_that_comes_too_late_is_told_in_an_event_and_in_the_log(db, verb, fails):
    verbs = {"pause": pause_flow_run, "suspend": suspend_flow_run, "cancel": cancel}
    state = comes_to_no_boundary(lambda: verbs[verb](flow_run_id=runtime.flow_run.id), fails, return_state=True)
    run = root_of(db).id
    said = f"The request to {verb} came too late: the code had ended."
    assert state.name == ("Failed" if fails else "Completed")
    assert [each.detail for each in queries.get_events(db, run) if each.kind == "late"] == [said]
    assert said in [each.message for each in queries.get_logs(db, run)]


# Code that goes on without an answer, as it may.


@flow
async def leaves_a_question_behind():
    here = current_flow_run()
    waiting = asyncio.ensure_future(pause_flow_run(wait_for_input=bool, timeout=None))
    while not queries.get_waits(here.database, here.flow_run_id):  # noqa: ASYNC110 - what it looks at tells nobody
        await asyncio.sleep(0)
    left_behind.append(waiting)
    return "done"


left_behind: list[Any] = []


def test_a_question_that_the_code_does_not_wait_for_is_withdrawn_when_it_ends(db, call):
    assert call(leaves_a_question_behind) == "done"
    assert root_of(db).state.name == "Completed"
    assert queries.get_waits(db, root_of(db).id)[0].status is WaitStatus.WITHDRAWN


@flow
async def loses_patience_with_a_boundary(reached):
    pause_flow_run_from_outside()
    reached.set()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(checkpoint(), 0.01)
    return "done"


def pause_flow_run_from_outside():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda run: pause_flow_run(flow_run_id=run), runtime.flow_run.id).result()


def test_a_run_that_was_paused_from_outside_stands_still_though_its_code_has_ended(db, start, feed):
    reached = threading.Event()
    running = start(loses_patience_with_a_boundary, reached)
    assert reached.wait(PATIENCE)
    feed.until_state("Paused")
    assert not running.done()
    resume_flow_run(root_of(db).id)
    assert running.result(PATIENCE) == "done"
    assert root_of(db).state.name == "Completed"
