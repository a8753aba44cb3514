"""Colours that are the terminal's own, and none at all."""

from __future__ import annotations

import pytest
from rich.style import Style

from holdfast_tui.user import preferences

pytestmark = pytest.mark.anyio


def styles(driver) -> dict[str, Style]:
    """The pieces that are on the screen, and how they are drawn."""
    strips = driver.app.screen._compositor.render_strips()
    return {each.text.strip(): each.style or Style() for strip in strips for each in strip}


def coloured(driver) -> list[str]:
    """The pieces that are drawn in a colour."""
    found = styles(driver).items()
    return [text for text, style in found if any(each and not each.is_default for each in (style.color, style.bgcolor))]


@pytest.fixture
def no_colour(monkeypatch):
    """Somebody who wants no colours."""
    monkeypatch.setenv("NO_COLOR", "1")


async def test_there_is_no_colour_where_none_is_wanted(opened, story, no_colour):
    async with opened(story) as driver:
        assert coloured(driver) == []
        await driver.press("i")
        await driver.sees("Time left")
        await driver.press("enter")
        await driver.sees("Close esc")
        assert coloured(driver) == []


async def test_cursor_can_be_told_without_colour(opened, story, no_colour):
    async with opened(story) as driver:
        assert styles(driver)["eager-finch"].reverse
        assert not styles(driver)["vivid-newt"].reverse
        await driver.press("o")
        await driver.sees("Sort runs by")
        assert styles(driver)["Age: newest first"].underline
        assert not styles(driver)["State: needs attention first"].underline


async def test_no_colour_comes_before_the_theme_that_is_remembered_and_leaves_that(opened, story, no_colour):
    preferences.remember(preferences.file(), theme="nord")
    async with opened(story) as driver:
        assert coloured(driver) == []
    assert preferences.read(preferences.file())[0].theme == "nord"


async def test_theme_of_shades_is_grey_where_no_colour_is_wanted(opened, story, no_colour):
    async with opened(story) as driver:
        driver.app.theme = "textual-light"
        await driver.until(lambda: coloured(driver))
        colours = {each for style in styles(driver).values() for each in (style.color, style.bgcolor) if each}
        assert all(len(set(each.triplet)) == 1 for each in colours if each.triplet)


async def test_terminals_own_colours_are_used_in_the_ansi_theme(opened, story):
    async with opened(story) as driver:
        driver.app.theme = "ansi-dark"
        await driver.until(
            lambda: not any(style.bgcolor and style.bgcolor.triplet for style in styles(driver).values())
        )
        assert all(style.color is None or style.color.triplet is None for style in styles(driver).values())


async def test_list_is_seen_behind_a_question_in_the_ansi_theme(opened, story):
    async with opened(story, size=(120, 40)) as driver:
        driver.app.theme = "ansi-dark"
        await driver.press("c")
        await driver.sees("Cancel eager-finch?")
        assert "calm-heron" in driver.text


@pytest.mark.parametrize(
    ("terminal", "remembered", "theme"),
    [
        ("0;15", "", "textual-light"),
        ("0;default;7", "", "textual-light"),
        ("15;0", "", "textual-dark"),
        ("15;8", "", "textual-dark"),
        ("nonsense", "", "textual-dark"),
        ("0;15", "nord", "nord"),
    ],
)
async def test_light_theme_is_the_usual_one_where_the_terminal_says_that_it_is_light(
    opened, story, monkeypatch, terminal, remembered, theme
):
    monkeypatch.setenv("COLORFGBG", terminal)
    preferences.remember(preferences.file(), theme=remembered)
    async with opened(story) as driver:
        assert driver.app.theme == theme
