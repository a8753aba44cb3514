"""Final states: had instead of results, and returned by flows to decide how they end."""

from __future__ import annotations

import pytest

from holdfast import State, StateType, flow, task
from holdfast.exceptions import CancelledRun, FailedRun, PausedRun
from holdfast.states import Cancelled, Completed, Failed, Paused, Pending, Running, Scheduled


@flow
def adds(a, b=2):
    return a + b


@flow
async def adds_async(a, b=2):
    return a + b


@flow
def breaks():
    raise ZeroDivisionError("too small")


@flow
async def breaks_async():
    raise ZeroDivisionError("too small")


both_add = pytest.mark.parametrize("adds", [adds, adds_async], ids=["sync", "async"])
both_break = pytest.mark.parametrize("breaks", [breaks, breaks_async], ids=["sync", "async"])
both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both_add
def test_the_final_state_can_be_had_instead_of_the_result(call, adds):
    state = call(adds, 1, return_state=True)
    assert isinstance(state, State)
    assert (state.type, state.result()) == (StateType.COMPLETED, 3)


@both_break
def test_the_final_state_of_a_failed_run_has_its_exception(call, breaks):
    state = call(breaks, return_state=True)
    assert state.type is StateType.FAILED
    assert isinstance(state.result(raise_on_failure=False), ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        state.result()


def returning(value, is_async):
    if is_async:

        @flow
        async def returns_async():
            return value() if callable(value) else value

        return returns_async

    @flow
    def returns():
        return value() if callable(value) else value

    return returns


@both
def test_a_flow_decides_its_final_state_by_returning_one(call, the_run, is_async):
    state = call(returning(Completed("All is well", data=5), is_async), return_state=True)
    assert (state.result(), the_run().state.message) == (5, "All is well")


@both
def test_a_flow_that_returns_a_failed_state_is_failed(call, the_run, is_async):
    with pytest.raises(FailedRun, match="No paper"):
        call(returning(Failed("No paper"), is_async))
    assert (the_run().state.name, the_run().state.message) == ("Failed", "No paper")


@both
def test_a_flow_that_returns_a_failed_state_with_an_exception_raises_it(call, is_async):
    with pytest.raises(KeyError):
        call(returning(Failed(data=KeyError()), is_async))


@both
def test_a_flow_that_returns_a_cancelled_state_is_cancelled(call, the_run, is_async):
    with pytest.raises(CancelledRun):
        call(returning(Cancelled("Not today"), is_async))
    assert the_run().state.name == "Cancelled"


@task
def works():
    return 7


@task
def fails():
    raise KeyError("gone")


@both
def test_a_flow_that_returns_a_future_gives_the_state_that_it_came_to(call, is_async):
    state = call(returning(works.submit, is_async))
    assert (state.name, state.result()) == ("Completed", 7)


@both
def test_a_flow_that_returns_the_future_of_a_failed_task_is_failed(call, the_run, is_async):
    with pytest.raises(KeyError, match="gone"):
        call(returning(fails.submit, is_async))
    assert the_run().state.name == "Failed"


@both
def test_a_flow_that_returns_the_future_of_a_task_that_was_not_ready_is_failed(call, the_run, is_async):
    state = call(returning(lambda: works.submit(wait_for=[fails.submit()]), is_async), return_state=True)
    assert state.type is StateType.FAILED
    assert the_run().state.type is StateType.FAILED


@both
@pytest.mark.parametrize("unfinished", [Running(), Pending(), Scheduled()], ids=str)
def test_a_flow_that_returns_a_state_that_is_not_final_does_not_stay_running(call, the_run, is_async, unfinished):
    try:
        call(returning(unfinished, is_async), return_state=True)
    finally:
        assert the_run().state.type is StateType.FAILED


def test_a_stored_state_without_a_result_says_so(call, the_run):
    @flow
    def looks():
        with pytest.raises(Exception, match="no result yet"):
            the_run().state.result()

    call(looks)
    with pytest.raises(PausedRun):
        Paused().result()
