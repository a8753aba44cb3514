"""``holdfast deploy``, ``deployments``, ``deployment pause``, ``resume`` and ``delete``, and ``start``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast import as_json, settings
from holdfast.cli import output
from holdfast.cli.exits import BadInput, Exit
from holdfast.cli.opening import AsJson, complete_deployment, complete_run, database
from holdfast.text import clean, in_command

if TYPE_CHECKING:
    from holdfast.records import Deployment, FlowRun
    from holdfast.store.database import Database

Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter, as JSON or text; may be repeated."),
]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The deployment, as flow/name; the name alone where it is the only one.",
        autocompletion=complete_deployment,
        show_default=False,
    ),
]


FlowReference = Annotated[
    str,
    typer.Argument(
        metavar="FILE:FLOW",
        help="A flow in a file or module; FLOW may be left out where there is one only.",
        show_default=False,
    ),
]
Given = Annotated[str, typer.Option("--name", "-n", help="What it is called, besides the flow's name.")]
Crons = Annotated[
    list[str] | None, typer.Option("--cron", metavar="CRON", help="When it runs, such as '0 9 * * mon-fri'.")
]
Intervals = Annotated[
    list[str] | None, typer.Option("--interval", metavar="TIME", help="How often it runs, such as 90s, 15m or 1h.")
]
Rules = Annotated[list[str] | None, typer.Option("--rrule", metavar="RULE", help="When it runs, as RFC 5545 says it.")]
Timezone = Annotated[str, typer.Option("--timezone", metavar="ZONE", help="The time zone of --cron and --rrule.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag; may be repeated.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, max=10**9, help="How many of its runs may have a process at a time.")
]
CatchUp = Annotated[
    str, typer.Option("--catch-up", help="What was missed runs once, all of it, or is skipped: once, all, skip.")
]
Paused = Annotated[
    bool | None,
    typer.Option("--paused/--not-paused", help="Without its schedules, or with them.", show_default="as it is"),
]


def deploy(
    flow: FlowReference,
    name: Given = "default",
    cron: Crons = None,
    interval: Intervals = None,
    rrule: Rules = None,
    timezone: Timezone = "UTC",
    parameters: Parameters = None,
    tag: Tags = None,
    limit: Limit = None,
    catch_up: CatchUp = "once",
    paused: Paused = None,
    json: AsJson = False,
) -> None:
    """Make a deployment of a flow, or change it. A worker runs it by schedule, and by `holdfast start`."""
    from holdfast.cli.loading import load_flow
    from holdfast.cli.running import read_given
    from holdfast.deployments import plan_deployment

    found = load_flow(flow)
    planned = plan_deployment(
        found,
        name,
        parameters=read_given(found, parameters or ()),
        cron=cron,
        interval=interval,
        rrule=rrule,
        timezone=timezone,
        tags=tag or (),
        limit=limit,
        catch_up=_catch_up(catch_up),
        paused=paused,
    )
    database()
    _tell(planned.apply(), json)


def _catch_up(given: str) -> Any:
    from holdfast.schedules import CatchUp

    if given not in list(CatchUp):
        raise BadInput(f"--catch-up {given!r} is none of once, all, skip.")
    return given


def deployments(json: AsJson = False) -> None:
    """List the deployments: what they are, when they come next."""
    from holdfast.store import deployments as rows

    found = rows.list_all(database())
    if json:
        return output.say(as_json.dump([as_json.deployment(each) for each in found]))
    if not found:
        return output.note("There is no deployment yet: holdfast deploy FILE:FLOW makes one.")
    for line in output.table(("deployment", "schedule", "next", "limit"), map(_row, found), narrow=(0, 1)):
        output.say(line)
    return None


def _row(each: Deployment) -> list[output.Cell]:
    return [
        clean(each.full_name),
        clean("; ".join(map(str, each.schedules))) or ("none", "dim"),
        _next(each),
        "" if each.limit is None else str(each.limit),
    ]


def _next(each: Deployment) -> output.Cell:
    if each.paused:
        return ("paused", "yellow")
    return "" if each.next_due is None else output.clock(each.next_due)


def pause(name: Name, json: AsJson = False) -> None:
    """Stop a deployment's schedules. Runs that there are go on, and `holdfast start` still works."""
    from holdfast.deployments import pause_deployment

    database()
    _tell(pause_deployment(name), json)


def resume(name: Name, json: AsJson = False) -> None:
    """Let a deployment's schedules go on, with what comes from now on."""
    from holdfast.deployments import resume_deployment

    database()
    _tell(resume_deployment(name), json)


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; without a terminal nothing is asked.")] = False,
    json: AsJson = False,
) -> None:
    """Delete a deployment. Its runs that have not begun are cancelled; the others stay, and go on."""
    from holdfast.deployments import get_deployment
    from holdfast.store import deployments as rows

    db = database()
    found = get_deployment(name)
    shown = clean(found.full_name)
    if not yes and output.is_interactive():
        from holdfast.cli.prompting import confirm

        if not confirm(f"Delete {shown}?", default=False):
            return output.say("It stays as it is.")
    cancelled = rows.delete(db, found.id, settings.user())
    if json:
        return output.say(as_json.dump(as_json.deployment(found)))
    runs = f"; {cancelled} of its runs had not begun and {'is' if cancelled == 1 else 'are'} cancelled"
    return output.say(f"{shown} is deleted{runs if cancelled else ''}.")


def start(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The deployment, as flow/name; the name alone where it is the only one. --like finds it by itself.",
            autocompletion=complete_deployment,
            show_default=False,
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="RUN",
            help="With the parameters of this run, but for those that are given.",
            autocompletion=complete_run,
        ),
    ] = None,
    parameters: Parameters = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="WHEN",
            help="When it is to start: 'tomorrow 9:00', 'in 2h', 2027-01-31T08:00; else at once.",
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="A second start with the same key gives the run of the first.")
    ] = None,
    json: AsJson = False,
) -> Exit:
    """Start a run of a deployment. A worker executes it."""
    from holdfast.deployments import run_deployment

    db = database()
    found, values = _what_to_start(db, name, like)
    given = {**values, **_read(found.parameter_schema or {}, parameters or ())}
    due = None if at is None else _moment(at)
    run: FlowRun = run_deployment(found.id, given, scheduled_time=due, idempotency_key=key, timeout=0)
    if json:
        output.say(as_json.dump(as_json.flow_run(run)))
        return Exit.DONE
    when = f" for {output.clock(run.due)}" if at is not None and run.due is not None else ""
    output.say(f"{clean(run.name)} is {run.state.name.lower()}{when}.")
    from holdfast.engine import hosts
    from holdfast.store import hosts as rows

    if not any(map(hosts.is_alive, rows.workers(db))):
        output.note("No worker is alive to execute it: start one with `holdfast worker`, or open the app.")
    return Exit.DONE


def _what_to_start(db: Database, name: str | None, like: str | None) -> tuple[Deployment, Mapping[str, Any]]:
    """The deployment, and the parameters of the run that the new one is to be like."""
    from holdfast.engine import deployments as engine
    from holdfast.store import deployments, queries

    if like is None:
        if name is None:
            raise BadInput("Name a deployment, or with --like a run.")
        return deployments.find(db, name), {}
    run = queries.find_flow_run(db, like)
    found = engine.like(db, run)
    for each in found.left_out:
        output.note(f"{clean(run.name)} was given a Python value for {clean(each)}, which cannot be given again here.")
    return (found.deployment if name is None else deployments.find(db, name)), found.parameters


def _moment(said: str) -> datetime:
    """When *said* is, in local time where it names no zone."""
    from holdfast.forms.moments import read_datetime
    from holdfast.jsontext import UnreadableError

    try:
        return read_datetime(said, datetime.now(UTC)).astimezone()
    except UnreadableError as error:
        raise BadInput(f"--at {said!r}: it has to be {error}") from error


def _read(schema: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Parameters from ``name=value``: JSON where the value is JSON and the schema does not want plain text."""
    from holdfast.cli.typed import value_of

    known = schema.get("properties", {})
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise BadInput(f"-p {pair!r} is not of the form name=value.")
        values[name] = value_of(text, known.get(name, {}), f"-p {name}", schema)
    return values


def _tell(found: Deployment, json: bool) -> None:
    if json:
        return output.say(as_json.dump(as_json.deployment(found)))
    output.say(f"{clean(found.full_name)} {_what(found)}.")
    if not found.schedules:
        output.note(f"Run it with: holdfast start {in_command(found.full_name, found.id)}")
    return None


def _what(found: Deployment) -> str:
    if found.paused:
        return "is paused; its schedules make no runs"
    if found.next_due is not None:
        return f"runs next at {output.clock(found.next_due)}"
    return "is ready" if not found.schedules else "is ready; its schedules have ended"
