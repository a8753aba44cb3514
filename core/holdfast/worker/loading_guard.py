"""A guard for loading a file. Its threads, processes and exit handlers too start no run and do not end the process."""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NoReturn

from holdfast import loading_state
from holdfast.exceptions import StopLoading

_installed = False


class Ended(SystemExit):
    """The file tried to end or replace the process in a way that no handler sees."""


@contextmanager
def guarded() -> Generator[list[StopLoading]]:
    """Guard the code that is loaded in this block.

    Threads that the code starts are still guarded after the block, and so are the processes that it starts, which are
    recognized by their environment. Other threads and processes are not affected. Gives the flow calls that were
    prevented.
    """
    _install()
    before = os.environ.get(loading_state.LOADING)
    os.environ[loading_state.LOADING] = "1"
    pid = os.getpid()
    ways_out = {name: getattr(os, name) for name in ("_exit", "execv", "execve")}
    for name, way_out in ways_out.items():
        setattr(os, name, _refusing(name, way_out, pid))
    try:
        with loading_state.loading() as stops:
            yield stops
    finally:
        for name, way_out in ways_out.items():
            setattr(os, name, way_out)
        if os.getpid() != pid:  # the code forked this process, and the copy has nothing to do
            os._exit(0)
        if before is None:
            del os.environ[loading_state.LOADING]
        # Exit handlers run in reverse order, so the handlers of the loaded code run after this one.
        atexit.register(loading_state.loading_everywhere)


def _refusing(name: str, way_out: Callable[..., NoReturn], pid: int) -> Callable[..., NoReturn]:
    def refuse(*arguments: Any) -> NoReturn:
        if os.getpid() == pid and loading_state.is_loading():
            raise Ended(f"os.{name}({', '.join(map(repr, arguments))})")
        way_out(*arguments)

    return refuse


def _install() -> None:
    """Mark the threads that loaded code starts, and do not print an error for flow calls that they attempt."""
    global _installed
    if not _installed:
        _installed = True
        _mark_threads()
        _quieten_hooks()


def _mark_threads() -> None:
    """Have threads that loading code starts know that they belong to it."""
    start, start_plain = threading.Thread.start, _thread.start_new_thread

    def start_marked(self: threading.Thread) -> None:
        if loading_state.is_loading():
            run = self.run

            def run_marked() -> None:
                with loading_state.loading():
                    run()

            self.run = run_marked  # type: ignore[method-assign]
        start(self)

    def start_plain_marked(function: Callable[..., Any], *arguments: Any) -> int:
        if not loading_state.is_loading():
            return start_plain(function, *arguments)

        def call_marked(*given: Any, **named: Any) -> None:
            with loading_state.loading():
                function(*given, **named)

        return start_plain(call_marked, *arguments)

    threading.Thread.start = start_marked  # type: ignore[method-assign]
    _thread.start_new_thread = start_plain_marked


def _quieten_hooks() -> None:
    """Have nothing printed where a flow call ended a thread or an exit handler of code that was being loaded."""
    thread_hook, exit_hook = threading.excepthook, sys.unraisablehook

    def quiet_in_thread(args: threading.ExceptHookArgs) -> None:
        if not isinstance(args.exc_value, StopLoading):
            thread_hook(args)

    def quiet_at_exit(unraisable: sys.UnraisableHookArgs) -> None:
        if not isinstance(unraisable.exc_value, StopLoading):
            exit_hook(unraisable)

    threading.excepthook = quiet_in_thread
    sys.unraisablehook = quiet_at_exit
