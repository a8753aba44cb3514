"""Storing what the user has entered into a form, and finding it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from holdfast import settings
from holdfast.forms import replaced_answers
from holdfast.records import Draft, DraftOf, Wait, WaitStatus
from holdfast.store import drafts, queries
from holdfast.store.database import Database
from holdfast.values.json_text import UnreadableError, parse_json


def keep(database: Database, of: DraftOf, of_id: UUID, body: Mapping[str, Any] | None) -> None:
    """Store what the user has entered, or remove it if that is ``None``.

    If another question has replaced the one it was entered for, the fitting parts are kept for the new question.
    """
    if body is None:
        drafts.discard(database, of, of_id.hex, settings.user())
    elif not drafts.keep(database, of, of_id.hex, settings.user(), body) and of is DraftOf.WAIT:
        for wait in queries.find_waits(database, [of_id]):
            if wait.status is WaitStatus.SUPERSEDED:
                keep_for_replacement(database, wait, _entered(wait, body))


def find(database: Database, of: DraftOf, of_id: UUID) -> Draft | None:
    """Return what the user has entered before, otherwise what somebody else has."""
    return drafts.find(database, of, of_id.hex, settings.user())


def keep_for_replacement(database: Database, wait: Wait, value: Any) -> None:
    """Make a late answer to a replaced question the user's draft for the new question, if it fits."""
    for each in queries.get_waits(database, wait.flow_run_id):
        is_new = each.replaced is not None and each.replaced.id == wait.id and each.status is WaitStatus.OPEN
        if is_new and (fits := replaced_answers.fitting(each, wait.schema, value)) is not None:
            body = replaced_answers.written(each, fits)
            if body is not None:
                drafts.keep(database, DraftOf.WAIT, each.id.hex, settings.user(), body)


def _entered(wait: Wait, body: Mapping[str, Any]) -> Any:
    """Return the value of a draft; ``None`` if it is a text that cannot be read yet."""
    form = replaced_answers.form_of(wait)
    text = form.redo(body)
    try:
        return form.dump() if text is None else parse_json(text)
    except UnreadableError:
        return None
