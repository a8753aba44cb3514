"""``holdfast demo``."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from holdfast.cli import output
from holdfast.cli.commands.demo_story import tell
from holdfast.cli.demo_processes import FLOWS, demo_database, processes
from holdfast.cli.exit_codes import BadInput, Exit
from holdfast_tui import run_app

_STORY_PACE = 0.3
"""The default pace without the app, where the simulated work is shorter."""


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Show one flow from start to end as plain text, without the app.")
    ] = False,
    pace: Annotated[
        float | None,
        typer.Option("--pace", min=0, help="How slow the simulated work is: 1 is normal, 0 does not wait."),
    ] = None,
) -> Exit:
    """Open the app with demo flows that need an answer.

    The demo uses its own database and stops when you close the app. Nothing of it is kept, unless HOLDFAST_DB names
    the database to use.
    """
    if pace is not None and not math.isfinite(pace):
        raise BadInput(f"--pace cannot be {pace}. Give a number of 0 or more.")
    if headless:
        with demo_database(), processes(["release"], _STORY_PACE if pace is None else pace) as (running,):
            return tell(running)
    if not output.is_interactive():
        output.complain("The app needs a terminal. `holdfast demo --headless` works without one.")
        return Exit.BAD_INPUT
    with demo_database(), processes(list(FLOWS), 1.0 if pace is None else pace) as flows:
        status = Exit.FAILED if run_app(coming="The demo flows are starting …") else Exit.DONE
        for each in flows:
            if each.process.poll():
                output.complain(f"A demo flow ended unexpectedly: {each.last_words()}")
                status = Exit.FAILED
    return status
