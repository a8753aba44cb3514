"""``holdfast demo`` and the flows that it shows."""

import asyncio
import datetime as dt
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from holdfast.cli import demo_processes
from holdfast.demo.__main__ import FLOWS
from holdfast.demo.correction import BATCH, Correction, problem_of
from holdfast.engine import actions
from holdfast.exceptions import InvalidAnswerError
from holdfast.store import queries
from holdfast.store.database import default
from waiting import PATIENCE


def next_question():
    """The wait that is to be answered next, once there is one; none when the run has ended before."""
    changed = threading.Event()
    follower = default().watcher.follow(lambda _: changed.set(), interval=0.005)
    try:
        while True:
            changed.clear()
            asked = [wait for wait in queries.inbox(default()) if wait.answer is None]
            runs = queries.list_flow_runs(default())
            if asked or (runs and runs[0].state.is_final()):
                return asked[0] if asked else None
            assert changed.wait(PATIENCE), "it did not happen"
    finally:
        follower.stop()


def play(name, *answers):
    """Run a demo flow at once, answer its waits in turn, and give its result and what its log says."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(FLOWS[name], pace=0)
        for answer in answers:
            wait = next_question()
            actions.resume(default(), wait.flow_run_id, answer, channel="python")
        if left := next_question():
            actions.cancel(default(), left.flow_run_id, channel="python")
            pytest.fail(f"{left.key} was still to be answered")
    (flow_run,) = queries.list_flow_runs(default())
    return future.result(), [line.message for line in queries.get_logs(default(), flow_run.id)]


def test_a_release_goes_out_in_steps_when_it_is_approved():
    result, log = play("release", {"approve": True, "environment": "canary", "rollout": 20})

    assert result == "2.4.0 is on canary"
    assert [line.split(" serves ")[1] for line in log if "serves" in line] == [
        "20 % of canary",
        "50 % of canary",
        "100 % of canary",
    ]


def test_a_release_stays_when_it_is_not_approved():
    result, log = play("release", {"approve": False, "note": "after the holidays"})

    assert result == "2.4.0 was not released"
    assert "2.4.0 stays where it is: after the holidays" in log
    assert not any("serves" in line for line in log)


def test_invoices_are_paid_as_corrected():
    fixed = {"corrections": [{"row": 2, "amount": "312.50"}, {"row": 3, "due": "2027-01-25"}]}

    result, log = play("correction", fixed)

    assert result == "98783.15 €"
    assert "Ferrari & Figli: 312.50 € on 2027-01-18" in log
    assert "Müller Werkzeugbau: 96400.75 € on 2027-01-25" in log


def test_an_invoice_left_out_is_not_paid():
    result, _ = play(
        "correction",
        {"corrections": [{"row": 2, "action": "leave out", "reason": "a refund"}, {"row": 3, "due": "2027-01-25"}]},
    )

    assert result == "98470.65 €"


def test_the_correction_flow_objects_beside_the_fields():
    bad = {"corrections": [{"row": 2, "action": "leave out"}, {"row": 3, "due": "2027-01-24"}]}
    with ThreadPoolExecutor(1) as pool:
        pool.submit(FLOWS["correction"], pace=0)
        wait = next_question()
        with pytest.raises(InvalidAnswerError) as refused:
            actions.resume(default(), wait.flow_run_id, bad, channel="python")
        actions.cancel(default(), wait.flow_run_id, channel="python")

    assert refused.value.errors == {
        ("corrections", 0): "say why row 2 is left out",
        ("corrections", 1, "due"): "24 January is a Sunday: take a weekday",
    }


def test_what_is_still_wrong_after_a_correction_is_asked_for_again():
    result, _ = play(
        "correction",
        {"corrections": [{"row": 2, "amount": "312.50"}]},
        {"corrections": [{"row": 3, "due": "2027-01-25"}]},
    )

    assert result == "98783.15 €"


def test_the_corrections_start_from_the_rows_that_have_problems():
    bad = [each for each in BATCH if problem_of(each)]

    assert [each.row for each in bad] == [2, 3]
    assert dt.date(2027, 1, 24).weekday() == 6
    assert Correction(row=1).action == "pay"


def test_an_order_is_accepted_with_a_discount_and_ships_on_a_go_ahead():
    result, log = play("order", {"decision": "accept", "new_limit": "40000", "discount": 10, "payment_days": 60}, None)

    assert result == "P-20881 shipped, 28769.40 €"
    assert "accept: 28769.40 € within 60 days" in log


def test_an_order_that_is_declined_does_not_ship():
    result, log = play("order", {"decision": "decline", "new_limit": "25000"})

    assert result == "declined"
    assert not any("Set aside" in line for line in log)


def test_the_names_of_the_flows_are_those_that_the_command_knows():
    assert {name: flow.name for name, flow in FLOWS.items()} == demo_processes.FLOWS
    assert not any(asyncio.iscoroutinefunction(flow.fn) for flow in FLOWS.values())


def test_headless_tells_the_story_and_leaves_nothing_behind(command, tmp_path):
    result = command("demo", "--headless", "--pace", "0")

    assert (result.code, result.err) == (0, "")
    story = [
        "A flow starts in its own process",
        "of release-approval",
        "Built 2.4.0",
        "It pauses and asks.",
        "## Release 2.4.0?",
        "approve",
        "Somebody answers from another process",
        "holdfast resume",
        "continues with the answer",
        "100 % of production",
        "Completed after",
        "2.4.0 is on production",
    ]
    at = -1
    for part in story:
        at = result.out.find(part, at + 1)
        assert at >= 0, f"{part!r} is missing, or not in its place:\n{result.out}"
    assert list((tmp_path / "home").iterdir()) == []


def test_headless_uses_the_database_that_is_named(command, tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DB", str(tmp_path / "named.db"))

    command("demo", "--headless", "--pace", "0")

    assert [run.state.name for run in queries.list_flow_runs(default())] == ["Completed"]


def test_two_demos_at_once_do_not_disturb_each_other(start):
    first, second = (start("demo", "--headless", "--pace", "0") for _ in range(2))

    assert (first.end().code, second.end().code) == (0, 0)


def test_without_a_terminal_the_app_is_not_opened(command):
    result = command("demo")

    assert result.code == 2
    assert "holdfast demo --headless" in result.err


def test_on_a_terminal_the_app_opens_with_flows_that_ask_and_leaves_nothing_behind(terminal, tmp_path):
    screen = terminal("demo", "--pace", "0")
    for flow in demo_processes.FLOWS.values():
        screen.expect_anywhere(flow[:10])
    screen.press("q")

    assert screen.end() == 0
    assert list((tmp_path / "home").iterdir()) == []


def test_without_a_command_the_app_opens(terminal):
    screen = terminal()
    screen.expect_anywhere("holdfast run FILE.py:FLOW")
    screen.press("q")

    assert screen.end() == 0


@pytest.mark.live
def test_a_demo_flow_ends_with_whoever_started_it(run_in):
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast.demo", "release", "--pace", "0", "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run_in("Paused")
    process.stdin.close()

    assert process.wait(PATIENCE) == 130


@pytest.mark.live
def test_what_still_runs_at_the_end_is_cancelled_in_a_database_that_stays(tmp_path, monkeypatch, run_in):
    monkeypatch.setenv("HOLDFAST_DB", str(tmp_path / "named.db"))
    with demo_processes.demo_database(), demo_processes.processes(["release"], 0) as (running,):
        run_in("Paused")

    assert running.process.returncode is not None
    assert run_in("Cancelled")
