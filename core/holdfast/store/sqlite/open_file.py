"""Noticing that the file that is open is no longer the one at its path.

SQLite goes on writing to a file that was deleted, moved or replaced, and nobody else would ever see what is written. So
the file and its write-ahead log are compared with what the path names: while somebody follows changes at least once in
`LOOK` seconds, and before a durable commit is acknowledged.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from holdfast.exceptions import StoreMoved

LOOK = 0.25
"""Seconds between two looks. Who follows comes here at least twice a second, so it hears of what happens within one.
A look asks the system for two files, so not every checkpoint looks."""

_Identity = tuple[int, int]


class OpenFile:
    """A database file and its log, as they were when this process opened them."""

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self._log_path = f"{self._path}-wal"
        self._file = _identity(self._path)
        self._log: _Identity | None = None
        self._looked = time.monotonic()

    def follow_log(self) -> None:
        """From now on the log is open, too, and stays where it is as long as it is."""
        if self._log is None:
            self._log = _identity(self._log_path)

    def look(self) -> None:
        """As `check`, unless that was done within the last `LOOK` seconds."""
        if time.monotonic() - self._looked > LOOK:
            self.check()

    def check(self) -> None:
        """Raise `StoreMoved` if the path no longer names what is open, with what to do."""
        found = _identity(self._path)
        if found is None:
            raise StoreMoved(
                f"{self._path} was deleted or moved while it was in use, so nothing can be stored. Put it back in its "
                "place with its -wal file, or end every program that uses it and start again."
            )
        if found != self._file:
            raise StoreMoved(
                f"{self._path} was replaced by another file while it was in use, so nothing can be stored. End every "
                "program that uses it, and start again with the file that you want."
            )
        if self._log is not None and _identity(self._log_path) != self._log:
            raise StoreMoved(
                f"{self._log_path} was deleted or replaced while it was in use, and with it what was stored last. "
                "Put it back if you can; else end every program that uses the database before you start any again."
            )
        self._looked = time.monotonic()


def _identity(path: str) -> _Identity | None:
    """What tells a file from every other one that has, had or will have its path; ``None`` when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of a Path's
    except OSError:  # it is not there, or a part of its path is not
        return None
    return found.st_dev, found.st_ino
