"""The input of a filter, with completion and history, and the line under it for errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from holdfast.filters import words

_KEPT = 100
"""The number of filters that are remembered."""


def _nothing(text: str, at: int) -> list[str]:
    return []


class FilterInput(Input):
    """The input of a filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.keep_filter", "Keep", key_display="enter"),
        Binding("tab", "complete(1)", "Complete", key_display="tab"),
        Binding("shift+tab", "complete(-1)", "Complete", show=False),
        Binding("up", "recall(-1)", "Recall", key_display="↑"),
        Binding("down", "recall(1)", "Next filter", show=False),
    ]

    complete: Callable[[str, int], list[str]] = staticmethod(_nothing)
    """Returns the completions of the word that ends at a position of a text."""

    def __init__(self, *, placeholder: str, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self._history: list[str] = []
        self._at = 0
        self._offered: tuple[str, list[str], int] | None = None

    def remember(self, text: str) -> None:
        """Add a filter to the history."""
        if text:
            self._history = [*(each for each in self._history if each != text), text][-_KEPT:]
        self._at = len(self._history)

    def action_recall(self, by: int) -> None:
        """Show the previous or the next filter of the history."""
        self._at = max(0, min(self._at + by, len(self._history)))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)

    def action_complete(self, by: int) -> None:
        """Complete the word at the cursor, or take the next completion."""
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
    """Return the start of the word that ends at a position; spaces within quotes do not separate words."""
    return next((word.start for word in words(text) if word.start < at <= word.end), at)


class FilterNote(Static):
    """The line under the filter: its error, or its completions."""

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a text; an empty one hides the line."""
        self.display = bool(text)
        self.set_class(wrong, "-wrong")
        self.update(Content(text))
