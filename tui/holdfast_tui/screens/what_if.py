"""The dialog that shows what will happen if a run continues, in the words of `holdfast.what_if`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from holdfast import what_if
from holdfast_tui.closing import Dialog
from holdfast_tui.text.durations import date_time
from holdfast_tui.text.state_style import COLOURS, question
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.widgets.panes import Para, sections

if TYPE_CHECKING:
    from holdfast.engine.preview import Preview

_WORDS = what_if.Words(question, date_time)


class WhatIfScreen(Keyed, Dialog[None]):
    """Shows what will happen if a run is resumed or retried."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,W,enter", "dismiss(None)", "Back", id="dialog.back"),
        Binding("down,j", "scroll(1)", show=False, id="dialog.down"),
        Binding("up,k", "scroll(-1)", show=False, id="dialog.up"),
        Binding("pagedown,space,ctrl+f", "scroll(10)", show=False, id="dialog.page-down", tooltip="Page down"),
        Binding("pageup,ctrl+b", "scroll(-10)", show=False, id="dialog.page-up", tooltip="Page up"),
        Binding("home,g", "scroll(-100000)", show=False, id="dialog.first", tooltip="To the top"),
        Binding("end,G", "scroll(100000)", show=False, id="dialog.last", tooltip="To the end"),
    ]

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self._preview = preview
        self._said = _paragraphs(preview)

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(each.text for each in self._said)

    def compose(self) -> ComposeResult:
        """Create the title and the text."""
        lines = [Content.styled(each.text, COLOURS.get(each.tone, "")) for each in self._said]
        with Vertical(classes="dialog what-if"):
            yield Static(Content(what_if.title(self._preview)), classes="dialog--title")
            with VerticalScroll(can_focus=False):
                yield Static(Content("\n").join(lines))
            yield Static(Content("↑ ↓ scroll   esc back"), classes="dialog--keys")

    def action_scroll(self, by: int) -> None:
        """Scroll by some lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def _paragraphs(of: Preview) -> list[Para]:
    """Return the paragraphs of a preview."""
    return sections(
        *((name, [Para(text, tone) for text, tone in found]) for name, found in what_if.sections(of, _WORDS))
    )
