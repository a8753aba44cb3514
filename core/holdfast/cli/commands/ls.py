"""``holdfast ls``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.arguments import AsJson, Limit, complete_deployment, complete_filter, complete_state
from holdfast.cli.exit_codes import BadInput
from holdfast.cli.open_database import database
from holdfast.filters import STATES, Order, RunFilter, Sort, parse
from holdfast.records import FlowRun, WaitStatus
from holdfast.states import NAMES
from holdfast.store import deployments, queries
from holdfast.store.database import Database
from holdfast.text import clean


def ls(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILTER", help="Only runs that match, as in the app (see above).", autocompletion=complete_filter
        ),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", "-s", help="A state, such as paused. Can be repeated.", autocompletion=complete_state),
    ] = None,
    flow: Annotated[str, typer.Option("--flow", "-f", help="The full name of the flow.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag of the runs. Can be repeated.")] = None,
    deployment: Annotated[
        str | None,
        typer.Option("--deployment", "-d", help="The runs' deployment.", autocompletion=complete_deployment),
    ] = None,
    sort: Annotated[Sort, typer.Option("--sort", "-S", help="The order of the list.")] = Sort.CREATED,
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="Reverse the order.")] = False,
    limit: Limit = 20,
    json: AsJson = False,
) -> None:
    """List flow runs, newest first.

    \b
    A filter consists of words. A run must match all of them:
      otter                  part of the run's or the flow's name
      ~gotr                  letters that occur in this order in one of the names
      state:paused,failed    one of these states
      flow:release           the flow; * stands for anything, as in flow:rel*
      tag:eu  deployment:x   a tag, a deployment
      is:top  is:child       not called by another run, or called by one
      'age>2h'  'took<10m'   how long ago it was created, how long it took
      id:019f                the start of its id
      '!tag:eu'              negates any of these
    """  # noqa: D301 - Click reads the control character
    db = database()
    where = _where(db, words or (), state or (), flow, tag or (), deployment)
    runs = queries.list_flow_runs(db, where, limit=limit, order=Order(sort, reverse))
    if json:
        return output.say(as_json.dump([as_json.flow_run(run) for run in runs]))
    if not runs:
        anything = where == RunFilter()
        return output.note(
            "No flow has run yet. Start one with: holdfast run FILE.py" if anything else "No flow run matches."
        )
    _print(db, runs)
    if len(runs) == limit and (total := queries.count_flow_runs(db, where)) > limit:
        newest = "newest" if Order(sort, reverse) == Order() else "first"
        output.note(f"These are the {newest} {limit} of {total}. List more with --limit.")
    return None


def _where(
    db: Database, words: Sequence[str], states: Sequence[str], flow: str, tags: Sequence[str], deployment: str | None
) -> RunFilter:
    """Return the filter that the words and the options make together."""
    where = RunFilter(
        states=frozenset(_known_states(states)),
        flow_name=flow,
        tags=frozenset(tags),
        deployment_id=None if deployment is None else deployments.find(db, deployment).id,
    )
    for each in words:
        where &= parse(each).terms
    return where


def _print(db: Database, runs: Sequence[FlowRun]) -> None:
    """Print a table of the runs. If a run waits for one below it, the table says what that one asks."""
    asking = queries.asking(db, [run.id for run in runs])
    asked = {each: told for each in asking if (told := _asked_below(db, each))}
    headers = ("flow run", "flow", "state", "started", "id", *(["waits for"] if asked else []))
    rows = [[*_run_row(run), *([asked.get(run.id, "")] if asked else [])] for run in runs]
    for line in output.table(headers, rows, narrow=(0, 1, 5) if asked else (0, 1)):
        output.say(line)


def _known_states(given: Sequence[str]) -> list[str]:
    for each in given:
        if each.lower() not in STATES:
            raise BadInput(f"There is no state {each!r}. The states are {', '.join(NAMES)}.")
    return [each.lower() for each in given]


def _run_row(run: FlowRun) -> list[output.Cell]:
    # Ids begin with the millisecond of their creation, so this part of an id identifies the run.
    return [
        clean(run.name),
        clean(run.flow_name),
        output.state_cell(run.state),
        output.ago(run.started or run.created),
        (str(run.id)[:13], "dim"),
    ]


def _asked_below(db: Database, run_id: UUID) -> str:
    """Say in one line for which run below another one waits, and what it asks. Empty if the run itself asks."""
    found = [each for each in queries.waits_below(db, run_id) if each.answer is None]
    if not found or any(each.status is WaitStatus.OPEN for each in queries.get_waits(db, run_id)):
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{clean(found[0].flow_run_name)}: {clean(output.asks_for(found[0]))}{more}"
