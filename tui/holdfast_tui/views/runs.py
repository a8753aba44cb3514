"""The view of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from textual import on
from textual.binding import Binding, BindingType

from holdfast.exceptions import InvalidFilter
from holdfast.filters import FAILURES, Key, Order, RunFilter, Sort, completions, parse_what_makes_sense, toggled
from holdfast.records import FlowRun
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.run_window import TOP
from holdfast_tui.screens.column_picker import ColumnsScreen
from holdfast_tui.screens.dialogs import ChooseScreen
from holdfast_tui.text.durations import Clock
from holdfast_tui.textual_types import app_of
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.views.base import View
from holdfast_tui.widgets.headed_list import HeadedList
from holdfast_tui.widgets.line_list import LineList
from holdfast_tui.widgets.run_columns import COLUMNS, Look
from holdfast_tui.widgets.run_list import NEWEST_FIRST, RunList

NO_RUNS = """No runs yet.

Start one in another terminal and it appears here:

    holdfast demo               flows that ask you something
    holdfast run FILE.py:FLOW   your own flow"""
NO_MATCH = "No run matches the filter.  Press / to change it, esc to see all."
SEARCHING = "Searching …"

ORDERS = {
    Sort.CREATED: "Age: newest first",
    Sort.UPDATED: "Updated: last changed first",
    Sort.ENDED: "Ended: last ended first",
    Sort.STATE: "State: needs attention first",
    Sort.TOOK: "Took: longest first",
    Sort.NAME: "Run: A to Z",
    Sort.FLOW: "Flow: A to Z",
}


def order_of(name: str) -> Order | None:
    """Return the order of this name: ``took``, or ``-took`` for the reverse; ``None`` if there is none."""
    by = name.removeprefix("-") or Sort.CREATED
    return Order(Sort(by), name.startswith("-")) if by in ORDERS else None


def name_of(order: Order) -> str:
    """Return the name of an order; an empty text for the default one."""
    return "" if order == NEWEST_FIRST else f"{'-' if order.reverse else ''}{order.by}"


class RunsView(View):
    """Flow runs, newest first unless another order is chosen."""

    VIEW: ClassVar[str] = "runs"
    LABEL: ClassVar[str] = "Runs"
    KEYS: ClassVar[str] = "1"
    ABOUT: ClassVar[str] = "All runs, newest first"
    FILTER_HINT: ClassVar[str] = "name  ~fuzzy  state:paused  flow:NAME  age>2h  !tag:x"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "failures", "Failures", show=False, tooltip="Only failed, timed-out or crashed runs"),
        Binding("o", "sort", "Order", show=False, tooltip="Choose the order of the list"),
        Binding("O", "reverse", "Reverse", show=False, tooltip="Reverse the order of the list"),
        Binding("w", "wide", "Wide", show=False, tooltip="As many columns as fit"),
        Binding("C", "columns", "Columns", show=False, tooltip="Choose the columns"),
    ]

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.runs = RunList(clock, id="runs-list")
        self._values: Mapping[Key, tuple[str, ...]] = {}
        self._reading = Lane(self, "filter values")
        self._wrong: InvalidFilter | None = None

    def on_mount(self) -> None:
        """Set up completion, and restore the columns and the order from the last session."""
        self.filter_input.complete = self._completions
        remembered = self.holdfast.memory.preferences
        self.runs.look = Look(tuple(each for each in remembered.columns if each in COLUMNS), remembered.wide)
        self.runs.order = order_of(remembered.sort) or NEWEST_FIRST

    @property
    def lines(self) -> LineList:
        """The list of runs."""
        return self.runs

    @property
    def nothing(self) -> str:
        """The text for an empty list."""
        if self.runs.where == TOP:
            return self.holdfast.coming or NO_RUNS
        return SEARCHING if self.runs.busy else NO_MATCH

    @property
    def run(self) -> FlowRun | None:
        """The run under the cursor."""
        row = self.runs.selected
        return None if row is None else row.run

    @property
    def targets(self) -> Sequence[FlowRun]:
        """The marked runs that are loaded, else the one under the cursor."""
        return self.runs.marked_runs if self.runs.marked else super().targets

    @property
    def target_ids(self) -> Sequence[UUID]:
        """The ids of all marked runs, else of the one under the cursor."""
        return self.runs.marked_ids or super().target_ids

    @property
    def names(self) -> Sequence[str]:
        """The names of the loaded runs."""
        return self.runs.names

    def load(self) -> None:
        """Read the list, and then the values for completing filters."""
        self.runs.load()
        self._read_values()

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        self.runs.changed(changes)

    def tick(self) -> None:
        """Redraw the times."""
        self.runs.tick()

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """Remove the marks after a verb was done to the marked runs."""
        self.runs.action_clear_marks()

    @on(RunList.Loaded)
    def _loaded(self) -> None:
        self.refresh_view()

    @on(LineList.Marked)
    def _marked(self) -> None:
        self.post_message(self.Updated())

    # The filter.

    def type_filter(self) -> None:
        """Edit the filter, and read the values for completing it meanwhile."""
        super().type_filter()
        self._read_values()

    def complete_filter(self, text: str) -> Sequence[str]:
        """Return the completions of the last word of a filter."""
        return self._completions(text, len(text))

    def _read_values(self) -> None:
        def done(values: Mapping[Key, tuple[str, ...]]) -> None:
            self._values = values

        self._reading.submit(lambda store: store.runs.filter_values(), done, urgent=True)

    def narrow(self, text: str) -> None:
        """Show only the runs that match the filter. Terms that make no sense are reported and ignored."""
        terms, self._wrong = parse_what_makes_sense(text)
        field = self.filter_input
        offered = self._completions(field.value, field.cursor_position) if field.has_focus else []
        offered = [each for each in offered if each not in text.split()]
        if offered or self._wrong is None:
            self.filter_note.say("  ".join(offered))
        else:
            self.filter_note.say(str(self._wrong), wrong=True)
        self.runs.filter(RunFilter(terms=terms) if terms else TOP)

    def _leave_filter(self) -> None:
        super()._leave_filter()
        self.filter_note.say("" if self._wrong is None else str(self._wrong), wrong=True)

    def _completions(self, text: str, at: int) -> list[str]:
        return completions(text, at, dict(self._values))

    def action_failures(self) -> None:
        """Show only runs that went wrong, or all runs again."""
        self.set_filter(toggled(self.filter_text, FAILURES))

    # Order and columns.

    @property
    def sort_names(self) -> Sequence[str]:
        """The orders that the list can be sorted by."""
        return [*ORDERS, *(f"-{each}" for each in ORDERS)]

    def sort_by(self, name: str) -> str | None:
        """Sort by this order, reversed for ``-name``. Return a sentence if that is impossible."""
        order = order_of(name)
        if order is None:
            return f"Runs cannot be sorted by {name}, only by {', '.join(ORDERS)}."
        self._sort(order)
        return None

    def _sort(self, order: Order) -> None:
        self.runs.sort(order)
        self.holdfast.remember(sort=name_of(order))

    @property
    def column_names(self) -> Sequence[str]:
        """The columns that the list can show."""
        return list(COLUMNS)

    def set_columns(self, names: Sequence[str]) -> str | None:
        """Show these columns, or the ones that fit if none are named. Return a sentence if that is impossible."""
        unknown = [each for each in names if each not in COLUMNS]
        if unknown:
            return f"There is no column {unknown[0]}, only {', '.join(COLUMNS)}."
        self.runs.set_look(Look(tuple(names)))
        self.holdfast.remember(columns=tuple(names), wide=False)
        return None

    def action_wide(self) -> None:
        """Show as many columns as fit, or the chosen ones again."""
        look = self.runs.look
        self.runs.set_look(replace(look, wide=not look.wide))
        self.holdfast.remember(wide=not look.wide)

    @on(HeadedList.HeadClicked)
    def _head_clicked(self, event: HeadedList.HeadClicked) -> None:
        """Sort by a column; reverse the order if it is sorted by it already."""
        event.stop()
        by = COLUMNS[self.runs.shown_columns[event.column]].sort
        if by is not None:
            self._sort(Order(by, self.runs.order == Order(by)))

    def action_sort(self) -> None:
        """Choose the order."""
        orders = list(ORDERS)

        def chosen(index: int | None) -> None:
            if index is not None:
                self._sort(Order(orders[index]))

        app_of(self).push_screen(ChooseScreen("Sort runs by", list(ORDERS.values())), chosen)

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._sort(replace(self.runs.order, reverse=not self.runs.order.reverse))

    def action_columns(self) -> None:
        """Choose the columns."""

        def chosen(columns: tuple[str, ...] | None) -> None:
            if columns is not None:
                self.set_columns(columns)

        app_of(self).push_screen(ColumnsScreen(self.runs.shown_columns), chosen)
