"""Commands that change the app's settings. The app remembers the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.user import themes

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


def _theme(screen: RunScreen, text: str) -> None:
    app = screen.holdfast
    name = themes.full_name(text, app.available_themes)
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
        raise CommandError("Use :readonly on or :readonly off.")
    app.set_readonly(wanted)


def _notifications(screen: RunScreen, text: str) -> None:
    app = screen.holdfast
    wanted = {"": not app.memory.preferences.notifications, "on": True, "off": False}.get(text.lower())
    if wanted is None:
        raise CommandError("Use :notifications on or :notifications off.")
    app.remember(notifications=wanted)
    app.say("Notifications are on: bell and desktop." if wanted else "Notifications are off.")


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


def _on_or_off(screen: RunScreen, text: str) -> Sequence[str]:
    return "on", "off"


def _sort_names(screen: RunScreen, text: str) -> Sequence[str]:
    return screen.holdfast.main.view.sort_names


register(
    Command("theme", "Colours: light, dark, ansi (the terminal's own) or a theme", _theme, "NAME", _themes),
    Command("readonly", "Prevent changes from here, or allow them", _readonly, "[on|off]", _on_or_off),
    Command(
        "notifications",
        "Ring the bell and notify the desktop for new questions",
        _notifications,
        "[on|off]",
        _on_or_off,
    ),
    Command("columns", "Columns of this view; none for the defaults", _columns, "[NAME …]", _column_names),
    Command("sort", "Sort this view; a minus before the name reverses the order", _sort, "[NAME]", _sort_names),
)
