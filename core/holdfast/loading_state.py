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
"""The environment variable that tells processes that a file starts while it is loaded what they are."""
_loading: ContextVar[list[StopLoading] | None] = ContextVar("holdfast_loading", default=None)
_loading_threads: dict[int, list[StopLoading]] = {}
"""The same of threads: code may be called in a context that is empty."""
CHILD = "HOLDFAST_CHILD"
"""The environment variable of a process that was started to execute a run, until it begins with that."""
_loading_everywhere = LOADING in os.environ or CHILD in os.environ


@contextmanager
def loading() -> Generator[list[StopLoading]]:
    """While this lasts, code is loaded for the flows that it defines: a flow call ends the loading.

    Gives what has ended it, though the code may have caught that.
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
    """From now on nothing in this process starts a run: it is about to end."""
    global _loading_everywhere
    _loading_everywhere = True


def begin_as_child() -> None:
    """Do what this process was started for: from now on code may start runs."""
    global _loading_everywhere
    os.environ.pop(CHILD, None)
    _loading_everywhere = LOADING in os.environ


def is_loading() -> bool:
    """Whether code is being loaded for the flows that it defines, here or where this process was started."""
    return _loading_everywhere or _loading.get() is not None or threading.get_ident() in _loading_threads


def check_not_loading(what: str) -> None:
    """Raise `StopLoading` where code is only being loaded, since no run may be made then.

    Raises `InvalidFlow` where multiprocessing imports the main module into a process that it started.
    """
    if is_loading():
        stop = StopLoading(what, _why_no_child(what) if CHILD in os.environ else None)
        stops = _loading.get()
        if stops is None:
            stops = _loading_threads.get(threading.get_ident())
        if stops is not None:
            stops.append(stop)
        if _is_in_pool():
            raise CalledInPool(f"{what} is called while code is loaded for its flows") from stop
        raise stop
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and getattr(processes.current_process(), "_inheriting", False):
        raise InvalidFlow(
            f"{what} is called while a process that multiprocessing started imports the main module. "
            'Put the call under if __name__ == "__main__".'
        )


class CalledInPool(InvalidFlow):
    """What is raised in place of `StopLoading` where that would end the pool's worker, for which others wait."""


def _is_in_pool() -> bool:
    """Whether this is a worker of a pool of multiprocessing, which passes on nothing but an `Exception`."""
    process, dummy = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.dummy")
    if dummy is not None and isinstance(threading.current_thread(), dummy.DummyProcess):
        return True
    return process is not None and "PoolWorker" in process.current_process().name


def _why_no_child(what: str) -> str:
    return (
        f"{sys.executable} was started to execute a run, and called {what} instead: it is no Python interpreter, but "
        "a program of its own."
    )
