"""Every view and page at every size: what is there can be reached, and is seen when one has reached it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from deploying import deploy, work
from rich.cells import cell_len
from seeding import NOW, SCHEMA
from textual.widgets import Button, OptionList

from holdfast.engine import results
from holdfast.records import WaitStatus
from holdfast.states import named
from holdfast.store import queries, runs, waits
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.help import HelpScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.triage import TriageForm
from holdfast_tui.screens.what_if import WhatIfScreen
from holdfast_tui.widgets.bars import KeyBar
from holdfast_tui.widgets.panes import Pane

pytestmark = pytest.mark.anyio
SIZES = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
MANY = 60
"""Rows of each list: more than there are lines."""
VIEWS = {
    "runs": ("1", ("Paused", "run-59"), ("Paused", "run-00")),
    "inbox": ("2", ("1:00:00", "run-00", "Ship"), ("1:00:00", "run-59", "Ship")),
    "deployments": ("3", ("report/d-00", "paused"), ("report/d-59", "paused")),
    "workers": ("4", ("worker", "0 of 7 taken"), ("worker", "0 of 7 taken")),
}
"""By name: the key, and what the first and the last row have in their main columns."""
LONG = [f"word{number:02}" for number in range(60)]
"""Words of a text that is wider than any screen."""


@pytest.fixture
def many(path, seeder):
    """More of everything than fits on a screen."""
    for number in range(MANY):
        seeder.wait(seeder.run(f"run-{number:02}"), deadline=NOW.replace(hour=10, minute=30, second=5))
        deploy(seeder, f"d-{number:02}", paused=True)
        work(seeder, 7)
    return path


def row_under_cursor(driver) -> str:
    """The line of the screen that the cursor is on."""
    shown = driver.app.main.view.lines
    below = shown.cursor - shown.top
    assert 0 <= below < shown.page_height
    return driver.lines[shown.content_region.y + below]


async def is_on(driver, screen) -> None:
    await driver.until(lambda: isinstance(driver.app.screen, screen))
    await driver.settle()


async def show(driver, view: str) -> None:
    """Go to a view, and wait until its list is there."""
    await driver.press(VIEWS[view][0])
    await driver.until(lambda: view == driver.app.main.view.VIEW and driver.app.main.view.lines.display)
    await driver.settle()


async def to_page(driver, name: str, *keys: str) -> RunPage:
    """Open a run's page, and press keys there."""
    driver.app.main.view.set_filter(name)
    await driver.until(lambda: driver.app.main.run is not None and driver.app.main.run.name == name)
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunPage) and driver.app.screen.run is not None)
    await driver.settle()
    page = driver.app.screen
    await driver.press(*keys)
    return page


# Lists.


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_end_and_beginning_of_a_list_are_seen_with_their_main_columns(opened, many, size, view):
    _, first, last = VIEWS[view]
    async with opened(many, size=size) as driver:
        await show(driver, view)
        for key, parts in (("G", last), ("g", first), ("end", last), ("home", first)):
            await driver.press(key)
            await driver.until(lambda parts=parts: all(part in row_under_cursor(driver) for part in parts))


@SIZES
@pytest.mark.parametrize("view", VIEWS)
async def test_cursor_stays_in_sight_page_by_page(opened, many, size, view):
    async with opened(many, size=size) as driver:
        await show(driver, view)
        seen = set()
        for _ in range(MANY):
            await driver.press("pagedown")
            await driver.until(lambda: VIEWS[view][1][0].split("/")[0] in row_under_cursor(driver))
            seen.add(driver.app.main.view.lines.cursor)
            if max(seen) == MANY - 1:
                break
        assert max(seen) == MANY - 1
        assert len(seen) >= MANY // size[1], "a page is no more than a screenful"


@SIZES
@pytest.mark.parametrize(
    ("view", "keys", "page"),
    [
        ("runs", ["j"] * 5, RunPage),
        ("inbox", ["j", "j"], TriageForm),
        ("deployments", ["j", "j"], DeploymentPage),
        ("workers", ["j"], RunPage),
    ],
)
async def test_enter_opens_and_escape_returns_to_the_row(opened, a_morning, clock, size, view, keys, page):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await show(driver, view)
        await driver.press(*keys)
        row, at = row_under_cursor(driver), driver.app.main.view.lines.cursor
        await driver.press("enter")
        await is_on(driver, page)
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        await driver.until(lambda: row_under_cursor(driver) == row)
        assert driver.app.main.view.lines.cursor == at == len(keys)
        assert driver.app.focused is driver.app.main.view.lines


@SIZES
@pytest.mark.parametrize(
    ("view", "typed", "found"),
    [("runs", "vole", "quiet-vole"), ("inbox", "4711", "tidy-magpie"), ("deployments", "invo", "invoices/weekly")],
)
async def test_filter_is_typed_kept_and_cleared(opened, a_morning, clock, size, view, typed, found):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await show(driver, view)
        count = driver.app.main.view.lines.count
        await driver.press("slash", *typed)
        await driver.until(lambda: driver.app.main.view.lines.count == 1)
        assert found in row_under_cursor(driver)
        await driver.press("enter")
        await driver.sees(typed)
        assert driver.app.focused is driver.app.main.view.lines
        await driver.press("escape")
        await driver.until(lambda: driver.app.main.view.lines.count == count)
        assert not driver.app.main.view.filter_input.display


@pytest.mark.parametrize("view", VIEWS)
async def test_large_window_cuts_nothing_short(opened, a_morning, clock, view):
    async with opened(a_morning, size=(200, 60), clock=clock) as driver:
        await show(driver, view)
        assert "…" not in driver.text


# The bars.


def whole_keys(driver) -> Iterator[str]:
    """All that a line of keys may have."""
    for active in driver.app.screen.active_bindings.values():
        yield f"{driver.app.get_key_display(active.binding)} {active.binding.description}"


PLACES = {
    **{view: (key, []) for view, (key, *_) in VIEWS.items()},
    "run": ("1", ["G", "enter"]),
    "task": ("1", ["G", "k", "enter", *["tab"] * 1, "end", "enter"]),
    "deployment": ("3", ["j", "enter"]),
    "actions": ("1", ["A"]),
}


@SIZES
@pytest.mark.parametrize("place", PLACES)
async def test_title_and_keys_fit_and_no_key_is_cut_in_half(opened, a_morning, clock, size, place):
    view, keys = PLACES[place]
    async with opened(a_morning, size=size, clock=clock) as driver:
        await driver.press(view, *keys)
        await driver.until(lambda: driver.app.screen.query(KeyBar) and driver.lines[-1].endswith("? Help"))
        if place in ("run", "task", "deployment", "actions"):
            kind = {"run": RunPage, "task": TaskPage, "deployment": DeploymentPage, "actions": ActionsScreen}[place]
            await is_on(driver, kind)
            await driver.until(lambda: "esc Back" in driver.lines[-1])
        first, *_, last = driver.lines
        assert cell_len(first) <= size[0]
        assert cell_len(last) <= size[0]
        known = set(whole_keys(driver))
        assert [each for each in last.strip().split("  ") if each not in known] == []


# A run's page.


@pytest.fixture
def wordy(path, seeder):
    """A run that is long-winded everywhere."""
    text = " ".join(LONG)
    run = seeder.run("wordy")
    seeder.log(run, text)
    asked = seeder.wait(run, description="Well?", schema=SCHEMA)
    waits.withdraw(seeder.database, asked.id.hex, "ana@desk")
    error = ValueError(text)
    runs.finish(
        seeder.database, run.hex, named("Failed", f"ValueError: {text}"), results.encoded_error(error).body, "ana@desk"
    )
    return path


@SIZES
@pytest.mark.parametrize("pane", ["log", "history", "parameters"])
async def test_text_that_is_wider_than_the_screen_is_read_to_its_end(opened, wordy, size, pane):
    async with opened(wordy, size=size) as driver:
        page = await to_page(driver, "wordy")
        for _ in page.panes:
            if page.pane.id != pane:
                await driver.press("tab")
        assert page.pane.id == pane
        await driver.press("home")
        shown = page.pane
        seen = ""
        for _ in range(shown.count + 1):
            region = shown.content_region
            seen += "\n".join(line[region.x : region.right] for line in driver.lines[region.y : region.bottom])
            if shown.cursor == shown.count - 1:
                break
            await driver.press("j")
        assert [word for word in LONG if word not in seen] == []


@SIZES
async def test_every_pane_is_reached_and_its_last_line_is_seen(opened, a_morning, clock, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        page = await to_page(driver, "golden-otter")
        reached = []
        for _ in page.panes:
            await driver.press("end")
            shown = page.pane
            assert shown.cursor == shown.count - 1
            assert 0 <= shown.cursor - shown.top < shown.page_height
            assert shown.region.area
            if isinstance(shown, Pane):
                last = shown.all_text().splitlines()[-1].split()[-1]
                assert last in driver.lines[shown.content_region.y + shown.cursor - shown.top]
            reached.append(shown.id)
            await driver.press("tab")
        assert sorted(reached) == sorted(each.id for each in page.panes)


# Forms.


@SIZES
async def test_every_control_of_a_form_is_in_sight_when_it_has_the_focus(opened, a_morning, clock, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await to_page(driver, "misty-tern", "enter")
        await is_on(driver, AnswerScreen)
        first = driver.app.focused
        reached = []
        while driver.app.focused is not first or not reached:
            region = driver.app.focused.region
            assert region.area
            assert (region.x >= 0, region.y >= 0) == (True, True)
            assert region.right <= size[0]
            assert min(region.y + 1, region.bottom) <= size[1]
            reached.append(driver.app.focused)
            assert len(reached) < 60
            await driver.press("tab")
        buttons = {each.id for each in reached if isinstance(each, Button)}
        assert {"submit", "json"} <= buttons


@SIZES
async def test_form_of_many_fields_is_answered_by_its_button(opened, a_morning, clock, seeder, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        page = await to_page(driver, "misty-tern", "enter")
        await is_on(driver, AnswerScreen)
        await driver.press("right", "space")
        while driver.app.focused.id != "submit":
            await driver.press("shift+tab")
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen is page)
        (wait,) = queries.get_waits(seeder.database, page.run.id)
        assert wait.status is WaitStatus.OPEN
        assert wait.answer.value["checked_by"] == "Bo"
        assert [each["row"] for each in wait.answer.value["rows"]] == [2, 3]


# Dialogs.


@SIZES
async def test_help_is_searched_and_read_to_its_end(opened, a_morning, clock, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await driver.press("question_mark")
        await is_on(driver, HelpScreen)
        options = driver.app.screen.query_one(OptionList)
        last = options.option_count - 1
        for _ in range(last):
            await driver.press("pagedown")
            if options.highlighted == last:
                break
        command = str(options.get_option_at_index(last).prompt).split()[0]
        await driver.sees(command)
        await driver.press(*"theme")
        await driver.until(lambda: options.option_count < last)
        await driver.sees(":theme NAME")
        await driver.press("escape", "escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)


@SIZES
async def test_confirmation_is_read_to_its_end_beside_its_buttons(opened, a_morning, clock, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await driver.press("asterisk", "s")
        await is_on(driver, ConfirmScreen)
        last = driver.app.screen.text.split()[-4:]
        seen = ""
        for _ in range(40):
            assert "Suspend 8 runs (y)" in driver.text
            assert "Back (n)" in driver.text
            seen += driver.prose
            if " ".join(last) in seen:
                break
            await driver.press("j")
        assert " ".join(last) in seen


@SIZES
async def test_what_would_happen_is_read_to_its_end_above_its_keys(opened, a_morning, clock, size):
    async with opened(a_morning, size=size, clock=clock) as driver:
        await to_page(driver, "golden-otter", "W")
        await is_on(driver, WhatIfScreen)
        await driver.press("G")
        await driver.sees(driver.app.screen.text.split()[-1])
        assert "esc back" in driver.text


# Messages.


async def test_in_a_small_window_one_message_is_shown_at_a_time_and_in_full(opened, a_morning, clock):
    async with opened(a_morning, size=(40, 12), clock=clock) as driver:
        driver.app.say("The first one.", severity="warning")
        await driver.sees("The first one.")
        words = [f"word{number}" for number in range(25)]
        driver.app.say(" ".join(words), severity="warning")
        await driver.until(lambda: set(words) <= set(driver.text.split()))
        await driver.sees_no("The first one.")
