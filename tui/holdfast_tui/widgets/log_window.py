"""The lines of a log that are in memory, and reading others. Of a log of a million lines, only a part is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from textual.message_pump import MessagePump

from holdfast.records import Log, LogOf
from holdfast_tui.data.jobs import Lane
from holdfast_tui.data.page_records import LogPage

if TYPE_CHECKING:
    from holdfast_tui.data.store import Store

KEPT = 20_000
"""The maximum number of log lines in memory."""


class Watched(Protocol):
    """The widget that shows the lines."""

    following: bool

    def heard(self, lines: Sequence[Log], *, skipped: bool) -> None:
        """Handle new log lines; ``skipped`` means that there are others before them. They may not be in memory."""

    def appended(self, lines: Sequence[Log]) -> None:
        """Handle that lines were added at the end of those in memory."""

    def shifted(self) -> None:
        """Handle that other lines are in memory now, if possible including those in view."""

    def arrived(self, seq: int) -> None:
        """Handle that the lines around a requested one are in memory."""


class LogWindow:
    """A contiguous part of a log, in memory."""

    def __init__(self, owner: MessagePump, run_id: UUID, task_id: UUID | None) -> None:
        self._owner = owner
        self._run_id, self._task_id = run_id, task_id
        self._news = Lane(owner, f"log-{id(owner)}")
        self._others = Lane(owner, f"log-around-{id(owner)}")
        self._whole = Lane(owner, f"log-whole-{id(owner)}")
        self._turn = 0
        self._wanted: tuple[str, int] | None = None
        self._begun = False
        self.at: int | None = None
        """The line around which lines were read last."""
        self.logs: list[Log] = []
        self.level = 0
        """The lowest level of the lines."""
        self.first = self.last = True
        """Whether the lines in memory begin with the log's first line, and end with its last one."""
        self.seen = 0
        """The last known line of the run."""
        self.total = self.hidden = 0
        """The total number of lines, and the number of hidden lines if none has the level."""

    @property
    def complete(self) -> bool:
        """Whether all lines are in memory."""
        return self.first and self.last

    @property
    def of(self) -> LogOf:
        """The log whose lines these are."""
        return LogOf(self._run_id, self._task_id, self.level)

    @property
    def _list(self) -> Watched:
        return self._owner  # type: ignore[return-value]

    def has(self, seq: int) -> bool:
        """Whether a line is in memory if it exists."""
        return bool(self.logs) and self.logs[0].seq <= seq <= self.logs[-1].seq

    # New lines.

    def load(self, *, urgent: bool = False) -> None:
        """Read the lines that were logged since."""
        turn = self._turn

        def job(store: Store) -> LogPage:
            if self._begun:
                return store.logs.new(self.of, self.seen)
            if self.at is None:
                return store.logs.end(self.of)
            return store.logs.around(self.of, self.at)

        self._news.submit(job, lambda page: self._take(page) if turn == self._turn else None, urgent=urgent)

    def again(self, at: int | None, level: int) -> None:
        """Read again with a lowest level, around a line or at the end."""
        self.level = level
        self._turn += 1
        self._wanted = None
        self._begun, self.at = False, at
        self.load(urgent=True)

    def _take(self, page: LogPage) -> None:
        if not self._begun:
            self._begun = True
            self.seen = max(self.seen, page.seen, page.lines[-1].seq if page.lines else 0)
            self._set(page)
            if self.at is None:
                self._list.shifted()
            else:
                self._list.arrived(self.at)
            return
        new = [each for each in page.lines if each.seq > self.seen]
        skipped = bool(page.total and new and page.lines[0].seq > self.seen)
        self.seen = max(self.seen, page.seen, new[-1].seq if new else 0)
        self.total = page.total or self.total + len(new)
        if skipped and self._list.following:
            self._set(page)
            self._list.shifted()
        elif skipped:
            self.last = False
        elif self.last:
            self._append(new)
        if new:
            self._list.heard(new, skipped=skipped)

    def _append(self, new: Sequence[Log]) -> None:
        new = [each for each in new if not self.logs or each.seq > self.logs[-1].seq]
        if len(self.logs) + len(new) <= KEPT:
            self.logs += new
            self._list.appended(new)
        elif self._list.following:
            self.logs = [*self.logs, *new][-KEPT // 2 :]
            self.first = False
            self._list.shifted()
        else:
            self.last = False

    def _set(self, page: LogPage) -> None:
        self.logs = list(page.lines)
        self.first, self.last = page.first, page.last and page.seen >= self.seen
        self.total, self.hidden = page.total, page.hidden

    # Other lines.

    def older(self) -> None:
        """Read some lines before those in memory."""
        start = self.logs[0].seq if self.logs else 0

        def take(page: LogPage) -> None:
            if self.logs and self.logs[0].seq == start:
                self.first = page.first
                self.last = self.last and len(self.logs) + len(page.lines) <= KEPT
                self.logs = [*page.lines, *self.logs][:KEPT]
                self._list.shifted()

        if not self.first:
            self._read(("older", start), lambda store: store.logs.before(self.of, start), take)

    def newer(self) -> None:
        """Read some lines after those in memory."""
        end = self.logs[-1].seq if self.logs else 0

        def take(page: LogPage) -> None:
            if self.logs and self.logs[-1].seq == end:
                self.last = page.last and page.seen >= self.seen
                self.first = self.first and len(self.logs) + len(page.lines) <= KEPT
                self.logs = [*self.logs, *page.lines][-KEPT:]
                self._list.shifted()

        if not self.last:
            self._read(("newer", end), lambda store: store.logs.after(self.of, end), take)

    def around(self, seq: int) -> None:
        """Read the lines around one."""

        def take(page: LogPage) -> None:
            self._set(page)
            self._list.arrived(seq)

        self._read(("around", seq), lambda store: store.logs.around(self.of, seq), take)

    def stay(self) -> None:
        """Cancel going to a line that is being read."""
        if self._wanted is not None and self._wanted[0] == "around":
            self._wanted = None

    def _read(self, wanted: tuple[str, int], job: Callable[[Store], LogPage], take: Callable[[LogPage], None]) -> None:
        if wanted == self._wanted:
            return
        self._wanted = wanted

        def done(page: LogPage) -> None:
            if self._wanted == wanted:
                self._wanted = None
                take(page)

        self._others.submit(job, done, urgent=True)

    def text(self, done: Callable[[str], None]) -> None:
        """Read all lines, as text."""
        self._whole.submit(lambda store: store.logs.text(self.of), done, urgent=True)
