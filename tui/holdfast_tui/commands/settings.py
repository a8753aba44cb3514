"""Commands that change how the app looks and what it lets one do. What they change is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.user import themes

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


def _theme(screen: RunScreen, text: str) -> None:
    app = screen.holdfast
    name = themes.named(text, app.available_themes)
    if name is None:
        raise CommandError(f"There is no theme {text}; tab lists them.")
    app.theme = name
    app.remember(theme=name)


def _themes(screen: RunScreen, text: str) -> Sequence[str]:
    return themes.names(screen.holdfast.available_themes)


def _readonly(screen: RunScreen, text: str) -> None:
    app = screen.holdfast
    wanted = {"": not app.readonly, "on": True, "off": False}.get(text.lower())
    if wanted is None:
        raise CommandError("It is :readonly on or :readonly off.")
    app.set_readonly(wanted)


def _notifications(screen: RunScreen, text: str) -> None:
    app = screen.holdfast
    wanted = {"": not app.memory.preferences.notifications, "on": True, "off": False}.get(text.lower())
    if wanted is None:
        raise CommandError("It is :notifications on or :notifications off.")
    app.remember(notifications=wanted)
    app.say("New questions ring the bell and tell the desktop." if wanted else "New questions come quietly.")


def _columns(screen: RunScreen, text: str) -> None:
    wrong = screen.holdfast.main.view.set_columns(text.replace(",", " ").split())
    if wrong is not None:
        raise CommandError(wrong)


def _column_names(screen: RunScreen, text: str) -> Sequence[str]:
    return screen.holdfast.main.view.column_names


def _sort(screen: RunScreen, text: str) -> None:
    wrong = screen.holdfast.main.view.sort_by(text)
    if wrong is not None:
        raise CommandError(wrong)


def _sort_names(screen: RunScreen, text: str) -> Sequence[str]:
    return screen.holdfast.main.view.sort_names


register(
    Command("theme", "Colours: light, dark, ansi for the terminal's own, or a theme", _theme, "NAME", _themes),
    Command("readonly", "Let nothing be changed from here, or again", _readonly, "[on|off]", lambda *_: ("on", "off")),
    Command(
        "notifications",
        "Whether new questions ring the bell and tell the desktop",
        _notifications,
        "[on|off]",
        lambda *_: ("on", "off"),
    ),
    Command("columns", "The columns of this view; none for the usual ones", _columns, "[NAME …]", _column_names),
    Command("sort", "The order of this view; a minus before the name turns it round", _sort, "[NAME]", _sort_names),
)
