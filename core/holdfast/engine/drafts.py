"""Keeping what the user has entered into a form, and finding it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from holdfast import settings
from holdfast.records import Draft, DraftOf
from holdfast.store import drafts
from holdfast.store.database import Database


def keep(database: Database, of: DraftOf, of_id: UUID, body: Mapping[str, Any] | None) -> None:
    """Write down what the user has entered; with ``None`` forget it."""
    if body is None:
        drafts.discard(database, of, of_id.hex, settings.user())
    else:
        drafts.keep(database, of, of_id.hex, settings.user(), body)


def find(database: Database, of: DraftOf, of_id: UUID) -> Draft | None:
    """What the user has entered before, else what somebody else has."""
    return drafts.find(database, of, of_id.hex, settings.user())
