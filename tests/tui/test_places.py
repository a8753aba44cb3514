"""Where one is, and how one gets about: breadcrumbs, the view before, escape, the mouse, sizes."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from holdfast.store import queries
from holdfast_tui.widgets.bars import KeyBar, TitleBar

pytestmark = pytest.mark.anyio
SIZES = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)], ids=str)


async def click(driver, widget, text: str) -> None:
    """Click on a text of a line."""
    line = driver.lines[widget.region.y]
    await driver.pilot.click(widget, offset=(cell_len(line[: line.index(text)]), 0))
    await driver.settle()


async def test_way_to_a_run_stands_in_the_title(opened, story):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("Runs › eager-finch")
        await driver.press("escape", "2", "A")
        await driver.sees("Inbox › Actions")


async def test_title_of_a_long_way_keeps_its_end(opened, path, seeder):
    seeder.run("a-run-with-a-name-that-is-far-too-long-for-it")
    async with opened(path, size=(40, 12)) as driver:
        await driver.press("enter")
        await driver.until(lambda: driver.lines[0].startswith(" … › a-run-with"))
        assert len(driver.lines[0]) <= 40


@SIZES
async def test_views_are_named_as_far_as_there_is_room(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.sees("2 Inbox" if size[0] > 40 else "2 (4)")
        assert "1 Runs" in driver.lines[0]
        assert all(cell_len(each) <= size[0] for each in driver.lines)


async def test_views_give_up_their_names_where_there_is_no_room(opened, story):
    async with opened(story, size=(20, 12)) as driver:
        await driver.until(lambda: driver.lines[0].split() == ["1", "Runs", "2", "(4)", "3"])
        await driver.press("2")
        await driver.until(lambda: driver.lines[0].split() == ["1", "2", "Inbox", "(4)"])


async def test_minus_goes_back_and_forth_between_two_views(opened, story):
    async with opened(story) as driver:
        await driver.press("2")
        await driver.sees("Time left")
        await driver.press("minus")
        await driver.sees("State")
        await driver.press("minus")
        await driver.sees("Time left")


@pytest.mark.parametrize(("key", "seen"), [("1", "State"), ("2", "Time left"), ("i", "Time left"), ("minus", "State")])
async def test_view_is_shown_from_a_runs_page(opened, story, key, seen):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("Runs ›")
        await driver.press(key)
        await driver.sees(seen)
        assert driver.app.screen is driver.app.main
        assert driver.app.focused is driver.app.main.view.lines


async def test_view_keeps_its_own_filter(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"otter", "enter", "2")
        await driver.sees("Time left")
        await driver.press("1")
        assert driver.app.main.run.name == "golden-otter"
        await driver.press("escape")
        await driver.sees("eager-finch")


async def test_keys_of_an_empty_view_act(opened, path):
    async with opened(path) as driver:
        await driver.sees("No runs yet.")
        await driver.press("2")
        await driver.sees("No question is waiting.")
        await driver.press("1", "slash", *"nothing")
        await driver.sees("No run matches the filter.")


async def test_mouse_chooses_a_view(opened, story):
    async with opened(story) as driver:
        title = driver.app.screen.query_one(TitleBar)
        await click(driver, title, "Inbox")
        await driver.sees("Time left")
        await click(driver, title, "Runs")
        await driver.sees("State")


async def test_mouse_on_the_number_of_questions_leads_to_them(opened, story):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("4 waiting")
        await click(driver, driver.app.screen.query_one(TitleBar), "4 waiting")
        await driver.sees("Time left")


async def test_mouse_on_the_way_leads_back(opened, story):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("Runs › eager-finch")
        await click(driver, driver.app.screen.query_one(TitleBar), "Runs")
        await driver.until(lambda: driver.app.screen is driver.app.main)


async def test_mouse_on_a_key_does_what_the_key_does(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.sees("p Pause")
        await click(driver, driver.app.screen.query_one(KeyBar), "Pause")
        await driver.sees("Pause brave-emu?")
        await driver.press("y")
        await driver.hears("Asked brave-emu to pause")
        assert queries.get_flow_run(seeder.database, run_id).request == "pause"


async def test_mouse_on_a_dim_key_says_why(opened, story):
    async with opened(story) as driver:
        await driver.sees("r Resume")
        await click(driver, driver.app.screen.query_one(KeyBar), "Resume")
        await driver.hears("Cannot resume a run that isn't paused!")


async def test_storm_of_sizes_leaves_what_one_size_would_have_given(opened, story):
    async with opened(story) as driver:
        before = driver.lines
        for width, height in [(200, 60), (1, 1), (40, 12), (3, 50), (120, 2), (80, 23), (20, 20), (80, 24)] * 3:
            await driver.pilot.resize_terminal(width, height)
        await driver.settle()
        await driver.until(lambda: driver.lines == before)


@pytest.mark.parametrize(
    "keys", [["question_mark"], ["colon"], ["c"], ["A"], ["enter"], ["2"]], ids=lambda each: each[0]
)
async def test_storm_of_sizes_over_other_screens(opened, story, keys):
    async with opened(story) as driver:
        await driver.press(*keys)
        for width, height in [(200, 60), (1, 1), (40, 12), (2, 50), (120, 2), (80, 24)]:
            await driver.pilot.resize_terminal(width, height)
        await driver.settle()
        assert all(cell_len(each) <= 80 for each in driver.lines)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_every_main_screen_draws_in_every_kind_of_theme(opened, story, theme):
    async with opened(story) as driver:
        driver.app.theme = theme
        for key in ("2", "1", "question_mark", "escape", "enter", "escape", "colon", "escape", "A"):
            await driver.press(key)
        await driver.sees("No actions yet.")


@pytest.mark.parametrize("marks", [1, 2])
async def test_ids_of_runs_are_copied_from_the_list(opened, path, seeder, marks):
    ids = [str(seeder.run(f"run-{index}")) for index in range(2)]
    async with opened(path) as driver:
        await driver.press(*["space"] * (marks if marks > 1 else 0), "y")
        await driver.hears("Copied")
        assert driver.app.clipboard.split() == ids[:-3:-1][:marks]


async def test_escape_takes_messages_away_once_nothing_else_is_to_undo(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"heron", "enter")
        driver.app.say("Something was said.")
        await driver.press("escape")
        assert "Something was said." in driver.said
        await driver.press("escape")
        await driver.until(lambda: not driver.said)


async def test_ctrl_c_says_how_the_app_is_left(opened, story):
    async with opened(story) as driver:
        await driver.press("ctrl+c")
        await driver.hears("Press q to quit")
