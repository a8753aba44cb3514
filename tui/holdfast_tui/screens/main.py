"""The main screen, which shows one of the views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from holdfast.records import Deployment, FlowRun, Wait
from holdfast_tui.data.feed import Changes
from holdfast_tui.screens.run_screen import RunScreen
from holdfast_tui.text.durations import Clock
from holdfast_tui.textual_types import app_of
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.views import VIEWS, InboxView, RunsView, View
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.inbox_list import InboxList
from holdfast_tui.widgets.run_list import RunList

if TYPE_CHECKING:
    from holdfast_tui.commands.registry import Command


class MainScreen(RunScreen):
    """The screen of the views. It shows one of them, and passes on to it what the app asks."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Show only matching rows"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Clear the marks, or the filter, or the messages"),
        Binding("y", "copy", "Copy id", show=False, tooltip="Copy the id of the run"),
    ]

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.views: dict[str, View] = {each.VIEW: each(clock) for each in VIEWS}
        self.view: View = self.views[VIEWS[0].VIEW]
        """The view that is shown."""
        self._last = self.view

    @property
    def runs(self) -> RunList:
        """The list of runs."""
        view = self.views[RunsView.VIEW]
        assert isinstance(view, RunsView)
        return view.runs

    @property
    def inbox(self) -> InboxList:
        """The list of open waits."""
        view = self.views[InboxView.VIEW]
        assert isinstance(view, InboxView)
        return view.inbox

    def compose(self) -> ComposeResult:
        """Create the title, the views and the line of keys."""
        yield Banner()
        yield TitleBar(VIEWS)
        with ContentSwitcher(initial=self.view.VIEW):
            yield from self.views.values()
        yield KeyBar()

    def on_mount(self) -> None:
        """Focus the view, so that its keys act before anything is loaded."""
        self.view.take_focus()

    def take_focus(self) -> None:
        """Focus the view."""
        self.view.take_focus()

    @property
    def crumbs(self) -> Sequence[str]:
        """The view's label."""
        return (self.view.LABEL,)

    def commands(self) -> Sequence[Command]:
        """Return the commands that work only in this view."""
        return self.view.commands()

    @property
    def names(self) -> Sequence[str]:
        """The names of the loaded runs of the view."""
        return self.view.names

    # The targets of keys.

    @property
    def run(self) -> FlowRun | None:
        """The run under the cursor; in the inbox, the run that asks."""
        return self.view.run

    @property
    def verbs(self) -> Sequence[str]:
        """The verbs of the view."""
        return self.view.VERBS

    @property
    def deployment(self) -> Deployment | None:
        """The deployment under the cursor."""
        return self.view.deployment

    @property
    def wait(self) -> Wait | None:
        """The wait under the cursor."""
        return self.view.wait

    @property
    def targets(self) -> Sequence[FlowRun]:
        """The marked runs, else the one under the cursor."""
        return self.view.targets

    @property
    def target_ids(self) -> Sequence[UUID]:
        """The ids of the runs that verbs act on."""
        return self.view.target_ids

    def why_not(self, verb: str) -> str | None:
        """Return why a verb does not apply. The view may have its own reasons; during marking there are none."""
        if self.view.lines.marking and not self.readonly_reason:
            return None
        reason = self.readonly_reason or self.view.why_not(verb)
        return super().why_not(verb) if reason is None and self.view.OF_RUNS else reason

    def action_verb(self, verb: str) -> None:
        """Do a verb to the runs, after marking is finished."""
        self.view.lines.when_marked(lambda: super(MainScreen, self).action_verb(verb))

    def act(self, verb: str) -> None:
        """Do a verb to the runs; the view may have its own way."""
        if not self.view.act(verb):
            super().act(verb)

    # Reading.

    def load(self) -> None:
        """Read everything, now that the database is open."""
        for view in self.views.values():
            view.load()

    def changed(self, changes: Changes) -> None:
        """Handle changes in the store."""
        for view in self.views.values():
            view.changed(changes)

    def tick(self) -> None:
        """Handle the passing of a second."""
        self.view.tick()

    def answered(self, wait: Wait) -> None:
        """Handle that a wait was answered."""
        for view in self.views.values():
            view.answered(wait)

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """Handle that a verb was done to several runs."""
        self.view.acted(verb, results)

    @on(View.Updated)
    def _updated(self) -> None:
        self.refresh_keys()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the filter key in views without a filter."""
        if action == "filter":
            return bool(self.view.FILTER_HINT)
        return super().check_action(action, parameters)

    def show_view(self, name: str) -> None:
        """Show a view."""
        if self.view is not self.views[name]:
            self._last, self.view = self.view, self.views[name]
        self.query_one(ContentSwitcher).current = name
        self.query_one(TitleBar).view = name
        self.view.take_focus()
        self.refresh_bindings()

    def action_last_view(self) -> None:
        """Go back to the previous view."""
        self.show_view(self._last.VIEW)

    def action_filter(self) -> None:
        """Edit the filter."""
        self.view.type_filter()

    def action_keep_filter(self) -> None:
        """Apply the whole typed filter and go back to the list."""
        self.view.keep_filter()

    def action_clear(self) -> None:
        """Clear the marks or the filter of the view, or else the messages."""
        if not self.view.clear():
            app_of(self).clear_notifications()

    def action_copy(self) -> None:
        """Copy the ids of the marked runs, else of the one under the cursor."""
        ids = [str(each) for each in self.target_ids]
        if not ids:
            self.holdfast.say("There is no run id to copy here.", severity="warning")
            return
        app_of(self).copy_to_clipboard("\n".join(ids))
        self.holdfast.say(f"Copied {len(ids):,} ids." if len(ids) > 1 else f"Copied the id {ids[0][:13]}…")
