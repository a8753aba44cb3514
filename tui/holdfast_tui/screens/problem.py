"""The screen that is shown instead of everything else while the database cannot be used."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from holdfast.text import clean_block
from holdfast_tui.closing import ClosedOnce
from holdfast_tui.database_trouble import title


class ProblemScreen(ClosedOnce[None]):
    """Shows what is wrong, where, and how to fix it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Try again"),
        Binding("q,escape", "app.quit", "Quit"),
    ]

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        """Create the title, the explanation and the keys."""
        with Vertical(classes="problem"):
            yield Static(Content(title(self._error)), classes="problem--title")
            yield Static(Content(clean_block(str(self._error))), classes="problem--text")
            yield Static(Content("r  try again      q  quit"), classes="problem--keys")

    def action_retry(self) -> None:
        """Open the database again."""
        self.dismiss(None)
