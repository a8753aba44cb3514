"""``timeout_seconds`` of tasks and flows, in threads and event loops, and what does not count against it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import signal
import sys
import threading
import time

import anyio
import pytest

from holdfast import flow, get_run_logger, interrupts, list_flow_runs, pause_flow_run, resume_flow_run, task
from holdfast.exceptions import FlowRunTimeoutError, TaskRunTimeoutError
from holdfast.store import queries
from waiting import PATIENCE

SHORT = 0.05
both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def spin():
    """Work in Python, as long as nothing ends it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        sum(range(100))
    return "never interrupted"


@task(timeout_seconds=SHORT)
def slow():
    return spin()


@task(timeout_seconds=SHORT)
async def slow_async():
    await asyncio.sleep(PATIENCE)


@task(timeout_seconds=PATIENCE)
def quick():
    return 1


@task(timeout_seconds=PATIENCE)
async def quick_async():
    return 1


def calling(work, is_async, how="call"):
    @flow
    def main():
        return work() if how == "call" else work.submit().result()

    @flow
    async def main_async():
        return await (work() if how == "call" else work.submit())

    return main_async if is_async else main


@both
@pytest.mark.parametrize("how", ["call", "submit"])
def test_a_task_that_takes_too_long_is_timed_out(db, call, the_run, is_async, how):
    with pytest.raises(TaskRunTimeoutError, match=r"exceeded timeout of 0.05 second"):
        call(calling(slow_async if is_async else slow, is_async, how))
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (run.state.type.value, run.state.name) == ("FAILED", "TimedOut")
    assert run.state.message == "Task run exceeded timeout of 0.05 second(s)"


@both
@pytest.mark.parametrize("how", ["call", "submit"])
def test_a_task_that_is_quick_enough_is_left_alone(call, is_async, how):
    assert call(calling(quick_async if is_async else quick, is_async, how)) == 1


def test_a_timeout_is_a_timeout_error(call):
    with pytest.raises(TimeoutError):
        call(calling(slow, False))


def test_a_sleep_in_the_main_thread_is_ended(call):
    @task(timeout_seconds=SHORT)
    def sleeps():
        time.sleep(PATIENCE)

    began = time.monotonic()
    with pytest.raises(TaskRunTimeoutError):
        call(calling(sleeps, False))
    assert time.monotonic() - began < PATIENCE / 2


def test_a_tasks_own_handlers_do_not_catch_its_timeout(call):
    @task(timeout_seconds=SHORT)
    def stubborn():
        try:
            return spin()
        except Exception:  # noqa: BLE001
            return "caught"

    with pytest.raises(TaskRunTimeoutError):
        call(calling(stubborn, False))


def swallows_all(work):
    try:
        work()
    except:  # noqa: E722 - this is what is tested
        return "caught"


def returns_finally(work):
    try:
        work()
    finally:
        return "caught"  # noqa: B012 - this is what is tested


def raises_another(work):
    try:
        work()
    except BaseException as error:
        raise LookupError("the retries are used up") from error


def raises_a_group(work):
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - this is what is tested
        raise BaseExceptionGroup("all", [LookupError(), error]) from None


async def swallows_all_async():
    try:
        await asyncio.sleep(PATIENCE)
    except:  # noqa: E722 - this is what is tested
        return "caught"


async def raises_another_async():
    try:
        await asyncio.sleep(PATIENCE)
    except BaseException as error:
        raise LookupError("the retries are used up") from error


async def gathers_async():
    async def stubborn():
        with contextlib.suppress(BaseException):
            await asyncio.sleep(PATIENCE)

    return await asyncio.gather(asyncio.sleep(PATIENCE), stubborn(), return_exceptions=True)


async def shields_itself():
    with anyio.CancelScope(shield=True):
        await asyncio.sleep(2 * SHORT)


SWALLOWING = [swallows_all, returns_finally, raises_another, raises_a_group]
SWALLOWING_ASYNC = [swallows_all_async, raises_another_async, gathers_async, shields_itself]


@pytest.mark.parametrize("decorated", [flow, task])
@pytest.mark.parametrize("in_thread", [False, True], ids=["main", "thread"])
@pytest.mark.parametrize("way", SWALLOWING)
def test_whatever_sync_code_makes_of_its_timeout_it_has_timed_out(call, start, decorated, way, in_thread):
    work = decorated(timeout_seconds=SHORT)(functools.partial(way, spin))
    assert state_in_flow(call, start, work, in_thread) == "TimedOut"


@pytest.mark.parametrize("decorated", [flow, task])
@pytest.mark.parametrize("way", SWALLOWING_ASYNC)
def test_whatever_async_code_makes_of_its_timeout_it_has_timed_out(call, decorated, way):
    work = decorated(timeout_seconds=SHORT)(way)

    @flow
    async def main():
        return (await work(return_state=True)).name

    assert call(main) == "TimedOut"


def test_code_that_is_cancelled_by_others_when_it_times_out_is_cancelled(the_run):
    @flow(timeout_seconds=SHORT)
    async def main():
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            running.cancel()
            await asyncio.sleep(0)

    async def together():
        nonlocal running
        running = asyncio.create_task(main())
        await running

    running = None
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(together())
    assert the_run().state.name == "Crashed"


def state_in_flow(call, start, work, in_thread):
    @flow
    def main():
        return work(return_state=True).name

    return start(main).result(PATIENCE) if in_thread else call(main)


@both
def test_a_task_that_timed_out_is_tried_again(call, is_async):
    made = []

    @task(timeout_seconds=SHORT, retries=1)
    def late_once():
        made.append(1)
        return spin() if len(made) == 1 else "in time"

    @task(timeout_seconds=SHORT, retries=1)
    async def late_once_async():
        made.append(1)
        await asyncio.sleep(PATIENCE if len(made) == 1 else 0)
        return "in time"

    assert call(calling(late_once_async if is_async else late_once, is_async)) == "in time"


def test_many_timeouts_at_once(call):
    @flow
    def main():
        return [each.wait().name for each in [slow.submit() for _ in range(10)] + [quick.submit() for _ in range(10)]]

    assert call(main) == ["TimedOut"] * 10 + ["Completed"] * 10


def test_a_timeout_in_code_of_the_engine_takes_hold_in_the_tasks_own(db, call, the_run):
    """The task spends its time writing log lines: none of the locks that this takes is left behind."""

    @task(timeout_seconds=SHORT)
    def writes():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            sum(range(5000))
            get_run_logger().info("again")

    @flow
    def main():
        return [each.wait().name for each in [writes.submit() for _ in range(3)]]

    assert call(main) == ["TimedOut"] * 3
    assert quick.fn() == 1
    assert call(calling(quick, False)) == 1


OWN = logging.getLogger("a-program-s-own")


def write_lines():
    OWN.warning("again")


def write_run_lines():
    get_run_logger().info("again")


def write_prints():
    print("again")


def call_tasks():
    quick()


def submit_tasks():
    quick.submit()


def read_runs():
    list_flow_runs(limit=1)


@pytest.fixture
def never_found_in_user_code(monkeypatch):
    """Whenever the clock looks, the thread is in the engine."""
    monkeypatch.setattr(interrupts, "_frame_of", lambda thread: None)
    monkeypatch.setattr(signal, "pthread_kill", lambda thread, number: None)


@pytest.mark.usefixtures("never_found_in_user_code")
@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "thread"])
@pytest.mark.parametrize("busy", [write_lines, write_run_lines, write_prints, call_tasks, submit_tasks, read_runs])
def test_code_that_is_always_in_the_engine_is_timed_out_where_it_enters_it(call, start, busy, in_thread):
    entered = []

    @flow(timeout_seconds=SHORT, log_prints=True)
    def main():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            entered.append(1)
            busy()
            entered.pop()

    with pytest.raises(FlowRunTimeoutError):
        start(main).result(PATIENCE) if in_thread else call(main)
    assert entered
    assert logging.getLogRecordFactory() is logging.LogRecord
    write_lines()
    assert call(calling(quick, False)) == 1


@pytest.mark.usefixtures("never_found_in_user_code")
def test_a_timeout_does_not_strike_code_that_the_engine_calls(call, the_run):
    """A hook may log after the time is used up: it is not in the call that was timed, and the engine is around it."""
    logged = []

    def hook(task, task_run, state):
        OWN.warning("The task is %s.", state.name)
        logged.append(state.name)

    @task(on_completion=[hook])
    def waits_for_the_timeout():
        while not interrupts.overdue:
            assert time.monotonic() < until

    @flow(timeout_seconds=SHORT)
    def main():
        waits_for_the_timeout()
        quick()

    until = time.monotonic() + PATIENCE
    with pytest.raises(FlowRunTimeoutError):
        call(main)
    assert logged == ["Completed"]


@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "thread"])
def test_a_flow_is_timed_out_though_it_goes_on_after_timeouts_of_its_tasks(call, start, in_thread):
    @flow(timeout_seconds=3 * SHORT)
    def main():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            slow(return_state=True)

    with pytest.raises(FlowRunTimeoutError):
        start(main).result(PATIENCE) if in_thread else call(main)


def test_nothing_is_collected_while_threads_are_looked_at(monkeypatch):
    """What a collection runs may wait for a thread that waits for the looking to be done."""
    look, collects = sys._current_frames, []
    monkeypatch.setattr(sys, "_current_frames", lambda: collects.append(gc.isenabled()) or look())
    assert interrupts._frame_of(threading.get_ident())
    assert collects == [False]
    assert gc.isenabled()


# Flows


def late(is_async, **settings):
    @flow(**settings)
    def main():
        return spin()

    @flow(**settings)
    async def main_async():
        await asyncio.sleep(PATIENCE)

    return main_async if is_async else main


@both
def test_a_flow_that_takes_too_long_is_timed_out(call, the_run, is_async):
    with pytest.raises(FlowRunTimeoutError, match=r"Flow run exceeded timeout of 0.05 second"):
        call(late(is_async, timeout_seconds=SHORT))
    run = the_run()
    assert (run.state.type.value, run.state.name) == ("FAILED", "TimedOut")


@both
def test_a_flow_in_a_thread_that_takes_too_long_is_timed_out(start, is_async):
    with pytest.raises(FlowRunTimeoutError):
        start(late(is_async, timeout_seconds=SHORT)).result(PATIENCE)


@both
def test_a_flow_that_is_quick_enough_is_left_alone(call, is_async):
    @flow(timeout_seconds=PATIENCE)
    def main():
        return quick()

    @flow(timeout_seconds=PATIENCE)
    async def main_async():
        return await quick_async()

    assert call(main_async if is_async else main) == 1


@both
def test_a_flow_is_timed_out_in_the_task_that_it_called(db, call, the_run, is_async):
    @task
    def works():
        spin()

    @task
    async def works_async():
        await asyncio.sleep(PATIENCE)

    @flow(timeout_seconds=SHORT)
    def main():
        works()

    @flow(timeout_seconds=SHORT)
    async def main_async():
        await works_async()

    with pytest.raises(FlowRunTimeoutError):
        call(main_async if is_async else main)
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (run.state.name, the_run().state.name) == ("Crashed", "TimedOut")


def test_a_flow_that_waits_for_a_task_is_timed_out(start):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    @flow(timeout_seconds=SHORT)
    def main():
        future = waits.submit()
        try:
            quick(wait_for=[future])
        finally:
            go.set()

    with pytest.raises(FlowRunTimeoutError):
        start(main).result(PATIENCE)


@both
def test_a_flow_that_timed_out_is_tried_again(call, the_run, is_async):
    made = []

    @flow(timeout_seconds=SHORT, retries=1)
    def late_once():
        made.append(1)
        return spin() if len(made) == 1 else "in time"

    @flow(timeout_seconds=SHORT, retries=1)
    async def late_once_async():
        made.append(1)
        await asyncio.sleep(PATIENCE if len(made) == 1 else 0)
        return "in time"

    assert call(late_once_async if is_async else late_once) == "in time"
    assert the_run().attempt == 2


@pytest.mark.slow
@both
def test_time_that_a_flow_is_paused_does_not_count(start, feed, the_run, is_async):
    @flow(timeout_seconds=0.3)
    def asks():
        pause_flow_run(timeout=600)
        return "in time"

    @flow(timeout_seconds=0.3)
    async def asks_async():
        await pause_flow_run(timeout=600)
        return "in time"

    running = start(asks_async if is_async else asks)
    feed.until("opened")
    assert not threading.Event().wait(0.5)  # longer than the flow may take
    resume_flow_run(the_run().id)
    assert running.result(PATIENCE) == "in time"


@pytest.mark.slow
@both
def test_time_that_a_task_waits_for_a_person_counts_neither_for_it_nor_for_its_flow(start, feed, the_run, is_async):
    @task(timeout_seconds=0.3)
    def asks():
        pause_flow_run(timeout=600)
        return "in time"

    @task(timeout_seconds=0.3)
    async def asks_async():
        await pause_flow_run(timeout=600)
        return "in time"

    @flow(timeout_seconds=0.3)
    def main():
        return asks.submit().result()

    @flow(timeout_seconds=0.3)
    async def main_async():
        return await asks_async()

    running = start(main_async if is_async else main)
    feed.until("opened")
    assert not threading.Event().wait(0.5)
    resume_flow_run(the_run().id)
    assert running.result(PATIENCE) == "in time"


@pytest.mark.slow
def test_time_that_a_flow_is_paused_from_outside_does_not_count(start, feed, the_run):
    inside, asked = threading.Event(), threading.Event()

    @flow(timeout_seconds=0.5)
    def works():
        inside.set()
        assert asked.wait(PATIENCE)
        return quick()

    running = start(works)
    assert inside.wait(PATIENCE)
    pause_flow_run(flow_run_id=the_run().id)
    asked.set()
    feed.until_state("Paused")
    assert not threading.Event().wait(0.6)
    resume_flow_run(the_run().id)
    assert running.result(PATIENCE) == 1


def test_the_time_before_and_after_a_pause_does_count(start, feed, the_run):
    @flow(timeout_seconds=0.2)
    def asks():
        pause_flow_run(timeout=600)
        spin()

    running = start(asks)
    feed.until("opened")
    resume_flow_run(the_run().id)
    with pytest.raises(FlowRunTimeoutError):
        running.result(PATIENCE)


def test_a_child_is_timed_out_by_itself(call):
    child = late(False, timeout_seconds=SHORT)

    @flow(timeout_seconds=PATIENCE)
    def parent():
        return child(return_state=True).name

    assert call(parent) == "TimedOut"


def test_what_runs_after_a_timeout_is_not_interrupted(call):
    @flow
    def main():
        names = [slow(return_state=True).name for _ in range(5)]
        total = sum(range(200_000))
        return names, total

    assert call(main) == (["TimedOut"] * 5, sum(range(200_000)))


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("nothing", [0, 0.0, "0s", None])
def test_no_seconds_are_no_limit(call, is_async, nothing):
    work = (quick_async if is_async else quick).with_options(timeout_seconds=nothing)
    main = calling(work, is_async).with_options(timeout_seconds=nothing)
    assert (work.timeout_seconds, main.timeout_seconds) == (None, None)
    assert call(main) == 1
