"""The menu of a field: it offers actions besides filling in, and does the chosen one to the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widget import Widget
from textual.widgets import TextArea

from holdfast.forms.fields import Kind
from holdfast.forms.nodes import Node, TextNode
from holdfast.forms.raw_nodes import RawNode
from holdfast.values.json_text import UnreadableError
from holdfast_tui.forms.body import FormBody
from holdfast_tui.forms.field_menu_screen import FieldMenuScreen, value_for
from holdfast_tui.forms.row_lists import RowsPart, take_all
from holdfast_tui.forms.rows import FormRow
from holdfast_tui.forms.session import FormSession
from holdfast_tui.forms.texts import Lines
from holdfast_tui.forms.widgets import FieldRow, NestPart, nest_around, rows_of
from holdfast_tui.terminal import external_editor
from holdfast_tui.textual_types import app_of

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp

DOING = "doing"
"""The group of workers that do the chosen action."""


class FieldMenu:
    """Does the actions of a field's menu to the field and to the parts that show it."""

    def __init__(self, session: FormSession, body: FormBody) -> None:
        self._session = session
        self._body = body

    def open(self, part: Widget | None) -> None:
        """Show the description of a field and its actions."""
        if not isinstance(part, FieldRow | NestPart):
            return
        take_all(part)
        screen = self._body.screen

        def chosen(choice: tuple[Node, str] | None) -> None:
            if choice is not None:
                screen.run_worker(self.do(*choice), group=DOING, exclusive=True)

        app_of(screen).push_screen(FieldMenuScreen(part.node), chosen)

    async def do(self, node: Node, action: str) -> None:
        """Do one of the menu's actions, as `field_actions` lists them."""
        part = self._body.part_of(node)
        if part is None:
            return
        if action in ("json", "form"):
            await self._turn(part, node)
        elif action == "outside":
            await self._edit_outside(part, node)
        elif action in ("duplicate", "remove", "up", "down", "restore"):
            await _do_to_row(part, action)
        else:
            if action == "revert":
                node.revert()
            else:
                node.replace(value_for(action, node))
            await self._remake(part, node)

    async def remake(self, row: FieldRow) -> None:
        """Replace the widget of a field, and put the cursor where the next key belongs."""
        if not row.is_attached:
            return
        await self._remake(row, row.node)
        part = self._body.part_of(row.node)
        if isinstance(part, FieldRow) and isinstance(part.control, TextArea):
            before = part.control.text[: row.pasted_to]
            part.control.cursor_location = (before.count("\n"), len(before) - before.rfind("\n") - 1)

    def edit_outside(self, area: Lines, part: Widget | None) -> None:
        """Edit a text in the user's editor; *part* is the field that has the focus."""
        suffix = ".json"
        if isinstance(part, FieldRow) and part.control is area:
            suffix = ".json" if part.node.field.kind is Kind.JSON else ".md" if part.node.field.multiline else ".txt"
        edited = self._edited_outside(area.text, suffix)
        if edited is not None:
            area.text = edited

    async def _turn(self, part: FieldRow | NestPart, node: Node) -> None:
        """Switch a field between JSON and a form."""
        model = self._session.model
        try:
            other = model.as_form(node) if isinstance(node, RawNode) else model.as_json(node)
        except UnreadableError as error:
            if isinstance(part, FormRow):
                part.say(error=str(error))
            return
        await self._remake(part, other)

    async def _remake(self, part: FieldRow | NestPart, node: Node) -> None:
        nest = nest_around(part)
        if nest is None:
            await self._body.make_again()
            self._body.focus_first()
            return
        new = await nest.remake(part, node)
        for row in rows_of(new):
            row.post_message(FormRow.Edited())
            break

    async def _edit_outside(self, part: FieldRow | NestPart, node: Node) -> None:
        assert isinstance(node, TextNode)
        edited = self._edited_outside(node.text, ".json" if node.field.kind is Kind.JSON else ".txt")
        if edited is None or edited == node.text:
            return
        node.text = edited
        node.several_lines = node.field.kind is Kind.TEXT and "\n" in edited
        await self._remake(part, node)

    def _edited_outside(self, text: str, suffix: str) -> str | None:
        return external_editor.edit(cast("HoldfastApp", app_of(self._body)), text, suffix)


async def _do_to_row(part: FieldRow | NestPart, action: str) -> None:
    rows = part if isinstance(part, RowsPart) and action == "restore" else nest_around(part)
    if not isinstance(rows, RowsPart):
        return
    if action == "duplicate":
        await rows.action_duplicate()
    elif action == "remove":
        await rows.action_remove()
    elif action == "restore":
        await rows.action_restore()
    else:
        await rows.action_move(-1 if action == "up" else 1)
