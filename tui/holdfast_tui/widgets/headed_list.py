"""A list with column heads, and the line above it that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from holdfast_tui.widgets.line_list import LineList


class ColumnHeads(Widget):
    """The heads of a list's columns, in the line above it."""

    def __init__(self, of: LineList) -> None:
        super().__init__()
        self._of = of
        self._drawn = ""

    @property
    def _edge(self) -> int:
        return 2 if self._of.MARKABLE else 1

    @property
    def _heads(self) -> Sequence[str]:
        of = self._of
        return of.head(of.row_width - self._edge) if isinstance(of, HeadedList) else ()

    def update(self) -> None:
        """Draw the heads again if they have changed."""
        if self._text() != self._drawn:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the heads."""
        self._drawn = self._text()
        return Strip([Segment(self._drawn, self.rich_style)], self.size.width)

    def _text(self) -> str:
        of = self._of
        notice = f" {of.notice} " if isinstance(of, HeadedList) and of.notice else ""
        heads = set_cell_size(" " * self._edge + "".join(self._heads), max(0, self.size.width - cell_len(notice)))
        return set_cell_size(heads + notice, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Tell the list which of its heads was clicked."""
        end = self._edge
        for column, text in enumerate(self._heads):
            end += cell_len(text)
            if self._edge <= event.x < end:
                self._of.post_message(HeadedList.HeadClicked(column))
                return


class HeadedList(LineList):
    """A list with column heads."""

    @dataclass
    class HeadClicked(Message):
        """The head of a column was clicked."""

        column: int
        """The index of the column."""

    @property
    def notice(self) -> str:
        """A text about the whole list, shown at the right of the heads."""
        return ""

    def refresh_heads(self) -> None:
        """Draw the heads again if they have changed."""
        if self.parent is not None:
            for heads in self.parent.query(ColumnHeads):
                heads.update()

    def head(self, width: int) -> Sequence[str]:
        """Return the heads, each as wide as its column."""
        raise NotImplementedError
