"""Make the pictures in the READMEs from the real app: ``make screenshots``, or ``make screenshots ARGS=inbox``."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picture import draw
from scene import make
from surroundings import Clock, Pids, surroundings
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from holdfast_tui.app import HoldfastApp
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.help import HelpScreen
from holdfast_tui.screens.main import MainScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.what_if import WhatIfScreen

FOLDER = Path(__file__).parent
PATIENCE = 30.0


@dataclass(frozen=True)
class Shot:
    """A screen to show: its size, and the keys that lead to it."""

    screen: type[Screen[Any]]
    size: tuple[int, int]
    keys: Sequence[str] = ()
    theme: str = "textual-dark"


def page_of(name: str) -> list[str]:
    """Return the keys that open the page of a run."""
    return ["slash", *name, "enter", "enter"]


RELEASE = ["2", "enter", "space", "tab", "tab", "backspace", "backspace", "1", "0"]
CONTRACTS = ["2", "slash", *"contract", "enter", "asterisk", "enter", "space", "tab", *"Mette Lund"]

SHOTS = {
    "runs": Shot(MainScreen, (104, 20)),
    "runs-light": Shot(MainScreen, (104, 20), theme="textual-light"),
    "inbox": Shot(MainScreen, (104, 12), ["2"]),
    "answer": Shot(AnswerScreen, (100, 30), RELEASE),
    "together": Shot(AnswerScreen, (100, 24), CONTRACTS),
    "preview": Shot(ConfirmScreen, (100, 20), [*CONTRACTS, "ctrl+s"]),
    "report": Shot(ReportScreen, (100, 20), [*CONTRACTS, "ctrl+s", "y"]),
    "run": Shot(RunPage, (110, 34), page_of("golden")),
    "run-narrow": Shot(RunPage, (80, 24), page_of("golden")),
    "timeline": Shot(RunPage, (110, 40), [*page_of("crane"), "tab"]),
    "task": Shot(TaskPage, (110, 22), [*page_of("lynx"), "tab", "end", "enter"]),
    "what-if": Shot(WhatIfScreen, (100, 36), [*page_of("ibex"), "W"]),
    "deployments": Shot(MainScreen, (98, 12), ["3"]),
    "deployment": Shot(DeploymentPage, (110, 20), ["3", *["down"] * 2, "enter"]),
    "new-run": Shot(AnswerScreen, (100, 22), ["3", "n"]),
    "workers": Shot(MainScreen, (104, 14), ["4"]),
    "actions": Shot(ActionsScreen, (100, 10), ["s", "y", "slash", *"lynx", "enter", "R", "y", "A"]),
    "help": Shot(HelpScreen, (100, 34), ["question_mark"]),
    "command": Shot(MainScreen, (104, 20), ["colon", *"open ", "tab", "tab"]),
}


async def take(path: Path, shot: Shot, clock: Clock) -> str:
    """Take the picture of a screen."""
    app = HoldfastApp(path, clock=clock)
    app.theme = shot.theme
    async with app.run_test(size=shot.size) as pilot:
        await until(pilot, lambda: app.database_name != "" and app.waiting is not None)
        for key in shot.keys:
            await settle(pilot)
            await pilot.press(key if key != " " else "space")
        await until(pilot, lambda: isinstance(app.screen, shot.screen))
        await settle(pilot)
        app.clear_notifications()
        app.database_name = "~/.local/share/holdfast/holdfast.db"
        await pilot.pause()
        ground = app.theme_variables["background"].lower()
        return draw(app.screen._compositor.render_strips(), shot.size[0], ground)


def copied(path: Path) -> Path:
    """Copy the database to another file, so that no picture shows changes that the keys of another one made."""
    copy = path.with_stem("copy")
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


async def settle(pilot: Pilot[None]) -> None:
    """Wait until everything has been read and drawn."""
    app = pilot.app
    assert isinstance(app, HoldfastApp)
    await until(pilot, lambda: not app.workers and not app.main.runs.busy and not app.main.inbox.busy)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    given_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > given_up:
            raise TimeoutError("The app did not show the screen in time.")
        await pilot.pause(0.02)
    await pilot.pause()


def main(names: Sequence[str]) -> None:
    """Make all pictures, or only the named ones."""
    for name, value in {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3", "TEXTUAL_ANIMATIONS": "none"}.items():
        os.environ[name] = value
    for name in ("NO_COLOR", "TEXTUAL_THEME", "HOLDFAST_DB"):
        os.environ.pop(name, None)
    time.tzset()
    Input._toggle_cursor = TextArea._toggle_cursor_blink_visible = lambda self: None
    clock, pids = Clock(), Pids()
    with tempfile.TemporaryDirectory() as folder, surroundings(clock, pids):
        os.environ["HOLDFAST_HOME"] = folder
        path = Path(folder) / "holdfast.db"
        make(clock, pids)
        for name in names or SHOTS:
            picture = asyncio.run(take(copied(path), SHOTS[name], clock))
            (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")
            sys.stdout.write(f"screenshots/{name}.svg\n")


if __name__ == "__main__":
    main(sys.argv[1:])
