"""Writing log lines."""

from __future__ import annotations

import sqlite3

from sqlalchemy import bindparam, insert

from holdfast.store.database import Database
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import log

_INSERT = Statement(insert(log).values({name: bindparam(name) for name in log.c.keys() if name != "seq"}))  # noqa: SIM118


def append(
    database: Database,
    *,
    flow_run_id: str,
    task_run_id: str | None,
    level: int,
    message: str,
    at: int | None = None,
) -> None:
    """Append a line to a run's log."""
    with database.write() as connection:
        append_line(connection, flow_run_id, task_run_id, level, message, at)


def append_line(
    connection: sqlite3.Connection,
    flow_run_id: str,
    task_run_id: str | None,
    level: int,
    message: str,
    at: int | None = None,
) -> None:
    """`append`, in a transaction that a caller has begun."""
    _INSERT.run(
        connection,
        flow_run_id=flow_run_id,
        task_run_id=task_run_id,
        at=now() if at is None else at,
        level=level,
        message=message,
    )
