"""The fork server of these tests: scripts, workers with and without faults, and single runs."""

import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import fork_server
from holdfast.engine import liveness
from holdfast.records import HostKind
from holdfast.store import claims, crash_points
from holdfast.store.database import default
from holdfast.worker import child, template
from holdfast.worker import worker as worker_module
from holdfast.worker.foreground import run_until_stopped
from holdfast.worker.worker import Worker


def worker(slots, grace):
    """A worker whose processes are forked without a start's cost."""
    ForkedTemplate.prepare(1)
    run_worker(slots, grace)


def run_worker(slots, grace):
    """A worker as users have it."""
    worker_module.GRACE = float(grace)
    run_until_stopped(Worker(default(), slots=int(slots)), sys.stderr.write)


def faulty_worker():
    """A worker with faults of its own, or whose processes have some; these are forked without a start's cost."""
    database = default()
    os.environ.pop("HOLDFAST_FAULT", None)
    if "CHILD_FAULT" in os.environ:
        os.environ["HOLDFAST_FAULT"] = os.environ.pop("CHILD_FAULT")
    fault = os.environ.pop("TEMPLATE_FAULT", "")
    first = ForkedTemplate.prepare(2, fault)
    if fault.startswith("worker:"):
        database.connections.fault = at_commit(fault, lambda: kill(first))
    run_until_stopped(Worker(database), sys.stderr.write)


def at_commit(fault, do):
    """What is called at commits and does something at the one that ``fault`` names, as ``worker:before:3``."""
    _, when, number = fault.split(":")
    moments = itertools.count(1)

    def look(moment):
        if moment == when and next(moments) == int(number):
            do()

    return look


def kill(template_pid):
    """Kill the template, and leave a sign that it was."""
    os.close(os.open("killed", os.O_CREAT))
    with contextlib.suppress(ProcessLookupError):  # a worker that has stopped has let it end
        os.kill(template_pid, signal.SIGKILL)


def kill_at_line(number):
    """Have this process kill itself at one of the lines of a template that serves."""
    lines, this = itertools.count(1), os.getpid()

    def at_line(frame, event, _):
        if frame.f_code.co_name not in ("_serve", "_fork", "_reap"):
            return None
        if event == "line" and os.getpid() == this and next(lines) == number:
            kill(this)
        return at_line

    sys.settrace(at_line)


class ForkedTemplate(worker_module._Template):
    """The template of a worker's processes as a fork of this process, which has Holdfast imported already.

    It is forked before the worker has threads: a fork inherits the lock of a thread that is inside of SQLite, which
    nobody gives back there.
    """

    _prepared: ClassVar[list[tuple[socket.socket, int]]] = []

    @classmethod
    def prepare(cls, number, fault=""):
        """Fork the worker's first templates, and return the pid of the very first, to which the fault happens."""
        usual = worker_module._Template
        worker_module._Template = lambda output: cls() if cls._prepared else usual(output)
        for each in range(number):
            cls._prepared.append(cls._fork("" if each else fault))
        return cls._prepared[0][1]

    @classmethod
    def _fork(cls, fault):
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            os.setsid()
            for channel in (ours, *(channel for channel, _ in cls._prepared)):
                channel.close()
            template._fork = _faulty_once(template._fork)
            _be_faulty(fault)
            template.main(theirs)
            os._exit(0)
        theirs.close()
        return ours, pid

    def __init__(self):
        self.channel, self._pid = self._prepared.pop(0)
        self._unread = b""
        self._process = self

    def wait(self):
        os.waitpid(self._pid, 0)


def _be_faulty(fault):
    if fault.startswith("line:"):
        kill_at_line(int(fault.removeprefix("line:")))
    if fault.startswith("child:"):
        this = os.getpid()
        crash_points.from_environment = lambda: at_commit(fault, lambda: kill(this))


def _faulty_once(fork):
    """Only the first process has the fault."""

    def forked(*arguments):
        pid = fork(*arguments)
        os.environ.pop("HOLDFAST_FAULT", None)
        return pid

    return forked


def work():
    """Claim one run and execute it, as a worker with one slot does that ends then."""
    database = default()
    (run_id,) = claims.claim(database, liveness.register(database, HostKind.WORKER), 1, "worker")
    child.main(run_id, os.environ["HOLDFAST_DB"])


JOBS: dict[str, Callable[..., Any]] = {
    "script": fork_server.script,
    "worker": worker,
    "usual_worker": run_worker,
    "faulty_worker": faulty_worker,
    "work": work,
}

if __name__ == "__main__":
    template._warm()
    job = fork_server.serve()
    JOBS[job["kind"]](*job["arguments"])
