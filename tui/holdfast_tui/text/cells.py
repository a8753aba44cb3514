"""Cells of a terminal: fitting text into them, and lines that consist of them.

Widths are in cells. CJK characters and most emoji take two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size

from holdfast.text import clean_block
from holdfast.type_guards import is_dict
from holdfast.values.json_text import to_json

ELLIPSIS = "…"
_SHORT = 60
"""The maximum number of characters of a value that is shown in one line."""
_WORDS = re.compile(r"\S+\s*|\s+")
_MARKS = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+)|\*\*|__|`")
_EMPHASIS = re.compile(r"(?<!\w)\*(?=\S)([^*]*\S)\*(?!\w)")


class Cell(NamedTuple):
    """A piece of a line. Its text already has its final width."""

    text: str
    tone: str = "plain"


Line = Sequence[Cell]

CURSOR = Cell("▌", "cursor")
MARKED = Cell("◆", "strong")
"""The sign of a marked line, next to the sign of the cursor."""
NOTHING = Cell(" ")


def changed(before: Line | None, after: Line, width: int) -> tuple[int, int]:
    """Return the range in which two lines differ, in cells."""
    if before is None or len(before) != len(after):
        return 0, width
    start, end, x = width, 0, 0
    for old, new in zip(before, after, strict=True):
        size = cell_len(new.text)
        if old != new:
            start, end = min(start, x), max(end, x + size)
        if cell_len(old.text) != size:
            return start, width
        x += size
    return start, end


def fit(text: str, width: int) -> str:
    """Return ``text`` in exactly ``width`` cells, cut with an ellipsis or padded with spaces."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + ELLIPSIS


def fit_right(text: str, width: int) -> str:
    """Return ``text`` as `fit` does, but right-aligned."""
    missing = width - cell_len(text)
    return " " * missing + text if missing >= 0 else fit(text, width)


def first_line(text: str) -> str:
    """Return the first line with text of a Markdown text, without its markup."""
    for line in text.splitlines():
        plain = _EMPHASIS.sub(r"\1", _MARKS.sub("", line)).strip()
        if plain:
            return plain
    return ""


def one_line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(text.split())


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` cells, broken between words if possible."""
    lines: list[str] = []
    for paragraph in text.split("\n") if text else [""]:
        lines += _wrap_line(paragraph, max(1, width))
    return lines


def _wrap_line(text: str, width: int) -> Iterator[str]:
    if cell_len(text) <= width:
        yield text
        return
    line, used = "", 0
    for word in _WORDS.findall(text):
        size = cell_len(word.rstrip())
        if line and used + size > width:
            yield line.rstrip()
            line, used = "", 0
        while size > width:
            head = _head(word, width)
            yield head
            word = word[len(head) :]
            size = cell_len(word.rstrip())
        line += word
        used += cell_len(word)
    if line.strip() or not used:
        yield line.rstrip()


def _head(word: str, width: int) -> str:
    """Return as much of the start of a word as fits, at least one character."""
    used = 0
    for index, character in enumerate(word):
        used += cell_len(character)
        if used > width and index:
            return word[:index]
    return word


def as_lines(value: Any) -> list[str]:
    """Return a value as lines of JSON to show."""
    if is_dict(value):
        return [line for name, each in value.items() for line in _named(str(name), each)]
    return clean_block(to_json(value, indent=2)).split("\n")


def _named(name: str, value: Any) -> list[str]:
    """Return a value with its name, in one line if it is short, else with its parts on the next lines."""
    text = to_json(value)
    if len(text) > _SHORT and isinstance(value, dict | list):
        text = to_json(value, indent=2)
    elif isinstance(value, str) and "\n" in value:
        text = "\n" + "\n".join(f"  {line}" for line in value.splitlines())
    return clean_block(f"{name}: {text}").split("\n")


def drop(text: str, width: int) -> str:
    """Return ``text`` without its first ``width`` cells."""
    used = 0
    for index, character in enumerate(text):
        if used >= width:
            return text[index:]
        used += cell_len(character)
    return "" if width else text


def fold_case(text: str) -> str:
    """Return ``text`` in lower case, letter by letter, so that positions in it stay the same."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(_lower(each) for each in text)


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else letter


def places(text: str, sought: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each place of ``sought`` in ``text``. A lower-case one matches both cases."""
    within = text if sought != sought.lower() else fold_case(text)
    at = within.find(sought) if sought else -1
    while at >= 0:
        yield at, at + len(sought)
        at = within.find(sought, at + len(sought))
