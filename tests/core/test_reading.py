"""Reading about runs: single ones, lists with filters, their tasks, events, logs, waits; and waiting for their end."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue

import pytest

import holdfast
from holdfast import (
    flow,
    get_events,
    get_flow_run,
    get_logs,
    get_messages,
    get_run_logger,
    get_task_runs,
    get_waits,
    list_flow_runs,
    pause_flow_run,
    resume_flow_run,
    task,
    wait_for_flow_run,
)
from holdfast.exceptions import (
    AmbiguousFlowRun,
    CancelledRun,
    FlowRunNotFound,
    FlowRunWaitTimeout,
    MissingResult,
    PausedRun,
    UnfinishedRun,
)
from holdfast.input import send_input
from holdfast.store.database import default


@task
def double(number):
    return number * 2


@flow
def doubles(number=1):
    get_run_logger().info("doubling")
    return double(number)


@flow
def breaks():
    raise ValueError("broken")


def outcome_of(is_async, read, *args, **kwargs):
    """What a reading function gives, in sync or in async code."""
    if not is_async:
        return read(*args, **kwargs)

    async def aread():
        return await read(*args, **kwargs)

    return asyncio.run(aread())


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both
def test_a_run_is_read_by_id_prefix_and_name(is_async):
    doubles()
    (run,) = list_flow_runs()
    for reference in (run.id, str(run.id), str(run.id)[:18], run.name):
        assert outcome_of(is_async, get_flow_run, reference) == run
    assert (run.flow_name, run.state.name) == ("doubles", "Completed")


@both
@pytest.mark.parametrize(
    "read", [get_flow_run, get_task_runs, get_events, get_logs, get_waits, get_messages, wait_for_flow_run]
)
def test_a_run_that_there_is_not_is_an_error(read, is_async):
    with pytest.raises(FlowRunNotFound, match="no-such-run"):
        outcome_of(is_async, read, "no-such-run")


def test_events_are_of_the_run_with_the_questions_of_its_tasks_and_task_runs_say_the_rest(person):
    @task
    def asks():
        return pause_flow_run(wait_for_input=int)

    @flow
    def main():
        return asks()

    person.answers(7)
    assert main() == 7
    (run,) = list_flow_runs()
    found = get_events(run.id)
    assert {"opened", "answered", "decided"} <= {each.kind for each in found}
    assert [each.after for each in found if each.kind == "state"] == ["Running", "Paused", "Running", "Completed"]
    assert [each.state.name for each in get_task_runs(run.id)] == ["Completed"]


def test_a_prefix_that_fits_several_is_an_error():
    doubles(), doubles()
    with pytest.raises(AmbiguousFlowRun):
        get_flow_run("0")


def test_records_are_frozen_and_their_times_are_in_utc():
    doubles()
    (run,) = list_flow_runs()
    assert run.created.tzinfo is UTC
    for record in (run, *get_task_runs(run.id), *get_events(run.id), *get_logs(run.id)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, dataclasses.fields(record)[0].name, None)


@both
def test_the_state_of_a_read_run_has_its_result(is_async):
    doubles(21)
    (run,) = list_flow_runs()
    assert outcome_of(is_async, get_flow_run, run.id).state.result() == 42
    assert run.state.result() == 42
    (call,) = outcome_of(is_async, get_task_runs, run.id)
    assert (call.task_name, call.state.result()) == ("double", 42)


def test_the_state_of_a_failed_run_raises_what_the_run_raised():
    breaks(return_state=True)
    (run,) = list_flow_runs()
    with pytest.raises(ValueError, match="broken"):
        run.state.result()
    assert isinstance(run.state.result(raise_on_failure=False), ValueError)


def test_a_result_that_was_not_stored_is_missing_not_none():
    unstorable = (each for each in ())

    @flow
    def gives():
        return [unstorable]

    gives()
    (run,) = list_flow_runs()
    with pytest.raises(MissingResult, match=f"The result of {run.name} was not stored"):
        run.state.result()


def test_a_flow_may_return_the_state_of_another_run():
    doubles(21)
    (run,) = list_flow_runs()

    @flow
    def passes_on():
        return get_flow_run(run.id).state

    assert passes_on().result() == 42
    assert get_flow_run(list_flow_runs(flow_name="passes-on")[0].id).state.result().result() == 42


@both
def test_lists_are_filtered(is_async, start, feed):
    @flow
    def waits():
        pause_flow_run()

    @flow
    def parent():
        return doubles(2)

    before = datetime.now(UTC)
    parent()
    breaks(return_state=True)
    middle = datetime.now(UTC)
    running = start(waits)
    feed.until("opened")

    def names(**filters):
        return [each.flow_name for each in outcome_of(is_async, list_flow_runs, **filters)]

    assert names() == ["waits", "breaks", "doubles", "parent"]
    assert names(states=["failed", "Paused"]) == ["waits", "breaks"]
    assert names(states=["COMPLETED"]) == ["doubles", "parent"]
    assert names(flow_name="doubles") == ["doubles"]
    assert names(text="BREAKS") == ["breaks"]
    assert names(parent=list_flow_runs(flow_name="parent")[0].id) == ["doubles"]
    assert names(created_after=middle) == ["waits"]
    assert names(created_after=before, created_before=middle) == ["breaks", "doubles", "parent"]
    assert names(created_after=middle + timedelta(hours=1)) == []
    assert names(limit=2) == ["waits", "breaks"]
    assert names(limit=2, older_than=list_flow_runs(limit=2)[-1].id) == ["doubles", "parent"]
    resume_flow_run(list_flow_runs(flow_name="waits")[0].id)
    running.result(10)


def test_filters_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="There is no state 'finished'; the states are"):
        list_flow_runs(states=["finished"])
    with pytest.raises(ValueError, match="time zone"):
        list_flow_runs(created_after=datetime(2026, 1, 1))  # noqa: DTZ001


@both
def test_what_a_run_did_is_read_in_order(is_async, start, feed):
    @flow
    def asks():
        doubles(1)
        get_run_logger().info("asking")
        return pause_flow_run(wait_for_input=int, key="number")

    running = start(asks)
    run_id = feed.until("opened").flow_run_id
    send_input(3, run_id)
    resume_flow_run(run_id, 7)
    running.result(10)

    kinds = [each.kind for each in outcome_of(is_async, get_events, run_id)]
    assert kinds == ["state", "opened", "state", "sent", "answered", "decided", "state", "state"]
    assert "asking" in [each.message for each in outcome_of(is_async, get_logs, run_id)]
    (wait,) = outcome_of(is_async, get_waits, run_id)
    assert (wait.key, wait.status, wait.answer.value, wait.answer.given_by) == (
        "number",
        "decided",
        {"value": 7},
        "tester",
    )
    assert [each.value for each in outcome_of(is_async, get_messages, run_id)] == [{"value": 3}]


@both
def test_waiting_ends_with_the_run(is_async, start, feed):
    @flow
    def waits():
        return pause_flow_run(wait_for_input=int)

    running = start(waits)
    run_id = feed.until("opened").flow_run_id
    waiting = start(outcome_of, is_async, wait_for_flow_run, run_id)
    resume_flow_run(run_id, 8)
    assert running.result(10) == 8
    ended = waiting.result(10)
    assert (ended.state.name, ended.state.result()) == ("Completed", 8)


@both
def test_waiting_gives_up_after_the_timeout(is_async, start, feed):
    @flow
    def waits():
        pause_flow_run()

    running = start(waits)
    run_id = feed.until("opened").flow_run_id
    with pytest.raises(FlowRunWaitTimeout, match=r"is paused after 0\.01 seconds"):
        outcome_of(is_async, wait_for_flow_run, run_id, timeout=0.01)
    with pytest.raises(PausedRun):
        get_flow_run(run_id).state.result()
    resume_flow_run(run_id)
    running.result(10)


@both
def test_waiting_for_a_failed_run_raises_only_when_asked_to(is_async):
    breaks(return_state=True)
    (run,) = list_flow_runs()
    assert outcome_of(is_async, wait_for_flow_run, run.id, timeout=1).state.name == "Failed"
    with pytest.raises(ValueError, match="broken"):
        outcome_of(is_async, wait_for_flow_run, run.id, raise_on_failure=True)


class Heard(logging.Handler):
    """The messages that runs log, as they come."""

    def __init__(self):
        super().__init__()
        self.messages = SimpleQueue()

    def emit(self, record):
        self.messages.put(record.getMessage())


@pytest.fixture
def heard():
    handler = Heard()
    logging.getLogger("holdfast").addHandler(handler)
    yield handler.messages
    logging.getLogger("holdfast").removeHandler(handler)


@both
def test_waiting_logs_the_states_of_the_run_when_asked_to(is_async, start, feed, heard, capsys):
    @flow
    def waits():
        pause_flow_run()

    @flow
    def waits_for(run_id):
        wait_for_flow_run(run_id, log_states=True)

    @flow
    async def awaits(run_id):
        await wait_for_flow_run(run_id, log_states=True)

    running = start(waits)
    run = get_flow_run(feed.until("opened").flow_run_id)
    waiting = start((waits_for, awaits)[is_async], run.id)
    while heard.get(timeout=30) != f"{run.name} is Paused.":
        pass
    resume_flow_run(run.id)
    running.result(10)
    waiting.result(10)
    (waited,) = [each for each in list_flow_runs() if each.id != run.id]
    told = [each.message for each in get_logs(waited.id)]
    assert (told[0], told[-1]) == (f"{run.name} is Paused.", f"{run.name} is Completed.")
    outcome_of(is_async, wait_for_flow_run, run.id, log_states=True)
    assert f"| holdfast - {run.name} is Completed." in capsys.readouterr().err


def test_waiting_for_a_cancelled_run_raises_that_when_asked_to(start, feed):
    @flow
    def waits():
        pause_flow_run()

    running = start(waits)
    run_id = feed.until("opened").flow_run_id
    holdfast.cancel_flow_run(run_id)
    with pytest.raises(CancelledRun):
        wait_for_flow_run(run_id, raise_on_failure=True)
    with pytest.raises(CancelledRun):
        running.result(10)


@both
def test_a_flow_that_waits_for_another_can_be_cancelled(is_async, start, feed):
    @flow
    def waits():
        pause_flow_run()

    @flow
    def waits_for(run_id):
        wait_for_flow_run(run_id)

    @flow
    async def awaits(run_id):
        await wait_for_flow_run(run_id)

    other = start(waits)
    run_id = feed.until("opened").flow_run_id
    waiting = start((waits_for, awaits)[is_async], run_id)
    feed.until("state", after="Running", nth=2)
    holdfast.cancel_flow_run(list_flow_runs(limit=1)[0].id)
    with pytest.raises(CancelledRun):
        waiting.result(10)
    resume_flow_run(run_id)
    other.result(10)


def test_waiting_hears_of_a_run_in_another_process(script):
    other = script(
        """
        from holdfast import flow
        @flow
        def elsewhere():
            input()
            return 5
        print(flush=True)
        elsewhere()
        """
    )
    other.line()
    seen = asyncio.run(_first_run())
    other.tell("")
    assert wait_for_flow_run(seen.id, timeout=30).state.result() == 5


def test_waiting_hears_of_a_process_that_died(script):
    other = script(
        """
        from holdfast import flow
        @flow
        def elsewhere():
            input()
        print(flush=True)
        elsewhere()
        """
    )
    other.line()
    seen = asyncio.run(_first_run())
    other.process.kill()
    assert wait_for_flow_run(seen.id, timeout=30).state.name == "Crashed"


async def _first_run():
    """The first run, once there is one."""
    import anyio

    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    follower = default().watcher.follow(lambda _: loop.call_soon_threadsafe(changed.set), interval=0.005)
    try:
        with anyio.fail_after(30):
            while not (found := await list_flow_runs()):
                await changed.wait()
                changed.clear()
            return found[0]
    finally:
        follower.stop()


def test_a_running_run_has_no_result_yet():
    @flow
    def looks():
        from holdfast.context import get_run_context

        with pytest.raises(UnfinishedRun):
            get_flow_run(get_run_context().flow_run_id).state.result()
        return "looked"

    assert looks() == "looked"
