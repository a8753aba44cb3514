"""Saving the draft of a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from holdfast_tui.forms.session import FormSession

PAUSE = 0.7
"""Seconds after the first edit until the draft is saved."""


class Keeper(Protocol):
    """Saves a draft."""

    def keep(self, body: dict[str, Any] | None) -> None:
        """Save the draft in a thread; ``None`` deletes it."""

    async def keep_now(self, body: dict[str, Any] | None) -> None:
        """Save the draft before continuing."""


class DraftWriter:
    """Saves what was entered after a pause, unless it is saved already.

    It asks the session each time, because the message of the last edit may not have arrived yet.
    """

    def __init__(
        self, session: FormSession, keeper: Keeper | None, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._session = session
        self._keeper = keeper
        self._later = later
        """Calls a function after a number of seconds."""
        self._written = session.draft()
        """The draft that this form last saved or found in the store."""
        self._writes_soon = False

    @property
    def unwritten(self) -> bool:
        """Whether something was entered that is not saved."""
        return self._session.draft() != self._written

    def edited(self) -> None:
        """Save the draft after a pause."""
        if not self._writes_soon and self._keeper is not None:
            self._writes_soon = True
            self._later(PAUSE, self._write)

    def _write(self) -> None:
        self._writes_soon = False
        if self._keeper is not None and not self._session.sending and self.unwritten:
            self._written = self._session.draft()
            self._keeper.keep(self._written)

    async def write_now(self) -> None:
        """Save the draft before anything else happens, because the next key may end the app."""
        if self._keeper is not None and self.unwritten:
            self._written = self._session.draft()
            await self._keeper.keep_now(self._written)

    def discard(self) -> None:
        """Discard what was entered, here and in the store."""
        self._session.discard()
        self._written = None
        if self._keeper is not None:
            self._keeper.keep(None)

    def stop(self) -> None:
        """Stop saving, because the answer was accepted."""
        self._keeper = None
