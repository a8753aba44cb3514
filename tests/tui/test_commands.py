"""The line for commands: completion, history, arguments, errors; and what each command does."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from holdfast.store import queries
from holdfast_tui.commands import registry
from holdfast_tui.commands.command_line import CommandInput, CommandLine, History
from holdfast_tui.screens.help import HelpScreen
from holdfast_tui.user import preferences

pytestmark = pytest.mark.anyio
SIZES = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=str)


def line(driver) -> str:
    """What stands in the line."""
    return driver.app.screen.query_one(CommandInput).value


async def command(driver, text: str) -> None:
    """Type a command and run it."""
    await driver.until(lambda: driver.app.screen.query(CommandLine))
    await driver.press("colon")
    driver.app.screen.query_one(CommandInput).value = text
    await driver.press("enter")


@SIZES
async def test_view_is_shown_narrowed_down_by_its_filter(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("2")
        await command(driver, "runs state:paused otter")
        await driver.sees_no("eager-finch")
        await driver.sees("golden-otter")
        assert driver.app.main.view.filter_input.value == "state:paused otter"
        assert driver.app.focused is driver.app.main.runs
        await command(driver, "all")
        await driver.sees("eager-finch")


@SIZES
async def test_line_and_its_hints_fit_the_window(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("colon")
        await driver.sees("cancel")
        assert driver.lines[-1].startswith(" :")
        assert all(len(each) <= size[0] for each in driver.lines)


async def test_view_without_a_filter_in_the_command_keeps_its_filter(opened, story):
    async with opened(story) as driver:
        await command(driver, "runs otter")
        await command(driver, "inbox")
        await driver.sees("Time left")
        await command(driver, "runs")
        await driver.sees_no("eager-finch")


async def test_tab_completes_as_far_as_all_agree_and_then_one_after_the_other(opened, story):
    async with opened(story) as driver:
        await driver.press("colon", "t", "tab")
        assert line(driver) == "theme "
        await driver.press(*"textual", "tab")
        assert line(driver) == "theme textual-"
        await driver.press("tab")
        assert line(driver) == "theme textual-ansi" or line(driver) == "theme textual-dark"
        first = line(driver)
        await driver.press("tab")
        assert line(driver) != first
        await driver.press("shift+tab")
        assert line(driver) == first


async def test_names_of_runs_are_completed(opened, story):
    async with opened(story) as driver:
        await driver.press("colon", *"pause", "space", *"eag", "tab")
        assert line(driver) == "pause eager-finch "


async def test_history_brings_back_what_was_typed(opened, story):
    async with opened(story) as driver:
        await command(driver, "runs otter")
        await command(driver, "all")
        await driver.press("colon", "up")
        assert line(driver) == "all"
        await driver.press("up")
        assert line(driver) == "runs otter"
        await driver.press("down", "down")
        assert line(driver) == ""


def test_history_walks_through_what_begins_as_what_was_typed():
    history = History()
    for each in ("runs a", "theme dark", "runs b", "runs a"):
        history.add(each)
    assert history.step(-1, "runs") == "runs a"
    assert history.step(-1, "runs a") == "runs b"
    assert history.step(-1, "runs b") == "runs b"
    assert history.step(1, "runs b") == "runs a"
    assert history.step(1, "runs a") == "runs"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme nowhere", "There is no theme nowhere; tab lists them."),
        ("theme", "Usage: :theme NAME"),
        ("cancle", "There is no command cancle; did you mean cancel?"),
        ("re", "re may be resume, retry or readonly."),
        ("retry", "eager-finch is running; only a run that failed, crashed or was cancelled can be retried."),
        ("readonly maybe", "Use :readonly on or :readonly off."),
    ],
)
async def test_what_is_wrong_is_said_in_the_line_and_can_be_mended(opened, story, text, said):
    async with opened(story, size=(120, 24)) as driver:
        await command(driver, text)
        await driver.sees(said)
        assert line(driver) == text
        await driver.press("escape")
        assert not driver.app.screen.query_one(CommandLine).display
        assert driver.app.focused is driver.app.main.runs


async def test_beginning_of_a_name_is_enough_where_only_one_begins_so(opened, story):
    async with opened(story) as driver:
        await command(driver, "inb")
        await driver.sees("Time left")


async def test_verb_acts_on_the_run_under_the_cursor(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        await command(driver, "pause")
        await driver.sees("Pause brave-emu?")
        await driver.press("y")
        await driver.hears("Asked brave-emu to pause")
    assert queries.get_flow_run(seeder.database, run_id).request == "pause"


async def test_verb_acts_on_the_runs_that_are_named(opened, path, seeder):
    ids = [seeder.run(name) for name in ("brave-emu", "lazy-crane", "misty-tern")]
    async with opened(path) as driver:
        await command(driver, f"suspend brave-emu {ids[1]}")
        await driver.sees("Suspend 2 runs?")
        await driver.press("y")
        await driver.hears("2 runs asked to suspend.")
    requests = [queries.get_flow_run(seeder.database, each).request for each in ids]
    assert requests == ["suspend", "suspend", None]


async def test_run_that_is_not_there_is_said_to_be(opened, story):
    async with opened(story) as driver:
        await command(driver, "cancel nobody")
        await driver.hears("nobody")


async def test_open_leads_to_a_run_by_its_name(opened, story):
    async with opened(story) as driver:
        await command(driver, "open tidy-magpie")
        await driver.sees("Runs › tidy-magpie")


async def test_view_is_reached_from_a_runs_page(opened, story):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("Runs › eager-finch")
        await command(driver, "inbox")
        await driver.sees("Time left")
        assert driver.app.screen is driver.app.main


async def test_theme_is_taken_and_remembered(opened, story):
    async with opened(story) as driver:
        await command(driver, "theme light")
        assert driver.app.theme == "textual-light"
        await driver.until(lambda: preferences.file().exists())
    async with opened(story) as driver:
        assert driver.app.theme == "textual-light"


async def test_theme_of_the_environment_comes_first(opened, story, monkeypatch):
    preferences.remember(preferences.file(), theme="textual-light")
    monkeypatch.setenv("TEXTUAL_THEME", "nord")
    async with opened(story) as driver:
        assert driver.app.theme != "textual-light"


async def test_help_finds_what_the_command_asks_for(opened, story):
    async with opened(story) as driver:
        await command(driver, "help paus")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        assert driver.app.screen.query_one(Input).value == "paus"
        assert "Ask the run to pause" in driver.prose
        assert "Stop the run" not in driver.prose


async def test_backspace_in_an_empty_line_leaves_it(opened, story):
    async with opened(story) as driver:
        await driver.press("colon", "x", "backspace", "backspace")
        assert not driver.app.screen.query_one(CommandLine).display
        await driver.press("j")
        assert driver.app.main.runs.cursor == 1


async def test_command_quit_ends_the_app(opened, story):
    async with opened(story) as driver:
        await command(driver, "q")
        assert driver.app._exit


async def test_columns_and_order_that_a_view_does_not_have_are_refused_in_a_sentence(opened, story):
    async with opened(story) as driver:
        await driver.press("2")
        await command(driver, "columns run")
        await driver.sees("Inbox has fixed columns.")


@pytest.mark.parametrize(
    ("typed", "candidates", "expected"),
    [("t", ["theme"], "theme "), ("r", ["readonly", "resume"], "re"), ("re", ["readonly", "resume"], "re")],
)
def test_line_grows_as_far_as_all_candidates_agree(typed, candidates, expected):
    assert registry.extended(typed, candidates) == expected
