"""From rows to records: waits with their answers, and the messages that runs wait for."""

from __future__ import annotations

import json

from sqlalchemy import and_, select

from holdfast.exceptions import Path
from holdfast.records import Answer, Channel, Replaced, Wait, WaitStatus
from holdfast.store.ids import from_id, from_time, from_time_or_none
from holdfast.store.rows import columns_of
from holdfast.store.tables import answer, flow_run, json_schema, listener, wait
from holdfast.values.json_text import parse_json

_ROOT = flow_run.alias("root")


ROOT_NAME = (
    select(_ROOT.c.name)
    .where(and_(_ROOT.c.id == flow_run.c.root_id, _ROOT.c.id != flow_run.c.id))
    .correlate(flow_run)
    .scalar_subquery()
)
"""The name of the root of a run's tree, if that is another run."""


OLD_WAIT, OLD_SCHEMA, OLD_ANSWER = wait.alias("old_wait"), json_schema.alias("old_schema"), answer.alias("old_answer")
"""The wait that another one replaced, with its answer."""


ANSWERED = ("given", "accepted")
"""Verdicts of a valid answer."""


def status_now(status: str, deadline: int | None, answered: bool, now: int) -> WaitStatus:
    """Return the status of a wait. One whose deadline has passed is expired, even if that is not recorded yet."""
    if status == "open" and deadline is not None and deadline <= now and not answered:
        return WaitStatus.EXPIRED
    return WaitStatus(status)


def to_wait(
    id_: str,
    flow_run_id: str,
    run_name: str,
    flow_name: str,
    key: str,
    status: str,
    opened_at: int,
    deadline: int | None,
    description: str | None,
    schema: str | None,
    initial: str | None,
    closed_at: int | None,
    verdict: str | None,
    value: str,
    given_by: str,
    given_at: int,
    channel: str,
    objections: str,
    old_id: str | None,
    old_key: str,
    old_description: str | None,
    old_schema: str | None,
    old_initial: str | None,
    old_value: str,
    old_given_by: str | None,
    old_given_at: int,
    old_channel: str,
    root_name: str | None,
    *,
    now: int,
) -> Wait:
    """Make a record from `WAIT_COLUMNS`."""
    answered = verdict in ANSWERED
    old_answer = None if old_given_by is None else _to_answer(old_value, old_given_by, old_given_at, old_channel)
    return Wait(
        id=from_id(id_),
        flow_run_id=from_id(flow_run_id),
        flow_run_name=run_name,
        flow_name=flow_name,
        key=key,
        status=status_now(status, deadline, answered, now),
        opened=from_time(opened_at),
        deadline=from_time_or_none(deadline),
        description=description,
        schema=None if schema is None else json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=_to_answer(value, given_by, given_at, channel) if answered else None,
        objections=to_objections(objections) if verdict == "refused" else {},
        closed=from_time_or_none(closed_at),
        replaced=_to_replaced(old_id, old_key, old_description, old_schema, old_initial, old_answer),
        root_name=root_name,
    )


WAIT_COLUMNS = columns_of(
    to_wait,
    wait,
    run_name=flow_run.c.name,
    flow_name=flow_run.c.flow_name,
    schema=json_schema.c.body,
    **{name: answer.c[name] for name in ("verdict", "value", "given_by", "given_at", "channel", "objections")},
    **{f"old_{name}": OLD_WAIT.c[name] for name in ("id", "key", "description", "initial")},
    old_schema=OLD_SCHEMA.c.body,
    **{f"old_{name}": OLD_ANSWER.c[name] for name in ("value", "given_by", "given_at", "channel")},
    root_name=ROOT_NAME,
)
"""The columns of an answer are empty if there is none, and those of an old wait if none was replaced."""


def _to_replaced(
    id_: str | None, key: str, description: str | None, schema: str | None, initial: str | None, answer: Answer | None
) -> Replaced | None:
    if id_ is None:
        return None
    return Replaced(
        id=from_id(id_),
        key=key,
        description=description,
        schema=None if schema is None else json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=answer,
    )


def _to_answer(value: str, given_by: str, given_at: int, channel: str) -> Answer:
    return Answer(parse_json(value), given_by, from_time(given_at), channel)


def to_listener(
    id_: str,
    flow_run_id: str,
    run_name: str,
    flow_name: str,
    key: str,
    opened_at: int,
    deadline: int | None,
    description: str | None,
    schema: str,
    initial: str | None,
    prefix: str | None,
    type_digest: str,
    root_name: str | None,
) -> Wait:
    """Make a record from `LISTENER_COLUMNS`: the message that a run waits for."""
    return Wait(
        id=from_id(id_),
        flow_run_id=from_id(flow_run_id),
        flow_run_name=run_name,
        flow_name=flow_name,
        key=key,
        status=WaitStatus.OPEN,
        opened=from_time(opened_at),
        deadline=from_time_or_none(deadline),
        description=description,
        schema=json.loads(schema),
        initial=None if initial is None else parse_json(initial),
        answer=None,
        objections={},
        closed=None,
        channel=Channel(prefix, type_digest),
        root_name=root_name,
    )


LISTENER_COLUMNS = columns_of(
    to_listener,
    listener,
    run_name=flow_run.c.name,
    flow_name=flow_run.c.flow_name,
    schema=json_schema.c.body,
    root_name=ROOT_NAME,
)


def from_objections(objections: dict[Path, str]) -> str:
    """Return objections as the store keeps them: pairs of path and text, since JSON has no tuples for keys."""
    return json.dumps([[list(path), text] for path, text in objections.items()])


def to_objections(body: str) -> dict[Path, str]:
    """Return the objections in an answer's row."""
    return {tuple(path): text for path, text in json.loads(body)}
