"""Themes by name, short names for the most common ones, and a light theme that is easy to read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from textual.theme import Theme

SHORT = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}
"""The short names. ``ansi`` uses the terminal's own colours."""

WITHOUT_COLOUR = "ansi-dark"
"""The theme without colours. It shows cursor, marks and faint text by attributes."""

LIGHT = Theme(
    "textual-light",
    primary="#0063b1",
    secondary="#0178d4",
    warning="#d47b00",
    error="#d92e57",
    success="#30a052",
    accent="#d47b00",
    foreground="#161616",
    background="#f8f8f6",
    surface="#efefec",
    panel="#e2e2de",
    dark=False,
)
"""Replaces Textual's theme, in which yellow, green and faint text has too little contrast on grey."""


def full_name(text: str, there: Container[str]) -> str | None:
    """Return the full name of a theme; ``None`` if there is none."""
    name = SHORT.get(text, text)
    return name if name in there else None


def names(there: Iterable[str]) -> list[str]:
    """Return the names that can be typed for a theme."""
    return [*SHORT, *sorted(there)]


def for_terminal(environment: Mapping[str, str]) -> str | None:
    """Return the light theme if the environment says that the terminal's background is light; ``None`` otherwise.

    The environment gives the numbers of the colours, such as ``0;15`` for black on white. Of the first sixteen, 7 and
    those above 8 are light.
    """
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return SHORT["light"] if background in {"7", *map(str, range(9, 16))} else None
