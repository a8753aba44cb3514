"""Harmless errors: something was asked of a widget or screen that does not exist yet or is being removed.

A page may be closed or resized at any moment, but messages on their way to its widgets still arrive. Textual ends the
app for an error in any of them, and its own widgets raise some when they are closed while they are being made.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import textual
from textual.app import App, ScreenError
from textual.css.query import DOMQuery, NoMatches
from textual.dom import DOMNode, NoScreen
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import MountError, Widget
from textual.worker import WorkerFailed
from typing_extensions import override

from holdfast_tui.closing import is_going

_KINDS = (NoMatches, MountError, NoScreen, ScreenError, LookupError)
_TEXTUAL = str(Path(textual.__file__).parent)

_logger = logging.getLogger("holdfast.app")


class Surviving(App[None]):
    """An app that survives errors of widgets that do not exist yet or are being removed."""

    @override
    def _handle_exception(self, error: Exception) -> None:
        if not passes(error, self):
            super()._handle_exception(error)

    @override
    async def _dispatch_message(self, message: Message) -> None:
        await _dispatched(self, super()._dispatch_message, message)

    @override
    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        # An error would end the message loop of a widget before the app knows of it.
        dispatch = type(child)._dispatch_message

        async def guarded(message: Message) -> None:
            await _dispatched(child, lambda each: dispatch(child, each), message)

        child._dispatch_message = guarded  # type: ignore[method-assign]
        super()._register_child(parent, child, before, after)


async def _dispatched(pump: MessagePump, dispatch: Callable[[Message], Awaitable[None]], message: Message) -> None:
    try:
        await dispatch(message)
    except _KINDS as error:
        if not passes(error, pump):
            raise


def passes(error: Exception, pump: MessagePump) -> bool:
    """Whether an error is harmless, because its widget does not exist yet or is being removed. Then it is logged.

    ``pump`` is the receiver of the message that raised it.
    """
    if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
        error = error.error
    if not isinstance(error, _KINDS):
        return False
    if isinstance(error, LookupError) and not _is_of_textual(error):
        return False
    is_absent = _is_unseen if isinstance(error, LookupError) else _is_away
    away = next((each for each in (pump, *_asked(error)) if is_absent(each)), None)
    if away is not None:
        _logger.info("%r is not there: %s", away, error, exc_info=error)
    return away is not None


def _asked(error: BaseException) -> Iterator[MessagePump]:
    """Yield the widgets in whose methods or queries the error was raised."""
    trace = error.__traceback__
    while trace is not None:
        found: Any = trace.tb_frame.f_locals.get("self")
        if isinstance(found, DOMQuery):
            found = found.node
        if isinstance(found, MessagePump):
            yield found
        trace = trace.tb_next


def _is_of_textual(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.startswith(_TEXTUAL)


def _is_unseen(pump: MessagePump) -> bool:
    """Whether a widget is away, or has no room on the screen, so that its lines are not laid out yet."""
    return _is_away(pump) or (isinstance(pump, Widget) and not pump.scrollable_content_region.area)


def _is_away(pump: MessagePump) -> bool:
    """Whether a widget is being removed, was never mounted, or has no children yet."""
    if isinstance(pump, App):
        return pump._exit or pump._closing or not pump._running
    if not isinstance(pump, DOMNode):
        return False
    if not pump.is_attached or is_going(pump):
        return True
    return isinstance(pump, Widget) and not pump.is_mounted and not pump.children
