"""The report of a verb for several runs: its progress, and the results if they differ."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from holdfast_tui.closing import Dialog
from holdfast_tui.user.keymap import Keyed

LISTED = 500
"""The number of results that are listed."""


class ReportLine(Protocol):
    """The result for one run or wait."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The result in one line."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether it was done; otherwise it was refused."""

    @property
    @abstractmethod
    def acknowledged(self) -> bool:
        """Whether the run itself has acknowledged it."""


class ReportScreen(Keyed, Dialog[None]):
    """Lists results, refused ones first. Escape stops the remaining work, then closes the report.

    If the work cannot be stopped, Escape closes the report and the work continues.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", "Back", id="dialog.back"),
        Binding("j", "scroll_by(1)", show=False, id="dialog.down"),
        Binding("k", "scroll_by(-1)", show=False, id="dialog.up"),
    ]

    def __init__(self, verb: str, planned: int, *, can_stop: bool = True) -> None:
        super().__init__()
        self._verb = verb
        self._can_stop = can_stop
        self._planned = planned
        self._results: list[ReportLine] = []
        self._summary = ""
        self.stopped = False
        """Whether the user has stopped the remaining work."""

    def compose(self) -> ComposeResult:
        """Create the summary and the list of results."""
        with Vertical(classes="dialog report"):
            yield Static(classes="dialog--title")
            with VerticalScroll():
                yield Static(id="results")
            yield Static(classes="dialog--keys")

    def on_mount(self) -> None:
        """Focus the results, so that keys scroll them."""
        self._show()
        self.set_focus(self.query_one(VerticalScroll))

    def add(self, results: Sequence[ReportLine]) -> None:
        """Add more results."""
        self._results = sorted([*self._results, *results], key=lambda each: each.done)
        self._show()

    def end(self, summary: str) -> None:
        """Show the summary."""
        self._summary = summary
        self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        progress = f"{self._verb.capitalize()}: {len(self._results):,} of {self._planned:,} …"
        self.query_one(".dialog--title", Static).update(Content(self._summary or progress))
        shown = self._results if self._summary else [each for each in self._results if not each.done]
        lines = [_line(each) for each in shown[:LISTED]]
        if len(shown) > LISTED:
            lines.append(Content(f"and {len(shown) - LISTED:,} more"))
        self.query_one("#results", Static).update(Content("\n").join(lines))
        self.query_one(".dialog--keys", Static).update(Content(self._keys))

    @property
    def _keys(self) -> str:
        if self._summary:
            return "esc back"
        if not self._can_stop:
            return "esc back (continues)"
        return "stopping …" if self.stopped else "esc stop after these"

    def action_leave(self) -> None:
        """Stop the work, or close the report."""
        if self._summary or not self._can_stop:
            self.dismiss(None)
        else:
            self.stopped = True
            self._show()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _line(result: ReportLine) -> Content:
    mark, colour = ("✓", "$text-success") if result.done else ("✗", "$text-error")
    if result.done and not result.acknowledged:
        mark, colour = "◌", "$text-primary"
    return Content.assemble((f"{mark} ", colour), (result.text, "$foreground"))
