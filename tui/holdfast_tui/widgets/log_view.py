"""The log of a run. It follows new lines until the user scrolls up, and can be searched, filtered and copied."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from holdfast.records import Log
from holdfast_tui.text.cells import drop, fit, places, wrap
from holdfast_tui.text.log_lines import LEVELS as LEVELS
from holdfast_tui.text.log_lines import LogOptions as LogOptions
from holdfast_tui.text.log_lines import Row, as_text, rows
from holdfast_tui.widgets.line_list import Cell, Line, LineList
from holdfast_tui.widgets.log_hits import Hits
from holdfast_tui.widgets.log_window import LogWindow

_STEP = 8
"""The number of columns by which unwrapped lines scroll sideways."""


class LogView(LineList):
    """The list of log lines, newest last."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tone--hit"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", show=False, tooltip="Go to the end, and follow new lines"),
        Binding("L", "level", "Level", tooltip="Lowest level to show: all, INFO, WARNING or ERROR"),
        Binding("w", "wrap", "Wrap", id="wide", tooltip="Wrap long lines, or cut them and scroll sideways"),
        Binding("t", "timestamps", "Times", tooltip="Show or hide the time of each line"),
        Binding("greater_than_sign", "hit(1)", "Next hit", show=False, key_display=">", tooltip="Next hit"),
        Binding("less_than_sign", "hit(-1)", "Prev hit", show=False, key_display="<", tooltip="Previous hit"),
        Binding("l,right", "aside(1)", "Right", id="unfold", show=False),
        Binding("h,left", "aside(-1)", "Left", id="fold", show=False),
    ]

    class Said(Message):
        """The text about the whole log has changed."""

    @dataclass
    class Changed(Message):
        """The options have changed."""

        options: LogOptions

    def __init__(
        self,
        run_id: UUID,
        task_id: UUID | None = None,
        *,
        id: str,  # noqa: A002 - Textual's name
        nothing: str = "No log lines yet.",
    ) -> None:
        super().__init__(id=id, classes="pane")
        self._nothing = nothing
        self._window = LogWindow(self, run_id, task_id)
        self._rows: list[Row] = []
        self._empty: list[Line] = []
        self._new = 0
        self._skipped = False
        self._aside = 0
        self._sought = ""
        self._hits = Hits(self, self._found)
        self._towards = 0
        self.options = LogOptions()
        self.following = True
        self.title = "Log"
        self._lay_out()

    # The lines.

    @property
    def logs(self) -> Sequence[Log]:
        """The lines in memory."""
        return self._window.logs

    @property
    def selected(self) -> Log | None:
        """The line under the cursor."""
        return self._rows[self.cursor].log if self.cursor < len(self._rows) else None

    @property
    def _here(self) -> int:
        return 0 if self.selected is None else self.selected.seq

    def load(self, *, urgent: bool = False) -> None:
        """Read new lines."""
        self._window.load(urgent=urgent)

    def heard(self, lines: Sequence[Log], *, skipped: bool) -> None:
        """Count new lines unless they are being followed, and search them."""
        if self._sought and skipped:
            self._hits.seek(self._window.of, self._sought)
        elif self._sought:
            self._hits.add(each.seq for each in lines if self._has(each))
        if not self.following:
            self._new += len(lines)
            self._skipped = self._skipped or skipped
        self._say()

    def appended(self, lines: Sequence[Log]) -> None:
        """Draw new lines after the others."""
        before = self._rows[-1].log if self._rows else None
        if before is None:
            self._lay_out()
        else:
            self._rows += rows(lines, before, self._width, self.options)
        self.set_count(len(self._rows) or len(self._empty))
        if self.following:
            self._to_end()
        self.repaint()

    def shifted(self) -> None:
        """Draw other lines; those in view keep their place."""
        top, here = self._place(self.top), self._place(self.cursor)
        in_view = self.top <= self.cursor < self.top + self.page_height
        self._lay_out()
        if self.following:
            self._to_end()
        else:
            self.cursor = self._row_of(here)
            self.scroll_to(y=self._row_of(top), animate=False, force=True)
            if in_view:
                self.show_cursor()
        self.refresh_all()
        self._say()

    def arrived(self, seq: int) -> None:
        """Move the cursor to a line that was not loaded, and show it in the middle of the view."""
        self._lay_out()
        row = self._row_of((seq, 0))
        self.scroll_to(y=max(0, row - self.page_height // 2), animate=False, force=True)
        self.move_cursor(row, by_hand=False)
        self.refresh_all()
        self._say()

    def _place(self, row: int) -> tuple[int, int]:
        """Return the log line that a row belongs to, and its number among that line's rows."""
        if row >= len(self._rows):
            return 0, 0
        seq = self._rows[row].log.seq
        return seq, row - self._row_of((seq, 0))

    def _row_of(self, place: tuple[int, int]) -> int:
        """Return the row of a place, or the nearest one."""
        first = bisect_left(self._rows, place[0], key=lambda each: each.log.seq)
        return max(0, min(first + place[1], self.count - 1))

    def show(self, options: LogOptions) -> None:
        """Apply other options, and keep the search and the position."""
        before, self.options = self.options, options
        self._aside = 0 if options.wrap else self._aside
        if options.level != before.level:
            self._window.again(None if self.following else self._here or self._window.at, options.level)
            self._search_again()
        else:
            self.shifted()

    # Copying.

    def copied(self) -> tuple[str, str] | None:
        """Return what to copy: a name for the line under the cursor, and its text."""
        log = self.selected
        return None if log is None else ("the line", log.message)

    def all_text(self, done: Callable[[str], None]) -> None:
        """Pass on all lines with times and levels, including those that are not in memory."""
        if self._window.complete:
            done(as_text(self._window.logs))
        else:
            self._window.text(done)

    # Following.

    def action_follow(self) -> None:
        """Go to the end and follow new lines."""
        self.following = True
        self._new, self._skipped = 0, False
        self._window.stay()
        if not self._window.last:
            self._window.again(None, self.options.level)
        self._to_end()
        self.repaint()
        self._say()

    def action_last(self) -> None:
        """Go to the end and follow new lines."""
        self.action_follow()

    def action_first(self) -> None:
        """Go to the first line of the log."""
        if self._window.first:
            super().action_first()
            return
        self.following = False
        self._window.around(0)
        self._say()

    def moved_by_hand(self) -> None:
        """Stop following on the way up, and follow again at the end."""
        self._towards = 0
        self._window.stay()
        end = self.cursor >= self.count - 1 and self._window.last
        if end != self.following:
            self.following = end
            if end:
                self._new, self._skipped = 0, False
            self._say()
        self.scrolled()

    def scrolled(self) -> None:
        """Read lines before the first loaded one, or after the last one."""
        if self.following:
            return
        if self.top == 0:
            self._window.older()
        elif self.top >= self.max_scroll_y:
            self._window.newer()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Stop following."""
        if self.following and self.max_scroll_y > 0:
            self.following = False
            self._say()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Follow again at the end."""
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        if not self.following and self.top >= self.max_scroll_y and self._window.last:
            self.action_follow()

    def _to_end(self) -> None:
        before, self.cursor = self.cursor, max(0, self.count - 1)
        if before != self.cursor:
            self.refresh_line(before)
        self.scroll_to(y=max(0, self.count - self.page_height), animate=False, force=True)

    def show_cursor(self) -> None:
        """Keep the end in view when following."""
        if self.following:
            self._to_end()
        else:
            super().show_cursor()

    # Options.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable opening lines, and enable the keys for hits only during a search."""
        if action == "open":
            return False
        if action == "hit" and not self._sought:
            return False
        return super().check_action(action, parameters)

    def action_level(self) -> None:
        """Set the lowest level to the next one, or show all lines."""
        places = [level for level, _ in LEVELS]
        self._change(replace(self.options, level=places[(places.index(self.options.level) + 1) % len(places)]))

    def action_wrap(self) -> None:
        """Wrap or cut long lines."""
        self._change(replace(self.options, wrap=not self.options.wrap))

    def action_timestamps(self) -> None:
        """Show or hide the time of each line."""
        self._change(replace(self.options, timestamps=not self.options.timestamps))

    def action_aside(self, by: int) -> None:
        """Scroll cut lines sideways."""
        if not self.options.wrap:
            self._aside = max(0, self._aside + by * _STEP)
            self.refresh_all()

    def _change(self, options: LogOptions) -> None:
        self.show(options)
        self.post_message(self.Changed(options))

    # Searching.

    def seek(self, text: str, *, go: bool = True) -> None:
        """Search the whole log for ``text``; with ``go``, go to the next hit upwards from here."""
        if text != self._sought:
            self._sought = text
            self._search_again()
            self.refresh_all()
        if go and text and self.selected is not None and not self._has(self.selected):
            self.action_hit(-1)
        self._say()

    def _search_again(self) -> None:
        self._towards = 0
        if self._sought:
            self._hits.seek(self._window.of, self._sought)
        else:
            self._hits.stop()

    def _found(self) -> None:
        """Show the number of hits, and go to one if the user is waiting for it."""
        by, self._towards = self._towards, 0
        if by:
            self.action_hit(by)
        self._say()

    @property
    def sought(self) -> str:
        """The searched text."""
        return self._sought

    def action_hit(self, by: int) -> None:
        """Go to the next or the previous hit. After the last hit comes the first."""
        found = self._hits.next(self._here, by)
        if found is None:
            self._towards = by if self._hits.walking else 0
        elif self._window.has(found):
            self.move_cursor(self._row_of((found, 0)))
        else:
            self.following = False
            self._window.around(found)
        self._say()

    def _has(self, log: Log) -> bool:
        return any(places(log.message, self._sought))

    def _say(self) -> None:
        said: list[str] = []
        if self._sought:
            said.append(self._hits.said(self._here))
        if self.options.level:
            said.append(f"{dict(LEVELS)[self.options.level]}+")
        if self.following:
            said.append("following")
        else:
            said.append(f"{self._new:,}{'+' if self._skipped else ''} new ↓" if self._new else "not at end")
        total = self._window.total
        now = (f"{self.title} {total:,}" if total else self.title, ", ".join(said))
        # The subtitle has no type in Textual.
        if now != (self.border_title, self.border_subtitle):  # pyright: ignore[reportUnknownMemberType]
            self.border_title, self.border_subtitle = now
            self.post_message(self.Said())

    # Layout.

    @property
    def _width(self) -> int:
        return max(8, self.row_width - 1)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines again."""
        super().on_resize(event)
        self.shifted()

    def _lay_out(self) -> None:
        self._rows = rows(self._window.logs, None, self._width, self.options)
        if not self._rows:
            hidden = f"No lines at this level; {self._window.hidden:,} are hidden. L shows more."
            nothing = hidden if self._window.hidden else self._nothing
            self._empty = [[Cell(each, "muted")] for each in wrap(nothing, self._width)]
        self.set_count(len(self._rows) or len(self._empty))

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a row, with hits marked."""
        if index >= self.count:
            return [Cell(" " * width)]
        *head, text = self._rows[index].cells if self._rows else self._empty[index]
        room = width - sum(cell_len(each.text) for each in head)
        shown = fit(text.text if self.options.wrap else drop(text.text, self._aside), room)
        return [*head, *self._marked(shown, text.tone)]

    def _marked(self, text: str, kind: str) -> Iterator[Cell]:
        at = 0
        for start, end in places(text, self._sought):
            if start > at:
                yield Cell(text[at:start], kind)
            yield Cell(text[start:end], "hit")
            at = end
        if at < len(text) or not text:
            yield Cell(text[at:], kind)
