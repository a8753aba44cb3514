"""The menu of a field, which describes the field and shows its actions and their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from typing_extensions import override

from holdfast.forms.field_texts import EXPECTED, hint
from holdfast.forms.fields import MISSING, Kind
from holdfast.forms.list_nodes import RowsNode
from holdfast.forms.nested_nodes import NestNode
from holdfast.forms.nodes import Node, TextNode
from holdfast.forms.raw_nodes import RawNode
from holdfast.text import clean, clean_block
from holdfast.values.json_text import to_json
from holdfast_tui.closing import Dialog


class FieldAction(NamedTuple):
    """An action on a field."""

    name: str
    words: str
    key: str = ""


def field_actions(node: Node) -> Iterator[FieldAction]:
    """Return the actions on a field."""
    secret, field = node.field.secret, node.field
    if isinstance(node, RawNode):
        yield FieldAction("form", "Edit as a form")
    elif node.parent is not None and not secret and not field.fixed and field.kind is not Kind.JSON:
        yield FieldAction("json", "Edit as JSON")
    if isinstance(node, TextNode) and not secret:
        yield FieldAction("outside", "Edit in $EDITOR", "^e" if node.multiline else "")
    if node.edited:
        yield FieldAction("revert", "Undo all its changes")
    if field.has_default and node.shown() != field.default:
        yield FieldAction("default", f"Use the default: {_short(to_json(field.default))}")
    if field.nullable and node.shown() is not None:
        yield FieldAction("null", "Set it to none")
    if not field.required and node.shown() is not MISSING:
        yield FieldAction("omit", "Leave it out")
    yield from _row_actions(node)


def _row_actions(node: Node) -> Iterator[FieldAction]:
    rows = node.parent
    if isinstance(rows, RowsNode):
        yield FieldAction("duplicate", "Duplicate the row", "f4")
        yield FieldAction("remove", "Remove the row", "f5")
        if rows.position(node) > 0:
            yield FieldAction("up", "Move the row up", "alt+↑")
        if rows.position(node) < len(rows.children) - 1:
            yield FieldAction("down", "Move the row down", "alt+↓")


def _short(text: str) -> str:
    shown = clean(text)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


def _about(node: Node) -> str:
    """Return the full description of a field."""
    field = node.field
    said = [clean_block(field.description.strip())]
    facts = [EXPECTED.get(field.kind, ""), hint(field), "deprecated" if field.deprecated else ""]
    facts.append("required" if field.required and not field.nullable else "optional")
    said.append(clean(", ".join(fact for fact in facts if fact)))
    said += [f"for example {_short(to_json(each))}" for each in field.examples[1:4]]
    if node.path:
        said.append(clean("name: " + ".".join(map(str, node.path))))
    return "\n".join(part for part in said if part)


class FieldMenuScreen(Dialog[tuple[Node, str] | None]):
    """Shows the description of a field, and the actions on it and on what contains it."""

    DEFAULT_CSS = """
    FieldMenuScreen {
        align: center middle;
        background: $background 60%;
        & > #menu {
            width: 64;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            background: $surface;
            border: round $primary;
        }
        & #menu--title { text-style: bold; height: auto; }
        & #menu--about { color: $foreground 70%; height: auto; max-height: 8; margin-bottom: 1; }
        & OptionList { height: auto; max-height: 14; padding: 0; background: $surface; }
        & OptionList, & OptionList:focus { border: none; background-tint: transparent; }
        & #menu--keys { color: $foreground 50%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+o,f1", "dismiss(None)", "Back")]

    def __init__(self, node: Node) -> None:
        super().__init__()
        self._node = node
        self._offers: list[tuple[Node, FieldAction]] = [(node, action) for action in field_actions(node)]
        around = node.parent
        if isinstance(around, NestNode) and around.parent is not None:
            self._offers += [
                (around, action) for action in field_actions(around) if action.name not in ("outside", "form")
            ]
        if isinstance(around, RowsNode) and around.can_restore:
            self._offers.append((around, FieldAction("restore", "Restore the removed row", "f9")))

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="menu"):
            yield Static(Content(clean(self._node.field.title) or "Row"), id="menu--title")
            yield Static(Content(_about(self._node)), id="menu--about")
            yield OptionList(*(Option(self._line(node, action)) for node, action in self._offers), markup=False)
            yield Static(Content("enter run   esc back"), id="menu--keys")

    def _line(self, node: Node, action: FieldAction) -> Content:
        of = "" if node is self._node else f"{clean(node.field.title) or 'List'}: "
        return Content.assemble(f"{of}{action.words}", (f"  {action.key}" if action.key else "", "$foreground 50%"))

    def on_mount(self) -> None:
        """Focus the first action."""
        self.set_focus(self.query_one(OptionList))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the chosen action."""
        node, action = self._offers[event.option_index]
        self.dismiss((node, action.name))


def value_for(action: str, node: Node) -> object:
    """Return the value that an action sets; MISSING leaves the field out."""
    return {"default": node.field.default, "null": None, "omit": MISSING}[action]
