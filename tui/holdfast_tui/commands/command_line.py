"""The command line, with completion, history and errors, in the two lowest lines of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from holdfast_tui.commands.registry import CommandError, candidates, extended, hint, run

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen

REMEMBERED = 100
"""The number of lines in the history."""


class History:
    """The lines that were typed before. While it is being walked through, it remembers the line that was begun."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._at = 0
        self._begun = ""

    def add(self, line: str) -> None:
        """Remember a line as the newest."""
        if line in self._lines:
            self._lines.remove(line)
        self._lines = [*self._lines, line][-REMEMBERED:]
        self._at = len(self._lines)

    def step(self, by: int, line: str) -> str:
        """Return the previous or the next line that begins with the typed text."""
        if self._at == len(self._lines):
            self._begun = line
        at = self._at + by
        while 0 <= at < len(self._lines) and not self._lines[at].startswith(self._begun):
            at += by
        if at < 0:
            return line
        self._at = min(at, len(self._lines))
        return self._begun if self._at == len(self._lines) else self._lines[self._at]

    def leave(self) -> None:
        """Go back to the newest line."""
        self._at = len(self._lines)


class CommandInput(Input):
    """The input of a command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", show=False),
        Binding("escape,ctrl+c", "leave", show=False),
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
        Binding("up,ctrl+p", "history(-1)", show=False),
        Binding("down,ctrl+n", "history(1)", show=False),
        Binding("backspace", "back", show=False),
    ]

    @property
    def _line(self) -> CommandLine:
        return cast("CommandLine", self.parent and self.parent.parent)

    def action_run(self) -> None:
        """Run the typed command."""
        self._line.run()

    def action_leave(self) -> None:
        """Close the line without running anything."""
        self._line.close()

    def action_complete(self, by: int) -> None:
        """Complete the last word, or take the next completion."""
        self._line.complete(by)

    def action_history(self, by: int) -> None:
        """Show the previous or the next line of the history."""
        self.value = self._line.history.step(by, self.value)
        self.cursor_position = len(self.value)

    def action_back(self) -> None:
        """Delete a character, or close the line if it is empty."""
        if self.value:
            self.action_delete_left()
        else:
            self._line.close()


class CommandLine(Vertical):
    """A colon, the input after it, and above them the completions or the error."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
        self.display = False
        self._before: Widget | None = None
        self._offered: list[str] = []
        self._at = -1
        self._refused: str | None = None
        """The line whose error is shown. The message of its last edit may arrive later, and must not hide the error."""

    def compose(self) -> ComposeResult:
        """Create the hint and the line."""
        yield Static(classes="command--hint")
        with Horizontal():
            yield Static(Content.styled(" :", "bold"), classes="command--colon")
            yield CommandInput(compact=True, select_on_focus=False)

    @property
    def _input(self) -> CommandInput:
        return self.query_one(CommandInput)

    def open(self, text: str = "") -> None:
        """Open the line, with ``text`` as its beginning."""
        if not self.display:
            self._before = self.screen.focused
        self.display = True
        self._refused = None
        self._input.value = text
        self._input.cursor_position = len(text)
        self.screen.set_focus(self._input)
        self._suggest()

    def close(self) -> None:
        """Close the line and give the focus back."""
        self.display = False
        self.history.leave()
        if self.screen.focused in (self._input, None):
            there = self._before is not None and self._before.is_attached and self._before.focusable
            self.screen.set_focus(self._before if there else None)
            if not there:
                cast("RunScreen", self.screen).take_focus()

    def run(self) -> None:
        """Run the typed command, or show its error in the hint line."""
        line, self._refused = self._input.value.strip(), None
        if line:
            self.history.add(line)
            try:
                run(cast("RunScreen", self.screen), line)
            except CommandError as error:
                self._refused = self._input.value
                self._say(Content.styled(str(error), "$text-error"))
                return
        if self.is_attached:
            self.close()

    def complete(self, by: int) -> None:
        """Complete the part that all candidates share, then cycle through the candidates."""
        screen, value = cast("RunScreen", self.screen), self._input.value
        if self._at < 0:
            self._offered = candidates(screen, value)
            longer = extended(value, self._offered) if self._offered else value
            if longer != value:
                self._put(longer)
                self._suggest()
                return
        if self._offered:
            start = -1 if self._at < 0 and by > 0 else 0 if self._at < 0 else self._at
            self._at = (start + by) % len(self._offered)
            self._put(self._offered[self._at])
            self._offer()

    def _put(self, text: str) -> None:
        with self._input.prevent(Input.Changed):
            self._input.value = text
        self._input.cursor_position = len(text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._input.value != self._refused:
            self._suggest()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many candidates as fit."""
        if self.display:
            self._offer()

    def _suggest(self) -> None:
        screen, value = cast("RunScreen", self.screen), self._input.value
        self._offered, self._at = candidates(screen, value), -1
        if self._offered and self._offered != [value.strip()]:
            self._offer()
        else:
            self._say(Content.styled(hint(screen, value), "$foreground 60%"))

    def _offer(self) -> None:
        """Show the completions of the last word."""
        parts, used = Content(""), 0
        for index, line in enumerate(self._offered):
            word = line.rpartition(" ")[2]
            used += cell_len(word) + 2
            if used > self.size.width - 4 and index > self._at:
                parts += Content("…")
                break
            parts += Content.styled(word, "bold reverse" if index == self._at else "$foreground 70%") + Content("  ")
        self._say(parts)

    def _say(self, content: Content) -> None:
        self.query_one(".command--hint", Static).update(Content(" ") + content)
