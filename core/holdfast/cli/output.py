"""Output for people: colours if they are wanted, tables that fit the terminal, times and waits in words."""

from __future__ import annotations

import math
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from holdfast.records import Wait
from holdfast.states import State, StateType
from holdfast.text import clean
from holdfast.type_guards import is_mapping

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_STATE_STYLES = {
    StateType.COMPLETED: "green",
    StateType.FAILED: "red",
    StateType.CRASHED: "red",
    StateType.PAUSED: "yellow",
    StateType.RUNNING: "cyan",
}
_NARROWEST = 8
"""The width below which a column of a table is not narrowed."""

Cell = str | tuple[str, str]
"""A cell of a table: its text, and the style to show it in."""


def prepare() -> None:
    """Write characters that the output's encoding does not have as escapes."""
    # The next file that is opened would take the number of a closed stream: the database would get the output.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def is_interactive() -> bool:
    """Whether a person can be asked: input and output are a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty() and sys.stdout.isatty()


def say(text: str = "") -> None:
    """Print the command's output. The caller has cleaned any text that comes from a run."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a remark to standard error, so that it does not get into a pipe."""
    sys.stdout.flush()
    sys.stderr.write(f"{paint(text, 'dim', sys.stderr)}\n")


def complain(text: str) -> None:
    """Print an error to standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"{paint(clean(text), 'red', sys.stderr)}\n")


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """Return ``text`` in a style if the stream is a terminal that shows colours and the user has not disabled them."""
    if not style or not text or not _colourful(stream or sys.stdout):
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def _colourful(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def state_cell(state: State) -> Cell:
    """Return a table cell with a state's name in its colour."""
    return clean(state.name), _STATE_STYLES.get(state.type, "dim")


def painted_state(state: State) -> str:
    """Return a state's name in its colour, to be put into a line."""
    return paint(clean(state.name), _STATE_STYLES.get(state.type, "dim"))


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell]], narrow: Sequence[int] = ()) -> list[str]:
    """Return a table as lines with aligned columns.

    On a terminal the columns numbered in ``narrow`` are narrowed, the widest first, until the lines fit.
    """
    lines: list[list[Cell]] = [[(header.upper(), "dim") for header in headers]]
    lines += [list(row) for row in rows]
    widths = [max(width(_text(line[column])) for line in lines) for column in range(len(headers))]
    if sys.stdout.isatty():
        _narrow(widths, narrow, columns() - 2 * (len(headers) - 1))
    return [_line(line, widths) for line in lines]


def _narrow(widths: list[int], narrow: Sequence[int], room: int) -> None:
    while sum(widths) > room:
        widest = max(narrow, key=lambda column: widths[column], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def _line(line: Sequence[Cell], widths: Sequence[int]) -> str:
    cells: list[str] = []
    for cell, room in zip(line, widths, strict=True):
        text, style = (cell, "") if isinstance(cell, str) else cell
        shown = cut(text, room)
        cells.append(paint(shown, style) + " " * (room - width(shown)))
    return "  ".join(cells).rstrip()


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def columns() -> int:
    """Return the width of the terminal in characters."""
    return shutil.get_terminal_size((80, 24)).columns


def width(text: str) -> int:
    """Return the number of columns that a terminal needs for ``text``."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, room: int) -> str:
    """Return ``text`` in at most ``room`` columns. An ellipsis replaces the part that does not fit."""
    if width(text) <= room:
        return text
    kept = ""
    for character in text:
        if width(kept) + _character_width(character) > room - 1:
            break
        kept += character
    return f"{kept}…"


def span(seconds: float) -> str:
    """Return a duration in words: ``0.4 s``, ``40 s``, ``12 m``, ``3 h 20 m``, ``2 d``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if isinstance(seconds, float) and seconds < 10 else f"{int(seconds)} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"


def ago(moment: datetime) -> str:
    """Return in words how long ago a moment was."""
    return f"{span(int(max(0.0, (datetime.now(UTC) - moment).total_seconds())))} ago"


def until(deadline: datetime | None) -> str:
    """Return in words how long it is until a deadline."""
    if deadline is None:
        return "no deadline"
    seconds = (deadline - datetime.now(UTC)).total_seconds()
    if seconds <= 0:
        return "passed"
    return f"in {span(math.ceil(seconds / 60) * 60 if seconds > 60 else math.ceil(seconds))}"


def clock(moment: datetime) -> str:
    """Return a moment as text in the user's own time zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def asks_for(wait: Wait) -> str:
    """Say in one line what a wait asks for: the first line of its description, or else its fields."""
    for line in (wait.description or "").splitlines():
        if words := line.strip(" #*_>-").replace("**", "").replace("`", ""):
            return words
    if wait.schema is None:
        return "a go-ahead"
    fields = ", ".join(field_names(wait.schema)) or "an answer"
    return fields if wait.channel is None else f"a message: {fields}"


def field_names(schema: Mapping[str, Any]) -> list[str]:
    """Return the names of the top-level fields in a wait's schema."""
    properties = schema.get("properties")
    return list(properties) if is_mapping(properties) else []
