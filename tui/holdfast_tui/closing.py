"""Screens that close only once, however often and whenever they are told to."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widget import Widget

from holdfast_tui.textual_types import app_of


def is_going(part: DOMNode) -> bool:
    """Whether a part of the screen is being removed, by itself or with its container."""
    return any(each._pruning or each._closing or each._closed for each in part.ancestors_with_self)


class ClosedOnce(Screen[ScreenResultType]):
    """A screen that closes only itself. Textual would close the screen that is on top."""

    _is_closed = False
    _closes_with: tuple[ScreenResultType | None] | None = None
    """The result to close with once the screen is on top again."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the screen, or if another one is above it, close it when that one is closed."""
        if self._is_closed or self not in app_of(self).screen_stack:
            return AwaitComplete()
        if app_of(self).screen is not self:
            self._closes_with = (result,)
            return AwaitComplete()
        self._is_closed = True
        return super().dismiss(result)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Focus a widget, unless it is being removed, because keys that are sent there would be lost."""
        if widget is None or not is_going(widget):
            super().set_focus(widget, scroll_visible, from_app_focus)

    def on_screen_resume(self) -> None:
        """Close the screen now if it was told to meanwhile. A closed screen may be opened again."""
        self._is_closed = False
        if self._closes_with is not None:
            result, self._closes_with = self._closes_with, None
            self.call_next(self._close, *result)

    def _close(self, result: ScreenResultType | None) -> None:
        # Textual awaits the result of a callback, and a screen cannot await its own end.
        self.dismiss(result)


class Dialog(ModalScreen[ScreenResultType], ClosedOnce[ScreenResultType]):
    """A screen above another one, with a result. Its first base gives it Textual's styles."""
