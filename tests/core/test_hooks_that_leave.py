"""A hook may tell its run to leave, like the run's own code, until the run is over; then there is nothing to leave."""

from typing import Any

import pytest

from holdfast import cancel_flow_run, checkpoint, flow, pause_flow_run, runtime, suspend_flow_run, task
from holdfast.exceptions import CancelledRun, FlowRunSuspended
from holdfast.input import receive_input
from holdfast.store import queries
from waiting import PATIENCE

ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def suspends(*_):
    suspend_flow_run(wait_for_input=int, timeout=None)


async def suspends_async(*_):
    await suspend_flow_run(wait_for_input=int, timeout=None)


def cancels(*_):
    cancel_flow_run(runtime.flow_run.id)
    checkpoint()


def exits(*_):
    raise SystemExit(5)


def body():
    ran.append("body")
    return 7


@flow(on_running=[suspends])
def suspended():
    return body()


@flow(on_running=[suspends_async])
async def suspended_async():
    return body()


@flow(on_running=[suspends])
def suspended_yielding():
    yield body()


@flow(on_running=[cancels])
def cancelled():
    return body()


@flow(on_running=[exits])
def exited():
    return body()


@flow
def calls_task(hook):
    return task(on_running=[hook])(body)()


@pytest.mark.parametrize(
    ("of_flow", "hook", "raised", "name"),
    [
        (suspended, suspends, FlowRunSuspended, "Suspended"),
        (cancelled, cancels, CancelledRun, "Cancelled"),
        (exited, exits, SystemExit, "Crashed"),
    ],
)
@pytest.mark.parametrize("of", ["flow", "task"])
def test_a_hook_that_is_called_first_tells_the_run_to_leave(the_run, of_flow, hook, raised, name, of):
    with pytest.raises(raised):
        of_flow() if of == "flow" else calls_task(hook)
    assert the_run().state.name == name
    assert ran == []


def test_an_async_hook_suspends_its_run(call, the_run):
    with pytest.raises(FlowRunSuspended):
        call(suspended_async)
    assert the_run().state.name == "Suspended"
    assert ran == []


def test_a_hook_suspends_a_flow_that_yields(the_run):
    with pytest.raises(FlowRunSuspended):
        list(suspended_yielding())
    assert the_run().state.name == "Suspended"
    assert ran == []


def pauses(*_):
    pause_flow_run(wait_for_input=int, timeout=None)


@task
def suspending_task():
    suspends()


@flow
def suspending_child():
    suspends()


def calls_a_suspending_task(*_):
    suspending_task()


def calls_a_suspending_child(*_):
    suspending_child()


def comes_to_a_boundary(*_):
    checkpoint()


def receives(*_):
    receive_input(int, timeout=PATIENCE).next()


chosen: list[Any] = []


def calls_chosen(*given):
    return chosen.pop()(*given)


def notes(*_):
    ran.append("next hook")


@flow(on_completion=[calls_chosen, notes])
def over():
    return 7


TOO_LATE = "A run that is Completed cannot become"
BROKEN_OFF = "The hook calls_chosen was interrupted: its run has ended."


@pytest.mark.parametrize(
    ("hook", "logged"),
    [
        (suspends, TOO_LATE),
        (suspends_async, TOO_LATE),
        (pauses, TOO_LATE),
        (calls_a_suspending_task, TOO_LATE),
        (calls_a_suspending_child, TOO_LATE),
        (comes_to_a_boundary, BROKEN_OFF),
        (receives, BROKEN_OFF),
    ],
)
def test_a_hook_of_a_run_that_is_over_leaves_nothing(db, the_run, hook, logged):
    chosen.append(hook)
    assert over() == 7
    run = the_run("over")
    assert run.state.name == "Completed"
    assert ran == ["next hook"]
    assert [wait for each in queries.list_flow_runs(db) for wait in queries.get_waits(db, each.id)] == []
    assert any(logged in line.message for line in queries.get_logs(db, run.id))
