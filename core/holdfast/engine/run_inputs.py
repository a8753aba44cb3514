"""What the methods of `RunInput` need from the engine: the run that is meant, and its questions and messages."""

from __future__ import annotations

import math
from collections.abc import Set
from typing import Any
from uuid import UUID

from holdfast import context, settings
from holdfast.engine.messages.receiving import Reception, shaped
from holdfast.engine.messages.sending import check_prefix
from holdfast.exceptions import OutsideFlowRun
from holdfast.questions import accepted_digests, question, type_digest, type_name
from holdfast.records import Channel, WaitStatus
from holdfast.store import messages, queries
from holdfast.store.database import Database, default
from holdfast.store.messages import Offer, Wanted

_RESPONSE = "-response"


def reception(
    input_type: Any,
    timeout: float | None,
    exclude_keys: Set[str],
    key_prefix: str | None,
    flow_run_id: UUID | str | None,
) -> Reception:
    """Return a receiver of messages to a run; see `holdfast.input.receive_input`."""
    check_prefix(key_prefix)
    database, source = _place(flow_run_id)
    return Reception(
        database=database,
        run=context.current_flow_run(),
        wanted=Wanted(source.hex, key_prefix, accepted_digests(input_type)),
        name=key_prefix or type_name(input_type),
        channel=Channel(key_prefix, type_digest(input_type)),
        question=question(input_type, "input_type"),
        timeout=None if timeout is not None and math.isinf(timeout) else timeout,
        excluded=set(exclude_keys),
    )


def save(model: type[Any], prefix: str, flow_run_id: UUID | str | None) -> None:
    """Offer a model's form under a prefix until the run ends."""
    database, run_id = _place(flow_run_id)
    asked = question(model)
    offer = Offer(
        key=prefix,
        channel=Channel(prefix, type_digest(model)),
        schema=asked.schema,
        initial=asked.initial,
        description=asked.description,
        deadline=None,
    )
    messages.offer_until_end(database, run_id.hex, offer, settings.user())


def load(model: type[Any], prefix: str, flow_run_id: UUID | str | None) -> tuple[Any, str, str | None, UUID]:
    """Return the response sent under a prefix, otherwise the answer to the wait with this name, otherwise defaults.

    With it come its key, its sender and the run.
    """
    database, run_id = _place(flow_run_id)
    found = messages.first_with_prefix(database, run_id.hex, prefix)
    if found is not None:
        asked = question(model)
        return asked.load(shaped(asked, found.value)), found.key, found.sender, run_id
    for wait in queries.get_waits(database, run_id):
        if wait.key == prefix.removesuffix(_RESPONSE) and wait.status is WaitStatus.DECIDED and wait.answer:
            return question(model).load(wait.answer.value), prefix, wait.answer.given_by, run_id
    return model(), prefix, None, run_id


def _place(flow_run_id: UUID | str | None) -> tuple[Database, UUID]:
    """Return the database and the run that are meant: by default those that execute here."""
    database, here = database_here(), context.current_flow_run()
    if flow_run_id is not None:
        return database, queries.find_flow_run(database, flow_run_id).id
    if here is None:
        raise OutsideFlowRun("There is no flow run here: give flow_run_id= to name one.")
    return database, here.flow_run_id


def database_here() -> Database:
    """Return the database of the flow run that executes here, otherwise the one in the settings."""
    here = context.current_flow_run()
    return default() if here is None else here.database
