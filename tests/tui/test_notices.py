"""Notices of new questions: what is sent to which terminal, when, and how often."""

from __future__ import annotations

import pytest
from seeding import Seeder, listen
from textual.events import AppBlur, AppFocus

from holdfast.store import waits
from holdfast.store.database import Database
from holdfast_tui.terminal import notices
from holdfast_tui.terminal.notices import notice

pytestmark = pytest.mark.anyio

ST = "\x1b\\"
NINETY_NINE = f"\x1b]99;i=holdfast:d=0;Holdfast{ST}\x1b]99;i=holdfast:d=1:p=body;otter asks: Ship?{ST}"
NINE = f"\x1b]9;Holdfast: otter asks: Ship?{ST}"


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, NINE),
        ({"TERM": "xterm-256color"}, NINE),
        ({"TERM": "xterm-kitty"}, NINETY_NINE),
        ({"TERM": "foot"}, f"\x1b]777;notify;Holdfast;otter asks: Ship?{ST}"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, f"\x1b]777;notify;Holdfast;otter asks: Ship?{ST}"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, f"\x1bPtmux;{NINE.replace(chr(27), chr(27) * 2)}{ST}"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, ""),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_each_terminal_gets_the_sequence_that_it_knows(environment, sent):
    assert notice("otter asks: Ship?", environment) == sent


@pytest.mark.parametrize("term", ["xterm", "xterm-kitty", "foot", "tmux"])
def test_no_text_of_a_run_ends_or_begins_a_sequence(term):
    hostile = "a\x1b\\b\x07c\x9c\x1b]52;c;AAAA\x07\nd\u202ee"
    sent = notice(hostile, {"TERM": term})
    harmless = notice("", {"TERM": term})
    for each in ("\x1b", "\x07", "\x9c", "\n", "\u202e"):
        assert sent.count(each) == harmless.count(each)


def test_what_separates_fields_is_no_part_of_a_text():
    assert notice("a;b", {"TERM": "foot"}) == f"\x1b]777;notify;Holdfast;a,b{ST}"


def test_a_long_question_is_cut():
    assert len(notice("x" * 5000, {"TERM": "xterm"})) < 200


@pytest.fixture
def rung(monkeypatch):
    """What has been said, and no waiting for more of it."""
    said = []
    monkeypatch.setattr(notices.Notices, "tell", lambda self, text: said.append(text))
    monkeypatch.setattr(notices, "GATHERING", 0.01)
    monkeypatch.setattr(notices, "REST", 0.01)
    return said


async def test_what_was_there_at_the_start_is_not_told(opened, path, seeder, rung):
    seeder.wait(seeder.run("old"))
    async with opened(path) as driver:
        seeder.wait(seeder.run("new"), description="Ship it?")
        await driver.until(lambda: rung)
    assert rung == ["new asks: Ship it?"]


async def test_a_message_that_is_awaited_is_told_too(opened, path, seeder, rung):
    async with opened(path) as driver:
        listen(seeder)
        await driver.until(lambda: rung)
    assert rung == ["brave-emu asks: Send int"]


async def heard(driver, runs: int) -> None:
    """Wait until the app knows of so many runs that ask."""
    await driver.until(lambda: len(driver.app.notices._runs) == runs)


async def test_a_burst_is_one_notice(opened, path, seeder, rung, monkeypatch):
    monkeypatch.setattr(notices, "REST", 3600)
    async with opened(path) as driver:
        seeder.wait(seeder.run("first"), description="Ship it?")
        await driver.until(lambda: rung)
        for index in range(12):
            seeder.wait(seeder.run(f"run-{index}"))
        await heard(driver, 12)
        assert len(rung) == 1
        driver.app.notices._rested()
        await driver.until(lambda: len(rung) > 1)
    assert rung == ["first asks: Ship it?", "12 new questions"]


async def test_a_big_burst_is_counted_without_reading_it(opened, path, seeder, rung, monkeypatch):
    monkeypatch.setattr(notices, "_READ", 2)
    monkeypatch.setattr(notices, "GATHERING", 3600)
    async with opened(path) as driver:
        for index in range(3):
            seeder.wait(seeder.run(f"run-{index}"))
        await heard(driver, 3)
        driver.app.notices._look()
    assert rung == ["3 new questions"]


async def test_what_was_answered_at_once_is_not_told(opened, path, seeder, rung, monkeypatch):
    monkeypatch.setattr(notices, "GATHERING", 3600)
    async with opened(path) as driver:
        gone = seeder.wait(seeder.run("gone"))
        waits.give_answer(seeder.database, gone.id.hex, {"approve": True}, "bo@laptop", "cli")
        seeder.wait(seeder.run("new"), description="Ship it?")
        await heard(driver, 2)
        driver.app.notices._look()
        await driver.until(lambda: rung)
    assert rung == ["new asks: Ship it?"]


async def test_nothing_is_told_while_it_is_switched_off(opened, path, seeder, rung):
    async with opened(path) as driver:
        await driver.press("colon", *"notifications off", "enter")
        await driver.hears("Notifications are off.")
        seeder.wait(seeder.run("quiet"))
        await driver.sees("2 Inbox  1")
        await driver.press("colon", *"notifications on", "enter")
        await driver.hears("Notifications are on")
        seeder.wait(seeder.run("loud"), description="Ship it?")
        await driver.until(lambda: rung)
    assert rung == ["loud asks: Ship it?"]


class Written:
    """A driver that keeps what is written by it."""

    is_headless = is_web = False

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


async def test_who_looks_at_the_terminal_hears_the_bell_only(opened, path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("TMUX", raising=False)
    async with opened(path) as driver:
        app, written = driver.app, Written()
        app.post_message(AppBlur())
        await driver.until(lambda: not app.app_focus)
        assert _said(app, written) == f"\a{NINE}"
        app.post_message(AppFocus())
        await driver.until(lambda: app.app_focus)
        assert _said(app, written) == "\a"


def _said(app, written):
    """What goes to the terminal with a notice."""
    written.text = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "_driver", written)
        app.notices.tell("otter asks: Ship?")
    return written.text


def test_the_bytes_of_a_notice_reach_the_terminal(tmp_path, monkeypatch, app_on_a_pty):
    for name in ("TMUX", "STY", "VTE_VERSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    seeder = Seeder(Database(tmp_path / "holdfast.db"))
    seeder.run("calm-heron")
    with app_on_a_pty(tmp_path) as terminal:
        terminal.expect("calm-heron")
        seeder.wait(seeder.run("brave-emu"), description="Ship\x1b]0;owned\x07 it?")
        terminal.expect(f"\x1b]9;Holdfast: brave-emu asks: Ship␛]0;owned␇ it?{ST}", raw=True)
        assert b"\a" in terminal.raw
    seeder.database.close()
