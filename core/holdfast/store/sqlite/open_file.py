"""Noticing that the open file is no longer the one at its path.

SQLite continues to write to a file that was deleted, moved or replaced, and nobody else would ever see what is written.
So the file and its write-ahead log are compared with what the path names: at least once in `LOOK` seconds while
somebody follows changes, and before a durable commit is acknowledged.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from holdfast.exceptions import StoreMoved

LOOK = 0.25
"""Seconds between two checks. A follower comes here at least twice a second, so it notices a change within one second.
A check asks the system for two files, so not every checkpoint makes one.
"""

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
        """Follow the log, too, from now on: it is open, and stays in its place that long."""
        if self._log is None:
            self._log = _identity(self._log_path)

    def look(self) -> None:
        """Check like `check`, unless that was done within the last `LOOK` seconds."""
        if time.monotonic() - self._looked > LOOK:
            self.check()

    def check(self) -> None:
        """Raise `StoreMoved`, with a remedy, if the path no longer names the open file."""
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
                f"{self._log_path} was deleted or replaced while it was in use, and the latest changes with it. "
                "Put it back if you can. If not, end every program that uses the database before you start one again."
            )
        self._looked = time.monotonic()


def _identity(path: str) -> _Identity | None:
    """Return what distinguishes a file from all others with its path; ``None`` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of a Path's
    except OSError:  # it does not exist, or a part of its path does not
        return None
    return found.st_dev, found.st_ino
