"""What threads announce to each other, and waiting for it: in a thread, or in an event loop if there is one here."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from holdfast.interrupts import SAFE, in_turns

_EVENT_LOOPS = {"asyncio", "trio"}


def anyio_when_needed() -> ModuleType:
    """What speaks to event loops, of asyncio and of trio."""
    import anyio.lowlevel  # a program without async code is spared it

    return anyio


def in_event_loop() -> bool:
    """Whether an event loop is running in this thread."""
    # No event loop runs that nobody has imported.
    if not _EVENT_LOOPS & sys.modules.keys():
        return False
    try:
        anyio_when_needed().lowlevel.current_token()
    except RuntimeError:
        return False
    return True


class Signal:
    """Something that other threads announce. It is waited for in one place at a time."""

    __slots__ = ("_is_set", "_wake")

    def __init__(self) -> None:
        self._is_set = False
        self._wake: Callable[[], object] | None = None

    def set(self) -> None:
        """Announce it, from any thread."""
        self._is_set = True
        wake = self._wake
        if wake is not None:
            wake()

    def clear(self) -> None:
        """Wait for the next announcement."""
        self._is_set = False

    def wait(self, timeout: float | None) -> None:
        """Block until it is set, or for ``timeout`` seconds."""
        event = threading.Event()
        # The waker is in place before the flag is read, so an announcement in between is not missed.
        self._wake = event.set
        thread = threading.get_ident()
        _blocked[thread] = event
        try:
            if not self._is_set:
                in_turns(event.wait, timeout)
        finally:
            _blocked.pop(thread, None)
            self._wake = None

    async def await_(self, timeout: float | None) -> None:
        """As `wait`, without blocking the event loop."""
        anyio = anyio_when_needed()
        event = anyio.Event()
        self._wake = waker(anyio.lowlevel.current_token().native_token, event.set)
        try:
            if self._is_set:
                return
            if timeout is None:
                await event.wait()
            else:
                with anyio.move_on_after(timeout):
                    await event.wait()
        finally:
            self._wake = None


_blocked: dict[int, threading.Event] = {}
"""What threads that wait for a signal wait in: an exception thrown into one arrives when it wakes."""


def nudge(thread: int) -> None:
    """Wake a thread that waits for a signal, to no purpose of its own."""
    event = _blocked.get(thread)
    if event is not None:
        event.set()


def waker(loop: Any, callback: Callable[[], object]) -> Callable[[], None]:
    """What calls ``callback`` in the event loop from any thread, unless the loop is closed by then."""
    call_soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

    def wake() -> None:
        try:
            call_soon(callback)
        except RuntimeError:
            if not getattr(loop, "is_closed", lambda: True)():
                raise

    return wake


@dataclass(slots=True)
class Join:
    """Wait until a future is done, whatever comes of it, or for ``timeout`` seconds."""

    future: Future[Any]
    timeout: float | None = None

    def perform(self) -> None:
        """Block."""
        self._signal().wait(self.timeout)

    async def aperform(self) -> None:
        """Await."""
        await self._signal().await_(self.timeout)

    def _signal(self) -> Signal:
        signal = Signal()
        self.future.add_done_callback(lambda _: signal.set())
        return signal


SAFE.add(Signal.wait.__code__)
