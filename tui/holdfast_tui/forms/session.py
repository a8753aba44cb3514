"""The state of a form that is being filled in: fields or JSON text, draft, sending. It knows no widgets."""

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
    """An answer that was begun and not sent. The next form for the same schema may continue from it."""

    model: FormModel
    json_text: str | None = None
    """The JSON text, if the whole was being edited as JSON."""

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
        """The note about the question that this one replaced; empty if it replaced none."""
        self.offered = ""
        """The note about the draft that the form began with; empty if there was none."""
        self.sending = False
        """Whether the value is being sent. It stays true after the value was accepted."""
        self._text: str | None = None
        self._loaded_text: str | None = None
        """The JSON text of the model's current value."""
        self.model = self._restore(schema, draft, kept)
        self.model.object_to(objections or {})

    def _restore(self, schema: Json, draft: UnsentAnswer | None, kept: Draft | None) -> FormModel:
        """Return the form as it was left, from this app or else from the store, or a new one."""
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
        """The current JSON text; ``None`` while fields are filled in."""
        return self._text

    @property
    def as_json(self) -> bool:
        """Whether the whole is edited as JSON text."""
        return self._text is not None

    @property
    def json_edited(self) -> bool:
        """Whether the JSON text has changes that are not loaded into the model."""
        return self._text is not None and self._text != self._loaded_text

    def open_json(self) -> None:
        """Edit the whole as JSON text from now on."""
        self._text = self._loaded_text = self.model.json_text()

    def type_json(self, text: str) -> None:
        """Set the current JSON text. `load_json` loads it."""
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
        """Fill in fields from now on. A text that was not loaded is discarded."""
        self._text = None

    # Drafts.

    def draft(self) -> dict[str, Json] | None:
        """Return what was entered, as it is saved; ``None`` if nothing was entered."""
        return self.model.draft(self._text if self.json_edited else None)

    def unsent(self) -> UnsentAnswer:
        """Return what was entered, for the next form."""
        return UnsentAnswer(self.model, self._text)

    def discard(self) -> None:
        """Discard what was entered, and start with the initial values."""
        self.model = FormModel(self.model.schema, self._initial, clock=self._clock)
        self._text = None
        self.offered = ""

    # Sending.

    def send(self) -> Json:
        """Return the value, which is being sent from now on."""
        self.sending = True
        return self.model.dump()

    def not_taken(self, objections: Mapping[Path, str] | None = None) -> None:
        """Handle that the value was not accepted and may be sent again. Objections replace the previous ones."""
        self.sending = False
        if objections:
            self.model.object_to(objections)


def _about(draft: Draft | None, now: datetime) -> str:
    """Return the note about a restored draft."""
    if draft is None:
        return "Your earlier input is restored."
    return f"Draft from {ago(draft.kept, now)} by {clean(draft.author)}."
