"""Arguments and options that several commands share, and their shell completion."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast import settings
from holdfast.exceptions import HoldfastError
from holdfast.filters import Key, completions
from holdfast.records import FlowRun
from holdfast.states import NAMES
from holdfast.store import deployments, queries
from holdfast.store.database import default
from holdfast.store.queries import RunFilter
from holdfast.store.run_lists import flow_names
from holdfast.text import clean

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def complete_run(incomplete: str) -> list[tuple[str, str]]:
    """Return the names or ids of the newest runs that begin with the typed text."""
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
    """Return the names of states that begin with the typed text."""
    names = NAMES if incomplete[:1].isupper() else map(str.lower, NAMES)
    return [name for name in names if name.startswith(incomplete)]


def complete_deployment(incomplete: str) -> list[str]:
    """Return the full names of deployments that begin with the typed text.

    If the database cannot be read, return none: a shell cannot show an error here.
    """
    try:
        names = [each.full_name for each in deployments.list_all(default())] if settings.database().exists() else []
    except HoldfastError:
        return []
    return [name for name in names if name.startswith(incomplete) and name == clean(name)]


def complete_filter(incomplete: str) -> list[str]:
    """Return the keys of the filter language, the states and the flows that begin with the typed text."""
    try:
        flows = flow_names(default(), 100) if settings.database().exists() else []
    except HoldfastError:
        flows = []
    return completions(incomplete, len(incomplete), {Key.FLOW: tuple(flows)})


def _newest(where: RunFilter) -> list[FlowRun]:
    """Return the newest runs, or none if the database is missing or cannot be read: a shell cannot show an error."""
    try:
        return queries.list_flow_runs(default(), where) if settings.database().exists() else []
    except HoldfastError:
        return []


RunReference = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="The run's name, its id, or the start of its id.",
        autocompletion=complete_run,
        show_default=False,
    ),
]
RunReferences = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        help="Names of runs, their ids, or the start of their ids.",
        autocompletion=complete_run,
        show_default=False,
    ),
]
FlowReference = Annotated[
    str,
    typer.Argument(
        metavar="FILE:FLOW",
        help="A flow in a file or module. FLOW can be left out if there is only one.",
        show_default=False,
    ),
]
DeploymentName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The deployment, as flow/name. The name alone is enough if it is unique.",
        autocompletion=complete_deployment,
        show_default=False,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter, as JSON or text. Can be repeated."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10**9, help="The maximum number to list.")]
