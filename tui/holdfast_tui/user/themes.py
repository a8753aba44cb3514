"""Themes by name, short names for those that one most likely means, and a light one that is easy to read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from textual.theme import Theme

SHORT = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}
"""``ansi`` takes the terminal's own colours."""

WITHOUT_COLOUR = "ansi-dark"
"""It tells by attributes what is under the cursor, marked or quiet, so that it can do without colours."""

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
"""In place of Textual's own, on whose grey what is yellow, green or faint has too little contrast to be read."""


def named(text: str, there: Container[str]) -> str | None:
    """The theme that is meant."""
    name = SHORT.get(text, text)
    return name if name in there else None


def names(there: Iterable[str]) -> list[str]:
    """What can be typed for a theme."""
    return [*SHORT, *sorted(there)]


def suited(environment: Mapping[str, str]) -> str | None:
    """The theme for a terminal that says in its environment that its background is light; ``None`` for the usual one.

    It says so by the numbers of its colours, ``0;15`` for black on white; of the first sixteen, 7 and those after 8
    are light.
    """
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return SHORT["light"] if background in {"7", *map(str, range(9, 16))} else None
