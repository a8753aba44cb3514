"""The rows of the database.

Callers do not see rows (they see `holdfast.records`). Their classes are in a separate registry, so that they never mix
with a user's tables. Columns contain what every database has: text, integers, bytes. Ids are UUIDv7 as 32 hexadecimal
digits, so that their order is the order of creation. Times are microseconds since 1970. The file itself refuses invalid
rows: see the CHECK constraints and the partial unique indexes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    and_,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from holdfast.records import HostKind, Request, WaitStatus
from holdfast.schedules import CatchUp
from holdfast.states import StateType

VERSION = "0002"
"""The newest revision in `holdfast.store.migrations`, which has these tables."""


class Verdict(StrEnum):
    """The verdict on an answer."""

    GIVEN = "given"
    ACCEPTED = "accepted"
    REFUSED = "refused"


OF_ATTEMPTS = (
    "task_run_id IS NOT NULL AND before IS NOT NULL AND kind = 'state' AND after <> 'Completed' AND after <> 'Cached'"
)
"""The events that separate the attempts of a task: a first start has no state before it."""


def _one_of(column: str, values: type[StrEnum]) -> str:
    # SQLite makes a table of an IN list for each row that it checks; a chain of comparisons costs a tenth.
    return "(" + " OR ".join(f"{column} = '{each.value}'" for each in values) + ")"


def partial(condition: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """Return the arguments that make an `Index` partial: it contains only the rows that fit the condition.

    Each dialect has its own argument, and without it makes a full index. A full unique index refuses valid rows. So all
    dialects belong in here. SQLAlchemy loads a dialect for its argument, PostgreSQL's in 50 ms, so one that is not in
    use is left out.
    """
    return {"sqlite_where": condition}


_DEPLOYED = Column("deployment_id").is_not(None)
_LIVE = Column("status").in_(["open", "decided"])


class Row(SQLModel, registry=registry()):
    """The base class of all rows."""

    __tablename__: ClassVar[Any]
    metadata = MetaData()


class FlowRunRow(Row, table=True):
    """A flow run. Columns that lists do not show come last, so that reading a list does not touch them.

    A child that executes in the process of its root has a ``parent_id``. One that a deployment executes in a separate
    process has a ``caller_id``, and is ``awaited`` if its caller was suspended until it ends.
    """

    __tablename__ = "flow_run"
    __table_args__ = (
        CheckConstraint(_one_of("state_type", StateType), name="flow_run_state_type"),
        CheckConstraint(f"request IS NULL OR {_one_of('request', Request)}", name="flow_run_request"),
        CheckConstraint("length(id) = 32", name="flow_run_id"),
        Index("flow_run_by_state", "state_type", "id"),
        Index("flow_run_by_name", "name", "id"),
        Index("flow_run_by_flow", "flow_name", "id"),
        Index("flow_run_by_parent", "parent_id", "call", unique=True, **partial(Column("parent_id").is_not(None))),
        Index("flow_run_by_root", "root_id", **partial(Column("parent_id").is_not(None))),
        Index("flow_run_by_host", "host_id", **partial(Column("host_id").is_not(None))),
        Index("flow_run_due", "state_type", "due_at", **partial(Column("due_at").is_not(None))),
        Index("flow_run_punctual", "due_at", **partial(Column("state_name") == "Scheduled")),
        Index("flow_run_by_deployment", "deployment_id", "idempotency_key", unique=True, **partial(_DEPLOYED)),
        Index("flow_run_by_slot", "deployment_id", **partial(and_(_DEPLOYED, Column("host_id").is_not(None)))),
        Index("flow_run_of_deployment", "deployment_id", "id", **partial(_DEPLOYED)),
        Index("flow_run_at_top", "id", **partial(and_(Column("parent_id").is_(None), Column("caller_id").is_(None)))),
        Index("flow_run_by_caller", "caller_id", "call", unique=True, **partial(Column("caller_id").is_not(None))),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    name: str
    flow_name: str
    state_type: str
    state_name: str
    state_message: str | None = Field(default=None, sa_type=Text)
    state_at: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    started_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    executions: int = Field(default=0)
    recoveries: int = Field(default=0)
    parent_id: str | None = Field(default=None, foreign_key="flow_run.id")
    root_id: str = Field(foreign_key="flow_run.id")
    request: str | None = None
    requested_by: str | None = None
    requested_at: int | None = Field(default=None, sa_type=BigInteger)
    host_id: str | None = Field(default=None, foreign_key="host.id")
    call: str | None = None
    deployment_id: str | None = Field(default=None, foreign_key="deployment.id")
    idempotency_key: str | None = None
    caller_id: str | None = Field(default=None, foreign_key="flow_run.id")
    awaited: bool | None = None
    entrypoint: str | None = Field(default=None, sa_type=Text)
    working_directory: str = Field(sa_type=Text)
    interpreter: str = Field(sa_type=Text)
    search_path: str | None = Field(default=None, sa_type=Text)
    arguments: str = Field(sa_type=Text)
    parameters: bytes = Field(sa_type=LargeBinary)
    attempt: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    tags: str | None = Field(default=None, sa_type=Text)


class TaskRunRow(Row, table=True):
    """One call of a task; ``call`` is the identity by which re-execution finds it.

    The table is its own index, in the order in which a run's tasks started: a checkpoint touches one page of it.
    ``called_at`` is the time at which it first started, if a later execution started it again. ``inputs`` is a short
    text of its inputs for people.
    """

    __tablename__ = "task_run"
    __table_args__ = (
        CheckConstraint(_one_of("state_type", StateType), name="task_run_state_type"),
        {"sqlite_with_rowid": False},
    )

    flow_run_id: str = Field(sa_column=Column(String(32), ForeignKey("flow_run.id"), primary_key=True, nullable=False))
    id: str = Field(sa_column=Column(String(32), primary_key=True))
    call: str
    task_name: str
    name: str
    state_type: str
    state_name: str
    state_message: str | None = Field(default=None, sa_type=Text)
    state_at: int = Field(sa_type=BigInteger)
    started_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    reused: int = Field(default=0)
    attempt: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    tags: str | None = Field(default=None, sa_type=Text)
    called_at: int | None = Field(default=None, sa_type=BigInteger)
    inputs: str | None = Field(default=None, sa_type=Text)


class ResultRow(Row, table=True):
    """The result or exception of a flow run or task run, separate from the rows that lists read."""

    __tablename__ = "result"
    __table_args__ = ({"sqlite_with_rowid": False},)

    run_id: str = Field(sa_column=Column(String(32), primary_key=True))
    body: bytes = Field(sa_type=LargeBinary)


class EventRow(Row, table=True):
    """Everything that happened, in order: the audit trail, the history, and the feed that the app follows.

    The newest event is never deleted, so that ``seq`` never decreases. Only a run's own events are indexed by run: the
    rows of its tasks have their history, and this index would cost every checkpoint a page. Of the events of tasks,
    only those are indexed that separate one attempt from the next, which most tasks do not have.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("event_by_run", "flow_run_id", "seq", **partial(Column("task_run_id").is_(None))),
        Index("event_of_attempts", "flow_run_id", "task_run_id", **partial(text(OF_ATTEMPTS))),
    )

    seq: int = Field(sa_column=Column(Integer, primary_key=True))
    flow_run_id: str = Field(foreign_key="flow_run.id")
    task_run_id: str | None = None
    kind: str
    before: str | None = None
    after: str
    at: int = Field(sa_type=BigInteger)
    actor: str
    detail: str | None = Field(default=None, sa_type=Text)


class JsonSchemaRow(Row, table=True):
    """A schema that waits refer to. It is stored once, even for a million waits of one flow."""

    __tablename__ = "json_schema"

    digest: str = Field(sa_column=Column(String(32), primary_key=True))
    body: str = Field(sa_type=Text)


class WaitRow(Row, table=True):
    """A question of a run. At most one per identity is open or decided, and at most one per key is open.

    ``asked_in`` is the execution of the run that asked it last. ``replaces_id`` is the wait that it replaced because
    the code asks something else there now. ``set_aside_at`` is the time at which a retry made an expired wait no longer
    count.
    """

    __tablename__ = "wait"
    __table_args__ = (
        CheckConstraint(_one_of("status", WaitStatus), name="wait_status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="wait_closed"),
        Index("wait_by_key", "flow_run_id", "key", unique=True, **partial(Column("status") == "open")),
        Index("wait_by_identity", "flow_run_id", "identity", unique=True, **partial(_LIVE)),
        Index("wait_inbox", "deadline", "id", **partial(Column("status") == "open")),
        Index("wait_by_run", "flow_run_id"),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    flow_run_id: str = Field(foreign_key="flow_run.id")
    key: str
    status: str
    opened_at: int = Field(sa_type=BigInteger)
    deadline: int | None = Field(default=None, sa_type=BigInteger)
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    schema_digest: str | None = Field(default=None, foreign_key="json_schema.digest")
    description: str | None = Field(default=None, sa_type=Text)
    initial: str | None = Field(default=None, sa_type=Text)
    identity: str
    scope: str
    asked_in: int
    replaces_id: str | None = Field(default=None, foreign_key="wait.id")
    set_aside_at: int | None = Field(default=None, sa_type=BigInteger)


class AnswerRow(Row, table=True):
    """An answer to a wait. Only one answer is not refused."""

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint(_one_of("verdict", Verdict), name="answer_verdict"),
        CheckConstraint("(verdict = 'refused') = (objections IS NOT NULL)", name="answer_objections"),
        Index("answer_standing", "wait_id", unique=True, **partial(Column("verdict") != "refused")),
        Index("answer_by_wait", "wait_id", "id"),
        Index("answer_not_taken", "wait_id", **partial(Column("verdict") == "given")),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    wait_id: str = Field(foreign_key="wait.id")
    verdict: str
    value: str = Field(sa_type=Text)
    given_by: str
    given_at: int = Field(sa_type=BigInteger)
    channel: str
    objections: str | None = Field(default=None, sa_type=Text)


class LogRow(Row, table=True):
    """A log line of a run."""

    __tablename__ = "log"
    __table_args__ = (Index("log_by_run", "flow_run_id", "seq"),)

    seq: int = Field(sa_column=Column(Integer, primary_key=True))
    flow_run_id: str = Field(foreign_key="flow_run.id")
    task_run_id: str | None = None
    at: int = Field(sa_type=BigInteger)
    level: int
    message: str = Field(sa_type=Text)


class CacheRow(Row, table=True):
    """Which task run's result is reused for which cache key."""

    __tablename__ = "cache"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    task_run_id: str
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)


class HostRow(Row, table=True):
    """A process that executes runs.

    ``place`` is where a worker runs. ``worker_id`` is the worker that started a child, and may be gone before the child
    is.
    """

    __tablename__ = "host"
    __table_args__ = (CheckConstraint(_one_of("kind", HostKind), name="host_kind"),)

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    kind: str
    pid: int
    process_start: str
    hostname: str
    slots: int
    registered_at: int = Field(sa_type=BigInteger)
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    place: str | None = None
    worker_id: str | None = None


class DeploymentRow(Row, table=True):
    """A flow that is run by name or by schedule: where its code is, and its settings.

    The row of a deleted deployment stays, since its runs stay and refer to it.
    """

    __tablename__ = "deployment"
    __table_args__ = (
        CheckConstraint(_one_of("catch_up", CatchUp), name="deployment_catch_up"),
        CheckConstraint("concurrency_limit > 0", name="deployment_concurrency_limit"),
        CheckConstraint("next_due_at IS NULL OR NOT paused", name="deployment_paused"),
        CheckConstraint("deleted_at IS NULL OR next_due_at IS NULL", name="deployment_deleted"),
        Index("deployment_by_name", "flow_name", "name", unique=True, **partial(Column("deleted_at").is_(None))),
        Index("deployment_due", "next_due_at", **partial(Column("next_due_at").is_not(None))),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    flow_name: str
    name: str
    tags: str = Field(sa_type=Text)
    schedules: str = Field(sa_type=Text)
    catch_up: str
    paused: bool
    concurrency_limit: int | None = None
    next_due_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    entrypoint: str = Field(sa_type=Text)
    working_directory: str = Field(sa_type=Text)
    interpreter: str = Field(sa_type=Text)
    search_path: str | None = Field(default=None, sa_type=Text)
    arguments: str = Field(sa_type=Text)
    parameters: bytes = Field(sa_type=LargeBinary)
    parameter_schema: str | None = Field(default=None, sa_type=Text)
    deleted_at: int | None = Field(default=None, sa_type=BigInteger)


class MessageRow(Row, table=True):
    """A message that was sent to a run. Messages are received in the order of their ids."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("prefix IS NOT NULL OR type_digest IS NOT NULL", name="message_channel"),
        Index("message_by_run", "flow_run_id", "id"),
        Index("message_by_call", "call", unique=True, **partial(Column("call").is_not(None))),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    flow_run_id: str = Field(foreign_key="flow_run.id")
    prefix: str | None = None
    type_digest: str | None = None
    payload: str = Field(sa_type=Text)
    sender: str | None = Field(default=None, sa_type=Text)
    sent_at: int = Field(sa_type=BigInteger)
    call: str | None = None


class ReceiptRow(Row, table=True):
    """What one receiver in a run's code got, in order: a message, or none in time.

    In the second case it may have raised an exception.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("raised IN (0, 1) AND (raised = 0 OR message_id IS NULL)", name="receipt_raised"),
        {"sqlite_with_rowid": False},
    )

    flow_run_id: str = Field(sa_column=Column(String(32), ForeignKey("flow_run.id"), primary_key=True, nullable=False))
    receiver: str = Field(sa_column=Column(String, primary_key=True, nullable=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, nullable=False))
    message_id: int | None = Field(default=None, foreign_key="message.id")
    raised: int
    received_at: int = Field(sa_type=BigInteger)


class ListenerRow(Row, table=True):
    """A message that a run waits for: the form that is offered for it.

    It exists while the run's code waits for a message. One that was saved by code lasts until the run ends.
    """

    __tablename__ = "listener"
    __table_args__ = (
        CheckConstraint("lasting IN (0, 1)", name="listener_lasting"),
        Index("listener_by_run", "flow_run_id"),
        Index("listener_inbox", "deadline", "id"),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    flow_run_id: str = Field(foreign_key="flow_run.id")
    lasting: int
    key: str
    prefix: str | None = None
    type_digest: str
    opened_at: int = Field(sa_type=BigInteger)
    deadline: int | None = Field(default=None, sa_type=BigInteger)
    schema_digest: str = Field(foreign_key="json_schema.digest")
    description: str | None = Field(default=None, sa_type=Text)
    initial: str | None = Field(default=None, sa_type=Text)


class DraftRow(Row, table=True):
    """What somebody entered into the form of a wait, a listener or a deployment, and has not sent.

    It is deleted with it.
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("coalesce(wait_id, listener_id, deployment_id) IS NOT NULL", name="draft_subject"),
        Index("draft_by_wait", "wait_id", "author", unique=True, **partial(Column("wait_id").is_not(None))),
        Index("draft_by_listener", "listener_id", "author", unique=True, **partial(Column("listener_id").is_not(None))),
        Index("draft_by_deployment", "deployment_id", "author", unique=True, **partial(_DEPLOYED)),
    )

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    wait_id: str | None = Field(default=None, foreign_key="wait.id", ondelete="CASCADE")
    listener_id: str | None = Field(default=None, foreign_key="listener.id", ondelete="CASCADE")
    deployment_id: str | None = Field(default=None, foreign_key="deployment.id", ondelete="CASCADE")
    author: str
    kept_at: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)


def _table(of: type[Row]) -> Table:
    """Return the table of a class of rows. SQLModel makes it, but does not tell type checkers."""
    return Row.metadata.tables[str(of.__tablename__)]


flow_run = _table(FlowRunRow)
task_run = _table(TaskRunRow)
result = _table(ResultRow)
event = _table(EventRow)
json_schema = _table(JsonSchemaRow)
wait = _table(WaitRow)
answer = _table(AnswerRow)
log = _table(LogRow)
host = _table(HostRow)
deployment = _table(DeploymentRow)
message = _table(MessageRow)
receipt = _table(ReceiptRow)
listener = _table(ListenerRow)
cache = _table(CacheRow)
draft = _table(DraftRow)
