"""``holdfast deploy``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.cli.arguments import AsJson, FlowReference, Parameters
from holdfast.cli.commands.deployment import print_deployment
from holdfast.cli.exit_codes import BadInput
from holdfast.cli.flow_files import load_flow
from holdfast.cli.given_parameters import read_given
from holdfast.cli.open_database import database
from holdfast.deployments import plan_deployment
from holdfast.schedules import CatchUp

Given = Annotated[str, typer.Option("--name", "-n", help="The deployment's name. Its full name is FLOW/NAME.")]
Crons = Annotated[
    list[str] | None, typer.Option("--cron", metavar="CRON", help="Run by a cron schedule, such as '0 9 * * mon-fri'.")
]
Intervals = Annotated[
    list[str] | None, typer.Option("--interval", metavar="TIME", help="Run at an interval, such as 90s, 15m or 1h.")
]
Rules = Annotated[
    list[str] | None, typer.Option("--rrule", metavar="RULE", help="Run by a recurrence rule (RFC 5545).")
]
Timezone = Annotated[str, typer.Option("--timezone", metavar="ZONE", help="The time zone of --cron and --rrule.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A tag for its runs. Can be repeated.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, max=10**9, help="How many of its runs may have a process at once.")
]
CatchingUp = Annotated[
    str,
    typer.Option("--catch-up", help="What to do with missed runs: one run for all (once), each (all), or none (skip)."),
]
Paused = Annotated[
    bool | None,
    typer.Option("--paused/--not-paused", help="Stop its schedules, or let them run.", show_default="unchanged"),
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
    """Create or change a deployment of a flow. A worker runs it by schedule, and when you use `holdfast start`."""
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
    print_deployment(planned.apply(), json)


def _catch_up(given: str) -> Any:
    if given not in list(CatchUp):
        raise BadInput(f"--catch-up cannot be {given!r}. Choose once, all or skip.")
    return given
