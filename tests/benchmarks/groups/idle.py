"""The cost of a process while its flow waits for a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from children import Child, fresh_home, running
from measuring import Options, Row, row

_SECONDS = 3.0
_KINDS = {
    "sync": "sync flow in a pause",
    "async": "async flow in a pause",
    "many": "1,000 async flows in a pause",
}


def measure(options: Options) -> Iterator[Row]:
    """Measure the CPU share and wake-ups of paused processes, and of an idle process for comparison."""
    rounds = options.rounds(5, 1)
    with ExitStack() as stack:
        children = {}
        for kind in ("asleep", *_KINDS):
            home = stack.enter_context(fresh_home(options.place))
            children[kind] = stack.enter_context(running("idling", kind, home=home))
        for child in children.values():
            child.read()
        shares: dict[str, list[list[float]]] = {kind: [] for kind in children}
        wakes: dict[str, list[list[float]]] = {kind: [] for kind in children}
        for _ in range(rounds):
            for kind, (share, woken) in _round(children).items():
                shares[kind].append([share])
                wakes[kind].append([woken])
    for kind, name in _KINDS.items():
        yield row(f"{name}: CPU", shares[kind], unit="%")
        yield row(f"{name}: wake-ups per second", wakes[kind], unit="count")
    yield row("idle process: CPU", shares["asleep"], unit="%")


def _round(children: dict[str, Child]) -> dict[str, tuple[float, float]]:
    """Return the percentage of a core and the wake-ups per second of each process over the same time."""
    before = {kind: _used(child) for kind, child in children.items()}
    time.sleep(_SECONDS)
    found = {}
    for kind, child in children.items():
        now = _used(child)
        clock, cpu, switches = (new - old for new, old in zip(now, before[kind], strict=True))
        found[kind] = (100 * cpu / clock, switches / clock)
    return found


def _used(child: Child) -> tuple[float, float, float]:
    child.say("now")
    clock, cpu, switches = child.read()
    return clock, cpu, switches
