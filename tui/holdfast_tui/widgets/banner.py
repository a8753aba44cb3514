"""One line at the top of a screen, while the database cannot be used as usual."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

_MARK = " ✗ "


class _Trouble(Protocol):
    @property
    def banner(self) -> tuple[str, str]:
        """What is said where there is little room, and what besides where there is more; empty for nothing."""


@runtime_checkable
class _Troubled(Protocol):
    @property
    def trouble(self) -> _Trouble:
        """What is wrong, if anything is."""


class Banner(Static):
    """Says what is wrong, in as many words as there is room for; takes no room while nothing is."""

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
        """Say what is wrong already."""
        if isinstance(self.app, _Troubled):
            self.show(*self.app.trouble.banner)

    def show(self, short: str, more: str) -> None:
        """Say this; nothing where there is nothing to say."""
        self._said = (short, more)
        self._draw()

    def on_resize(self) -> None:
        """Say more or less."""
        self._draw()

    def _draw(self) -> None:
        short, more = self._said
        self.display = bool(short)
        text = f"{_MARK}{short} {more}"
        fits = cell_len(text) <= self.app.size.width
        self.update(Content(text if fits else f"{_MARK}{short}"))
