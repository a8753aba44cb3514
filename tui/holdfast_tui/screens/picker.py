"""A choice among many options, filtered by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from holdfast_tui.closing import Dialog
from holdfast_tui.text.cells import fit


class PickScreen(Dialog[int | None]):
    """Asks for one of several options, each with a name and a description. The result is its index."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._options = title, options

    def compose(self) -> ComposeResult:
        """Create the input and the list."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog--title")
            yield Input(placeholder="type to filter", compact=True, select_on_focus=False)
            yield OptionList(markup=False)
            yield Static(Content("enter choose   esc back"), classes="dialog--keys")

    def on_mount(self) -> None:
        """Show all options."""
        self._fill("")
        self.set_focus(self.query_one(Input))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the options that match the typed text."""
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        """Choose the highlighted option."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the choice. It is found by id, because typing may have changed the list since."""
        self.dismiss(int(event.option_id or 0))

    def action_step(self, by: int) -> None:
        """Move in the list while typing."""
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        found = [at for at, pair in enumerate(self._options) if all(word in " ".join(pair).lower() for word in words)]
        options = self.query_one(OptionList)
        options.clear_options()
        widest = max((cell_len(name) for name, _ in self._options), default=0)
        options.add_options(
            Option(Content.assemble(fit(name, widest), (f"  {about}", "$foreground 60%")), id=str(at))
            for at, (name, about) in ((at, self._options[at]) for at in found)
        )
        options.highlighted = 0 if found else None
