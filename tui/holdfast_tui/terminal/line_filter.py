"""The second wall against control characters: none in a rendered line reaches the terminal.

The first wall is `holdfast_tui.text.sanitize`, where text is read from the store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor

if TYPE_CHECKING:
    from textual.app import App

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class ControlFilter(LineFilter):
    """Replaces every control character and bidirectional override of a line with a visible mark."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without control characters."""
        if not any(_CONTROL.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment
            if segment.control
            else Segment(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", segment.text), segment.style)
            for segment in segments
        ]


_NO_COLOR = (NoColor(),)


def without_colour(app: App[Any]) -> Sequence[LineFilter]:
    """Return a filter that removes the terminal's own colours if the user wants none. Textual checks only at start.

    Textual turns themes with their own shades into readable greys itself.
    """
    return _NO_COLOR if app.no_color and app.native_ansi_color else ()
