"""Telling the store which process this is, and telling whether a process it knows is alive."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID
from weakref import WeakKeyDictionary

from holdfast.records import Host, HostKind
from holdfast.store import hosts
from holdfast.store.database import Database

_registered: WeakKeyDictionary[Database, str] = WeakKeyDictionary()


def current(database: Database) -> str:
    """The id of this process in ``database``; it is registered when its first run starts."""
    return _registered.get(database) or register(database, HostKind.SCRIPT)


def register(
    database: Database, kind: HostKind, slots: int = 1, *, place: str | None = None, run_id: UUID | None = None
) -> str:
    """Make this process known, and return its id: a worker with what it is in, a child with the run it was made for."""
    pid = os.getpid()
    start = process_start(pid)
    assert start is not None
    name = socket.gethostname()
    host_id = hosts.register(
        database, kind, pid=pid, process_start=start, hostname=name, slots=slots, place=place, run_id=run_id
    )
    if kind is not HostKind.WORKER:
        _registered[database] = host_id
    return host_id


def is_alive(host: Host) -> bool:
    """Whether the process still runs: the same one, not a later one with its pid.

    Of a process on another machine only its lease tells; without one it counts as alive. A machine that has got
    another name since is not another one.
    """
    if not is_here(host):
        return host.lease_until is None or host.lease_until > datetime.now(UTC)
    return process_start(host.pid) == host.process_start


def is_here(host: Host) -> bool:
    """Whether it is a process of this machine."""
    return host.hostname == socket.gethostname() or host.process_start.startswith(f"{_place()}:")


def process_start(pid: int) -> str | None:
    """What tells a process from every other that has or had its pid; ``None`` when there is none.

    On Linux the boot, the process namespace, and the clock ticks since the boot (proc(5)): none of them moves when
    the clock is set. A process that has ended and is not yet reaped counts as gone.
    """
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else f"{_place()}:{fields[19]}"
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.NoSuchProcess:
        return None


@cache
def _place() -> str:
    """Where pids mean what they mean here; other systems than Linux do not say."""
    if sys.platform != "linux":
        return "?"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
