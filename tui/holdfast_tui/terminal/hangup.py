"""The terminal that the app runs in, and what becomes of the app when it goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from typing_extensions import override

_PARENT = os.getppid()
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Outlet:
    """Writes to the terminal for as long as there is one.

    Textual writes from a thread with a queue of a few frames. If an error ended that thread, the app would wait
    for its queue for ever, and could not even end.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, or drop the text when there is no terminal."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Write what is buffered, or drop it when there is no terminal."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError:
            # What is still buffered goes nowhere too, or it would be tried again, and fail, when Python ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)


class Terminal(LinuxDriver):
    """The terminal as Textual drives it, which may go away."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert self._file is not None
        self._file = cast("Any", Outlet(self._file))

    @override
    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal back, if it was left.

        One that closes sends SIGCONT, too. Taken twice, it would be read by two threads, of which one never ends.
        """
        if self._must_signal_resume:
            super()._sigcont_application()


def terminal_is_gone(*, in_browser: bool = False) -> bool:
    """Whether standard input, a terminal before, is none any more: it was closed at its other end.

    In a browser it is the server, this process's parent, that may have gone.
    """
    if in_browser:
        return os.getppid() != _PARENT
    assert sys.__stdin__ is not None
    return not os.isatty(sys.__stdin__.fileno())


def when_told_to_end(end: Callable[[], object]) -> None:
    """Call ``end`` in the running event loop when a signal asks this process to end."""
    loop = asyncio.get_running_loop()
    for each in _ENDING:
        loop.add_signal_handler(each, end)
