"""Notifications of new questions: the terminal's bell, and a desktop notification.

Terminals have three escape sequences for notifications, and no way to tell which of them they support. Unknown ones
are ignored. So the sequence is guessed from the environment, and the bell always rings too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.records import Wait
from holdfast.text import clean
from holdfast_tui.data.jobs import Lane
from holdfast_tui.text.cells import fit, one_line
from holdfast_tui.text.state_style import question

if TYPE_CHECKING:
    from textual.timer import Timer

    from holdfast_tui.app import HoldfastApp

BELL = "\a"
GATHERING = 0.5
"""Seconds in which new questions are collected for one notification."""
REST = 10.0
"""The minimum time in seconds between two notifications."""
_READ = 20
"""The maximum number of runs whose questions are read. Of more runs, only the number is shown."""
_LONGEST = 120
"""The maximum width of a notification."""

_ESC, _END = "\x1b", "\x1b\\"


def notice(text: str, environment: Mapping[str, str]) -> str:
    """Return the sequence that makes the terminal show a desktop notification; empty if it supports none."""
    said = fit(one_line(clean(text)), _LONGEST).rstrip()
    kind = _kind(environment)
    if kind == "99":
        sequence = f"{_ESC}]99;i=holdfast:d=0;Holdfast{_END}{_ESC}]99;i=holdfast:d=1:p=body;{said}{_END}"
    elif kind == "777":
        sequence = f"{_ESC}]777;notify;Holdfast;{said.replace(';', ',')}{_END}"
    elif kind == "9":
        sequence = f"{_ESC}]9;Holdfast: {said}{_END}"
    else:
        return ""
    if "TMUX" in environment:  # tmux passes it through if allow-passthrough is on, and drops it otherwise
        return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_END}"
    return sequence


def _kind(environment: Mapping[str, str]) -> str | None:
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term == "xterm-kitty" or "KITTY_WINDOW_ID" in environment:
        return "99"
    if term.startswith(("foot", "rxvt")) or "VTE_VERSION" in environment or "KONSOLE_VERSION" in environment:
        return "777"
    if program in ("Apple_Terminal", "vscode") or "WT_SESSION" in environment or "STY" in environment:
        return None
    return "9" if term.startswith(("xterm", "tmux", "screen", "wezterm")) else None


class Notices:
    """Notifies of new questions: once for many that arrive together, and not too often."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app
        self.reports_focus = False
        """Whether the terminal reports when it loses the focus."""
        self._lane = Lane(app, "notices")
        self._runs: set[UUID] = set()
        self._timer: Timer | None = None
        self._resting = False

    def hear(self, runs: frozenset[UUID]) -> None:
        """Collect runs with new questions."""
        if runs and self._app.memory.preferences.notifications:
            self._runs |= runs
            if self._timer is None and not self._resting:
                self._timer = self._app.set_timer(GATHERING, self._look)

    def _look(self) -> None:
        """Notify of the questions that are still open."""
        self._timer = None
        runs, self._runs = list(self._runs), set()
        if len(runs) > _READ:
            self._say(f"{len(runs):,} new questions")
            return

        def found(waits: Sequence[Wait]) -> None:
            if waits:
                self._say(in_words(waits))

        self._lane.submit(lambda store: store.waits.asked_by(runs), found, urgent=True)

    def _say(self, text: str) -> None:
        self.tell(text)
        self._resting = True
        self._app.set_timer(REST, self._rested)

    def tell(self, text: str) -> None:
        """Ring the bell, and notify the desktop unless the terminal has the focus."""
        app = self._app
        app.bell()
        driver = app._driver
        if driver is None or app.is_headless or app.is_web or (self.reports_focus and app.app_focus):
            return
        driver.write(notice(text, os.environ))
        driver.flush()

    def _rested(self) -> None:
        self._resting = False
        if self._runs:
            self._look()


def in_words(waits: Sequence[Wait]) -> str:
    """Return the new questions in one line."""
    if len(waits) == 1:
        return f"{waits[0].flow_run_name} asks: {question(waits[0])}"
    return f"{len(waits):,} new questions"
