"""What lines are drawn of: cells with a tone, and where two lines differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len


class Cell(NamedTuple):
    """A piece of a line; its text is already as wide as it is to be."""

    text: str
    tone: str = "plain"


Line = Sequence[Cell]

CURSOR = Cell("▌", "cursor")
MARKED = Cell("◆", "strong")
"""What a marked line has at its left, beside the sign of the cursor."""
NOTHING = Cell(" ")


def changed(before: Line | None, after: Line, width: int) -> tuple[int, int]:
    """From where to where two lines differ, in cells."""
    if before is None or len(before) != len(after):
        return 0, width
    start, end, x = width, 0, 0
    for old, new in zip(before, after, strict=True):
        size = cell_len(new.text)
        if old != new:
            start, end = min(start, x), max(end, x + size)
        if cell_len(old.text) != size:
            return start, width
        x += size
    return start, end
