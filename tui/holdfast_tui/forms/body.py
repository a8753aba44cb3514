"""All parts of a form, which are made from the model and made again when the whole model has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from typing_extensions import override

from holdfast.forms.fields import Path
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import GroupNode
from holdfast.forms.nodes import Node
from holdfast_tui.forms.rows import FormRow, FormScroll, Place
from holdfast_tui.forms.session import FormSession
from holdfast_tui.forms.widgets import (
    INDENT,
    LEAVING,
    FieldRow,
    NestPart,
    RootPart,
    focus_first,
    is_left,
    make_part,
    rows_of,
    take_name,
)
from holdfast_tui.textual_types import until_mounted

_LABEL_WIDTHS = (8, 26)

_LOOKED_AT = 300
"""The number of fields whose labels are measured for the label width."""

_REVEALED = 50
"""The maximum number of errors for which missing parts are made."""


class FormBody(FormScroll):
    """All parts of a form. It keeps no errors or drafts itself."""

    def __init__(self, session: FormSession, *, id: str | None = None) -> None:  # noqa: A002  Textual's
        super().__init__(session.model, _label_width(session.model), id=id)
        self._session = session
        self._form: Widget | None = None
        """The part of the root; ``None`` until it is made."""
        self._changing = asyncio.Lock()
        """Held while parts are made again."""

    @override
    def compose(self) -> ComposeResult:
        self._form = self._make()
        yield self._form

    def _make(self) -> Widget:
        if self.model.asks_nothing:
            return Static(Content("Nothing to fill in."), id="form")
        root = self.model.root
        form = RootPart(root) if isinstance(root, GroupNode) else make_part(root, Place("Answer"))
        form.id = "form"
        return form

    # Rows and parts.

    def rows(self) -> Iterator[FormRow]:
        """Return the rows that have been made, from the top."""
        if self._form is not None:
            yield from rows_of(self._form)

    def part_of(self, node: Node) -> FieldRow | NestPart | None:
        """Return the part of a node."""
        found = (each for each in self.query(Widget) if isinstance(each, FieldRow | NestPart) and each.node is node)
        return next(found, None)

    def take_typed(self) -> None:
        """Take the last typed text from the controls, because their messages about it may not have arrived yet."""
        for row in self.rows():
            if isinstance(row, FieldRow):
                row.take_typed()
            else:
                take_name(row)

    # Making parts.

    @property
    def closing(self) -> bool:
        """Whether the form is closing, so that no more parts are made in it."""
        return self._form is None or is_left(self._form)

    async def make_again(self) -> None:
        """Make all parts again, from the session's model."""
        async with self._changing:
            if self._form is None or is_left(self._form):
                return
            self.model = self._session.model
            await self._form.remove()
            if is_left(self):
                return
            self._form = self._make()
            await self.mount(self._form)

    async def root_made(self) -> None:
        """Wait until the fields of the root have been made."""
        if isinstance(self._form, RootPart):
            await self._form.complete.wait()

    async def all_made(self) -> None:
        """Wait until all parts that are being made are finished."""
        for part in [] if self._form is None else self._form.walk_children(NestPart, with_self=True):
            if isinstance(part, NestPart):
                await part.complete.wait()

    async def reveal(self, paths: Iterable[Path]) -> None:
        """Make the missing parts at *paths*."""
        if isinstance(self._form, NestPart):
            for path in islice(paths, _REVEALED):
                await self._form.reveal(path)

    async def stop_making(self) -> None:
        """Stop making parts, and wait for those being made, because a half-made widget cannot be closed."""
        screen = self.screen  # the app may end meanwhile, and then this body has no screen any more
        screen.add_class(LEAVING)
        async with self._changing:
            """What was being made again is finished now."""
        while half := [each for each in screen.walk_children(Widget) if each.is_attached and not each.is_mounted]:
            for each in half:
                await until_mounted(each)

    # Focus.

    @property
    def first_field(self) -> FormRow | None:
        """The first row in which something can be entered."""
        return next((row for row in self.rows() if row.control is not None), None)

    def focus_start(self, first: FormRow) -> None:
        """Focus the first field, or the description if it is so long that it hides the field."""
        assert self._form is not None
        if first.virtual_region_with_margin.bottom + self._form.virtual_region.y > self.size.height:
            self.can_focus = True
            self.focus(scroll_visible=False)
            self.scroll_home(animate=False)  # Textual's own focus may have gone to the field
        else:
            self.screen.set_focus(first.control, scroll_visible=False)

    def focus_first(self) -> None:
        """Focus the first control of the form."""
        if self._form is not None:
            focus_first(self._form)


def _label_width(model: FormModel) -> int:
    low, high = _LABEL_WIDTHS
    return max(low, min(high, max(map(_label_size, islice(model.nodes(), _LOOKED_AT))))) + 2


def _label_size(node: Node) -> int:
    """Return the width of a field's label, including its indent."""
    field = node.field
    optional = 0 if field.required and not field.nullable else len(" (optional)")
    return cell_len(field.title) + optional + INDENT * max(0, len(node.path) - 1) if node.path else 0
