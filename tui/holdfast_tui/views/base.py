"""What a view is: a list with heads, a line for its filter, and what it says while there is nothing in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from typing_extensions import override

from holdfast_tui.data.feed import Changes
from holdfast_tui.text.durations import Clock
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.verbs import actions
from holdfast_tui.verbs.targets import Targets
from holdfast_tui.views.filtering import FilterInput, FilterNote
from holdfast_tui.widgets.headed_list import ColumnHeads
from holdfast_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.commands.registry import Command

OPENING = "Opening the database …"


class EmptyState(Static, can_focus=True):
    """What a view says while its list is empty. It has the focus in place of the list, so that the view's keys act."""


class View(Keyed, Targets, Vertical):
    """A view of the main screen.

    A view gives its names below, its `lines`, what keys act on, and reads when it is told to. Keys of its own are its
    ``BINDINGS``.
    """

    VIEW: ClassVar[str]
    """What it is called in commands; also its id."""
    LABEL: ClassVar[str]
    """What it is called in the title line."""
    KEYS: ClassVar[str]
    """The keys that show it; the first one stands in the title line."""
    ABOUT: ClassVar[str]
    """What is in it, for the help."""
    FILTER_HINT: ClassVar[str] = ""
    """What may be typed into the filter; empty where there is none."""
    VERBS: ClassVar[Sequence[str]] = actions.VERBS
    """The verbs that make sense here at all."""
    OF_RUNS: ClassVar[bool] = True
    """Whether verbs act on runs; if not, the view says whether they apply, and does them."""
    BADGE: ClassVar[bool] = False
    """Whether the number of open waits stands beside its name."""

    class Updated(Message):
        """What is shown, or what keys act on, is another now."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id=self.VIEW)
        self.clock = clock
        self.filter_text = ""
        """The filter, as it was typed."""

    @property
    def holdfast(self) -> HoldfastApp:
        """The app, with its type."""
        return cast("HoldfastApp", self.app)

    # What a view provides.

    @property
    def lines(self) -> LineList:
        """The list."""
        raise NotImplementedError

    @property
    def nothing(self) -> str:
        """What is said while the list is empty: what it means, and what to do."""
        raise NotImplementedError

    def load(self) -> None:
        """Read everything: the database is open."""

    def complete_filter(self, text: str) -> Sequence[str]:
        """The words that the last word of a filter may become."""
        return ()

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs that are loaded, to complete them in commands."""
        return ()

    @property
    def column_names(self) -> Sequence[str]:
        """The columns that the list can show."""
        return ()

    def set_columns(self, names: Sequence[str]) -> str | None:
        """Show these columns, or the usual ones for none; gives a sentence where that cannot be."""
        return f"The columns of {self.LABEL} are always the same."

    @property
    def sort_names(self) -> Sequence[str]:
        """What the list can be sorted by."""
        return ()

    def sort_by(self, name: str) -> str | None:
        """Sort by something, the other way round for ``-name``; gives a sentence where that cannot be."""
        return f"{self.LABEL} has one order only."

    def commands(self) -> Sequence[Command]:
        """Commands that work only here."""
        return ()

    def narrow(self, text: str) -> None:
        """Show only what fits the filter."""

    def clear(self) -> bool:
        """Undo one thing that was set up here, marks before the filter; gives whether there was anything."""
        if self.lines.marked:
            self.lines.action_clear_marks()
            return True
        if not self.filter_text and not self.filter_input.display:
            return False
        self.set_filter("")
        return True

    def open_selected(self) -> None:
        """Open what is under the cursor."""
        if self.run is not None:
            self.holdfast.open_run(self.run.id, self.run.name)

    def why_not(self, verb: str) -> str | None:
        """Why a verb does not apply here at all; ``None`` leaves it to the runs."""
        return None

    def act(self, verb: str) -> bool:
        """Do a verb in a way of the view's own; ``False`` leaves it to the screen."""
        return False

    # Drawing.

    def compose(self) -> ComposeResult:
        """Filter, heads, list."""
        filter_, note = FilterInput(placeholder=self.FILTER_HINT, id="filter"), FilterNote(classes="filter-note")
        filter_.display = note.display = False
        yield filter_
        yield note
        heads = ColumnHeads(self.lines)
        heads.display = self.lines.display = False
        yield heads
        yield EmptyState(Content(OPENING), classes="empty")
        yield self.lines

    @property
    def filter_input(self) -> FilterInput:
        """Where the filter is typed."""
        return self.query_one("#filter", FilterInput)

    @property
    def filter_note(self) -> FilterNote:
        """The line under it."""
        return self.query_one(FilterNote)

    @property
    def in_view(self) -> bool:
        """Whether this is the view that is shown."""
        return self.display

    def refresh_view(self) -> None:
        """Show the list, or what there is to say when it is empty: call it when rows have come."""
        there = self.lines.count > 0
        if self.lines.display != there or not there:
            empty = self.query_one(EmptyState)
            empty.update(Content(self.nothing))
            empty.display = not there
            self.lines.display = self.query_one(ColumnHeads).display = there
            if self.in_view and not isinstance(self.screen.focused, Input):
                self.take_focus()
        self.post_message(self.Updated())

    def take_focus(self) -> None:
        """Have keys act here, at once."""
        self.screen.set_focus(self.lines if self.lines.display else self.query_one(EmptyState))

    @on(LineList.Moved)
    def _moved(self) -> None:
        self.post_message(self.Updated())

    @on(LineList.Opened)
    def _opened(self, event: LineList.Opened) -> None:
        event.stop()
        self.open_selected()

    # The filter.

    def set_filter(self, text: str) -> None:
        """Narrow the list down to what fits a filter; an empty one shows all."""
        with self.filter_input.prevent(Input.Changed):
            self.filter_input.value = text
        self._narrow_to(text)
        self._leave_filter()

    def type_filter(self) -> None:
        """Type a filter, in place of the one that is there or at its end."""
        self.filter_input.display = True
        # At once: when its message of the focus comes, something may have been typed already.
        self.filter_input.action_select_all()
        self.screen.set_focus(self.filter_input)

    def keep_filter(self) -> None:
        """Back to the list, narrowed down by all that was typed."""
        self._narrow_to(self.filter_input.value)
        self.filter_input.remember(self.filter_text)
        self._leave_filter()

    def _narrow_to(self, text: str) -> None:
        self.filter_text = text.strip()
        self.narrow(self.filter_text)

    def _leave_filter(self) -> None:
        self.filter_input.display = bool(self.filter_text)
        if self.in_view:
            self.take_focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow_to(event.value)


class ReadWhenSeen(View):
    """A view whose records are few: all are read whenever something has changed and the view is seen."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._stale = True

    def submit(self, *, urgent: bool) -> None:
        """Read the records in a job, and show them."""
        raise NotImplementedError

    @override
    def load(self) -> None:
        self.read(urgent=True)

    @override
    def changed(self, changes: Changes) -> None:
        self.read(urgent=False)

    def on_show(self) -> None:
        """Read what has changed while the view was not seen."""
        if self._stale:
            self.read(urgent=True)

    def read(self, *, urgent: bool) -> None:
        """Read the records now if the view is seen, or else when it is."""
        self._stale = not self.in_view
        if not self._stale:
            self.submit(urgent=urgent)
