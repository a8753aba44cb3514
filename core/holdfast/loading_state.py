"""Whether code is being loaded for the flows that it defines: then no run may be made."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from holdfast.exceptions import InvalidFlow, StopLoading

LOADING = "HOLDFAST_LOADING"
"""The environment variable that tells processes started by a file that is being loaded that it is only being loaded."""
_loading: ContextVar[list[StopLoading] | None] = ContextVar("holdfast_loading", default=None)
_loading_threads: dict[int, list[StopLoading]] = {}
"""The same for threads: code may be called in an empty context."""
CHILD = "HOLDFAST_CHILD"
"""The environment variable of a process that was started to execute a run, until it begins to do so."""
_loading_everywhere = LOADING in os.environ or CHILD in os.environ


@contextmanager
def loading() -> Generator[list[StopLoading]]:
    """Mark that code is being loaded for the flows that it defines: calling a flow ends the loading.

    Yields the exceptions that ended it, since the code may have caught them.
    """
    stops: list[StopLoading] = []
    token = _loading.set(stops)
    thread = threading.get_ident()
    outer = _loading_threads.get(thread)
    _loading_threads[thread] = stops
    try:
        yield stops
    finally:
        _loading.reset(token)
        if outer is None:
            del _loading_threads[thread]
        else:
            _loading_threads[thread] = outer


def loading_everywhere() -> None:
    """Prevent all code in this process from starting runs from now on: the process is about to end."""
    global _loading_everywhere
    _loading_everywhere = True


def begin_as_child() -> None:
    """Begin the work for which this process was started: from now on code may start runs."""
    global _loading_everywhere
    os.environ.pop(CHILD, None)
    _loading_everywhere = LOADING in os.environ


def is_loading() -> bool:
    """Whether code is being loaded for the flows that it defines, here or in the process that started this one."""
    return _loading_everywhere or _loading.get() is not None or threading.get_ident() in _loading_threads


def check_not_loading(what: str) -> None:
    """Raise `StopLoading` if code is only being loaded, since no run may start then.

    Raises `InvalidFlow` if multiprocessing is importing the main module into a process that it started.
    """
    if is_loading():
        stop = StopLoading(what, _why_no_child(what) if CHILD in os.environ else None)
        stops = _loading.get()
        if stops is None:
            stops = _loading_threads.get(threading.get_ident())
        if stops is not None:
            stops.append(stop)
        if _is_in_pool():
            raise CalledInPool(f"{what} was called while its file was being loaded for its flows") from stop
        raise stop
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and getattr(processes.current_process(), "_inheriting", False):
        raise InvalidFlow(
            f"{what} was called while a process that multiprocessing started was importing the main module. "
            'Put the call under if __name__ == "__main__".'
        )


class CalledInPool(InvalidFlow):
    """Raised instead of `StopLoading` where that would end a pool's worker, for which others wait."""


def _is_in_pool() -> bool:
    """Whether this is a worker of a multiprocessing pool, which passes on only an `Exception`."""
    process, dummy = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.dummy")
    if dummy is not None and isinstance(threading.current_thread(), dummy.DummyProcess):
        return True
    return process is not None and "PoolWorker" in process.current_process().name


def _why_no_child(what: str) -> str:
    return (
        f"{sys.executable} was started to execute a run, but called {what}: it is not a Python interpreter, but "
        "a separate program."
    )
