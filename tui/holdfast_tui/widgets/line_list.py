"""A list that draws its own lines, with cursor, mouse and scrolling over any number of rows.

A row is drawn as cells, each with a tone (`holdfast_tui.text.state_style.TONES`). The list remembers the cells that it
painted last, so `repaint` sends only the changed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from holdfast_tui.text.cells import CURSOR, MARKED, NOTHING, changed
from holdfast_tui.text.cells import Cell as Cell
from holdfast_tui.text.cells import Line as Line
from holdfast_tui.text.state_style import TONES
from holdfast_tui.user.keymap import Keyed


class LineList(Keyed, ScrollView, can_focus=True):
    """A scrolling list of lines with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--cursor",
        "line--hover",
        "tone--cursor",
        *(f"tone--{tone}" for tone in TONES),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("ctrl+d", "half_page(1)", "Half page ↓", show=False),
        Binding("ctrl+u", "half_page(-1)", "Half page ↑", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        Binding("space", "mark", "Mark", show=False, tooltip="Mark or unmark the line"),
        Binding(
            "V,ctrl+@,ctrl+space", "mark_range", "Mark range", show=False, tooltip="Mark from the last mark to here"
        ),
        Binding("asterisk", "mark_all", "Mark all", show=False, tooltip="Mark all lines of the list"),
        Binding("ctrl+backslash", "clear_marks", "Clear marks", show=False, tooltip="Remove all marks"),
        Binding("enter", "open", "Open", key_display="enter"),
    ]
    MARKABLE: ClassVar[bool] = False
    """Whether lines can be marked. Such a list overrides `key`."""

    @dataclass
    class Marked(Message):
        """The marked lines have changed."""

        list: LineList

        @property
        def control(self) -> LineList:
            """The list."""
            return self.list

    @dataclass
    class Moved(Message):
        """The cursor has moved to another row."""

        list: LineList

        @property
        def control(self) -> LineList:
            """The list."""
            return self.list

    @dataclass
    class Opened(Message):
        """The row under the cursor should be opened."""

        list: LineList

        @property
        def control(self) -> LineList:
            """The list."""
            return self.list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.count = 0
        self.cursor = 0
        self.marked: frozenset[Hashable] = frozenset()
        """The keys of the marked lines, in view or not."""
        self._last_mark: Hashable | None = None
        self._opening = False
        self._when_marked: Callable[[], None] | None = None
        self._hover: int | None = None
        self._painted: dict[int, Line] = {}
        self._styles_of: dict[tuple[str, str], Style] = {}

    # To override in a list.

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a row, ``width`` wide in total."""
        raise NotImplementedError

    def key(self, index: int) -> Hashable | None:
        """Return the key that a row is marked by; ``None`` if it is not known, or if the row cannot be marked."""
        return None

    def scrolled(self) -> None:
        """Called when other rows come into view, so that they can be loaded."""

    def moved_by_hand(self) -> None:
        """Called when the user moves the cursor."""

    # Size.

    @property
    def row_width(self) -> int:
        """The width of a line, in cells."""
        return self.scrollable_content_region.width

    @property
    def page_height(self) -> int:
        """The number of lines in view."""
        return max(1, self.scrollable_content_region.height)

    @property
    def top(self) -> int:
        """The first row in view."""
        return self.scroll_offset.y

    def set_count(self, count: int) -> None:
        """Set the number of rows."""
        if count != self.count:
            self.refresh_all()
        self.count = count
        self.cursor = min(self.cursor, max(0, count - 1))
        if self.virtual_size.height != count:
            self.virtual_size = Size(self.row_width, count)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self.virtual_size = Size(self.row_width, self.count)
        self._painted.clear()
        self.show_cursor()
        self.scrolled()

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        width = self.row_width
        index = self.top + y
        if index >= self.count:
            return Strip.blank(width, self._style("plain", ""))
        line = self._line(index, width)
        self._painted[index] = line
        row = self._row_kind(index)
        return Strip([Segment(cell.text, self._style(cell.tone, row)) for cell in line], width).simplify()

    def _line(self, index: int, width: int) -> Line:
        cursor = CURSOR if index == self.cursor else NOTHING
        if not self.MARKABLE:
            return [cursor, *self.cells(index, width - 1)]
        mark = MARKED if self.marked and self.key(index) in self.marked else NOTHING
        return [cursor, mark, *self.cells(index, width - 2)]

    def _row_kind(self, index: int) -> str:
        if index == self.cursor:
            return "cursor"
        return "hover" if index == self._hover else ""

    def _style(self, tone: str, row: str) -> Style:
        found = self._styles_of.get((tone, row))
        if found is None:
            found = self._styles_of[tone, row] = self._make_style(tone, row)
        return found

    def _make_style(self, tone: str, row: str) -> Style:
        background, attributes = self.background_colors[1], ""
        if row:
            line = self.get_component_styles(f"line--{row}")
            background, attributes = _over(background, line.background), str(line.text_style)
        styles = self.get_component_styles(f"tone--{tone}")
        color = _over(background, styles.color)
        colours = Style(color=color.rich_color, bgcolor=background.rich_color)
        return colours + Style.parse(str(styles.text_style)) + Style.parse(attributes)

    def notify_style_update(self) -> None:
        """Forget the styles of the previous theme or focus."""
        super().notify_style_update()
        self._styles_of.clear()

    def repaint(self) -> None:
        """Redraw the cells in view that have changed."""
        width = self.row_width
        regions: list[Region] = []
        for index in range(self.top, min(self.top + self.page_height, self.count)):
            before, after = self._painted.get(index), self._line(index, width)
            if before == after:
                continue
            start, end = changed(before, after, width)
            regions.append(Region(start, index - self.top, end - start, 1))
        if regions:
            self.refresh(*regions)

    def refresh_all(self) -> None:
        """Redraw everything in view."""
        self._painted.clear()
        self.refresh()

    # Cursor.

    def move_cursor(self, index: int, *, by_hand: bool = True) -> None:
        """Move the cursor to a row and scroll it into view."""
        index = max(0, min(index, self.count - 1))
        before, self.cursor = self.cursor, index
        if before != index:
            self.refresh_line(before)
            self.refresh_line(index)
        if by_hand:
            self.moved_by_hand()
        self.show_cursor()
        self.post_message(self.Moved(self))

    def show_cursor(self) -> None:
        """Scroll until the cursor is in view."""
        height = self.page_height
        if self.cursor < self.top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= self.top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        if self.count:
            self.move_cursor(self.cursor + by)

    def action_page(self, pages: int) -> None:
        """Move the cursor by some pages."""
        if self.count:
            step = pages * max(1, self.page_height - 1)
            self.scroll_to(y=self.top + step, animate=False, force=True)
            self.move_cursor(self.cursor + step)

    def action_half_page(self, by: int) -> None:
        """Move by half a page."""
        self.action_move(by * max(1, self.page_height // 2))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        if self.count:
            self.move_cursor(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        if self.count:
            self.move_cursor(self.count - 1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.count:
            self._opening = True
            self.post_message(self.Opened(self))

    def take_opening(self) -> bool:
        """Return whether a row was opened since the last call. Messages about it may still be on their way."""
        opening, self._opening = self._opening, False
        return opening

    # Marks.

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark these lines and no others."""
        marked = frozenset(keys)
        changed, self.marked = marked ^ self.marked, marked
        if changed:
            for index in range(self.top, min(self.top + self.page_height, self.count)):
                if self.key(index) in changed:
                    self.refresh_line(index)
            self.post_message(self.Marked(self))

    @property
    def marking(self) -> bool:
        """Whether lines to be marked are still being read."""
        return False

    def when_marked(self, do: Callable[[], None]) -> None:
        """Do something once marking is finished, which may be now."""
        if self.marking:
            self._when_marked = do
        else:
            do()

    def marks_arrived(self) -> None:
        """Do what waits for the end of marking."""
        do, self._when_marked = self._when_marked, None
        if do is not None:
            do()

    def index_of(self, key: Hashable) -> int | None:
        """Return the index of the row with a key, if it is known."""
        return next((index for index in range(self.count) if self.key(index) == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable the keys for marks only where lines can be marked."""
        if action in ("mark", "mark_range", "mark_all"):
            return self.MARKABLE
        return bool(self.marked) if action == "clear_marks" else super().check_action(action, parameters)

    def action_mark(self) -> None:
        """Mark or unmark the line under the cursor, and move to the next line."""
        key = self.key(self.cursor)
        if key is not None:
            self.mark(self.marked ^ {key})
            self._last_mark = key
            self.action_move(1)

    def action_mark_range(self) -> None:
        """Mark all lines from the last marked one to the cursor."""
        start = None if self._last_mark is None else self.index_of(self._last_mark)
        first, last = sorted((self.cursor if start is None else start, self.cursor))
        self.mark_between(first, last)
        self._last_mark = self.key(self.cursor)

    def mark_between(self, first: int, last: int) -> None:
        """Add the rows from ``first`` to ``last`` to the marks."""
        keys = {self.key(index) for index in range(first, last + 1)}
        self.mark(self.marked | (keys - {None}))

    def action_mark_all(self) -> None:
        """Mark every row."""
        self.mark_between(0, self.count - 1)

    def action_clear_marks(self) -> None:
        """Remove all marks."""
        self._last_mark = None
        self.mark(())

    # Mouse and scrolling.

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other rows have come into view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._painted.clear()
            self.scrolled()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a double click opens it."""
        offset = event.get_content_offset(self)
        index = None if offset is None else self.top + offset.y
        if index is None or index >= self.count:
            return
        self.move_cursor(index)
        if event.chain == 2:
            self.action_open()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Highlight the row under the mouse."""
        offset = event.get_content_offset(self)
        self._set_hover(None if offset is None else self.top + offset.y)

    def on_leave(self, event: events.Leave) -> None:
        """Highlight no row."""
        self._set_hover(None)

    def _set_hover(self, index: int | None) -> None:
        before, self._hover = self._hover, index
        if before != index:
            for each in (before, index):
                if each is not None:
                    self.refresh_line(each)


def _over(background: Color, color: Color) -> Color:
    return color if color.ansi is not None or background.ansi is not None else background + color
