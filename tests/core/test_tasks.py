"""Tasks: the decorator, calls, failures, and what the store has of a task run."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest

from holdfast import StateType, Task, flow, task
from holdfast.engine import results
from holdfast.exceptions import InvalidFlow
from holdfast.states import Completed, Failed, Running
from holdfast.store import queries


@task
def doubles(number, by=2):
    """Doubles a number."""
    return number * by


@task
async def doubles_async(number, by=2):
    """Doubles a number."""
    return number * by


@task
def breaks():
    raise ZeroDivisionError("too small")


@task
async def breaks_async():
    raise ZeroDivisionError("too small")


@flow
def calls(do, *args, **kwargs):
    return do(*args, **kwargs)


@flow
async def calls_async(do, *args, **kwargs):
    return await do(*args, **kwargs)


@flow
def submits(do, *args, **kwargs):
    return do.submit(*args, **kwargs).result()


@flow
async def submits_async(do, *args, **kwargs):
    return await do.submit(*args, **kwargs)


how = pytest.mark.parametrize(
    ("calls", "is_async"),
    [(calls, False), (calls_async, True), (submits, False), (submits_async, True), (submits, True)],
    ids=["called-sync", "called-async", "submitted-sync", "submitted-async", "async-submitted-in-sync"],
)


def pick(is_async, sync, a_sync):
    return a_sync if is_async else sync


@pytest.fixture
def the_task(db, the_run):
    """The only task run of the only run."""

    def find():
        (found,) = queries.get_task_runs(db, the_run().id)
        return found

    return find


@pytest.mark.parametrize("decorate", [task(), task(name="other"), task], ids=["empty", "options", "none"])
def test_a_task_is_made_with_and_without_parentheses(call, decorate):
    @decorate
    def works(number):
        return number

    @decorate
    async def works_async(number):
        return number

    assert isinstance(works, Task)
    assert call(calls, works, 1) == 1
    assert call(calls_async, works_async, 2) == 2


def test_a_task_is_named_after_its_function():
    assert (doubles.name, doubles.description) == ("doubles", "Doubles a number.")


def test_a_task_may_have_a_name_and_a_description(call, the_task):
    @task(name="Send mail", description="Sends it.")
    def send():
        return None

    call(calls, send)
    assert (send.name, send.description, the_task().task_name) == ("Send mail", "Sends it.", "Send mail")


def test_a_task_looks_like_its_function():
    assert (doubles.__name__, doubles.__doc__) == ("doubles", "Doubles a number.")
    assert list(inspect.signature(doubles).parameters) == ["number", "by"]


def test_decorating_what_is_no_function_is_refused():
    with pytest.raises(InvalidFlow, match="@task decorates a function"):
        task()(3)


@how
def test_a_task_returns_what_its_function_returns(call, calls, is_async):
    assert call(calls, pick(is_async, doubles, doubles_async), 2, by=3) == 6


@how
def test_a_task_run_is_stored_with_its_result(db, call, calls, is_async, the_task, the_run):
    call(calls, pick(is_async, doubles, doubles_async), 2)
    run = the_task()
    assert (run.state.type, run.flow_run_id) == (StateType.COMPLETED, the_run().id)
    assert run.started <= run.ended
    assert results.decode(queries.get_result(db, run.id)) == 4


def test_task_runs_are_named_by_their_number(db, call, the_run):
    @flow
    def thrice():
        return [doubles(number) for number in range(3)]

    call(thrice)
    assert [each.name for each in queries.get_task_runs(db, the_run().id)] == ["doubles-1", "doubles-2", "doubles-3"]


def test_calling_a_task_twice_with_the_same_inputs_runs_it_twice(db, call, the_run):
    @flow
    def twice():
        return [doubles(1), doubles(1)]

    call(twice)
    assert len(queries.get_task_runs(db, the_run().id)) == 2


@how
def test_a_task_raises_what_its_function_raises(call, calls, is_async):
    with pytest.raises(ZeroDivisionError, match="too small"):
        call(calls, pick(is_async, breaks, breaks_async))


@how
def test_a_task_that_raised_is_failed_with_its_traceback_in_the_log(db, call, calls, is_async, the_task, the_run):
    call(calls, pick(is_async, breaks, breaks_async), return_state=True)
    run = the_task()
    assert (run.state.name, run.state.message) == ("Failed", "ZeroDivisionError: too small")
    assert isinstance(results.decode(queries.get_result(db, run.id)), ZeroDivisionError)
    (line,) = [each for each in queries.get_logs(db, the_run().id) if each.task_run_id == run.id]
    assert "Traceback" in line.message


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_flow_may_catch_what_a_task_raises(call, the_run, is_async):
    @flow
    def catches():
        try:
            breaks()
        except ZeroDivisionError:
            return "caught"

    @flow
    async def catches_async():
        try:
            await breaks_async()
        except ZeroDivisionError:
            return "caught"

    assert call(pick(is_async, catches, catches_async)) == "caught"
    assert the_run().state.name == "Completed"


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_final_state_of_a_task_can_be_had_instead_of_its_result(call, is_async):
    @flow
    def looks():
        return [each(return_state=True) for each in (breaks, works)], "their states"

    @flow
    async def looks_async():
        return [await each(return_state=True) for each in (breaks_async, works_async)], "their states"

    @task
    def works():
        return 1

    @task
    async def works_async():
        return 1

    (failed, completed), _ = call(pick(is_async, looks, looks_async))
    assert (failed.type, type(failed.result(raise_on_failure=False))) == (StateType.FAILED, ZeroDivisionError)
    assert (completed.type, completed.result()) == (StateType.COMPLETED, 1)


def test_a_task_decides_its_final_state_by_returning_one(call, the_task):
    @task
    def judges():
        return Failed("No paper")

    @flow
    def looks():
        return judges(return_state=True).message

    assert call(looks) == "No paper"
    assert (the_task().state.name, the_task().state.message) == ("Failed", "No paper")


def test_a_task_that_returns_a_completed_state_gives_its_data(call, the_task):
    @task
    def judges():
        return Completed("Fine", data=3)

    assert call(calls, judges) == 3
    assert the_task().state.message == "Fine"


def test_a_task_that_returns_a_state_that_is_not_final_is_failed(call, the_task):
    @task
    def judges():
        return Running()

    @flow
    def looks():
        return judges(return_state=True).type.value

    assert call(looks) == "FAILED"
    assert the_task().state.type is StateType.FAILED


@pytest.mark.parametrize("text", ["half a \ud83c", "\x00", "\x1b]0;title\x07"], ids=repr)
def test_a_failure_may_say_anything(call, the_task, text):
    @task
    def raises():
        raise ValueError(text)

    with pytest.raises(ValueError) as caught:
        call(calls, raises)
    assert caught.value.args == (text,)
    assert the_task().state.name == "Failed"


def test_a_result_that_cannot_be_stored_is_returned_all_the_same_and_the_log_says_so(db, call, the_task, the_run):
    lock = threading.Lock()

    @task
    def locks():
        return lock

    @flow
    def compares():
        return locks() is lock

    assert call(compares)
    assert the_task().state.name == "Completed"
    assert any("cannot be stored" in each.message for each in queries.get_logs(db, the_run().id))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit], ids=lambda each: each.__name__)
def test_a_task_whose_process_is_told_to_stop_is_crashed(call, the_task, error):
    @task
    def stops():
        raise error

    with pytest.raises(error):
        call(calls, stops)
    assert the_task().state.name == "Crashed"


def test_bad_arguments_are_named_with_the_task(call):
    @flow
    def mistakes():
        with pytest.raises(TypeError, match=r"Task 'doubles'.*number"):
            doubles()
        with pytest.raises(TypeError, match=r"Task 'doubles'.*colour"):
            doubles(1, colour=1)
        with pytest.raises(TypeError, match=r"Task 'doubles'.*number"):
            doubles.submit()

    call(mistakes)


def test_the_plain_function_works_anywhere():
    assert doubles.fn(2) == 4
    assert asyncio.run(doubles_async.fn(2)) == 4


def test_a_task_may_call_a_task(db, call, the_run):
    @task
    def outer():
        return doubles(3)

    assert call(calls, outer) == 6
    assert [each.task_name for each in queries.get_task_runs(db, the_run().id)] == ["outer", "doubles"]


def test_tasks_gathered_in_an_async_flow_run_at_once(call):
    @task
    async def meets(own, other):
        own.set()
        await other.wait()
        return "met"

    @flow
    async def gathers():
        first, second = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(meets(first, second), meets(second, first))

    assert call(gathers) == ["met", "met"]
