"""A process with Holdfast imported, from which the tests' processes are forked: real ones, without the start's cost.

It reads jobs from its standard input, a line of JSON each, and writes ``{"job": …, "pid": …}`` when one is started
and ``{"job": …, "status": …}`` when it has ended. It has one thread and opens no database.
"""

import contextlib
import itertools
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path

from holdfast.engine import liveness
from holdfast.records import HostKind
from holdfast.store import claims, crash_points
from holdfast.store.database import default
from holdfast.worker import child, template
from holdfast.worker import worker as worker_module
from holdfast.worker.foreground import run_until_stopped
from holdfast.worker.worker import Worker


def serve():
    """Start what is asked for. Returns in each process that was started, with its job."""
    wake_reading, wake_writing = os.pipe()
    os.set_blocking(wake_writing, False)
    signal.set_wakeup_fd(wake_writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    jobs = {}
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(wake_reading, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if 0 in ready:
                received = os.read(0, 65536)
                if not received:
                    sys.exit()
                *lines, unread = (unread + received).split(b"\n")
                for line in lines:
                    job = json.loads(line)
                    pid = os.fork()
                    if not pid:
                        return job
                    jobs[pid] = job["job"]
                    tell({"job": job["job"], "pid": pid})
            if wake_reading in ready:
                os.read(wake_reading, 4096)
            reap(jobs)


def reap(jobs):
    while jobs:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        tell({"job": jobs.pop(pid), "status": os.waitstatus_to_exitcode(status)})


def tell(message):
    os.write(1, json.dumps(message).encode() + b"\n")


def become(job):
    """Make this fork a process of its own."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for descriptor, name in ((1, "out"), (2, "err")):
        opened = os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, descriptor)
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])


def script(path, *arguments):
    """What ``python PATH ARGUMENTS`` does."""
    sys.argv = [path, *arguments]
    sys.path.insert(0, str(Path(path).parent))
    runpy.run_path(path, run_name="__main__")


def worker(slots, grace):
    worker_module.GRACE = float(grace)
    run_until_stopped(Worker(default(), slots=int(slots)), sys.stderr.write)


def faulty_worker():
    """A worker with faults of its own, or whose processes have some; these are forked without a start's cost."""
    database = default()
    os.environ.pop("HOLDFAST_FAULT", None)
    if "CHILD_FAULT" in os.environ:
        os.environ["HOLDFAST_FAULT"] = os.environ.pop("CHILD_FAULT")
    ForkedTemplate.fault = os.environ.pop("TEMPLATE_FAULT", "")
    worker_module._Template = ForkedTemplate
    if ForkedTemplate.fault.startswith("worker:"):
        database.connections.fault = at_commit(ForkedTemplate.fault, lambda: kill(ForkedTemplate.first))
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
    """The template of a worker's processes as a fork of this process, which has Holdfast imported already."""

    fault = ""
    """What happens to the first one, if anything."""
    first = 0

    def __init__(self, output):
        ours, theirs = socket.socketpair()
        self.channel, self._unread = ours, b""
        self._process = self
        self._pid = os.fork()
        if not self._pid:
            os.setsid()
            ours.close()
            template._fork = _faulty_once(template._fork)
            if not self.first:
                self._be_faulty()
            template.main(theirs)
            os._exit(0)
        type(self).first = self.first or self._pid
        theirs.close()

    def _be_faulty(self):
        if self.fault.startswith("line:"):
            kill_at_line(int(self.fault.removeprefix("line:")))
        if self.fault.startswith("child:"):
            this = os.getpid()
            crash_points.from_environment = lambda: at_commit(self.fault, lambda: kill(this))

    def wait(self):
        os.waitpid(self._pid, 0)


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


if __name__ == "__main__":
    template._warm()
    job = serve()
    become(job)
    {"script": script, "worker": worker, "faulty_worker": faulty_worker, "work": work}[job["kind"]](*job["arguments"])
