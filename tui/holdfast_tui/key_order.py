"""Keys and pastes that act in the order in which they arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, runtime_checkable
from weakref import WeakSet, ref

from textual import events
from textual._callback import invoke
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from typing_extensions import override

from holdfast_tui.gone_widgets import Surviving
from holdfast_tui.textual_types import until_mounted
from holdfast_tui.views.base import EmptyState
from holdfast_tui.widgets.line_list import LineList

PATIENCE = 5.0
"""The maximum time in seconds for which an event from outside is held back."""

_HOPS = 6
"""The maximum number of messages in a chain, from the pressed button to the part that changes."""


@runtime_checkable
class Settling(Protocol):
    """A screen in which a key may create parts that the next keys are meant for."""

    async def settle(self, event: events.Event) -> None:
        """Wait until the target of ``event`` exists."""


class KeysInOrder(Surviving):
    """An app in which no key overtakes another.

    Textual posts a key to the focused control, and a bound key passes from queue to queue until the app acts on it.
    When several keys arrive in one read, as happens when someone types fast over a slow line, this would break their
    order. A character would be inserted before an earlier backspace, or in the field that tab should have left. It
    would act as a key of the list although the key before it opens the filter. An answer would be sent without the
    text pasted just before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reached: WeakSet[Screen[Any]] = WeakSet()
        """Screens that are mounted far enough to know where keys go."""
        self._expected: set[asyncio.Event] = set()
        self._disturbed: ref[Widget] | None = None
        """The widget that received the previous event, and may still be handling it."""
        self._due: dict[_Once, None] = {}
        """Callbacks to run next, in order. They may move the focus, which decides where a key goes."""

    def expect(self) -> Callable[[], None]:
        """Hold back keys for a screen that is about to open. Return a function that releases them."""
        expected = asyncio.Event()
        self._expected.add(expected)
        return expected.set

    @override
    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Schedule a callback that no key may overtake."""
        once = _Once(partial(callback, *args, **kwargs), self._due)
        is_posted = super().call_later(once)
        if not is_posted:  # the app is closing
            del self._due[once]
        return is_posted

    async def on_event(self, event: events.Event) -> None:
        """Pass on an event. One from outside waits until the effects of earlier events are complete."""
        outside = isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
        if not outside or isinstance(event, events.MouseMove):
            await self._hand_on(event)
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._settle(event)
        except TimeoutError:
            self._expected.clear()
        await self._hand_on(event)
        typed = isinstance(event, events.Key) and event.is_printable and isinstance(self.focused, Input | TextArea)
        self._disturbed = None if typed or self.focused is None else ref(self.focused)

    async def _settle(self, event: events.Event) -> None:
        """Wait until earlier events have been handled, as far as they decide what this event means."""
        while True:
            for expected in tuple(self._expected):
                await expected.wait()
                self._expected.discard(expected)
            await self._flush_next_callbacks()  # results of closed screens
            for each in tuple(self._due):
                await each()
            screen = self.screen
            if screen not in self._reached:
                await until_mounted(screen)
                await _rounds([screen], 2)
                self._reached.add(screen)
            disturbed, self._disturbed = self._disturbed() if self._disturbed else None, None
            opening = isinstance(disturbed, LineList) and disturbed.take_opening()
            if disturbed is not None and disturbed.is_attached and (opening or isinstance(screen, Settling)):
                await _rounds([*disturbed.walk_children(), *disturbed.ancestors_with_self], _HOPS)
            if opening:
                continue  # a form may be expected now
            if isinstance(screen, Settling):
                await screen.settle(event)
            if screen is self.screen and not self._next_callbacks and not self._expected and not self._due:
                return

    async def _hand_on(self, event: events.Event) -> None:
        """Handle a key for a text control or a list at once, and also a paste for a text control."""
        if isinstance(event, events.Key) and not event.is_forwarded and await self._take(event):
            return
        if isinstance(event, events.Paste) and not event.is_forwarded and isinstance(self.focused, Input | TextArea):
            await invoke(self.focused._on_paste, event)
            return
        await super().on_event(event)

    async def _take(self, key: events.Key) -> bool:
        control = self.focused
        if not (isinstance(control, Input | TextArea | LineList | EmptyState) or _has_only_bindings(control)):
            return False
        if await self._check_bindings(key.key, priority=True):
            return True
        if isinstance(control, Input | TextArea):
            await control._on_key(key)
            if not key._stop_propagation:
                await self._check_bindings(key.key)
            return True
        # A key without a binding takes the usual way, because a screen may react to it.
        return await self._check_bindings(key.key)


class _Once:
    """A callback that is run once, by the first caller. Until then it is among those that are due."""

    def __init__(self, callback: Callable[[], Any], due: dict[_Once, None]) -> None:
        self._callback, self._due = callback, due
        due[self] = None

    async def __call__(self) -> None:
        if self._due.pop(self, self) is None:
            await invoke(self._callback)


def _has_only_bindings(control: Widget | None) -> bool:
    """Whether a control handles keys only by its bindings.

    A key that is posted to it would come back to the app after everything typed since.
    """
    if control is None:
        return True
    kind = type(control)
    return kind._on_key is Widget._on_key and not hasattr(kind, "on_key")


async def _rounds(pumps: Sequence[DOMNode], count: int) -> None:
    """Wait until each of the pumps has handled all its messages, ``count`` times in a row."""
    for _ in range(count):
        reached: list[asyncio.Event] = []
        for each in pumps:
            here = asyncio.Event()
            if isinstance(each, Widget) and each.is_running and each.call_later(here.set):
                reached.append(here)
        for here in reached:
            await here.wait()
