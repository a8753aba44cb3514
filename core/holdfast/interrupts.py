"""Raising an exception in a thread from another, where it tears nothing; and waiting so that signals are heeded.

It may strike the user's own code, never code of the engine or of `logging`, whose locks would stay taken. There are
two ways to it: the thread is found in the user's code and the exception is thrown into it; or the thread raises it by
itself when the user's code calls the engine or logs. The second is no matter of luck: code that does little else may be
found in the engine each time, since that is where it lets other threads go on.
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
"""Code that holds locks which an exception at the wrong place would leave taken."""

_MOMENT = 0.1
"""Seconds that the main thread waits at a time; see `in_turns`."""

SAFE: set[CodeType] = set()
"""Functions of the engine that call the user's code, or wait where nothing can be torn."""

DRIVERS: set[CodeType] = set()
"""Functions that are in the midst of the engine's logic."""

overdue: set[Interrupter] = set()
"""Those that have something to raise and have not raised it."""

_claims: dict[int, object] = {}
"""The one exception that is on its way in a thread, until the call that it is for has been left."""

_order = itertools.count()


class Interrupter:
    """Raises an exception in one call of a thread, which has ``kind`` as its class; see the module."""

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._place = next(_order)
        self._thrown = False
        self._by_signal = False
        self.kind: type[TimeoutUnwind] = TimeoutUnwind

    @property
    def has_thrown(self) -> bool:
        """Whether it was raised, or will be at once."""
        return self._thrown

    @contextmanager
    def in_place(self) -> Generator[None]:
        """While this lasts, `interrupt` may be called; what it has thrown has arrived by the end or never will."""
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
        """A signal to the main thread also ends a call such as ``time.sleep``. Gives the handler until now."""
        before = signal.getsignal(signal.SIGALRM)
        if threading.current_thread() is threading.main_thread() and before in (signal.SIG_DFL, signal.SIG_IGN):
            signal.signal(signal.SIGALRM, self._on_signal)
            self._by_signal = True
        return before

    def interrupt(self) -> bool:
        """Throw, if the thread is where that is safe; says whether it was. Called by one other thread."""
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
        """Whether nothing else is on its way in the thread; nothing will be until this is."""
        claim = object()
        return _claims.setdefault(self._thread, claim) is claim

    def _on_signal(self, _: int, frame: FrameType | None) -> None:
        if self in overdue and not self._thrown and is_safe(frame):
            self.raise_()

    def raise_(self) -> None:
        """Raise it in the calling thread, unless something else is on its way there."""
        if self._claim():
            self._thrown = True
            raise self.kind


def heed() -> None:
    """Raise what is overdue in this thread, if the function that calls this was called by the user's code.

    For the places where that comes into the engine. Looking into `overdue` first saves the call.
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
    """What ``wait`` gives for ``timeout`` seconds, ``None`` for no end; it must give something false when they are up.

    The main thread waits a moment at a time. A signal, Ctrl-C for example, that comes in the instant before it blocks,
    or is taken by another thread, does not wake it, and would be handled only when the wait is over.
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
    """Whether a thread that is at ``frame`` is in the user's code, or waits where nothing can be torn."""
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
    # CPython takes a lock to look at all threads; a collection meanwhile can run code that waits for it (gh-106883).
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)
    finally:
        if collects:
            gc.enable()


def _throw(thread: int, kind: type[BaseException] | None) -> None:
    """Have the thread raise ``kind`` next, or take back what it has not raised yet."""
    import ctypes  # few processes interrupt anything

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind))


class _Gate:
    """Has code that logs heed what is overdue, as long as something is: before `logging` takes any lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inner = logging.getLogRecordFactory()
        self._factory = self._heed

    def set(self) -> None:
        """Open or close it, as is right now."""
        with self._lock:
            now = logging.getLogRecordFactory()
            if overdue and now is not self._factory:
                self._inner = now
                logging.setLogRecordFactory(self._factory)
            elif not overdue and now is self._factory:
                logging.setLogRecordFactory(self._inner)

    def _heed(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if overdue:
            heed()
        return self._inner(*args, **kwargs)


_gate = _Gate()

SAFE.add(in_turns.__code__)
