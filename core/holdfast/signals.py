"""Signals between threads, and waiting for them: in a thread, or in an event loop if there is one."""

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
    """Return the library for event loops of asyncio and trio."""
    import anyio.lowlevel  # pyright: ignore[reportUnusedImport]  # a program without async code does not need it

    return anyio


def in_event_loop() -> bool:
    """Whether an event loop is running in this thread."""
    # An event loop that was never imported cannot be running.
    if not _EVENT_LOOPS & sys.modules.keys():
        return False
    try:
        anyio_when_needed().lowlevel.current_token()
    except RuntimeError:
        return False
    return True


class Signal:
    """A signal that other threads set. Only one place waits for it at a time."""

    __slots__ = ("_is_set", "_wake")

    def __init__(self) -> None:
        self._is_set = False
        self._wake: Callable[[], object] | None = None

    def set(self) -> None:
        """Set it, from any thread."""
        self._is_set = True
        wake = self._wake
        if wake is not None:
            wake()

    def clear(self) -> None:
        """Clear it before the next wait."""
        self._is_set = False

    def wait(self, timeout: float | None) -> None:
        """Block until it is set, or for ``timeout`` seconds."""
        event = threading.Event()
        # The waker is in place before the flag is read, so a signal in between is not missed.
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
        """Wait like `wait`, without blocking the event loop."""
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
"""The code in which threads wait for a signal: an exception raised in such a thread arrives when it wakes."""


def nudge(thread: int) -> None:
    """Wake a thread that waits for a signal, without setting the signal."""
    event = _blocked.get(thread)
    if event is not None:
        event.set()


def waker(loop: Any, callback: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls ``callback`` in the event loop from any thread.

    It does nothing if the loop is closed by then.
    """
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
    """Wait until a future is done, whatever its outcome, or for ``timeout`` seconds."""

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
