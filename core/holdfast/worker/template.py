"""A process with Holdfast imported, from which a worker's processes are forked.

It has one thread and opens no database, so forking it is safe. It exists because importing takes most of the time of a
start. It talks to its worker over a socket, with one line per message: it receives ``run NUMBER ID PATH`` and sends
``ended NUMBER STATUS``. When its worker no longer exists, it ends, and its children continue.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from uuid import UUID

import cloudpickle
import coolname

import holdfast
from holdfast.store import (
    cache,
    claims,
    fences,
    hosts,
    log_writing,
    queries,
    recovery,
    requests,
    reset,
    runs,
    tasks,
    transitions,
    wait_opening,
    waits,
)
from holdfast.store.database import compile_now
from holdfast.store.statement import Statement
from holdfast.worker import child

_IMPORTED = (asyncio, concurrent.futures.thread, cloudpickle, coolname)
"""Modules that every child would import first."""
_MODULES = (
    cache, claims, fences, hosts, log_writing, queries, recovery, requests, reset, runs, tasks, transitions,
    wait_opening, waits,
)  # fmt: skip


def main(channel: socket.socket) -> None:
    """Serve the worker at the other end of ``channel`` until that closes."""
    _warm()
    wake_reading, wake_writing = os.pipe()
    os.set_blocking(wake_writing, False)
    signal.set_wakeup_fd(wake_writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        _serve(channel, wake_reading)
    except ConnectionError:
        return  # The worker was killed.


def _serve(channel: socket.socket, wake_reading: int) -> None:
    children: dict[int, str] = {}
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(wake_reading, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if channel in ready:
                received = channel.recv(65536)
                if not received:
                    return
                *lines, unread = (unread + received).split(b"\n")
                for line in lines:
                    _, number, run_id, path = line.decode().split(" ", 3)
                    children[_fork(run_id, path, channel)] = number
            if wake_reading in ready:
                os.read(wake_reading, 4096)
            _reap(channel, children)


def _warm() -> None:
    """Do the work that every child would otherwise do at its start."""
    for name in holdfast.__all__:
        getattr(holdfast, name)
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, Statement):
                compile_now(value)
    gc.collect()
    gc.freeze()


def _fork(run_id: str, path: str, channel: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        channel.close()
        child.main(UUID(run_id), path)
        status = 0
    except BaseException:  # noqa: BLE001 - a forked process must never return into its parent's loop
        traceback.print_exc()
    finally:
        os._exit(status)


def _reap(channel: socket.socket, children: dict[int, str]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        number = children.pop(pid, None)
        if number is not None:
            channel.sendall(f"ended {number} {os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
