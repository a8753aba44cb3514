"""Logs of which only a part is in memory: searched, narrowed, gone through and copied as a whole."""

from __future__ import annotations

from uuid import UUID

import pytest

from holdfast.store import log_writing
from holdfast_tui.data import log_reads, page_records
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.widgets import log_window
from holdfast_tui.widgets.log_view import LogView

pytestmark = pytest.mark.anyio
LINES = 400


@pytest.fixture(autouse=True)
def few_in_memory(monkeypatch):
    """As if a log of some hundred lines were a long one."""
    monkeypatch.setattr(page_records, "LOG_LINES", 50)
    monkeypatch.setattr(log_window, "KEPT", 150)
    monkeypatch.setattr(log_reads, "STEP", 50)
    monkeypatch.setattr(log_reads, "_WALK", 30)


@pytest.fixture
def long_run(seeder) -> UUID:
    """A run with a long log: a warning far up, and two needles."""
    run_id = seeder.run("brave-emu")
    for index in range(LINES):
        needle = " with a needle" if index in (5, 200) else ""
        seeder.log(run_id, f"line {index}{needle}", 30 if index == 20 else 20)
    return run_id


async def on_the_log(driver, last: str = f"line {LINES - 1}") -> LogView:
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunPage))
    await driver.settle()
    log = driver.app.screen.log_view
    driver.app.screen.focus_pane(log)
    await driver.sees(last)
    return log


async def at(driver, log: LogView, message: str) -> None:
    """Wait until the cursor is on a line, and it is in view."""
    await driver.until(lambda: log.selected is not None and log.selected.message == message)
    await driver.sees(message)


async def test_search_finds_what_is_not_in_memory_and_goes_round(opened, path, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        await driver.press("slash", *"needle", "enter")
        await at(driver, log, "line 200 with a needle")
        await driver.sees("2 of 2 hits")
        await driver.press("less_than_sign")
        await at(driver, log, "line 5 with a needle")
        await driver.sees("1 of 2 hits")
        await driver.press("less_than_sign")
        await at(driver, log, "line 200 with a needle")


async def test_all_hits_are_counted_and_those_that_come_too(opened, path, seeder, long_run):
    async with opened(path) as driver:
        await on_the_log(driver)
        await driver.press("colon", *"search line", "enter")
        await driver.sees(f"{LINES} of {LINES} hits")
        seeder.log(long_run, "one more line")
        seeder.log(long_run, "something else")
        await driver.sees("something else")
        await driver.sees(f"{LINES + 1} hits")


async def test_log_says_how_many_lines_there_are_in_all(opened, path, seeder, long_run):
    async with opened(path) as driver:
        await on_the_log(driver)
        await driver.sees(f"Log {LINES}")
        seeder.log(long_run, "one more")
        await driver.sees(f"Log {LINES + 1}")


async def test_level_finds_what_is_not_in_memory(opened, path, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        await driver.press("colon", *"level warning", "enter")
        await at(driver, log, "line 20")
        await driver.sees("Log 1")
        await driver.press("colon", *"level error", "enter")
        await driver.sees(f"{LINES} are hidden")
        await driver.press("colon", *"level all", "enter")
        await driver.sees(f"Log {LINES}")


async def test_another_level_leaves_one_at_the_line_where_one_was(opened, path, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        await driver.press("slash", *"line 200", "enter")
        await at(driver, log, "line 200 with a needle")
        await driver.press("L")
        await at(driver, log, "line 200 with a needle")


async def test_home_is_the_first_line_of_all_and_end_follows_again(opened, path, seeder, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        await driver.press("home")
        await at(driver, log, "line 0")
        seeder.log(long_run, "the newest")
        await driver.sees("1 new ↓")
        await driver.press("end")
        await at(driver, log, "the newest")
        await driver.sees("following")


async def test_every_line_is_passed_on_the_way_up_and_on_the_way_down(opened, path, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        for key, ends in (("pageup", "line 0"), ("pagedown", f"line {LINES - 1}")):
            passed = set()
            for _ in range(LINES):
                passed |= {each.log.message for each in log._rows[log.top : log.top + log.page_height]}
                if log.selected.message == ends:
                    break
                await driver.press(key)
            assert len(passed) == LINES
        assert len(log.logs) <= log_window.KEPT


async def test_lines_stay_where_they_are_when_older_ones_come(opened, path, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        top = log.logs[0].message
        log.action_move(-log.count)
        await driver.until(lambda: len(log.logs) > 50)
        assert log.selected.message == top
        assert log.cursor == log.top


async def test_many_lines_at_once_are_all_taken_in(opened, path, seeder, long_run):
    async with opened(path) as driver:
        log = await on_the_log(driver)
        for index in range(300):
            seeder.log(long_run, f"burst {index}")
        await driver.sees("burst 299")
        await driver.sees(f"Log {LINES + 300}")
        await driver.press("slash", *"burst 0", "enter")
        await at(driver, log, "burst 0")


async def test_all_lines_are_copied_also_those_that_are_not_in_memory(opened, path, long_run):
    async with opened(path) as driver:
        await on_the_log(driver)
        await driver.press("Y")
        await driver.hears(f"Copied {LINES} lines.")
        assert "line 0\n" in driver.app.clipboard


async def test_too_long_a_log_is_not_copied_and_says_what_to_do(opened, path, long_run, monkeypatch):
    from holdfast_tui.screens import panes_screen

    monkeypatch.setattr(panes_screen, "LONGEST_COPY", 1_000)
    async with opened(path) as driver:
        await on_the_log(driver)
        await driver.press("Y")
        await driver.hears("Too long for a clipboard")


async def test_editor_gets_all_lines(opened, path, long_run, monkeypatch):
    from holdfast_tui.terminal import external_editor

    shown = []
    monkeypatch.setattr(external_editor, "show", lambda app, text, suffix: shown.append(text))
    async with opened(path) as driver:
        await on_the_log(driver)
        await driver.press("e")
        await driver.until(lambda: shown)
    assert shown[0].count("\n") == LINES - 1


async def test_long_log_of_a_task_begins_at_its_end(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    task_id = seeder.task(run_id, "fetch")
    for index in range(200):
        log_writing.append(
            seeder.database, flow_run_id=run_id.hex, task_run_id=task_id.hex, level=20, message=f"line {index}"
        )
    async with opened(path, size=(120, 40)) as driver:
        await on_the_log(driver, "line 199")
        driver.app.screen.focus_pane(driver.app.screen._steps)
        await driver.press("end", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TaskPage))
        log = driver.app.screen.log_view
        await driver.sees("line 199")
        await driver.sees("Log 200")
        driver.app.screen.focus_pane(log)
        await driver.press("home")
        await at(driver, log, "line 0")
