"""``holdfast logs``."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, RunReference
from holdfast.cli.open_database import database
from holdfast.engine.housekeeping import tend_if_possible
from holdfast.records import Log, WaitStatus
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean_block

_PAGE = 1000
_LOOK = 3.0
"""Seconds between two checks that a run's process is still alive, while nothing else happens."""
_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red", "DEBUG": "dim"}


def logs(
    run: RunReference,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing until the run ends.")] = False,
    json: AsJson = False,
) -> None:
    """Print a flow run's log. With --json and --follow, each line is its own JSON object."""
    db = database()
    found = queries.find_flow_run(db, run)
    if follow:
        for line in _followed(db, found.id):
            output.say(as_json.dump(as_json.log(line), indent=None) if json else text_of(line))
    elif json:
        output.say(as_json.dump([as_json.log(line) for line in _stored(db, found.id, 0)]))
    else:
        for line in _stored(db, found.id, 0):
            output.say(text_of(line))


def text_of(line: Log) -> str:
    """Return a log line as text. If it has several lines, the others are indented below the first."""
    level = logging.getLevelName(line.level)
    message = clean_block(line.message).rstrip("\n").replace("\n", "\n" + " " * 19)
    return f"{line.at.astimezone():%H:%M:%S}  {output.paint(f'{level:<7}', _STYLES.get(level, ''))}  {message}"


def _stored(db: Database, run_id: UUID, after: int) -> Iterator[Log]:
    """Return the log lines after a given line, read page by page."""
    while page := queries.get_logs(db, run_id, after=after, limit=_PAGE):
        yield from page
        after = page[-1].seq


def _followed(db: Database, run_id: UUID) -> Iterator[Log]:
    """Return the stored log lines, and then new ones until the run has ended."""
    after = 0
    with changes(db) as changed:
        while True:
            changed.clear()
            ended = queries.get_flow_run(db, run_id).state.is_final()
            for line in _stored(db, run_id, after):
                after = line.seq
                yield line
            sys.stdout.flush()
            if ended:
                return
            wait_for(db, run_id, changed)


@contextmanager
def changes(db: Database) -> Generator[threading.Event]:
    """Provide an event that is set whenever something is committed."""
    changed = threading.Event()
    follower = db.watcher.follow(lambda _: changed.set())
    try:
        yield changed
    finally:
        follower.stop()


def wait_for(db: Database, run_id: UUID, changed: threading.Event) -> None:
    """Wait for a change. Deadlines that pass and processes that die cause no change, so this looks for them."""
    open_ = [wait for wait in queries.get_waits(db, run_id) if wait.status is WaitStatus.OPEN]
    due = min((wait.deadline for wait in open_ if wait.deadline), default=None)
    seconds = _LOOK if due is None else min(_LOOK, max(0.0, (due - datetime.now(UTC)).total_seconds()))
    if not changed.wait(seconds):
        tend_if_possible(db)  # if it is not possible now, the next call tries again
