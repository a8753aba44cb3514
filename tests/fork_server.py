"""A process with Holdfast imported, from which the tests' processes are forked: real ones, without the start's cost.

A test asks over the socket that is this process's standard input: four bytes of a length, with them the descriptors
of the new process's standard streams, and that many bytes of JSON. Answers are lines of JSON: ``{"job": …, "pid": …}``
when one is started and ``{"job": …, "status": …}`` when it has ended. It has one thread and opens no database.
"""

import fcntl
import io
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import termios
import time
from pathlib import Path

_WARMED = list(sys.path)
"""Where this process imports from, with its own folder first."""


def serve():
    """Start what is asked for. Returns in each process that was started, with its job."""
    channel = socket.socket(fileno=os.dup(0))
    wake_reading, wake_writing = os.pipe()
    os.set_blocking(wake_writing, False)
    signal.set_wakeup_fd(wake_writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    jobs = {}
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(wake_reading, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if channel in ready:
                length, streams, _, _ = socket.recv_fds(channel, 4, 3)
                if not length:
                    sys.exit()
                job = json.loads(_read(channel, int.from_bytes(length, "big")))
                pid = os.fork()
                if not pid:
                    channel.close()
                    _become(job, streams)
                    return job
                for each in streams:
                    os.close(each)
                jobs[pid] = job["job"]
                _tell(channel, job=job["job"], pid=pid)
            if wake_reading in ready:
                os.read(wake_reading, 4096)
            _reap(channel, jobs)


def _read(channel, length):
    found = b""
    while len(found) < length:
        found += channel.recv(length - len(found))
    return found


def _reap(channel, jobs):
    while jobs:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _tell(channel, job=jobs.pop(pid), status=os.waitstatus_to_exitcode(status))


def _tell(channel, **message):
    channel.sendall(json.dumps(message).encode() + b"\n")


def _become(job, streams):
    """Make this fork a process of its own, as a fresh interpreter would be."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if job["session"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if job["controlling"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115 - the process's own streams
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(  # type: ignore[misc]
        open(2, "wb", buffering=0, closefd=False),  # noqa: SIM115
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    )
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["cwd"])
    sys.path[:] = _WARMED[1:]


def script(path, *arguments):
    """What ``python PATH ARGUMENTS`` does."""
    sys.argv = [path, *arguments]
    sys.path.insert(0, str(Path(path).parent))
    runpy.run_path(path, run_name="__main__")


def module(name, *arguments):
    """What ``python -m NAME ARGUMENTS`` does."""
    sys.argv = [name, *arguments]
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a string
    runpy.run_module(name, run_name="__main__", alter_sys=True)
