"""Code that swallows what makes it leave is what it was told to be all the same."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import anyio
import pytest
from ways_of_leaving import asking_child, asks, gather, nothing_ran, ran, root_of, wait, work  # noqa: F401 - a fixture of every test

from holdfast import cancel_flow_run as cancel
from holdfast import (
    flow,
    task,
)
from holdfast.records import WaitStatus
from holdfast.store import queries, requests
from waiting import PATIENCE


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
