"""What Prefect has by name and Holdfast has not, and what to use instead.

A name that is not there is refused where it is given, with what was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CODE = "runs use the code in the flow's file, so there is nothing to build or to fetch"
_NO_POOLS = "there are no work pools; any `holdfast worker` takes the runs"
_STORED = "results are in the database, stored with persist_result=True"

SETTINGS = {
    "_sla": "there are no automations; see what is late in `holdfast ls`",
    "active": "pause the deployment with paused=True",
    "anchor_date": "use anchor=",
    "as_subprocess": "each run of a deployment has a process of its own",
    "asset_deps": "there are no assets",
    "build": _CODE,
    "cache_result_in_memory": _STORED,
    "client": "there is no server; the runs are in the database of HOLDFAST_HOME",
    "concurrency_limit": "use limit=",
    "concurrency_options": "use limit=; what is above it waits",
    "day_or": "write two schedules, one for days of the month and one for weekdays",
    "enforce_parameter_schema": "parameters are always checked",
    "entrypoint_type": "the entrypoint is the flow's file and name",
    "global_limit": "use limit=",
    "ignore_warnings": "leave it out",
    "image": _NO_POOLS,
    "job_variables": _NO_POOLS,
    "on_commit": "there are no transactions; use on_completion=",
    "on_rollback": "there are no transactions; use on_failure=",
    "pause_on_shutdown": "what passes meanwhile is for catch_up= to say; pause with pause_deployment()",
    "print_next_steps": "leave it out",
    "print_starting_message": "leave it out",
    "push": _CODE,
    "result_serializer": "results are stored as JSON where that is exact, else by cloudpickle",
    "result_storage": _STORED,
    "result_storage_key": "results are in the database; use cache_key_fn= to share one",
    "slug": "a schedule is known by its rule",
    "storage": _CODE,
    "triggers": "there are no automations; start the run with run_deployment()",
    "version_type": "use version= of @flow",
    "viz_return_value": "flows cannot be visualized",
    "webserver": "there is no server; look at runs with `holdfast`",
    "work_pool_name": _NO_POOLS,
    "work_queue_name": _NO_POOLS,
}
"""Settings that Prefect takes, in decorators, deployments or schedules."""

_OF_THE_FLOW = {"description": "use description= of @flow", "version": "use version= of @flow"}
"""Settings of Prefect's deployments that flows have here."""


def check_settings(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise `TypeError` for settings that ``what`` has not, which says what each is or was probably meant to be."""
    names = list(known)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise TypeError(" ".join(f"{what} has no setting called {each}{_instead(each, names)}" for each in unknown))


def _instead(name: str, known: list[str]) -> str:
    substitute = SETTINGS.get(name) or _OF_THE_FLOW.get(name)
    if substitute is not None:
        return f": {substitute}."
    near = get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {', '.join(known)}."
