"""All that the app reads from the store. These functions run in threads, and know nothing of Textual.

This module is imported inside jobs only: the store takes longer to import than the app takes to be on screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast_tui.data.inbox_filter import InboxFilter
from holdfast_tui.text import sanitize
from holdfast_tui.verbs.action_log import Action, Status, outcome
from holdfast_tui.verbs.bulk_run import Target

_WAITS = 200
"""Waits that one statement reads."""

_MOMENT = 0.2
"""Seconds that is waited for another program's write lock when it is only tried out."""


def try_out(database: Database, *, writing: bool) -> None:
    """Use the database in a way that changes nothing. Raises the `StoreError` that any use would."""
    database.check()
    if writing:
        with database.hurried(_MOMENT):
            database.try_to_write()
    else:
        count_waits(database)


# Waits.


def read_inbox(
    database: Database, where: InboxFilter, size: int, stopped: Callable[[], bool] = lambda: False
) -> list[Wait]:
    """The first waits of the inbox that fit, in pages; it ends early, for nothing, once ``stopped`` says so."""
    wanted = queries.InboxFilter(where.text, where.run, where.flow, where.key)
    found: list[Wait] = []
    while len(found) < size:
        page = queries.inbox(database, where=wanted, after=found[-1] if found else None, limit=_WAITS, stopped=stopped)
        found += page
        if len(page) < _WAITS:
            break
    return [sanitize.wait(each) for each in found]


def find_waits(database: Database, wait_ids: Sequence[UUID]) -> list[Wait]:
    """Waits as they are now."""
    return [sanitize.wait(each) for each in queries.find_waits(database, wait_ids)]


def asked_by(database: Database, run_ids: Sequence[UUID]) -> list[Wait]:
    """What runs wait for that nobody has answered."""
    return [wait for each in run_ids for wait in open_waits(database, each)[1]]


def count_waits(database: Database) -> int:
    """How many waits nobody has answered."""
    return queries.count_unanswered_waits(database)


def read_run(database: Database, run_id: UUID) -> FlowRun:
    """The run as it is now."""
    return _read(database, queries.get_flow_run(database, run_id))


def find_run(database: Database, reference: str) -> FlowRun:
    """The run that a name, an id or the beginning of one stands for. Raises `FlowRunNotFound`."""
    return _read(database, queries.find_flow_run(database, reference))


def _read(database: Database, run: FlowRun) -> FlowRun:
    return sanitize.flow_run(replace(run, asks=bool(queries.asking(database, [run.id]))))


def outcomes(database: Database, actions: Sequence[Action]) -> list[tuple[Action, tuple[Status, str] | None]]:
    """What has come of actions that were only asked."""
    found = []
    for action in actions:
        waits = queries.get_waits(database, action.run_id) if action.wait_id is not None else []
        run = read_run(database, action.run_id)
        found.append((action, outcome(action, run, [sanitize.wait(each) for each in waits])))
    return found


def open_waits(database: Database, run_id: UUID) -> tuple[FlowRun, Sequence[Wait]]:
    """The run as it is now, and what it waits for that nobody has answered.

    Where it has no question of its own, those of the runs below it are among that.
    """
    run = read_run(database, run_id)
    own = [each for each in queries.get_waits(database, run_id) if each.status is WaitStatus.OPEN]
    questions = own or queries.waits_below(database, run_id)
    waits = [each for each in questions + queries.get_listeners(database, run_id) if each.answer is None]
    return run, [sanitize.wait(each) for each in waits]


def read_targets(database: Database, run_ids: Sequence[UUID]) -> list[Target]:
    """Runs as they are now, in the order given, and what they wait for that nobody has answered."""
    found: list[Target] = []
    for run_id in run_ids:
        run = read_run(database, run_id)
        found.append(Target(run, open_waits(database, run_id)[1] if run.asks else ()))
    return found
