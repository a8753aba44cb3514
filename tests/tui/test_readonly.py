"""Read-only: nothing is changed from here."""

from __future__ import annotations

import pytest
from seeding import NOW

from holdfast.store import queries
from holdfast_tui.app import HoldfastApp
from holdfast_tui.background_worker import Background
from holdfast_tui.commands.command_line import CommandInput, CommandLine

pytestmark = pytest.mark.anyio


class Watched(Background):
    """A worker that only says whether it was started."""

    started = False

    @property
    def began(self) -> bool:
        return self.started

    def start(self, path) -> None:
        self.started = True


@pytest.mark.parametrize("key", ["r", "p", "s", "c", "R"])
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=str)
async def test_every_verb_is_dimmed_and_says_why(opened, path, seeder, key, size):
    run_id = seeder.run("brave-emu")
    async with opened(path, size=size, readonly=True) as driver:
        assert "read-only" in driver.lines[0]
        assert not driver.app.screen.active_bindings[key].enabled
        await driver.press(key)
        await driver.hears("The app is read-only. To allow changes,")
    assert queries.get_flow_run(seeder.database, run_id).request is None


async def test_question_cannot_be_answered(opened, story):
    async with opened(story, readonly=True) as driver:
        await driver.press("2", "enter")
        await driver.hears("The app is read-only")
        assert driver.app.screen is driver.app.main


async def test_command_cannot_get_around_it(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path, readonly=True) as driver:
        for text in ("cancel", "cancel brave-emu"):
            await driver.press("colon")
            driver.app.screen.query_one(CommandInput).value = text
            await driver.press("enter")
            await driver.sees("The app is read-only")
            await driver.press("escape")
    assert queries.get_flow_run(seeder.database, run_id).request is None


async def test_command_turns_it_on_and_off(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.until(lambda: driver.app.screen.query(CommandLine))
        await driver.press("colon", *"readonly", "enter")
        assert "read-only" in driver.lines[0]
        assert not driver.app.screen.active_bindings["p"].enabled
        await driver.press("colon", *"readonly", "space", *"off", "enter")
        assert driver.app.screen.active_bindings["p"].enabled


async def test_no_worker_is_started_until_it_is_turned_off(path, seeder):
    background = Watched()
    app = HoldfastApp(path, clock=lambda: NOW, background=background, readonly=True)
    async with app.run_test(notifications=True) as pilot:
        while not app.database_name:
            await pilot.pause(0.01)
        await pilot.pause()
        assert not background.started
        app.set_readonly(False)
        assert background.started


async def test_it_is_said_that_a_worker_that_has_begun_goes_on(path, seeder):
    app = HoldfastApp(path, clock=lambda: NOW, background=Watched())
    async with app.run_test(notifications=True) as pilot:
        while not app.database_name:
            await pilot.pause(0.01)
        app.set_readonly(True)
        await pilot.pause()
        assert "The worker in this app still executes" in "".join(each.message for each in app._notifications)
