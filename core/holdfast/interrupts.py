"""Raising an exception in a thread from another thread, where it is safe; and waiting so that signals are handled.

The exception may occur in the user's own code, but never in code of the engine or of `logging`, whose locks would stay
taken. There are two ways. Either the thread is found in the user's code and the exception is raised there. Or the
thread raises it itself when the user's code calls the engine or logs. The second way is necessary: code that does
little else may always be found in the engine, since that is where it lets other threads run.
"""

from __future__ import annotations

import gc
import itertools
import logging
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeVar, cast

from holdfast.exceptions import TimeoutUnwind

T = TypeVar("T")

_PACKAGE = f"{Path(__file__).parent}/"
_DEMO = f"{_PACKAGE}demo/"
_TORN = (_PACKAGE, f"{Path(logging.__file__).parent}/")
"""Code that holds locks, which an exception at the wrong place would leave taken."""

_MOMENT = 0.1
"""The length in seconds of the main thread's waits; see `in_turns`."""

SAFE: set[CodeType] = set()
"""Functions of the engine that call the user's code, or that wait where an exception is safe."""

DRIVERS: set[CodeType] = set()
"""Functions in the middle of the engine's logic."""

overdue: set[Interrupter] = set()
"""Interrupters that still have to raise their exception."""

_claims: dict[int, object] = {}
"""The one exception that is about to be raised in a thread, until its call has been left."""

_order = itertools.count()


class Interrupter:
    """Raises an exception of the class ``kind`` in one call of a thread; see the module."""

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._place = next(_order)
        self._thrown = False
        self._by_signal = False
        self.kind: type[TimeoutUnwind] = TimeoutUnwind

    @property
    def has_thrown(self) -> bool:
        """Whether the exception was raised, or will be immediately."""
        return self._thrown

    @contextmanager
    def in_place(self) -> Generator[None]:
        """Allow `interrupt` during this block. By its end, the exception has arrived or never will."""
        before = self._handle_signal()
        try:
            yield
        finally:
            if self in overdue:
                overdue.discard(self)
                _gate.set()
            if self._by_signal:
                signal.signal(signal.SIGALRM, before)
            if self._thrown:
                _throw(self._thread, None)
                _claims.pop(self._thread, None)

    def _handle_signal(self) -> Any:
        """Use a signal to the main thread, which also ends a call such as ``time.sleep``.

        Return the previous handler.
        """
        before = signal.getsignal(signal.SIGALRM)
        if threading.current_thread() is threading.main_thread() and before in (signal.SIG_DFL, signal.SIG_IGN):
            signal.signal(signal.SIGALRM, self._on_signal)
            self._by_signal = True
        return before

    def interrupt(self) -> bool:
        """Raise the exception if that is safe where the thread is, and return whether it was.

        Called by one other thread.
        """
        if self._thrown:
            return True
        if self not in overdue:
            self.kind = cast("type[TimeoutUnwind]", type(TimeoutUnwind.__name__, (TimeoutUnwind,), {}))
            overdue.add(self)
            _gate.set()
        if self._by_signal:
            signal.pthread_kill(self._thread, signal.SIGALRM)
        elif self._claim():
            self._thrown = self._throw_if_safe()
            if not self._thrown:
                _claims.pop(self._thread)
        return self._thrown

    def _throw_if_safe(self) -> bool:
        if not is_safe(_frame_of(self._thread)):
            return False
        _throw(self._thread, self.kind)
        if not is_safe(_frame_of(self._thread)):
            _throw(self._thread, None)
            return False
        return True

    def _claim(self) -> bool:
        """Whether no other exception is about to be raised in the thread; none will be until this one was."""
        claim = object()
        return _claims.setdefault(self._thread, claim) is claim

    def _on_signal(self, _: int, frame: FrameType | None) -> None:
        if self in overdue and not self._thrown and is_safe(frame):
            self.raise_()

    def raise_(self) -> None:
        """Raise it in the calling thread, unless another exception is about to be raised there."""
        if self._claim():
            self._thrown = True
            raise self.kind


def raise_overdue() -> None:
    """Raise the overdue exception of this thread, if the user's code called the function that calls this.

    It is for the places where the user's code enters the engine. Checking `overdue` first saves the call.
    """
    thread = threading.get_ident()
    mine = [each for each in tuple(overdue) if each._thread == thread]
    frame: FrameType | None = sys._getframe(2)
    while mine and frame is not None and _is_torn(frame.f_code):
        if frame.f_code in DRIVERS:
            return
        frame = frame.f_back
    if mine and is_safe(frame):
        min(mine, key=lambda each: each._place).raise_()


def in_turns(wait: Callable[[float | None], T], timeout: float | None = None) -> T:
    """Return the result of ``wait`` with ``timeout`` seconds, ``None`` for no limit.

    It must return something false after a timeout.

    The main thread waits for short periods. A signal such as Ctrl-C does not wake it if it arrives just before it
    blocks, or is taken by another thread. It would be handled only at the end of the wait.
    """
    if threading.current_thread() is not threading.main_thread():
        return wait(None if timeout is None else min(timeout, threading.TIMEOUT_MAX))
    until = math.inf if timeout is None else time.monotonic() + timeout
    while True:
        left = until - time.monotonic()
        found = wait(max(0.0, min(left, _MOMENT)))
        if found or left <= _MOMENT:
            return found


def is_safe(frame: FrameType | None) -> bool:
    """Whether a thread that is at ``frame`` is in the user's code, or waits where an exception is safe."""
    while frame is not None:
        if frame.f_code in SAFE:
            return True
        if _is_torn(frame.f_code):
            return False
        frame = frame.f_back
    return False


def _is_torn(code: CodeType) -> bool:
    return code.co_filename.startswith(_TORN) and not code.co_filename.startswith(_DEMO)


def _frame_of(thread: int) -> FrameType | None:
    # CPython takes a lock to look at all threads. A collection meanwhile can run code that waits for it (gh-106883).
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)
    finally:
        if collects:
            gc.enable()


def _throw(thread: int, kind: type[BaseException] | None) -> None:
    """Raise ``kind`` in the thread next, or withdraw an exception that it has not raised yet."""
    import ctypes  # few processes interrupt anything

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind))


class _Gate:
    """Makes code that logs check for overdue exceptions, while there are any, before `logging` takes a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inner = logging.getLogRecordFactory()
        self._factory = self._make_record

    def set(self) -> None:
        """Open or close it, as needed now."""
        with self._lock:
            now = logging.getLogRecordFactory()
            if overdue and now is not self._factory:
                self._inner = now
                logging.setLogRecordFactory(self._factory)
            elif not overdue and now is self._factory:
                logging.setLogRecordFactory(self._inner)

    def _make_record(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if overdue:
            raise_overdue()
        return self._inner(*args, **kwargs)


_gate = _Gate()

SAFE.add(in_turns.__code__)
