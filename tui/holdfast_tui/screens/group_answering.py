"""Answering the marked waits with one form: the form, a preview of the answers, and a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from holdfast.exceptions import HoldfastError, StoreError
from holdfast.records import Wait
from holdfast_tui.data.jobs import Lane
from holdfast_tui.forms.screen import AnswerResult, AnswerScreen
from holdfast_tui.forms.session import UnsentAnswer
from holdfast_tui.screens.answering import note
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.verbs import actions, group_answer
from holdfast_tui.widgets.inbox_list import InboxList

if TYPE_CHECKING:
    from holdfast_tui.screens.run_screen import RunScreen


class GroupAnswering:
    """Gives one answer to all marked waits."""

    def __init__(self, screen: RunScreen, inbox: InboxList) -> None:
        self._app = screen.holdfast
        self._inbox = inbox
        self._lane = Lane(screen, "answering-together")

    def begin(self) -> None:
        """Read the marked waits again, and ask."""
        ids = self._inbox.marked_waits
        self._lane.submit(lambda store: store.waits.find(ids), self._ask, failed=self._app.refuse, urgent=True)

    def _ask(self, waits: Sequence[Wait]) -> None:
        group = group_answer.group(waits)
        reason = group_answer.why_not_together(group)
        if reason is not None:
            self._app.say(reason, severity="warning")
        elif group.schema is None:
            self._preview(group, None, None)
        else:
            self._show_form(group, None)

    def _show_form(self, group: group_answer.Group, draft: UnsentAnswer | None) -> None:
        screen = AnswerScreen(
            group_answer.count(len(group.waits)),
            dict(group.schema or {}),
            lambda _: None,
            description=group_answer.description(group),
            initial=group.initial,
            draft=draft,
            deadline=min((each.deadline for each in group.waits if each.deadline is not None), default=None),
            submit_label="Preview",
            clock=self._app.clock,
            kept=group_answer.offered(group),
            changed=group_answer.changed(group),
        )

        def left(result: AnswerResult | None) -> None:
            if result is not None and result.sent:
                self._preview(group, screen, result.value)

        self._app.push_screen(screen, left)

    def _preview(self, group: group_answer.Group, form: AnswerScreen | None, value: Any) -> None:
        def asked(yes: bool | None) -> None:
            if yes:
                self._send(group, value)
            elif form is not None:
                self._show_form(group, UnsentAnswer(form.model))

        text = group_answer.preview(group, None if form is None else form.model)
        number = len(group.waits)
        self._app.push_screen(ConfirmScreen(f"Answer {group_answer.count(number)}?", text, f"Answer {number:,}"), asked)

    def _send(self, group: group_answer.Group, value: Any) -> None:
        report = ReportScreen("answer", len(group.waits), can_stop=False)
        self._app.push_screen(report)

        app = self._app
        noted = [note(app, each) for each in group.waits]

        def done(told: Sequence[group_answer.WaitResult]) -> None:
            for action, each in zip(noted, told, strict=True):
                app.settle(
                    action,
                    actions.Outcome(each.text, each.acknowledged) if each.done else HoldfastError(each.text),
                )
            self._inbox.mark(each.wait.id for each in told if not each.done)
            report.add(told)
            report.end(group_answer.summary(told))
            if report not in app.screen_stack:
                app.say(group_answer.summary(told))

        def failed(error: HoldfastError) -> None:
            for action in noted:
                app.settle(action, error)
            report.end(actions.in_words(error))
            if isinstance(error, StoreError):
                app.report(error)

        self._lane.submit(lambda store: store.verbs.answer_all(group, value), done, failed=failed, urgent=True)
