"""The screens that the app opens over the main one.

None of them is needed for the first paint, and together they are as large as what is. So the app imports this module
when it opens the first of them. No other module needs to import a screen in a function.
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
    """Opens the screens."""

    def __init__(self, app: HoldfastApp) -> None:
        self._app = app

    def run(self, run_id: UUID, name: str) -> None:
        """Open a run's page."""
        self._app.push_screen(RunPage(run_id, name, self._app.clock))

    def deployment(self, deployment_id: UUID, name: str) -> None:
        """Open a deployment's page."""
        self._app.push_screen(DeploymentPage(deployment_id, name, self._app.clock))

    def help(self, text: str) -> None:
        """Show the help, filtered by a text, and run the chosen entry."""
        screen = self._app.screen
        if not isinstance(screen, HelpScreen):
            self._app.push_screen(HelpScreen(entries(screen), text), partial(follow, screen))

    def actions(self) -> None:
        """Show the action log."""
        if not isinstance(self._app.screen, ActionsScreen):
            self._app.push_screen(ActionsScreen(self._app.actions, self._app.clock))

    def problem(self, error: Exception, closed: Callable[[], None]) -> None:
        """Show that the database cannot be used."""
        self._app.push_screen(ProblemScreen(error), lambda _: closed())
