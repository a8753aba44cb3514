"""``holdfast start``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, Parameters, complete_deployment, complete_run
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast.cli.given_parameters import read_by_schema
from holdfast.cli.open_database import database
from holdfast.deployments import run_deployment
from holdfast.engine import deployment_actions as engine
from holdfast.engine import liveness
from holdfast.forms.dates_and_times import read_datetime
from holdfast.records import Deployment, FlowRun
from holdfast.states import state_words
from holdfast.store import deployments, queries
from holdfast.store import hosts as rows
from holdfast.store.database import Database
from holdfast.text import clean
from holdfast.values.json_text import UnreadableError

LikeRun = Annotated[
    str | None,
    typer.Option(
        "--like",
        metavar="RUN",
        help="Use the deployment and parameters of this run. -p overrides single parameters.",
        autocompletion=complete_run,
    ),
]
When = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="WHEN",
        help="When to start it, such as 'tomorrow 9:00', 'in 2h' or 2027-01-31T08:00. Default: now.",
    ),
]


def start(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The deployment, as flow/name. The name alone is enough if it is unique. Not needed with --like.",
            autocompletion=complete_deployment,
            show_default=False,
        ),
    ] = None,
    like: LikeRun = None,
    parameters: Parameters = None,
    at: When = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Starting again with the same key returns the first run.")
    ] = None,
    json: AsJson = False,
) -> Exit:
    """Start a run of a deployment. A worker executes it."""
    db = database()
    found, values = _what_to_start(db, name, like)
    given = {**values, **read_by_schema(found.parameter_schema or {}, parameters or ())}
    due = None if at is None else _moment(at)
    run: FlowRun = run_deployment(found.id, given, scheduled_time=due, idempotency_key=key, timeout=0)
    if json:
        output.say(as_json.dump(as_json.flow_run(run)))
        return Exit.DONE
    _report(db, run, planned=at is not None)
    return Exit.DONE


def _report(db: Database, run: FlowRun, *, planned: bool) -> None:
    """Print which run was started and when it is due, and warn if there is no worker to execute it."""
    when = f" for {output.clock(run.due)}" if planned and run.due is not None else ""
    output.say(f"{clean(run.name)} is {state_words(run.state)}{when}.")
    if not any(map(liveness.is_alive, rows.workers(db))):
        output.note("No worker is running to execute it. Start one with `holdfast worker`, or open the app.")


def _what_to_start(db: Database, name: str | None, like: str | None) -> tuple[Deployment, Mapping[str, Any]]:
    """Return the deployment to start, and the parameters of the run that ``--like`` names."""
    if like is None:
        if name is None:
            raise BadInput("Name a deployment, or a run with --like.")
        return deployments.find(db, name), {}
    run = queries.find_flow_run(db, like)
    found = engine.like(db, run)
    for each in found.left_out:
        output.note(f"{clean(run.name)} got a Python value for {clean(each)}, which cannot be passed again here.")
    return (found.deployment if name is None else deployments.find(db, name)), found.parameters


def _moment(said: str) -> datetime:
    """Read the moment that *said* names. Without a time zone it is in local time."""
    try:
        return read_datetime(said, datetime.now(UTC)).astimezone()
    except UnreadableError as error:
        raise BadInput(f"--at cannot be {said!r}. It must be {error}.") from error
