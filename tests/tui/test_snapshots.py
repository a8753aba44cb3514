"""How the screens look. ``make snapshots`` accepts a change after it has been looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from textual.screen import Screen

from holdfast_tui.app import HoldfastApp
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.help import HelpScreen
from holdfast_tui.screens.main import MainScreen
from holdfast_tui.screens.problem import ProblemScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.triage import TriageForm
from holdfast_tui.screens.what_if import WhatIfScreen
from waiting import PATIENCE


@dataclass(frozen=True)
class Shot:
    """A screen: by which keys one gets there, and what is on it once it is all there."""

    screen: type[Screen[Any]]
    keys: Sequence[str]
    sees: str
    waiting: int | None = None
    """How many questions nobody has answered by then, where keys have answered some."""


def run(name: str, *keys: str) -> list[str]:
    """The keys to a run's page, and on."""
    return ["slash", *name, "enter", "enter", *keys]


SHOTS = {
    "runs": Shot(MainScreen, [], "golden-otter"),
    "filter": Shot(MainScreen, ["slash", *"state:pau"], "state:paused"),
    "inbox": Shot(MainScreen, ["2"], "Order 4711"),
    "deployments": Shot(MainScreen, ["3"], "warehouse/sync"),
    "workers": Shot(MainScreen, ["4"], "amber-gull"),
    "run": Shot(RunPage, run("golden-otter"), "Ship 2.1"),
    "log": Shot(RunPage, run("golden-otter", "tab"), "artifact 8"),
    "timeline": Shot(RunPage, run("golden-otter", "tab", "tab", "home"), "unit-tests"),
    "task": Shot(TaskPage, run("brisk-lynx", "tab", "home", "down", "down", "enter"), "Attempts"),
    "what_if": Shot(WhatIfScreen, run("golden-otter", "W"), "If you resume"),
    "form": Shot(AnswerScreen, run("misty-tern", "enter"), "Three rows"),
    "triage": Shot(TriageForm, ["2", "down", "enter"], "2.0.7"),
    "bulk": Shot(ConfirmScreen, ["2", "down", "space", "space", "enter", "ctrl+s"], "2 questions"),
    "report": Shot(ReportScreen, ["2", "down", "space", "space", "enter", "ctrl+s", "y"], "golden-otter", waiting=4),
    "confirm": Shot(ConfirmScreen, ["asterisk", "s"], "Suspend 8"),
    "deployment": Shot(DeploymentPage, ["3", "j", "enter"], "Europe/Berlin"),
    "start": Shot(AnswerScreen, ["3", "j", "n"], "New run"),
    "help": Shot(HelpScreen, ["question_mark"], "type to search"),
    "command": Shot(MainScreen, ["colon", *"the"], "theme"),
    "actions": Shot(ActionsScreen, ["down", "p", "y", *"jjjj", "c", "y", *"jjjjj", "R", "y", "A"], "retry"),
}
LIGHT = [each for each in SHOTS if each not in ("filter", "log", "what_if", "start")]
WIDE = ["runs", "inbox", "deployments", "workers", "run", "task", "deployment", "form"]
SMALL = ["runs", "inbox", "workers", "run", "timeline", "form", "confirm", "help"]


def app_on(path, clock, theme: str = "textual-dark") -> HoldfastApp:
    """The app, by the clock."""
    app = HoldfastApp(path, clock=clock)
    app.theme = theme
    return app


def pressing(shot: Shot):
    """Press the keys, each once all has been read, and wait for what is to be seen."""

    async def press(pilot) -> None:
        await settled(pilot)
        for key in shot.keys:
            await pilot.press(key)
            await settled(pilot)
        given_up = time.monotonic() + PATIENCE
        while not reached(pilot.app, shot):
            assert time.monotonic() < given_up, text(pilot.app)
            await pilot.pause(0.01)
        pilot.app.database_name = "~/holdfast.db"
        pilot.app.clear_notifications()  # how long they stay is a matter of real time
        pilot.app.screen.bindings_updated_signal.publish(pilot.app.screen)  # the line of keys hears of it when idle
        await settled(pilot)

    return press


def reached(app: HoldfastApp, shot: Shot) -> bool:
    """Whether all that is waited for is there."""
    counted = shot.waiting in (None, app.waiting)
    return isinstance(app.screen, shot.screen) and shot.sees in text(app) and counted


async def settled(pilot) -> None:
    """Wait until nothing is being read, and the screen no longer changes."""
    app, given_up = pilot.app, time.monotonic() + PATIENCE
    shown, same = "", 0
    while app.workers or app.main.runs.busy or not opened(app) or same < 2:
        assert time.monotonic() < given_up, shown
        await pilot.pause()
        before, shown = shown, text(app)
        same = same + 1 if shown == before else 0


def opened(app: HoldfastApp) -> bool:
    """Whether the database was, or else it is said why not."""
    return bool(app.database_name) or app.screen is not app.main


def text(app: HoldfastApp) -> str:
    """What the screen shows."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.parametrize("shot", SHOTS)
def test_in_the_dark(snap_compare, a_morning, clock, shot):
    app = app_on(a_morning, clock)
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing(SHOTS[shot]))


@pytest.mark.parametrize("shot", LIGHT)
def test_in_the_light(snap_compare, a_morning, clock, shot):
    app = app_on(a_morning, clock, "textual-light")
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing(SHOTS[shot]))


@pytest.mark.parametrize("shot", WIDE)
def test_in_a_wide_window(snap_compare, a_morning, clock, shot):
    app = app_on(a_morning, clock)
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing(SHOTS[shot]))


@pytest.mark.parametrize("shot", SMALL)
def test_in_a_small_window(snap_compare, a_morning, clock, shot):
    app = app_on(a_morning, clock)
    assert snap_compare(app, terminal_size=(40, 12), run_before=pressing(SHOTS[shot]))


def test_empty(snap_compare, path, clock):
    shot = Shot(MainScreen, [], "No runs yet")
    assert snap_compare(app_on(path, clock), terminal_size=(80, 24), run_before=pressing(shot))


def test_problem(snap_compare, path, clock, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DB", "mysql://somewhere")
    shot = Shot(ProblemScreen, [], "mysql")
    assert snap_compare(app_on(None, clock), terminal_size=(80, 24), run_before=pressing(shot))
