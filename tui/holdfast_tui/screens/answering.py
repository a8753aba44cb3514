"""From a wait to its form and back: the draft, the answer, and what the flow had against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from holdfast.engine.waits import drafts
from holdfast.exceptions import InvalidAnswerError, Path
from holdfast.forms.fields import Json
from holdfast.question_changes import told
from holdfast.records import Draft, FlowRun, Wait
from holdfast.text import clean
from holdfast_tui.forms.screen import AnswerResult, AnswerScreen, Submit
from holdfast_tui.screens.draft_store import StoreKeeper, keeper_of
from holdfast_tui.text.state_style import part_of
from holdfast_tui.verbs import actions

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp


def open_form(app: HoldfastApp, run: FlowRun, wait: Wait, answered: Callable[[Wait], None]) -> None:
    """Ask the wait's question. What was typed is kept until it is answered, and offered again."""
    keeper = keeper_of(app, wait)
    opened = app.expect()

    def found(kept: Draft | None) -> None:
        _open(app, run, wait, answered, keeper, kept)
        opened()

    keeper.find(found)


def _offered(wait: Wait) -> Draft | None:
    """What had been answered before the question changed."""
    if wait.replaced is None:
        return None
    return drafts.as_draft(wait)


def _open(
    app: HoldfastApp,
    run: FlowRun,
    wait: Wait,
    answered: Callable[[Wait], None],
    keeper: StoreKeeper,
    kept: Draft | None,
) -> None:
    if isinstance(app.screen, AnswerScreen):
        return  # two keys were pressed while the first was being acted on
    outcomes: list[actions.Outcome] = []

    def left(result: AnswerResult | None) -> None:
        put_away(app, wait, keeper, result, answered=bool(outcomes))
        if outcomes:
            noted = app.actions.add("resume", run.id, run.name, app.clock(), wait_id=wait.id)
            app.settle(noted, outcomes[-1])
            app.say(outcomes[-1].text)
            answered(wait)

    app.push_screen(form_of(app, run, wait, outcomes, keeper, kept), left)


def put_away(app: HoldfastApp, wait: Wait, keeper: StoreKeeper, result: AnswerResult | None, *, answered: bool) -> None:
    """Keep what was entered into a form that was left, unless it was sent."""
    app.drafts.pop(wait.id, None)
    if answered:
        if wait.channel is not None:
            keeper.keep(None)  # that of a wait goes when its run has taken the answer
    elif result is not None and result.draft is not None and result.draft.begun:
        app.drafts[wait.id] = result.draft


def form_of(
    app: HoldfastApp,
    run: FlowRun,
    wait: Wait,
    outcomes: list[actions.Outcome],
    keeper: StoreKeeper,
    kept: Draft | None,
    kind: type[AnswerScreen] = AnswerScreen,
    *,
    more: int = 0,
) -> AnswerScreen:
    """The form of a wait, which puts what came of its answer into ``outcomes``; ``more`` forms follow it."""
    follows = f"  ({more:,} more)" if more else ""
    return kind(
        f"{run.name}  {run.flow_name}{part_of(wait)}{follows}",
        dict(wait.schema or {}),
        _submit(app, wait, outcomes),
        description=wait.description or "",
        initial=wait.initial,
        draft=app.drafts.get(wait.id),
        deadline=wait.deadline,
        submit_label="Answer" if wait.channel is None else "Send",
        clock=app.clock,
        objections=wait.objections,
        kept=kept or _offered(wait),
        keeper=keeper,
        changed=clean(told(wait)),
    )


def _submit(app: HoldfastApp, wait: Wait, outcomes: list[actions.Outcome]) -> Submit:
    def submit(value: Json) -> Mapping[Path, str] | None:
        try:
            with app.gateway.store() as store:
                outcomes.append(store.verbs.answer(wait, value))
        except InvalidAnswerError as error:
            return actions.objections(error)
        return None

    return submit
