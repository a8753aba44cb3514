"""Sending messages to runs: from Python, from another run, from a form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from holdfast import context, settings
from holdfast.engine.code.call_identity import STATE, digest
from holdfast.engine.drive.boundary import check_told
from holdfast.engine.drive.effects import drive
from holdfast.engine.housekeeping import tend
from holdfast.engine.stored_values.earlier_digests import earlier_digest
from holdfast.exceptions import InvalidAnswerError, InvalidFlow
from holdfast.forms.answer_checks import schema_errors
from holdfast.questions import question_of_type
from holdfast.records import Message, Wait
from holdfast.store import messages, queries
from holdfast.store.database import Database
from holdfast.type_guards import is_dict
from holdfast.values.fitting import fitted
from holdfast.values.to_json import UnwritableError, written

SENDER = "holdfast.flow-run."
"""The prefix of a sender's name if it is a flow run; its id follows."""


def send(
    database: Database, reference: str | UUID, value: Any, *, key_prefix: str | None = None, sender: str | None = None
) -> Message:
    """Send a Python value to a run: to receivers of its type, or with a prefix to receivers of that prefix.

    A message that a run sends is sent once, however often its code executes. Raises `FlowRunNotFound`,
    `NotRunningError` if the run has ended, `InvalidFlow` for a value whose type has no JSON Schema, or
    `InvalidAnswerError` for a value that JSON does not restore.
    """
    check_prefix(key_prefix)
    run = context.current_flow_run()
    if run is not None and context.told(run) is not None:
        drive(check_told(run))
    asked = question_of_type(type(value))
    digest = asked.digest
    try:
        plain = written(value)
        answer = fitted(asked.schema, {"value": plain} if asked.wrapped else plain)
    except UnwritableError as error:
        raise InvalidAnswerError({(): f"cannot be sent: {error}"}) from error
    _, objections = asked.objections(answer)
    if objections:
        raise InvalidAnswerError(objections)
    if run is None:
        tend(database)
    target = queries.find_flow_run(database, reference)
    call, earlier = (None, None) if run is None else _call(run, target.id, key_prefix or digest, answer)
    return messages.send(
        database,
        target.id.hex,
        answer if key_prefix is None else _bare(answer, asked.wrapped),
        prefix=key_prefix,
        type_digest=digest,
        sender=sender or (settings.user() if run is None else f"{SENDER}{run.flow_run_id}"),
        actor=settings.user(),
        call=call,
        earlier_call=earlier,
        sending_run=None if run is None else run.flow_run_id.hex,
    )


def check_prefix(key_prefix: Any) -> None:
    """Raise `InvalidFlow` for an invalid prefix."""
    if key_prefix is not None and (not isinstance(key_prefix, str) or not key_prefix.strip()):
        raise InvalidFlow(f"key_prefix is {key_prefix!r}; it must be a string that is not empty.")


def _bare(answer: Any, is_wrapped: bool) -> Any:
    """Return the value sent to a prefix: an object unchanged, for receivers of any type; see `receiving.shaped`."""
    inner = answer["value"] if is_wrapped else None
    return inner if is_dict(inner) and inner.keys() != {"value"} else answer


def _call(run: context.FlowRunContext, target: UUID, channel: str, answer: Any) -> tuple[str, str | None]:
    """Return the identity of a message that a run sends, and its identity in earlier versions."""
    here = context.current()
    scope = here.task_run_id.hex if isinstance(here, context.TaskRunContext) else run.flow_run_id.hex
    found = digest({"": answer}) or STATE
    digests = [found]
    if found.startswith(STATE):
        digests.append(earlier_digest({"": answer}) or "?")
    calls = [f"{scope} {target.hex} {channel} {each}" for each in digests]
    call, *earlier = [f"{each}#{run.counter.next(f'send {each}')}" for each in calls]
    return call, earlier[0] if earlier else None


def send_answer(database: Database, wait: Wait, value: Any) -> Message:
    """Send what was entered in the form of a message that a run waits for.

    Raises `InvalidAnswerError` if its schema does not allow it, `NotRunningError` if the run has ended.
    """
    assert wait.channel is not None
    assert wait.schema is not None
    value = fitted(wait.schema, value)
    errors = schema_errors(wait.schema, value)
    if errors:
        raise InvalidAnswerError(errors)
    return messages.send(
        database,
        wait.flow_run_id.hex,
        value,
        prefix=wait.channel.prefix,
        type_digest=wait.channel.type_digest,
        sender=settings.user(),
        actor=settings.user(),
    )


def send_json(database: Database, reference: str | UUID, value: Any, key_prefix: str) -> Message:
    """Send JSON to the receivers of a prefix.

    Each receiver checks whether it fits. Raises the same errors as `send`.
    """
    check_prefix(key_prefix)
    tend(database)
    return messages.send(
        database,
        queries.find_flow_run(database, reference).id.hex,
        value if is_dict(value) else {"value": value},
        prefix=key_prefix,
        type_digest=None,
        sender=settings.user(),
        actor=settings.user(),
    )


def sender_run(message_sender: str | None) -> UUID | None:
    """Return the flow run that is the sender, if one is."""
    if message_sender is None or not message_sender.startswith(SENDER):
        return None
    try:
        return UUID(message_sender.removeprefix(SENDER))
    except ValueError:
        return None
