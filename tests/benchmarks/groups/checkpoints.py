"""The cost of recording work: task calls and flow runs, compared with raw commits of the same durability."""

from __future__ import annotations

from collections.abc import Iterator

from children import fresh_home, running
from measuring import Budget, Options, Reference, Row, row


def measure(options: Options) -> Iterator[Row]:
    """Measure each with synchronous NORMAL and FULL checkpoints."""
    rounds = options.rounds(25, 6)
    for synchronous, task_budget, flow_budget in (("normal", 10.0, 40.0), ("full", 1.5, None)):
        with (
            fresh_home(options.place) as home,
            running("checkpoints", str(rounds), home=home, HOLDFAST_SYNCHRONOUS=synchronous) as child,
        ):
            found = child.read()
        mode = synchronous.upper()
        reference = Reference(f"raw commit, {mode}", found["raw"])
        for name, rounds_of, budget in (
            ("task call", "task", task_budget),
            ("async task call", "async_task", task_budget),
            ("empty flow run", "flow", flow_budget),
        ):
            yield row(
                f"{name}, {mode}",
                found[rounds_of],
                reference=reference,
                budget=Budget(ratio=budget),
                latency=True,
            )
