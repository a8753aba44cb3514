"""Typing a filter: what may come next, what was typed before, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from holdfast.filters import words

_KEPT = 100
"""Filters that are remembered."""


class FilterInput(Input):
    """Where a filter is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.keep_filter", "Keep", key_display="enter"),
        Binding("tab", "complete(1)", "Complete", key_display="tab"),
        Binding("shift+tab", "complete(-1)", "Complete", show=False),
        Binding("up", "recall(-1)", "Before", key_display="↑"),
        Binding("down", "recall(1)", "Filter after", show=False),
    ]

    complete: Callable[[str, int], list[str]] = staticmethod(lambda text, at: [])
    """What the word may become that ends at a place of a text."""

    def __init__(self, *, placeholder: str, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self._history: list[str] = []
        self._at = 0
        self._offered: tuple[str, list[str], int] | None = None

    def remember(self, text: str) -> None:
        """Offer this filter from now on."""
        if text:
            self._history = [*(each for each in self._history if each != text), text][-_KEPT:]
        self._at = len(self._history)

    def action_recall(self, by: int) -> None:
        """Take a filter that was used before, or the one after it."""
        self._at = max(0, min(self._at + by, len(self._history)))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)

    def action_complete(self, by: int) -> None:
        """Complete the word that is typed, or take the next of what it may become."""
        if self._offered is None or self._offered[0] != self.value:
            words = self.complete(self.value, self.cursor_position)
            index = 0 if by > 0 else len(words) - 1
        else:
            _, words, index = self._offered
            index = (index + by) % len(words)
        if words:
            start = _start_of_word(self.value, self.cursor_position)
            self.value = self.value[:start] + words[index] + self.value[self.cursor_position :]
            self.cursor_position = start + len(words[index])
            self._offered = self.value, words, index


def _start_of_word(text: str, at: int) -> int:
    """Where the word begins that ends at a place; spaces within quotes do not part words."""
    return next((word.start for word in words(text) if word.start < at <= word.end), at)


class FilterNote(Static):
    """The line under the filter: what is wrong with it, or what may come next."""

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a text, or nothing."""
        self.display = bool(text)
        self.set_class(wrong, "-wrong")
        self.update(Content(text))
