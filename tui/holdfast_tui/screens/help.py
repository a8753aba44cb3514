"""The help: a list of the keys and commands of the screen below. Typing filters it, enter runs an entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from holdfast_tui.closing import Dialog
from holdfast_tui.commands.registry import available
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.text.cells import fit
from holdfast_tui.text.state_style import quiet
from holdfast_tui.textual_types import app_of
from holdfast_tui.user.keymap import Keyed, known
from holdfast_tui.views import View
from holdfast_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from holdfast_tui.commands import Command

NOTHING = "No key or command."
_ORDER = ("Run", "Here", "List", "Views", "App", "Commands")
_NARROW = 60
"""Below this width the list shows only names. The description of the selected one is below the list."""
_KEYS = "enter run   esc back"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key or command of the help."""

    keys: str
    """The keys, or the command as it is typed."""
    name: str
    about: str
    group: str
    action: str = ""
    owner: DOMNode | None = None
    enabled: bool = True
    long_keys: str = ""
    """The names of the keys in a keymap."""
    command: Command | None = None

    def fits(self, words: Iterable[str]) -> bool:
        """Whether the entry contains all words."""
        text = f"{self.keys} {self.name} {self.about} {self.group} {self.long_keys}".lower()
        return all(word in text for word in words)


def entries(screen: Screen[object]) -> list[Entry]:
    """Return the keys and commands of a screen, sorted by group."""
    found = _keys(screen)
    if isinstance(screen, RunScreen):
        found += [Entry(each.usage, "", each.about, "Commands", command=each) for each in available(screen)]
    return sorted(found, key=lambda each: _ORDER.index(each.group))


def _keys(screen: Screen[object]) -> list[Entry]:
    ids = {each.id for each in known()}
    by_action: dict[tuple[DOMNode, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if isinstance(active.node, Keyed) and binding.id in ids:
            told = binding.description
        else:
            told = "" if binding.key.startswith("ctrl") else binding.tooltip
        if not told:
            continue
        by_action.setdefault((active.node, binding.action), []).append(active)
    return [_entry(screen, each) for each in by_action.values()]


def _entry(screen: Screen[object], bound: Sequence[ActiveBinding]) -> Entry:
    binding = bound[0].binding
    return Entry(
        " ".join(dict.fromkeys(app_of(screen).get_key_display(each.binding) for each in bound)),
        binding.description,
        binding.tooltip,
        _group(bound[0]),
        binding.action,
        bound[0].node,
        bound[0].enabled,
        " ".join(each.binding.key for each in bound),
    )


def _group(active: ActiveBinding) -> str:
    node, action = active.node, active.binding.action
    if action.startswith("verb("):
        return "Run"
    if action.startswith("view(") or action == "last_view":
        return "Views"
    if isinstance(node, LineList):
        return "List"
    return "Here" if isinstance(node, View | Screen) and action != "command" else "App"


def follow(screen: Screen[object], entry: Entry | None) -> None:
    """Run the chosen entry on the screen that the help was opened for."""
    if entry is None:
        return
    if entry.command is None:
        if entry.enabled or not isinstance(screen, RunScreen) or not screen.say_why_not(entry.action):
            screen.call_later(app_of(screen).run_action, entry.action, entry.owner)
    elif isinstance(screen, RunScreen):
        screen.begin_command(entry.command)


class HelpScreen(Dialog[Entry | None]):
    """The list of keys and commands. The result is the chosen entry."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("question_mark", "dismiss(None)", "Back"),
        Binding("down,ctrl+n", "step(1)", show=False, priority=True),
        Binding("up,ctrl+p", "step(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("enter", "choose", show=False, priority=True),
    ]

    def __init__(self, found: Sequence[Entry], text: str = "") -> None:
        super().__init__()
        self._entries = found
        self._text = text
        self._shown: list[Entry | None] = []

    def compose(self) -> ComposeResult:
        """Create the search field and the list."""
        with Vertical(classes="dialog help"):
            yield Static(Content("Keys and commands"), classes="dialog--title")
            yield Input(self._text, placeholder="type to search", compact=True, select_on_focus=False)
            yield OptionList(markup=False)
            yield Static(Content(_KEYS), classes="dialog--keys")

    def on_mount(self) -> None:
        """Show all entries."""
        self._fill(self._text)
        self.set_focus(self.query_one(Input))

    def on_resize(self, event: events.Resize) -> None:
        """Fit the entries to the new width."""
        self._fill(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the entries that match the typed text."""
        self._fill(event.value)

    def action_back(self) -> None:
        """Clear the search, then close."""
        field = self.query_one(Input)
        if field.value and field.value != self._text:
            field.value = ""
        else:
            self.dismiss(None)

    def action_step(self, by: int) -> None:
        """Move in the list while typing."""
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    async def action_page(self, by: int) -> None:
        """Move by a page."""
        await self.query_one(OptionList).run_action("page_down" if by > 0 else "page_up")

    def action_choose(self) -> None:
        """Run the entry under the cursor."""
        at = self.query_one(OptionList).highlighted
        if at is not None and self._shown[at] is not None:
            self.dismiss(self._shown[at])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the description below the list if the list has no room for it."""
        self._tell(event.option_index)

    def _tell(self, at: int | None) -> None:
        narrow = self.size.width < _NARROW
        self.set_class(narrow, "-told-below")
        entry = self._shown[at] if narrow and at is not None and at < len(self._shown) else None
        self.query_one(".dialog--keys", Static).update(Content(entry.about if entry is not None else _KEYS))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Run the clicked entry. It is found by id, because the list may have changed since the click."""
        self.dismiss(self._entries[int(event.option_id or 0)])

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        found = [each for each in self._entries if each.fits(words)]
        options = self.query_one(OptionList)
        options.clear_options()
        self._shown = []
        places = {id(each): at for at, each in enumerate(self._entries)}
        most, named = (20, False) if self.size.width < _NARROW else (24, True)
        widths = [_widest([each for each in found if (each.command is None) is keys], most) for keys in (False, True)]
        for name, group in groupby(found, lambda each: each.group):
            lines = list(group)
            self._shown += [None, *lines]
            options.add_option(Option(Content.styled(name, quiet(app_of(self), 50)), disabled=True))
            options.add_options(
                Option(_line(app_of(self), each, widths[each.command is None], named=named), id=str(places[id(each)]))
                for each in lines
            )
        if not found:
            self._shown.append(None)
            options.add_option(Option(Content.styled(NOTHING, quiet(app_of(self), 50)), disabled=True))
        options.highlighted = 1 if found else None
        self._tell(options.highlighted)
        options.call_after_refresh(options.scroll_home, animate=False)


def _widest(found: Sequence[Entry], most: int) -> int:
    return min(max((cell_len(each.keys) for each in found), default=0), most)


def _line(app: App[object], entry: Entry, widest: int, *, named: bool) -> Content:
    style = quiet(app, 70 if entry.enabled else 35)
    keys = (fit(entry.keys, widest), "bold" if entry.enabled else style)
    if not named:
        return Content.assemble("  ", keys, (f"  {entry.name}", "" if entry.enabled else style))
    if entry.command is not None:
        return Content.assemble("  ", keys, (f"  {entry.about}", style))
    return Content.assemble(
        "  ", keys, (f"  {fit(entry.name, 11)}", "" if entry.enabled else style), (f" {entry.about}", style)
    )
