"""When to look whether a database has changed: signs of a write, from this process and from the system.

A commit of this process is told by `WalSignals.tell`. One of another process is preceded by writes to the WAL file,
which Linux tells of (inotify); a little later it can be seen. Where nothing tells of writes, the only way is to look
again and again.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
from pathlib import Path

SELDOM = 0.5
"""Seconds between looks while there is no sign of a write, where the system tells of them. Every program that may share
a WAL file runs on one kernel, so it is only for what nobody has thought of."""

_LOOKS = 5
"""Looks within an ``interval``, right after a sign of a write: its commit is still to come."""
_LONGER = 1.25
"""How much later each further look is. A commit that takes long (a slow disk) is seen a quarter later than it ends."""
_IN_MODIFY = 0x00000002
_ENOUGH = 65536


class WalSignals:
    """What tells one thread, the watcher's, to look: see `holdfast.store.door.Signs`."""

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
        """Say that this process has committed something, or that the wait is another one now. From any thread."""
        try:
            os.write(self._tell, b".")
        except BlockingIOError:
            return  # it has been told so often that the pipe is full

    def wait(self, interval: float) -> bool:
        """Wait for a reason to look, about ``interval`` seconds after a commit at most; say whether `tell` was it."""
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
        """Give back what it has open."""
        for descriptor in (self._told, self._tell, self._writes):
            if descriptor is not None:
                os.close(descriptor)


def _empty(descriptor: int) -> bool:
    """Read what there is; say whether there was anything."""
    try:
        return bool(os.read(descriptor, _ENOUGH))
    except BlockingIOError:
        return False


def _inotify(path: Path) -> int | None:
    """A descriptor from which writes to a file can be read; ``None`` where the system has none to give.

    The packages for this look for the C library by starting ``ldconfig``; a process of a user's must not do that.
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
