"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _one_of(column: str, *values: str) -> str:
    return "(" + " OR ".join(f"{column} = '{value}'" for value in values) + ")"


STATE_TYPES = _one_of(
    "state_type",
    *("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING", "CANCELLED", "COMPLETED", "FAILED", "CRASHED"),
)


def upgrade() -> None:
    """Create every table; those that others refer to come first."""
    _make_hosts()
    _make_schemas_and_results()
    _make_deployments()
    _make_flow_runs()
    _make_events()
    _make_logs()
    _make_task_runs()
    _make_waits()
    _make_answers()
    _make_messages()
    _make_receipts()
    _make_listeners()
    _make_cache()
    _make_drafts()


def _make_hosts() -> None:
    op.create_table(
        "host",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_start", sa.String(), nullable=False),
        sa.Column("hostname", sa.String(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("place", sa.String()),
        sa.Column("worker_id", sa.String()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(_one_of("kind", "script", "worker", "child"), name="host_kind"),
    )


def _make_schemas_and_results() -> None:
    op.create_table(
        "json_schema",
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "result",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
        sqlite_with_rowid=False,
    )


def _make_flow_runs() -> None:
    op.create_table(
        "flow_run",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("flow_name", sa.String(), nullable=False),
        sa.Column("state_type", sa.String(), nullable=False),
        sa.Column("state_name", sa.String(), nullable=False),
        sa.Column("state_message", sa.Text()),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("executions", sa.Integer(), nullable=False),
        sa.Column("recoveries", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String()),
        sa.Column("root_id", sa.String(), nullable=False),
        sa.Column("request", sa.String()),
        sa.Column("requested_by", sa.String()),
        sa.Column("requested_at", sa.BigInteger()),
        sa.Column("host_id", sa.String()),
        sa.Column("call", sa.String()),
        sa.Column("deployment_id", sa.String()),
        sa.Column("idempotency_key", sa.String()),
        sa.Column("caller_id", sa.String()),
        sa.Column("awaited", sa.Boolean()),
        sa.Column("entrypoint", sa.Text()),
        sa.Column("working_directory", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), nullable=False),
        sa.Column("search_path", sa.Text()),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("tags", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(STATE_TYPES, name="flow_run_state_type"),
        sa.CheckConstraint(
            "request IS NULL OR " + _one_of("request", "pause", "suspend", "cancel", "unwind", "release"),
            name="flow_run_request",
        ),
        sa.CheckConstraint("length(id) = 32", name="flow_run_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["root_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"]),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
        sa.ForeignKeyConstraint(["caller_id"], ["flow_run.id"]),
    )
    has_parent = sa.text("parent_id IS NOT NULL")
    op.create_index("flow_run_by_host", "flow_run", ["host_id"], sqlite_where=sa.text("host_id IS NOT NULL"))
    op.create_index("flow_run_by_name", "flow_run", ["name", "id"])
    op.create_index("flow_run_by_flow", "flow_run", ["flow_name", "id"])
    op.create_index("flow_run_by_parent", "flow_run", ["parent_id", "call"], unique=True, sqlite_where=has_parent)
    op.create_index("flow_run_by_root", "flow_run", ["root_id"], sqlite_where=has_parent)
    op.create_index("flow_run_by_state", "flow_run", ["state_type", "id"])
    by_caller = sa.text("caller_id IS NOT NULL")
    op.create_index("flow_run_by_caller", "flow_run", ["caller_id", "call"], unique=True, sqlite_where=by_caller)
    of_deployment, holding = "deployment_id IS NOT NULL", "deployment_id IS NOT NULL AND host_id IS NOT NULL"
    key = ["deployment_id", "idempotency_key"]
    op.create_index("flow_run_by_deployment", "flow_run", key, unique=True, sqlite_where=sa.text(of_deployment))
    op.create_index("flow_run_by_slot", "flow_run", ["deployment_id"], sqlite_where=sa.text(holding))
    op.create_index("flow_run_punctual", "flow_run", ["due_at"], sqlite_where=sa.text("state_name = 'Scheduled'"))
    has_due = sa.text("due_at IS NOT NULL")
    op.create_index("flow_run_due", "flow_run", ["state_type", "due_at"], sqlite_where=has_due)
    key = ["deployment_id", "id"]
    op.create_index("flow_run_of_deployment", "flow_run", key, sqlite_where=sa.text(of_deployment))
    at_top = sa.text("parent_id IS NULL AND caller_id IS NULL")
    op.create_index("flow_run_at_top", "flow_run", ["id"], sqlite_where=at_top)


def _make_events() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("flow_run_id", sa.String(), nullable=False),
        sa.Column("task_run_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.String()),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
    )
    op.create_index("event_by_run", "event", ["flow_run_id", "seq"], sqlite_where=sa.text("task_run_id IS NULL"))
    attempts = sa.text(
        "task_run_id IS NOT NULL AND before IS NOT NULL AND kind = 'state' "
        "AND after <> 'Completed' AND after <> 'Cached'"
    )
    op.create_index("event_of_attempts", "event", ["flow_run_id", "task_run_id"], sqlite_where=attempts)


def _make_logs() -> None:
    op.create_table(
        "log",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("flow_run_id", sa.String(), nullable=False),
        sa.Column("task_run_id", sa.String()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
    )
    op.create_index("log_by_run", "log", ["flow_run_id", "seq"])


def _make_task_runs() -> None:
    op.create_table(
        "task_run",
        sa.Column("flow_run_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("task_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state_type", sa.String(), nullable=False),
        sa.Column("state_name", sa.String(), nullable=False),
        sa.Column("state_message", sa.Text()),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reused", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("tags", sa.Text()),
        sa.Column("called_at", sa.BigInteger()),
        sa.Column("inputs", sa.Text()),
        sa.PrimaryKeyConstraint("flow_run_id", "id"),
        sa.CheckConstraint(STATE_TYPES, name="task_run_state_type"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
        sqlite_with_rowid=False,
    )


def _make_waits() -> None:
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
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(_one_of("status", "open", "decided", "expired", "withdrawn"), name="wait_status"),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="wait_closed"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["schema_digest"], ["json_schema.digest"]),
    )
    live = sa.text("status IN ('open', 'decided')")
    op.create_index("wait_by_key", "wait", ["flow_run_id", "key"], unique=True, sqlite_where=live)
    op.create_index("wait_by_run", "wait", ["flow_run_id"])
    op.create_index("wait_inbox", "wait", ["deadline", "id"], sqlite_where=sa.text("status = 'open'"))


def _make_answers() -> None:
    op.create_table(
        "answer",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wait_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("objections", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(_one_of("verdict", "given", "accepted", "refused"), name="answer_verdict"),
        sa.CheckConstraint("(verdict = 'refused') = (objections IS NOT NULL)", name="answer_objections"),
        sa.ForeignKeyConstraint(["wait_id"], ["wait.id"]),
    )
    op.create_index("answer_by_wait", "answer", ["wait_id", "id"])
    op.create_index("answer_not_taken", "answer", ["wait_id"], sqlite_where=sa.text("verdict = 'given'"))
    standing = sa.text("verdict != 'refused'")
    op.create_index("answer_standing", "answer", ["wait_id"], unique=True, sqlite_where=standing)


def _make_deployments() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("flow_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("schedules", sa.Text(), nullable=False),
        sa.Column("catch_up", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("concurrency_limit", sa.Integer()),
        sa.Column("next_due_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("entrypoint", sa.Text(), nullable=False),
        sa.Column("working_directory", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), nullable=False),
        sa.Column("search_path", sa.Text()),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("parameter_schema", sa.Text()),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(_one_of("catch_up", "once", "all", "skip"), name="deployment_catch_up"),
        sa.CheckConstraint("concurrency_limit > 0", name="deployment_concurrency_limit"),
        sa.CheckConstraint("next_due_at IS NULL OR NOT paused", name="deployment_paused"),
        sa.CheckConstraint("deleted_at IS NULL OR next_due_at IS NULL", name="deployment_deleted"),
    )
    there = sa.text("deleted_at IS NULL")
    op.create_index("deployment_by_name", "deployment", ["flow_name", "name"], unique=True, sqlite_where=there)
    has_next = sa.text("next_due_at IS NOT NULL")
    op.create_index("deployment_due", "deployment", ["next_due_at"], sqlite_where=has_next)


def _make_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flow_run_id", sa.String(), nullable=False),
        sa.Column("prefix", sa.String()),
        sa.Column("type_digest", sa.String()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text()),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("call", sa.String()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("prefix IS NOT NULL OR type_digest IS NOT NULL", name="message_channel"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
    )
    sent = sa.text("call IS NOT NULL")
    op.create_index("message_by_call", "message", ["call"], unique=True, sqlite_where=sent)
    op.create_index("message_by_run", "message", ["flow_run_id", "id"])


def _make_receipts() -> None:
    op.create_table(
        "receipt",
        sa.Column("flow_run_id", sa.String(32), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flow_run_id", "receiver", "position"),
        sa.CheckConstraint("raised IN (0, 1) AND (raised = 0 OR message_id IS NULL)", name="receipt_raised"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"]),
        sqlite_with_rowid=False,
    )


def _make_listeners() -> None:
    op.create_table(
        "listener",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("flow_run_id", sa.String(), nullable=False),
        sa.Column("lasting", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("prefix", sa.String()),
        sa.Column("type_digest", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("schema_digest", sa.String(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("initial", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("lasting IN (0, 1)", name="listener_lasting"),
        sa.ForeignKeyConstraint(["flow_run_id"], ["flow_run.id"]),
        sa.ForeignKeyConstraint(["schema_digest"], ["json_schema.digest"]),
    )
    op.create_index("listener_by_run", "listener", ["flow_run_id"])
    op.create_index("listener_inbox", "listener", ["deadline", "id"])


def _make_cache() -> None:
    op.create_table(
        "cache",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("task_run_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )


def _make_drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wait_id", sa.String()),
        sa.Column("listener_id", sa.String()),
        sa.Column("deployment_id", sa.String()),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("coalesce(wait_id, listener_id, deployment_id) IS NOT NULL", name="draft_subject"),
        sa.ForeignKeyConstraint(["wait_id"], ["wait.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["listener_id"], ["listener.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], ondelete="CASCADE"),
    )
    for of in ("deployment", "listener", "wait"):
        given = sa.text(f"{of}_id IS NOT NULL")
        op.create_index(f"draft_by_{of}", "draft", [f"{of}_id", "author"], unique=True, sqlite_where=given)
