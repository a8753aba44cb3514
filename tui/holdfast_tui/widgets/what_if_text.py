"""What would happen if a run went on, as the app shows it. The words are `holdfast.what_if`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast import what_if
from holdfast.what_if import title as title
from holdfast_tui.text.durations import date_time
from holdfast_tui.text.state_style import question
from holdfast_tui.widgets.panes import Para, sections

if TYPE_CHECKING:
    from holdfast.engine.preview import Preview

_WORDS = what_if.Words(question, date_time)


def paragraphs(of: Preview) -> list[Para]:
    """What would happen."""
    return sections(
        *((name, [Para(text, tone) for text, tone in found]) for name, found in what_if.sections(of, _WORDS))
    )
