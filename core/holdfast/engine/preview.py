"""What would happen if a run continued, according to the store and the file of its code.

It follows from what earlier executions recorded, by the rules of re-execution (`holdfast.engine.code.call_identity`).
Only running the code can tell what it will call.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from holdfast.event_kinds import EventKind
from holdfast.records import Event, FlowRun, Origin, Wait, WaitStatus
from holdfast.states import StateType
from holdfast.store import messages, queries, steps
from holdfast.store.database import Database
from holdfast.store.steps import Outcome


class Continuation(StrEnum):
    """How a run would continue."""

    IN_PLACE = "in place"
    """Its process is waiting at the question, and continues after it."""
    FROM_TOP = "from the top"
    """Its code is started again, and reuses finished work."""
    RETRY = "retry"
    """Like from the top, after failed work was removed."""
    RUNNING = "running"
    """It is running: this is what would happen if its process died."""
    NOT = "not"
    """It is completed."""


class CodeState(StrEnum):
    """Whether the code has changed since the run last loaded it."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """Its file cannot be located without importing it, or the run has never loaded it."""


@dataclass(frozen=True, slots=True)
class Code:
    """Where a run's code is loaded from. Only this file is checked, not what it imports."""

    origin: Origin
    file: Path | None
    state: CodeState
    changed: datetime | None
    """The time at which the file was last written."""
    loaded: datetime | None
    """The time at which the run last loaded it."""
    interpreter_is_there: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to a run."""

    run: FlowRun
    how: Continuation
    reused: Sequence[Outcome]
    """Finished task calls whose results would be reused."""
    raised: Sequence[Outcome]
    """Failed task calls that would fail again immediately, since their exception is stored."""
    again: Sequence[Outcome]
    """Task calls that would be made again: unfinished, failed, or without a stored result."""
    children_reused: Sequence[FlowRun]
    children_again: Sequence[FlowRun]
    decided: Sequence[Wait]
    """Questions whose answer would be reused."""
    open: Sequence[Wait]
    """Questions of it and of the runs below it that stay open, or have an answer that the run has not taken yet."""
    asked_again: Sequence[Wait]
    """Questions that would be asked again."""
    received: int
    """The number of messages that it received, and would receive again."""
    code: Code


def preview(database: Database, run: FlowRun) -> Preview:
    """Return what would happen if the run were resumed, retried, or lost its process."""
    how = _how(run)
    outcomes = steps.task_outcomes(database, run.id)
    kept = {StateType.COMPLETED} if how is Continuation.RETRY else {StateType.COMPLETED, StateType.FAILED}
    children = queries.get_children(database, run.id)
    waits = _latest(queries.get_waits(database, run.id))
    closed = {WaitStatus.WITHDRAWN, WaitStatus.EXPIRED} if how is Continuation.RETRY else {WaitStatus.WITHDRAWN}
    return Preview(
        run=run,
        how=how,
        reused=[each for each in outcomes if each.stored and each.type is StateType.COMPLETED],
        raised=[each for each in outcomes if each.stored and each.type is StateType.FAILED and each.type in kept],
        again=[each for each in outcomes if not each.stored or each.type not in kept],
        children_reused=[each for each in children if each.state.type in kept],
        children_again=[each for each in children if each.state.type not in kept],
        decided=[each for each in waits if each.status is WaitStatus.DECIDED],
        open=[each for each in waits if each.status is WaitStatus.OPEN or (each.status in closed and each.answer)]
        + queries.waits_below(database, run.id),
        asked_again=[each for each in waits if each.status in closed and each.answer is None],
        received=messages.count_received(database, run.id.hex),
        code=_code(queries.get_origin(database, run.id), _loaded(queries.get_events(database, run.id))),
    )


def _how(run: FlowRun) -> Continuation:
    state = run.state
    if state.is_completed():
        return Continuation.NOT
    if state.is_final():
        return Continuation.RETRY
    if state.name == "Paused":
        return Continuation.IN_PLACE
    return Continuation.RUNNING if state.type in (StateType.RUNNING, StateType.CANCELLING) else Continuation.FROM_TOP


def _latest(waits: Sequence[Wait]) -> Sequence[Wait]:
    """Return the last wait for each key: it replaces earlier ones with the same key."""
    return list({each.key: each for each in waits}.values())


def _loaded(events: Sequence[Event]) -> datetime | None:
    """Return the time at which the run's code was last started from the top.

    Continuing after a pause does not count.
    """
    began = [
        each.at
        for each in events
        if each.kind == EventKind.STATE and each.after in ("Running", "Retrying") and each.before in (None, "Pending")
    ]
    return began[-1] if began else None


def _code(origin: Origin, loaded: datetime | None) -> Code:
    file = _file(origin)
    changed = None
    state = CodeState.UNKNOWN
    if file is not None:
        try:
            changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except OSError:
            state = CodeState.MISSING
        else:
            if loaded is not None:
                state = CodeState.CHANGED if changed > loaded else CodeState.SAME
    there = os.access(origin.interpreter, os.X_OK)
    return Code(origin, file, state, changed, loaded, interpreter_is_there=there)


def _file(origin: Origin) -> Path | None:
    """Return the file of the code, if it can be located without importing anything."""
    where, _, _ = (origin.entrypoint or "").rpartition(":")
    if not where:
        return None
    if os.path.isabs(where):  # noqa: PTH117
        return Path(where)
    parts = where.split(".")
    for folder in (*origin.search_folders, origin.working_directory):
        for last in (f"{parts[-1]}.py", f"{parts[-1]}/__init__.py"):
            found = Path(folder, *parts[:-1], last)
            if found.is_file():
                return found
    return None
