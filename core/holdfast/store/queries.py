"""Reading for the app and the command line: lists by keyset, and everything about one run."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select

from holdfast.exceptions import AmbiguousFlowRun, FlowRunNotFound
from holdfast.filters import InboxFilter as InboxFilter
from holdfast.filters import RunFilter as RunFilter
from holdfast.records import Event, FlowRun, Log, Message, Origin, TaskRun, Wait
from holdfast.store import origins
from holdfast.store.database import Database
from holdfast.store.ids import now
from holdfast.store.inbox import LISTENERS, WAITS
from holdfast.store.inbox import asking as asking
from holdfast.store.inbox import count_open_waits as count_open_waits
from holdfast.store.inbox import count_unanswered_waits as count_unanswered_waits
from holdfast.store.inbox import find_waits as find_waits
from holdfast.store.inbox import inbox as inbox
from holdfast.store.inbox import last_decided_below as last_decided_below
from holdfast.store.inbox import waits_below as waits_below
from holdfast.store.inbox import waits_with_process as waits_with_process
from holdfast.store.rows import (
    EVENT_COLUMNS,
    FLOW_RUN_COLUMNS,
    LOG_COLUMNS,
    MESSAGE_COLUMNS,
    TASK_RUN_COLUMNS,
    to_event,
    to_flow_run,
    to_log,
    to_message,
    to_task_run,
)
from holdfast.store.run_lists import count_flow_runs as count_flow_runs
from holdfast.store.run_lists import list_flow_runs as list_flow_runs
from holdfast.store.run_lists import nth_flow_run_id as nth_flow_run_id
from holdfast.store.statement import Statement
from holdfast.store.tables import (
    answer,
    event,
    flow_run,
    listener,
    log,
    message,
    result,
    task_run,
    wait,
)
from holdfast.store.wait_rows import to_listener, to_wait

_R, _W, _A, _L, _M = flow_run.c, wait.c, answer.c, listener.c, message.c

_WAITS_OF_RUN = Statement(WAITS.where(_W.flow_run_id == bindparam("run_id")).order_by(_W.id))

_LISTENERS_OF_RUN = Statement(LISTENERS.where(_L.flow_run_id == bindparam("run_id")).order_by(_L.id))
_MESSAGES = Statement(
    select(*MESSAGE_COLUMNS)
    .where(and_(_M.flow_run_id == bindparam("run_id"), _M.id > bindparam("after")))
    .order_by(_M.id)
    .limit(bindparam("limit"))
)

_BY_ID = Statement(select(*FLOW_RUN_COLUMNS).where(_R.id == bindparam("run_id")))
_BY_NAME = Statement(select(*FLOW_RUN_COLUMNS).where(_R.name == bindparam("name")).order_by(_R.id.desc()).limit(10))
_BY_PREFIX = Statement(
    select(*FLOW_RUN_COLUMNS)
    .where(and_(_R.id >= bindparam("first"), _R.id <= bindparam("last")))
    .order_by(_R.id)
    .limit(10)
)
_ORIGIN = Statement(select(*(_R[name] for name in origins.COLUMNS)).where(_R.id == bindparam("run_id")))
_PARAMETERS = Statement(select(_R.parameters).where(_R.id == bindparam("run_id")))
_RESULT = Statement(select(result.c.body).where(result.c.run_id == bindparam("run_id")))
_CHILDREN = Statement(
    select(*FLOW_RUN_COLUMNS)
    .where(or_(_R.parent_id == bindparam("run_id"), _R.caller_id == bindparam("run_id")))
    .order_by(_R.id)
)
_TASK_RUN = Statement(
    select(*TASK_RUN_COLUMNS).where(
        and_(task_run.c.flow_run_id == bindparam("run_id"), task_run.c.id == bindparam("task_id"))
    )
)
_TASK_RUNS = Statement(
    select(*TASK_RUN_COLUMNS)
    .where(and_(task_run.c.flow_run_id == bindparam("run_id"), task_run.c.id > bindparam("after")))
    .order_by(task_run.c.id)
    .limit(bindparam("limit"))
)
_EVENTS = Statement(
    select(*EVENT_COLUMNS)
    .where(
        and_(
            event.c.flow_run_id == bindparam("run_id"), event.c.task_run_id.is_(None), event.c.seq > bindparam("after")
        )
    )
    .order_by(event.c.seq)
    .limit(bindparam("limit"))
)
_LOGS = Statement(
    select(*LOG_COLUMNS)
    .where(and_(log.c.flow_run_id == bindparam("run_id"), log.c.seq > bindparam("after")))
    .order_by(log.c.seq)
    .limit(bindparam("limit"))
)


def find_flow_run(database: Database, reference: str | UUID) -> FlowRun:
    """Return the flow run with this id, unique id prefix or name; if several have the name, the newest.

    Raises `FlowRunNotFound` or `AmbiguousFlowRun`.
    """
    text = str(reference)
    digits = text.replace("-", "").lower()
    if digits and len(digits) <= 32 and all(each in "0123456789abcdef" for each in digits):
        rows = database.rows(_BY_PREFIX, first=digits.ljust(32, "0"), last=digits.ljust(32, "f"))
        if len(rows) > 1:
            raise AmbiguousFlowRun(text, [to_flow_run(*row).id for row in rows])
        if rows:
            return to_flow_run(*rows[0])
    rows = database.rows(_BY_NAME, name=text)
    if not rows:
        raise FlowRunNotFound(text)
    return to_flow_run(*rows[0])


def get_flow_run(database: Database, run_id: UUID) -> FlowRun:
    """Return the flow run with this id. Raises `FlowRunNotFound`."""
    rows = database.rows(_BY_ID, run_id=run_id.hex)
    if not rows:
        raise FlowRunNotFound(str(run_id))
    return to_flow_run(*rows[0])


def get_listeners(database: Database, run_id: UUID) -> list[Wait]:
    """Return the messages that a run waits for now."""
    return [to_listener(*row) for row in database.rows(_LISTENERS_OF_RUN, run_id=run_id.hex)]


def get_messages(database: Database, run_id: UUID, *, after: int = 0, limit: int = 10_000) -> list[Message]:
    """Return the messages that were sent to a run, in order."""
    return [to_message(*row) for row in database.rows(_MESSAGES, run_id=run_id.hex, after=after, limit=limit)]


def get_waits(database: Database, run_id: UUID) -> list[Wait]:
    """Return all waits of a run, oldest first."""
    at = now()
    return [to_wait(*row, now=at) for row in database.rows(_WAITS_OF_RUN, run_id=run_id.hex)]


def get_children(database: Database, run_id: UUID) -> list[FlowRun]:
    """Return the child runs of a run, including those of deployments that it called, oldest first."""
    return [to_flow_run(*row) for row in database.rows(_CHILDREN, run_id=run_id.hex)]


def get_task_runs(database: Database, run_id: UUID, *, after: UUID | None = None, limit: int = 10_000) -> list[TaskRun]:
    """Return the task runs of a run in the order of their start."""
    last = "" if after is None else after.hex
    return [to_task_run(*row) for row in database.rows(_TASK_RUNS, run_id=run_id.hex, after=last, limit=limit)]


def get_task_run(database: Database, flow_run_id: UUID, task_run_id: UUID) -> TaskRun:
    """Return a task run by its id. Raises `FlowRunNotFound`."""
    rows = database.rows(_TASK_RUN, run_id=flow_run_id.hex, task_id=task_run_id.hex)
    if not rows:
        raise FlowRunNotFound(str(task_run_id))
    return to_task_run(*rows[0])


def get_events(database: Database, run_id: UUID, *, after: int = 0, limit: int = 10_000) -> list[Event]:
    """Return the events of a run itself, not those of its tasks, in order."""
    return [to_event(*row) for row in database.rows(_EVENTS, run_id=run_id.hex, after=after, limit=limit)]


def get_logs(database: Database, run_id: UUID, *, after: int = 0, limit: int = 10_000) -> list[Log]:
    """Return the log lines of a run after the line ``after``, in order."""
    return [to_log(*row) for row in database.rows(_LOGS, run_id=run_id.hex, after=after, limit=limit)]


def get_origin(database: Database, run_id: UUID) -> Origin:
    """Return where a run's code is."""
    (row,) = database.rows(_ORIGIN, run_id=run_id.hex)
    return origins.origin_from(*row)


def get_parameters(database: Database, run_id: UUID) -> bytes:
    """Return a run's parameters as they were stored."""
    ((body,),) = database.rows(_PARAMETERS, run_id=run_id.hex)
    return bytes(body)


def get_result(database: Database, run_id: UUID) -> bytes | None:
    """Return the result or exception of a flow run or task run, as it was stored."""
    rows = database.rows(_RESULT, run_id=run_id.hex)
    return bytes(rows[0][0]) if rows else None
