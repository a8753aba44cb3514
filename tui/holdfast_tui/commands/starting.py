"""Commands that start a run of a deployment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast_tui.commands.registry import Command, CommandError, register
from holdfast_tui.views import DeploymentsView

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


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


def _names(screen: RunScreen, text: str) -> Sequence[str]:
    view = screen.holdfast.main.views[DeploymentsView.VIEW]
    assert isinstance(view, DeploymentsView)
    return [each.full_name for each in view.deployments]


register(
    Command("start", "Start a run of a deployment", _start, "[DEPLOYMENT]", _names, group="Run"),
    Command("again", "Start this run again, with the same or other parameters", _again, group="Run"),
)
