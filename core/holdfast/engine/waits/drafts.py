"""Keeping what the user has entered into a form, and finding it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast import settings
from holdfast.engine.waits.answers import schema_errors
from holdfast.records import Draft, DraftOf, Wait, WaitStatus
from holdfast.store import drafts, queries
from holdfast.store.database import Database
from holdfast.type_guards import is_mapping
from holdfast.values.json_text import UnreadableError, parse_json
from holdfast.values.masks import mask

if TYPE_CHECKING:
    from holdfast.forms.model import FormModel


def keep(database: Database, of: DraftOf, of_id: UUID, body: Mapping[str, Any] | None) -> None:
    """Write down what the user has entered; with ``None`` forget it.

    Where another question has taken the place of the one that it was entered for, what fits is kept for that one.
    """
    if body is None:
        drafts.discard(database, of, of_id.hex, settings.user())
    elif not drafts.keep(database, of, of_id.hex, settings.user(), body) and of is DraftOf.WAIT:
        for wait in queries.find_waits(database, [of_id]):
            if wait.status is WaitStatus.SUPERSEDED:
                keep_for_replacement(database, wait, _entered(wait, body))


def find(database: Database, of: DraftOf, of_id: UUID) -> Draft | None:
    """What the user has entered before, else what somebody else has."""
    return drafts.find(database, of, of_id.hex, settings.user())


def offered(wait: Wait) -> Any:
    """What had been answered to the question whose place this one took, as far as it fits; ``None`` if nothing does.

    Secrets are masked: they have to be typed again.
    """
    old = wait.replaced
    return None if old is None or old.answer is None else _fitting(wait, old.schema, old.answer.value)


def as_draft(wait: Wait) -> Draft | None:
    """`offered`, as a draft of whoever gave that answer."""
    value = offered(wait)
    if value is None or wait.replaced is None or wait.replaced.answer is None:
        return None
    body = _written(wait, value)
    return None if body is None else Draft(wait.replaced.answer.given_by, wait.replaced.answer.given_at, body)


def keep_for_replacement(database: Database, wait: Wait, value: Any) -> None:
    """Make an answer that came too late for a question the user's draft for the one that took its place, if it fits."""
    for each in queries.get_waits(database, wait.flow_run_id):
        is_new = each.replaced is not None and each.replaced.id == wait.id and each.status is WaitStatus.OPEN
        if is_new and (fits := _fitting(each, wait.schema, value)) is not None:
            body = _written(each, fits)
            if body is not None:
                drafts.keep(database, DraftOf.WAIT, each.id.hex, settings.user(), body)


def _entered(wait: Wait, body: Mapping[str, Any]) -> Any:
    """The value that a draft stands for; ``None`` where it is a text that nobody can read yet."""
    form = _form(wait)
    text = form.redo(body)
    try:
        return form.dump() if text is None else parse_json(text)
    except UnreadableError:
        return None


def _fitting(wait: Wait, schema: Mapping[str, Any] | None, value: Any) -> Any:
    """The fields of an answer to another question that this one has too and takes; ``None`` when there are none."""
    fields = (wait.schema or {}).get("properties")
    if not is_mapping(value) or not is_mapping(fields):
        return None
    kept = {name: each for name, each in value.items() if name in fields}
    wrong = {path[0] for path in schema_errors(wait.schema or {}, kept) if path}
    fits = {name: each for name, each in kept.items() if name not in wrong}
    return mask(wait.schema, mask(schema, fits)) if fits else None


def _written(wait: Wait, value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    form = _form(wait)
    form.load({**(wait.initial or {}), **value})
    return form.draft()


def _form(wait: Wait) -> FormModel:
    # Forms are loaded when a draft is for another question than it was, which is rare.
    from holdfast.forms.model import FormModel

    return FormModel(wait.schema, wait.initial)
