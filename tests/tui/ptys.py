"""The app in a process of its own on a real terminal, of which the test holds the other end."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from processes import Forge, Process
from waiting import PATIENCE

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class Pty:
    """The other end of a terminal, 100 columns wide."""

    def __init__(self, forge: Forge, home: Path, arguments: Sequence[str] = (), *, controlling: bool) -> None:
        self._master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (30, 100))
        self.modes = termios.tcgetattr(terminal)
        self.process = forge.begin(
            Process(), "module", "holdfast", *arguments, streams=[terminal] * 3, session=True, controlling=controlling,
            env={"HOLDFAST_HOME": str(home), "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(terminal)
        self.raw = b""

    @property
    def text(self) -> str:
        """What was written, without what only moves the cursor or colours."""
        return _ESCAPES.sub("", self.raw.decode(errors="replace"))

    def expect(self, text: str, *, raw: bool = False) -> None:
        """Wait until a text has been written since the last `type`; with ``raw``, escape sequences count."""
        given_up = time.monotonic() + PATIENCE
        while text not in (self.raw.decode(errors="replace") if raw else self.text):
            assert time.monotonic() < given_up, f"{text!r} was not shown:\n{self.text}"
            assert self._read(), f"It ended without {text!r}:\n{self.text}"

    def type(self, keys: str) -> None:
        """Type all of this at once."""
        self.raw = b""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; the app hears of it by a signal, as from any terminal."""
        termios.tcsetwinsize(self._master, (lines, columns))

    def screen(self, text: str) -> None:
        """Wait until a text has been written after all that has been until now."""
        self.raw = b""
        self.expect(text)

    def hang_up(self) -> None:
        """Close this end."""
        os.close(self._master)
        self._master = -1

    def end(self) -> int:
        """The exit status, once all that was written has been read."""
        given_up = time.monotonic() + PATIENCE
        while self._master >= 0 and self._read():
            assert time.monotonic() < given_up, f"It did not end:\n{self.text}"
        return self.process.wait(PATIENCE)

    def modes_now(self) -> list[object]:
        """How the terminal is set."""
        return termios.tcgetattr(self._master)

    def close(self) -> None:
        """End what still runs."""
        self.process.kill()
        if self._master >= 0:
            self.hang_up()

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"Nothing more was written:\n{self.text}"
        with contextlib.suppress(OSError):  # Linux says so when the last process has closed the terminal
            read = os.read(self._master, 65_536)
            self.raw += read
            return bool(read)
        return False


@contextlib.contextmanager
def app_on_a_pty(forge: Forge, home: Path, *arguments: str, controlling: bool = True) -> Iterator[Pty]:
    """The app, on screen."""
    opened = Pty(forge, home, arguments, controlling=controlling)
    try:
        opened.expect("1 Runs")
        yield opened
    finally:
        opened.close()
