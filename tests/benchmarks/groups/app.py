"""The app on a real terminal, with a large file of runs. ``--large`` uses 1,000,000 runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from children import HERE, environment
from measuring import Budget, Options, Reference, Row, row
from screen import Screen, on_screen
from seeding import filled

from holdfast.records import Origin
from holdfast.states import named
from holdfast.store import runs, waits
from holdfast.store.database import Database
from holdfast.store.ids import new_id

_APP = [sys.executable, "-m", "holdfast"]
_BARE = [sys.executable, str(HERE / "programs" / "bare_app.py")]
_READY = "Filter"
"""A label in the bottom line, which is drawn with the first paint."""
_IDLE = 5.0
_FIELDS = 30
_ACTOR = "bench"


def measure(options: Options) -> Iterator[Row]:
    """Measure the start, keys, changes by another process, idling, and a large form."""
    home = filled(options)
    name = f"{options.many:,} runs"
    yield from _starts(home, name, options.rounds(15, 3))
    database = Database(home / "holdfast.db")
    try:
        newest = _new_run(database, "newest-of-all")
        _thirty_fields(database, newest)
        with on_screen(_APP, environment(home)) as screen:
            screen.until("newest-of-all")
            screen.rest(1.0)
            yield _keys(screen, name, options.rounds(200, 20))
            yield from _changes(screen, database, name, options.rounds(100, 10))
            yield _form(screen, name, options.rounds(15, 3))
            if Path("/proc/self/stat").exists():
                yield _idle(screen, name, options.rounds(5, 1))
    finally:
        database.close()


def _starts(home: Path, name: str, rounds: int) -> Iterator[Row]:
    """Measure times from the start of the process."""
    painted: list[list[float]] = []
    loaded: list[list[float]] = []
    bare: list[list[float]] = []
    for number in range(rounds + 1):
        with on_screen(_BARE, environment(home)) as screen:
            small = screen.until("painted")[0] - screen.started
        with on_screen(_APP, environment(home)) as screen:
            first = screen.until(_READY)[0] - screen.started
        with on_screen(_APP, environment(home)) as screen:
            rows = screen.until("Suspended")[0] - screen.started
        if number:  # the first time compiles to bytecode and fills the page cache
            bare.append([small])
            painted.append([first])
            loaded.append([rows])
    reference = Reference("Textual alone", bare)
    yield row(f"{name}: first paint from exec", painted, reference=reference, budget=Budget(value=0.3))
    yield row(f"{name}: rows on screen from exec", loaded, reference=reference, budget=Budget(value=0.8))


def _keys(screen: Screen, name: str, rounds: int) -> Row:
    samples = []
    for number in range(rounds):
        screen.settle()
        began = screen.type("j" if number % 20 < 10 else "k")
        samples.append([screen.first_byte() - began])
    return row(f"{name}: key to first byte", samples, budget=Budget(value=0.010), latency=True)


def _changes(screen: Screen, database: Database, name: str, rounds: int) -> Iterator[Row]:
    """Measure from another process's commit until a new run's name or state is drawn, and count the state's bytes."""
    arrived, changed, sizes = [], [], []
    for number in range(rounds):
        screen.type("g")  # new runs push the run under the cursor out of view
        screen.settle()
        word = f"arrived-{number:05d}"
        began = time.perf_counter()
        run_id = _new_run(database, word)
        arrived.append([screen.until(word)[0] - began])
        screen.rest(0.15)
        began = time.perf_counter()
        runs.set_state(database, run_id, named("Cancelled"), _ACTOR)
        at, size = screen.until("Cancelled")
        changed.append([at - began])
        sizes.append([size / 1024])
        screen.rest(0.15)
    budget = Budget(p99=0.1)
    yield row(f"{name}: commit of a new run to screen", arrived, budget=budget, latency=True)
    yield row(f"{name}: commit of a state to screen", changed, budget=budget, latency=True)
    yield row(f"{name}: bytes for one changed row", sizes, unit="KB", budget=Budget(value=1.0))


def _new_run(database: Database, name: str) -> str:
    run_id = new_id()
    origin = Origin("/nowhere/flow.py:flow", "/nowhere", sys.executable)
    runs.create(database, runs.NewRun(run_id, name, "bench", named("Running"), origin, b"{}"), _ACTOR)
    return run_id


def _thirty_fields(database: Database, run_id: str) -> None:
    kinds: list[dict[str, Any]] = [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]
    properties = {f"field_{number:02d}": kinds[number % 3] | {"title": f"Field {number}"} for number in range(_FIELDS)}
    schema = {"title": "Thirty", "type": "object", "properties": properties}
    waits.open_wait(
        database, run_id, key="thirty", schema=schema, initial=None, description="A large form", deadline=None,
        actor=_ACTOR,
    )  # fmt: skip


def _form(screen: Screen, name: str, rounds: int) -> Row:
    """Measure from the key until the form's fields are drawn."""
    screen.type("/newest-of-all\r")
    screen.until("newest-of-all")
    screen.rest(0.5)
    samples = []
    for _ in range(rounds):
        began = screen.type("r")
        samples.append([screen.until("Field 3")[0] - began])
        screen.rest(0.3)
        screen.type("\x1b")
        screen.rest(0.5)
    screen.type("\x1b")
    screen.rest(0.5)
    return row(f"{name}: form of {_FIELDS} fields opens", samples, budget=Budget(value=0.3))


def _idle(screen: Screen, name: str, rounds: int) -> Row:
    shares = []
    for _ in range(rounds):
        began, used = time.perf_counter(), screen.cpu()
        screen.rest(_IDLE)
        shares.append([100 * (screen.cpu() - used) / (time.perf_counter() - began)])
    return row(f"{name}: idle app, CPU", shares, unit="%", budget=Budget(value=1.0))
