"""The widgets for typing text. Typed and pasted input is always text, whatever it contains."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, TextArea
from typing_extensions import override

from holdfast.text import clean, clean_block
from holdfast_tui.textual_types import app_of
from holdfast_tui.user.keymap import Keyed

_ENTRIES = 10_000
"""The maximum number of entries of a folder that are searched for a completion."""


class Line(Input):
    """A single line of text."""

    class PastedLines(Message):
        """Several lines were pasted, but the widget has only one line."""

    pasted: str = ""
    """The text including the pasted lines, until the form takes it."""
    pasted_to = 0
    """The position in it where the next paste goes."""

    @override
    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.strip("\r\n")
        if not text:
            return
        start, end = sorted(self.selection)
        if not self.pasted and len(text.splitlines()) == 1:
            self.replace(clean(text), start, end)
            return
        before, after = self.value[:start], self.value[end:]
        if self.pasted:
            before, after = self.pasted[: self.pasted_to], self.pasted[self.pasted_to :]
        before += clean_block(text)
        self.pasted, self.pasted_to = before + after, len(before)
        self.post_message(self.PastedLines())


class Lines(Keyed, TextArea):
    """Several lines of text, which can be edited in the user's editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "edit_outside", "Edit in $EDITOR", id="form.editor", show=False)
    ]

    class EditOutside(Message):
        """The text should be edited in the user's editor."""

        def __init__(self, area: Lines) -> None:
            super().__init__()
            self.area = area

        @property
        def control(self) -> Lines:
            """The widget with the text."""
            return self.area

    def on_unmount(self) -> None:
        """Unsubscribe from the theme, because Textual would otherwise keep this widget forever."""
        followers = getattr(app_of(self), "__watchers").get("theme", [])
        followers[:] = [each for each in followers if each[0] is not self]

    def action_edit_outside(self) -> None:
        """Open the user's editor."""
        self.post_message(self.EditOutside(self))

    @override
    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        await super()._on_paste(events.Paste(clean_block(event.text)))
        event.stop()


class PathSuggester(Suggester):
    """Completes a path from the file system."""

    def __init__(self, *, folders_only: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folders_only = folders_only

    @override
    async def get_suggestion(self, value: str) -> str | None:
        """Return the first path that begins with the text; folders end with a slash."""
        return await asyncio.to_thread(self._complete, value) if value else None

    def _complete(self, value: str) -> str | None:
        folder, begun = os.path.split(value)
        found: list[str] = []
        try:
            with os.scandir(Path(folder or ".").expanduser()) as entries:
                for _, entry in zip(range(_ENTRIES), entries, strict=False):
                    is_folder = entry.is_dir()
                    if entry.name.startswith(begun) and entry.name == clean(entry.name) and self._fits(entry, begun):
                        found.append(entry.name + "/" * is_folder)
        except (OSError, RuntimeError, ValueError):  # no such folder, no such user, or no path at all
            return None
        best = min(found, default="")
        return os.path.join(folder, best) if best and best != begun else None  # noqa: PTH118 - the text as typed

    def _fits(self, entry: os.DirEntry[str], begun: str) -> bool:
        hidden = entry.name.startswith(".") and not begun.startswith(".")
        return not hidden and (entry.is_dir() or not self._folders_only)
