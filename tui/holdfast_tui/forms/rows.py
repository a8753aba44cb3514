"""A row of a form: label, control, and below them the help or the error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, Input
from typing_extensions import override

from holdfast.forms.list_nodes import NAME_NEEDED, NAME_TWICE, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nodes import Node
from holdfast.text import clean
from holdfast_tui.text.cells import wrap
from holdfast_tui.textual_types import app_of

NARROW = 60
"""Below this width, labels are above their controls."""

GUTTER = 2
"""The width of the space left of a label, where the focused row is marked."""


TALL = 32
"""From this height on, fields are separated by a blank line."""

WIDEST = 100
"""The maximum width of a form, including its frame."""

LARGE = 60
"""A form with more fields than this shows its groups folded."""

_LEAST_LABEL = 6

_LEAST_NAME = 12
"""The width of an entry's name where labels are above their controls."""

_EXTRA = 6
"""The width reserved after a control."""


@dataclass(frozen=True)
class Place:
    """The position of a part in a form."""

    label: str
    indent: int = 0
    """The indent, in columns."""
    removable: bool = False
    """Whether it is a row with a button that removes it."""
    named: bool = False
    """Whether it is an entry with a field for its name."""
    head: bool = True
    """Whether it has a head. The only part of a body needs none."""

    def called(self, label: str) -> Place:
        """Return the same place with another label."""
        return replace(self, label=label)


class RemoveButton(Button):
    """Removes its row from the list."""

    DEFAULT_CSS = """
    RemoveButton { width: 5; min-width: 5; }
    """

    def __init__(self) -> None:
        super().__init__(Content("✕"), compact=True)


class NameInput(Input):
    """The input of an entry's name."""

    def __init__(self, table: TableNode, row: Node) -> None:
        self.shown = clean(table.name_of(row))
        super().__init__(self.shown, placeholder="name", compact=True, select_on_focus=False)


class FormScroll(VerticalScroll, can_focus=False):
    """The scrolling container of the rows. It has the rows' styles, so that they are computed once and not per row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("form--label", "form--focused", "form--heading", "form--optional"),
        *("form--mark", "form--help", "form--error"),
    }

    DEFAULT_CSS = """
    FormScroll {
        height: auto;
        max-height: 100%;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        scrollbar-color: $foreground 25%;
        scrollbar-color-hover: $foreground 40%;
        scrollbar-color-active: $foreground 40%;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        background: $surface;
        & > .form--label { color: $foreground; }
        & > .form--focused { color: $text-primary; text-style: bold; }
        & > .form--heading { color: $foreground; text-style: bold; }
        & > .form--optional { color: $foreground 60%; }
        & > .form--mark { color: $primary; }
        & > .form--help { color: $foreground 60%; }
        & > .form--error { color: $text-error; }
    }
    """

    def __init__(self, model: FormModel, label_width: int, *, id: str | None = None) -> None:  # noqa: A002  Textual's
        super().__init__(id=id)
        self.model = model
        self.large = sum(1 for _ in islice(model.nodes(), LARGE + 1)) > LARGE
        """Whether groups are folded at first."""
        self.label_width = label_width
        """The width from the left edge of the form to its controls, without the gutter."""

    @property
    def narrow(self) -> bool:
        """Whether labels are above their controls."""
        return app_of(self).size.width < NARROW

    @property
    def row_width(self) -> int:
        """The width of a row without indent: the screen's without frame, padding and scrollbar."""
        return min(app_of(self).size.width, WIDEST) - (3 if self.narrow else 5)

    def action_page_up(self) -> None:
        """Go up by a screenful."""
        self._page(-1)

    def action_page_down(self) -> None:
        """Go down by a screenful."""
        self._page(1)

    def _page(self, by: int) -> None:
        rows = [row for row in self.query(FormRow) if row.control is not None and row.region]
        at = next((at for at, row in enumerate(rows) if row.has_focus_within), None)
        if at is None or (rows[at] is rows[-1 if by > 0 else 0]):
            self.scroll_relative(y=by * self.size.height, animate=False)
            return
        reach = self.size.height - 2
        start = rows[at].virtual_region_with_margin.y + _above(rows[at], self)
        target = rows[at + by]
        for row in rows[at + by :: by]:
            if abs(row.virtual_region_with_margin.y + _above(row, self) - start) > reach:
                break
            target = row
        target.focus_control()


def _above(row: Widget, scroll: Widget) -> int:
    """Return the number of lines from the top of the form to the container of a row."""
    around = row.ancestors
    return sum(each.virtual_region.y for each in around[: around.index(scroll)] if isinstance(each, Widget))


class FormRow(Widget):
    """A row, which draws its label and notes itself, so that a field needs two widgets instead of five."""

    DEFAULT_CSS = """
    FormRow {
        layout: horizontal;
        width: 100%;
        height: auto;
        & > Input, & > Select, & > TextArea, & > Choices, & > Picks { width: 1fr; }
    }
    """

    class Edited(Message):
        """The user changed the value of the row's field."""

    def __init__(
        self,
        node: Node,
        control: Widget | None = None,
        *,
        place: Place,
        heading: bool = False,
        reports: bool = True,
    ) -> None:
        super().__init__()
        self.node = node
        self.control = control
        self.place = place
        self.reports = reports
        """Whether this row shows the errors of its node."""
        named = place.named and isinstance(node.parent, TableNode)
        self.name_input = NameInput(node.parent, node) if named and isinstance(node.parent, TableNode) else None
        self._extra = RemoveButton() if place.removable else None
        self._heading = heading
        self._error = ""
        self._help = ""
        self._notes: list[tuple[str, str]] = []
        self._labels: list[tuple[str, str]] = []
        self._fitted = (0, False)
        self._left = GUTTER

    @override
    def compose(self) -> ComposeResult:
        self._form = self.query_ancestor(FormScroll)
        self._fit(self._form.row_width - self.place.indent)
        if self.name_input is not None:
            yield self.name_input
        if self.control is not None:
            yield self.control
        if self._extra is not None:
            yield self._extra

    # Texts.

    @property
    def error(self) -> str:
        """The error of the field; empty if there is none."""
        return self._error

    @property
    def label(self) -> str:
        """The label before the control."""
        return "" if self.name_input is not None else self.place.label

    def say(self, *, error: str | None = None, help_: str | None = None, label: str | None = None) -> None:
        """Change texts of the row; ``None`` leaves a text as it is."""
        before = (self._error, self._help, self.place)
        self._error = self._error if error is None else clean(error)
        self._help = self._help if help_ is None else help_
        self.place = self.place if label is None else self.place.called(label)
        if before != (self._error, self._help, self.place) and self._fitted[0]:
            self._fit(self._fitted[0])
            self.refresh(layout=True)

    # Layout.

    def on_resize(self, event: events.Resize) -> None:
        """Fit the label and the notes to the width."""
        if self._fitted != (event.size.width, self._form.narrow):
            self._fit(event.size.width)
            self.refresh(layout=True)

    def _fit(self, width: int) -> None:
        narrow = self._form.narrow
        self._fitted = (width, narrow)
        above = narrow or (self.control is None and self.name_input is None)
        label_width = max(_LEAST_LABEL, self._form.label_width - self.place.indent)
        room = width - GUTTER - _EXTRA if above else label_width - 1
        self._labels = self._label_lines(max(4, room)) if self.label else []
        left = GUTTER if above else GUTTER + label_width
        self._notes = [(line, "form--error") for line in self._note_lines(self._error and f"✗ {self._error}", left)]
        self._notes += [(line, "form--help") for line in self._note_lines(self._help, left)]
        top = len(self._labels) if narrow and self.control is not None else 0
        bottom = max(len(self._notes), 0 if top else len(self._labels) - 1)
        self._left = left
        start = left
        if self.name_input is not None:
            self.name_input.styles.width = max(_LEAST_NAME, label_width - 1)
            self.name_input.styles.margin = (top, 0, bottom, GUTTER)
            start = 1
        if self.control is not None:
            self.control.styles.margin = (top, 0, bottom, start)
        if self._extra is not None:
            beside = self.control is not None or self.name_input is not None
            self._extra.styles.margin = (top, 0, bottom, 1 if beside else width - _EXTRA)

    def _label_lines(self, width: int) -> list[tuple[str, str]]:
        """Return the lines of the label, each with its part of "(optional)"."""
        field = self.node.field
        optional = "optional" if field.nullable or not field.required else ""
        said = ", ".join(mark for mark in (optional, "deprecated" if field.deprecated else "") if mark)
        lines = [(line, "") for line in wrap(self.label, width)]
        if said:
            last = lines[-1][0]
            fits = cell_len(last) + len(said) + 3 <= width
            lines[-1:] = [(last, f" ({said})")] if fits else [(last, ""), ("", f"({said})")]
        return lines

    def _note_lines(self, text: str, left: int) -> list[str]:
        return wrap(text, max(8, self._fitted[0] - left)) if text else []

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self.control is None and self._extra is None and self.name_input is None:
            return len(self._labels) + len(self._notes)
        return super().get_content_height(container, viewport, width)

    # Drawing.

    @override
    def render_line(self, y: int) -> Strip:
        width, height = self.size
        focused = self.has_focus_within
        segments = [Segment(("▌" if focused else "").ljust(GUTTER), self._style("form--mark"))]
        if y < len(self._labels):
            title, mark = self._labels[y]
            segments.append(Segment(title, self._style(self._label_style(focused))))
            segments.append(Segment(mark, self._style("form--optional")))
        note = y - (height - len(self._notes))
        if 0 <= note < len(self._notes):
            text, style = self._notes[note]
            segments = [*Segment.adjust_line_length(segments, self._left, self.rich_style)]
            segments.append(Segment(text, self._style(style)))
        return Strip(segments).adjust_cell_length(width, self._style("form--label"))

    def _label_style(self, focused: bool) -> str:
        if focused:
            return "form--focused"
        return "form--heading" if self._heading else "form--label"

    def _style(self, name: str) -> Style:
        return self._form.get_component_rich_style(name)

    # Focus.

    def on_descendant_focus(self) -> None:
        """Draw the mark of the focused row."""
        self.refresh()

    def on_descendant_blur(self) -> None:
        """Remove the mark."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Focus the control when its label is clicked."""
        self.focus_control()

    def focus_error(self) -> None:
        """Focus the control with the error."""
        if self.name_input is not None and self._error in (NAME_NEEDED, NAME_TWICE):
            self.name_input.focus()
        else:
            self.focus_control()

    def focus_control(self, *, scroll: bool = True) -> None:
        """Focus the row's control, if it has one; *scroll* brings it into view."""
        targets = (each for each in (self.control, self.name_input, self._extra) if each is not None)
        if (target := next(targets, None)) is not None:
            target.focus(scroll_visible=scroll)
