"""The form part for one of several alternatives."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import RadioSet, Select
from typing_extensions import override

from holdfast.forms.nested_nodes import GroupNode, TupleNode, UnionNode
from holdfast.text import clean
from holdfast_tui.forms.controls import help_of, make_chooser, picked_index
from holdfast_tui.forms.rows import FormRow, Place
from holdfast_tui.forms.widgets import NestPart, is_left


class UnionPart(NestPart):
    """A choice between alternatives. Each keeps what was entered in it."""

    def __init__(self, node: UnionNode, place: Place) -> None:
        self._branches: dict[int, Widget] = {}
        super().__init__(node, place)
        self.body.add_class("-flush")

    @property
    def union(self) -> UnionNode:
        """The union's node."""
        assert isinstance(self.node, UnionNode)
        return self.node

    @override
    def _make_head(self) -> FormRow:
        titles = [clean(branch.title) for branch in self.union.field.branches]
        none = len(titles) if self.union.field.nullable else None
        chooser = make_chooser(
            [*titles, "none"] if none is not None else titles, none if self.union.null else self.union.index
        )
        row = FormRow(self.node, chooser, place=self.place)
        row.say(help_=self._help(), error=self.node.objection)
        self._reports(row)
        return row

    @override
    def _help(self) -> str:
        left_out = "left out" if self.node.edited and self.node.left_out else ""
        return " · ".join(part for part in (left_out, help_of(self.node)) if part)

    @override
    def parts(self) -> ComposeResult:
        active, index = self.union.active, self.union.index
        if active is not None and index is not None:
            headless = isinstance(active, GroupNode | TupleNode)
            self._branches[index] = self.make(active, "", head=not headless)
            yield self._branches[index]

    @on(RadioSet.Changed)
    @on(Select.Changed)
    async def _chosen(self, event: RadioSet.Changed | Select.Changed) -> None:
        event.stop()
        index = picked_index(event)
        null = index is not None and index >= len(self.union.field.branches)
        if null:
            self.union.set_null(True)
        elif index != self.union.index or self.union.null:
            self.union.choose(index)
        else:
            return
        await self.show_body()
        self.edited()

    @on(FormRow.Edited)
    def _edited_below(self) -> None:
        if self._head is not None:
            self._head.say(help_=self._help())

    @override
    async def show_body(self) -> None:
        if not self.union.null and self.union.index not in self._branches and not is_left(self):
            await self.body.mount_all(list(self.parts()))
        for index, part in self._branches.items():
            part.display = index == self.union.index
        self.body.display = not self.union.null
        if self._head is not None:
            self._reports(self._head)

    @override
    def remade(self, old: Widget, new: Widget) -> None:
        self._branches = {index: new if part is old else part for index, part in self._branches.items()}
        if self._head is not None:
            self._reports(self._head)

    def _reports(self, head: FormRow) -> None:
        """Let the head show the errors of a branch that has no head itself."""
        headless = isinstance(self.union.active, GroupNode | TupleNode | UnionNode)
        head.reports = self.union.active is None or headless or self.union.null
