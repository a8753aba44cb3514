"""Asking: opening a wait, finding it again when the code runs again, and handling one that is no longer asked.

A wait is found by its identity (`holdfast.question_identity`). When the code asks something that is not recorded, the
previous question at that place is *superseded*: it is closed, and its answer is used for no other question. Nothing is
lost: if the code asks it later after all, it is *revived* with its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from holdfast.event_kinds import EventKind
from holdfast.exceptions import InvalidFlow, InvalidTransition
from holdfast.question_identity import Identity, by_key
from holdfast.records import Request, Wait, WaitStatus
from holdfast.states import named
from holdfast.store import drafts
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import from_time, new_id, now, to_time
from holdfast.store.inbox import WAIT_BY_ID
from holdfast.store.requests import unwind
from holdfast.store.schemas import save_schema
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import answer, wait
from holdfast.store.transitions import Position, link, move, own_position, position, record
from holdfast.store.wait_rows import to_wait
from holdfast.values.json_text import to_json

_W, _A = wait.c, answer.c
_NEW = wait.alias("new_wait")
_LIVE = or_(_W.status == constant("open"), _W.status == constant("decided"))
_SET_ASIDE = or_(_W.status == constant("superseded"), _W.status == constant("withdrawn"))

_INSERT = Statement(
    insert(wait).values(
        {name: bindparam(name) for name in wait.c.keys() if name not in ("closed_at", "set_aside_at")}  # noqa: SIM118
    )
)
CLOSE = Statement(
    update(wait)
    .where(and_(_W.id == bindparam("wait_id"), _LIVE))
    .values(status=bindparam("new_status"), closed_at=bindparam("at"))
    .returning(_W.flow_run_id, _W.key)
)
_FIND = Statement(
    select(_W.id).where(and_(_W.flow_run_id == bindparam("run_id"), _W.identity == bindparam("which"), _LIVE))
)
_FIND_SET_ASIDE = Statement(
    select(_W.id, _A.verdict)
    .select_from(wait.outerjoin(answer, and_(_A.wait_id == _W.id, _A.verdict != constant("refused"))))
    .where(
        and_(
            _W.flow_run_id == bindparam("run_id"),
            _W.identity == bindparam("which"),
            _SET_ASIDE,
            # Without an answer, only a question superseded by mistake: its form may still be on somebody's screen.
            or_(
                _A.verdict.is_not(None),
                and_(
                    _W.status == constant("superseded"),
                    or_(_W.deadline.is_(None), _W.deadline > bindparam("at")),
                ),
            ),
        )
    )
    .order_by(_A.verdict.is_(None), _W.id.desc())
    .limit(1)
)
_REVIVE = Statement(
    update(wait)
    .where(_W.id == bindparam("wait_id"))
    .values(status=bindparam("new_status"), closed_at=bindparam("closed"), key=bindparam("new_key"))
)
_ASK_AGAIN = Statement(update(wait).where(_W.id == bindparam("wait_id")).values(asked_in=bindparam("execution")))
_REPLACED = Statement(
    select(_W.id)
    .where(
        and_(
            _W.flow_run_id == bindparam("run_id"),
            or_(_W.scope == bindparam("which"), and_(_W.key == bindparam("key"), _W.status == constant("open"))),
            _LIVE,
            _W.asked_in < bindparam("execution"),
        )
    )
    .order_by(
        # An open question of the same key has to make room: a key belongs to one question at a time.
        or_(_W.key != bindparam("key"), _W.status != constant("open")),
        _W.schema_digest.is_not(bindparam("schema")),
        _W.description.is_not(bindparam("words")),
        _W.id,
    )
    .limit(1)
)
_NOT_ASKED = Statement(
    select(_W.id)
    .where(
        and_(
            _W.flow_run_id == bindparam("run_id"),
            _W.scope == select(_NEW.c.scope).where(_NEW.c.id == bindparam("new")).scalar_subquery(),
            _W.schema_digest.is_(select(_NEW.c.schema_digest).where(_NEW.c.id == bindparam("new")).scalar_subquery()),
            _W.status == constant("open"),
            _W.asked_in < bindparam("execution"),
        )
    )
    .order_by(_W.id)
    .limit(1)
)
_TAKE_PLACE = Statement(update(wait).where(_W.id == bindparam("new")).values(replaces_id=bindparam("old")))
_KEYS = Statement(select(_W.key, _W.identity, _W.status, _W.scope).where(_W.flow_run_id == bindparam("run_id")))
_SCHEMA_OF = Statement(select(_W.schema_digest).where(_W.id == bindparam("wait_id")))
_EXPIRED = Statement(
    select(_W.identity, func.count())
    .where(and_(_W.flow_run_id == bindparam("run_id"), _W.status == constant("expired"), _W.set_aside_at.is_(None)))
    .group_by(_W.identity)
)


def open_wait(
    database: Database,
    run_id: str,
    *,
    key: str,
    schema: Mapping[str, Any] | None,
    initial: Mapping[str, Any] | None,
    description: str | None,
    deadline: datetime | None,
    actor: str,
    suspend: bool = False,
    identity: Identity | None = None,
    replaces: bool = True,
    new: str | None = None,
) -> Wait | None:
    """Open a wait and pause its run, or suspend its tree, in one transaction; or find the wait that asks this already.

    A wait that was found may be decided: then the code continues with its answer. Or its deadline passed while nothing
    waited: then it is closed. Returns ``None``, and changes nothing, if there is a request for the run from outside. If
    the tree is leaving its code because another of its calls suspends, this call's question is opened, too.

    ``key`` is the user's name for the wait. With an ``identity`` by content it is only the prefix of the name, and a
    number follows that the run has not used. A wait that is opened has the id ``new``. With ``replaces`` it replaces
    the oldest one of its scope that this execution has not asked: that one is superseded.
    """
    asked = _Asked(key, schema, initial, description, deadline, identity or by_key(key, schema, initial), actor)
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        _refuse_if_over(connection, run_id, at, "Suspended" if suspend else "Paused")
        if at.request is not None and not (suspend and at.request is Request.UNWIND):
            return None
        found = _find(connection, run_id, asked, at)
        if found is not None and found.status is WaitStatus.EXPIRED:
            return close(connection, found, WaitStatus.EXPIRED, at, actor)
        if found is None:
            found = _open(connection, run_id, asked, at, new or new_id(), replaces)
        if found.answer is None and suspend:
            unwind(connection, run_id, actor)
        elif found.answer is None and not at.state.is_paused():
            move(connection, run_id, named("Paused"), actor)
        return found


def replace_not_asked(database: Database, run_id: str, opened: Sequence[str], actor: str) -> list[Wait]:
    """Let questions replace, in order, those that ask for the same and that this execution did not reach.

    This is for questions that an execution has ``opened`` next to one that it found again, once all of its code was
    left: until then the others might still have been asked. Returns the questions that replaced another one.
    """
    with database.write() as connection:
        at = own_position(database, connection, run_id)
        if at.request is not Request.UNWIND:  # a request made the code leave before it reached everything
            return []
        return [each for new in opened if (each := _replace_not_asked(connection, run_id, new, at, actor)) is not None]


def _replace_not_asked(connection: Connection, run_id: str, new: str, at: Position, actor: str) -> Wait | None:
    row = _NOT_ASKED.run(connection, run_id=run_id, new=new, execution=at.columns["executions"]).fetchone()
    if row is None or by_id(connection, new).status is not WaitStatus.OPEN:
        return None
    old = by_id(connection, row[0])
    _supersede(connection, old, at, actor)
    _TAKE_PLACE.run(connection, new=new, old=_offered_by(old))
    drafts.hand_on(connection, old.id.hex, new)
    return by_id(connection, new)


def _refuse_if_over(connection: Connection, run_id: str, at: Position, to: str) -> None:
    """Raise `InvalidTransition` for a run that has ended, or that is below one.

    Then a hook asks, or a thread that was left behind.
    """
    root_id = link(connection, run_id).root_id
    for here in (at, at if root_id == run_id else position(connection, root_id)):
        if here.state.is_final():
            raise InvalidTransition(here.state.name, to)


class _Asked:
    """A run's question in the form in which it is stored."""

    __slots__ = ("actor", "deadline", "description", "identity", "initial", "key", "schema")

    def __init__(
        self,
        key: str,
        schema: Mapping[str, Any] | None,
        initial: Mapping[str, Any] | None,
        description: str | None,
        deadline: datetime | None,
        identity: Identity,
        actor: str,
    ) -> None:
        self.key, self.schema, self.initial, self.description = key, schema, initial, description
        self.deadline, self.identity, self.actor = deadline, identity, actor


def by_id(connection: Connection, wait_id: str) -> Wait:
    """Return the current wait."""
    row = WAIT_BY_ID.run(connection, wait_id=wait_id).fetchone()
    return to_wait(*row, now=now())


def close(connection: Connection, found: Wait, status: WaitStatus, here: Position, actor: str) -> Wait:
    """Close an open wait, with its event. Its unsent drafts are deleted."""
    at, name = now(), here.state.name
    CLOSE.run(connection, wait_id=found.id.hex, new_status=status.value, at=at)
    drafts.forget(connection, found.id.hex)
    record(
        connection, found.flow_run_id.hex, EventKind(status.value), name, actor, before=name, detail=found.key, at=at
    )
    return replace(found, status=status, closed=from_time(at))


def recorded_timeouts(database: Database, run_id: str) -> dict[str, int]:
    """Return how many waits of each identity expired in earlier executions of a run, since it was last retried."""
    return dict(database.rows(_EXPIRED, run_id=run_id))


def _find(connection: Connection, run_id: str, asked: _Asked, at: Position) -> Wait | None:
    """Return the wait that asks this already, marked as asked in this execution; one that was set aside is revived."""
    which = asked.identity.text
    row = _FIND.run(connection, run_id=run_id, which=which).fetchone()
    if row is not None:
        (wait_id,) = row
    else:
        row = _FIND_SET_ASIDE.run(connection, run_id=run_id, which=which, at=now()).fetchone()
        if row is None:
            return None
        wait_id, verdict = row
        _revive(connection, run_id, wait_id, verdict, asked, at)
    _ASK_AGAIN.run(connection, wait_id=wait_id, execution=at.columns["executions"])
    return by_id(connection, wait_id)


def _revive(
    connection: Connection, run_id: str, wait_id: str, verdict: str | None, asked: _Asked, at: Position
) -> None:
    """Restore a wait that was set aside: decided, or open with its answer."""
    decided = verdict == "accepted"
    status = WaitStatus.DECIDED if decided else WaitStatus.OPEN
    if not decided:
        _make_room(connection, run_id, asked, at)
    found = by_id(connection, wait_id)
    closed = None if not decided or found.closed is None else to_time(found.closed)
    _REVIVE.run(connection, wait_id=wait_id, new_status=status.value, closed=closed, new_key=found.key)
    name = at.state.name
    record(connection, run_id, EventKind.REVIVED, name, asked.actor, before=name, detail=found.key)


def _open(connection: Connection, run_id: str, asked: _Asked, at: Position, new: str, replaces: bool) -> Wait:
    digest = None if asked.schema is None else save_schema(connection, asked.schema)
    execution = at.columns["executions"]
    old = None
    if replaces:
        old = _REPLACED.run(
            connection, run_id=run_id, which=asked.identity.scope, key=asked.key, execution=execution, schema=digest,
            words=asked.description,
        ).fetchone()  # fmt: skip
    replaced = None if old is None else by_id(connection, old[0])
    opened_at = now()
    if replaced is not None:
        _supersede(connection, replaced, at, asked.actor)
    _INSERT.run(
        connection,
        id=new,
        flow_run_id=run_id,
        key=_key_for(connection, run_id, asked),
        status=WaitStatus.OPEN.value,
        opened_at=opened_at,
        deadline=None if asked.deadline is None else to_time(asked.deadline),
        schema_digest=digest,
        description=asked.description,
        initial=None if asked.initial is None else to_json(asked.initial),
        identity=asked.identity.text,
        scope=asked.identity.scope,
        asked_in=execution,
        replaces_id=None if replaced is None else _offered_by(replaced),
    )
    if replaced is not None and _SCHEMA_OF.run(connection, wait_id=replaced.id.hex).fetchone() == (digest,):
        drafts.hand_on(connection, replaced.id.hex, new)
    elif replaced is not None:
        drafts.forget(connection, replaced.id.hex)
    opened = by_id(connection, new)
    name = at.state.name
    record(connection, run_id, EventKind.OPENED, name, asked.actor, before=name, detail=opened.key, at=opened_at)
    return opened


def _supersede(connection: Connection, found: Wait, at: Position, actor: str) -> None:
    moment, name = now(), at.state.name
    closed = moment if found.closed is None else to_time(found.closed)
    CLOSE.run(connection, wait_id=found.id.hex, new_status=WaitStatus.SUPERSEDED.value, at=closed)
    record(
        connection, found.flow_run_id.hex, EventKind.SUPERSEDED, name, actor, before=name, detail=found.key, at=moment
    )


def _offered_by(replaced: Wait) -> str:
    """Return the wait whose answer is offered as the new question's draft: the last one that had an answer."""
    before = replaced.replaced
    return before.id.hex if replaced.answer is None and before is not None and before.answer else replaced.id.hex


def _make_room(connection: Connection, run_id: str, asked: _Asked, at: Position) -> None:
    """Supersede the open wait that has the key of a revived one."""
    if not asked.identity.scope.startswith("="):
        return
    old = _REPLACED.run(
        connection, run_id=run_id, which=asked.identity.scope, key=asked.key, execution=at.columns["executions"],
        schema=None, words=None,
    ).fetchone()  # fmt: skip
    if old is not None:
        _supersede(connection, by_id(connection, old[0]), at, asked.actor)


def _key_for(connection: Connection, run_id: str, asked: _Asked) -> str:
    """Return the key that people see: the user's own, or one that no other question of the run has had."""
    rows = _KEYS.run(connection, run_id=run_id).fetchall()
    if asked.identity.scope.startswith("="):
        if any(key == asked.key and status == "open" for key, _, status, _ in rows):
            raise InvalidFlow(
                f"key={asked.key!r} is already the key of another open question of the run: give each question its own."
            )
        return asked.key
    same = next((key for key, identity, _, _ in rows if identity == asked.identity.text), None)
    if same is not None:
        return str(same)
    taken = {key for key, *_ in rows}
    number = 1 + len({key for key, *_, scope in rows if scope == asked.identity.scope})
    while (key := _numbered(asked.key, number)) in taken:
        number += 1
    return key


def _numbered(prefix: str, number: int) -> str:
    """Number a key.

    Questions of the flow's own code have numbers; those of a task run have its name, and from the second on a number.
    """
    if not prefix:
        return str(number)
    return prefix if number == 1 else f"{prefix}-{number}"
