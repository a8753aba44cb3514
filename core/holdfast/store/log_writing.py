"""Writing log lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, insert, select

from holdfast.store import fences
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import log

_COLUMNS = tuple(name for name in log.c.keys() if name != "seq")  # noqa: SIM118
_INSERT = Statement(
    insert(log).from_select(
        _COLUMNS, select(*(bindparam(name, type_=log.c[name].type) for name in _COLUMNS)).where(fences.IS_OWNED)
    )
)


def append(
    database: Database,
    *,
    flow_run_id: str,
    task_run_id: str | None,
    level: int,
    message: str,
    at: int | None = None,
) -> bool:
    """Append a line to a run's log. Return ``False``, and write nothing, if another process has the run now."""
    with database.write() as connection:
        of_run = fences.terms_of_logs(database, flow_run_id)
        return append_line(connection, flow_run_id, task_run_id, level, message, at, of_run)


def append_line(
    connection: Connection,
    flow_run_id: str,
    task_run_id: str | None,
    level: int,
    message: str,
    at: int | None = None,
    of_run: Mapping[str, Any] = fences.FREE,
) -> bool:
    """Append like `append`, in a transaction that the caller has begun, and that has checked who owns the run."""
    written = _INSERT.run(
        connection,
        flow_run_id=flow_run_id,
        task_run_id=task_run_id,
        at=now() if at is None else at,
        level=level,
        message=message,
        run_id=flow_run_id,
        **of_run,
    )
    return bool(written.rowcount)
