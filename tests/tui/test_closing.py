"""What is closed is freed, whenever it is closed; and no error of what is not there ends the app."""

from __future__ import annotations

import asyncio
import gc
import importlib
import pkgutil
import random
import threading
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import pytest
from deploying import deployment_story
from pydantic import BaseModel, Field
from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import MountError, Widget
from textual.widgets import OptionList, Select, Static

import holdfast_tui
from conftest import opened
from holdfast.exceptions import StoreLocked
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.closing import ClosedOnce, Dialog
from holdfast_tui.data.jobs import Lane
from holdfast_tui.forms.body import FormBody
from holdfast_tui.forms.field_menu_screen import FieldMenuScreen
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.forms.widgets import LEAVING
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.column_picker import ColumnsScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.dialogs import ChooseScreen, ConfirmScreen
from holdfast_tui.screens.help import HelpScreen
from holdfast_tui.screens.main import MainScreen
from holdfast_tui.screens.panes_screen import PanesScreen
from holdfast_tui.screens.picker import PickScreen
from holdfast_tui.screens.problem import ProblemScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.triage import GoAheadScreen, TriageForm
from holdfast_tui.screens.what_if import WhatIfScreen
from waiting import PATIENCE

pytestmark = pytest.mark.anyio

KINDS = (Screen, Widget, Timer, Lane, asyncio.Task, threading.Thread)

TIMES = 5
"""How often each screen is opened and closed in a round."""

ROUNDS = 4
"""Rounds in each of which there is more of what piles up. Of anything else there can be more after one: the last screen
may be kept for a while, with all its parts."""


def living():
    """How many objects of the kinds that must not pile up there are."""
    gc.collect()
    found = Counter()
    for each in gc.get_objects():
        if isinstance(each, KINDS) and not (isinstance(each, asyncio.Task) and each.done()):
            found.update(kind.__name__ for kind in KINDS if isinstance(each, kind))
    return found


async def comes(condition):
    """Wait until a condition holds, without waiting for anything else."""
    given_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < given_up, "It never came about."
        await asyncio.sleep(0.001)


WAYS = {
    "run page": ((), "enter", "escape", RunPage),
    "task page": (
        ("slash", *"golden-otter", "enter", "enter", "tab", "tab", "home", "down"),
        "enter",
        "escape",
        TaskPage,
    ),
    "what if": (("enter",), "W", "escape", WhatIfScreen),
    "question": ((), "c", "escape", ConfirmScreen),
    "orders": ((), "o", "escape", ChooseScreen),
    "columns": ((), "C", "escape", ColumnsScreen),
    "help": ((), "question_mark", "escape", HelpScreen),
    "actions": ((), "A", "escape", ActionsScreen),
    "form": (("i",), "r", "escape", AnswerScreen),
    "field menu": (("i", "r", "tab"), "ctrl+o", "escape", FieldMenuScreen),
    "deployment page": (("3",), "enter", "escape", DeploymentPage),
    "triage": (("i",), "enter", "escape", TriageForm),
    "going on": (("i", "slash", *"lazy-crane", "enter"), "enter", "escape", GoAheadScreen),
    "picking": ((), "n", "escape", PickScreen),
    "report": ((), lambda app: app.push_screen(ReportScreen("pause", 1, can_stop=False)), "escape", ReportScreen),
    "problem": ((), lambda app: app.push_screen(ProblemScreen(StoreLocked("It is locked."))), "r", ProblemScreen),
}
BASES = {ClosedOnce, Dialog, RunScreen, PanesScreen}
"""What the screens and dialogs are made of."""


def _kinds(base):
    for kind in base.__subclasses__():
        if kind.__module__.startswith("holdfast_tui"):
            yield kind
            yield from _kinds(kind)


def test_every_screen_and_dialog_is_opened_and_closed_here():
    for module in pkgutil.walk_packages(holdfast_tui.__path__, "holdfast_tui."):
        if "web" not in module.name:
            importlib.import_module(module.name)
    opened_here = {kind for _, _, _, kind in WAYS.values()}
    assert set(_kinds(ClosedOnce)) - BASES == opened_here | {MainScreen}


async def _open_and_close(app, opens, closes, kind, times):
    below = app.screen
    for _ in range(times):
        if callable(opens):
            opens(app)
        else:
            app.post_message(events.Key(opens, opens if len(opens) == 1 else None))
        await comes(lambda: isinstance(app.screen, kind) and app.screen.is_running)
        app.post_message(events.Key(closes, None))
        await comes(lambda: app.screen is below)


@pytest.mark.parametrize(("first", "opens", "closes", "kind"), WAYS.values(), ids=WAYS)
async def test_what_is_closed_is_freed(story, seeder, first, opens, closes, kind):
    deployment_story(seeder)
    async with opened(story) as driver:
        await driver.press(*first)
        await _open_and_close(driver.app, opens, closes, kind, 2)
        await driver.settle()
        piling_up = {kind.__name__ for kind in KINDS}
        rounds = 0
        while piling_up:
            assert rounds < ROUNDS, piling_up
            rounds += 1
            before = living()
            await _open_and_close(driver.app, opens, closes, kind, TIMES)
            await driver.settle()
            after = living()
            piling_up &= {name for name in after if after[name] - before[name] >= TIMES}


class Strange(Screen[None]):
    """Asks for what nothing has."""

    BINDINGS: ClassVar = [("x", "ask", "Ask")]

    def compose(self):
        yield Static("here")

    def action_ask(self):
        self.query_one("#nobody")


async def test_a_fault_of_a_screen_that_is_there_is_no_secret(story):
    async def ask():
        async with opened(story) as driver:
            await driver.app.push_screen(Strange())
            await driver.pilot.press("x")
            await driver.pilot.pause()

    with pytest.raises(NoMatches):
        await ask()


async def test_what_is_asked_of_a_screen_that_has_gone_ends_nothing(story, caplog):
    caplog.set_level("INFO", "holdfast.app")
    async with opened(story) as driver:
        screen = Strange()
        await driver.app.push_screen(screen)
        await driver.app.pop_screen()
        driver.app._handle_exception(_raised(lambda: screen.query_one("#nobody")))
        await driver.press("2")
        await driver.sees("Runs")
    assert "is not there" in caplog.text


class Unseen(Screen[None]):
    """Has lists that have no room yet, and a fault of its own."""

    BINDINGS: ClassVar = [("x", "fault", "A fault")]

    def compose(self):
        for each in (OptionList("one", "two"), Select([("one", 1), ("two", 2)])):
            each.styles.height = 0
            yield each
        yield Static("here")

    def action_fault(self):
        {}["nothing"]


@pytest.mark.parametrize("key", ["pagedown", "pageup"])
async def test_going_by_pages_in_a_list_that_has_not_been_laid_out_ends_nothing(story, key):
    async with opened(story) as driver:
        screen = Unseen()
        await driver.app.push_screen(screen)
        for kind in (OptionList, Select):
            screen.query(kind).first().focus()
            await driver.pilot.press("enter", "down", key)
            await driver.pilot.pause()
        await driver.sees("here")


async def test_a_value_that_a_screen_looks_up_in_vain_is_no_secret(story):
    async def ask():
        async with opened(story) as driver:
            await driver.app.push_screen(Unseen())
            await driver.pilot.press("x")
            await driver.pilot.pause()

    with pytest.raises(KeyError):
        await ask()


def _raised(act):
    try:
        act()
    except (NoMatches, MountError) as error:
        return error
    raise AssertionError("nothing was raised")


async def test_a_dialog_is_closed_once_however_often_that_is_asked_for(story):
    async with opened(story) as driver:
        below, above = Dialog(), Dialog()
        await driver.app.push_screen(below)
        await driver.app.push_screen(above)
        for _ in range(3):
            above.dismiss(None)
        await driver.pilot.pause()
        assert driver.app.screen is below


async def test_a_dialog_that_is_closed_below_another_goes_after_it(story):
    async with opened(story) as driver:
        below, above = Dialog(), Dialog()
        await driver.app.push_screen(below)
        await driver.app.push_screen(above)
        below.dismiss(None)
        assert driver.app.screen is above
        above.dismiss(None)
        await driver.until(lambda: driver.app.screen is driver.app.main)


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    iban: str
    bic: str | None = None


class Card(BaseModel):
    kind: Literal["card"] = "card"
    last4: str
    expires: date


class Line(BaseModel):
    sku: str
    unit_price: Decimal
    vat: Literal[0, 7, 19] = 19


class Invoice(BaseModel):
    number: str
    currency: Literal["EUR", "USD", "GBP", "JPY", "CHF", "CNY"] = "EUR"
    payment: Annotated[Transfer | Card, Field(discriminator="kind")]
    lines: list[Line] = [Line(sku=name, unit_price=Decimal("1.50")) for name in "ABCDEF"]
    weight: tuple[float, str] = (1.0, "kg")
    urgent: bool | None = None


async def _nothing(*_args, **_options):
    return None


def _form():
    schema = Invoice.model_json_schema(schema_generator=AskedSchema)
    return AnswerScreen("t", schema, _nothing, initial={"number": "1"})


TURNS = (0, 2, 8, 32, 128)
"""Turns of the event loop between two keys: a form is made in some hundred."""


@pytest.mark.parametrize("keys", [["escape"], ["ctrl+g", "escape"], ["ctrl+t", "ctrl+t", "escape", "escape"]], ids=str)
async def test_a_form_can_be_closed_while_it_is_made(keys):
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for turns in TURNS:
            app.push_screen(_form())
            for key in (None, *keys):
                if key is not None:
                    app.post_message(events.Key(key, None))
                for _ in range(turns):
                    await asyncio.sleep(0)
            await comes(lambda: len(app.screen_stack) == 1 or app._exception)
            await pilot.pause()
            assert app._exception is None


@pytest.mark.parametrize("keys", [["ctrl+g"], ["ctrl+t", "ctrl+t"], ["ctrl+s"]], ids=str)
async def test_esc_gets_through_while_parts_are_made_for_a_key(keys, monkeypatch):
    making, goes_on = asyncio.Event(), asyncio.Event()

    async def held(_body, *_):
        making.set()
        await goes_on.wait()

    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = _form()
        await app.push_screen(screen)
        await pilot.pause()
        monkeypatch.setattr(FormBody, "make_again", held)
        monkeypatch.setattr(FormBody, "reveal", held)
        for key in keys:
            app.post_message(events.Key(key, None))
        await comes(making.is_set)
        app.post_message(events.Key("escape", None))
        await comes(lambda: screen.has_class(LEAVING))
        goes_on.set()
        await comes(lambda: len(app.screen_stack) == 1)


@pytest.mark.parametrize("turns", TURNS)
async def test_the_app_may_end_while_a_form_is_being_closed(turns):
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(_form())
        await pilot.pause()
        for key in ("ctrl+g", "escape"):
            app.post_message(events.Key(key, None))
        for _ in range(turns):
            await asyncio.sleep(0)
    assert app._exception is None


FAST = {
    "at the start": ("A", "B"),
    "after discarding": ("x", "ctrl+g", "A", "B"),
    "after the JSON": ("ctrl+t", "ctrl+t", "A", "B"),
    "into another branch": ("tab", "tab", "right", "space", "tab", "1", "2"),
    "into a new row": ("tab",) * 4 + ("f3", "A", "B"),
    "into a copied row": ("tab",) * 4 + ("f4", "A", "B"),
    "past the menu": ("A", "ctrl+o", "escape", "B"),
    "out of an open choice": ("tab", "down", "tab", "tab", "f3"),
}


KEYS = (
    "A",
    "B",
    "1",
    "tab",
    "shift+tab",
    "right",
    "space",
    "f3",
    "f4",
    "f5",
    "f9",
    "ctrl+t",
    "down",
    "enter",
    "backspace",
)
STORMS = {str(seed): tuple(random.Random(seed).choices(KEYS, k=12)) for seed in range(4)}


async def _typed(driver, keys, slowly):
    """What a form has got, and where the focus is, once all has been done that the keys asked for."""
    form, done = _form(), asyncio.Event()
    driver.app.push_screen(form)
    if slowly:
        await driver.settle()
        for key in keys:
            await driver.press(key)
    for key in () if slowly else keys:
        driver.app.post_message(events.Key(key, {"space": " "}.get(key, key if len(key) == 1 else None)))
    driver.app.post_message(events.Key("f24", None))  # it does nothing, but after all that those before it set off
    driver.app.post_message(events.Callback(callback=done.set))
    await asyncio.wait_for(done.wait(), PATIENCE)
    await driver.settle()
    got = form.model.json_text(), type(form.focused).__name__
    form.dismiss(None)
    await driver.until(lambda: driver.app.screen is driver.app.main)
    return got


@pytest.mark.parametrize("keys", [*FAST.values(), *STORMS.values()], ids=[*FAST, *STORMS])
async def test_typing_fast_does_what_typing_slowly_does(path, keys):
    async with opened(path) as driver:
        slow = await _typed(driver, keys, slowly=True)
        assert await _typed(driver, keys, slowly=False) == slow


@pytest.mark.parametrize("typed", ["c", "zzz"])
async def test_what_is_chosen_from_a_list_is_what_was_there_whatever_is_typed_behind_it(path, typed):
    async with opened(path) as driver:
        chosen = []
        driver.app.push_screen(PickScreen("Which?", [("a", ""), ("b", ""), ("c", "")]), chosen.append)
        await driver.settle()
        for key in ("b", "enter", "backspace", *typed):
            driver.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await driver.until(lambda: chosen)
        assert chosen == [1]
