"""Timeouts of calls: their clocks stop while a call waits for a person."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

_RETRY = 0.002
"""Seconds after which interrupting a call is tried again."""


class Clock:
    """Counts the seconds of a call, and interrupts it when they are used up.

    ``interrupt`` is called in another thread. It returns whether it could interrupt the call, and is called again soon
    if it could not. It is not called after the clock is done.
    """

    def __init__(self, seconds: float, interrupt: Callable[[], bool]) -> None:
        self.seconds = seconds
        self.expired = False
        self._interrupt = interrupt
        self._left = seconds
        self._since: float | None = None
        self._holds = 0
        self._done = False
        self._lock = threading.RLock()

    def start(self) -> None:
        """Start counting."""
        with self._lock:
            self._since = time.monotonic()
        _bell.add(self)

    def done(self) -> bool:
        """Stop counting, since the call has ended. Return whether it was interrupted."""
        with self._lock:
            self._done = True
        _bell.remove(self)
        return self.expired

    def hold(self) -> None:
        """Stop the clock, until `go_on` was called as often as this."""
        with self._lock:
            self._holds += 1
            if self._since is not None:
                self._left -= time.monotonic() - self._since
                self._since = None

    def go_on(self) -> None:
        """Continue counting, unless something else still stops the clock."""
        with self._lock:
            self._holds -= 1
            if not self._holds and not self._done:
                self._since = time.monotonic()
                _bell.hurry(self._since + self._left)

    def due(self) -> float | None:
        """Return when the call is interrupted; ``None`` while the clock is stopped."""
        with self._lock:
            return None if self._since is None else self._since + self._left

    def ring(self) -> None:
        """Interrupt the call if its time is used up."""
        with self._lock:
            due = self.due()
            if self._done or due is None or due > time.monotonic():
                return
            if self._interrupt():
                self.expired = self._done = True
                _bell.remove(self)
            else:
                self._left = time.monotonic() - (self._since or 0.0) + _RETRY


class _ClockWatcher:
    """The single thread of a process that watches its clocks. It ends when there are none."""

    def __init__(self) -> None:
        self._clocks: set[Clock] = set()
        self._news = threading.Condition(threading.Lock())
        self._wakes_at: float | None = None
        self._thread: threading.Thread | None = None

    def add(self, clock: Clock) -> None:
        with self._news:
            self._clocks.add(clock)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="holdfast-clocks", daemon=True)
                self._thread.start()
        self.hurry(clock.due() or time.monotonic())

    def remove(self, clock: Clock) -> None:
        with self._news:
            self._clocks.discard(clock)
            if not self._clocks:
                self._news.notify()

    def hurry(self, at: float) -> None:
        """Check the clocks no later than ``at``."""
        with self._news:
            if self._wakes_at is None or at < self._wakes_at:
                self._wakes_at = at
                self._news.notify()

    def _watch(self) -> None:
        while True:
            with self._news:
                if not self._clocks:
                    self._thread, self._wakes_at = None, None
                    return
                left = None if self._wakes_at is None else self._wakes_at - time.monotonic()
                if left is None or left > 0:
                    self._news.wait(left)
                    continue
                clocks = list(self._clocks)
                self._wakes_at = None
            for clock in clocks:
                clock.ring()
            for due in [clock.due() for clock in clocks if not clock.expired]:
                if due is not None:
                    self.hurry(due)


_bell = _ClockWatcher()
_clocks: ContextVar[tuple[Clock, ...]] = ContextVar("holdfast_clocks", default=())


@contextmanager
def running(clock: Clock) -> Generator[None]:
    """Run the clock during this block. Waiting for a person stops it."""
    token = _clocks.set((*_clocks.get(), clock))
    clock.start()
    try:
        yield
    finally:
        clock.done()
        _clocks.reset(token)


@contextmanager
def clocks_stopped() -> Generator[None]:
    """Stop the clocks of all enclosing calls during this block."""
    clocks = _clocks.get()
    for clock in clocks:
        clock.hold()
    try:
        yield
    finally:
        for clock in clocks:
            clock.go_on()
