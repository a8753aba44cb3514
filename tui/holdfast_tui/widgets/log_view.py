"""The log of a run, following live until one goes up; searched, narrowed to levels, and copied from."""

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
"""Columns by which lines that are not wrapped move sideways."""


class LogView(LineList):
    """Log lines, the newest last."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tone--hit"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", show=False, tooltip="To the end of the log, and along with it"),
        Binding("L", "level", "Level", tooltip="Only lines from INFO, WARNING or ERROR on, or all"),
        Binding("w", "wrap", "Wrap", id="wide", tooltip="Wrap long lines, or cut them; left and right move them then"),
        Binding("t", "timestamps", "Times", tooltip="Show or hide the time of each line"),
        Binding("greater_than_sign", "hit(1)", "Next hit", show=False, key_display=">", tooltip="To the next hit"),
        Binding("less_than_sign", "hit(-1)", "Last hit", show=False, key_display="<", tooltip="To the hit before"),
        Binding("l,right", "aside(1)", "Right", id="unfold", show=False),
        Binding("h,left", "aside(-1)", "Left", id="fold", show=False),
    ]

    class Said(Message):
        """What there is to say of the log as a whole is another now."""

    @dataclass
    class Changed(Message):
        """The logs are to be shown otherwise from now on."""

        options: LogOptions

    def __init__(
        self,
        run_id: UUID,
        task_id: UUID | None = None,
        *,
        id: str,  # noqa: A002 - Textual's name
        nothing: str = "Nothing logged yet.",
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

    # What there is.

    @property
    def logs(self) -> Sequence[Log]:
        """The lines that are in memory."""
        return self._window.logs

    @property
    def selected(self) -> Log | None:
        """The line under the cursor."""
        return self._rows[self.cursor].log if self.cursor < len(self._rows) else None

    @property
    def _here(self) -> int:
        return 0 if self.selected is None else self.selected.seq

    def load(self, *, urgent: bool = False) -> None:
        """Read what is new."""
        self._window.load(urgent=urgent)

    def heard(self, lines: Sequence[Log], *, skipped: bool) -> None:
        """Count what is new, where one is not along with it, and look for what is sought in it."""
        if self._sought and skipped:
            self._hits.seek(self._window.of, self._sought)
        elif self._sought:
            self._hits.add(each.seq for each in lines if self._has(each))
        if not self.following:
            self._new += len(lines)
            self._skipped = self._skipped or skipped
        self._say()

    def appended(self, lines: Sequence[Log]) -> None:
        """Draw lines after those that are there."""
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
        """Draw other lines; those in view stay where they are."""
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
        """Put the cursor on a line that was elsewhere, in the middle of the view."""
        self._lay_out()
        row = self._row_of((seq, 0))
        self.scroll_to(y=max(0, row - self.page_height // 2), animate=False, force=True)
        self.move_cursor(row, by_hand=False)
        self.refresh_all()
        self._say()

    def _place(self, row: int) -> tuple[int, int]:
        """Which line of the log a row belongs to, and which of its rows it is."""
        if row >= len(self._rows):
            return 0, 0
        seq = self._rows[row].log.seq
        return seq, row - self._row_of((seq, 0))

    def _row_of(self, place: tuple[int, int]) -> int:
        """Where a place is now, or what is nearest to it."""
        first = bisect_left(self._rows, place[0], key=lambda each: each.log.seq)
        return max(0, min(first + place[1], self.count - 1))

    def show(self, options: LogOptions) -> None:
        """Show the log otherwise; what was sought stays, and the line where one was."""
        before, self.options = self.options, options
        self._aside = 0 if options.wrap else self._aside
        if options.level != before.level:
            self._window.again(None if self.following else self._here or self._window.at, options.level)
            self._seek_anew()
        else:
            self.shifted()

    # Copying.

    def copied(self) -> tuple[str, str] | None:
        """The line under the cursor: what it is called, and its text."""
        log = self.selected
        return None if log is None else ("the line", log.message)

    def all_text(self, done: Callable[[str], None]) -> None:
        """Give all lines, with their times and levels: those too that are not in memory."""
        if self._window.complete:
            done(as_text(self._window.logs))
        else:
            self._window.text(done)

    # Following.

    def action_follow(self) -> None:
        """Go to the end and follow what comes."""
        self.following = True
        self._new, self._skipped = 0, False
        self._window.stay()
        if not self._window.last:
            self._window.again(None, self.options.level)
        self._to_end()
        self.repaint()
        self._say()

    def action_last(self) -> None:
        """To the end, and along with it."""
        self.action_follow()

    def action_first(self) -> None:
        """To the first line of all."""
        if self._window.first:
            super().action_first()
            return
        self.following = False
        self._window.around(0)
        self._say()

    def moved_by_hand(self) -> None:
        """Upwards ends following; the end takes it up again."""
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
        """Read what comes before the first line, and after the last one."""
        if self.following:
            return
        if self.top == 0:
            self._window.older()
        elif self.top >= self.max_scroll_y:
            self._window.newer()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel ends following."""
        if self.following and self.max_scroll_y > 0:
            self.following = False
            self._say()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel at the end follows again."""
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

    # How it is shown.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to open; hits are gone through where something was sought."""
        if action == "open":
            return False
        if action == "hit" and not self._sought:
            return False
        return super().check_action(action, parameters)

    def action_level(self) -> None:
        """From the next level on, or all."""
        places = [level for level, _ in LEVELS]
        self._change(replace(self.options, level=places[(places.index(self.options.level) + 1) % len(places)]))

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self._change(replace(self.options, wrap=not self.options.wrap))

    def action_timestamps(self) -> None:
        """Show or hide the time of each line."""
        self._change(replace(self.options, timestamps=not self.options.timestamps))

    def action_aside(self, by: int) -> None:
        """Move lines that are cut to the left or to the right."""
        if not self.options.wrap:
            self._aside = max(0, self._aside + by * _STEP)
            self.refresh_all()

    def _change(self, options: LogOptions) -> None:
        self.show(options)
        self.post_message(self.Changed(options))

    # Searching.

    def seek(self, text: str, *, go: bool = True) -> None:
        """Look for ``text`` in the whole log; with ``go``, go to the hit that comes next from here upwards."""
        if text != self._sought:
            self._sought = text
            self._seek_anew()
            self.refresh_all()
        if go and text and self.selected is not None and not self._has(self.selected):
            self.action_hit(-1)
        self._say()

    def _seek_anew(self) -> None:
        self._towards = 0
        if self._sought:
            self._hits.seek(self._window.of, self._sought)
        else:
            self._hits.stop()

    def _found(self) -> None:
        """More hits are known; go to one, if there was none yet in the direction that was asked for."""
        by, self._towards = self._towards, 0
        if by:
            self.action_hit(by)
        self._say()

    @property
    def sought(self) -> str:
        """What is searched for."""
        return self._sought

    def action_hit(self, by: int) -> None:
        """To the next hit, or the one before; past the last one comes the first again."""
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
        said = []
        if self._sought:
            said.append(self._hits.said(self._here))
        if self.options.level:
            said.append(f"{dict(LEVELS)[self.options.level]} up")
        if self.following:
            said.append("following")
        else:
            said.append(f"{self._new:,}{'+' if self._skipped else ''} new ↓" if self._new else "end follows")
        total = self._window.total
        now = (f"{self.title} {total:,}" if total else self.title, ", ".join(said))
        if now != (self.border_title, self.border_subtitle):
            self.border_title, self.border_subtitle = now
            self.post_message(self.Said())

    # Laying out.

    @property
    def _width(self) -> int:
        return max(8, self.row_width - 1)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again."""
        super().on_resize(event)
        self.shifted()

    def _lay_out(self) -> None:
        self._rows = rows(self._window.logs, None, self._width, self.options)
        if not self._rows:
            hidden = f"No line of this level; {self._window.hidden:,} of others are hidden. L shows more."
            nothing = hidden if self._window.hidden else self._nothing
            self._empty = [[Cell(each, "muted")] for each in wrap(nothing, self._width)]
        self.set_count(len(self._rows) or len(self._empty))

    def cells(self, index: int, width: int) -> Line:
        """A line of the log, with what is sought marked in it."""
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
