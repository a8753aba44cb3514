"""Small dialogs: a yes-or-no question, and a choice among several options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from holdfast_tui.closing import Dialog
from holdfast_tui.textual_types import app_of
from holdfast_tui.user.keymap import Keyed


class ConfirmScreen(Keyed, Dialog[bool]):
    """Asks for confirmation. The result is whether it was confirmed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", id="dialog.yes", tooltip="Confirm"),
        Binding("n,escape", "dismiss(False)", "No", id="dialog.no", tooltip="Go back without doing it"),
        Binding(
            "left,up,shift+tab",
            "app.focus_previous",
            show=False,
            id="dialog.button-before",
            tooltip="Previous button",
        ),
        Binding("right,down,tab", "app.focus_next", show=False, id="dialog.next-button", tooltip="Next button"),
        Binding("j,pagedown", "scroll_text(1)", show=False, id="dialog.down"),
        Binding("k,pageup", "scroll_text(-1)", show=False, id="dialog.up"),
    ]

    def __init__(self, title: str, text: str, yes: str, *, no: str = "Back", grave: bool = False) -> None:
        super().__init__()
        self._title, self._yes, self._no, self._grave = title, yes, no, grave
        self.text = text
        """The text above the buttons."""

    def compose(self) -> ComposeResult:
        """Create the title, the text and two buttons; in a grave dialog the harmless button has the focus."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog--title")
            with VerticalScroll(can_focus=False):
                yield Static(Content(self.text), classes="dialog--text")
            with Horizontal(classes="dialog--buttons"):
                yes = Button(self._label("yes"), id="yes", variant="error" if self._grave else "primary")
                yes.compact = True
                no = Button(self._label("no"), id="no")
                no.compact = True
                yield yes
                yield no

    def _label(self, answer: str) -> Content:
        """Return the label of a button, with its key."""
        bindings = (each.binding for each in self.active_bindings.values())
        key = next((app_of(self).get_key_display(each) for each in bindings if each.id == f"dialog.{answer}"), "")
        return Content(f"{self._yes if answer == 'yes' else self._no} ({key})")

    def on_mount(self) -> None:
        """Focus the button that is more likely meant."""
        self.set_focus(self.query_one("#no" if self._grave else "#yes", Button))

    def action_scroll_text(self, by: int) -> None:
        """Scroll a text that does not fit."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the answer."""
        self.dismiss(event.button.id == "yes")


class ChooseScreen(Keyed, Dialog[int | None]):
    """Asks for one of several options. The result is its index."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="dialog.back", tooltip="Close without choosing"),
        Binding("j", "down", show=False, id="dialog.down", tooltip="Down"),
        Binding("k", "up", show=False, id="dialog.up", tooltip="Up"),
    ]

    def __init__(self, title: str, options: Sequence[str]) -> None:
        super().__init__()
        self._title, self._options = title, options

    def compose(self) -> ComposeResult:
        """Create the title and the options."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog--title")
            yield OptionList(*(Option(Content(each)) for each in self._options), markup=False)
            yield Static(Content("enter choose   esc back"), classes="dialog--keys")

    def action_down(self) -> None:
        """Move to the next option."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Move to the previous option."""
        self.query_one(OptionList).action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the choice."""
        self.dismiss(event.option_index)
