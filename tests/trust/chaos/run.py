"""Runs real processes on one database, kills, stops and continues them at random, and sees that every promise is kept.

``make chaos MINUTES=30 SEED=1``. Scripts, workers with their children, people and schedules work on one database. Then
everything is let come to its end, and `invariants` compares the records with what a witness outside the engine saw.
Prints counts; ends with status 1 and a sentence for each promise that was broken, and keeps the folder then.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import invariants  # noqa: E402 - these are found on the path that was just added
import witness  # noqa: E402

from processes import Forge  # noqa: E402

FLOWS = ("suspending", "pausing", "asuspending", "threads", "tree", "receiving")
MOST_RUNS = 10
"""Runs under way at a time."""
SETTLING = 180.0
"""Seconds in which everything has to come to its end once nothing is disturbed any more."""


class Chaos:
    """One database, its processes, and what is done to them."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.database = folder / "holdfast.db"
        self.random = random.Random(seed)
        self.counts = Counter()
        self.workers = []
        self.scripts, self.people = [], []
        self.stopped = {}
        """Pids that stand still, and until when."""
        self._values = 0
        os.environ |= {"WITNESS": str(folder), "HOLDFAST_DB": str(self.database), "HOLDFAST_USER": "chaos"}
        self.forge = Forge(HERE.parent / "forge.py")

    def rows(self, query, *parameters):
        """What the database has, read without the engine."""
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(query, parameters).fetchall()
        return []  # there are no tables yet

    def disturb(self, seconds):
        """Do things at random for so long."""
        doings = {
            self.start_flow: 5,
            self.answer: 14,
            self.send: 5,
            self.ask_something: 3,
            self.retry: 3,
            self.look: 1,
            self.start_worker: 3,
            self.end_worker: 1,
            self.kill: 5,
            self.stand_still: 3,
        }
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (do,) = self.random.choices(list(doings), weights=list(doings.values()))
            do()
            self.go_on(at=time.monotonic())
            time.sleep(self.random.uniform(0, 0.15))

    def start_flow(self):
        unfinished = self.rows(
            "SELECT count(*) FROM flow_run WHERE parent_id IS NULL AND state_type NOT IN"
            " ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"
        )
        if not unfinished or unfinished[0][0] < MOST_RUNS:
            flow = self.random.choice(FLOWS)
            self.scripts.append(self.forge.start("script", HERE / "flows.py", flow, folder=self.folder))
            self.counts["scripts"] += 1

    def person(self, verb, *arguments):
        """Have somebody do something."""
        self.people.append(self.forge.start("script", HERE / "person.py", verb, *arguments, folder=self.folder))

    def value(self):
        """A number that nobody has said before."""
        self._values += 1
        return self._values

    def open_waits(self):
        return self.rows(
            "SELECT flow_run_id, key FROM wait WHERE status = 'open' AND NOT EXISTS"
            " (SELECT 1 FROM answer WHERE wait_id = wait.id AND verdict = 'given')"
        )

    def answer(self):
        if found := self.open_waits():
            run, key = self.random.choice(found)
            for _ in range(self.random.choice((1, 1, 1, 2))):  # sometimes two at once, with different answers
                self.person("answer", run, key, self.value())

    def unfinished(self, where="1"):
        return [run for (run,) in self.rows(f"SELECT id FROM flow_run WHERE parent_id IS NULL AND {where}")]

    def send(self):
        if found := self.unfinished("flow_name = 'receiving' AND state_type IN ('RUNNING', 'PAUSED', 'SCHEDULED')"):
            self.person("send", self.random.choice(found), self.value())

    def ask_something(self):
        if found := self.unfinished("state_type IN ('RUNNING', 'PAUSED')"):
            verb = self.random.choice(("pause", "suspend", "go_on", "go_on", "suspend", "cancel"))
            if verb != "cancel" or not self.random.randrange(4):
                self.person(verb, self.random.choice(found))

    def retry(self):
        for run in self.unfinished("state_type IN ('CRASHED', 'FAILED')")[:3]:
            self.person("retry", run)

    def look(self):
        self.person("look")

    def start_worker(self):
        self.workers = [each for each in self.workers if not each.ended]
        if len(self.workers) < 2:
            self.workers.append(self.forge.start("usual_worker", 3, 5, folder=self.folder))
            self.counts["workers"] += 1

    def end_worker(self):
        if self.workers:
            number = self.random.choice((signal.SIGTERM, signal.SIGINT))
            self.random.choice(self.workers).signal(number)
            self.counts["workers ended"] += 1

    def pids(self):
        """All processes that there are to kill: of scripts, people, workers, their templates and children."""
        started = [each.pid for each in (*self.scripts, *self.people, *self.workers) if not each.ended]
        executing = [pid for (pid,) in self.rows("SELECT pid FROM host") if Path(f"/proc/{pid}").exists()]
        return sorted({*started, *executing, *(below for pid in started for below in children_of(pid))} - {os.getpid()})

    def kill(self):
        self._signal(signal.SIGKILL, "killed")

    def stand_still(self):
        if pid := self._signal(signal.SIGSTOP, "stopped"):
            self.stopped[pid] = time.monotonic() + self.random.uniform(0.1, 4)

    def _signal(self, number, counted):
        found = self.pids()
        if not found:
            return None
        pid = self.random.choice(found)
        if not is_ours(pid):
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            self.counts[counted] += 1
        return pid

    def go_on(self, at=float("inf")):
        """Continue what has stood still for long enough."""
        for pid, until in list(self.stopped.items()):
            if until <= at:
                del self.stopped[pid]
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        self.scripts = [each for each in self.scripts if not each.ended]
        self.people = [each for each in self.people if not each.ended]

    def settle(self):
        """Disturb nothing any more, and see to it that everything comes to its end; says whether it has."""
        self.go_on()
        for each in self.workers:
            each.signal(signal.SIGTERM)
        self.workers = []
        self.start_worker()
        end = time.monotonic() + SETTLING
        while time.monotonic() < end:
            left = self.unfinished("state_type NOT IN ('COMPLETED', 'CANCELLED')")
            if not left:
                return True
            self.see_to(left)
            self.go_on()
            time.sleep(0.5)
        return False

    def see_to(self, left):
        """Do for the runs that are left what they wait for."""
        if not self.open_waits() and not all(each.ended for each in self.people):
            return  # somebody is still at it
        for run, key in self.open_waits():
            self.person("answer", run, key, self.value())
        self.retry()
        for run in left:
            ((flow, state, request),) = self.rows(
                "SELECT flow_name, state_name, request FROM flow_run WHERE id = ?", run
            )
            asked = self.rows(
                "SELECT 1 FROM wait JOIN flow_run ON flow_run.id = flow_run_id WHERE root_id = ? AND status = 'open'",
                run,
            )
            if flow == "receiving" and state == "Running":
                self.person("send", run, self.value())
            if request in ("pause", "suspend") or (state == "Suspended" and not asked):
                self.person("go_on", run)
        self.look()

    def close(self):
        for each in (*self.scripts, *self.people, *self.workers):
            each.kill()
        for pid in self.pids():
            if is_ours(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.forge.close()


def children_of(pid):
    """The processes that a process has started, and those below them."""
    with suppress(OSError):
        for each in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            yield each
            yield from children_of(each)


def is_ours(pid):
    """Whether the process works on this database: its pid may be another one's by now."""
    try:
        return os.environ["WITNESS"].encode() in Path(f"/proc/{pid}/environ").read_bytes() or "forge.py" in command(pid)
    except OSError:
        return False


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long processes are disturbed")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6, help="for the same choices again")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="holdfast-chaos-"))
    chaos = Chaos(folder, arguments.seed)
    print(f"Seed {arguments.seed}, {arguments.minutes:g} minutes, in {folder}", flush=True)
    try:
        chaos.disturb(60 * arguments.minutes)
        chaos.settle()
    finally:
        chaos.close()
    facts = witness.facts()
    broken = invariants.problems(chaos.database, facts)
    print(report(chaos, facts), flush=True)
    for each in broken:
        print(f"Broken: {each}", flush=True)
    if not broken:
        shutil.rmtree(folder)
    return 1 if broken else 0


def report(chaos, facts):
    """What was done, and what came of it, in counts."""
    runs = Counter(state for (state,) in chaos.rows("SELECT state_name FROM flow_run"))
    verbs = Counter(fact["verb"] for fact in facts if fact["kind"] == "acknowledged")
    ((executions,),) = chaos.rows("SELECT sum(executions) FROM flow_run")
    refused = Counter(fact["error"].partition(":")[0] for fact in facts if fact["kind"] == "refused")
    counts = {
        **chaos.counts,
        "task bodies": sum(fact["kind"] == "body" for fact in facts),
        "executions": executions,
        **{f"acknowledged: {verb}": count for verb, count in sorted(verbs.items())},
        **{f"refused: {error}": count for error, count in sorted(refused.items())},
        **{f"runs {state}": count for state, count in sorted(runs.items())},
    }
    return json.dumps(counts, indent=1)


if __name__ == "__main__":
    sys.exit(main())
