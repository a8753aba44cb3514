"""Plays a flow to its end over and over, each time with one process killed at another commit.

Started as ``sweep.py FLOW FOLDER``. It has one thread and never opens a database itself, so that forking it is safe:
every process of the play (the script, the person, the worker's claim, the run's process) is a fork of it. For each
step of the play and each commit of that step's process, the process is killed right before or right after the
commit, and the play goes on from there as a user's would: whoever looks settles what died, what crashed is
retried, what waits is answered, what is scheduled is executed.
"""

import gc
import json
import os
import runpy
import select
import shutil
import signal
import sqlite3
import sys
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from uuid import UUID

import coolname
import jsonschema_rs

from holdfast.engine import actions, liveness
from holdfast.engine.housekeeping import tend
from holdfast.records import HostKind
from holdfast.store import claims, queries, recovery
from holdfast.store.database import close_all, default
from holdfast.worker import child, template

PROGRAM = Path(__file__).parent / "programs" / "enduring.py"
MOST_STEPS = 30
RANDOM_PLAYS = 4
RANDOM_STEPS = 12

sys.path.insert(0, str(PROGRAM.parent))
import enduring  # noqa: E402 - found on the path that was just added


class Broken(Exception):
    """A promise was not kept."""


class Place:
    """The folder of one play: its database, and what its task bodies wrote."""

    def __init__(self, folder):
        self.folder = folder
        self.database = folder / "holdfast.db"
        self.ran = folder / "ran"

    def copy_to(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return Place(folder)

    def rows(self, query, *parameters):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()

    def bodies(self):
        """How often the body of each task run was run."""
        lines = self.ran.read_text().splitlines() if self.ran.exists() else []
        return Counter(line.split()[0] for line in lines)


def fork(place, action, *arguments, fault=None):
    """Call ``action`` in a process of its own, and return its pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.environ["HOLDFAST_DB"] = str(place.database)
        os.environ["RAN"] = str(place.ran)
        if fault is not None:
            os.environ["HOLDFAST_FAULT"] = fault
        output = os.open(place.folder / "output", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        action(*arguments)
        status = 0
    except SystemExit as error:
        status = error.code or 0
    except BaseException:  # noqa: BLE001 - a forked process must never return into its parent's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


# What the processes of a play do.


def script(flow_name):
    sys.argv = [str(PROGRAM), flow_name]
    runpy.run_path(str(PROGRAM), run_name="__main__")


def settle():
    tend(default())


def retry(run_id):
    recovery.retry(default(), run_id, "person")


def answer():
    """Answer every wait that is open."""
    actions.PATIENCE = 0.0
    database = default()
    for wait in queries.inbox(database):
        if wait.answer is None:
            value = enduring.answer_to(wait.flow_name, wait.key)
            actions.resume(database, wait.flow_run_id, value, key=wait.key, channel="cli")


def execute(run_id):
    child.main(UUID(run_id), os.environ["HOLDFAST_DB"])


def worker(until, tell):
    """Claim a run, say so, and live until the other end of ``until`` is closed."""
    database = default()
    (run_id,) = claims.claim(database, liveness.register(database, HostKind.WORKER), 1, "worker")
    os.write(tell, run_id.hex.encode())
    os.read(until, 1)


def person(until):
    """Answer waits as they are opened, until the other end of ``until`` is closed."""
    news, tell = os.pipe()
    follower = default().watcher.follow(lambda _: os.write(tell, b"."), interval=0.005)
    while True:
        answer()
        ready, _, _ = select.select([news, until], [], [])
        if until in ready:
            follower.stop()
            return
        os.read(news, 4096)


class Play:
    """One flow from its start to its end, in a folder."""

    def __init__(self, place, flow_name, kept=()):
        self.place = place
        self.flow_name = flow_name
        self.kept = dict(kept)
        """How often the bodies of finished task runs had run when they were found finished."""
        self.before = ""
        """The action of the last step, if it was not killed."""

    def next_action(self):
        """What somebody does next: a name and arguments; ``None`` when there is nothing left to do."""
        roots = self.place.rows("SELECT id, state_type, state_name FROM flow_run WHERE parent_id IS NULL")
        if not roots:
            return "script", self.flow_name
        ((run_id, type_, name),) = roots
        if type_ == "COMPLETED":
            return None
        if type_ == "CRASHED":
            return "retry", run_id
        if type_ == "SCHEDULED":
            return "execute", run_id
        if name == "Suspended":
            if not self.place.rows("SELECT 1 FROM wait WHERE status = 'open'"):
                raise Broken("suspended, yet nothing is asked")
            return ("answer",)
        if type_ in ("PENDING", "RUNNING", "PAUSED", "CANCELLING") and self.before != "settle":
            return ("settle",)
        raise Broken(f"stuck in {name}")

    def step(self, action, fault=None, person_fault=None, worker_fault=None, claimed=False):
        """Do it in processes of its own; say whether one was killed by a fault."""
        name, *arguments = action
        self._keep(forget_failures=name == "retry")
        until, end = os.pipe()
        beside = Beside(self.place, until, end)
        killed = False
        if name == "execute" and not claimed:
            killed |= beside.begin_work(worker_fault)
        if not killed:
            if name in ("script", "execute") and "pausing" in self.flow_name:
                beside.begin(person, until, fault=person_fault)
            running = fork(self.place, _closing(end, globals()[name]), *arguments, fault=fault)
            killed |= beside.watch(running, name)
        os.close(end)
        beside.join()
        os.close(until)
        self.before = "" if killed else name
        return killed

    def _keep(self, *, forget_failures):
        """Remember which task runs are finished, to see at the end that they did not run again."""
        if not self.place.database.exists():
            return
        bodies = self.place.bodies()
        finished = self.place.rows(
            "SELECT id, state_type FROM task_run WHERE state_type = 'COMPLETED'"
            " OR state_type = 'FAILED' AND id IN (SELECT run_id FROM result)"  # a retry forgets failures
        )
        for task_run_id, type_ in finished:
            if forget_failures and type_ == "FAILED":
                self.kept.pop(task_run_id, None)
            else:
                self.kept.setdefault(task_run_id, bodies[task_run_id])

    def to_the_end(self, shape):
        """Do what is left to do, undisturbed, and see that every promise was kept."""
        if os.waitpid(fork(self.place, self._do_the_rest, shape), 0)[1]:
            raise Broken((self.place.folder / "broken").read_text())

    def _do_the_rest(self, shape):
        try:
            for _ in range(MOST_STEPS):
                action = self.next_action()
                if action is None:
                    self.check()
                    _expect("what there is", self.shape(), shape)
                    return
                self._act(*action)
            raise Broken(f"not done after {MOST_STEPS} steps")
        except BaseException as error:
            (self.place.folder / "broken").write_text(repr(error))
            raise

    def _act(self, name, *arguments):
        """Do it in this process, which has been a worker, too, unless it has to be done in one of its own."""
        if name in ("settle", "retry", "answer"):
            self._keep(forget_failures=name == "retry")
            globals()[name](*arguments)
            self.before = name
            return
        if name == "execute":
            claims.claim(default(), liveness.current(default()), 1, "worker")
        close_all()
        self.step((name, *arguments), claimed=True)

    def check_what_belongs_together(self):
        """See that no commit held half of something."""
        query = (
            "SELECT wait.key FROM wait JOIN flow_run ON flow_run.id = flow_run_id"
            " WHERE status = 'open' AND executions = 1 AND state_name = 'Running'"
        )
        _expect("waits of runs that go on", self.place.rows(query), [])

    def check(self):
        """See that every promise was kept."""
        rows = self.place.rows
        self._keep(forget_failures=False)
        bodies = self.place.bodies()
        _expect("bodies of finished tasks", {each: bodies[each] for each in self.kept}, self.kept)
        ((result,),) = rows("SELECT body FROM result JOIN flow_run ON id = run_id WHERE parent_id IS NULL")
        _expect("result", result, b"J42")
        _expect("unfinished runs", rows("SELECT name FROM flow_run WHERE state_type != 'COMPLETED'"), [])
        _expect(
            "tasks that did not end",
            rows("SELECT name FROM task_run WHERE state_type NOT IN ('COMPLETED', 'FAILED')"),
            [],
        )
        accepted = rows(
            "SELECT wait.status, (SELECT count(*) FROM answer WHERE wait_id = wait.id AND verdict = 'accepted'),"
            " (SELECT count(*) FROM answer WHERE wait_id = wait.id) FROM wait"
        )
        _expect("decisions", set(accepted) | {("decided", 1, 1)}, {("decided", 1, 1)})
        _expect("calls", rows("SELECT call FROM task_run GROUP BY flow_run_id, call HAVING count(*) > 1"), [])
        _expect("runs left with a host", rows("SELECT name FROM flow_run WHERE host_id IS NOT NULL"), [])
        _expect("integrity", rows("PRAGMA integrity_check"), [("ok",)])
        _expect("foreign keys", rows("PRAGMA foreign_key_check"), [])

    def shape(self):
        """What there is in the end, whatever happened on the way."""
        return self.place.rows(
            "SELECT flow_name, call, (SELECT count(*) FROM task_run WHERE flow_run_id = flow_run.id),"
            " (SELECT count(*) FROM wait WHERE flow_run_id = flow_run.id) FROM flow_run ORDER BY flow_name, call"
        )


class Beside:
    """The processes that live beside the one that a step is about, until it has ended."""

    def __init__(self, place, until, end):
        self._place = place
        self._until = until
        self._end = end
        self._pids = {}

    def begin(self, action, *arguments, fault=None):
        self._pids[fork(self._place, _closing(self._end, action), *arguments, fault=fault)] = action

    def begin_work(self, fault):
        """Have a worker claim the run; say whether it was killed."""
        told, tell = os.pipe()
        self.begin(worker, self._until, tell, fault=fault)
        os.close(tell)
        claimed = os.read(told, 32)
        os.close(told)
        return not claimed

    def watch(self, running, name):
        """Wait for the process that the step is about; a person who is killed is followed by another."""
        killed = False
        while True:
            pid, status = os.wait()
            killed |= _killed(status, name)
            if pid == running:
                return killed
            if self._pids.pop(pid) is person:
                self.begin(person, self._until)

    def join(self):
        for pid in self._pids:
            _killed(os.waitpid(pid, 0)[1], "a process beside it")


def _expect(what, found, wanted):
    if found != wanted:
        raise Broken(f"{what}: {found!r} instead of {wanted!r}")


def _closing(descriptor, action):
    def act(*arguments):
        os.close(descriptor)
        action(*arguments)

    return act


def _killed(status, name):
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise Broken(f"{name} ended with status {os.waitstatus_to_exitcode(status)}")
    return False


class Sweep:
    """All plays of one flow."""

    def __init__(self, flow_name, folder):
        self.flow_name = flow_name
        self.folder = folder
        self.problems = []
        self.kills = 0

    def run(self):
        """Play it once undisturbed, then with a kill at each commit of each step."""
        for number, (action, kept, before) in enumerate(self._undisturbed()):
            self._kill_everywhere(number, action, kept, before, "fault")
            if action[0] == "execute":
                self._kill_everywhere(number, action, kept, before, "worker_fault")
            if "pausing" in self.flow_name and action[0] in ("script", "execute"):
                self._kill_everywhere(number, action, kept, before, "person_fault")

        for seed in range(RANDOM_PLAYS):
            self._kill_at_random(seed)

    def _kill_at_random(self, seed):
        """Play it with a kill in most of its first steps, at commits that the seed determines."""
        random = Random(seed)
        place = Place(self.folder / "step-0").copy_to(self.folder / "play")
        play = Play(place, self.flow_name)
        try:
            for _ in range(RANDOM_STEPS):
                action = play.next_action()
                if action is None:
                    break
                faults = [f"{random.choice(('before', 'after'))}:{random.randint(1, 9)}" for _ in range(3)]
                self.kills += play.step(action, *faults)
            play.to_the_end(self.shape)
        except Broken as broken:
            self.problems.append(f"random play {seed}: {broken}")
            place.copy_to(self.folder / f"broken-{len(self.problems)}")

    def _undisturbed(self):
        steps = []
        play = Play(Place(self.folder / "undisturbed"), self.flow_name)
        play.place.folder.mkdir()
        os.waitpid(fork(play.place, default), 0)
        while (action := play.next_action()) is not None:
            play.place.copy_to(self.folder / f"step-{len(steps)}")
            steps.append((action, dict(play.kept), play.before))
            play.step(action)
        play.check()
        self.shape = play.shape()
        return steps

    def _kill_everywhere(self, number, action, kept, before, whose):
        for when in ("before", "after"):
            commit = 0
            killed = True
            while killed:
                commit += 1
                fault = f"{when}:{commit}"
                place = Place(self.folder / f"step-{number}").copy_to(self.folder / "play")
                play = Play(place, self.flow_name, kept)
                play.before = before
                try:
                    killed = play.step(action, **{whose: fault})
                    self.kills += killed
                    if killed:
                        play.check_what_belongs_together()
                        play.to_the_end(self.shape)
                except Broken as broken:
                    self.problems.append(f"step {number} {action[0]}, {whose} {fault}: {broken}")
                    place.copy_to(self.folder / f"broken-{len(self.problems)}")


def warm():
    """Load what every process would load, and let no collection touch the memory that they share."""
    template._warm()
    assert coolname
    assert jsonschema_rs
    gc.disable()


def main(flow_name, folder):
    warm()
    sweep = Sweep(flow_name, Path(folder))
    sweep.run()
    print(json.dumps({"kills": sweep.kills, "problems": sweep.problems}))


if __name__ == "__main__":
    main(*sys.argv[1:])
