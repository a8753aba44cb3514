"""Drafts: form entries that were not sent. One per person and form; it is deleted when the question is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update

from holdfast.records import Draft, DraftOf
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import from_time, new_id, now
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import deployment, draft, listener, wait
from holdfast.values.json_text import parse_json, to_json

_D = draft.c
_COLUMN = {DraftOf.WAIT: _D.wait_id, DraftOf.LISTENER: _D.listener_id, DraftOf.DEPLOYMENT: _D.deployment_id}
_EXISTS = {
    DraftOf.WAIT: select(wait.c.id).where(and_(wait.c.id == bindparam("of_id"), wait.c.status == constant("open"))),
    DraftOf.LISTENER: select(listener.c.id).where(listener.c.id == bindparam("of_id")),
    DraftOf.DEPLOYMENT: select(deployment.c.id).where(
        and_(deployment.c.id == bindparam("of_id"), deployment.c.deleted_at.is_(None))
    ),
}
_WRITTEN = ("id", "author", "kept_at", "body")


def _keep(of: DraftOf) -> Statement:
    values = [bindparam(f"new_{name}", type_=_D[name].type) for name in _WRITTEN]
    found = _EXISTS[of].add_columns(*values)
    return Statement(insert(draft).from_select((_COLUMN[of].name, *_WRITTEN), found))


_KEEP = {of: _keep(of) for of in DraftOf}
_DISCARD = {
    of: Statement(delete(draft).where(and_(column == bindparam("of_id"), _D.author == bindparam("by"))))
    for of, column in _COLUMN.items()
}
_FIND = {
    of: Statement(select(_D.author, _D.kept_at, _D.body).where(column == bindparam("of_id")).order_by(_D.kept_at))
    for of, column in _COLUMN.items()
}
_FORGET = Statement(delete(draft).where(_D.wait_id == bindparam("wait_id")))
_HAND_ON = Statement(update(draft).where(_D.wait_id == bindparam("old_id")).values(wait_id=bindparam("new_id")))


def keep(database: Database, of: DraftOf, of_id: str, author: str, body: Mapping[str, Any]) -> bool:
    """Store a draft in place of the author's last one. Return ``False`` if there is nothing to answer any more."""
    with database.write() as connection:
        _DISCARD[of].run(connection, of_id=of_id, by=author)
        kept = _KEEP[of].run(
            connection, of_id=of_id, new_id=new_id(), new_author=author, new_kept_at=now(), new_body=to_json(body)
        )
        return kept.rowcount > 0


def discard(database: Database, of: DraftOf, of_id: str, author: str) -> None:
    """Delete the author's draft."""
    with database.write() as connection:
        _DISCARD[of].run(connection, of_id=of_id, by=author)


def find(database: Database, of: DraftOf, of_id: str, author: str) -> Draft | None:
    """Return the author's own draft, otherwise the newest of anybody's."""
    rows = database.rows(_FIND[of], of_id=of_id)
    own = [(by, kept_at, body) for by, kept_at, body in rows if by == author]
    if not rows:
        return None
    by, kept_at, body = (own or rows)[-1]
    return Draft(by, from_time(kept_at), parse_json(body))


def forget(connection: Connection, wait_id: str) -> None:
    """Delete every draft of a wait that is being closed."""
    _FORGET.run(connection, wait_id=wait_id)


def hand_on(connection: Connection, old_id: str, new_id: str) -> None:
    """Move every draft of a wait to the wait that replaces it, which asks for the same fields."""
    _HAND_ON.run(connection, old_id=old_id, new_id=new_id)
