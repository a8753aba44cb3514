"""Reads of logs. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace

from holdfast.records import Log, LogOf
from holdfast.store import log_reading
from holdfast.store.database import Database
from holdfast.store.log_reading import END
from holdfast.text import clean_block
from holdfast_tui.data import page_records
from holdfast_tui.data.page_records import LogPage
from holdfast_tui.text import sanitize
from holdfast_tui.text.cells import places
from holdfast_tui.text.log_lines import as_text

STEP = 1_000
"""The number of lines that are read when the user scrolls to the first or last loaded line."""
_WALK = 1_000
"""The number of lines that a search checks before its first report. It doubles with each report."""
_LONGEST_WALK = 32_000


class LogReads:
    """Reads of log lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def end(self, of: LogOf) -> LogPage:
        """Return the last lines, and the total number."""
        seen = log_reading.last_of_run(self._database, of.flow_run_id)
        lines = log_reading.before(self._database, of, END, page_records.LOG_LINES)
        return self._counted(of, LogPage(_shown(lines), len(lines) < page_records.LOG_LINES, True, seen))

    def around(self, of: LogOf, seq: int) -> LogPage:
        """Return the lines around one, and the total number."""
        seen = log_reading.last_of_run(self._database, of.flow_run_id)
        half = page_records.LOG_LINES // 2
        above, below = (
            log_reading.before(self._database, of, seq, half),
            log_reading.after(self._database, of, seq - 1, half),
        )
        page = LogPage(_shown([*above, *below]), len(above) < half, len(below) < half, seen)
        return self._counted(of, page)

    def _counted(self, of: LogOf, page: LogPage) -> LogPage:
        hidden = 0
        if of.level and not page.lines:
            hidden = log_reading.count(self._database, replace(of, level=0))
        return replace(page, total=log_reading.count(self._database, of), hidden=hidden)

    def new(self, of: LogOf, seq: int) -> LogPage:
        """Return the lines after one; if there are very many, the last of them, as `end` does."""
        seen = log_reading.last_of_run(self._database, of.flow_run_id)
        lines = log_reading.after(self._database, of, seq, page_records.LOG_LINES + 1)
        if len(lines) > page_records.LOG_LINES:
            return self.end(of)
        return LogPage(_shown(lines), False, True, seen)

    def before(self, of: LogOf, seq: int) -> LogPage:
        """Return some lines before one."""
        lines = log_reading.before(self._database, of, seq, STEP)
        return LogPage(_shown(lines), len(lines) < STEP, False, 0)

    def after(self, of: LogOf, seq: int) -> LogPage:
        """Return some lines after one."""
        seen = log_reading.last_of_run(self._database, of.flow_run_id)
        lines = log_reading.after(self._database, of, seq, STEP)
        return LogPage(_shown(lines), False, len(lines) < STEP, seen)

    def search(
        self, of: LogOf, sought: str, stopped: Callable[[], bool], hand_over: Callable[[array[int]], None]
    ) -> None:
        """Search all lines for a text, from the last one upwards, and hand over the hits piece by piece, in order."""
        at, step = END, _WALK
        while not stopped() and (lines := log_reading.messages_before(self._database, of, at, step)):
            at, step = lines[-1][0], min(2 * step, _LONGEST_WALK)
            hand_over(array("q", [seq for seq, text in reversed(lines) if any(places(clean_block(text), sought))]))

    def text(self, of: LogOf) -> str:
        """Return all lines as text."""
        return "\n".join(as_text(_shown(page)) for page in log_reading.pages(self._database, of))


def _shown(lines: Sequence[Log]) -> Sequence[Log]:
    return [sanitize.log(each) for each in lines]
