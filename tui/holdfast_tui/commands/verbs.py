"""Commands that do a verb to runs: to the named ones, else to those that keys would act on. Also starting runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.verbs import actions
from holdfast_tui.views import DeploymentsView

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


def names(screen: RunScreen, text: str) -> Sequence[str]:
    """Return the names of the runs that are in view."""
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


def _start(screen: RunScreen, text: str) -> None:
    if screen.readonly_reason is not None:
        raise CommandError(screen.readonly_reason)
    if text:
        screen.deploying.start_named(text)
    else:
        screen.action_new_run()


def _again(screen: RunScreen, text: str) -> None:
    if screen.readonly_reason is not None:
        raise CommandError(screen.readonly_reason)
    screen.action_run_again()


def _deployments(screen: RunScreen, text: str) -> Sequence[str]:
    view = screen.holdfast.main.views[DeploymentsView.VIEW]
    assert isinstance(view, DeploymentsView)
    return [each.full_name for each in view.deployments]


register(
    *(Command(each, actions.LINES[each], _verb(each), "[RUN …]", names, group="Run") for each in actions.VERBS),
    Command("open", "Open a run's page by name or by the start of its id", _open, "RUN", names, group="Run"),
    Command("start", "Start a run of a deployment", _start, "[DEPLOYMENT]", _deployments, group="Run"),
    Command("again", "Start this run again, with the same or other parameters", _again, group="Run"),
)
