"""The smallest Textual app there is: what any app of Textual's takes to be on screen."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widget import Widget


class Bare(App[None]):
    """One widget."""

    def compose(self) -> ComposeResult:
        """It."""
        yield Label()


class Label(Widget):
    """Says a word."""

    def render(self) -> str:
        """The word."""
        return "painted"


if __name__ == "__main__":
    Bare().run()
