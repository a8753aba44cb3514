"""The time from an answer to the flow's next statement, in another process and in the same one.

The clock is CLOCK_MONOTONIC, which all processes of a machine share. It starts before the call that answers and stops
in the flow's first statement after its pause. Answers come at random moments, so that they do not coincide with polls.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from children import Child, at_home, fresh_home, running
from measuring import Budget, Options, Reference, Row, row
from raw import RawCommits

from holdfast import resume_flow_run
from holdfast.store import queries
from holdfast.store.database import Database, default

PHASE = 0.02
"""The longest time in seconds between a run's pause and its answer."""
_BUDGET = Budget(value=0.005, p99=0.020)


def measure(options: Options) -> Iterator[Row]:
    """Measure sync and async flows, with and without a form, answered from another and from their own process."""
    count = options.rounds(150, 25)
    for kind in ("sync", "async"):
        yield from _from_another_process(options.place, kind, "form", count)
    yield from _from_another_process(options.place, "sync", "go-ahead", count)
    for kind in ("sync", "async"):
        yield _from_the_same_process(options.place, kind, count)


def _from_another_process(place: Path, kind: str, asked: str, count: int) -> Iterator[Row]:
    woken, returned, raw = [], [], []
    with fresh_home(place) as home, at_home(home), running("pausing", kind, asked, str(count), home=home) as child:
        commits = RawCommits(home / "raw.db", "FULL")
        for number in range(count):
            woke, back = _answer_one(child, number if asked == "form" else None)
            woken.append([woke])
            returned.append([back])
            raw.append(commits.block(5))
        commits.close()
    reference = Reference("raw commit, FULL", raw)
    name = f"{kind} flow, {asked}, other process"
    yield row(f"{name}: continues", woken, reference=reference, budget=_BUDGET, latency=True)
    yield row(f"{name}: resume returns", returned, reference=reference, latency=True)


def _answer_one(child: Child, answer: int | None) -> tuple[float, float]:
    """Return the seconds until the flow continued, and until the call that answered returned."""
    run_id = UUID(child.read()["flow_run_id"])
    wait_until_paused(default(), run_id)
    time.sleep(random.uniform(0, PHASE))
    began = time.monotonic_ns()
    resume_flow_run(run_id, answer)
    back = time.monotonic_ns()
    woke = child.read()["woke"]
    return (woke - began) / 1e9, (back - began) / 1e9


def wait_until_paused(database: Database, run_id: UUID) -> None:
    """Poll until the run waits. A watcher is not used, because it would be warm when the answer is given."""
    while not queries.get_waits(database, run_id):
        time.sleep(0.001)


def _from_the_same_process(place: Path, kind: str, count: int) -> Row:
    with fresh_home(place) as home, running("answering_itself", kind, str(count), home=home) as child:
        found = child.read()
    reference = Reference("raw commit, FULL", found["raw"])
    return row(
        f"{kind} flow, form, same process: continues", found["woken"], reference=reference, budget=_BUDGET, latency=True
    )
