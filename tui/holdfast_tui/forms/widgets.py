"""The form parts: fields, groups, and the form as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, RadioSet, Select, Switch, TextArea
from typing_extensions import override

from holdfast.forms.fields import Kind, Path
from holdfast.forms.list_nodes import ListNode, TableNode
from holdfast.forms.nested_nodes import GroupNode, NestNode, TupleNode, UnionNode
from holdfast.forms.nodes import REQUIRED, Node, PickNode, TextNode
from holdfast.text import clean
from holdfast_tui.closing import is_going
from holdfast_tui.forms.controls import help_of, make_control, picked_index, shown_text
from holdfast_tui.forms.rows import FormRow, FormScroll, Place, RemoveButton
from holdfast_tui.forms.texts import Line
from holdfast_tui.textual_types import app_of

INDENT = 2
"""The indent of the fields of a group, in columns."""

MAKING = "make"
"""The group of workers that make parts."""

LEAVING = "-leaving"
"""The class of a form that is being closed."""

_AT_ONCE = 6
"""The number of fields made at a time. Before a form is first shown, enough fields are made to fill the screen."""


class FieldRow(FormRow):
    """A field that contains no other fields."""

    class Remake(Message):
        """The field needs another widget."""

        def __init__(self, row: FieldRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, node: Node, place: Place) -> None:
        super().__init__(node, make_control(node), place=place)
        self.pasted_to = 0
        """The position in the text where the next paste or key goes, after several lines were pasted."""
        self.say(help_=help_of(node, self.control), error=node.objection)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        self.take_typed()

    @on(Line.PastedLines)
    def _pasted(self, event: Line.PastedLines) -> None:
        event.stop()
        self.take_typed()

    def take_typed(self) -> None:
        """Take the text from the control, because its message may not have arrived yet."""
        take_name(self)
        if isinstance(self.control, Line) and self.control.pasted:
            self._take_pasted(self.control)
        if not isinstance(self.control, Input | TextArea) or self._outgrown:
            return
        text = self.control.value if isinstance(self.control, Input) else self.control.text
        assert isinstance(self.node, TextNode)
        if text != shown_text(self.node):
            self.node.text = text
            self._edited()

    def _take_pasted(self, line: Line) -> None:
        """Turn a text into one of several lines if several lines were pasted."""
        assert isinstance(self.node, TextNode)
        self.pasted_to = line.pasted_to
        text, line.pasted = line.pasted, ""
        if self.node.field.kind is Kind.TEXT:
            self.node.text = text
            self.node.several_lines = True
            self.post_message(self.Remake(self))
            self.post_message(self.Edited())
        else:
            line.value = clean(text.splitlines()[0])

    @property
    def _outgrown(self) -> bool:
        """Whether the text has several lines and the control only one, so that it will be replaced."""
        return isinstance(self.node, TextNode) and self.node.several_lines and isinstance(self.control, Input)

    @on(RadioSet.Changed)
    @on(Select.Changed)
    @on(Switch.Changed)
    def _picked(self, event: RadioSet.Changed | Select.Changed | Switch.Changed) -> None:
        event.stop()
        assert isinstance(self.node, PickNode)
        index = picked_index(event)
        if index != self.node.index:
            self.node.pick(index)
            self._edited()

    def _edited(self) -> None:
        self.say(error="", help_=help_of(self.node, self.control))
        self.post_message(self.Edited())

    def on_descendant_blur(self) -> None:
        """Show the error of a text when it loses the focus."""
        super().on_descendant_blur()
        if isinstance(self.node, TextNode) and self.node.edited and not self.error:
            problem = self._form.model.errors().get(self.node.path, "")
            if problem != REQUIRED:
                self.say(error=problem)


def take_name(row: FormRow) -> None:
    """Take the name from an entry's row."""
    table, name_input = row.node.parent, row.name_input
    if name_input is None or not isinstance(table, TableNode):
        return
    if name_input.value != name_input.shown:
        name_input.shown = name_input.value
        table.rename(row.node, name_input.value)
        form = row.query_ancestor(FormScroll)
        errors = form.model.errors()
        for each in form.query(FormRow):
            if each.error and each.node.parent is table:
                each.say(error="" if each is row else errors.get(each.node.path, ""))
        row.post_message(FormRow.Edited())


class FoldButton(Button):
    """Opens and closes a folded group."""

    DEFAULT_CSS = """
    FoldButton { width: auto; min-width: 4; }
    """

    def __init__(self, fields: int) -> None:
        self._said = f"{fields} field{'' if fields == 1 else 's'}"
        super().__init__(Content(f"▸ {self._said}"), compact=True)

    def show(self, opened: bool) -> None:
        """Show whether the group is open."""
        self.label = Content(f"{'▾' if opened else '▸'} {self._said}")


class NestPart(Vertical):
    """A field that contains others: a head, and below it a body that is made when it is first shown."""

    DEFAULT_CSS = """
    NestPart {
        height: auto;
        & > .nest--body { height: auto; padding-left: 2; }
        & > .nest--body.-flush { padding-left: 0; }
    }
    """

    def __init__(self, node: NestNode, place: Place) -> None:
        super().__init__()
        self.node = node
        self.place = place
        self.body = Vertical(classes="nest--body" if place.head else "nest--body -flush")
        self._filled = False
        self.complete = asyncio.Event()
        """Set when all parts have been made."""
        self.folded = False
        """Whether the body is folded."""
        self._head: FormRow | None = None

    def _make_head(self) -> FormRow:
        control: Widget | None = None
        if self.node.field.nullable:
            control = Switch(not self.node.null, animate=False)
        elif self.folded:
            control = FoldButton(len(self.node.children))
        row = FormRow(self.node, control, place=self.place, heading=True)
        row.say(help_=self._help(), error=self.node.objection)
        return row

    def _help(self) -> str:
        repeated = isinstance(self.node, GroupNode) and isinstance(self.node.parent, ListNode)
        said = "" if repeated else help_of(self.node)
        state = "left out" if self.node.edited and self.node.left_out else "none" if self.node.null else ""
        return " · ".join(part for part in (state, said) if part)

    @property
    def open(self) -> bool:
        """Whether the body is shown."""
        return not self.node.null and not self.folded

    @override
    def compose(self) -> ComposeResult:
        self.folded = self._folds()
        if self.place.head:
            self._head = self._make_head()
            yield self._head
        self.body.display = self.open
        with self.body:
            if self.open:
                self._filled = True
                yield from self.parts()
        yield from self.foot()

    def _folds(self) -> bool:
        return False

    def on_mount(self) -> None:
        """Make the rest after the first parts are painted, a few at a time, so that keys do not have to wait."""
        if self.more_to_make:
            self.call_after_refresh(self.run_worker, self._complete, group=MAKING)
        else:
            self.complete.set()

    @property
    def more_to_make(self) -> bool:
        """Whether more parts are left to make after the first ones."""
        return False

    async def _complete(self) -> None:
        try:
            await self.make_more()
        finally:
            self.complete.set()

    def on_unmount(self) -> None:
        """Let nobody wait for parts that will not be made."""
        self.complete.set()

    async def make_more(self) -> None:
        """Make the parts that are left."""

    def parts(self) -> ComposeResult:
        """Create the parts of the body."""
        raise NotImplementedError

    def foot(self) -> ComposeResult:
        """Create the widgets below the body."""
        yield from ()

    def relabel(self, label: str) -> None:
        """Change the label of the head."""
        self.place = self.place.called(label)
        if self._head is not None:
            self._head.say(label=label)

    @on(Switch.Changed)
    async def _switched(self, event: Switch.Changed) -> None:
        event.stop()
        if self.node.null == event.value:
            self.node.set_null(not event.value)
            await self.show_body()
            self.edited()

    @on(Button.Pressed, "FoldButton")
    async def _unfolded(self, event: Button.Pressed) -> None:
        event.stop()
        await self.fold(not self.folded)

    async def fold(self, folded: bool) -> None:
        """Fold or unfold the body."""
        self.folded = folded
        await self.show_body()
        if self._head is not None and isinstance(self._head.control, FoldButton):
            self._head.control.show(not folded)

    @on(Input.Changed, "NameInput")
    def _named(self, event: Input.Changed) -> None:
        if self._head is not None and event.input is self._head.name_input:
            event.stop()
            take_name(self._head)

    async def show_body(self) -> None:
        """Show the body, or hide it if the value is null."""
        if self.open and not self._filled and not is_left(self):
            self._filled = True
            await self.body.mount_all(list(self.parts()))
        self.body.display = self.open

    async def reveal(self, path: Path) -> None:
        """Make the part at *path* below this one, if it has not been made yet."""
        if self.folded:
            await self.fold(False)
        for part in list(self.body.children):
            if isinstance(part, NestPart) and path[: len(part.node.path)] == part.node.path != path:
                await part.reveal(path)

    def edited(self) -> None:
        """Handle a change of the value as a whole."""
        if self._head is not None:
            self._head.say(error="", help_=self._help())
            self._head.post_message(FormRow.Edited())

    def make(
        self, node: Node, label: str, *, removable: bool = False, named: bool = False, head: bool = True
    ) -> Widget:
        """Return the part for a field in the body."""
        indent = self.place.indent + (0 if self.body.has_class("-flush") else INDENT)
        return make_part(node, Place(label, indent, removable, named, head))

    async def remake(self, old: Widget, node: Node) -> Widget:
        """Replace a part by a new one for *node*, and focus it."""
        assert isinstance(old, FieldRow | NestPart)
        new = make_part(node, old.place)
        if is_left(self) or old.parent is not self.body:
            return new
        await self.body.mount(new, after=old)
        await old.remove()
        self.remade(old, new)
        focus_first(new)
        return new

    def remade(self, old: Widget, new: Widget) -> None:
        """Handle that a part of the body was replaced."""


class GroupPart(NestPart):
    """A group of named fields under a title, or of the items of a fixed list."""

    BINDINGS: ClassVar[list[BindingType]] = []

    @override
    def _folds(self) -> bool:
        if not self.place.head or self.node.field.nullable or not self.query_ancestor(FormScroll).large:
            return False
        return not any(self.node.problems())

    @override
    def parts(self) -> ComposeResult:
        for number, child in enumerate(self.node.children, start=1):
            if not self._is_tag(child):
                yield self.make(child, clean(child.field.title) or f"{number}.")

    def _is_tag(self, child: Node) -> bool:
        """Whether a field only tells which alternative of a union this is, which the union's chooser shows already."""
        constant = isinstance(child, PickNode) and child.field.fixed and child.index == 0
        return constant and isinstance(self.node.parent, UnionNode)


class RootPart(GroupPart):
    """The root of a form. Fields below the first screenful are made after the first paint."""

    def __init__(self, node: GroupNode) -> None:
        super().__init__(node, Place("", head=False))
        self._waiting: list[Widget] = []

    @override
    def parts(self) -> ComposeResult:
        made = list(super().parts())
        shown = max(_AT_ONCE, app_of(self).size.height // 3)
        self._waiting = made[shown:]
        yield from made[:shown]

    @property
    @override
    def more_to_make(self) -> bool:
        return bool(self._waiting)

    @override
    async def make_more(self) -> None:
        while self._waiting and not is_left(self):
            few, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            await self.body.mount_all(few)


def make_part(node: Node, place: Place) -> Widget:
    """Return the form part for a node."""
    # Lists and unions are made of parts, and parts may be lists or unions.
    from holdfast_tui.forms.row_lists import make_rows
    from holdfast_tui.forms.unions import UnionPart

    if isinstance(node, GroupNode | TupleNode):
        return GroupPart(node, place)
    if isinstance(node, UnionNode):
        return UnionPart(node, place)
    return make_rows(node, place) or FieldRow(node, place)


def part_around(inner: Widget | None) -> FieldRow | NestPart | None:
    """Return the part that a widget is in."""
    around = [] if inner is None else inner.ancestors_with_self
    return next((each for each in around if isinstance(each, FieldRow | NestPart)), None)


def nest_around(part: Widget) -> NestPart | None:
    """Return the part whose body contains another part."""
    return next((each for each in part.ancestors if isinstance(each, NestPart)), None)


def focus_first(part: Widget, *, scroll: bool = True) -> None:
    """Focus the first control in *part*, or *part* itself; *scroll* brings it into view.

    The focus moves at once, before any key that was typed since. `Widget.focus` would move it after them.
    """
    for widget in part.walk_children(Widget, with_self=True):
        if widget.is_attached and widget.focusable and not isinstance(widget, RemoveButton):
            widget.screen.set_focus(widget, scroll_visible=scroll)
            return


def is_left(part: Widget) -> bool:
    """Whether a part or its form is closing, so that no more parts are made in it."""
    return not part.is_attached or is_going(part) or part.screen.has_class(LEAVING)


def rows_of(part: Widget) -> Iterator[FormRow]:
    """Return the rows of a part, including itself if it is a row."""
    return (widget for widget in part.walk_children(FormRow, with_self=True) if isinstance(widget, FormRow))
