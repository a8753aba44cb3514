"""Waits are found by what they ask, and may be superseded.

SQLite cannot change a CHECK of an existing table, so the table is created again and its rows are copied.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from holdfast import question_identity
from holdfast.question_identity import Identity

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATUSES = ("open", "decided", "expired", "withdrawn", "superseded")
_OLD = "id, flow_run_id, key, status, opened_at, deadline, closed_at, schema_digest, description, initial"


def upgrade() -> None:
    """Create the table again, and give every wait the identity by which its run's code will find it."""
    connection = op.get_bind()
    for index in ("wait_by_key", "wait_by_run", "wait_inbox"):
        op.drop_index(index, "wait")
    connection.exec_driver_sql("PRAGMA legacy_alter_table=ON")  # references to the table stay unchanged
    op.rename_table("wait", "old_wait")
    connection.exec_driver_sql("PRAGMA legacy_alter_table=OFF")
    _make_table()
    _copy(connection)
    op.drop_table("old_wait")
    _make_indexes()


def _make_table() -> None:
    op.create_table(
        "wait",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("flow_run_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("schema_digest", sa.String()),
        sa.Column("description", sa.Text()),
        sa.Column("initial", sa.Text()),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("asked_in", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.String()),
        sa.Column("set_aside_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("(" + " OR ".join(f"status = '{each}'" for each in _STATUSES) + ")", name="wait_status"),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="wait_closed"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["schema_digest"], ["json_schema.digest"]),
        sa.ForeignKeyConstraint(["replaces_id"], ["wait.id"]),
    )


def _make_indexes() -> None:
    is_open = sa.text("status = 'open'")
    live = sa.text("status IN ('open', 'decided')")
    op.create_index("wait_by_key", "wait", ["flow_run_id", "key"], unique=True, sqlite_where=is_open)
    op.create_index("wait_by_identity", "wait", ["flow_run_id", "identity"], unique=True, sqlite_where=live)
    op.create_index("wait_by_run", "wait", ["flow_run_id"])
    op.create_index("wait_inbox", "wait", ["deadline", "id"], sqlite_where=is_open)


def _copy(connection: sa.Connection) -> None:
    schemas = {digest: json.loads(body) for digest, body in connection.exec_driver_sql("SELECT * FROM json_schema")}
    columns = ", ".join(f"old_wait.{name}" for name in _OLD.split(", "))
    query = (
        f"SELECT {columns}, flow_run.executions FROM old_wait JOIN flow_run ON flow_run.id = old_wait.flow_run_id "  # noqa: S608
        "ORDER BY old_wait.flow_run_id, old_wait.id"
    )
    waits: list[Sequence[Any]] = []
    for row in connection.exec_driver_sql(query):
        if waits and waits[-1][1] != row[1]:
            _copy_run(connection, waits, schemas)
            waits = []
        waits.append(row)
    if waits:
        _copy_run(connection, waits, schemas)


def _copy_run(connection: sa.Connection, waits: Sequence[Sequence[Any]], schemas: dict[str, Any]) -> None:
    """Copy the waits of one run."""
    tasks = connection.exec_driver_sql("SELECT id FROM task_run WHERE flow_run_id = ?", (waits[0][1],))
    task_runs = {task_run_id[-6:]: task_run_id for (task_run_id,) in tasks}
    found = _identities(waits, task_runs, schemas)
    values = ", ".join("?" * 13)
    connection.exec_driver_sql(
        f"INSERT INTO wait ({_OLD}, identity, scope, asked_in) VALUES ({values})",  # noqa: S608 - names of ours
        [(*each[:10], found[each[2]].text, found[each[2]].scope, each[10]) for each in waits],
    )


def _identities(
    waits: Iterable[Sequence[Any]], task_runs: dict[str, str], schemas: dict[str, Any]
) -> dict[str, Identity]:
    """Return the identity of each key of a run. Keys that were counted tell in which order the questions were asked."""
    counted: dict[str, int] = defaultdict(int)
    found: dict[str, Identity] = {}
    for wait in sorted(waits, key=lambda each: _order(each[2])):
        key, digest, description, initial = wait[2], wait[7], wait[8], wait[9]
        if key in found:
            continue
        schema = None if digest is None else schemas[digest]
        given = None if initial is None else json.loads(initial)
        of_task = re.fullmatch(r".+-([0-9a-f]{6})(-\d+)?", key)
        task_run_id = task_runs.get(of_task[1], "") if of_task else ""
        if key.isdecimal() or task_run_id:
            what = question_identity.asked(schema, given, description)
            counted[what + task_run_id] += 1
            found[key] = question_identity.by_content(what, counted[what + task_run_id], task_run_id)
        else:
            found[key] = question_identity.by_key(key, schema, given)
    return found


def _order(key: str) -> tuple[int, str]:
    number = re.search(r"(\d+)$", key) if key.isdecimal() else re.search(r"-[0-9a-f]{6}-(\d+)$", key)
    return (int(number[1]) if number else 0), key
