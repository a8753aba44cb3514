"""When to check whether a database has changed: signs of a write, from this process and from the system.

`WalSignals.tell` announces a commit of this process. A commit of another process is preceded by writes to the WAL file,
which Linux reports (inotify); a little later it can be seen. If nothing reports writes, the only way is to check again
and again.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
from pathlib import Path

SELDOM = 0.5
"""Seconds between checks while there is no sign of a write, if the system reports them. Every program that may share a
WAL file runs on one kernel, so this only covers unforeseen cases.
"""

_LOOKS = 5
"""The number of checks within an ``interval``, right after a sign of a write: its commit is still to come."""
_LONGER = 1.25
"""How much later each further check is. A commit that takes long (a slow disk) is seen a quarter later than it ends."""
_IN_MODIFY = 0x00000002
_ENOUGH = 65536


class WalSignals:
    """Signs that tell one thread, the watcher's, to check; see `holdfast.store.door.Signs`."""

    def __init__(self, database: Path) -> None:
        self._told, self._tell = os.pipe()
        os.set_blocking(self._told, False)
        os.set_blocking(self._tell, False)
        self._writes = _inotify(Path(f"{database}-wal"))
        self._step = 0.0
        self._own, self._any = select.poll(), select.poll()
        for poll in (self._own, self._any):
            poll.register(self._told, select.POLLIN)
        if self._writes is not None:
            self._any.register(self._writes, select.POLLIN)

    def tell(self) -> None:
        """Announce that this process has committed something, or that the interval has changed. From any thread."""
        try:
            os.write(self._tell, b".")
        except BlockingIOError:
            return  # it was announced so often that the pipe is full

    def wait(self, interval: float) -> bool:
        """Wait for a reason to check, at most about ``interval`` seconds after a commit.

        Return whether `tell` was the reason.
        """
        if self._writes is None:
            return self._is_told_within(interval)
        gap = interval / _LOOKS  # many writes at once are one sign
        if not self._own.poll(1000 * gap) and self._step > gap:
            self._any.poll(1000 * (self._step - gap))
        self._step = gap if _empty(self._writes) else min(max(self._step, gap) * _LONGER, SELDOM)
        return self._is_told_within(0)

    def _is_told_within(self, seconds: float) -> bool:
        return bool(self._own.poll(1000 * seconds)) and _empty(self._told)

    def close(self) -> None:
        """Release its resources."""
        for descriptor in (self._told, self._tell, self._writes):
            if descriptor is not None:
                os.close(descriptor)


def _empty(descriptor: int) -> bool:
    """Read everything that is available. Return whether there was anything."""
    try:
        return bool(os.read(descriptor, _ENOUGH))
    except BlockingIOError:
        return False


def _inotify(path: Path) -> int | None:
    """Return a descriptor from which writes to a file can be read; ``None`` if the system has none.

    The packages for this find the C library by starting ``ldconfig``, which must not happen in a user's process.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    descriptor: int = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if descriptor < 0:
        return None  # the user has too many
    if libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_MODIFY) < 0:
        os.close(descriptor)
        return None
    return descriptor
