"""The state of a form that is being filled in: fields or JSON text, draft, sending. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from holdfast.forms.fields import Json, Path
from holdfast.forms.model import FormModel
from holdfast.records import Draft
from holdfast.text import clean
from holdfast_tui.text.durations import Clock, ago, system_clock


@dataclass(frozen=True)
class UnsentAnswer:
    """An answer that was begun and not sent. The next form for the same schema may go on from it."""

    model: FormModel
    json_text: str | None = None
    """The text as it stood, when the whole was being edited as JSON."""

    @property
    def begun(self) -> bool:
        """Whether anything was entered."""
        return self.model.edited or self.json_text is not None


class FormSession:
    """A form that is being filled in, either field by field or as one JSON text."""

    def __init__(
        self,
        schema: Json,
        initial: Mapping[str, Json] | None = None,
        *,
        draft: UnsentAnswer | None = None,
        kept: Draft | None = None,
        objections: Mapping[Path, str] | None = None,
        changed: str = "",
        clock: Clock = system_clock,
    ) -> None:
        self._initial = initial
        self._clock = clock
        self.changed = changed
        """What is said of the question that this one replaced. Empty when it replaced none."""
        self.offered = ""
        """What is said of the draft that the form began with. Empty when there was none."""
        self.sending = False
        """Whether the value is on its way. It stays so once the value was taken."""
        self._text: str | None = None
        self._loaded_text: str | None = None
        """The JSON text that says what the model has."""
        self.model = self._restore(schema, draft, kept)
        self.model.object_to(objections or {})

    def _restore(self, schema: Json, draft: UnsentAnswer | None, kept: Draft | None) -> FormModel:
        """The form as it was left, if it was: in this app, else as it is in the store."""
        if draft is not None and draft.model.schema == schema:
            self._text = draft.json_text
            self.offered = _about(kept, self._clock()) if draft.begun else ""
            return draft.model
        model = FormModel(schema, self._initial, clock=self._clock)
        if kept is not None:
            self._text = model.redo(kept.body)
            self.offered = _about(kept, self._clock())
        return model

    # The whole as JSON text.

    @property
    def json_text(self) -> str | None:
        """The JSON text as it stands; None while fields are filled in."""
        return self._text

    @property
    def as_json(self) -> bool:
        """Whether the whole is edited as JSON text."""
        return self._text is not None

    @property
    def json_edited(self) -> bool:
        """Whether the JSON text says something that the model has not loaded."""
        return self._text is not None and self._text != self._loaded_text

    def open_json(self) -> None:
        """Edit the whole as JSON text from now on."""
        self._text = self._loaded_text = self.model.json_text()

    def type_json(self, text: str) -> None:
        """Take the JSON text as it stands now. It is loaded by `load_json`."""
        if self._text is not None:
            self._text = text

    def load_json(self) -> None:
        """Load the JSON text into the model if it was edited.

        Raises:
            UnreadableError: the text is not JSON.

        """
        if self._text is not None and self.json_edited:
            self.model.load_json_text(self._text)
            self._loaded_text = self._text

    def close_json(self) -> None:
        """Fill in fields from now on. A text that was not loaded is dropped."""
        self._text = None

    # Drafts.

    def draft(self) -> dict[str, Json] | None:
        """What was entered, as it is written down; None when nothing was."""
        return self.model.draft(self._text if self.json_edited else None)

    def unsent(self) -> UnsentAnswer:
        """What was entered, for the next form."""
        return UnsentAnswer(self.model, self._text)

    def discard(self) -> None:
        """Drop what was entered, and begin with the initial values."""
        self.model = FormModel(self.model.schema, self._initial, clock=self._clock)
        self._text = None
        self.offered = ""

    # Sending.

    def send(self) -> Json:
        """The value, which is on its way from now on."""
        self.sending = True
        return self.model.dump()

    def not_taken(self, objections: Mapping[Path, str] | None = None) -> None:
        """The value was not taken, and may be sent again. Objections replace those that were there before."""
        self.sending = False
        if objections:
            self.model.object_to(objections)


def _about(draft: Draft | None, now: datetime) -> str:
    """What is said of a draft that is offered again."""
    if draft is None:
        return "What you entered before is back."
    return f"Draft of {ago(draft.kept, now)} by {clean(draft.author)}."
