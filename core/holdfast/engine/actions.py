"""The verbs that act on a run from outside: resume, pause, suspend, cancel, retry.

The Python API, the command line and the app all use these, so they behave alike. A run is named by its id, a unique
prefix of it, or its name. ``channel`` says where the person acted: ``app``, ``cli`` or ``python``.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from holdfast import settings
from holdfast.engine.drive.boundary import changes
from holdfast.engine.drive.effects import Logic, WaitFor, drive
from holdfast.engine.housekeeping import tend
from holdfast.engine.waits import kept_drafts
from holdfast.exceptions import (
    FlowPauseTimeout,
    InvalidAnswerError,
    NotPausedError,
    QuestionChangedError,
    SeveralWaitsError,
)
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.records import FlowRun, Request, Wait, WaitStatus
from holdfast.states import State, state_words
from holdfast.store import queries, recovery, requests, waits
from holdfast.store.database import Database
from holdfast.verbs import TAKEN_BACK

PATIENCE = 5.0
"""Seconds to wait for a run to acknowledge an answer. After that the answer is still valid."""


def resume(
    database: Database,
    reference: str | UUID,
    answer: Any = None,
    *,
    key: str | None = None,
    channel: str,
    wait_id: UUID | None = None,
) -> Wait | State:
    """Answer a wait, or continue a run that was paused or suspended from outside; see `resuming`."""
    return drive(resuming(database, reference, answer, key=key, channel=channel, wait_id=wait_id))


def resuming(
    database: Database,
    reference: str | UUID,
    answer: Any = None,
    *,
    key: str | None = None,
    channel: str,
    is_value: bool = False,
    wait_id: UUID | None = None,
) -> Logic[Wait | State]:
    """Answer a wait, or continue a run that was paused or suspended from outside.

    ``answer`` is JSON, or with ``is_value`` a Python value; see `as_answer`. It is for the question that the person
    saw, ``wait_id``, or for the one that `question_meant` finds.

    Returns the wait once it is decided. If the run has not acknowledged the answer (it is suspended, or busy for
    `PATIENCE` seconds), the wait is still open and has the answer. Without a wait, returns the run's state.

    Raises `NotPausedError`, `SeveralWaitsError`, `InvalidAnswerError` (the wait stays open), `AlreadyDecidedError`,
    `QuestionChangedError`, `FlowPauseTimeout` or `FlowRunNotFound`.
    """
    tend(database)
    run = queries.find_flow_run(database, reference)
    if wait_id is not None:
        wait: Wait | None = waits.get_wait(database, wait_id.hex)
    else:
        wait = question_meant(database, run, key, given=answer not in (None, {}))
    if wait is None:
        return requests.take_back(database, run.id.hex, settings.user())
    # If the wait has an answer, the new one is only compared with it: a different one is refused because it is late.
    value = _as_json(wait, answer, is_value)
    if wait.answer is None and wait.status is WaitStatus.OPEN:
        _check(wait, value)
    given_up = time.monotonic() + PATIENCE
    try:
        given = waits.give_answer(database, wait.id.hex, value, settings.user(), channel)
    except QuestionChangedError:
        kept_drafts.keep_for_replacement(database, wait, value)
        raise
    if given.status is not WaitStatus.OPEN:
        return given
    if wait.flow_run_id != run.id:
        run = queries.get_flow_run(database, wait.flow_run_id)
    return (yield from _acknowledged(database, run, given, value, given_up))


def _acknowledged(database: Database, run: FlowRun, wait: Wait, value: Any, given_up: float) -> Logic[Wait]:
    """Wait until the run has taken or refused the answer ``value``, and return its wait as it is then.

    It is still open where the run has no process that could take the answer, or took nothing until ``given_up``.
    """
    with changes(database, run.id.hex) as signal:
        while True:
            signal.clear()
            now = waits.get_wait(database, wait.id.hex)
            if now.answer is not None:
                waits.check_same(now, now.answer, value)
            if now.status is WaitStatus.WITHDRAWN:
                raise NotPausedError(f"{run.name} was cancelled before it took the answer.")
            if now.status is not WaitStatus.OPEN or time.monotonic() >= given_up:
                return now
            if now.answer is None:
                raise InvalidAnswerError(now.objections)
            if queries.get_flow_run(database, run.id).state.name != "Paused":  # no process is there to acknowledge it
                return waits.get_wait(database, wait.id.hex)
            yield WaitFor(signal, max(0.0, given_up - time.monotonic()))


def pause(database: Database, reference: str | UUID, *, channel: str) -> State:
    """Ask a run to pause at its next boundary, and return its current state.

    Raises `NotRunningError`, `LinkedFlowRunError` for a child run, or `FlowRunNotFound`.
    """
    return ask(database, reference, Request.PAUSE, channel=channel)


def suspend(database: Database, reference: str | UUID, *, channel: str) -> State:
    """Ask a run to suspend at its next boundary; see `pause`."""
    return ask(database, reference, Request.SUSPEND, channel=channel)


def cancel(database: Database, reference: str | UUID, *, channel: str) -> State:
    """Cancel a run: immediately if nothing of it is running, otherwise at its next boundary; see `pause`."""
    return ask(database, reference, Request.CANCEL, channel=channel)


def retry(database: Database, reference: str | UUID) -> State:
    """Schedule a run that failed, crashed or was cancelled again, and return its current state.

    It keeps what it finished, and does again what failed in it. Raises `NotRunningError`,
    `LinkedFlowRunError` for a child run, or `FlowRunNotFound`.
    """
    tend(database)
    run = queries.find_flow_run(database, reference)
    return recovery.retry(database, run.id.hex, settings.user())


def ask(database: Database, reference: str | UUID, request: Request, *, channel: str) -> State:
    """Ask a run to pause, suspend or cancel; see these."""
    tend(database)
    run = queries.find_flow_run(database, reference)
    return requests.ask(database, run.id.hex, request, settings.user(), channel)


def question_meant(database: Database, run: FlowRun, key: str | None, *, given: bool) -> Wait | None:
    """Return the question that an answer to a run is for; ``None`` to continue a run that was stopped from outside.

    It is the run's own question, or if it has none, the only open question of the runs below it. ``given`` says whether
    there is an answer. If there is one, it must be for some question; otherwise an error is raised, as by `resuming`.
    """
    own, below = queries.get_waits(database, run.id), queries.waits_below(database, run.id)
    if key is not None:
        return _with_key(run, own, below, key)
    open_ = [wait for wait in own if wait.status is WaitStatus.OPEN] or below
    unanswered = [wait for wait in open_ if wait.answer is None]
    taken_back, is_root = run.request in TAKEN_BACK, run.root_id == run.id
    if taken_back and not given and (is_root or not unanswered):
        return None
    if len(unanswered) > 1:
        raise _several(run, unanswered)
    if unanswered:
        return unanswered[0]
    if not given and run.state.name == "Suspended":
        return None
    if open_:
        return open_[-1]
    if given and (taken_back or run.state.is_paused()):
        now = queries.get_flow_run(database, run.id)
        if (now.state, now.request) != (run.state, run.request):  # its questions were read after it had continued
            return question_meant(database, now, key, given=given)
        raise InvalidAnswerError({(): f"{run.name} is not asking anything; resume it without an answer"})
    if given and not own and (decided := queries.last_decided_below(database, run.id)) is not None:
        return decided
    return _closed(run, own)


def _several(run: FlowRun, found: list[Wait]) -> SeveralWaitsError:
    return SeveralWaitsError(run.name, [each.key for each in found], [each.flow_run_name for each in found])


def _with_key(run: FlowRun, own: list[Wait], below: list[Wait], key: str) -> Wait:
    """Return the wait with this key: the run's own, preferably an open one, otherwise the only one below the run."""
    named = sorted((each for each in own if each.key == key), key=lambda each: each.status is WaitStatus.OPEN)
    if named:
        return named[-1]
    named = [each for each in below if each.key == key]
    if len(named) > 1:
        raise _several(run, named)
    if not named:
        open_ = [each.key for each in own if each.status is WaitStatus.OPEN]
        open_ += [f"{each.key} of {each.flow_run_name}" for each in below]
        raise NotPausedError(f"{run.name} has no wait with the key {key!r}; open ones: {', '.join(open_) or 'none'}.")
    return named[0]


def _closed(run: FlowRun, own: list[Wait]) -> Wait:
    """Return the last wait of a run that has none open. The store decides whether it can still be answered."""
    told = [each for each in own if each.status in (WaitStatus.DECIDED, WaitStatus.EXPIRED)]
    if not told or own[-1].status is WaitStatus.WITHDRAWN:
        raise NotPausedError(f"Cannot resume a run that isn't paused! {run.name} is {state_words(run.state)}.")
    if told[-1].status is WaitStatus.EXPIRED and run.state.is_final():
        raise FlowPauseTimeout(f"{run.name} can no longer be resumed: its deadline has passed.")
    return told[-1]


def checked(wait: Wait, answer: Any) -> Any:
    """Return a JSON answer as it is stored. Raises `InvalidAnswerError` if the schema does not allow it."""
    value = _as_json(wait, answer, is_value=False)
    _check(wait, value)
    return value


def _as_json(wait: Wait, answer: Any, is_value: bool) -> Any:
    if wait.schema is None:
        return None if answer in (None, {}) else answer
    value = as_answer(wait.schema, answer, is_value=is_value)
    return {} if value is None else value


def _check(wait: Wait, value: Any) -> None:
    """Raise `InvalidAnswerError` if the schema does not allow the answer."""
    if wait.schema is not None:
        errors = schema_errors(wait.schema, value)
    else:
        errors = {} if value is None else {(): f"{wait.key!r} takes no answer; resume it without one"}
    if errors:
        raise InvalidAnswerError(errors)
