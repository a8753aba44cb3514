"""``holdfast pause``, ``suspend`` and ``cancel``."""

import pytest

from holdfast.store import queries
from holdfast.store.database import default


@pytest.fixture
def at_work(start, flows, run_in):
    """A run that works until it is told to stop."""
    running = start("run", f"{flows}:working")
    return running, run_in("Running")


def test_a_running_run_is_asked_to_pause(at_work, invoke, run_in):
    _, run = at_work

    result = invoke("pause", run.name)

    assert result.code == 0
    assert result.out in (
        f"{run.name} was asked to pause; it waits at its next boundary.\n",
        f"{run.name} is paused.\n",
    )
    assert run_in("Paused")


def test_a_running_run_is_asked_to_suspend(at_work, invoke, run_in):
    running, run = at_work

    assert invoke("suspend", run.name).code == 0
    assert running.end().code == 0
    assert run_in("Suspended")


def test_a_running_run_is_cancelled(at_work, invoke, run_in):
    running, run = at_work

    assert invoke("cancel", run.name).code == 0
    assert running.end().code == 1
    assert run_in("Cancelled")


def test_a_suspended_run_is_cancelled_at_once(call, invoke):
    call("parked")
    (run,) = queries.list_flow_runs(default())

    assert invoke("cancel", run.name).out == f"{run.name} is cancelled.\n"
    assert invoke("inbox", "--json").json == []


def test_as_json_the_run_is_told(call, invoke):
    call("parked")
    (run,) = queries.list_flow_runs(default())

    told = invoke("cancel", run.name, "--json").json

    assert told["flow_run_id"] == str(run.id)
    assert told["state"]["type"] == "CANCELLED"


@pytest.mark.parametrize("verb", ["pause", "suspend", "cancel"])
def test_a_run_that_has_ended_is_refused(call, invoke, verb):
    call("greet")
    (run,) = queries.list_flow_runs(default())

    result = invoke(verb, run.name)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"{run.name} is completed, so it cannot be ")


@pytest.mark.parametrize("verb", ["pause", "suspend", "cancel"])
def test_an_unknown_run_is_refused(invoke, verb):
    assert invoke(verb, "nobody").code == 2
