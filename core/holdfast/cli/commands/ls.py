"""``holdfast ls`` and ``holdfast inbox``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast import as_json
from holdfast.cli import output
from holdfast.cli.exits import BadInput
from holdfast.cli.opening import AsJson, complete_deployment, complete_filter, complete_state, database
from holdfast.filters import STATES, Order, RunFilter, Sort, parse
from holdfast.records import WaitStatus
from holdfast.states import NAMES
from holdfast.text import clean, in_command

if TYPE_CHECKING:
    from uuid import UUID

    from holdfast.records import FlowRun, Wait
    from holdfast.store.database import Database

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10**9, help="How many to list at most.")]


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
    from holdfast.store import deployments, queries

    db = database()
    where = RunFilter(
        states=frozenset(_known_states(state or ())),
        flow_name=flow,
        tags=frozenset(tag or ()),
        deployment_id=None if deployment is None else deployments.find(db, deployment).id,
    )
    for each in words or ():
        where &= parse(each).terms
    runs = queries.list_flow_runs(db, where, limit=limit, order=Order(sort, reverse))
    if json:
        return output.say(as_json.dump([as_json.flow_run(run) for run in runs]))
    if not runs:
        anything = where == RunFilter()
        return output.note("No flow has run yet: holdfast run FILE.py starts one." if anything else "No flow run fits.")
    asking = queries.asking(db, [run.id for run in runs])
    asked = {each: told for each in asking if (told := _asked_below(db, each))}
    headers = ("flow run", "flow", "state", "started", "id", *(["waits for"] if asked else []))
    rows = [[*_run_row(run), *([asked.get(run.id, "")] if asked else [])] for run in runs]
    for line in output.table(headers, rows, narrow=(0, 1, 5) if asked else (0, 1)):
        output.say(line)
    if len(runs) == limit and (total := queries.count_flow_runs(db, where)) > limit:
        newest = "newest" if Order(sort, reverse) == Order() else "first"
        output.note(f"The {newest} {limit} of {total}; --limit lists more.")
    return None


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
    from holdfast.store import queries

    found = [each for each in queries.waits_below(db, run_id) if each.answer is None]
    if not found or any(each.status is WaitStatus.OPEN for each in queries.get_waits(db, run_id)):
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{clean(found[0].flow_run_name)}: {clean(asks_for(found[0]))}{more}"


def inbox(limit: Limit = 20, json: AsJson = False) -> None:
    """List the open waits, and what runs wait to be sent, the nearest deadline first."""
    from holdfast.store import queries

    waits = queries.inbox(database(), limit=limit)
    if json:
        return output.say(as_json.dump([as_json.wait(wait) for wait in waits]))
    if not waits:
        return output.note("Nothing waits for an answer.")
    headers, rows = ["flow run", "flow", "key", "deadline", "asks for"], [_wait_row(each) for each in waits]
    if any(each.root_name for each in waits):
        headers.append("part of")
        rows = [[*row, clean(each.root_name or "")] for row, each in zip(rows, waits, strict=True)]
    for line in output.table(headers, rows, narrow=(0, 1, 2, 4, 5)[: len(headers) - 1]):
        output.say(line)
    if len(waits) == limit and (total := queries.count_open_waits(database())) > limit:
        output.note(f"The first {limit} of {total}; --limit lists more.")
    verb = "Answer one: holdfast resume" if waits[0].channel is None else "Send one: holdfast send"
    output.note(f"{verb} {in_command(waits[0].flow_run_name, waits[0].flow_run_id)}")
    return None


def _wait_row(wait: Wait) -> list[output.Cell]:
    asks = f"answered by {wait.answer.given_by}" if wait.answer else asks_for(wait)
    return [
        clean(wait.flow_run_name),
        clean(wait.flow_name),
        clean(wait.key),
        (output.until(wait.deadline), "" if wait.answer else "yellow"),
        clean(asks),
    ]


def asks_for(wait: Wait) -> str:
    """What a wait asks for, in a line: the first of its description, else its fields."""
    for line in (wait.description or "").splitlines():
        if words := line.strip(" #*_>-").replace("**", "").replace("`", ""):
            return words
    if wait.schema is None:
        return "a yes to go on"
    fields = ", ".join(field_names(wait.schema)) or "an answer"
    return fields if wait.channel is None else f"a message: {fields}"


def field_names(schema: Mapping[str, Any]) -> list[str]:
    """The fields at the top of a wait's schema."""
    properties = schema.get("properties")
    return list(properties) if isinstance(properties, Mapping) else []
