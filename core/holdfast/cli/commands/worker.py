"""``holdfast worker``."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli import output
from holdfast.cli.exit_codes import Exit
from holdfast.store.database import default
from holdfast.worker.foreground import run_until_stopped, when_unlocked
from holdfast.worker.worker import Worker


def worker(
    slots: Annotated[int, typer.Option("--slots", min=1, max=1000, help="How many runs to execute at a time.")] = 4,
) -> Exit:
    """Execute scheduled runs until interrupted: runs that were deployed, resumed, retried or recovered."""
    database = when_unlocked(default, output.note)
    output.note(
        f"Working on {database.location}, {slots} {'run' if slots == 1 else 'runs'} at a time. Stop with ctrl-c."
    )
    run_until_stopped(Worker(database, slots), output.note)
    return Exit.DONE
