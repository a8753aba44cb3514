"""Commands that go somewhere: to a view with a filter, to the help, to the action log, or out of the app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.views import VIEWS, View

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


def _show(view: type[View]) -> Callable[[RunScreen, str], None]:
    def run(screen: RunScreen, text: str) -> None:
        if text and not view.FILTER_HINT:
            raise CommandError(f"{view.LABEL} has no filter.")
        screen.holdfast.show_view(view.VIEW, text or None)

    return run


def _filters(view: type[View]) -> Callable[[RunScreen, str], Sequence[str]]:
    return lambda screen, text: screen.holdfast.main.views[view.VIEW].complete_filter(text)


def _all(screen: RunScreen, text: str) -> None:
    screen.holdfast.main.view.set_filter("")


def _help(screen: RunScreen, text: str) -> None:
    screen.holdfast.show_help(text)


def _log(screen: RunScreen, text: str) -> None:
    screen.holdfast.action_log()


def _last(screen: RunScreen, text: str) -> None:
    screen.holdfast.main.action_last_view()


def _quit(screen: RunScreen, text: str) -> None:
    screen.holdfast.exit()


register(
    *(
        Command(
            each.VIEW,
            each.ABOUT,
            _show(each),
            "[FILTER]" if each.FILTER_HINT else "",
            _filters(each),
            group="Views",
        )
        for each in VIEWS
    ),
    Command("all", "Clear the filter", _all, group="Views"),
    Command("last", "Previous view", _last, group="Views"),
    Command("help", "What keys and commands do", _help, "[WORD …]", group="App"),
    Command("log", "Actions done from here, and their results", _log, group="App"),
    Command("quit", "Quit; flows keep running", _quit, aliases=("q", "q!", "exit"), group="App"),
)
