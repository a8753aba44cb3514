"""The cache: which task run's result is reused for which key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, or_, select

from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.expressions import InsertIfNew
from holdfast.store.ids import now
from holdfast.store.statement import Statement
from holdfast.store.tables import cache, result

_C = cache.c
_VALID = or_(_C.expires_at.is_(None), _C.expires_at > bindparam("at"))
_FIND = Statement(
    select(result.c.body)
    .select_from(cache.join(result, result.c.run_id == _C.task_run_id))
    .where(and_(_C.key == bindparam("cache_key"), _VALID))
)
_DROP = Statement(delete(cache).where(_C.key == bindparam("cache_key")))
_DROP_EXPIRED = Statement(delete(cache).where(and_(_C.key == bindparam("cache_key"), _C.expires_at <= bindparam("at"))))
_INSERT = Statement(InsertIfNew(cache, ("key", "task_run_id", "created_at", "expires_at")))


@dataclass(frozen=True, slots=True)
class Entry:
    """The key under which a result is cached."""

    key: str
    lifetime: int | None
    """Microseconds after which it is no longer used."""
    replaces: bool
    """Whether it replaces an existing entry; otherwise the first one recorded stays."""


def find(database: Database, key: str) -> bytes | None:
    """Return the stored result for ``key``, unless it has expired."""
    rows = database.rows(_FIND, cache_key=key, at=now())
    return bytes(rows[0][0]) if rows else None


def save(connection: Connection, entry: Entry, task_run_id: str) -> None:
    """Store the result of a task run for a key."""
    at = now()
    if entry.replaces:
        _DROP.run(connection, cache_key=entry.key)
    else:
        _DROP_EXPIRED.run(connection, cache_key=entry.key, at=at)
    expires = None if entry.lifetime is None else at + entry.lifetime
    _INSERT.run(connection, key=entry.key, task_run_id=task_run_id, created_at=at, expires_at=expires)
