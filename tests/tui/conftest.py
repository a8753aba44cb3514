"""What the tests of the app share: fixed surroundings, a seeded database, and a driver."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from textual.notifications import Notification, Notifications
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from holdfast.store.database import Database
from holdfast_tui.app import HoldfastApp
from processes import Forge

# Tests are imported by path, so what they share beside fixtures has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

import morning
from ptys import app_on_a_pty
from seeding import ACTOR, NOW, Seeder, release_story

from waiting import PATIENCE


@pytest.fixture
def anyio_backend() -> str:
    """The app runs on asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def fixed_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """One time zone, one theme, a cursor that does not blink, and no keymap or preferences of anybody's."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_ANIMATIONS", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "holdfast.db"


@pytest.fixture
def seeder(path: Path) -> Iterator[Seeder]:
    """Another process, as far as the app can tell: it writes by a connection of its own."""
    database = Database(path)
    yield Seeder(database)
    database.close()


@pytest.fixture
def story(path: Path) -> Path:
    """A database with a run in most states and four open questions, at `NOW`."""
    release_story(path)
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[morning.Clock]:
    """A clock that is moved by hand, for the store as well, and one user."""
    monkeypatch.setenv("HOLDFAST_USER", ACTOR)
    clock = morning.Clock()
    with morning.standing_still(clock):
        yield clock


@pytest.fixture
def a_morning(path: Path, clock: morning.Clock) -> Path:
    """A database with something for every screen, the same each time."""
    morning.write(path, clock)
    return path


class _Shown(Notifications):
    """The messages that are shown, and the texts of those that have been."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[str] = []

    def add(self, notification: Notification) -> Self:
        """Show one more."""
        self.all.append(notification.message)
        return super().add(notification)


class Driver:
    """A running app and the means to use it."""

    def __init__(self, app: HoldfastApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self._shown = _Shown()
        """All messages, those that have gone too: on a slow machine one can be gone before it is looked for."""
        self._heard: dict[str, int] = {}
        """How many of them came before what is still to be heard, by what has been heard."""
        app._notifications = self._shown

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def prose(self) -> str:
        """What the screen shows, without frames and breaks of lines."""
        return " ".join(self.text.translate(dict.fromkeys(range(0x2500, 0x2580), " ")).split())

    @property
    def said(self) -> str:
        """The messages that are shown."""
        return "\n".join(each.message for each in self.app._notifications)

    async def hears(self, text: str) -> None:
        """Wait until a message says so, another one than last time."""

        def found() -> int | None:
            places = range(self._heard.get(text, 0), len(self._shown.all))
            return next((each for each in places if text in self._shown.all[each]), None)

        await self.until(lambda: found() is not None)
        self._heard[text] = (found() or 0) + 1

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each once the last one has been dealt with."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is being read."""
        await self.until(lambda: not self.app.workers and not self.app.main.runs.busy)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds."""
        given_up = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < given_up, f"It never came about. The screen:\n{self.text}"
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def sees(self, text: str) -> None:
        """Wait until the screen shows a text."""
        await self.until(lambda: text in self.text)

    async def sees_no(self, text: str) -> None:
        """Wait until the screen no longer shows a text."""
        await self.until(lambda: text not in self.text)


@asynccontextmanager
async def opened(
    path: Path,
    *,
    size: tuple[int, int] = (80, 24),
    clock: Callable[[], datetime] = lambda: NOW + timedelta(seconds=5),
    readonly: bool = False,
    coming: str = "",
) -> AsyncIterator[Driver]:
    """The app on a database, loaded."""
    app = HoldfastApp(path, clock=clock, readonly=readonly, coming=coming)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: app.database_name or app.screen is not app.main)
        await driver.settle()
        yield driver


@pytest.fixture(name="opened")
def opened_fixture() -> Callable[..., object]:
    """Opens the app: ``async with opened(path) as driver``."""
    return opened


@pytest.fixture(name="app_on_a_pty")
def app_on_a_pty_fixture(forge: Forge) -> Callable[..., object]:
    """The app in a process of its own: ``with app_on_a_pty(home) as terminal``."""
    return functools.partial(app_on_a_pty, forge)
