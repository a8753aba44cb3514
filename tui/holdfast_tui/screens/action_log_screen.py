"""The action log: the actions done from this app, and their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from holdfast.records import FlowRun
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.text.cells import fit, fit_right
from holdfast_tui.text.durations import Clock, coarse
from holdfast_tui.verbs.action_log import Action, ActionLog, Status
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.headed_list import ColumnHeads, HeadedList
from holdfast_tui.widgets.line_list import Cell, Line, LineList

NOTHING = """No actions yet.

Actions that you take in this app appear here, with their results.
For what others have done, see the history on each run's page."""
_SYMBOLS = {Status.ASKED: ("◌", "active"), Status.DONE: ("✓", "good"), Status.REFUSED: ("✗", "bad")}


class ActionList(HeadedList):
    """The list of actions, newest first."""

    def __init__(self, log: ActionLog, clock: Clock) -> None:
        super().__init__(id="actions")
        self._log = log
        self._clock = clock
        self._actions: Sequence[Action] = ()

    @property
    def selected(self) -> Action | None:
        """The action under the cursor."""
        return self._actions[self.cursor] if self.cursor < len(self._actions) else None

    def load(self) -> None:
        """Show the actions of the log."""
        before = self.selected
        self._actions = list(self._log)[::-1]
        self.set_count(len(self._actions))
        for index, each in enumerate(self._actions):
            if before is not None and each.number == before.number:
                self.cursor = index
        self.repaint()

    def _widths(self, width: int) -> tuple[int, int, int, int]:
        """Return the widths of age, verb with its symbol, run and result; a space follows each but the last."""
        age, verb = 4, 9
        run = 0 if width < 60 else min(26, width // 5)
        return age, verb, run, max(0, width - age - verb - run - (4 if run else 3))

    def head(self, width: int) -> Sequence[str]:
        """Return the column heads."""
        age, verb, run, text = self._widths(width)
        return _spaced(fit_right("Age", age), fit(" Action", verb + 1), fit("Run", run), fit("Result", text))

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of an action."""
        age, verb, run, room = self._widths(width)
        action = self._actions[index]
        mark, tone = _SYMBOLS[action.status]
        parts = [
            (fit_right(coarse(self._clock() - action.at), age), "muted"),
            (fit(f" {mark} {action.verb}", verb + 1), tone),
            (fit(action.run_name, run), "plain"),
            (fit(action.text or "asked", room), "muted" if action.status is Status.DONE else "plain"),
        ]
        texts = _spaced(*(text for text, _ in parts))
        return [Cell(text, kind) for text, kind in zip(texts, (kind for text, kind in parts if text), strict=True)]


def _spaced(*texts: str) -> list[str]:
    present = [text for text in texts if text]
    return [*(f"{text} " for text in present[:-1]), *present[-1:]]


class ActionsScreen(RunScreen):
    """The screen of the action log. It follows the log as it grows."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back", tooltip="Close the log")]

    def __init__(self, log: ActionLog, clock: Clock) -> None:
        super().__init__()
        self._log = log
        self._version = -1
        self._list = ActionList(log, clock)

    def compose(self) -> ComposeResult:
        """Create the title, the list and the line of keys."""
        yield Banner()
        yield TitleBar()
        yield ColumnHeads(self._list)
        yield Static(Content(NOTHING), classes="empty")
        yield self._list
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the log."""
        self.tick()
        self.take_focus()

    @property
    def crumbs(self) -> Sequence[str]:
        """The name of this screen."""
        return ("Actions",)

    @property
    def run(self) -> FlowRun | None:
        """``None``: verbs do not act here."""
        return None

    def take_focus(self) -> None:
        """Focus the list."""
        self.set_focus(self._list if self._list.display else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the verbs."""
        return False if action == "verb" else super().check_action(action, parameters)

    def tick(self) -> None:
        """Redraw the times, and show new actions and results."""
        if self._version != self._log.version:
            self._version = self._log.version
            there = len(self._log) > 0
            self.query_one(".empty").display = not there
            self._list.display = self.query_one(ColumnHeads).display = there
            self._list.load()
        self._list.repaint()

    @on(LineList.Opened)
    def _open(self) -> None:
        action = self._list.selected
        if action is not None:
            self.holdfast.open_run(action.run_id, action.run_name)

    def action_back(self) -> None:
        """Close the log."""
        self.dismiss(None)
