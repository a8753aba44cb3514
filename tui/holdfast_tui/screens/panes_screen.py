"""The base class of the pages of runs and tasks: panes, tabs in small terminals, copying and exporting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from holdfast.exceptions import HoldfastError, StoreError
from holdfast.text import clean
from holdfast_tui.commands.registry import Command, CommandError
from holdfast_tui.data.jobs import Lane
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.terminal import external_editor
from holdfast_tui.textual_types import app_of
from holdfast_tui.user import user_files
from holdfast_tui.widgets.line_list import LineList
from holdfast_tui.widgets.log_view import LEVELS, LogOptions, LogView
from holdfast_tui.widgets.panes import Pane

if TYPE_CHECKING:
    from holdfast_tui.data.store import Store

WIDE, HIGH = 100, 20
"""The width and height from which on all panes are shown at once."""
LONGEST_COPY = 2_000_000
"""The maximum number of characters to copy. A terminal that gets more at once hangs, or ignores them."""


class SearchInput(Input):
    """The input of a log search."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.keep_search", "Back to the log", show=False),
        Binding("down", "screen.next_hit(1)", show=False),
        Binding("up", "screen.next_hit(-1)", show=False),
    ]


class PanesScreen(RunScreen):
    """A page of panes. In a small terminal it shows one pane at a time."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "pane(1)", "Pane", tooltip="Next pane; shift+tab for the previous one"),
        Binding("shift+tab", "pane(-1)", "Prev pane", show=False),
        Binding("slash", "search", "Search", id="filter", tooltip="Search the log; > and < jump between hits"),
        Binding("y", "copy", "Copy", tooltip="Copy the line, or the id of its run or task"),
        Binding("Y", "copy_all", "Copy all", show=False, tooltip="Copy everything in the pane"),
        Binding("e", "outside", "Editor", show=False, tooltip="Open the pane's text in your editor or pager"),
        Binding("E", "export", "Export", show=False, tooltip="Write everything to a new JSON file"),
        Binding("m", "alone", "One pane", show=False, tooltip="Show only this pane, or all panes again"),
        Binding("escape", "back", "Back", tooltip="Close the page"),
    ]

    def __init__(self, log_view: LogView) -> None:
        super().__init__()
        self.lane = Lane(self, f"page-{id(self)}")
        self._exporting = Lane(self, f"export-{id(self)}")
        self._drawn: dict[Static, object] = {}
        self.head, self.tabs = Static(id="head"), Static(id="tabs")
        self.log_view = log_view
        self._search = SearchInput(placeholder="search the log", id="search", compact=True, select_on_focus=False)
        self._search.display = False
        self.panes: tuple[LineList, ...] = ()
        """The panes, in tab order."""
        self.alone = False
        """Whether only one pane is shown although there is room for all."""
        self.pane: LineList = self.log_view
        """The pane that has the focus or had it last."""

    # To override in a page.

    def json(self, store: Store) -> tuple[str, str]:
        """Return all data as JSON, and a name for the file. Called in a job."""
        raise NotImplementedError

    def hidden(self, pane: LineList) -> bool:
        """Whether a pane is empty and hidden."""
        return False

    # Panes.

    def on_mount(self) -> None:
        """Lay out the panes for the size of the terminal."""
        kept = self.holdfast.memory.preferences
        self.log_view.show(LogOptions(kept.wrap, kept.timestamps))
        self._arrange(app_of(self).size.width, app_of(self).size.height)
        self.mark(self.pane)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out the panes for the new size."""
        self._arrange(event.size.width, event.size.height)
        self.show_tabs()

    def _arrange(self, width: int, height: int) -> None:
        wide = width >= WIDE and height >= HIGH
        wide = wide and not self.alone
        self.set_class(wide, "-wide")
        self.set_class(not wide, "-narrow")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the focused pane where there is room for only one."""
        if isinstance(event.widget, LineList) and event.widget is self.focused:
            self.mark(event.widget)

    @staticmethod
    def frame(pane: LineList) -> Widget:
        """Return the widget that has the pane's border."""
        parent = pane.parent
        return parent if isinstance(parent, Widget) and parent.has_class("pane") else pane

    def mark(self, shown: LineList) -> None:
        """Make this the pane that is shown where there is room for only one."""
        self.pane = shown
        for pane in self.panes:
            self.frame(pane).set_class(pane is shown, "-shown")
        for band in self.query(".band"):
            band.set_class(band in shown.ancestors, "-shown")
        self.show_tabs()
        self.refresh_bindings()

    def focus_pane(self, pane: LineList) -> None:
        """Show a pane and focus it."""
        self.mark(pane)
        self.set_focus(pane)

    def action_pane(self, by: int) -> None:
        """Move to the next pane, or with -1 to the previous one."""
        panes = [each for each in self.panes if each is self.pane or not self.hidden(each)]
        self.focus_pane(panes[(panes.index(self.pane) + by) % len(panes)])

    def action_alone(self) -> None:
        """Show only this pane, or all panes again."""
        self.alone = not self.alone
        self._arrange(self.size.width, self.size.height)
        self.arranged()
        self.show_tabs()

    def arranged(self) -> None:
        """Adapt to a new layout of the panes."""

    # Tabs.

    def show_tabs(self) -> None:
        """Draw the tabs; if not all fit, those around the shown one."""
        parts = Content(" ")
        for pane, name in self._tabs():
            style = "bold reverse" if pane is self.pane else "$foreground 70%"
            # If a name has no space before it, the space after it is a gap and not part of the tab.
            tab = name if name.startswith(" ") else name.rstrip()
            parts += Content.styled(tab, style) + Content(name[len(tab) :])
        said = self._said()
        gap = self.size.width - parts.cell_length - len(said) - 1
        self.update(self.tabs, parts + Content(" " * max(0, gap)) + Content.styled(said, "$foreground 60%"))

    def _said(self) -> str:
        """Return the text that the pane has in its border."""
        return str(self.frame(self.pane).border_subtitle or "")

    def _tabs(self) -> Sequence[tuple[LineList, str]]:
        """Return the tabs and their labels; if space is short, without numbers, or only some of them."""
        panes = [each for each in self.panes if each is self.pane or not self.hidden(each)]
        said = self._said()
        room = self.size.width - 2 - (len(said) + 2 if said else 0)
        tabs = [(each, f" {self.frame(each).border_title} ") for each in panes]
        if _width(tabs) <= room:
            return tabs
        tabs = [(each, f" {str(self.frame(each).border_title).split(' ')[0].rstrip(',')} ") for each in panes]
        if _width(tabs) <= room:
            return tabs
        tabs = [(each, name[1:]) for each, name in tabs]
        while _width(tabs) > room and len(tabs) > 1:
            at = next(index for index, (each, _) in enumerate(tabs) if each is self.pane)
            del tabs[0 if at > len(tabs) - 1 - at else -1]
        return tabs

    def on_click(self, event: events.Click) -> None:
        """Show the pane whose tab was clicked."""
        if event.widget is not self.tabs:
            return
        x = 1
        for pane, name in self._tabs():
            x += len(name)
            if event.x < x:
                self.focus_pane(pane)
                return

    def update(self, static: Static, content: Content) -> None:
        """Draw a text again if it has changed."""
        drawn = (content.plain, content.spans)
        if self._drawn.get(static) != drawn:
            self._drawn[static] = drawn
            static.update(content)

    @on(LineList.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    # The log.

    @on(LogView.Said)
    def _say(self) -> None:
        self.show_tabs()

    @on(LogView.Changed)
    def _remember(self, event: LogView.Changed) -> None:
        kept = self.holdfast.memory.preferences
        if (kept.wrap, kept.timestamps) != (event.options.wrap, event.options.timestamps):
            self.holdfast.remember(wrap=event.options.wrap, timestamps=event.options.timestamps)

    def action_search(self) -> None:
        """Open the input of the log search."""
        self.mark(self.log_view)
        self._search.value = self.log_view.sought
        self._search.display = True
        self._search.action_select_all()
        self.set_focus(self._search)

    @on(Input.Changed, "#search")
    def _seek(self, event: Input.Changed) -> None:
        self.log_view.seek(event.value)

    def action_next_hit(self, by: int) -> None:
        """Move to the next or the previous hit while typing."""
        self.log_view.action_hit(by)

    def action_keep_search(self) -> None:
        """Go back to the log, with the hits marked."""
        self.log_view.seek(self._search.value)
        self._search.display = False
        self.set_focus(self.log_view)

    def action_back(self) -> None:
        """Stop searching, or close the page."""
        if self._search.display or (self.log_view.sought and self.pane is self.log_view):
            self.log_view.seek("")
            self._search.display = False
            self.set_focus(self.log_view)
            return
        self.dismiss(None)

    # Commands.

    def commands(self) -> Sequence[Command]:
        """Return the commands that work only here."""
        levels = [name.split()[0] for _, name in LEVELS]
        return (
            Command("export", "Write everything to a new JSON file", lambda _, __: self.action_export(), group="Page"),
            Command("search", "Search the log", lambda _, text: self._find(text), "TEXT", group="Page"),
            Command(
                "level", "The lowest log level to show", lambda _, text: self._set_level(text), "LEVEL",
                lambda _, __: levels, group="Page",
            ),
        )  # fmt: skip

    def _find(self, text: str) -> None:
        self.focus_pane(self.log_view)
        self.log_view.seek(text)

    def _set_level(self, text: str) -> None:
        found = [level for level, name in LEVELS if name.split()[0].upper() == text.upper()]
        if not found:
            raise CommandError(f"There is no level {text}; tab lists them.")
        self.log_view.show(replace(self.log_view.options, level=found[0]))

    # Copying.

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        copied = self.copied()
        if copied is None:
            self.holdfast.say("There is nothing to copy here.", severity="warning")
            return
        what, text = copied
        app_of(self).copy_to_clipboard(text)
        self.holdfast.say(f"Copied {what}.")

    def copied(self) -> tuple[str, str] | None:
        """Return what to copy: a name for it, and the text."""
        pane = self.pane
        return pane.copied() if isinstance(pane, Pane | LogView) else None

    def text(self) -> str:
        """Return the whole text of the pane, if it is not the log."""
        pane = self.pane
        return pane.all_text() if isinstance(pane, Pane) else ""

    def action_copy_all(self) -> None:
        """Copy the whole text of the pane."""
        if self.pane is self.log_view:
            self.log_view.all_text(self._copy)
        else:
            self._copy(self.text())

    def _copy(self, text: str) -> None:
        if len(text) > LONGEST_COPY:
            self.holdfast.say("Too long for a clipboard; e opens it in your editor.", severity="warning")
            return
        app_of(self).copy_to_clipboard(text)
        lines = text.count("\n") + 1
        self.holdfast.say(f"Copied {lines:,} line{'' if lines == 1 else 's'}.")

    def action_outside(self) -> None:
        """Open the pane's text in the user's editor or pager."""
        if self.pane is self.log_view:
            self.log_view.all_text(lambda text: external_editor.show(self.holdfast, text, ".log"))
        else:
            external_editor.show(self.holdfast, self.text(), ".txt")

    def action_export(self) -> None:
        """Write everything to a new file in the folder where the app was started."""
        folder = Path.cwd()

        def job(store: Store) -> Path | OSError:
            text, name = self.json(store)
            try:
                return user_files.export(text, name, folder)
            except OSError as error:
                return error

        def done(found: Path | OSError) -> None:
            if isinstance(found, OSError):
                why = clean(found.strerror or str(found))
                self.holdfast.say(f"Could not export to {clean(str(folder))}: {why}.", severity="warning")
            else:
                self.holdfast.say(f"Exported to {clean(str(found))}")

        self._exporting.submit(job, done, failed=self.gone, urgent=True)

    def gone(self, error: HoldfastError) -> None:
        """Report an error, and close the page if its run or task no longer exists."""
        if isinstance(error, StoreError):
            self.holdfast.report(error)
        else:
            self.holdfast.refuse(error)
            self.dismiss(None)


def _width(tabs: Sequence[tuple[LineList, str]]) -> int:
    return sum(len(name) for _, name in tabs)
