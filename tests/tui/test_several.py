"""A verb for several runs: who is left out, what is asked before, and what is said after."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from seeding import Seeder

from holdfast.store import queries
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.data.verb_calls import VerbCalls
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.verbs import bulk_run
from holdfast_tui.views.runs import RunsView

pytestmark = pytest.mark.anyio


@pytest.fixture
def mark(monkeypatch):
    """Mark runs, whatever the list itself knows of marks."""

    def marking(driver, ids: list[UUID], seeder: Seeder) -> None:
        runs = [RunReads(seeder.database).get(each) for each in ids]
        monkeypatch.setattr(RunsView, "targets", property(lambda self: runs))
        monkeypatch.setattr(RunsView, "target_ids", property(lambda self: ids))
        driver.app.main.refresh_keys()

    return marking


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_confirmation_lists_count_names_consequence_and_who_is_left_out(opened, path, seeder, mark, size):
    done = seeder.run("calm-heron")
    seeder.state(done, "Completed")
    ids = [seeder.run("brave-emu"), done, seeder.run("lazy-crane")]
    async with opened(path, size=size) as driver:
        mark(driver, ids, seeder)
        await driver.press("s")
        await driver.sees("Suspend 2 runs?")
        assert "brave-emu, lazy-crane" in driver.prose
        screen = driver.app.screen
        assert isinstance(screen, ConfirmScreen)
        assert "It ends its process at its next task call." in screen.text
        assert "Skipped: 1 run.\n  calm-heron is completed, so it cannot be suspended." in screen.text
        assert driver.app.focused is not None
        assert driver.app.focused.region.bottom <= size[1]


async def test_verb_reaches_all_that_are_marked_and_the_message_says_what_came_of_it(opened, path, seeder, mark):
    ids = [seeder.run("brave-emu"), seeder.run("lazy-crane")]
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.press("p", "y")
        await driver.hears("2 runs asked to pause.")
    assert {queries.get_flow_run(seeder.database, each).request for each in ids} == {"pause"}


async def test_nothing_is_done_without_a_yes(opened, path, seeder, mark):
    ids = [seeder.run("brave-emu"), seeder.run("lazy-crane")]
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.press("c", "n")
    assert {queries.get_flow_run(seeder.database, each).request for each in ids} == {None}


async def test_each_refusal_is_reported(opened, path, seeder, mark):
    ids = [seeder.run("brave-emu"), seeder.run("lazy-crane")]
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.press("p")
        seeder.state(ids[0], "Completed")
        await driver.press("y")
        await driver.until(lambda: isinstance(driver.app.screen, ReportScreen))
        assert "1 run asked to pause, 1 run refused." in driver.prose
        assert "✗ brave-emu" in driver.prose
        assert "◌ Asked lazy-crane to pause" in driver.prose


async def test_key_that_applies_to_none_says_why(opened, path, seeder, mark):
    ids = [seeder.run("brave-emu"), seeder.run("lazy-crane")]
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.press("R")
        await driver.hears(
            "None of 2 runs: brave-emu is running; only a run that failed, crashed or was cancelled can be retried."
        )


async def test_run_that_asks_for_an_answer_is_not_resumed_among_others(opened, path, seeder, mark):
    asking, plain = seeder.run("brave-emu"), seeder.run("lazy-crane")
    seeder.wait(asking)
    seeder.wait(plain, "go", schema=None)
    async with opened(path) as driver:
        mark(driver, [asking, plain], seeder)
        await driver.press("r")
        await driver.sees("Resume 1 run?")
        assert "brave-emu asks for an answer: give it in the inbox." in driver.prose


async def test_marks_beyond_what_is_loaded_are_read_before_they_are_judged(opened, path, seeder, monkeypatch):
    ids = [seeder.run("brave-emu"), seeder.run("lazy-crane")]
    for each in ids:
        seeder.state(each, "Completed")
    async with opened(path) as driver:
        monkeypatch.setattr(RunsView, "targets", property(lambda self: ()))
        monkeypatch.setattr(RunsView, "target_ids", property(lambda self: ids))
        await driver.press("c")
        await driver.hears("None of 2 runs can be cancelled: brave-emu is completed")


async def test_many_are_reached_a_few_at_a_time_and_it_ends_by_itself(opened, path, seeder, mark):
    ids = [seeder.run(f"run-{index}") for index in range(50)]
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.press("p", "y")
        await driver.hears("50 runs asked to pause.")
        await driver.until(lambda: driver.app.screen is driver.app.main)


async def test_escape_stops_what_has_not_begun_and_the_report_says_so(opened, path, seeder, mark, monkeypatch):
    ids = [seeder.run(f"run-{index}") for index in range(50)]
    go_on, first = threading.Event(), threading.Event()
    do_one = VerbCalls.do_one

    def slowly(calls, verb, run):
        first.set()
        assert go_on.wait(20)
        return do_one(calls, verb, run)

    monkeypatch.setattr(VerbCalls, "do_one", slowly)
    async with opened(path) as driver:
        mark(driver, ids, seeder)
        await driver.pilot.press("p")
        await driver.sees("Pause 50 runs?")
        await driver.pilot.press("y")
        await driver.until(lambda: first.is_set() and isinstance(driver.app.screen, ReportScreen))
        assert "Pause: 0 of 50 …" in driver.text
        await driver.pilot.press("escape")
        await driver.sees("stopping …")
        go_on.set()
        await driver.sees("20 runs asked to pause, 30 runs not started.")
        await driver.press("escape")
        assert driver.app.screen is driver.app.main
    requests = [queries.get_flow_run(seeder.database, each).request for each in ids]
    assert requests.count("pause") == 20


def test_same_consequence_is_said_once(path, seeder):
    runs = [RunReads(seeder.database).get(seeder.run(f"run-{index}")) for index in range(8)]
    text = bulk_run.text(bulk_run.Plan("pause", runs))
    assert text.startswith("run-0, run-1, run-2, run-3, run-4 and 3 more")
    assert text.count("It pauses at its next task call") == 1


def test_different_consequences_are_counted(path, seeder):
    suspended = seeder.run("run-0")
    seeder.state(suspended, "Suspended")
    runs = [RunReads(seeder.database).get(each) for each in (suspended, seeder.run("run-1"))]
    text = bulk_run.text(bulk_run.Plan("cancel", runs))
    assert "1 of them: Nothing is running" in text
    assert "1 of them: It stops at its next task call" in text
