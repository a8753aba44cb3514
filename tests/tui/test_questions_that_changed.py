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


def ask_again(seeder, name, amount="all of it"):
    """Have a run ask something else, after an answer to what it asked before."""
    run_id = seeder.run(name)
    first = seeder.wait(run_id, "budget", schema=SCHEMA, description="Spend 100 EUR?")
    waits.give_answer(seeder.database, first.id.hex, {"amount": amount, "pin": "s3cret"}, "ada", "app")
    for state in ("Suspended", "Resuming", "Pending", "Running"):
        if queries.get_flow_run(seeder.database, run_id).state.name != state:
            seeder.state(run_id, state)
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "why": {"type": "string", "default": ""}}}
    return seeder.wait(run_id, "budget", schema=schema, description="Spend 200 EUR?")


@pytest.fixture
def changed(seeder):
    """A question that was answered, and whose code asks another one now."""
    return ask_again(seeder, "brave-emu")


async def test_the_form_says_what_changed_and_offers_what_had_been_answered_without_secrets(opened, path, changed):
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        assert "This question has changed since ada answered it" in driver.prose
        assert 'description was "Spend 100 EUR?", and is "Spend 200 EUR?"' in driver.prose
        assert "all of it" in driver.text
        assert "s3cret" not in driver.text


@pytest.mark.parametrize(("amounts", "offered"), [(("all of it", "all of it"), True), (("all of it", "ten"), False)])
async def test_what_had_been_answered_to_all_alike_is_offered_to_all_of_them(opened, path, seeder, amounts, offered):
    for name, amount in zip(("brave-emu", "calm-heron"), amounts, strict=True):
        ask_again(seeder, name, amount)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "space", "space", "enter")
        form = await the_form(driver)
        assert "This question has changed since ada answered it" in driver.prose
        assert (form.model.dump().get("amount") == "all of it") is offered
        assert "s3cret" not in driver.text


async def test_the_inbox_and_the_form_name_the_root_of_who_asks(opened, path, tree):
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i")
        await driver.until(lambda: any("calm-heron" in line and "part of brave-emu" in line for line in driver.lines))
        await driver.press("enter")
        await the_form(driver)
        assert "calm-heron  audit, part of brave-emu" in driver.text


def ask_otherwise(seeder, run_id, schema):
    """The run executes again and asks something else."""
    for name in ("Suspended", "Resuming", "Pending", "Running"):
        seeder.state(run_id, name)
    other = {**schema, "properties": {**schema["properties"], "why": {"type": "string", "default": ""}}}
    seeder.wait(run_id, "budget", schema=other, description="Delete?", deadline=None)


async def test_an_answer_to_a_question_that_changes_meanwhile_is_refused_and_kept(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    plain = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder.wait(run_id, "budget", schema=plain, description="Spend?", deadline=None)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        ask_otherwise(seeder, run_id, plain)
        await driver.press(*"ten", "ctrl+s")
        await driver.until(lambda: "asks something else now" in driver.prose + driver.said)
        await driver.press("escape")
        await driver.press("i", "enter")
        await driver.until(lambda: "Delete?" in driver.text and "ten" in driver.text)


async def test_in_a_small_window_a_form_begins_with_what_changed_and_one_key_confirms(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    plain = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    first = seeder.wait(run_id, "1", schema=plain, description="Spend 100 EUR?")
    waits.give_answer(seeder.database, first.id.hex, {"amount": "all of it"}, "ada", "app")
    for name in ("Suspended", "Resuming", "Pending", "Running"):
        seeder.state(run_id, name)
    other = {**plain, "properties": {**plain["properties"], "why": {"type": "string", "default": ""}}}
    new = seeder.wait(run_id, "1", schema=other, description="Spend 200 EUR?")
    async with opened(path, size=(40, 12)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        await driver.until(lambda: "This question has changed since ada answered it" in driver.prose)
        await driver.press("ctrl+s")
        await driver.until(lambda: not isinstance(driver.app.screen, AnswerScreen))
    (wait,) = [each for each in queries.get_waits(seeder.database, new.flow_run_id) if each.id == new.id]
    assert wait.answer.value == {"amount": "all of it"}


async def test_what_stands_against_an_answer_leaves_the_buttons_whole_in_a_small_window(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    plain = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder.wait(run_id, "budget", schema=plain, description="Spend?", deadline=None)
    async with opened(path, size=(40, 12)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        ask_otherwise(seeder, run_id, plain)
        await driver.press(*"ten", "ctrl+s")
        await driver.until(lambda: "look at the new question." in driver.prose)
        await driver.until(lambda: "Answer ^s    JSON ^t" in driver.text)


async def test_what_was_typed_for_a_question_that_changes_meanwhile_is_in_the_form_of_the_new_one(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    plain = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder.wait(run_id, "budget", schema=plain, description="Spend?", deadline=None)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await the_form(driver)
        ask_otherwise(seeder, run_id, plain)
        await driver.press(*"ten", "escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("i", "enter")
        await driver.until(lambda: "Delete?" in driver.text and "ten" in driver.text)
