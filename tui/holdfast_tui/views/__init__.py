"""The views of the main screen. To add one, write a class and name it in `VIEWS`."""

from holdfast_tui.views.base import View
from holdfast_tui.views.deployments import DeploymentsView
from holdfast_tui.views.inbox import InboxView
from holdfast_tui.views.runs import RunsView
from holdfast_tui.views.workers import WorkersView

VIEWS: tuple[type[View], ...] = (RunsView, InboxView, DeploymentsView, WorkersView)
"""All views, in the order of their keys."""

__all__ = ["VIEWS", "DeploymentsView", "InboxView", "RunsView", "View", "WorkersView"]
