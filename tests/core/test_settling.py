"""What becomes of a run whose process is gone, whatever it was at and whatever was asked of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from holdfast.records import HostKind, Origin, Request
from holdfast.states import Crashed, named
from holdfast.store import hosts, queries, recovery, requests, runs, waits
from holdfast.store.ids import new_id

ORIGIN = Origin("/flows/f.py:f", "/flows", "python")
AT = [
    ("Running", None),
    ("Running", "release"),
    ("Retrying", None),
    ("Retrying", "release"),
    ("Pausing", "pause"),
    ("Pausing", "unwind"),
    ("Suspending", "suspend"),
    ("Suspending", "unwind"),
    ("Paused", None),
    ("Paused", "pause"),
    ("Paused", "unwind"),
    ("Paused", "suspend"),
    ("Paused", "release"),
    ("Cancelling", "cancel"),
    ("AwaitingRetry", None),
    ("AwaitingRetry", "release"),
]
"""Where a run can be that a process executes, and what can be asked of it there."""
ENDED = {
    "dies": lambda db, run_id, host: recovery.recover(db, host, "someone"),
    "is told to end": lambda db, run_id, host: requests.interrupted(db, run_id, Crashed("Interrupted."), "flow"),
}
WAITS = ("none", "open", "answered", "decided")


@pytest.mark.parametrize("kind", [HostKind.SCRIPT, HostKind.CHILD])
@pytest.mark.parametrize("how", ENDED)
@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("recoveries", [0, recovery.RECOVERIES])
def test_wherever_its_process_ends_a_run_is_over_or_waits_or_is_due(db, kind, how, wait, recoveries):
    for state, request in AT:
        run_id, host = executing(db, kind, state, request, wait, recoveries)
        ENDED[how](db, run_id, host)
        run = queries.get_flow_run(db, UUID(run_id))
        assert run.request is None, (state, request)
        stands_still = run.state.name == "Suspended" and run.due is None
        assert run.state.is_final() or stands_still or (run.state.is_scheduled() and run.due), (state, request)
        if request == "cancel":
            assert run.state.name == "Cancelled"
        elif wait == "answered":
            (found,) = queries.get_waits(db, run.id)
            assert not stands_still
            assert (found.answer.value, found.status.value) == (1, "open"), (state, request)


def executing(db, kind, state, request, wait, recoveries):
    """A run that a process executes, and its host, which nobody can see."""
    here = {"pid": 1, "process_start": "elsewhere", "hostname": "h"}
    host_id = hosts.register(db, kind, **here)
    run_id = new_id()
    runs.create(db, runs.NewRun(run_id, run_id, "f", named("Running"), ORIGIN, b"J{}", host_id=host_id), "flow")
    if wait != "none":
        given = {"initial": None, "description": None, "deadline": None, "actor": "flow"}
        asked = waits.open_wait(db, run_id, key="1", schema={"type": "integer"}, **given)
        if wait != "open":
            waits.give_answer(db, asked.id.hex, 1, "ana", "tui")
        if wait == "decided":
            waits.accept(db, asked.id.hex)
    type_ = {"Paused": "PAUSED", "Cancelling": "CANCELLING", "AwaitingRetry": "SCHEDULED"}.get(state, "RUNNING")
    asked_by = (None, None) if request is None else ("ana", 1)
    with db.write() as connection:
        connection.execute(
            "UPDATE flow_run SET state_name = ?, state_type = ?, request = ?, requested_by = ?, requested_at = ?,"
            " recoveries = ? WHERE id = ?",
            (state, type_, request, *asked_by, recoveries, run_id),
        )
    (host,) = (each for each in hosts.list_all(db) if each.id.hex == host_id)
    return run_id, host


def test_a_run_that_takes_its_answer_while_its_worker_stops_is_running_again_until_it_has_left(db):
    run_id, _ = executing(db, HostKind.CHILD, "Paused", None, "answered", 0)
    requests.release(db, run_id, "worker")
    (wait,) = queries.get_waits(db, UUID(run_id))
    waits.accept(db, wait.id.hex)
    run = queries.get_flow_run(db, UUID(run_id))
    assert (run.state.name, run.request) == ("Running", Request.RELEASE)
    assert requests.left(db, run_id, "flow").name == "Scheduled"
