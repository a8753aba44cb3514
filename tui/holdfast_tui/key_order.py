"""Keys and pastes that act in the order in which they came."""

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
from holdfast_tui.views.base import EmptyState
from holdfast_tui.widgets.line_list import LineList

PATIENCE = 5.0
"""Seconds that an event from outside is held at most."""

_HOPS = 6
"""Messages that one leads to at most, from the button that is pressed to the part that changes."""


@runtime_checkable
class Settling(Protocol):
    """A screen in which a key may have parts made that the keys behind it are meant for."""

    async def settle(self, event: events.Event) -> None:
        """Wait until what ``event`` is meant for is there."""


class KeysInOrder(Surviving):
    """An app in which no key overtakes another.

    Textual posts a key to the focused control, and a bound key goes on from queue to queue until the app acts on it.
    Of keys that arrive in one read, as they do when someone types fast over a slow line, a character would then be
    inserted before the backspace that came first, or in the field that tab was to leave, or would act as a key of
    the list when it was meant for the filter that the key before it opens; and an answer would be sent without what
    was pasted just before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reached: WeakSet[Screen[Any]] = WeakSet()
        """Screens that have got as far as to know where keys go."""
        self._expected: set[asyncio.Event] = set()
        self._disturbed: ref[Widget] | None = None
        """What got the event before, and may be at work on it."""
        self._due: dict[_Once, None] = {}
        """What is to be done next, in order: such as to move the focus, which decides where a key goes."""

    def expect(self) -> Callable[[], None]:
        """Hold keys from now on, which are meant for a screen that is about to be opened; gives what ends that."""
        expected = asyncio.Event()
        self._expected.add(expected)
        return expected.set

    @override
    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Have something done that must not be overtaken by a key."""
        once = _Once(partial(callback, *args, **kwargs), self._due)
        is_posted = super().call_later(once)
        if not is_posted:  # the app is closing
            del self._due[once]
        return is_posted

    async def on_event(self, event: events.Event) -> None:
        """Hand an event on, and one from outside once what those before it set off is there."""
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
        """Wait until what came before has been acted on, as far as it decides what this event means."""
        while True:
            for expected in tuple(self._expected):
                await expected.wait()
                self._expected.discard(expected)
            await self._flush_next_callbacks()  # what a screen gave that was closed
            for each in tuple(self._due):
                await each()
            screen = self.screen
            if screen not in self._reached:
                await screen._mounted_event.wait()
                await _rounds([screen], 2)
                self._reached.add(screen)
            if isinstance(screen, Settling):
                disturbed, self._disturbed = self._disturbed() if self._disturbed else None, None
                if disturbed is not None and disturbed.is_attached:
                    await _rounds([*disturbed.walk_children(), *disturbed.ancestors_with_self], _HOPS)
                await screen.settle(event)
            if screen is self.screen and not self._next_callbacks and not self._expected and not self._due:
                return

    async def _hand_on(self, event: events.Event) -> None:
        """Act at once on a key that goes to a text control or a list, and on a paste that goes to a text control."""
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
        # What no binding takes goes the usual way: a screen may have something to say about it.
        return await self._check_bindings(key.key)


class _Once:
    """Something to be done once, by whoever comes to it first; it is among those that are due until then."""

    def __init__(self, deed: Callable[[], Any], due: dict[_Once, None]) -> None:
        self._deed, self._due = deed, due
        due[self] = None

    async def __call__(self) -> None:
        if self._due.pop(self, self) is None:
            await invoke(self._deed)


def _has_only_bindings(control: Widget | None) -> bool:
    """Whether a control does nothing with keys but by its bindings.

    A key that is posted to it comes back to the app behind all that has been typed since.
    """
    if control is None:
        return True
    kind = type(control)
    return kind._on_key is Widget._on_key and not hasattr(kind, "on_key")


async def _rounds(pumps: Sequence[DOMNode], count: int) -> None:
    """Wait until each of the pumps has acted on all that it has been sent, so many times over."""
    for _ in range(count):
        reached = []
        for each in pumps:
            here = asyncio.Event()
            if isinstance(each, Widget) and each.is_running and each.call_later(here.set):
                reached.append(here)
        for here in reached:
            await here.wait()
