"""The driver of the terminal, and the end of the app when the terminal disappears or a signal arrives."""

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

    Textual writes from a thread with a queue of a few frames. If an error ended that thread, the app would wait for the
    queue forever, and could not even exit.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write a text, or drop it if there is no terminal."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Write the buffer, or drop it if there is no terminal."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError:
            # Drop the buffer too, or Python would try to write it at exit, and fail.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)


class Terminal(LinuxDriver):
    """Textual's driver for a terminal that may disappear."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        # Textual does not say of what its parameter is an App, and of what type those below are.
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
        assert self._file is not None
        self._file = cast("Any", Outlet(self._file))

    @override
    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal back, if it was left.

        A closing terminal sends SIGCONT too. If it were taken twice, two threads would read it, and one never ends.
        """
        if self._must_signal_resume:
            super()._sigcont_application()  # pyright: ignore[reportUnknownMemberType]


def terminal_is_gone(*, in_browser: bool = False) -> bool:
    """Whether standard input is no longer a terminal, because it was closed at its other end.

    In a browser, whether the server, which is the parent of this process, is gone.
    """
    if in_browser:
        return os.getppid() != _PARENT
    assert sys.__stdin__ is not None
    return not os.isatty(sys.__stdin__.fileno())


def on_end_signal(end: Callable[[], object]) -> None:
    """Call ``end`` in the running event loop when a signal asks this process to end."""
    loop = asyncio.get_running_loop()
    for each in _ENDING:
        loop.add_signal_handler(each, end)
