"""The views of the main screen: adding one is a class, and its name here."""

from holdfast_tui.views.base import View
from holdfast_tui.views.deployments import DeploymentsView
from holdfast_tui.views.inbox import InboxView
from holdfast_tui.views.runs import RunsView
from holdfast_tui.views.workers import WorkersView

VIEWS: tuple[type[View], ...] = (RunsView, InboxView, DeploymentsView, WorkersView)
"""In the order of their keys."""

__all__ = ["VIEWS", "DeploymentsView", "InboxView", "RunsView", "View", "WorkersView"]
