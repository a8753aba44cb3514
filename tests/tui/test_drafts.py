"""Drafts of answers in the store: kept, offered again, discarded, gone with the answer; and secrets in none of them."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta

import pytest
from pydantic import BaseModel, SecretStr
from seeding import NOW, Seeder
from textual.widgets import Input

from holdfast.engine.waits import kept_drafts
from holdfast.records import DraftOf
from holdfast.store import waits
from holdfast.store.database import Database
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.screen import AnswerScreen

pytestmark = pytest.mark.anyio


class Login(BaseModel):
    user: str
    note: str = ""
    password: SecretStr


SCHEMA = Login.model_json_schema(schema_generator=AskedSchema)


@pytest.fixture
def asked(path, seeder):
    return seeder.wait(seeder.run("brave-emu"), schema=SCHEMA, description="Log in.")


def kept(path):
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT author, body FROM draft").fetchall()


async def form_of(driver) -> AnswerScreen:
    await driver.press("i", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen) and driver.app.screen.query(Input))
    await driver.settle()
    return driver.app.screen


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_a_draft_survives_the_app_without_its_secrets_and_goes_with_the_answer(
    opened, path, asked, monkeypatch, size
):
    monkeypatch.setenv("HOLDFAST_USER", "ana@desk")
    async with opened(path, size=size) as driver:
        await form_of(driver)
        await driver.press(*"ana", "tab", "tab", *"hunter2", "escape")
        await driver.until(lambda: kept(path))
    ((author, body),) = kept(path)
    assert (author, "hunter" in body) == ("ana@desk", False)
    assert b"hunter" not in b"".join(each.read_bytes() for each in path.parent.iterdir())
    async with opened(path, size=size) as driver:
        screen = await form_of(driver)
        assert "ana@desk. ^g discards it." in driver.prose
        assert [each.value for each in screen.query(Input)] == ["ana", "", ""]
        await driver.press("tab", "tab", *"pw", "ctrl+s")
        await driver.until(lambda: driver.app.screen is not screen)
    ((_, body),) = kept(path)  # the flow may yet object
    database = Database(path)
    waits.accept(database, asked.id.hex)
    database.close()
    assert kept(path) == []


async def test_a_draft_of_somebody_else_is_offered_and_stays_theirs(opened, path, asked, seeder, monkeypatch):
    form = AnswerScreen("", SCHEMA, lambda _: None)
    form.model.find(("user",)).text = "bo"
    monkeypatch.setenv("HOLDFAST_USER", "bo@laptop")
    kept_drafts.keep(seeder.database, DraftOf.WAIT, asked.id, form.model.draft())
    monkeypatch.setenv("HOLDFAST_USER", "ana@desk")
    async with opened(path) as driver:
        screen = await form_of(driver)
        assert screen.query(Input).first().value == "bo"
        assert "by bo@laptop. ^g discards it." in driver.prose
        await driver.press("ctrl+g")
        await driver.until(lambda: screen.query(Input).first().value == "")
        await driver.settle()
    assert [author for author, _ in kept(path)] == ["bo@laptop"]


async def test_what_was_entered_in_this_app_comes_back_with_its_secret(opened, path, asked):
    async with opened(path) as driver:
        screen = await form_of(driver)
        await driver.press(*"ana", "tab", "tab", *"hunter2", "escape")
        await driver.until(lambda: driver.app.screen is driver.app.main)
        screen = await form_of(driver)
        assert [each.value for each in screen.query(Input)] == ["ana", "", "hunter2"]


async def test_a_flows_objections_stand_at_their_fields_when_the_form_is_opened_again(opened, path, asked, seeder):
    waits.give_answer(seeder.database, asked.id.hex, {"user": "ana", "password": "x"}, "ana", "cli")
    waits.object_to(seeder.database, asked.id.hex, {("user",): "is taken", (): "not today"}, "ana")
    async with opened(path) as driver:
        screen = await form_of(driver)
        assert "✗ is taken" in driver.text
        assert "not today" in driver.text
        assert screen.model.objections() == {("user",): "is taken", (): "not today"}


async def test_no_view_of_a_run_shows_a_secret_that_it_was_given(opened, path, asked, seeder):
    value = {"user": "ana", "password": "hunter2"}
    waits.give_answer(seeder.database, asked.id.hex, value, "ana", "cli")
    waits.accept(seeder.database, asked.id.hex)
    async with opened(path, size=(120, 40), clock=lambda: NOW + timedelta(seconds=5)) as driver:
        await driver.press("1", "enter")
        await driver.sees("••••••••")
        assert "ana" in driver.text
        assert "hunter" not in driver.text
        assert "hunter" not in driver.app.export_screenshot()


def test_a_draft_survives_kill_9_of_the_app(tmp_path, monkeypatch, app_on_a_pty):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_USER", "ana@desk")
    database = Database(tmp_path / "holdfast.db")
    seeder = Seeder(database)
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA, description="Log in.")
    with app_on_a_pty(tmp_path) as terminal:
        open_form(terminal)
        terminal.expect("Password")
        terminal.type("killed\t\thunter2")
        until_kept(tmp_path / "holdfast.db", terminal)
        terminal.process.kill()
        terminal.end()
    with app_on_a_pty(tmp_path) as terminal:
        open_form(terminal)
        terminal.expect("discards it")
        terminal.expect("killed")
    database.close()
    assert b"hunter" not in b"".join(each.read_bytes() for each in tmp_path.iterdir() if each.is_file())


def open_form(terminal) -> None:
    terminal.type("i")
    terminal.expect("Log in.")
    terminal.type("\r")


def until_kept(path, terminal) -> None:
    """Wait until the draft has all that was typed before the secret."""
    given_up = time.monotonic() + 60
    while not any("killed" in body for _, body in kept(path)):
        assert time.monotonic() < given_up, terminal.text
        terminal._read()


async def test_a_key_that_is_pressed_twice_opens_one_form(opened, path, asked):
    async with opened(path) as driver:
        await driver.press("i")
        await driver.pilot.press("enter", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.settle()
        assert sum(isinstance(each, AnswerScreen) for each in driver.app.screen_stack) == 1
