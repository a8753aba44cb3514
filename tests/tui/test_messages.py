"""What runs wait to be sent, in the inbox: a form whose message goes to the run."""

from __future__ import annotations

import pytest
from seeding import listen
from textual.widgets import Input

from holdfast.store import queries
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.widgets.step_list import StepList

pytestmark = pytest.mark.anyio


async def test_inbox_lists_it(opened, path, seeder):
    async with opened(path) as driver:
        await driver.press("i")
        listen(seeder)
        await driver.sees("Send int")
        await driver.sees("2 Inbox  1")


async def test_form_sends_the_message(opened, path, seeder):
    run_id = listen(seeder, prefix="amount")
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.sees("Send ^s")
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"42", "ctrl+s")
        await driver.hears("Sent to brave-emu.")
    (message,) = queries.get_messages(seeder.database, run_id)
    assert (message.value, message.prefix, message.sender) == ({"value": 42}, "amount", "tester")


async def test_run_that_has_ended_meanwhile_takes_nothing(opened, path, seeder):
    run_id = listen(seeder)
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"42")
        seeder.state(run_id, "Completed")
        await driver.press("ctrl+s")
        await driver.sees("receives no more messages")


async def test_one_form_sends_a_message_to_several_runs(opened, path, seeder):
    run_ids = [listen(seeder, "brave-emu"), listen(seeder, "calm-heron")]
    async with opened(path) as driver:
        await driver.press("i", "space", "space", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"42", "ctrl+s")
        await driver.sees("Answer 2 questions?")
        await driver.press("y")
        await driver.sees("Sent to brave-emu.")
        await driver.sees("Sent to calm-heron.")
    for run_id in run_ids:
        (message,) = queries.get_messages(seeder.database, run_id)
        assert message.value == {"value": 42}


async def test_timeline_has_what_the_run_waits_to_be_sent_and_it_is_sent_from_there(opened, path, seeder):
    run_id = listen(seeder)
    seeder.task(run_id, "build")
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, RunPage))
        await driver.settle()
        steps = driver.app.screen.query_one(StepList)
        await driver.until(lambda: "? Send int" in steps.all_text())
        driver.app.screen.focus_pane(steps)
        await driver.press("home", "down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        driver.app.screen.query(Input).last().focus()
        await driver.press(*"42", "ctrl+s")
        await driver.hears("Sent to brave-emu.")
