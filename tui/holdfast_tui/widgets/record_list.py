"""A list with columns and heads, of records that are all in memory. The cursor stays on its record."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len

from holdfast_tui.text.cells import fit, fit_right
from holdfast_tui.text.durations import Clock
from holdfast_tui.widgets.headed_list import HeadedList
from holdfast_tui.widgets.line_list import Cell, Line

T = TypeVar("T")


class Column(NamedTuple):
    """A column with its head and width. A column of width 0 is left out."""

    head: str
    size: int
    right: bool = False
    """Whether its texts are right-aligned."""
    gap: int = 1
    """The number of cells between it and the next column."""

    def fitted(self, text: str) -> str:
        """Return a text in exactly this width, followed by the gap."""
        return (fit_right(text, self.size) if self.right else fit(text, self.size)) + " " * self.gap


class RecordList(HeadedList, Generic[T]):
    """A list of records."""

    def __init__(self, clock: Clock, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.clock = clock
        self.records: Sequence[T] = ()

    # To override in a list.

    def key_of(self, record: T) -> Hashable:
        """Return the key that identifies a record when it is read again."""
        raise NotImplementedError

    def columns(self, width: int) -> Sequence[Column]:
        """Return the columns for a width."""
        raise NotImplementedError

    def values(self, record: T) -> Sequence[tuple[str, str]]:
        """Return the text and the tone for each column."""
        raise NotImplementedError

    @property
    def selected(self) -> T | None:
        """The record under the cursor."""
        return self.records[self.cursor] if self.cursor < len(self.records) else None

    def show(self, records: Sequence[T]) -> None:
        """Show these records, with the cursor on the same record or near its old place."""
        key = None if self.selected is None else self.key_of(self.selected)
        before = self.cursor
        self.records = records
        self.set_count(len(records))
        self.cursor = next((at for at, each in enumerate(records) if self.key_of(each) == key), self.cursor)
        if self.cursor != before:
            self.refresh_all()
        self.show_cursor()
        self.repaint()

    def head(self, width: int) -> Sequence[str]:
        """Return the column heads."""
        return [each.fitted(each.head) for each in self.columns(width) if each.size > 0]

    def cells(self, index: int, width: int) -> Line:
        """Return the cells of a record."""
        if index >= len(self.records):
            return [Cell(" " * width)]
        parts = zip(self.columns(width), self.values(self.records[index]), strict=True)
        cells = [Cell(column.fitted(text), tone) for column, (text, tone) in parts if column.size > 0]
        return filled(cells, width)


def filled(cells: Sequence[Cell], width: int) -> Line:
    """Return the cells in exactly this width; a space at the end of the last one may be dropped."""
    missing = width - sum(cell_len(each.text) for each in cells)
    if missing >= 0:
        return [*cells, Cell(" " * missing)]
    *most, last = cells
    return [*most, Cell(fit(last.text.removesuffix(" "), cell_len(last.text) + missing), last.tone)]
