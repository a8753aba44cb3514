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
            metavar="FILTER", help="What a run has to fit, as in the app; see below.", autocompletion=complete_filter
        ),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", "-s", help="A state, such as paused; may be repeated.", autocompletion=complete_state),
    ] = None,
    flow: Annotated[str, typer.Option("--flow", "-f", help="The flow's whole name.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag of theirs; may be repeated.")] = None,
    deployment: Annotated[
        str | None,
        typer.Option("--deployment", "-d", help="What they were made from.", autocompletion=complete_deployment),
    ] = None,
    sort: Annotated[Sort, typer.Option("--sort", "-S", help="The order of the list.")] = Sort.CREATED,
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="The other way round.")] = False,
    limit: Limit = 20,
    json: AsJson = False,
) -> None:
    """List flow runs, the newest first.

    \b
    A filter is made of words, all of which a run has to fit:
      otter                  part of the run's or the flow's name
      ~gotr                  letters that come in this order in one of them
      state:paused,failed    one of these states
      flow:release           the flow; * stands for anything, as in flow:rel*
      tag:eu  deployment:x   a tag, a deployment
      is:top  is:child       called by no other run, or by one
      'age>2h'  'took<10m'   how long ago it was made, how long it took
      id:019f                the beginning of its id
      '!tag:eu'              any of these the other way round
    """  # noqa: D301 - Click reads the control character
    db = database()
    where = _where(db, words or (), state or (), flow, tag or (), deployment)
    runs = queries.list_flow_runs(db, where, limit=limit, order=Order(sort, reverse))
    if json:
        return output.say(as_json.dump([as_json.flow_run(run) for run in runs]))
    if not runs:
        anything = where == RunFilter()
        return output.note("No flow has run yet: holdfast run FILE.py starts one." if anything else "No flow run fits.")
    _print(db, runs)
    if len(runs) == limit and (total := queries.count_flow_runs(db, where)) > limit:
        newest = "newest" if Order(sort, reverse) == Order() else "first"
        output.note(f"The {newest} {limit} of {total}; --limit lists more.")
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
    """Print a table of the runs, with what they wait for where one of them waits for a run below it."""
    asking = queries.asking(db, [run.id for run in runs])
    asked = {each: told for each in asking if (told := _asked_below(db, each))}
    headers = ("flow run", "flow", "state", "started", "id", *(["waits for"] if asked else []))
    rows = [[*_run_row(run), *([asked.get(run.id, "")] if asked else [])] for run in runs]
    for line in output.table(headers, rows, narrow=(0, 1, 5) if asked else (0, 1)):
        output.say(line)


def _known_states(given: Sequence[str]) -> list[str]:
    for each in given:
        if each.lower() not in STATES:
            raise BadInput(f"There is no state {each!r}; the states are {', '.join(NAMES)}.")
    return [each.lower() for each in given]


def _run_row(run: FlowRun) -> list[output.Cell]:
    # Ids begin with the millisecond of their creation: so much of one is as good as all of it.
    return [
        clean(run.name),
        clean(run.flow_name),
        output.state_cell(run.state),
        output.ago(run.started or run.created),
        (str(run.id)[:13], "dim"),
    ]


def _asked_below(db: Database, run_id: UUID) -> str:
    """The run for which another waits, and what that asks, in a line; empty where it is the run itself that asks."""
    found = [each for each in queries.waits_below(db, run_id) if each.answer is None]
    if not found or any(each.status is WaitStatus.OPEN for each in queries.get_waits(db, run_id)):
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{clean(found[0].flow_run_name)}: {clean(output.asks_for(found[0]))}{more}"
