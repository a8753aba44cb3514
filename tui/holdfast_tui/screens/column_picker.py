"""The dialog that chooses the columns of the run list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from holdfast_tui.closing import Dialog
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.widgets.run_columns import COLUMNS


class ColumnsScreen(Keyed, Dialog[tuple[str, ...] | None]):
    """Asks for the columns. An empty result means the columns that fit the width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Tick", show=False, id="dialog.tick", tooltip="Show or hide the column"),
        Binding("enter", "choose", "Choose", priority=True, id="dialog.choose", tooltip="Apply the columns"),
        Binding("escape", "dismiss(None)", "Back", id="dialog.back"),
        Binding("j", "down", show=False, id="dialog.down"),
        Binding("k", "up", show=False, id="dialog.up"),
        Binding("backspace,delete", "usual", show=False, id="dialog.usual", tooltip="Columns that fit"),
    ]

    def __init__(self, shown: Sequence[str]) -> None:
        super().__init__()
        self._shown = set(shown)

    def compose(self) -> ComposeResult:
        """Create the list of columns, with the shown ones ticked."""
        with Vertical(classes="dialog"):
            yield Static(Content("Columns"), classes="dialog--title")
            yield OptionList(*map(self._prompt, COLUMNS), markup=False)
            yield Static(Content("space toggle   enter apply\nbackspace reset   esc back"), classes="dialog--keys")

    def _prompt(self, name: str) -> Content:
        return Content(f"{'✓' if name in self._shown else ' '} {COLUMNS[name].head or 'Details'}")

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def action_down(self) -> None:
        """Move to the next column."""
        self._list.action_cursor_down()

    def action_up(self) -> None:
        """Move to the previous column."""
        self._list.action_cursor_up()

    def action_tick(self) -> None:
        """Tick the column, or remove its tick."""
        index = self._list.highlighted or 0
        name = list(COLUMNS)[index]
        self._shown ^= {name}
        self._list.replace_option_prompt_at_index(index, self._prompt(name))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_tick()

    def action_usual(self) -> None:
        """Reset to the columns that fit the width."""
        self.dismiss(())

    def action_choose(self) -> None:
        """Return the ticked columns, in the list's order."""
        self.dismiss(tuple(name for name in COLUMNS if name in self._shown))
