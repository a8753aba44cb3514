"""The help: found by typing, and done by enter."""

from __future__ import annotations

import pytest
from textual.widgets import Input, OptionList

from holdfast_tui.commands.command_line import CommandInput, CommandLine
from holdfast_tui.screens.help import HelpScreen

pytestmark = pytest.mark.anyio
SIZES = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=str)


def listed(driver) -> str:
    """All that the help lists."""
    return "\n".join(str(each.prompt) for each in driver.app.screen.query_one(OptionList).options)


@SIZES
async def test_keys_and_commands_are_listed_in_groups(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("question_mark")
        assert [each for each in listed(driver).splitlines() if not each.startswith(" ")] == [
            "Run", "Here", "List", "Views", "App", "Commands",
        ]  # fmt: skip
        assert ":theme NAME" in listed(driver)
        assert all(len(each) <= size[0] for each in driver.lines)


@SIZES
async def test_typing_narrows_it_down_and_enter_does_it(opened, path, seeder, size):
    seeder.run("brave-emu")
    async with opened(path, size=size) as driver:
        await driver.press("question_mark", *"pause", "enter")
        await driver.sees("Pause brave-emu?")


async def test_key_is_found_by_its_name(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *"ctrl+z")
        await driver.until(lambda: "Suspend the app to the shell" in listed(driver) or "^z" in listed(driver))


async def test_what_does_not_apply_says_why_when_it_is_chosen(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *"retry", "enter")
        await driver.hears("only a run that failed, crashed or was cancelled can be retried.")


async def test_command_that_needs_something_is_begun(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *":theme", "enter")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        await driver.until(lambda: isinstance(driver.app.focused, CommandInput))
        assert driver.app.screen.query_one(CommandInput).value == "theme "


async def test_command_that_needs_nothing_is_run(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *":inbox", "enter")
        await driver.sees("Time left")
        assert not driver.app.screen.query_one(CommandLine).display


async def test_cursor_passes_over_the_names_of_groups(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *["down"] * 5, "up", "enter")
        await driver.until(lambda: not isinstance(driver.app.screen, HelpScreen))


async def test_escape_forgets_what_was_typed_and_then_closes(opened, story):
    async with opened(story) as driver:
        await driver.press("question_mark", *"zzz")
        await driver.sees("No key or command.")
        await driver.press("escape")
        assert driver.app.screen.query_one(Input).value == ""
        await driver.press("escape")
        assert driver.app.screen is driver.app.main


async def test_help_of_a_runs_page_lists_its_keys(opened, story):
    async with opened(story) as driver:
        await driver.press("enter")
        await driver.sees("Runs ›")
        await driver.press("question_mark")
        assert "Next pane; shift" in listed(driver)
