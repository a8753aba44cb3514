"""Drawing log lines, and writing them as text. Pure functions."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from holdfast.records import Log
from holdfast_tui.text.cells import Cell, Line, wrap
from holdfast_tui.text.durations import clock_time, date_time, new_day
from holdfast_tui.text.state_style import level_sign, level_tone

LEVELS = ((0, "all levels"), (logging.INFO, "INFO"), (logging.WARNING, "WARNING"), (logging.ERROR, "ERROR"))
"""The lowest levels that can be chosen, with their names."""
_NARROW = 40
"""The width from which on lines can have a time."""


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The options of a log."""

    wrap: bool = True
    timestamps: bool = True
    level: int = 0
    """The lowest level of the shown lines."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row on the screen: a part of a log line, or the date of a new day before it."""

    log: Log
    cells: Line


def rows(logs: Sequence[Log], before: Log | None, width: int, options: LogOptions) -> list[Row]:
    """Return the rows of log lines that follow the line ``before``."""
    found: list[Row] = []
    for each in logs:
        day = None if before is None else new_day(before.at, each.at)
        if day is not None:
            found.append(Row(each, [Cell(day, "muted")]))
        found += [Row(each, line) for line in _lines_of(each, width, options)]
        before = each
    return found


def _lines_of(log: Log, width: int, options: LogOptions) -> Iterator[Line]:
    stamped = options.timestamps and width >= _NARROW
    indent = 11 if stamped else 2
    message = log.message.rstrip("\n")
    texts = wrap(message, width - indent) if options.wrap else message.split("\n")
    kind = level_tone(log.level)
    for number, text in enumerate(texts):
        first = number == 0
        time = clock_time(log.at) if first else ""
        line = [Cell(f"{time:<9}", "muted")] if stamped else []
        yield [*line, Cell(f"{level_sign(log.level) if first else ' '} ", kind), Cell(text, kind)]


def as_text(logs: Iterable[Log]) -> str:
    """Return log lines as text, with times and levels."""
    return "\n".join(f"{date_time(each.at)}  {logging.getLevelName(each.level):<8} {each.message}" for each in logs)
