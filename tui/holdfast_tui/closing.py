"""Screens that are closed once, however often and whenever that is asked for."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType


class ClosedOnce(Screen[ScreenResultType]):
    """A screen whose closing closes nothing else: Textual would take away whichever screen is on top."""

    _is_closed = False
    _closes_with: tuple[ScreenResultType | None] | None = None
    """What it is to be closed with once it is on top again."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it; if another screen is above it, when that is closed."""
        if self._is_closed or self not in self.app.screen_stack:
            return AwaitComplete()
        if self.app.screen is not self:
            self._closes_with = (result,)
            return AwaitComplete()
        self._is_closed = True
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        """Close it now, if it was to be closed meanwhile. One that was closed may be opened again."""
        self._is_closed = False
        if self._closes_with is not None:
            result, self._closes_with = self._closes_with, None
            self.call_next(self.dismiss, *result)


class Dialog(ClosedOnce[ScreenResultType], ModalScreen[ScreenResultType]):
    """A screen above another, which gives a result."""
