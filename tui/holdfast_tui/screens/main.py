"""The main screen: one of the views, and the keys to get to the others."""

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
from holdfast_tui.verbs.bulk_run import Result
from holdfast_tui.views import VIEWS, InboxView, RunsView, View
from holdfast_tui.widgets.banner import Banner
from holdfast_tui.widgets.bars import KeyBar, TitleBar
from holdfast_tui.widgets.inbox_list import InboxList
from holdfast_tui.widgets.run_list import RunList

if TYPE_CHECKING:
    from holdfast_tui.commands.registry import Command


class MainScreen(RunScreen):
    """The views, of which one is shown. What it is asked, it asks that one."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Show only what fits a filter"),
        Binding("escape", "clear", "All", show=False, tooltip="Back: forget marks, then the filter, then messages"),
        Binding("y", "copy", "Copy id", show=False, tooltip="Copy the line, or the id of what it is about"),
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
        """Title, views, keys."""
        yield Banner()
        yield TitleBar(VIEWS)
        with ContentSwitcher(initial=self.view.VIEW):
            yield from self.views.values()
        yield KeyBar()

    def on_mount(self) -> None:
        """Have the keys of the view act before there is anything in it."""
        self.view.take_focus()

    def take_focus(self) -> None:
        """Have keys act in the view."""
        self.view.take_focus()

    @property
    def crumbs(self) -> Sequence[str]:
        """The view."""
        return (self.view.LABEL,)

    def commands(self) -> Sequence[Command]:
        """What works only in this view."""
        return self.view.commands()

    @property
    def names(self) -> Sequence[str]:
        """The names of the runs that are in the view."""
        return self.view.names

    # What is acted on.

    @property
    def run(self) -> FlowRun | None:
        """The run under the cursor; in the inbox, the one that asks."""
        return self.view.run

    @property
    def verbs(self) -> Sequence[str]:
        """Those of the view."""
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
        """Their ids."""
        return self.view.target_ids

    def why_not(self, verb: str) -> str | None:
        """Why a verb does not apply: a view may have reasons of its own. While marks are on their way none is known."""
        if self.view.lines.marking and not self.readonly_reason:
            return None
        reason = self.readonly_reason or self.view.why_not(verb)
        return super().why_not(verb) if reason is None and self.view.OF_RUNS else reason

    def action_verb(self, verb: str) -> None:
        """Do something to the runs, once those are marked that are to be."""
        self.view.lines.when_marked(lambda: super(MainScreen, self).action_verb(verb))

    def act(self, verb: str) -> None:
        """Do something to the runs: a view may have a way of its own."""
        if not self.view.act(verb):
            super().act(verb)

    # Reading.

    def load(self) -> None:
        """Read everything: the database is open."""
        for view in self.views.values():
            view.load()

    def changed(self, changes: Changes) -> None:
        """Take in what has changed in the store."""
        for view in self.views.values():
            view.changed(changes)

    def tick(self) -> None:
        """A second has gone by."""
        self.view.tick()

    def answered(self, wait: Wait) -> None:
        """A wait has just been answered."""
        for view in self.views.values():
            view.answered(wait)

    def acted(self, verb: str, results: Sequence[Result]) -> None:
        """A verb has just been done to several runs."""
        self.view.acted(verb, results)

    @on(View.Updated)
    def _updated(self) -> None:
        self.refresh_keys()

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every view has a filter."""
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
        """Back to the view before."""
        self.show_view(self._last.VIEW)

    def action_filter(self) -> None:
        """Type a filter."""
        self.view.type_filter()

    def action_keep_filter(self) -> None:
        """Back to the list, narrowed down by all that was typed."""
        self.view.keep_filter()

    def action_clear(self) -> None:
        """Undo one thing that was set up in the view; else take messages away."""
        if not self.view.clear():
            self.app.clear_notifications()

    def action_copy(self) -> None:
        """Copy the ids of the marked runs, else of the one under the cursor."""
        ids = [str(each) for each in self.target_ids]
        if not ids:
            self.holdfast.say("There is no run here to copy the id of.", severity="warning")
            return
        self.app.copy_to_clipboard("\n".join(ids))
        self.holdfast.say(f"Copied {len(ids):,} ids." if len(ids) > 1 else f"Copied the id {ids[0][:13]}…")
