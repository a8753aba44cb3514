"""A program on a real terminal of 120 columns and 40 lines: what it writes, and when."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from children import ChildFailed

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_PATIENCE = 60.0
_QUIET = 0.05


class Screen:
    """The other end of the terminal. Times are those at which bytes could be read here."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (40, 120))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            env={**variables, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(terminal)

    def type(self, keys: str) -> float:
        """Type, and say when."""
        began = time.perf_counter()
        os.write(self._master, keys.encode())
        return began

    def first_byte(self) -> float:
        """When the next byte comes."""
        self._read(_PATIENCE)
        return time.perf_counter()

    def until(self, text: str) -> tuple[float, int]:
        """When a text has been written, and how many bytes were written up to the next pause after it."""
        wanted, raw, at = text.encode(), b"", None
        end = time.perf_counter() + _PATIENCE
        while at is None:
            if time.perf_counter() > end:
                raise ChildFailed(f"The app did not write {text!r}.")
            raw += self._read(_PATIENCE)
            if wanted in _ESCAPES.sub(b"", raw):
                at = time.perf_counter()
        while more := self._read(_QUIET):
            raw += more
        return at, len(raw)

    def settle(self) -> None:
        """Read what is written until there is a pause."""
        while self._read(_QUIET):
            pass

    def rest(self, seconds: float) -> None:
        """Read what is written for some time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def cpu(self) -> float:
        """Seconds of processor time that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], patience)
        if not ready:
            if patience >= _PATIENCE:
                raise ChildFailed("The app wrote nothing more.")
            return b""
        with contextlib.suppress(OSError):  # Linux says so when the program has closed the terminal
            if found := os.read(self._master, 1 << 20):
                return found
        raise ChildFailed("The app ended early.")

    def close(self) -> None:
        """End the program."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextlib.contextmanager
def on_screen(command: Sequence[str], variables: Mapping[str, str]) -> Iterator[Screen]:
    """Run a program on a terminal; it is ended with the block."""
    screen = Screen(command, variables)
    try:
        yield screen
    finally:
        screen.close()
