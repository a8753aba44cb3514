"""The app: one database, one feed of changes, and the screens that show them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import UUID

from textual import on
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen

from holdfast.exceptions import HoldfastError, SettingsError, StoreDamaged, StoreError, StoreTooNew
from holdfast.text import clean
from holdfast_tui.background_worker import Background
from holdfast_tui.commands.command_line import History
from holdfast_tui.data.feed import EVERYTHING, PAUSE, Changes, Feed
from holdfast_tui.data.gateway import Gateway
from holdfast_tui.data.jobs import Lane
from holdfast_tui.database_trouble import Trouble
from holdfast_tui.key_order import KeysInOrder
from holdfast_tui.screens.main import MainScreen
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.terminal.hangup import Terminal, on_end_signal, terminal_is_gone
from holdfast_tui.terminal.line_filter import ControlFilter, without_colour
from holdfast_tui.terminal.notices import Notices
from holdfast_tui.terminal.pasting import take_pastes_as_text
from holdfast_tui.text.durations import Clock, system_clock
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.user.themes import LIGHT
from holdfast_tui.user.user_files import Memory
from holdfast_tui.verbs.action_log import Action, ActionLog, Status, at_once
from holdfast_tui.verbs.actions import Outcome
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.widgets.bars import TitleBar

if TYPE_CHECKING:
    from holdfast_tui.forms.session import UnsentAnswer
    from holdfast_tui.screens.pages import Pages


_LOW = 20
"""The height below which space for messages is short."""


class HoldfastApp(Keyed, KeysInOrder):
    """The terminal app of Holdfast.

    ``clock`` gives the time that is shown as now. ``background`` executes scheduled runs while the app is open.
    """

    TITLE = "Holdfast"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-short"),
        (_LOW, "-medium"),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as above
        (0, "-slim"),
        (60, "-broad"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "keys", "Help", tooltip="This help", key_display="?"),
        Binding("q", "quit", "Quit", tooltip="Quit; flows keep running"),
        Binding("A", "log", "Actions", show=False, tooltip="Actions done from here, and their results"),
        Binding("ctrl+z", "suspend_process", "Shell", show=False, tooltip="Suspend the app to the shell"),
    ]

    class Woken(Message):
        """The feed has new changes."""

    waiting: reactive[int | None] = reactive(None)
    """The number of unanswered waits; ``None`` until they are counted."""
    database_name = reactive("")
    """The short name of the database."""
    readonly: reactive[bool] = reactive(False)
    """Whether nothing may be changed from here."""

    def __init__(
        self,
        database_path: Path | None = None,
        *,
        clock: Clock = system_clock,
        background: Background | None = None,
        readonly: bool = False,
        coming: str = "",
    ) -> None:
        super().__init__()
        self.coming = coming
        """The text of the empty run list, if runs are about to arrive."""
        self.register_theme(LIGHT)
        self.set_reactive(HoldfastApp.readonly, readonly)
        self.actions = ActionLog()
        """The log of actions done from here."""
        self.history = History()
        """The history of typed commands."""
        self.memory = Memory(self)
        self._background = background
        self._clock = clock
        self._walls: tuple[LineFilter, ...] = (ControlFilter(),)
        self.gateway = Gateway(database_path)
        self.drafts: dict[UUID, UnsentAnswer] = {}
        """The unsent answers of closed forms, by wait."""
        self._feed = Feed(lambda: self.post_message(self.Woken()))
        self._opening = Lane(self, "opening")
        self._counting = Lane(self, "counting")
        self._settling = Lane(self, "settling")
        self.trouble = Trouble(self)
        """The trouble with the database, if there is any."""
        self.notices = Notices(self)
        """Notifies of new questions."""
        self.main = MainScreen(self.clock)
        self.memory.recall()
        self._problem = False
        self._held = False

    def clock(self) -> datetime:
        """Return the time that is shown as now."""
        return self._clock()

    def get_default_screen(self) -> Screen[Any]:
        """Return the main screen."""
        return self.main

    def get_line_filters(self) -> list[LineFilter]:
        """Return Textual's filters and the second wall against control characters."""
        return [*super().get_line_filters(), *self._walls, *without_colour(self)]

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver, or for a terminal one that survives the terminal."""
        found = super().get_driver_class()
        take_pastes_as_text(found)
        return Terminal if found is LinuxDriver else found

    # Opening and closing.

    def on_mount(self) -> None:
        """Open the database, after the first paint."""
        if not self.is_headless:
            on_end_signal(self.exit)
        self.set_interval(1, self._tick, name="tick")
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        self._opening.submit(self._feed.start, lambda _: self._opened(), urgent=True)

    def _opened(self) -> None:
        self.memory.complain()
        self.database_name = clean(_short(self.gateway.path))
        self._count()
        self.main.load()
        self._start_background()

    def _start_background(self) -> None:
        if self._background is not None and not self.readonly:
            self._background.start(self.gateway.path)

    async def on_unmount(self) -> None:
        """Close the database once no job uses it."""
        self._feed.stop()
        if self._background is not None:
            self._background.stop()
        await asyncio.to_thread(self.gateway.close)

    # Changes and time.

    def watch_waiting(self) -> None:
        """Show the number in the title lines."""
        self._refresh_titles()

    def watch_database_name(self) -> None:
        """Show the name in the title lines."""
        self._refresh_titles()

    def watch_readonly(self) -> None:
        """Show the mode in the title lines."""
        self._refresh_titles()

    def _refresh_titles(self) -> None:
        # The title bars do not watch this themselves, because Textual keeps watchers even when they are closed.
        for screen in self.screen_stack if self.is_running else ():
            for bar in screen.query(TitleBar):
                bar.refresh()

    def on_holdfast_app_woken(self) -> None:
        """Notify the screens at once, and then not again for a while."""
        if not self._held:
            self._tell()

    def _tell(self) -> None:
        changes = self._feed.take()
        self._held = changes is not None
        if changes is None:
            return
        self.set_timer(PAUSE, self._tell)
        self.changed(changes)

    def changed(self, changes: Changes) -> None:
        """Notify every screen of changes."""
        if changes.moved:
            self.trouble.look()
        if changes.waits:
            self._count()
        self.notices.hear(changes.asking)
        asked = self.actions.asked(changes.runs)
        if asked:
            self._settle_asked(asked)
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen):
                screen.changed(changes)

    def _tick(self) -> None:
        if not self.is_headless and terminal_is_gone(in_browser=self.is_web):
            self.exit()
        self.trouble.tick()
        for screen in reversed(self.screen_stack):
            if isinstance(screen, RunScreen):
                screen.tick()
                break

    def _count(self) -> None:
        def counted(count: int) -> None:
            self.waiting = count

        self._counting.submit(lambda store: store.waits.count(), counted)

    # Errors.

    def report(self, error: Exception) -> None:
        """Show an error of a job.

        While the file is locked, full or missing, the app continues to show what it can read. An error of a file that
        was never opened, or that cannot be read at all, takes the whole screen.
        """
        if isinstance(error, StoreError) and self.database_name and not isinstance(error, StoreDamaged | StoreTooNew):
            if self.trouble.meet(error):
                self.say(clean(str(error)), severity="error")
        elif isinstance(error, StoreError | SettingsError):
            self._show_problem(error)
        else:
            self.say(f"Unexpected error: {type(error).__name__}: {clean(str(error))}", severity="error")

    def refuse(self, error: HoldfastError, noted: Action | None = None) -> None:
        """Show why a requested action was not done, and settle it in the action log if it is noted there."""
        if noted is not None:
            self.settle(noted, error)
        if not isinstance(error, StoreError):
            self.say(clean(str(error)), severity="warning")
        elif self.database_name and self.trouble.is_known(error):
            self.say(clean(str(error)), severity="error")  # shown again for each new request
        else:
            self.report(error)

    @property
    def held_up(self) -> StoreError | None:
        """The error that keeps the app's worker from handling what is due."""
        return None if self._background is None else self._background.held_up

    def _show_problem(self, error: Exception) -> None:
        if self._problem:
            return
        self._problem = True
        self._feed.stop()
        self._pages.problem(error, self._retry)

    def _retry(self) -> None:
        self._problem = False
        self.run_worker(self._reopen(), group="reopening", exit_on_error=False)

    async def _reopen(self) -> None:
        await asyncio.to_thread(self.gateway.close, for_good=False)
        self._open()
        self.changed(EVERYTHING)

    def say(self, text: str, *, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Show a short message. On a low screen, which it mostly covers, it is alone and stays half as long."""
        timeout = 6.0 if severity == "information" else 10
        if self.size.height < _LOW:
            self.clear_notifications()
            timeout /= 2
        self.notify(text, severity=severity, markup=False, timeout=timeout)

    # Actions from here.

    def settle(self, action: Action, came: Outcome | Result | Exception) -> None:
        """Record the immediate result of an action."""
        self.actions.settle(action, at_once(came), self.clock())

    def _settle_asked(self, asked: Sequence[Action]) -> None:
        def seen(found: Sequence[tuple[Action, tuple[Status, str] | None]]) -> None:
            for action, outcome in found:
                self.actions.settle(action, outcome, self.clock())
            self._tick()

        self._settling.submit(lambda store: store.waits.outcomes(asked), seen)

    def set_readonly(self, wanted: bool) -> None:
        """Turn read-only mode on or off. A worker that was started continues, and the message says so."""
        self.readonly = wanted
        if not wanted:
            self._start_background()
        for screen in self.screen_stack:
            screen.refresh_bindings()
        if not wanted:
            self.say("Read-only mode is off.")
        elif self._background is not None and self._background.began:
            self.say("Read-only mode is on. The worker in this app still executes scheduled runs.")
        else:
            self.say("Read-only mode is on.")

    def remember(self, **changes: Any) -> None:
        """Change preferences, and save them for the next time."""
        self.memory.remember(**changes)

    @on(Driver.SignalResume)
    def _came_back(self) -> None:
        """Draw everything again, because the shell has used the terminal."""
        self.refresh(layout=True)

    def on_app_blur(self) -> None:
        """Note that this terminal reports when it loses the focus."""
        self.notices.reports_focus = True

    # Screens.

    @cached_property
    def _pages(self) -> Pages:
        from holdfast_tui.screens.pages import Pages  # these are as large as what is painted first

        return Pages(self)

    def open_run(self, run_id: UUID, name: str) -> None:
        """Open a run's page."""
        self._pages.run(run_id, name)

    def open_deployment(self, deployment_id: UUID, name: str) -> None:
        """Open a deployment's page."""
        self._pages.deployment(deployment_id, name)

    def show_view(self, name: str, filter_text: str | None = None) -> None:
        """Show a view of the main screen, with a filter if one is given."""
        while self.screen is not self.main and len(self.screen_stack) > 1:
            self.pop_screen()
        self.main.show_view(name)
        if filter_text is not None:
            self.main.view.set_filter(filter_text)

    def show_help(self, text: str = "") -> None:
        """Show the help, filtered by a text, and run the chosen entry."""
        self._pages.help(text)

    def action_help_quit(self) -> None:
        """Show how to quit, for users who press the key that ends most programs."""
        key = self.memory.keymap.get("quit", "q").split(",")[0]
        self.say(f"Press {key} to quit, or ctrl+q while typing. Flows keep running.")

    def action_keys(self) -> None:
        """Show the help."""
        self.show_help()

    def action_log(self) -> None:
        """Show the action log."""
        self._pages.actions()


def _short(path: Path) -> str:
    """Return a path relative to the home folder, if it is inside it."""
    try:
        return f"~/{path.absolute().relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
