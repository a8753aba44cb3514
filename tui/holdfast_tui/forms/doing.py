"""What is done with one field of a form beside filling it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.widget import Widget
from textual.widgets import TextArea

from holdfast.forms.fields import Kind
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import RawNode
from holdfast.forms.nodes import Node, TextNode
from holdfast.values.json_text import UnreadableError
from holdfast_tui.closing import Dialog
from holdfast_tui.forms.drafting import AnswerResult
from holdfast_tui.forms.menu import FieldMenu, value_for
from holdfast_tui.forms.row_lists import RowsPart, take_all
from holdfast_tui.forms.rows import FormRow
from holdfast_tui.forms.texts import Lines
from holdfast_tui.forms.widgets import FieldRow, NestPart, focus_first, nest_around, rows_of
from holdfast_tui.user.keymap import Keyed

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


class Doing(Keyed, Dialog[AnswerResult | None]):
    """The part of a form's screen that does what a field's menu offers."""

    model: FormModel
    _form: Widget

    @property
    def part(self) -> Widget | None:
        """The part of the form that has the focus."""
        raise NotImplementedError

    async def _show_anew(self) -> None:
        """Make the form's parts again from the model."""
        raise NotImplementedError

    def action_field_menu(self) -> None:
        """Say what the field with the focus is, and offer what can be done with it."""
        part = self.part
        if not isinstance(part, FieldRow | NestPart):
            return
        take_all(part)

        def chosen(choice: tuple[Node, str] | None) -> None:
            if choice is not None:
                self.run_worker(self._do(*choice), group="doing", exclusive=True)

        self.app.push_screen(FieldMenu(part.node), chosen)

    async def _do(self, node: Node, deed: str) -> None:
        part = self._part_of(node)
        if part is None:
            return
        if deed in ("json", "form"):
            await self._turn(part, node, deed)
        elif deed == "outside":
            await self._edit_outside(part, node)
        elif deed in ("duplicate", "remove", "up", "down", "restore"):
            await self._do_to_row(part, deed)
        else:
            if deed == "revert":
                node.revert()
            else:
                node.replace(value_for(deed, node))
            await self._remake(part, node)

    async def _turn(self, part: FieldRow | NestPart, node: Node, deed: str) -> None:
        """Have a field edited as JSON, or as a form again."""
        try:
            other = self.model.as_form(node) if isinstance(node, RawNode) else self.model.as_json(node)
        except UnreadableError as error:
            if isinstance(part, FormRow):
                part.say(error=str(error))
            return
        await self._remake(part, other)

    async def _remake(self, part: FieldRow | NestPart, node: Node) -> None:
        nest = nest_around(part)
        if nest is None:
            await self._show_anew()
            focus_first(self._form)
            return
        new = await nest.remake(part, node)
        for row in rows_of(new):
            row.post_message(FormRow.Edited())
            break

    async def _do_to_row(self, part: FieldRow | NestPart, deed: str) -> None:
        rows = part if isinstance(part, RowsPart) and deed == "restore" else nest_around(part)
        if not isinstance(rows, RowsPart):
            return
        if deed == "duplicate":
            await rows.action_duplicate()
        elif deed == "remove":
            await rows.action_remove()
        elif deed == "restore":
            await rows.action_restore()
        else:
            await rows.action_move(-1 if deed == "up" else 1)

    def _part_of(self, node: Node) -> FieldRow | NestPart | None:
        found = (each for each in self.query(Widget) if isinstance(each, FieldRow | NestPart) and each.node is node)
        return next(found, None)

    @on(FieldRow.Remake)
    async def _another_widget(self, event: FieldRow.Remake) -> None:
        event.stop()
        if not event.row.is_attached:
            return
        await self._remake(event.row, event.row.node)
        part = self._part_of(event.row.node)
        if isinstance(part, FieldRow) and isinstance(part.control, TextArea):
            before = part.control.text[: event.row.pasted_to]
            part.control.cursor_location = (before.count("\n"), len(before) - before.rfind("\n") - 1)

    # The user's own editor.

    @on(Lines.EditOutside)
    async def _asked_for_editor(self, event: Lines.EditOutside) -> None:
        event.stop()
        suffix = ".json"
        part = self.part
        if isinstance(part, FieldRow) and part.control is event.area:
            suffix = ".json" if part.node.field.kind is Kind.JSON else ".md" if part.node.field.multiline else ".txt"
        edited = self._outside(event.area.text, suffix)
        if edited is not None:
            event.area.text = edited

    async def _edit_outside(self, part: FieldRow | NestPart, node: Node) -> None:
        assert isinstance(node, TextNode)
        edited = self._outside(node.text, ".json" if node.field.kind is Kind.JSON else ".txt")
        if edited is None or edited == node.text:
            return
        node.text = edited
        node.several_lines = node.field.kind is Kind.TEXT and "\n" in edited
        await self._remake(part, node)

    def _outside(self, text: str, suffix: str) -> str | None:
        from holdfast_tui.terminal import external_editor

        return external_editor.edit(cast("HoldfastApp", self.app), text, suffix)
