"""Drafts of a form: what was entered and not sent, here and in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from holdfast.forms.fields import Json
from holdfast.forms.model import FormModel
from holdfast.records import Draft as KeptDraft
from holdfast.text import clean
from holdfast_tui.text.durations import ago

PAUSE = 0.7
"""Seconds after the last edit until it is written down."""


class Keeper(Protocol):
    """Writes a draft down."""

    def keep(self, body: dict[str, Any] | None) -> None:
        """Write it down, in a thread; with None forget it."""

    async def keep_now(self, body: dict[str, Any] | None) -> None:
        """Write it down before going on."""


@dataclass(frozen=True)
class Draft:
    """An answer that was begun and not sent; may be handed to the next screen for the same schema."""

    model: FormModel
    json_text: str | None = None
    """The text as it stood, when the whole was being edited as JSON."""

    @property
    def begun(self) -> bool:
        """Whether anything was entered."""
        return self.model.edited or self.json_text is not None


@dataclass(frozen=True)
class AnswerResult:
    """How the screen was left: with an answer that was taken, or with a draft."""

    value: Json = None
    draft: Draft | None = None

    @property
    def sent(self) -> bool:
        """Whether the answer was taken."""
        return self.draft is None


def said_of(draft: KeptDraft | None, now: datetime) -> str:
    """What is said of a draft that is offered again."""
    if draft is None:
        return "What you entered before is back."
    return f"Draft of {ago(draft.kept, now)} by {clean(draft.author)}."
