"""The form parts with any number of rows: lists, tables, and lists of choices."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Switch
from typing_extensions import override

from holdfast.forms.branch_fit import same
from holdfast.forms.fields import Path
from holdfast.forms.list_nodes import ListNode, RowsNode, TableNode
from holdfast.forms.nodes import Node
from holdfast.text import clean
from holdfast_tui.forms.controls import Picks, help_of
from holdfast_tui.forms.rows import FormRow, Place
from holdfast_tui.forms.widgets import FieldRow, NestPart, focus_first, is_left
from holdfast_tui.textual_types import app_of
from holdfast_tui.user.keymap import Keyed

_ROWS = 25
"""The number of rows that are made on request."""

_AT_ONCE = 6
"""The number of rows made at a time. Before a list is first shown, enough rows are made to fill the screen."""


def make_rows(node: Node, place: Place) -> Widget | None:
    """Return the part for a field with rows; ``None`` for any other field."""
    if isinstance(node, ListNode) and node.picks is not None:
        return PicksPart(node, place)
    return RowsPart(node, place) if isinstance(node, RowsNode) else None


class RowsFoot(Horizontal):
    """The buttons for a whole list."""

    DEFAULT_CSS = """
    RowsFoot {
        height: 1;
        padding-left: 4;
        & > Button { width: auto; min-width: 9; padding: 0; margin-right: 2; }
    }
    """


class RowsPart(Keyed, NestPart):
    """A list of rows that can be added, copied, moved, removed and restored."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up", "move(-1)", "Row up", id="form.row-up", show=False),
        Binding("alt+down", "move(1)", "Row down", id="form.row-down", show=False),
        Binding("f3", "add", "Add row", id="form.row-add", show=False),
        Binding("f4", "duplicate", "Duplicate row", id="form.row-copy", show=False),
        Binding("f5", "remove", "Remove row", id="form.row-remove", show=False),
        Binding("f9", "restore", "Restore row", id="form.row-restore", show=False),
    ]

    def __init__(self, node: RowsNode, place: Place) -> None:
        super().__init__(node, place)
        self._changing = asyncio.Lock()
        """Held while rows are made or removed."""

    @property
    def rows(self) -> RowsNode:
        """The list's node."""
        assert isinstance(self.node, RowsNode)
        return self.node

    @override
    def parts(self) -> ComposeResult:
        for at, row in enumerate(self.rows.children[: max(_AT_ONCE, app_of(self).size.height // 3)]):
            yield self._make_row(row, at)

    def _make_row(self, row: Node, at: int) -> Widget:
        return self.make(row, f"{at + 1}.", removable=True, named=isinstance(self.rows, TableNode))

    @override
    def foot(self) -> ComposeResult:
        with RowsFoot():
            yield Button(Content("+ Add row"), compact=True, classes="list--add")
            yield Button(self._more(), compact=True, classes="list--more")
            yield Button(Content("↶ Restore row"), compact=True, classes="list--restore")

    def on_mount(self) -> None:
        """Show the buttons that apply."""
        self._offer()

    @property
    @override
    def more_to_make(self) -> bool:
        return self.open and self.shown < len(self.rows.children)

    @override
    async def make_more(self) -> None:
        await self.show_rows(_ROWS)

    @property
    def shown(self) -> int:
        """The number of rows that have been made."""
        return len(self.body.children)

    def _more(self) -> Content:
        return Content(f"▾ {len(self.rows.children) - self.shown} more")

    def _offer(self) -> None:
        # If a form is closed while it is being made, some parts never get their children.
        for more in self.query(".list--more").results(Button):
            more.display = self.open and self.shown < len(self.rows.children)
            more.label = self._more()
        for restore in self.query(".list--restore").results(Button):
            restore.display = self.rows.can_restore

    async def show_rows(self, count: int) -> None:
        """Make rows until this number is reached or none are left."""
        while self.shown < min(count, len(self.rows.children)) and not is_left(self):
            async with self._changing:
                start = self.shown
                few = self.rows.children[start : min(count, start + _AT_ONCE)]
                await self.body.mount_all([self._make_row(row, start + at) for at, row in enumerate(few)])
                if self.shown == start:
                    return  # the form is closing, and nothing is mounted any more
        self._offer()

    @override
    async def reveal(self, path: Path) -> None:
        depth = len(self.node.path)
        at = next((at for at, row in enumerate(self.rows.children) if row.path == path[: depth + 1]), 0)
        await self.show_rows(at + 1)
        await super().reveal(path)

    @override
    async def show_body(self) -> None:
        await super().show_body()
        self._offer()

    # Actions on rows.

    @on(Button.Pressed, ".list--more")
    async def _pressed_more(self, event: Button.Pressed) -> None:
        event.stop()
        start = self.shown
        await self.show_rows(start + _ROWS)
        for first in self.body.children[start : start + 1]:
            focus_first(first)

    @on(Button.Pressed, ".list--add")
    async def _pressed_add(self, event: Button.Pressed) -> None:
        event.stop()
        await self.action_add()

    @on(Button.Pressed, ".list--restore")
    async def _pressed_restore(self, event: Button.Pressed) -> None:
        event.stop()
        await self.action_restore()

    @on(Button.Pressed, "RemoveButton")
    async def _pressed_remove(self, event: Button.Pressed) -> None:
        event.stop()
        await self._remove(self._row_around(event.button))

    async def action_add(self) -> None:
        """Add a row at the end."""
        if self.node.null:
            for switch in self.query(Switch):
                switch.value = True
                break
            self.node.set_null(False)
        await self.show_body()
        await self.show_rows(len(self.rows.children))
        await self._insert(self.rows.add())

    async def action_duplicate(self) -> None:
        """Add a copy of the focused row below it."""
        part = self._row_around(self.screen.focused)
        if part is not None:
            take_all(part)
            await self._insert(self.rows.duplicate(part.node))

    async def action_remove(self) -> None:
        """Remove the focused row."""
        await self._remove(self._row_around(self.screen.focused))

    async def action_restore(self) -> None:
        """Restore the row that was removed last."""
        if self.rows.can_restore:
            row = self.rows.restore()
            await self.show_rows(self.rows.position(row))
            await self._insert(row)

    async def action_move(self, by: int) -> None:
        """Move the focused row."""
        part = self._row_around(self.screen.focused)
        if part is None:
            return
        await self.show_rows(self.body.children.index(part) + 1 + max(0, by))
        if not self.rows.move(part.node, by):
            return
        position = self.body.children.index(part)
        if by < 0:
            self.body.move_child(part, before=position - 1)
        else:
            self.body.move_child(part, after=position + 1)
        self._renumber()

    async def _insert(self, row: Node) -> None:
        """Show a new row of the list, and focus it."""
        if is_left(self):
            return
        at = self.rows.position(row)
        part = self._make_row(row, at)
        await self.body.mount(part, before=at if at < self.shown else None)
        focus_first(part)
        self._renumber()

    async def _remove(self, part: FieldRow | NestPart | None) -> None:
        if part is None:
            return
        async with self._changing:
            if is_left(self) or part.parent is not self.body:
                return
            self.rows.remove(part.node)
            following = self.body.children[self.body.children.index(part) + 1 :]
            for each in following[:1] or self.query(".list--add"):
                focus_first(each)
            await part.remove()
        self._renumber()

    def _row_around(self, inner: Widget | None) -> FieldRow | NestPart | None:
        around = [] if inner is None else inner.ancestors_with_self
        return next(
            (each for each in around if isinstance(each, FieldRow | NestPart) and each.parent is self.body), None
        )

    def _renumber(self) -> None:
        for number, part in enumerate(self.body.children, start=1):
            if isinstance(part, NestPart):
                part.relabel(f"{number}.")
            elif isinstance(part, FormRow):
                part.say(label=f"{number}.")
        self._offer()
        self.edited()


class PicksPart(NestPart):
    """A list of distinct choices, all of them shown."""

    def __init__(self, node: ListNode, place: Place) -> None:
        super().__init__(node, place)
        if not node.field.nullable:
            self.body.add_class("-flush")

    @property
    def picks(self) -> ListNode:
        """The list's node."""
        assert isinstance(self.node, ListNode)
        return self.node

    @override
    def compose(self) -> ComposeResult:
        if self.node.field.nullable:
            yield from super().compose()
            return
        self._filled = True
        with self.body:
            yield self._make_row(self.place, help_of(self.node))

    @override
    def parts(self) -> ComposeResult:
        yield self._make_row(Place("", self.place.indent + 2), "")

    def _make_row(self, place: Place, help_: str) -> FormRow:
        options = self.picks.field.item.choices
        held = [row.dump() for row in self.picks.children]
        chosen = [at for at, option in enumerate(options) if any(same(option.value, value) for value in held)]
        row = FormRow(self.node, Picks([clean(each.label) for each in options], frozenset(chosen)), place=place)
        row.reports = not self.node.field.nullable
        row.say(help_=help_, error=self.node.objection if row.reports else "")
        return row

    @on(Picks.Changed)
    def _picked(self, event: Picks.Changed) -> None:
        event.stop()
        row = next(iter(self.query(FormRow)), None) if not self.node.field.nullable else self._head
        self.picks.set_picks(event.picks.chosen)
        if row is not None:
            row.say(error="")
            row.post_message(FormRow.Edited())


def take_all(part: Widget) -> None:
    """Take the typed text from all controls of a part."""
    for row in part.walk_children(FieldRow, with_self=True):
        if isinstance(row, FieldRow):
            row.take_typed()
