"""Receiving messages: in order, the same in every execution, and waiting for the next one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast import context
from holdfast.context import FlowRunContext
from holdfast.engine.drive.boundary import boundary, changes, check_told, withdraw_left_waits
from holdfast.engine.drive.effects import Logic, WaitFor
from holdfast.exceptions import Path, ReceiveTimeout
from holdfast.logging import run_logger
from holdfast.questions import Question
from holdfast.records import Channel, Message
from holdfast.store import messages
from holdfast.store.database import Database
from holdfast.store.messages import Offer, Slot, Taken, Wanted
from holdfast.type_guards import is_dict


@dataclass(slots=True, eq=False)
class Reception:
    """One receiver: which messages it takes, and its position among them.

    Like every receiver it begins with the first message that was ever sent to the run.
    """

    database: Database
    run: FlowRunContext | None
    """The run whose code receives; ``None`` outside of a run."""
    wanted: Wanted
    name: str
    """The name of what is received, for people: the prefix or the type."""
    channel: Channel
    question: Question
    timeout: float | None
    excluded: set[str]
    receiver: str = ""
    """The identity by which the receiver is found when the run executes again."""
    raises: bool = True
    """Whether it raises an exception if nothing arrives, or just ends."""
    recorded: list[Message | None] | None = None
    """The messages that it received in earlier executions; read when first needed."""
    position: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        if self.run is not None:
            self.receiver = _identity(self.run, self.wanted)


def _identity(run: FlowRunContext, wanted: Wanted) -> str:
    """Return the identity of this receiver in every execution: what it takes, and how many equal receivers came before.

    Tasks may reach their receivers in different orders, so those are counted by task run.
    """
    here = context.current()
    scope = here.task_run_id.hex[-12:] if isinstance(here, context.TaskRunContext) else "flow"
    source = "" if wanted.run_id == run.flow_run_id.hex else f" of {wanted.run_id}"
    digests = "any" if wanted.digests is None else "+".join(sorted(each[:12] for each in wanted.digests))
    what = f"{scope}: {wanted.prefix or digests}{source}"
    return f"{what}#{run.counter.next(f'receive {what}')}"


def receive(reception: Reception) -> Logic[tuple[Any, Message]]:
    """Return the next message: as the receiving code gets it, and as it was sent. Raises `ReceiveTimeout`.

    A message that does not fit is skipped, and the run's log says so. Time during which the run is paused from outside
    does not count.
    """
    patience = _Patience(None if reception.timeout is None else time.monotonic() + reception.timeout)
    while True:
        message = yield from _next(reception, patience)
        reception.position += 1
        if message is None:
            within = "" if reception.timeout is None else f" within {reception.timeout:g} seconds"
            raise ReceiveTimeout(f"No {reception.name} was received{within}.")
        reception.after = message.id
        value, objections = reception.question.objections(shaped(reception.question, message.value))
        if not objections:
            return value, message
        _tell_unfit(reception, message, objections)


@dataclass(slots=True)
class _Patience:
    """The time that a receiver still waits."""

    ends: float | None

    def left(self) -> float | None:
        """Return the remaining seconds; ``None`` for no limit."""
        return None if self.ends is None else max(0.0, self.ends - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Add time that does not count."""
        if self.ends is not None:
            self.ends += seconds


def _next(reception: Reception, patience: _Patience) -> Logic[Message | None]:
    run = reception.run
    if run is None:
        return (yield from _watch(reception, patience))
    yield from check_told(run)
    withdraw_left_waits(run)
    if reception.recorded is None:
        reception.recorded = messages.recorded(reception.database, run.flow_run_id.hex, reception.receiver)
    if reception.position < len(reception.recorded):
        yield from boundary(run)
        return reception.recorded[reception.position]
    taken = _take(reception, run, patience, None, offered=False)
    if taken.message is not None or taken.is_over:
        return taken.message
    return (yield from _listen(reception, run, patience))


def _listen(reception: Reception, run: FlowRunContext, patience: _Patience) -> Logic[Message | None]:
    """Wait for a message in the run's code; the store shows what it waits for. Requests for the run come first."""
    database, listener_id = reception.database, None
    with changes(database, *{run.flow_run_id.hex, reception.wanted.run_id}) as signal:
        try:
            while True:
                signal.clear()
                taken = _take(reception, run, patience, listener_id, offered=True)
                listener_id = taken.listener_id
                if taken.message is not None or taken.is_over:
                    return taken.message
                if not taken.is_held:
                    yield WaitFor(signal, patience.left())
                    continue
                if listener_id is not None:
                    messages.withdraw_offer(database, listener_id, run.actor)
                    listener_id = None
                since = time.monotonic()
                yield from boundary(run)
                patience.extend(time.monotonic() - since)
        finally:
            if listener_id is not None:
                messages.withdraw_offer(database, listener_id, run.actor)


def _take(
    reception: Reception, run: FlowRunContext, patience: _Patience, listener_id: str | None, *, offered: bool
) -> Taken:
    left = patience.left()
    # Messages to another run are only read. This run cannot offer a form for them.
    is_own = reception.wanted.run_id == run.flow_run_id.hex
    return messages.take(
        reception.database,
        Slot(run.flow_run_id.hex, reception.receiver, reception.position, reception.raises, run.actor),
        reception.wanted,
        after=reception.after,
        excluded=reception.excluded,
        give_up=left is not None and left <= 0,
        offer=_offer(reception, left) if offered and is_own else None,
        listener_id=listener_id,
    )


def _offer(reception: Reception, left: float | None) -> Offer:
    question = reception.question
    return Offer(
        key=reception.name,
        channel=reception.channel,
        schema=question.schema,
        initial=question.initial,
        description=question.description,
        deadline=None if left is None else datetime.now(UTC) + timedelta(seconds=left),
    )


def _watch(reception: Reception, patience: _Patience) -> Logic[Message | None]:
    """Wait for a message to a run, outside of any run."""
    with changes(reception.database, reception.wanted.run_id) as signal:
        while True:
            signal.clear()
            taken = messages.look(reception.database, reception.wanted, reception.after, reception.excluded)
            left = patience.left()
            if taken.message is not None or taken.is_over or (left is not None and left <= 0):
                return taken.message
            yield WaitFor(signal, left)


def shaped(question: Question, value: Any) -> Any:
    """Return a message sent to a prefix in the question's form: a plain value under ``value``, an object unchanged."""
    if not question.objections(value)[1]:
        return value
    if question.wrapped:
        return {"value": value}
    inner = value["value"] if value.keys() == {"value"} else None
    return inner if is_dict(inner) else value


def _tell_unfit(reception: Reception, message: Message, objections: Mapping[Path, str]) -> None:
    if reception.run is None:
        return
    why = "; ".join(f"{'.'.join(map(str, path)) or 'all of it'}: {text}" for path, text in objections.items())
    run_logger(reception.run).warning("%s is skipped, because it does not fit: %s", message.key, why)
