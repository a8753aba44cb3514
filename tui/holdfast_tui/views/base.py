"""The base class of views: a list with column heads, a filter line, and a text for when the list is empty."""

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
from holdfast_tui.textual_types import app_of
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
    """The text of a view while its list is empty. It has the focus instead of the list, so that the view's keys act."""


class View(Keyed, Targets, Vertical):
    """A view of the main screen.

    A subclass sets the names below, returns its list in `lines` and the targets of keys in the properties after it,
    and reads in `load` and `changed`. Its own keys are its ``BINDINGS``.
    """

    VIEW: ClassVar[str]
    """Its name in commands, and its id."""
    LABEL: ClassVar[str]
    """Its name in the title line."""
    KEYS: ClassVar[str]
    """The keys that show it. The title line shows the first one."""
    ABOUT: ClassVar[str]
    """A description of its contents, for the help."""
    FILTER_HINT: ClassVar[str] = ""
    """Examples of what can be typed into the filter; empty if the view has none."""
    VERBS: ClassVar[Sequence[str]] = actions.VERBS
    """The verbs that can apply in this view."""
    OF_RUNS: ClassVar[bool] = True
    """Whether verbs act on runs. If not, the view itself checks and does them."""
    BADGE: ClassVar[bool] = False
    """Whether the title line shows the number of open waits next to its name."""

    class Updated(Message):
        """The shown rows, or the targets of keys, have changed."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id=self.VIEW)
        self.clock = clock
        self.filter_text = ""
        """The text of the filter, as typed."""

    @property
    def holdfast(self) -> HoldfastApp:
        """The app, with its type."""
        return cast("HoldfastApp", app_of(self))

    # To override in a view.

    @property
    def lines(self) -> LineList:
        """The view's list."""
        raise NotImplementedError

    @property
    def nothing(self) -> str:
        """The text for an empty list: the reason, and what to do about it."""
        raise NotImplementedError

    def load(self) -> None:
        """Read everything, now that the database is open."""

    def complete_filter(self, text: str) -> Sequence[str]:
        """Return the completions of the last word of a filter."""
        return ()

    @property
    def names(self) -> Sequence[str]:
        """The names of the loaded runs, for completion in commands."""
        return ()

    @property
    def column_names(self) -> Sequence[str]:
        """The columns that the list can show."""
        return ()

    def set_columns(self, names: Sequence[str]) -> str | None:
        """Show these columns, or the default ones if none are named. Return a sentence if that is impossible."""
        return f"{self.LABEL} has fixed columns."

    @property
    def sort_names(self) -> Sequence[str]:
        """The orders that the list can be sorted by."""
        return ()

    def sort_by(self, name: str) -> str | None:
        """Sort by this order, reversed for ``-name``. Return a sentence if that is impossible."""
        return f"{self.LABEL} has only one order."

    def commands(self) -> Sequence[Command]:
        """Return the commands that work only in this view."""
        return ()

    def narrow(self, text: str) -> None:
        """Show only the rows that match the filter."""

    def clear(self) -> bool:
        """Clear the marks, or else the filter. Return whether there was anything to clear."""
        if self.lines.marked:
            self.lines.action_clear_marks()
            return True
        if not self.filter_text and not self.filter_input.display:
            return False
        self.set_filter("")
        return True

    def open_selected(self) -> None:
        """Open the page of the row under the cursor."""
        if self.run is not None:
            self.holdfast.open_run(self.run.id, self.run.name)

    def why_not(self, verb: str) -> str | None:
        """Return why a verb cannot apply in this view; ``None`` leaves the decision to the runs."""
        return None

    def act(self, verb: str) -> bool:
        """Do a verb in the view's own way; ``False`` leaves it to the screen."""
        return False

    # Drawing.

    def compose(self) -> ComposeResult:
        """Create the filter, the column heads and the list."""
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
        """The input of the filter."""
        return self.query_one("#filter", FilterInput)

    @property
    def filter_note(self) -> FilterNote:
        """The line under the filter."""
        return self.query_one(FilterNote)

    @property
    def in_view(self) -> bool:
        """Whether this is the view that is shown."""
        return self.display

    def refresh_view(self) -> None:
        """Show the list, or a text if it is empty. Call this when rows have arrived."""
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
        """Focus the list or the text in its place at once, so that keys act on this view."""
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
        """Set the filter and leave its line; an empty filter shows all rows."""
        with self.filter_input.prevent(Input.Changed):
            self.filter_input.value = text
        self._narrow_to(text)
        self._leave_filter()

    def type_filter(self) -> None:
        """Edit the filter. Its text is selected, so typing replaces it."""
        self.filter_input.display = True
        # Select at once: by the time the focus message arrives, something may have been typed already.
        self.filter_input.action_select_all()
        self.screen.set_focus(self.filter_input)

    def keep_filter(self) -> None:
        """Apply the whole typed filter and go back to the list."""
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
    """A view with few records. It reads all of them after each change while it is shown."""

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
        """Read again if anything changed while the view was hidden."""
        if self._stale:
            self.read(urgent=True)

    def read(self, *, urgent: bool) -> None:
        """Read the records if the view is shown, or else once it is shown."""
        self._stale = not self.in_view
        if not self._stale:
            self.submit(urgent=urgent)
