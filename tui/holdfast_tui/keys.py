"""Keys and pastes that act in the order in which they came."""

from __future__ import annotations

from textual import events
from textual._callback import invoke
from textual.app import App
from textual.widgets import Input, TextArea

from holdfast_tui.views.base import EmptyState
from holdfast_tui.widgets.line_list import LineList


class KeysInOrder(App[None]):
    """An app in which no key overtakes another.

    Textual posts a key to the focused control, and a bound key goes on from queue to queue until the app acts on it.
    Of keys that arrive in one read, as they do when someone types fast over a slow line, a character would then be
    inserted before the backspace that came first, or in the field that tab was to leave, or would act as a key of
    the list when it was meant for the filter that the key before it opens; and an answer would be sent without what
    was pasted just before.
    """

    async def on_event(self, event: events.Event) -> None:
        """Act at once on a key that goes to a text control or a list, and on a paste that goes to a text control."""
        if isinstance(event, events.Key) and not event.is_forwarded and await self._take(event):
            return
        if isinstance(event, events.Paste) and not event.is_forwarded and isinstance(self.focused, Input | TextArea):
            await invoke(self.focused._on_paste, event)
            return
        await super().on_event(event)

    async def _take(self, key: events.Key) -> bool:
        control = self.focused
        if not (control is None or isinstance(control, Input | TextArea | LineList | EmptyState)):
            return False
        if await self._check_bindings(key.key, priority=True):
            return True
        if isinstance(control, Input | TextArea):
            await control._on_key(key)
            if not key._stop_propagation:
                await self._check_bindings(key.key)
            return True
        # What no binding takes goes the usual way: a screen may have something to say about it.
        return await self._check_bindings(key.key)
