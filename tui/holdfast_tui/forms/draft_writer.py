"""When the draft of a form is written down, and when it is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from holdfast_tui.forms.session import FormSession

PAUSE = 0.7
"""Seconds after the first edit until it is written down."""


class Keeper(Protocol):
    """Writes a draft down."""

    def keep(self, body: dict[str, Any] | None) -> None:
        """Write it down, in a thread; with None forget it."""

    async def keep_now(self, body: dict[str, Any] | None) -> None:
        """Write it down before going on."""


class DraftWriter:
    """Writes down what was entered, as often as it pays, and never what is written already.

    It asks the session each time: the message of the last edit may not have arrived yet.
    """

    def __init__(
        self, session: FormSession, keeper: Keeper | None, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._session = session
        self._keeper = keeper
        self._later = later
        """Calls a function after some seconds."""
        self._written = session.draft()
        """The draft as it is in the store, as far as this form knows."""
        self._writes_soon = False

    @property
    def unwritten(self) -> bool:
        """Whether something was entered that is not written down."""
        return self._session.draft() != self._written

    def edited(self) -> None:
        """Write the draft after a pause."""
        if not self._writes_soon and self._keeper is not None:
            self._writes_soon = True
            self._later(PAUSE, self._write)

    def _write(self) -> None:
        self._writes_soon = False
        if self._keeper is not None and not self._session.sending and self.unwritten:
            self._written = self._session.draft()
            self._keeper.keep(self._written)

    async def write_now(self) -> None:
        """Write the draft before anything else happens: the next key may end the app."""
        if self._keeper is not None and self.unwritten:
            self._written = self._session.draft()
            await self._keeper.keep_now(self._written)

    def discard(self) -> None:
        """Drop what was entered, here and in the store."""
        self._session.discard()
        self._written = None
        if self._keeper is not None:
            self._keeper.keep(None)

    def stop(self) -> None:
        """Write nothing any more: the answer was taken."""
        self._keeper = None
