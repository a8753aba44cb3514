"""Commands that do something to runs: those that are named, else those that keys would act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.verbs import actions

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


def names(screen: RunScreen, text: str) -> Sequence[str]:
    """The names of the runs that are in view."""
    return screen.names


def _verb(verb: str) -> Callable[[RunScreen, str], None]:
    def run(screen: RunScreen, text: str) -> None:
        if not text:
            reason = screen.why_not(verb)
            if reason is not None:
                raise CommandError(reason)
            screen.action_verb(verb)
            return
        if screen.readonly_reason is not None:
            raise CommandError(screen.readonly_reason)
        screen.acting.on_named(verb, text.split())

    return run


def _open(screen: RunScreen, text: str) -> None:
    screen.acting.open_named(text)


register(
    *(Command(each, actions.LINES[each], _verb(each), "[RUN …]", names, group="Run") for each in actions.VERBS),
    Command("open", "Open a run's page, by its name or the beginning of its id", _open, "RUN", names, group="Run"),
)
