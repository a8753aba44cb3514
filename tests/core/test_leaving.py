"""Code that was told to leave: whatever it catches and whatever it returns, its run is what it was told to be."""

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import anyio
import pytest

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
from holdfast.store import queries, requests
from waiting import PATIENCE

ran = []
"""What the tasks have done that are called after their run was told to leave."""


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def asks(how):
    """Come to a point where the run is told to leave: it suspends itself, or waits until somebody tells it."""
    ask = suspend_flow_run if how == "suspend" else pause_flow_run
    return ask(wait_for_input=bool, timeout=None)


@task
def work():
    ran.append("work")


@task
async def work_async():
    ran.append("work")


# Ways of swallowing what makes code leave.


def bare_except(ask):
    try:
        ask()
    except:  # noqa: E722 - this is what is tested
        work()


def except_and_go_on(ask):
    for _ in range(3):
        with contextlib.suppress(BaseException):
            ask()
    for _ in range(3):
        with contextlib.suppress(BaseException):
            work()
    return "went on"


def finally_return(ask):
    try:
        ask()
    finally:
        return "went on"  # noqa: B012 - this is what is tested


def another_exception(ask):
    try:
        ask()
    except BaseException as error:
        raise ValueError("the retries are used up") from error


class _Swallows:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return True


def exit_true(ask):
    with _Swallows():
        ask()
    return "went on"


def generator(ask):
    def steps():
        try:
            yield ask()
        except BaseException:  # noqa: BLE001 - this is what is tested
            yield "went on"

    return list(steps())


def own_thread(ask):
    with ThreadPoolExecutor(1) as pool:
        return repr(pool.submit(copy_context().run, ask).exception())


@task
def asking_task(how):
    with contextlib.suppress(BaseException):
        asks(how)
    return "went on"


@flow
def asking_child(how):
    with contextlib.suppress(BaseException):
        asks(how)
    return "went on"


@task
def yielding_task(how):
    with contextlib.suppress(BaseException):
        asks(how)
    yield "went on"


@contextlib.contextmanager
def exits_instead(by):
    """Leave as if the process were to end, by what no handler of mere exceptions catches."""
    try:
        yield
    except BaseException:  # noqa: BLE001 - this is what is tested
        raise by from None


@task
def exiting_task(how, by):
    with exits_instead(by):
        asks(how)


@flow
def exiting_child(how, by):
    with exits_instead(by):
        asks(how)


@task
def calling_task(called, how):
    with contextlib.suppress(BaseException):
        called(how, SystemExit(3))
    return "went on"


@task
def exiting_generator(how, by):
    with exits_instead(by):
        asks(how)
    yield 1


@flow
def exiting_child_generator(how, by):
    with exits_instead(by):
        asks(how)
    yield 1


CALLED = {"in a task": exiting_task, "child in a task": exiting_child}
YIELDING = {"yielding exiting": exiting_generator, "yielding exiting child": exiting_child_generator}

SYNC = [bare_except, except_and_go_on, finally_return, another_exception, exit_true, generator, own_thread]


@flow
def swallows(way, how):
    if callable(way):
        return way(lambda: asks(how))
    with contextlib.suppress(BaseException):
        if way == "task":
            asking_task(how)
        elif way == "submitted":
            asking_task.submit(how).result()
        elif way == "mapped":
            asking_task.map([how]).result()
        elif way == "left_alone":
            asking_task.submit(how)
        elif way == "child":
            asking_child(how)
        elif way == "yielding":
            list(yielding_task(how))
        elif way == "exiting":
            exiting_task(how, SystemExit(3))
        elif way == "submitted_exiting":
            exiting_task.submit(how, KeyboardInterrupt()).result()
        elif way == "exiting_child":
            exiting_child(how, GeneratorExit())
        elif way in CALLED:
            calling_task(CALLED[way], how)
        elif way in YIELDING:
            list(YIELDING[way](how, SystemExit(3)))
    return "went on"


async def bare_except_async(ask):
    try:
        await ask()
    except:  # noqa: E722 - this is what is tested
        await work_async()


async def finally_return_async(ask):
    try:
        await ask()
    finally:
        return "went on"  # noqa: B012 - this is what is tested


async def another_exception_async(ask):
    try:
        await ask()
    except BaseException as error:
        raise ValueError("the retries are used up") from error


async def exit_true_async(ask):
    async with _Swallows():
        await ask()
    with contextlib.suppress(BaseException):
        await work_async()
    return "went on"


async def gather(ask):
    return repr(await asyncio.gather(ask(), return_exceptions=True))


async def wait(ask):
    done, _ = await asyncio.wait([asyncio.ensure_future(ask())])
    return repr([each.exception() for each in done])


async def task_group(ask):
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
    except* BaseException:  # noqa: BLE001 - this is what is tested
        pass
    return "went on"


async def anyio_group(ask):
    with contextlib.suppress(BaseException):
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
    return "went on"


async def shield(ask):
    with contextlib.suppress(BaseException):
        await asyncio.wait_for(asyncio.shield(ask()), PATIENCE)
    return "went on"


async def async_generator(ask):
    async def steps():
        try:
            yield await ask()
        except BaseException:  # noqa: BLE001 - this is what is tested
            yield "went on"

    return [each async for each in steps()]


@task
async def asking_task_async(how):
    with contextlib.suppress(BaseException):
        await asks(how)
    return "went on"


@flow
async def asking_child_async(how):
    with contextlib.suppress(BaseException):
        await asks(how)
    return "went on"


@task
async def exiting_task_async(how, by):
    with exits_instead(by):
        await asks(how)


@flow
async def exiting_child_async(how, by):
    with exits_instead(by):
        await asks(how)


ASYNC = [
    bare_except_async,
    finally_return_async,
    another_exception_async,
    exit_true_async,
    gather,
    wait,
    task_group,
    anyio_group,
    shield,
    async_generator,
]


@flow
async def swallows_async(way, how):
    async def ask():
        return await asks(how)

    if callable(way):
        return await way(ask)
    with contextlib.suppress(BaseException):
        if way == "task":
            await asking_task_async(how)
        elif way == "submitted":
            await asking_task_async.submit(how)
        elif way == "child":
            await asking_child_async(how)
        elif way == "exiting":
            await exiting_task_async(how, SystemExit(3))
        elif way == "submitted_exiting":
            await exiting_task_async.submit(how, asyncio.CancelledError())
        elif way == "exiting_child":
            await exiting_child_async(how, asyncio.CancelledError())
    return "went on"


EXITING = ("exiting", "submitted_exiting", "exiting_child")

WAYS = [
    *((swallows, way) for way in (*SYNC, "task", "submitted", "mapped", "left_alone", "child", "yielding", *EXITING)),
    *((swallows, way) for way in (*CALLED, *YIELDING)),
    *((swallows_async, way) for way in (*ASYNC, "task", "submitted", "child", *EXITING)),
]


def root_of(db):
    (found,) = [each for each in queries.list_flow_runs(db) if each.parent_id is None]
    return found


@pytest.mark.parametrize("how", ["suspend", "cancel", "release"])
@pytest.mark.parametrize(
    ("swallowing", "way"), WAYS, ids=[f"{of.fn.__name__}-{getattr(way, '__name__', way)}" for of, way in WAYS]
)
def test_a_run_that_was_told_to_leave_is_what_it_was_told_to_be(db, start, feed, swallowing, way, how):
    running = start(swallowing, way, how, return_state=True)
    opened = feed.until("opened")
    if how != "suspend":
        root = root_of(db).id
        cancel(root) if how == "cancel" else requests.release(db, root.hex, "worker")
    state = running.result(PATIENCE)

    (wait,) = queries.get_waits(db, opened.flow_run_id)
    assert ran == []
    assert state.name == root_of(db).state.name == ("Cancelled" if how == "cancel" else "Suspended")
    assert wait.status is (WaitStatus.WITHDRAWN if how == "cancel" else WaitStatus.OPEN)
    assert not any(each.state.is_completed() for each in queries.get_task_runs(db, root_of(db).id))
    assert not any(each.state.is_completed() for each in queries.get_children(db, root_of(db).id))


# What the code calls after that.

CALLS = {
    "task": work,
    "submit": work.submit,
    "map": lambda: many.map([1, 2]),
    "child": lambda: works(),
    "pause": pause_flow_run,
    "suspend": suspend_flow_run,
    "checkpoint": checkpoint,
    "receive": lambda: receive_input(int).next(),
    "send": lambda: send_input(1, runtime.flow_run.id),
    "wait": lambda: wait_for_flow_run(runtime.flow_run.id, timeout=0),
}


@task
def many(_number):
    ran.append("many")


@flow
def works():
    ran.append("works")


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


left_behind = []


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
