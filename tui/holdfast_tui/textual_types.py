"""What strict type checkers do not learn from Textual, said in one place."""

from __future__ import annotations

from asyncio import Event
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.worker import Worker


def app_of(pump: MessagePump) -> App[Any]:
    """The app that a screen or widget is in."""
    return pump.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # it says App, and not of what


def worker_of(event: Worker.StateChanged) -> Worker[Any]:
    """The worker whose state has changed."""
    return event.worker  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # it says Worker alone


async def until_mounted(widget: Widget) -> None:
    """Wait until a widget has been mounted."""
    mounted: Event = getattr(widget, "_mounted_event")  # noqa: B009 - it has no type
    await mounted.wait()
