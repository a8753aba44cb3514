"""``holdfast worker`` and ``holdfast retry``."""

import signal

from holdfast.store import queries
from holdfast.store.database import default


def test_a_worker_goes_on_with_what_was_answered_and_ends_when_interrupted(call, invoke, start, run_in):
    call("parked")
    (run,) = queries.list_flow_runs(default())
    invoke("resume", run.name, "-i", "approve=yes", "-i", "note=signed")

    working = start("worker", "--slots", "1")
    assert run_in("Completed").executions == 2
    working.process.send_signal(signal.SIGINT)

    result = working.end()
    assert (result.code, result.out) == (0, "")
    assert "1 run at a time" in result.err
    assert invoke("show", run.name, "--json").json["result"] == "signed"


def test_a_failed_run_is_scheduled_again(call, invoke):
    call("broken")
    (run,) = queries.list_flow_runs(default())

    result = invoke("retry", run.name)

    assert result.code == 0
    assert result.out.startswith(f"{run.name} is scheduled; a worker will continue it")
    assert queries.get_flow_run(default(), run.id).state.name == "AwaitingRetry"


def test_a_run_that_completed_is_not_retried(call, invoke):
    call("greet")
    (run,) = queries.list_flow_runs(default())

    result = invoke("retry", run.name, "--json")

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"{run.name} is completed")
