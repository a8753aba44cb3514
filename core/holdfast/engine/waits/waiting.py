"""Waiting for a person: opening the question, and handling every outcome."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast import context, question_identity
from holdfast.context import FlowRunContext
from holdfast.engine.drive.boundary import boundary, changes, check_told, leave_if_requested, withdraw_left_waits
from holdfast.engine.drive.effects import GiveWay, Logic, WaitFor
from holdfast.engine.drive.stopwatch import clocks_stopped
from holdfast.exceptions import (
    CancelUnwind,
    FlowPauseTimeout,
    SuspendUnwind,
    SuspensionError,
    Unwind,
    why_not_suspended,
)
from holdfast.logging import run_logger
from holdfast.question_changes import advice, differences
from holdfast.question_identity import Identity
from holdfast.questions import Question
from holdfast.records import Replaced, Wait, WaitStatus
from holdfast.signals import anyio_when_needed
from holdfast.store import runs, wait_opening, waits
from holdfast.store.database import Database
from holdfast.store.fences import Fence
from holdfast.store.ids import new_id
from holdfast.store.transitions import Position
from holdfast.store.waits import Standing
from holdfast.text import in_command
from holdfast.values.json_text import to_json


@dataclass(frozen=True, slots=True)
class Ask:
    """One pause or suspend call of a flow."""

    question: Question | None
    timeout: float | None
    key: str | None
    suspend: bool


def wait_for_decision(run: FlowRunContext, ask: Ask) -> Logic[Any]:
    """Wait until the question is decided, and return the answer as the flow gets it.

    Raises `FlowPauseTimeout` at the deadline. A question that was decided or expired in an earlier execution returns
    immediately.
    """
    if not (ask.suspend and context.may_ask(run)):
        yield from check_told(run)
    if ask.suspend:
        _check_can_suspend(run)
    withdraw_left_waits(run)
    which = _identity(run, ask)
    if run.counter.next(f"timeout {which.text}") <= run.timeouts.get(which.text, 0):
        raise FlowPauseTimeout(_never_resumed(ask))
    # A run is not left while a coroutine next to the flow's function is about to take an answer or to ask.
    with context.under_way(run.executing) if ask.suspend and run.is_async else nullcontext():
        if ask.suspend:
            # The whole tree leaves its code for this. Concurrently given answers are taken first.
            yield GiveWay()
        while (wait := (yield from _open(run, ask, which))).answer is not None:
            value, decided, _ = yield from _settle(run, ask, wait, Standing(wait.status, to_json(wait.answer.value)))
            if decided:
                return value
    # A suspending run was told to leave its code when the question was opened. So a deadline that passed at that moment
    # is recorded like that of any suspended run: by the next process that checks.
    is_left = ask.suspend and wait.closed is None
    if wait.status is WaitStatus.EXPIRED and not is_left:
        # The deadline may have passed while the question was opened, with no process to record it yet.
        waits.expire(run.database, wait.id.hex, run.actor)
        raise FlowPauseTimeout(_never_resumed(ask))
    if ask.suspend:
        raise SuspendUnwind
    _announce(run, wait)
    try:
        return (yield from _block(run, ask, wait))
    except (Unwind, FlowPauseTimeout):
        raise
    except BaseException:
        # The process may be ending, and then the question stays open; or the flow continues without an answer.
        run.left_waits.append(wait.id)
        raise


def suspend_until_resumed(run: FlowRunContext) -> Logic[None]:
    """Suspend a run whose code ended in a paused state.

    When it is resumed, the code is called again, and may end the same way.
    """
    ask = Ask(question=None, timeout=None, key=None, suspend=True)
    while True:
        yield from wait_for_decision(run, ask)


def _identity(run: FlowRunContext, ask: Ask) -> Identity:
    """Return the identity of this question in every execution.

    Tasks may reach their questions in different orders, so those are counted for each task run.
    """
    question, here = ask.question, context.current()
    if ask.key is not None:
        schema, initial = (None, None) if question is None else (question.schema, question.initial)
        return question_identity.by_key(ask.key, schema, initial)
    what = question_identity.asked(None, None, None) if question is None else question.asked
    task_run_id = here.task_run_id.hex if isinstance(here, context.TaskRunContext) else ""
    return question_identity.by_content(what, run.counter.next(f"wait {what}{task_run_id}"), task_run_id)


def _name(ask: Ask) -> str:
    """Return the name of the wait for people: the user's key, or the prefix of its name."""
    here = context.current()
    if ask.key is not None or not isinstance(here, context.TaskRunContext):
        return ask.key or ""
    return f"{here.task.name}-{here.task_run_id.hex[-6:]}"


def _never_resumed(ask: Ask) -> str:
    return f"Flow run was {'suspended' if ask.suspend else 'paused'} and never resumed."


def _announce(run: FlowRunContext, wait: Wait) -> None:
    until = f" until {wait.deadline.astimezone():%H:%M:%S}" if wait.deadline else ""
    what = "the run is waiting for an answer" if wait.schema is not None else "the run is waiting for a go-ahead"
    named = in_command(run.flow_run_name, run.flow_run_id)
    run_logger(run).info("Paused: %s%s. Give it with: holdfast resume %s", what, until, named)


def _tell_change(run: FlowRunContext, wait: Wait, old: Replaced) -> None:
    offered = (
        "" if old.answer is None else f" The answer of {old.answer.given_by} to it is not used, but is offered again."
    )
    run_logger(run).warning(
        "Question %s replaces question %s, because the code now asks something else here: %s.%s%s",
        wait.key,
        old.key,
        "; ".join(differences(old, wait)),
        offered,
        advice(old, wait),
    )


def replace_not_asked(run: FlowRunContext) -> None:
    """Replace questions that are no longer asked by the new ones, after all of a run's code was left."""
    if not run.caught_up or not run.opened:
        return
    for wait in wait_opening.replace_not_asked(run.database, run.flow_run_id.hex, run.opened, run.actor):
        if wait.replaced is not None:
            _tell_change(run, wait, wait.replaced)


def _check_can_suspend(run: FlowRunContext) -> None:
    while run.parent is not None:
        run = run.parent
    if run.origin.entrypoint is None:
        raise SuspensionError(why_not_suspended(run.flow_run_name, run.origin.why_not or "its flow is not in a file"))


def _open(run: FlowRunContext, ask: Ask, which: Identity) -> Logic[Wait]:
    never = ask.timeout is None or math.isinf(ask.timeout)
    deadline = None if never else datetime.now(UTC) + timedelta(seconds=ask.timeout or 0)
    question, new = ask.question, new_id()
    while True:
        wait = waits.open_wait(
            run.database,
            run.flow_run_id.hex,
            key=_name(ask),
            schema=question.schema if question else None,
            initial=question.initial if question else None,
            description=question.description if question else None,
            deadline=deadline,
            actor=run.actor,
            suspend=ask.suspend,
            identity=which,
            replaces=ask.key is not None or which.scope not in run.caught_up,
            new=new,
        )
        if wait is not None:
            if wait.id.hex != new and wait.status is not WaitStatus.DECIDED:
                run.caught_up.add(which.scope)
            elif wait.id.hex == new and wait.replaced is not None:
                _tell_change(run, wait, wait.replaced)
            elif wait.id.hex == new:
                run.opened.append(new)
            return wait
        yield from boundary(run)


def _block(run: FlowRunContext, ask: Ask, wait: Wait) -> Logic[Any]:
    """Stay in the flow's code until the wait is closed or there is a request for the run."""
    with changes(run.database, run.flow_run_id.hex) as signal, clocks_stopped():
        while True:
            signal.clear()
            now = waits.standing(run.database, wait.id.hex)
            value, decided, at = yield from _settle(run, ask, wait, now)
            if decided:
                yield from boundary(run, at)
                return value
            leave_if_requested(runs.position_of(run.database, run.flow_run_id.hex))
            if now.status in (WaitStatus.WITHDRAWN, WaitStatus.SUPERSEDED):
                raise CancelUnwind
            if now.status is WaitStatus.EXPIRED:
                if waits.expire(run.database, wait.id.hex, run.actor):
                    raise FlowPauseTimeout(_never_resumed(ask))
                continue
            yield WaitFor(signal, _remaining(wait))


def _settle(run: FlowRunContext, ask: Ask, wait: Wait, now: Standing) -> Logic[tuple[Any, bool, Position | None]]:
    """Return the answer as the flow gets it, whether there is one, and the run's position if that was read.

    An answer that the flow's own validators have not checked is checked here, before the run leaves its wait. It
    becomes the decision, or the wait stays open with their objections.
    """
    if now.answer is None:
        return None, False, None
    question = ask.question
    value, objections = (None, {}) if question is None else question.objections_to_json(now.answer)
    if now.status is WaitStatus.DECIDED:
        if objections and question is not None:
            # Replayed with code that has changed since: let the flow fail with pydantic's own error.
            value = question.load_json(now.answer)
        return value, True, None
    if objections:
        waits.object_to(run.database, wait.id.hex, objections, run.actor)
        return None, False, None
    at = yield Accept(run.database, wait.id.hex, run.fence)
    return value, at is not None, at


@dataclass(slots=True)
class Accept:
    """Make the given answer the decision, in one transaction with others that are made at the same time."""

    database: Database
    wait_id: str
    fence: Fence | None

    def perform(self) -> Position | None:
        """Block until it is on disk."""
        group = self.database.group
        return group.settle(group.add(self._accept))

    async def aperform(self) -> Position | None:
        """Let coroutines that were woken at the same time join in, and commit."""
        group = self.database.group
        piece = group.add(self._accept)
        try:
            await anyio_when_needed().lowlevel.checkpoint()
        except BaseException:
            group.withdraw(piece)
            raise
        return group.settle(piece)

    def _accept(self, connection: Any) -> Position | None:
        return waits.accepting(connection, self.wait_id, self.fence)


def _remaining(wait: Wait) -> float | None:
    return None if wait.deadline is None else max(0.0, wait.deadline.timestamp() - time.time())
