"""``holdfast pause``, ``suspend``, ``cancel`` and ``retry``."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, RunReference
from holdfast.cli.open_database import database
from holdfast.engine import actions
from holdfast.records import Request
from holdfast.states import state_words
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.text import clean
from holdfast.verbs import ABOUT

_REQUESTED = {about.under_way: about.asked for about in ABOUT.values()}


def pause(run: RunReference, json: AsJson = False) -> None:
    """Ask a running flow run to pause. Its process stays alive."""
    _ask(run, json, Request.PAUSE)


def suspend(run: RunReference, json: AsJson = False) -> None:
    """Ask a running or paused flow run to suspend. Its process ends."""
    _ask(run, json, Request.SUSPEND)


def cancel(run: RunReference, json: AsJson = False) -> None:
    """Cancel a flow run. This happens at once if it has no process, or else at its next boundary."""
    _ask(run, json, Request.CANCEL)


def retry(run: RunReference, json: AsJson = False) -> None:
    """Continue a run that failed, crashed or was cancelled. Finished tasks do not run again."""
    _act(run, json, actions.retry)


def _ask(run: str, json: bool, request: Request) -> None:
    _act(run, json, lambda db, run_id: actions.ask(db, run_id, request, channel="cli"))


def _act(run: str, json: bool, act: Callable[[Database, UUID], object]) -> None:
    db = database()
    found = queries.find_flow_run(db, run)
    act(db, found.id)
    print_state(db, found.id, json)


def print_state(db: Database, run_id: UUID, json: bool) -> None:
    """Print the state of a run after a request."""
    run = queries.get_flow_run(db, run_id)
    if json:
        output.say(as_json.dump(as_json.flow_run(run)))
        return
    what = _REQUESTED.get(run.state.name, f"is {state_words(run.state)}")
    output.say(f"{clean(run.name)} {what}.")
