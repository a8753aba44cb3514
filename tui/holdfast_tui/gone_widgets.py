"""Errors that are no faults: something was asked of a widget or screen that is not there yet, or is going away.

A page may be closed or resized at any moment, and messages that are on their way to its widgets arrive all the same.
Textual ends the app for an error in any of them, and its own widgets raise some when they are closed as they are made.
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
    """An app that no error of a widget ends which is not there yet, or is going away."""

    @override
    def _handle_exception(self, error: Exception) -> None:
        if not passes(error, self):
            super()._handle_exception(error)

    @override
    async def _dispatch_message(self, message: Message) -> None:
        await _dispatched(self, super()._dispatch_message, message)

    @override
    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        # An error ends the loop in which a widget gets its messages, before the app hears of it.
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
    """Whether an error is only that something was not there yet, or is going away; then it is logged.

    ``pump`` is what had the message in which it was raised.
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
    """The widgets in whose methods the error was raised, and those that were asked for others."""
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
    """Whether it is away, or has no room on the screen: lines that it has not laid out yet are looked up in vain."""
    return _is_away(pump) or (isinstance(pump, Widget) and not pump.scrollable_content_region.area)


def _is_away(pump: MessagePump) -> bool:
    """Whether it is going away, was never put anywhere, or has not got its insides yet."""
    if isinstance(pump, App):
        return pump._exit or pump._closing or not pump._running
    if not isinstance(pump, DOMNode):
        return False
    if not pump.is_attached or is_going(pump):
        return True
    return isinstance(pump, Widget) and not pump.is_mounted and not pump.children
