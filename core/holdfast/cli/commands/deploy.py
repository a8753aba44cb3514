"""``holdfast deploy``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.cli.arguments import AsJson, FlowReference, Parameters
from holdfast.cli.commands.deployment import tell
from holdfast.cli.exit_codes import BadInput
from holdfast.cli.flow_files import load_flow
from holdfast.cli.given_parameters import read_given
from holdfast.cli.open_database import database
from holdfast.deployments import plan_deployment
from holdfast.schedules import CatchUp

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
CatchingUp = Annotated[
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
    catch_up: CatchingUp = "once",
    paused: Paused = None,
    json: AsJson = False,
) -> None:
    """Make a deployment of a flow, or change it. A worker runs it by schedule, and by `holdfast start`."""
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
    tell(planned.apply(), json)


def _catch_up(given: str) -> Any:
    if given not in list(CatchUp):
        raise BadInput(f"--catch-up {given!r} is none of once, all, skip.")
    return given
