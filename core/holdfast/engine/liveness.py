"""Telling the store which process this is, and checking whether a process it knows is alive."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID
from weakref import WeakKeyDictionary

from holdfast.exceptions import StoreError
from holdfast.records import Host, HostKind
from holdfast.store import hosts
from holdfast.store.database import Database

if sys.platform != "linux":
    import ctypes

    import psutil

    def _boot_session() -> str:
        """Return the id that macOS gives this boot. Unlike the boot time, it does not change when the clock is set."""
        text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        if ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0):
            return str(int(psutil.boot_time()))
        return text.value.decode()


_SOON = 1.0
"""Seconds after which renewing a lease is tried again if it failed."""


@dataclass(slots=True)
class _Registered:
    """What a database knows about this process."""

    host_id: str
    kind: HostKind
    renewed: tuple[float, float]
    """The time at which it last renewed, by two clocks: one stops while the machine sleeps, the other may be set."""

    def is_stale(self) -> bool:
        """Whether the store may have removed it since."""
        apart = (abs(now - then) for now, then in zip(_clocks(), self.renewed, strict=True))
        return max(apart) > 2 * hosts.RENEWAL


_registered: WeakKeyDictionary[Database, _Registered] = WeakKeyDictionary()
_lock = threading.RLock()
_changed = threading.Condition(_lock)
_in_database = threading.Lock()
"""Held by the renewing thread while it uses SQLite: the process must not fork then."""
_thread: threading.Thread | None = None


def current(database: Database) -> str:
    """Return the id of this process in ``database``. It is registered once, when its first run starts."""
    found = _registered.get(database)
    if found is not None and not found.is_stale():
        return found.host_id
    with _lock:
        found = _registered.get(database)
        if found is None:
            return register(database, HostKind.SCRIPT)
        if found.is_stale():
            _renew(database, found)
        return found.host_id


def register(
    database: Database, kind: HostKind, slots: int = 1, *, place: str | None = None, run_id: UUID | None = None
) -> str:
    """Register this process, and return its id. A worker gives its place, a child the run that it was started for.

    From then on a thread renews its lease. A worker renews its own.
    """
    with _lock:
        host_id = hosts.register(
            database, kind, pid=os.getpid(), process_start=_own_start(), hostname=socket.gethostname(), slots=slots,
            place=place, run_id=run_id,
        )  # fmt: skip
        if kind is not HostKind.WORKER:
            _registered[database] = _Registered(host_id, kind, _clocks())
            _start()
    return host_id


def leave(database: Database) -> None:
    """Remove this process, which is ending, unless runs are still recorded as executing in it."""
    with _lock:
        found = _registered.pop(database, None)
        _changed.notify()
    if found is not None:
        hosts.remove(database, found.host_id)


def _start() -> None:
    """Start the one thread that renews the leases of this process. It does not keep the process alive."""
    global _thread
    if _thread is None:
        _thread = threading.Thread(target=_keep_renewing, name="holdfast-lease", daemon=True)
        _thread.start()


def _keep_renewing() -> None:
    global _thread
    pause = hosts.RENEWAL
    while True:
        with _lock:
            _changed.wait(pause)
            if not _registered:
                _thread = None
                return
        with _in_database:
            pause = hosts.RENEWAL if _renew_all() else _SOON


def _renew_all() -> bool:
    """Renew every lease. Return ``False`` if a database could not be written to, so that it is tried again soon."""
    done = True
    with _lock:
        known = [(database, found) for database, found in _registered.items() if not database.is_closed]
        for database in [each for each in _registered if each.is_closed]:
            del _registered[database]
    for database, found in known:
        try:
            _renew(database, found)
        except StoreError:
            done = database.is_closed
    return done


def _renew(database: Database, found: _Registered) -> None:
    if not hosts.renew(database, found.host_id):
        # It was stopped for so long that the store removed it: no run is recorded as executing in it.
        found.host_id = hosts.register(
            database, found.kind, pid=os.getpid(), process_start=_own_start(), hostname=socket.gethostname()
        )
    found.renewed = _clocks()


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


def is_alive(host: Host) -> bool:
    """Whether the process is still running: the same process, not a later one with its pid.

    For a process in another place only its lease tells, whatever the name of its machine.
    """
    if not is_here(host):
        return host.lease_until > datetime.now(UTC)
    return process_start(host.pid) == host.process_start


def is_here(host: Host) -> bool:
    """Whether its pid has the same meaning here: it began after the same boot, in the same PID namespace."""
    return _sees_processes() and host.process_start.startswith(place())


def process_start(pid: int) -> str | None:
    """Return what distinguishes a process from all others with its pid; ``None`` if there is no such process.

    It consists of the place and the time at which the process began. On Linux this is in clock ticks since the boot
    (proc(5)), which do not change when the clock is set. A process that has ended but is not yet reaped counts as gone.
    """
    if sys.platform != "linux":
        try:
            process = psutil.Process(pid)
            return None if process.status() == psutil.STATUS_ZOMBIE else f"{place()}{process.create_time()}"
        except psutil.NoSuchProcess:
            return None
    return _start_in_proc(str(pid))


def _own_start() -> str:
    # This name works even if /proc belongs to another namespace.
    found = _start_in_proc("self") if sys.platform == "linux" else process_start(os.getpid())
    assert found is not None
    return found


def _start_in_proc(process: str) -> str | None:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, threads, started = fields[0], fields[17], fields[19]
    # A killed process appears as a zombie while its threads are still ending, for example one in a slow fsync.
    has_ended = state == "X" or (state == "Z" and int(threads) <= 1)
    return None if has_ended else f"{place()}{started}"


@cache
def place() -> str:
    """Return the place in which pids are valid: the boot, and on Linux the PID namespace.

    A ``process_start`` begins with it.
    """
    if sys.platform != "linux":
        return f"{_boot_session()}:"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}:"


@cache
def _sees_processes() -> bool:
    """Whether pids can be looked up here: not if /proc belongs to another PID namespace."""
    return sys.platform != "linux" or Path("/proc/self").readlink() == Path(str(os.getpid()))


def _hold_off() -> None:
    _in_database.acquire()


def _go_on() -> None:
    _in_database.release()


def _forget_after_fork() -> None:
    """Reset the state after a fork: the new process has other databases and no thread, and its pids may differ."""
    global _lock, _changed, _in_database, _thread
    _lock = threading.RLock()
    _changed = threading.Condition(_lock)
    _in_database = threading.Lock()
    _thread = None
    for each in list(_registered):
        del _registered[each]
    place.cache_clear()
    _sees_processes.cache_clear()


os.register_at_fork(before=_hold_off, after_in_parent=_go_on, after_in_child=_forget_after_fork)
