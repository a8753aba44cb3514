"""Answering many waits at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast import settings
from holdfast.engine.actions import PATIENCE, checked
from holdfast.engine.drive.boundary import POLL_INTERVAL
from holdfast.engine.housekeeping import tend
from holdfast.engine.messages import sending
from holdfast.engine.waits import kept_drafts
from holdfast.exceptions import HoldfastError, InvalidAnswerError, NotPausedError, QuestionChangedError
from holdfast.records import Event, Wait, WaitStatus
from holdfast.signals import Signal
from holdfast.store import queries, waits
from holdfast.store.database import Database


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one answer of many."""

    wait: Wait
    """The wait as it is now: open, with its answer, if its run has not acknowledged that."""
    refused: HoldfastError | None = None
    """The reason why the answer was not taken."""


def answer_all(database: Database, asked: Sequence[tuple[Wait, Any]], *, channel: str) -> list[Report]:
    """Answer many waits, or send messages to runs that wait for them, and report on each in order.

    The answers are stored in one durable transaction. One that is refused does not hold up the others. Paused runs get
    `PATIENCE` seconds to acknowledge their answers, and as long again after each acknowledgement.
    """
    tend(database)
    reports: dict[UUID, Report] = {}
    values: dict[UUID, Any] = {}
    for wait, answer in asked:
        try:
            if wait.channel is None:
                values[wait.id] = checked(wait, answer)
            else:
                sending.send_answer(database, wait, answer)
                reports[wait.id] = Report(wait)
        except HoldfastError as error:
            reports[wait.id] = Report(wait, error)
    news = _News()
    follower = database.watcher.follow(news.hear, interval=POLL_INTERVAL)
    try:
        given = _give(database, values, channel)
        reports |= given
        for found in _acknowledged(database, [each for each, report in given.items() if not report.refused], news):
            reports[found.id] = _report(found)
    finally:
        follower.stop()
    return [reports[wait.id] for wait, _ in asked]


def _give(database: Database, values: dict[UUID, Any], channel: str) -> dict[UUID, Report]:
    pairs = [(each.hex, value) for each, value in values.items()]
    outcomes = waits.give_answers(database, pairs, settings.user(), channel)
    found = queries.waits_with_process(database, list(values))
    for each, outcome in zip(values, outcomes, strict=True):
        if isinstance(outcome, QuestionChangedError):
            kept_drafts.keep_for_replacement(database, found[each][0], values[each])
    return {
        each: Report(found[each][0], outcome if isinstance(outcome, HoldfastError) else None)
        for each, outcome in zip(values, outcomes, strict=True)
    }


def _report(wait: Wait) -> Report:
    if wait.status is WaitStatus.WITHDRAWN:
        return Report(wait, NotPausedError(f"{wait.flow_run_name} was cancelled before it took the answer."))
    if wait.answer is None and wait.status is WaitStatus.SUPERSEDED:
        return Report(wait, QuestionChangedError(wait.flow_run_name, wait.key, wait.id))
    if wait.answer is None:
        return Report(wait, InvalidAnswerError(wait.objections))
    return Report(wait)


class _News:
    """The runs that have had events."""

    def __init__(self) -> None:
        self.signal = Signal()
        self._told: list[frozenset[UUID]] = []

    def hear(self, events: Sequence[Event]) -> None:
        """Note the runs. Called in the watcher's thread."""
        self._told.append(frozenset(each.flow_run_id for each in events))
        self.signal.set()

    def take(self) -> set[UUID]:
        """Return the runs noted since the last call."""
        self.signal.clear()
        taken: set[UUID] = set()
        while self._told:
            taken |= self._told.pop()
        return taken


def _acknowledged(database: Database, wait_ids: list[UUID], news: _News) -> Iterator[Wait]:
    """Yield the waits as soon as their runs have acknowledged the answers, cannot do so, or ran out of time."""
    runs: dict[UUID, UUID] = {}
    look_at = wait_ids
    while True:
        until = time.monotonic() + PATIENCE
        for wait, held in queries.waits_with_process(database, look_at).values():
            if held and wait.status is WaitStatus.OPEN and wait.answer is not None:
                runs[wait.id] = wait.flow_run_id
            else:
                runs.pop(wait.id, None)
                yield wait
        look_at = []
        while runs and not look_at and time.monotonic() < until:
            news.signal.wait(max(0.0, until - time.monotonic()))
            touched = news.take()
            look_at = [each for each, run in runs.items() if run in touched]
        if not look_at:
            for wait, _ in queries.waits_with_process(database, list(runs)).values():
                yield wait
            return
