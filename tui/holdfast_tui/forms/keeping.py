"""Keeping what was entered into a form until it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.content import Content
from textual.widgets import Static, TextArea

from holdfast.forms.fields import Json
from holdfast.forms.model import FormModel
from holdfast.records import Draft as KeptDraft
from holdfast_tui.forms.checking import Checking
from holdfast_tui.forms.drafting import PAUSE, Draft, Keeper, said_of
from holdfast_tui.text.durations import Clock


class Keeping(Checking):
    """The part of a form's screen that offers a draft again, and writes it down."""

    def __init__(
        self, clock: Clock, initial: Mapping[str, Json] | None, keeper: Keeper | None, changed: str = ""
    ) -> None:
        super().__init__()
        self._changed = changed
        self._clock = clock
        self._initial = initial
        self._keeper = keeper
        self._offered = ""
        self._json_text: str | None = None
        self._json_shown: str | None = None
        """The whole as JSON, as the model has it, once it was shown so."""
        self._json_typed: str | None = None
        """The whole as JSON, where that is being edited and has been."""
        self._sending = False
        self._written: dict[str, Json] | None = None
        """The draft as it is in the store, as far as this form knows."""
        self._writes_soon = False

    def _show_json(self, text: str | None) -> None:
        """Show the JSON text instead of the form, or with None the form."""
        raise NotImplementedError

    async def _is_there(self) -> bool:
        """Whether there is a form to do something to, once it has been made."""
        raise NotImplementedError

    def _begin(self, schema: Json, draft: Draft | None, kept: KeptDraft | None) -> FormModel:
        """The form as it was left, if it was: in this app, else as it was written down."""
        if draft is not None and draft.model.schema == schema:
            self._json_text = draft.json_text
            self._offered = said_of(kept, self._clock()) if draft.begun else ""
            model = draft.model
        else:
            model = FormModel(schema, self._initial, clock=self._clock)
            if kept is not None:
                self._json_text = model.redo(kept.body)
                self._offered = said_of(kept, self._clock())
        self._written = model.draft(self._json_text)
        return model

    def _say_offered(self, text: str) -> None:
        self._offered = text
        for banner in self.query("#answer--draft").results(Static):
            banner.update(Content(f"{text} ^g discards it."))
            banner.display = bool(text)

    async def action_discard(self) -> None:
        """Throw what was entered away, and begin anew."""
        if not await self._is_there() or self._sending:
            return
        self.model = FormModel(self.model.schema, self._initial, clock=self._clock)
        self._written = None
        if self._keeper is not None:
            self._keeper.keep(None)
        self._say_offered("")
        self._say_banner("")
        await self._show_anew()
        if await self._is_there():
            self._show_json(None)
            self._count_errors()

    def _draft_body(self) -> dict[str, Json] | None:
        return self.model.draft(self._json_typed)

    def _keep_soon(self) -> None:
        if not self._writes_soon and self._keeper is not None:
            self._writes_soon = True
            self.set_timer(PAUSE, self._keep)

    def _keep(self) -> None:
        self._writes_soon = False
        if self._keeper is not None and not self._sending and (body := self._draft_body()) != self._written:
            self._written = body
            self._keeper.keep(body)

    async def on_unmount(self) -> None:
        """The app may be ending."""
        await self._keep_now()

    async def _keep_now(self) -> None:
        """Write down what has not been, before anything else: the next key may end the app.

        It is asked of the model: the message of the last edit may not have come here yet.
        """
        if self._keeper is not None and (body := self._draft_body()) != self._written:
            self._written = body
            await self._keeper.keep_now(body)

    @on(TextArea.Changed, "#answer--json")
    def _typed_json(self) -> None:
        edited = self._as_json and self._json.text != self._json_shown
        self._json_typed = self._json.text if edited else None
        if edited:
            self._keep_soon()
