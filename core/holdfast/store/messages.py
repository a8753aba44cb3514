"""Messages to runs: sending them, receiving them in order, and the messages that runs wait for."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select

from holdfast.event_kinds import EventKind
from holdfast.exceptions import NotRunningError
from holdfast.records import Channel, Message
from holdfast.states import state_words
from holdfast.store.database import Database
from holdfast.store.door import Connection
from holdfast.store.ids import new_id, now, to_time
from holdfast.store.rows import MESSAGE_COLUMNS, to_message
from holdfast.store.schemas import save_schema
from holdfast.store.statement import Statement
from holdfast.store.tables import listener, message, receipt
from holdfast.store.transitions import link, own_position, position, record
from holdfast.values.json_text import to_json

_M, _L, _R = message.c, listener.c, receipt.c

_SEND = Statement(
    insert(message).values({name: bindparam(name) for name in message.c.keys() if name != "id"}).returning(_M.id)  # noqa: SIM118
)
_BY_ID = Statement(select(*MESSAGE_COLUMNS).where(_M.id == bindparam("message_id")))
_BY_CALL = Statement(select(*MESSAGE_COLUMNS).where(_M.call == bindparam("of_call")))
_BY_PREFIX = Statement(
    select(*MESSAGE_COLUMNS)
    .where(and_(_M.flow_run_id == bindparam("run_id"), _M.prefix == bindparam("of_prefix")))
    .order_by(_M.id)
    .limit(1)
)
_AFTER = Statement(
    select(_M.id, _M.prefix, _M.type_digest)
    .where(and_(_M.flow_run_id == bindparam("run_id"), _M.id > bindparam("after")))
    .order_by(_M.id)
    .limit(bindparam("limit", required=True))
)
_RECORD = Statement(insert(receipt).values({name: bindparam(name) for name in receipt.c.keys()}))  # noqa: SIM118
_RECORDED = Statement(
    select(_R.message_id, *MESSAGE_COLUMNS)
    .select_from(receipt.outerjoin(message, _M.id == _R.message_id))
    .where(and_(_R.flow_run_id == bindparam("run_id"), _R.receiver == bindparam("of_receiver")))
    .order_by(_R.position)
)
_LISTEN = Statement(insert(listener).values({name: bindparam(name) for name in listener.c.keys()}))  # noqa: SIM118
_WITHDRAW_OFFER = Statement(delete(listener).where(_L.id == bindparam("listener_id")).returning(_L.flow_run_id, _L.key))
_REPLACE = Statement(
    delete(listener).where(
        and_(_L.flow_run_id == bindparam("run_id"), _L.lasting == 1, _L.prefix == bindparam("of_prefix"))
    )
)
_RECEIVED = Statement(
    select(func.count()).select_from(receipt).where(_R.flow_run_id == bindparam("run_id"), _R.message_id.is_not(None))
)
_FIRST_PAGE, _PAGE = 4, 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """The messages that a receiver takes: those sent with its prefix, or without one those of its types."""

    run_id: str
    """The run to which they were sent."""
    prefix: str | None
    digests: frozenset[str] | None
    """``None`` for every type."""

    def fits(self, prefix: str | None, digest: str | None) -> bool:
        """Whether a message that was sent like this is one of them."""
        if prefix is not None or self.prefix is not None:
            return prefix == self.prefix
        return self.digests is None or digest in self.digests


@dataclass(frozen=True, slots=True)
class Slot:
    """The position of a message: the next place of a receiver in a run's code."""

    run_id: str
    receiver: str
    position: int
    raises: bool
    """Whether it raises an exception there if nothing arrives."""
    actor: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The message that a run waits for, as a form shows it."""

    key: str
    channel: Channel
    schema: Mapping[str, Any]
    initial: Mapping[str, Any] | None
    description: str | None
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of looking for the next message."""

    message: Message | None = None
    is_over: bool = False
    """Whether nothing has arrived in time, or can arrive any more."""
    is_held: bool = False
    """Whether there is a request for the receiving run, which comes first."""
    listener_id: str | None = None
    """The offer that is shown while the run waits."""


def send(
    database: Database,
    run_id: str,
    value: Any,
    *,
    prefix: str | None,
    type_digest: str | None,
    sender: str | None,
    actor: str,
    call: str | None = None,
    earlier_call: str | None = None,
    sending_run: str | None = None,
) -> Message:
    """Store a message for a run, and wake the run if it waits for one. A person's message is then on disk.

    A ``call`` that an earlier execution of the ``sending_run`` made is not repeated, whether this version of Holdfast
    recorded it or an earlier one as ``earlier_call``. Raises `NotRunningError` for a run that has ended, and
    `LostUnwind` if another process has the sending run now.
    """
    with database.write(durable=True if call is None else None) as connection:
        if sending_run is not None:
            own_position(database, connection, sending_run)
        for each in (call, earlier_call):
            if each is not None and (row := _BY_CALL.run(connection, of_call=each).fetchone()) is not None:
                return to_message(*row)
        state = position(connection, run_id).state
        if state.is_final():
            name = link(connection, run_id).name
            raise NotRunningError(f"{name} is {state_words(state)}, so it receives no more messages.")
        (message_id,) = _SEND.run(
            connection,
            flow_run_id=run_id,
            prefix=prefix,
            type_digest=type_digest,
            payload=to_json(value),
            sender=sender,
            sent_at=now(),
            call=call,
        ).fetchone()
        sent = to_message(*_BY_ID.run(connection, message_id=message_id).fetchone())
        record(connection, run_id, EventKind.SENT, state.name, actor, before=state.name, detail=sent.key)
    return sent


def look(database: Database, wanted: Wanted, after: int, excluded: Set[str]) -> Taken:
    """Return the next message, for a reader outside of any run."""
    with database.read() as connection:
        found = _next(connection, wanted, after, excluded)
        return Taken(found, is_over=found is None and position(connection, wanted.run_id).state.is_final())


def take(
    database: Database,
    slot: Slot,
    wanted: Wanted,
    *,
    after: int,
    excluded: Set[str],
    give_up: bool,
    offer: Offer | None,
    listener_id: str | None,
) -> Taken:
    """Receive the next message, and record that; or record that there is none if it is time to ``give_up``.

    With an ``offer`` and no message, the run waits from now on, and everybody can see for what.
    """
    with database.write() as connection:
        at = own_position(database, connection, slot.run_id)
        if at.request is not None or at.state.is_final() or at.state.name == "Suspended":
            return Taken(is_held=True, listener_id=listener_id)
        found = _next(connection, wanted, after, excluded)
        is_over = found is None and (give_up or position(connection, wanted.run_id).state.is_final())
        if found is None and not is_over:
            if listener_id is None and offer is not None:
                listener_id = _listen(connection, wanted.run_id, offer, slot.actor, lasting=False)
            return Taken(listener_id=listener_id)
        _RECORD.run(
            connection,
            flow_run_id=slot.run_id,
            receiver=slot.receiver,
            position=slot.position,
            message_id=None if found is None else found.id,
            raised=int(found is None and slot.raises),
            received_at=now(),
        )
        if listener_id is not None:
            _WITHDRAW_OFFER.run(connection, listener_id=listener_id).fetchall()
        heard = (EventKind.UNHEARD, offer.key if offer else None) if found is None else (EventKind.RECEIVED, found.key)
        kind, detail = heard
        record(connection, slot.run_id, kind, at.state.name, slot.actor, before=at.state.name, detail=detail)
        return Taken(found, is_over)


def _next(connection: Connection, wanted: Wanted, after: int, excluded: Set[str]) -> Message | None:
    limit = _FIRST_PAGE  # mostly the next message is the right one
    while True:
        rows = _AFTER.run(connection, run_id=wanted.run_id, after=after, limit=limit).fetchall()
        for message_id, prefix, digest in rows:
            if wanted.fits(prefix, digest):
                found = to_message(*_BY_ID.run(connection, message_id=message_id).fetchone())
                if found.key not in excluded:
                    return found
        if len(rows) < limit:
            return None
        after, limit = rows[-1][0], _PAGE


def recorded(database: Database, run_id: str, receiver: str) -> list[Message | None]:
    """Return what a receiver got in earlier executions, in order; ``None`` if nothing arrived."""
    rows = database.rows(_RECORDED, run_id=run_id, of_receiver=receiver)
    return [None if message_id is None else to_message(*row) for message_id, *row in rows]


def first_with_prefix(database: Database, run_id: str, prefix: str) -> Message | None:
    """Return the first message that was sent to a run with this prefix."""
    rows = database.rows(_BY_PREFIX, run_id=run_id, of_prefix=prefix)
    return to_message(*rows[0]) if rows else None


def offer_until_end(database: Database, run_id: str, offer: Offer, actor: str) -> None:
    """Offer a form to send a message with, until the run ends. It replaces one with the same prefix."""
    with database.write() as connection:
        own_position(database, connection, run_id)
        _REPLACE.run(connection, run_id=run_id, of_prefix=offer.channel.prefix)
        _listen(connection, run_id, offer, actor, lasting=True)


def _listen(connection: Connection, run_id: str, offer: Offer, actor: str, *, lasting: bool) -> str:
    state = position(connection, run_id).state
    if state.is_final():
        name = link(connection, run_id).name
        raise NotRunningError(f"{name} is {state_words(state)}, so it receives no more messages.")
    made = new_id()
    _LISTEN.run(
        connection,
        id=made,
        flow_run_id=run_id,
        lasting=int(lasting),
        key=offer.key,
        prefix=offer.channel.prefix,
        type_digest=offer.channel.type_digest,
        opened_at=now(),
        deadline=None if offer.deadline is None else to_time(offer.deadline),
        schema_digest=save_schema(connection, offer.schema),
        description=offer.description,
        initial=None if offer.initial is None else to_json(offer.initial),
    )
    record(connection, run_id, EventKind.LISTENING, state.name, actor, before=state.name, detail=offer.key)
    return made


def withdraw_offer(database: Database, listener_id: str, actor: str) -> None:
    """Withdraw an offer, because the waiting code has been left."""
    with database.write() as connection:
        row = _WITHDRAW_OFFER.run(connection, listener_id=listener_id).fetchone()
        if row is not None:
            run_id, key = row
            state = own_position(database, connection, run_id).state
            record(connection, run_id, EventKind.UNHEARD, state.name, actor, before=state.name, detail=key)


def count_received(database: Database, run_id: str) -> int:
    """Return the number of messages that a run has received."""
    ((found,),) = database.rows(_RECEIVED, run_id=run_id)
    return int(found)
