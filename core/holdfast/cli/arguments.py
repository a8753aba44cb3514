"""Opening the database for a command, and naming runs on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast import settings
from holdfast.cli import output
from holdfast.exceptions import HoldfastError
from holdfast.text import clean

if TYPE_CHECKING:
    from holdfast.records import FlowRun
    from holdfast.store.database import Database

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def database() -> Database:
    """The database, in which what is due has been expired and what has died is settled.

    Where it cannot be written to for now, that is said, and there is still much to read.
    """
    from holdfast.engine.tending import tend_if_possible
    from holdfast.store.database import default

    found = default()
    if (reason := tend_if_possible(found)) is not None:
        output.note(f"{reason} Until then, deadlines, schedules and dead processes are not checked.")
    return found


def complete_run(incomplete: str) -> list[tuple[str, str]]:
    """Names, or ids, of the newest runs that begin like this."""
    from holdfast.store.queries import RunFilter

    found = {run.id: run for run in _newest(RunFilter(text=incomplete)) + _newest(RunFilter())}.values()
    pairs = [(run.name, run) for run in found]
    if incomplete:
        pairs += [(str(run.id), run) for run in found]
    return [
        (shown, clean(f"{run.flow_name}, {run.state.name}"))
        for shown, run in pairs
        if shown.startswith(incomplete) and shown == clean(shown)
    ]


def complete_state(incomplete: str) -> list[str]:
    """Names of states that begin like this."""
    from holdfast.states import NAMES

    names = NAMES if incomplete[:1].isupper() else map(str.lower, NAMES)
    return [name for name in names if name.startswith(incomplete)]


def complete_deployment(incomplete: str) -> list[str]:
    """Full names of deployments that begin like this; none where the database cannot be read: a shell asks."""
    from holdfast.deployments import list_deployments

    try:
        names = [each.full_name for each in list_deployments()] if settings.database().exists() else []
    except HoldfastError:
        return []
    return [name for name in names if name.startswith(incomplete) and name == clean(name)]


def complete_filter(incomplete: str) -> list[str]:
    """Keys of the filter language, and values of states and flows, that begin like this."""
    from holdfast.filters import Key, completions
    from holdfast.store.database import default
    from holdfast.store.run_lists import flow_names

    try:
        flows = flow_names(default(), 100) if settings.database().exists() else []
    except HoldfastError:
        flows = []
    return completions(incomplete, len(incomplete), {Key.FLOW: tuple(flows)})


def _newest(where: object) -> list[FlowRun]:
    """The newest runs; none where the database is missing or cannot be read, since a shell is asking."""
    from holdfast.store import queries
    from holdfast.store.database import default

    assert isinstance(where, queries.RunFilter)
    try:
        return queries.list_flow_runs(default(), where) if settings.database().exists() else []
    except HoldfastError:
        return []


RunReference = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="The run's name, its id, or the beginning of its id.",
        autocompletion=complete_run,
        show_default=False,
    ),
]
RunReferences = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        help="The runs' names, their ids, or the beginnings of their ids.",
        autocompletion=complete_run,
        show_default=False,
    ),
]
