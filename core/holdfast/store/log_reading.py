"""Reading a log in pieces: that of a run or a task, from a level on. A run may log a million lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from holdfast.records import Log, LogOf
from holdfast.store.database import Database
from holdfast.store.rows import LOG_COLUMNS, to_log
from holdfast.store.statement import Statement
from holdfast.store.tables import log

_TASK_ID: BindParameter[Any] = bindparam("task_id")
_OF = and_(
    log.c.flow_run_id == bindparam("run_id"),
    or_(_TASK_ID.is_(None), log.c.task_run_id == _TASK_ID),
    log.c.level >= bindparam("level"),
)
_BEFORE = log.c.seq < bindparam("before")
_AFTER = Statement(
    select(*LOG_COLUMNS)
    .where(_OF, log.c.seq > bindparam("after"))
    .order_by(log.c.seq)
    .limit(bindparam("limit"))
)  # fmt: skip
_BACK = Statement(select(*LOG_COLUMNS).where(_OF, _BEFORE).order_by(log.c.seq.desc()).limit(bindparam("limit")))
_MESSAGES = Statement(
    select(log.c.seq, log.c.message).where(_OF, _BEFORE).order_by(log.c.seq.desc()).limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).select_from(log).where(_OF))
_COUNT_ALL = Statement(select(func.count()).select_from(log).where(log.c.flow_run_id == bindparam("run_id")))
_LAST = Statement(select(func.max(log.c.seq)).where(log.c.flow_run_id == bindparam("run_id")))

_PAGE = 10_000
END = 2**63 - 1
"""A position after every line."""


def _named(of: LogOf) -> dict[str, Any]:
    task = None if of.task_run_id is None else of.task_run_id.hex
    return {"run_id": of.flow_run_id.hex, "task_id": task, "level": of.level}


def after(database: Database, of: LogOf, seq: int, limit: int) -> list[Log]:
    """Return the first lines after the line ``seq``, in order."""
    return [to_log(*row) for row in database.rows(_AFTER, **_named(of), after=seq, limit=limit)]


def before(database: Database, of: LogOf, seq: int, limit: int) -> list[Log]:
    """Return the last lines before the line ``seq``, in order."""
    return [to_log(*row) for row in reversed(database.rows(_BACK, **_named(of), before=seq, limit=limit))]


def pages(database: Database, of: LogOf) -> Iterator[list[Log]]:
    """Yield all lines in order, page by page."""
    found: list[Log] = []
    while found := after(database, of, found[-1].seq if found else 0, _PAGE):
        yield found


def messages_before(database: Database, of: LogOf, seq: int, limit: int) -> list[tuple[int, str]]:
    """Return position and text of the last lines before the line ``seq``, the last one first."""
    rows = database.rows(_MESSAGES, **_named(of), before=seq, limit=limit)
    return [(place, message) for place, message in rows]


def count(database: Database, of: LogOf) -> int:
    """Return the number of lines."""
    if of.task_run_id is None and not of.level:  # the index is enough
        ((found,),) = database.rows(_COUNT_ALL, run_id=of.flow_run_id.hex)
    else:
        ((found,),) = database.rows(_COUNT, **_named(of))
    return int(found)


def last_of_run(database: Database, flow_run_id: UUID) -> int:
    """Return the last line of a run, of any task and level; 0 if there is none."""
    ((found,),) = database.rows(_LAST, run_id=flow_run_id.hex)
    return int(found or 0)
