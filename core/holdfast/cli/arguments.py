"""Arguments and options that several commands have, and what a shell completes them with."""

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
    """Names, or ids, of the newest runs that begin like this."""
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
    names = NAMES if incomplete[:1].isupper() else map(str.lower, NAMES)
    return [name for name in names if name.startswith(incomplete)]


def complete_deployment(incomplete: str) -> list[str]:
    """Full names of deployments that begin like this; none where the database cannot be read: a shell asks."""
    try:
        names = [each.full_name for each in deployments.list_all(default())] if settings.database().exists() else []
    except HoldfastError:
        return []
    return [name for name in names if name.startswith(incomplete) and name == clean(name)]


def complete_filter(incomplete: str) -> list[str]:
    """Keys of the filter language, and values of states and flows, that begin like this."""
    try:
        flows = flow_names(default(), 100) if settings.database().exists() else []
    except HoldfastError:
        flows = []
    return completions(incomplete, len(incomplete), {Key.FLOW: tuple(flows)})


def _newest(where: RunFilter) -> list[FlowRun]:
    """The newest runs; none where the database is missing or cannot be read, since a shell is asking."""
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
FlowReference = Annotated[
    str,
    typer.Argument(
        metavar="FILE:FLOW",
        help="A flow in a file or module; FLOW may be left out where there is one only.",
        show_default=False,
    ),
]
DeploymentName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The deployment, as flow/name; the name alone where it is the only one.",
        autocompletion=complete_deployment,
        show_default=False,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter, as JSON or text; may be repeated."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10**9, help="How many to list at most.")]
