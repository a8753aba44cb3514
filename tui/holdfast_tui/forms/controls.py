"""The control of a single field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, RadioButton, RadioSet, Select, Static, Switch
from textual.widgets.option_list import Option

from holdfast.forms.field_texts import hint, text_of
from holdfast.forms.fields import Kind
from holdfast.forms.nodes import Node, PickNode, TextNode
from holdfast.forms.raw_nodes import RawNode
from holdfast.text import clean, clean_block
from holdfast_tui.forms.texts import Line, Lines, PathSuggester

FEW = 5
"""Up to this number of choices, all are shown at once."""

_ONE_LINE = 40
"""The width into which choices must fit to be shown side by side."""

_PATTERNS = {
    Kind.DATE: "2026-11-25, tomorrow, next friday",
    Kind.TIME: "14:30, 9 pm",
    Kind.DATETIME: "2026-11-25 14:30, tomorrow 9:00, in 2 h",
    Kind.DURATION: "1h 30m, 2 days",
}
_FOLDERS = {"path": False, "file-path": False, "directory-path": True}
"""Formats for paths of the file system, and whether only folders are allowed."""


def make_control(node: Node) -> Widget:
    """Return the widget for a field that contains no other fields."""
    if isinstance(node, TextNode):
        return _text_area(node) if node.multiline else _input(node)
    assert isinstance(node, PickNode)
    if node.field.fixed and node.index == 0:
        return Static(Content(clean(node.options[0].label)))
    if node.field.kind is Kind.BOOLEAN and not node.field.nullable and node.index is not None:
        return _switch(node)
    return make_chooser([clean(option.label) for option in node.options], node.index)


def make_chooser(labels: list[str], index: int | None) -> RadioSet | Select[int]:
    """Return a chooser: radio buttons for a few choices, or a list to open for many."""
    if len(labels) <= FEW:
        return Choices(labels, index)
    options = [(Text(label), position) for position, label in enumerate(labels)]
    chosen = Select.NULL if index is None else index
    return Select(options, prompt="Choose…", value=chosen, allow_blank=index is None, compact=True)


def picked_index(event: RadioSet.Changed | Select.Changed | Switch.Changed) -> int | None:
    """Return the index of the chosen option; of a switch, 0 means yes and 1 means no."""
    if isinstance(event, Switch.Changed):
        return 0 if event.value else 1
    if isinstance(event, RadioSet.Changed):
        return event.index if event.index >= 0 else None
    return None if event.value is Select.NULL else int(str(event.value))


class Choice(RadioButton):
    """A radio button whose state is visible without colour."""

    BUTTON_LEFT = ""
    BUTTON_RIGHT = ""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802  Textual's name
        """The mark before the label."""
        return "●" if self.value else "○"


class Choices(RadioSet):
    """Radio buttons, side by side if they fit, else one per line."""

    DEFAULT_CSS = """
    Choices {
        width: 1fr;
        & > Choice { width: auto; padding: 0 2 0 0; }
        & > Choice > .toggle--button { background: transparent; color: $foreground 60%; }
        & > Choice.-on > .toggle--button { background: transparent; color: $text-primary; }
        &.-row { layout: horizontal; }
        &:blur > Choice.-selected > .toggle--label { background: transparent; }
    }
    """

    def __init__(self, labels: list[str], index: int | None) -> None:
        buttons = [Choice(Content(label), value=i == index) for i, label in enumerate(labels)]
        super().__init__(*buttons, compact=True)
        self.set_class(sum(cell_len(label) + 5 for label in labels) <= _ONE_LINE, "-row")

    def on_mount(self) -> None:
        """Put the cursor on the selected button, so that Enter does not select another."""
        self.call_next(self._to_pressed)

    def _to_pressed(self) -> None:
        for _ in range(self.pressed_index):
            self.action_next_button()


class Picks(OptionList):
    """A choice of several options, each with a mark that is visible without colour."""

    DEFAULT_CSS = """
    Picks {
        height: auto;
        max-height: 8;
        border: none;
        padding: 0;
        background: $foreground 6%;
        &:focus { border: none; background: $foreground 14%; }
        &:blur > .option-list--option-highlighted { background: transparent; color: $foreground; text-style: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select", "Pick or unpick", show=False)]

    class Changed(Message):
        """An option was picked or unpicked."""

        def __init__(self, picks: Picks) -> None:
            super().__init__()
            self.picks = picks

    def __init__(self, labels: Sequence[str], chosen: frozenset[int]) -> None:
        self._labels = labels
        self.chosen = chosen
        """The positions of the picked options."""
        super().__init__(*(Option(self._prompt(at)) for at in range(len(labels))), markup=False, compact=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the paging keys to the form if the whole list is in view."""
        if action in ("page_up", "page_down"):
            return self.max_scroll_y > 0
        return super().check_action(action, parameters)

    def _prompt(self, at: int) -> Content:
        return Content(f"{'■' if at in self.chosen else '□'} {self._labels[at]}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pick or unpick an option."""
        event.stop()
        self.chosen ^= {event.option_index}
        self.replace_option_prompt_at_index(event.option_index, self._prompt(event.option_index))
        self.post_message(self.Changed(self))


def _input(node: TextNode) -> Line:
    folders = _FOLDERS.get(node.field.format) if node.field.kind is Kind.TEXT else None
    return Line(
        clean(node.text),
        placeholder=clean(_placeholder(node)),
        password=node.field.secret,
        compact=True,
        select_on_focus=False,
        suggester=None if folders is None else PathSuggester(folders_only=folders),
    )


def _text_area(node: TextNode) -> Lines:
    area = Lines(
        clean_block(node.text),
        compact=True,
        placeholder=Content(clean(_placeholder(node))),
        highlight_cursor_line=False,
    )
    area.add_class("several-lines")
    return area


def _switch(node: PickNode) -> Switch:
    return Switch(node.options[node.index or 0].value is True, animate=False)


def _placeholder(node: TextNode) -> str:
    field = node.field
    if node.keeps_secret:
        return "unchanged"
    if node.edited and node.left_out:
        return "left out"
    if field.secret and not field.required:
        return "default"
    if field.nullable:
        return "none"
    if field.has_default and field.kind is not Kind.TEXT:
        return f"default: {text_of(field, field.default)}"
    return _PATTERNS.get(field.kind, "JSON" if field.kind is Kind.JSON else "")


def help_of(node: Node, control: Widget | None = None) -> str:
    """Return the help below a field: how its value is understood, its description, its limits."""
    said = ""
    if isinstance(node, RawNode):
        said = "as JSON; ^o turns it back into a form"
    elif isinstance(node, TextNode):
        said = node.understood or _counted(node)
    elif isinstance(control, Switch) and isinstance(node, PickNode) and node.index is not None:
        said = node.options[node.index].label
    elif isinstance(node, PickNode) and node.edited and node.left_out:
        said = "left out"
    described = " ".join(node.field.description.split())
    hinted = "" if isinstance(node, TextNode) and _counted(node) else hint(node.field)
    return " · ".join(clean(part) for part in (said, described, hinted) if part)


def _counted(node: TextNode) -> str:
    """Return the length of a text compared with its limit, once there is some text."""
    limits = node.field.limits
    if node.field.kind not in (Kind.TEXT, Kind.SECRET) or not node.text:
        return ""
    if limits.max_length is not None:
        return f"{len(node.text)} of at most {limits.max_length} characters"
    if limits.min_length is not None and limits.min_length > 1:
        return f"{len(node.text)} of at least {limits.min_length} characters"
    return ""


def shown_text(node: TextNode) -> str:
    """Return the node's text as its widget shows it."""
    return clean_block(node.text) if node.multiline else clean(node.text)
