"""The screens that the app opens over the main one.

None of them is painted first, and together they are as much as what is. So the app imports this module when it opens
the first of them, and no other module needs to import a screen in a function for that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.help import HelpScreen, entries, follow
from holdfast_tui.screens.problem import ProblemScreen
from holdfast_tui.screens.run_page import RunPage

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


class Pages:
    """Opens them."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app

    def run(self, run_id: UUID, name: str) -> None:
        """Open a run's page."""
        self._app.push_screen(RunPage(run_id, name, self._app.clock))

    def deployment(self, deployment_id: UUID, name: str) -> None:
        """Open a deployment's page."""
        self._app.push_screen(DeploymentPage(deployment_id, name, self._app.clock))

    def help(self, text: str) -> None:
        """Show what keys and commands do, those that a text finds, and do what is chosen."""
        screen = self._app.screen
        if not isinstance(screen, HelpScreen):
            self._app.push_screen(HelpScreen(entries(screen), text), partial(follow, screen))

    def actions(self) -> None:
        """Show what was done from here."""
        if not isinstance(self._app.screen, ActionsScreen):
            self._app.push_screen(ActionsScreen(self._app.actions, self._app.clock))

    def problem(self, error: Exception, closed: Callable[[], None]) -> None:
        """Say that the database cannot be used."""
        self._app.push_screen(ProblemScreen(error), lambda _: closed())
