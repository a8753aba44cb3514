"""Processes to break, a person who answers, and conditions to wait for.

Nothing here sleeps.
"""

import contextlib
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from holdfast.engine import actions
from holdfast.engine.housekeeping import tend
from holdfast.exceptions import StoreMoved
from holdfast.records import WaitStatus
from holdfast.store import database, queries, recovery
from processes import Forge
from waiting import PATIENCE, Feed

HELPERS = '''
import os

_HERE = os.path.dirname(os.path.abspath(__file__))


def note(*what):
    """Leave a line that tells that this was run."""
    descriptor = os.open(os.path.join(_HERE, "ran"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, (" ".join(map(str, what)) + "\\n").encode())
    os.close(descriptor)


def pass_gate(name):
    """Block until the test opens the gate."""
    descriptor = os.open(os.path.join(_HERE, name), os.O_RDONLY)
    os.read(descriptor, 1)
    os.close(descriptor)


class Alone:
    """There may be one of these at a time, in all processes."""

    def __enter__(self):
        os.close(os.open(os.path.join(_HERE, "lock"), os.O_CREAT | os.O_EXCL))

    def __exit__(self, *_):
        os.unlink(os.path.join(_HERE, "lock"))
'''


@pytest.fixture(scope="session")
def forge():
    made = Forge(Path(__file__).with_name("forge.py"))
    yield made
    made.close()


class Gate:
    """A place where programs block until the test lets them go on."""

    def __init__(self, path):
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDWR)

    def open(self, times=1):
        os.write(self._descriptor, b"." * times)

    def close(self):
        os.close(self._descriptor)


class Bench:
    """A folder with programs, their database, and all that a test does with them."""

    def __init__(self, folder, forge, db, feed):
        self.folder = folder
        self.db = db
        self.feed = feed
        self._forge = forge
        self._processes = []
        self._gates = {}
        (folder / "helpers.py").write_text(HELPERS)

    def write(self, source, name="program.py"):
        """Put a program into the folder, in place of the one that has its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        # Python takes an edited file for the one it has compiled when size and second are the same.
        for each in path.parent.glob("__pycache__/*"):
            each.unlink()
        return path

    def start(self, path, *arguments, env=None):
        """Start the program in a process of its own."""
        return self._begin("script", path, *arguments, env=env)

    def run(self, path, *arguments):
        """Run the program to its end, and return its process."""
        process = self.start(path, *arguments)
        process.wait()
        return process

    def worker(self, slots=2, grace=PATIENCE):
        """Start a worker, which gives its runs ``grace`` seconds to come to a boundary when it is stopped."""
        return self._begin("worker", slots, grace)

    def begin_worker(self, worker="", child="", template=""):
        """Start a worker to which something happens at one of its commits, or at one of its processes' ones.

        Its first template is killed at one of its own lines (``line:3``), or at a commit of the worker or of the first
        process (``worker:before:3``, ``child:after:3``).
        """
        faults = {"HOLDFAST_FAULT": worker, "CHILD_FAULT": child, "TEMPLATE_FAULT": template}
        return self._begin("faulty_worker", env={name: fault for name, fault in faults.items() if fault})

    def until_ended(self, process, condition):
        """Wait until the process has ended, or the condition comes true with some commit; say whether it has."""
        return process.wait_or(condition, self.feed)

    def was_recovered(self, run):
        """Whether a process of the run died."""
        return any("died" in (each.detail or "") for each in queries.get_events(self.db, run.id))

    def work(self):
        """Have the run that is due executed in another process, to its end."""
        process = self._begin("work", env={"HOLDFAST_DB": str(self.db.location.path)})
        assert process.wait() == 0, process.err
        return process

    def _begin(self, kind, *arguments, env=None):
        self._processes.append(self._forge.start(kind, *arguments, folder=self.folder, env=env))
        return self._processes[-1]

    def gate(self, name):
        self._gates[name] = Gate(self.folder / name)
        return self._gates[name]

    @property
    def ran(self):
        """What the programs noted."""
        path = self.folder / "ran"
        return path.read_text().splitlines() if path.exists() else []

    def the_run(self, flow_name=""):
        """The only flow run there is, or the only one of a flow."""
        (found,) = queries.list_flow_runs(self.db, queries.RunFilter(flow_name=flow_name))
        return found

    def root(self):
        """The only run that has no parent."""
        (found,) = [each for each in queries.list_flow_runs(self.db) if each.parent_id is None]
        return found

    def resume(self, answer=None, *, key=None, run=None):
        return actions.resume(self.db, (run or self.root()).id, answer, key=key, channel="python")

    def answer_and_work(self, answer=None, *, key=None):
        """Answer a suspended run, and have it executed."""
        self.resume(answer, key=key)
        self.work()

    def retry(self):
        recovery.retry(self.db, self.root().id.hex, "tester")

    def tend(self):
        return tend(self.db)

    def state(self, run=None):
        return queries.get_flow_run(self.db, (run or self.root()).id).state

    def result(self):
        from holdfast.engine.results import decode

        return decode(queries.get_result(self.db, self.root().id))

    def waits(self, status=None, run=None):
        found = queries.get_waits(self.db, (run or self.root()).id)
        return [each for each in found if status is None or each.status is WaitStatus(status)]

    def log(self, run=None):
        return "\n".join(each.message for each in queries.get_logs(self.db, (run or self.root()).id))

    def tasks(self, run=None):
        return queries.get_task_runs(self.db, (run or self.root()).id)

    def host(self, run=None):
        """The process that executes the run."""
        from holdfast.store import hosts

        return hosts.of_run(self.db, (run or self.root()).id)

    def close(self):
        for each in self._processes:
            each.kill()
        self.kill_children()
        for gate in self._gates.values():
            gate.close()

    def kill_children(self):
        """End the processes that workers left behind."""
        from holdfast.engine import liveness as alive
        from holdfast.store import hosts

        try:
            holding = hosts.holding_runs(self.db)
        except StoreMoved:  # the test took the database away
            return
        for host in holding:
            if alive.is_alive(host) and host.pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(host.pid, signal.SIGKILL)


@pytest.fixture
def db():
    """The test's database."""
    return database.default()


@pytest.fixture
def feed(db):
    made = Feed(db)
    yield made
    made.stop()


@pytest.fixture
def bench(tmp_path, forge, db, feed):
    made = Bench(tmp_path / "bench", forge, db, feed) if (tmp_path / "bench").mkdir() is None else None
    yield made
    made.close()
