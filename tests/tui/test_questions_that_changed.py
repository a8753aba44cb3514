"""A root that waits for a run below it, and a question that took another one's place."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from holdfast.store import queries, waits
from holdfast_tui.forms.screen import AnswerScreen

pytestmark = pytest.mark.anyio

SCHEMA = {
    "title": "Budget",
    "type": "object",
    "properties": {"amount": {"title": "Amount", "type": "string"}, "pin": {"type": "string", "writeOnly": True}},
    "required": ["amount", "pin"],
}


@pytest.fixture
def tree(seeder):
    """A suspended root, whose child asks."""
    root = seeder.run("brave-emu")
    child = seeder.run("calm-heron", "audit", parent=root)
    seeder.wait(child, schema=SCHEMA, description="Is it in order?", deadline=None)
    seeder.state(child, "Suspended")
    seeder.state(root, "Suspended")
    return root


async def the_form(driver) -> AnswerScreen:
    await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen) and driver.app.screen.query(Input))
    await driver.settle()
    return driver.app.screen


async def test_the_list_says_for_which_run_a_root_waits_and_what_that_asks(opened, path, tree):
    async with opened(path, size=(120, 40)) as driver:
        line = next(line for line in driver.lines if "brave-emu" in line)
        assert "calm-heron: Is it in order?" in line


async def test_resuming_a_root_opens_the_form_of_the_run_below_it(opened, path, tree):
    async with opened(path, size=(120, 40)) as driver:
        await driver.press(":", *"resume brave-emu", "enter")
        await the_form(driver)
        assert "calm-heron  audit" in driver.text
        assert "Is it in order?" in driver.text


async def test_the_page_of_a_root_has_the_question_of_the_run_below_it(opened, path, tree):
    async with opened(path, size=(120, 40)) as driver:
        await driver.press(":", *"open brave-emu", "enter")
        await driver.sees("calm-heron: Is it in order?")


@pytest.fixture
def changed(seeder):
    """A question that was answered, and whose code asks another one now."""
    run_id = seeder.run("brave-emu")
    first = seeder.wait(run_id, "budget", schema=SCHEMA, description="Spend 100 EUR?")
    waits.give_answer(seeder.database, first.id.hex, {"amount": "all of it", "pin": "s3cret"}, "ada", "app")
    for name in ("Suspended", "Resuming", "Pending", "Running"):
        if queries.get_flow_run(seeder.database, run_id).state.name != name:
            seeder.state(run_id, name)
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "why": {"type": "string", "default": ""}}}
    return seeder.wait(run_id, "budget", schema=schema, description="Spend 200 EUR?")


async def test_the_form_says_what_changed_and_offers_what_had_been_answered_without_secrets(opened, path, changed):
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        assert "This question has changed since ada answered it" in driver.prose
        assert 'description was "Spend 100 EUR?", and is "Spend 200 EUR?"' in driver.prose
        assert "all of it" in driver.text
        assert "s3cret" not in driver.text


async def test_an_answer_to_a_question_that_changes_meanwhile_is_refused_and_kept(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    plain = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder.wait(run_id, "budget", schema=plain, description="Spend?", deadline=None)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        for name in ("Suspended", "Resuming", "Pending", "Running"):
            seeder.state(run_id, name)
        other = {**plain, "properties": {**plain["properties"], "why": {"type": "string", "default": ""}}}
        seeder.wait(run_id, "budget", schema=other, description="Delete?", deadline=None)
        await driver.press(*"ten", "ctrl+s")
        await driver.until(lambda: "asks something else now" in driver.prose + driver.said)
        await driver.press("escape")
        await driver.press("i", "enter")
        await driver.until(lambda: "Delete?" in driver.text and "ten" in driver.text)
