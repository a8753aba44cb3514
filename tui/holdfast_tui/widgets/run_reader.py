"""Reading the list of runs: a window of rows that follows the scrolling, the cursor and the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from textual import events
from textual.message import Message

from holdfast.filters import Order, RunFilter
from holdfast_tui.data.feed import Changes
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.run_window import TOP, Anchor, Ids, Page, RunRow, Want
from holdfast_tui.text.durations import Clock
from holdfast_tui.widgets.gathering import Gathering
from holdfast_tui.widgets.headed_list import HeadedList
from holdfast_tui.widgets.run_tree import Tree

NEWEST_FIRST = Order()


class RunReader(HeadedList):
    """The reading part of the list of runs. `RunList` draws it and handles the keys."""

    WINDOW: ClassVar[int] = 3
    """The number of screenfuls that are read at once."""
    TIMED: ClassVar[int] = 10
    """Seconds until a list with a filter on time is read again."""

    class Loaded(Message):
        """Rows were read from the store."""

        def __init__(self, runs: RunReader) -> None:
            super().__init__()
            self.list = runs

        @property
        def control(self) -> RunReader:
            """The list."""
            return self.list

    def __init__(self, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._clock = clock
        self._lane = Lane(self, "runs")
        self._gathering = Gathering(self)
        self._first = 0
        self._rows: Sequence[RunRow] = ()
        self._total = 0
        self._tree = Tree()
        self._deployments: Mapping[UUID, str] = {}
        self._anchors: dict[int, Anchor] = {}
        self._cursor_id: UUID | None = None
        self._changed: frozenset[UUID] = frozenset()
        self._jumps = 0
        self._ticks = 0
        self._recount = True
        self._counted = False
        self._to_last = False
        self._current = False
        self._new = 0
        self.where = TOP
        self.order = NEWEST_FIRST
        self.following = False
        """Whether the cursor stays on the newest run."""
        self.loaded = False

    def taken(self) -> None:
        """Called after new rows were stored in the list."""

    # For other modules.

    @property
    def selected(self) -> RunRow | None:
        """The row under the cursor, if it is loaded. After a new filter there is none until its rows are read."""
        return self._row(self.cursor) if self._current else None

    @property
    def names(self) -> Sequence[str]:
        """The names of the loaded runs."""
        return list(dict.fromkeys(row.run.name for row in (*self._rows, *self._tree.rows())))

    @property
    def at_top(self) -> bool:
        """Whether the newest run is in view."""
        return self.top == 0

    @property
    def busy(self) -> bool:
        """Whether rows are being read."""
        return self._lane.busy or self._gathering.busy

    def filter(self, where: RunFilter) -> None:
        """Show only the runs that match a filter."""
        if where == self.where and self.loaded:
            return
        self.where = where
        self._begin()

    def sort(self, order: Order) -> None:
        """Show the runs in another order."""
        if order != self.order:
            self.order = order
            self.following = False
            self._begin()

    def _begin(self) -> None:
        self._current = self._counted = self._to_last = False
        self._anchors.clear()
        self._tree.clear()
        self._cursor_id = None
        self._new = 0
        self.cursor = 0
        self.scroll_to(y=0, animate=False, force=True)
        self.load()

    def load(self) -> None:
        """Read the list from the top: first the rows in view, then their total number."""
        self._jumps += 1
        self._gathering.stop()
        if self.where == TOP and self.order == NEWEST_FIRST:
            self._load_indexed()
        else:
            self._gathering.start(self.asked, self.order)
        self.refresh_heads()

    def _load_indexed(self) -> None:
        self._recount, self._counted = True, False
        self._read(Want(self.asked, 0, self._reach, self._reach), urgent=True, counted=False)

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        if not self.loaded:
            return
        shown = {row.run.id for row in (*self._rows, *self._tree.rows())}
        # A change of a child run may change the line of the shown run above it.
        touched = bool(changes.runs & shown) or changes.waits or bool(self._tree.unfolded and changes.runs)
        self._changed |= changes.runs
        if self._gathering.ids is not None or self._gathering.busy:
            if touched:
                self._read_again()
            self._gathering.changed(changes)
            return
        filtered = self.where != TOP
        if changes.created or touched or (filtered and changes.runs):
            self._recount = self._recount or changes.created or filtered
            if filtered:
                self._anchors.clear()
            self._read_again()

    def tick(self) -> None:
        """Redraw the times, and read a list with a filter on time again every few seconds."""
        self.repaint()
        self._ticks += 1
        if self.loaded and self.where.is_timed and self._ticks % self.TIMED == 0:
            if self._gathering.ids is None:
                self._recount = True
                self._anchors.clear()
                self._read_again()
            else:
                self._gathering.again()

    # Reading.

    @property
    def asked(self) -> RunFilter:
        """The filter, with the current time."""
        return replace(self.where, now=self._clock())

    @property
    def _reach(self) -> int:
        return max(30, self.page_height * self.WINDOW)

    def _read_again(self) -> None:
        """Read the loaded rows again, starting with the same run."""
        ids, keep = self._gathering.ids, self._rows[0].run.id if self._rows and self._first else None
        first = self._first
        if ids is not None:
            first = min(first, max(0, len(ids) - 1))
            place = None if keep is None else ids.index(keep)
            first, keep = first if place is None else place, None
        self._read(Want(self.asked, first, self._reach, self._total, keep=keep))

    def _read(self, want: Want, *, urgent: bool = False, counted: bool = True) -> None:
        self._jumps += urgent
        jump, changed, ids = self._jumps, self._changed, self._gathering.ids
        want = replace(
            want,
            total=None if counted and self._recount else want.total,
            anchors=tuple(self._anchors.values()),
            known={row.run.id: row for row in (*self._rows, *self._tree.rows())},
            changed=changed,
            unfolded=tuple(self._tree.unfolded),
        )
        if ids is not None:
            want = replace(want, ids=ids.part(want.first, want.size), total=len(ids))

        def stopped() -> bool:
            return self._jumps != jump

        def done(page: Page) -> None:
            self._changed -= changed
            if ids is not self._gathering.ids or (ids is None and self._gathering.busy):
                return
            if want.total is None or len(page.rows) < want.size:
                self._recount = False
            if counted and ids is None:
                self._anchors |= {anchor.from_end: anchor for anchor in page.anchors}
            self._take(page if ids is None else replace(page, total=len(ids)))
            if self._recount and not counted:
                self._read(Want(self.asked, self._first, self._reach, None))
            elif not self._counted:
                self._count_known()

        self._lane.submit(lambda store: store.runs.page(want, stopped), done, urgent=urgent)

    def _count_known(self) -> None:
        """Handle that the number of runs is known now, so that the cursor can move to the last one."""
        self._counted = True
        if self._to_last:
            self.move_cursor(self.count - 1)

    def action_last(self) -> None:
        """Move the cursor to the last row. Until the number of runs is known, that is the last loaded one."""
        super().action_last()
        self._to_last = not self._counted

    # Gathered ids.

    def gathered(self, ids: Ids | None) -> None:
        """Take the ids gathered so far. ``None`` means that an index has the list."""
        if ids is None:
            self._load_indexed()
        elif not self._current or len(self._rows) < min(self._reach, len(ids)):
            self._read(Want(self.asked, self._first if self._current else 0, self._reach, len(ids)), urgent=True)
        else:
            self._total = len(ids)
            self.set_count(len(ids) + self._tree.extra)
            self.post_message(self.Loaded(self))
        self.refresh_heads()

    def regathered(self, come: int) -> None:
        """Handle that the list was gathered again, or that ``come`` runs were added to it."""
        if come and not self.at_top and self.order == NEWEST_FIRST:
            self._new += come
        self._read_again()
        self.refresh_heads()

    # Storing rows.

    def _take(self, page: Page) -> None:
        grown = page.total - self._total if self._current and self._counted else 0
        first, at_top, ids = page.first, self.at_top, self._gathering.ids
        steady = self._current and self.where == TOP and ids is None
        if steady and first and first == self._first:
            first = min(first + grown, max(0, page.total - len(page.rows)))
        before = self.cursor
        self._first, self._rows, self._total = first, page.rows, page.total
        self._deployments = page.deployments
        self.loaded = self._current = True
        self._tree.take(page.children, lambda run_id, place: self._place(run_id, place + grown if steady else None))
        self.set_count(page.total + self._tree.extra)
        self._keep_cursor(before, grown if steady else None)
        moved = self.cursor - before
        if self.following:
            self.to_newest()
        elif moved and not (at_top and self.cursor < self.page_height):
            self.scroll_to(y=self.top + moved, animate=False, force=True)
        if ids is None and not self.at_top:
            self._new += max(0, grown)
        self.taken()
        self._redraw(moved)
        self.post_message(self.Loaded(self))
        self.scrolled()

    def _redraw(self, moved: int) -> None:
        if moved:
            self.refresh_all()
        else:
            self.repaint()
        self.refresh_heads()

    def _place(self, run_id: UUID, otherwise: int | None) -> int | None:
        """Return the position of a run in the list."""
        for index, row in enumerate(self._rows, self._first):
            if row.run.id == run_id:
                return index
        return otherwise if self._gathering.ids is None else self._gathering.ids.index(run_id)

    def _keep_cursor(self, before: int, grown: int | None) -> None:
        """Keep the cursor on its run, or near its old place if the run is gone."""
        line = None if self._cursor_id is None else self.index_of(self._cursor_id)
        if line is not None:
            self.cursor = line
            return
        if self._cursor_id is not None and grown is not None and self._row(before) is None:
            self.cursor = max(0, min(before + grown, self.count - 1))
        else:
            self._adopt()

    def _adopt(self) -> None:
        row = self._row(self.cursor) if self._current else None
        self._cursor_id = None if row is None else row.run.id

    def _row(self, line: int) -> RunRow | None:
        place, under = self._tree.at(line)
        at = place - self._first
        return under.row if under else self._rows[at] if 0 <= at < len(self._rows) else None

    def key(self, index: int) -> UUID | None:
        """Return the id of a run."""
        row = self._row(index)
        return None if row is None else row.run.id

    def index_of(self, key: object) -> int | None:
        """Return the line of a run, if it is known."""
        if not isinstance(key, UUID):
            return None
        line = self._tree.line_of(key)
        if line is not None:
            return line
        place = self._place(key, None)
        return None if place is None else self._tree.line(place)

    def moved_by_hand(self) -> None:
        """Stop following, and remember the run that the cursor is on now."""
        self._to_last = False
        if self.following:
            self.following = False
            self.refresh_heads()
        self._adopt()

    def scrolled(self) -> None:
        """Read the rows that come into view. Scrolling away from the newest run stops following it."""
        if self.following and not self.at_top:
            self.following = False
            self.refresh_heads()
        if self.at_top and self._new:
            self._new = 0
            self.refresh_heads()
        if not self.loaded or not self.count:
            return
        if self._row(self.cursor) is not None and self._cursor_id is None:
            self._adopt()
        height, last_line = self.page_height, self.count - 1
        first, _ = self._tree.at(max(0, self.top - height // 2))
        last, _ = self._tree.at(min(last_line, self.top + height + height // 2))
        if self._first <= first and last < self._first + len(self._rows):
            return
        top, _ = self._tree.at(min(last_line, self.top))
        edges = (min(last_line, self.top), min(last_line, self.top + height - 1))
        missing = any(self._row(line) is None for line in edges)
        start = max(0, top - (self._reach - height) // 2)
        self._read(Want(self.asked, start, self._reach, self._total), urgent=missing)

    def on_resize(self, event: events.Resize) -> None:
        """Read the rows that fit now."""
        super().on_resize(event)
        self.scrolled()

    def to_newest(self) -> None:
        """Move the cursor to the newest run."""
        self.scroll_to(y=0, animate=False, force=True)
        self.move_cursor(0, by_hand=False)
        self._adopt()
