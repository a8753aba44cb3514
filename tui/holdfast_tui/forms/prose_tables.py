"""The tables of a description as lines of text, which keep every word at any width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual.content import Content

_GUTTER = 3
_FAINT = "$foreground 60%"

Row = Sequence[Content]


def table_lines(head: Row, rows: Sequence[Row], to_right: Sequence[bool], width: int) -> list[Content]:
    """Return the lines of a table of at most ``width`` cells; ``to_right`` tells which columns are right-aligned."""
    columns = len(head)
    rows = [[*row, *[Content("")] * (columns - len(row))] for row in rows]
    by_column = list(zip(head, *rows, strict=True))
    widths = [max(1, *(cell.cell_length for cell in column)) for column in by_column]
    least = [max([2, *(cell_len(word) for cell in column for word in cell.plain.split())]) for column in by_column]
    if not _narrowed(widths, least, width - _GUTTER * (columns - 1)):
        return _records(head, rows, width)
    faint = [cell.stylize(_FAINT) for cell in head]
    return [line for row in [faint, *rows] for line in _row_lines(row, widths, to_right)]


def _narrowed(widths: list[int], least: Sequence[int], room: int) -> bool:
    """Narrow the widest columns, but not below their longest words, until all fit. Return whether they do."""
    while sum(widths) > room:
        wide = [at for at, width in enumerate(widths) if width > least[at]]
        if not wide:
            return False
        widths[max(wide, key=widths.__getitem__)] -= 1
    return True


def _row_lines(row: Row, widths: Sequence[int], to_right: Sequence[bool]) -> list[Content]:
    cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    lines: list[Content] = []
    for parts in zip_longest(*cells, fillvalue=Content("")):
        placed: list[Content] = []
        for part, width, right in zip(parts, widths, to_right, strict=True):
            gap = max(0, width - part.cell_length)
            placed.append(part.pad_left(gap) if right else part.pad_right(gap))
        lines.append(Content(" " * _GUTTER).join(placed).rstrip())
    return lines


def _records(head: Row, rows: Sequence[Row], width: int) -> list[Content]:
    """Return a line for each value, after its column head, with a blank line between rows."""
    lines: list[Content] = []
    for row in rows or [[Content("")] * len(head)]:
        lines += [Content("")] if lines else []
        for name, value in zip(head, row, strict=True):
            lines += _wrapped(Content.assemble(name.stylize(_FAINT), " " if name and value else "", value), width)
    return lines


def _wrapped(content: Content, width: int) -> list[Content]:
    return content.wrap(max(2, width)) or [Content("")]
