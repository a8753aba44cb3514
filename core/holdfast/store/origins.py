"""Where a run's code is, in the form of its row."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, case, select

from holdfast.records import Origin
from holdfast.store.door import Connection
from holdfast.store.statement import Statement
from holdfast.store.tables import flow_run

COLUMNS = ("entrypoint", "working_directory", "interpreter", "search_path", "arguments")
_IN_NO_FILE = "its flow is not in a file or module"
ARGUMENTS_OF_NONE = case((flow_run.c.entrypoint.is_(None), flow_run.c.arguments))
"""A run's arguments, if it has no entrypoint. With an entrypoint, the reason is not needed."""
_WHY_NOT = Statement(select(flow_run.c.entrypoint, ARGUMENTS_OF_NONE).where(flow_run.c.id == bindparam("run_id")))


def columns(origin: Origin) -> dict[str, Any]:
    """Return the columns of an origin. Rare fields are stored together with its arguments."""
    arguments: Any = list(origin.arguments)
    more = {"options": dict(origin.options) or None, "why_not": origin.why_not, "gathering": origin.gathering}
    if said := {name: value for name, value in more.items() if value is not None}:
        arguments = {"arguments": arguments, **said}
    values = (
        origin.entrypoint,
        origin.working_directory,
        origin.interpreter,
        origin.search_path,
        json.dumps(arguments),
    )
    return dict(zip(COLUMNS, values, strict=True))


def origin_from(
    entrypoint: str | None, folder: str, interpreter: str, search_path: str | None, arguments: str
) -> Origin:
    """Return the origin from a row's columns."""
    given: dict[str, Any] | list[str] = json.loads(arguments)
    more: dict[str, Any] = given if isinstance(given, dict) else {"arguments": given}
    return Origin(
        entrypoint,
        folder,
        interpreter,
        search_path,
        tuple(more["arguments"]),
        more.get("options") or {},
        more.get("why_not"),
        more.get("gathering"),
    )


def why_not_found(connection: Connection, run_id: str) -> str | None:
    """Return why no other process can find a run's flow; ``None`` if one can."""
    return why_not(*_WHY_NOT.run(connection, run_id=run_id).fetchone())


def why_not(entrypoint: str | None, arguments: str | None) -> str | None:
    """Return the reason like `why_not_found`, from a run's entrypoint and `ARGUMENTS_OF_NONE`."""
    if entrypoint is not None or arguments is None:
        return None
    given: dict[str, Any] | list[str] = json.loads(arguments)
    why: str | None = given.get("why_not") if isinstance(given, dict) else None
    return why or _IN_NO_FILE
