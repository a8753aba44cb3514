"""The line at the top of a screen that is shown while the database cannot be used as usual."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from holdfast_tui.textual_types import app_of

_MARK = " ✗ "


class _Trouble(Protocol):
    @property
    @abstractmethod
    def banner(self) -> tuple[str, str]:
        """The short text, and what follows it where there is room. Both are empty if nothing is wrong."""


@runtime_checkable
class _Troubled(Protocol):
    @property
    @abstractmethod
    def trouble(self) -> _Trouble:
        """The trouble with the database, if there is any."""


class Banner(Static):
    """Shows what is wrong, as a long or short text depending on the width. Hidden while nothing is wrong."""

    DEFAULT_CSS = """
    Banner {
        dock: top;
        display: none;
        height: 1;
        background: $error-muted;
        color: $text-error;
        text-style: bold;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = ("", "")

    def on_mount(self) -> None:
        """Show what is already wrong."""
        app = app_of(self)
        if isinstance(app, _Troubled):
            self.show(*app.trouble.banner)

    def show(self, short: str, more: str) -> None:
        """Show a text; an empty one hides the banner."""
        self._said = (short, more)
        self._draw()

    def on_resize(self) -> None:
        """Choose the long or the short text."""
        self._draw()

    def _draw(self) -> None:
        short, more = self._said
        self.display = bool(short)
        text = f"{_MARK}{short} {more}"
        fits = cell_len(text) <= app_of(self).size.width
        self.update(Content(text if fits else f"{_MARK}{short}"))
