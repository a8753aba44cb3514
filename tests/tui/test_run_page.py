"""A run's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from holdfast.store import ids, waits
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.main import MainScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.widgets.log_view import LogView

pytestmark = pytest.mark.anyio


async def page(driver, *before: str) -> RunPage:
    """Open the page of the run under the cursor."""
    await driver.press(*before, "enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunPage) and driver.app.screen.run is not None)
    await driver.settle()
    return driver.app.screen


async def test_wide_window_shows_all_there_is(opened, story):
    async with opened(story, size=(120, 40)) as driver:
        await page(driver, "G", "k", "k", "k")
        for text in (
            "‖ Paused", "flow release", "Ship 2.1 to production?", "59:55", "unit-tests", "All 812 tests passed",
            "Running → Paused", 'version: "2.1"',
        ):  # fmt: skip
            assert text in driver.text, text


async def test_request_from_outside_is_told_in_the_head(opened, story):
    async with opened(story) as driver:
        await page(driver, "j")
        assert "Suspending, asked 5s ago by bo@laptop" in driver.text


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_narrow_window_shows_one_pane_at_a_time_and_tab_goes_through_them(opened, story, size):
    async with opened(story, size=size) as driver:
        shown = await page(driver, "G", "k", "k", "k")
        seen = []
        panes = [pane for pane in shown.panes if not shown.hidden(pane)]
        for _ in panes:
            assert [pane.id for pane in shown.panes if pane.region.area] == [shown.pane.id]
            seen.append(shown.pane.id)
            await driver.press("tab")
        assert seen[0] == "waits"
        assert sorted(seen) == sorted(pane.id for pane in panes)


async def test_escape_goes_back(opened, story):
    async with opened(story) as driver:
        await page(driver)
        await driver.press("escape")
        assert isinstance(driver.app.screen, MainScreen)


async def test_log_follows_live(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.log(run_id, "first line")
    async with opened(path) as driver:
        await page(driver)
        await driver.sees("first line")
        seeder.log(run_id, "second line")
        await driver.sees("second line")


async def test_scrolling_up_releases_the_log_and_end_follows_again(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    for index in range(100):
        seeder.log(run_id, f"line {index}")
    async with opened(path, size=(120, 40)) as driver:
        log = (await page(driver)).query_one(LogView)
        await driver.sees("line 99")
        await driver.press("pageup")
        seeder.log(run_id, "the newest line")
        await driver.until(lambda: log.border_subtitle == "1 new ↓")
        assert "the newest line" not in driver.text
        await driver.press("end")
        await driver.sees("the newest line")
        assert log.border_subtitle == "following"


async def test_lines_logged_while_the_page_opens_are_there_once(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        shown = await page(driver)
        for index in range(30):
            seeder.log(run_id, f"line {index}")
        await driver.sees("line 29")
        await driver.settle()
        assert [log.message for log in shown.query_one(LogView).logs] == [f"line {n}" for n in range(30)]


async def test_task_appears_and_ends(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        seeder.task(run_id, "fetch", None)
        await driver.sees("● fetch")


async def test_question_is_answered_from_the_page(opened, story):
    async with opened(story) as driver:
        await page(driver, "G", "k", "k", "k")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))


async def test_run_that_failed_is_retried_from_its_page(opened, path, seeder):
    seeder.state(seeder.run("brave-emu"), "Failed", "no luck")
    async with opened(path) as driver:
        await page(driver, "R", "n")
        await driver.press("R", "y")
        await driver.hears("brave-emu is scheduled again.")
        await driver.sees("AwaitingRetry")


async def test_date_is_told_where_log_and_history_go_on_another_day(opened, path, seeder, monkeypatch):
    run_id = seeder.run("brave-emu")
    seeder.log(run_id, "before")
    later = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: ids.to_time(later) * 1000))
    seeder.log(run_id, "after")
    seeder.state(run_id, "Suspending")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await driver.sees("after")
        assert driver.text.count(f" {later:%Y-%m-%d} ") == 2


async def test_objection_and_decision_are_told(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    wait = seeder.wait(run_id)
    waits.give_answer(seeder.database, wait.id.hex, {"approve": False}, "bo@laptop", "cli")
    waits.object_to(seeder.database, wait.id.hex, {("note",): "say why"}, "flow")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await driver.sees("note: say why")
        waits.give_answer(seeder.database, wait.id.hex, {"approve": True}, "bo@laptop", "cli")
        waits.accept(seeder.database, wait.id.hex)
        await driver.sees("approve: true")
        await driver.sees("decided by bo@laptop (cli)")
