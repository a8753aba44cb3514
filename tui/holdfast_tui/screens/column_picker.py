"""Choosing the columns of the run list."""

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
    """Asks which columns are wanted; none at all stands for those that suit the width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Tick", show=False, id="dialog.tick", tooltip="Choose the column, or do not"),
        Binding("enter", "choose", "Choose", priority=True, id="dialog.choose", tooltip="Take what is chosen"),
        Binding("escape", "dismiss(None)", "Back", id="dialog.back"),
        Binding("j", "down", show=False, id="dialog.down"),
        Binding("k", "up", show=False, id="dialog.up"),
        Binding("backspace,delete", "usual", show=False, id="dialog.usual", tooltip="The columns that fit"),
    ]

    def __init__(self, shown: Sequence[str]) -> None:
        super().__init__()
        self._shown = set(shown)

    def compose(self) -> ComposeResult:
        """The columns, of which those that are shown are ticked."""
        with Vertical(classes="dialog"):
            yield Static(Content("Columns"), classes="dialog--title")
            yield OptionList(*map(self._prompt, COLUMNS), markup=False)
            yield Static(Content("space tick   enter choose\nbackspace what fits   esc back"), classes="dialog--keys")

    def _prompt(self, name: str) -> Content:
        return Content(f"{'✓' if name in self._shown else ' '} {COLUMNS[name].head or 'What there is to say'}")

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def action_down(self) -> None:
        """To the next column."""
        self._list.action_cursor_down()

    def action_up(self) -> None:
        """To the column before."""
        self._list.action_cursor_up()

    def action_tick(self) -> None:
        """Show the column, or do not."""
        index = self._list.highlighted or 0
        name = list(COLUMNS)[index]
        self._shown ^= {name}
        self._list.replace_option_prompt_at_index(index, self._prompt(name))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_tick()

    def action_usual(self) -> None:
        """Those that suit the width."""
        self.dismiss(())

    def action_choose(self) -> None:
        """Give what is ticked, in the order in which columns stand."""
        self.dismiss(tuple(name for name in COLUMNS if name in self._shown))
