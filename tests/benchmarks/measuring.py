"""Measurements: rounds of samples, the rounds of a reference, and a budget.

The machine is shared and noisy. So the measured code and its reference take turns, and only medians count. The value is
the median of all samples. The ratio is the median of the ratios of each round. The spread is the quartiles of the
rounds' medians.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Unit = Literal["s", "KB", "%", "count"]
Rounds = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure, and where to create files."""

    place: Path
    quick: bool = False
    large: bool = False

    @property
    def many(self) -> int:
        """The number of runs in a large file."""
        return 1_000_000 if self.large else 5_000 if self.quick else 50_000

    def rounds(self, usual: int, quick: int) -> int:
        """Return the number of rounds."""
        return quick if self.quick else usual


@dataclass(frozen=True, slots=True)
class Reference:
    """A value to compare with, measured in turns with the value itself."""

    name: str
    rounds: Rounds


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of the median, the 99th percentile and the ratio to the reference."""

    value: float | None = None
    p99: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    value: float
    low: float
    high: float
    unit: Unit = "s"
    p99: float | None = None
    samples: int = 1
    reference_name: str | None = None
    reference: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    budget: Budget = Budget()

    @property
    def is_over(self) -> bool | None:
        """Whether a budget is exceeded, or ``None`` if there is none."""
        pairs = ((self.value, self.budget.value), (self.p99, self.budget.p99), (self.ratio, self.budget.ratio))
        kept = [limit >= got for got, limit in pairs if got is not None and limit is not None]
        return not all(kept) if kept else None


def row(
    name: str,
    rounds: Rounds,
    *,
    unit: Unit = "s",
    reference: Reference | None = None,
    budget: Budget = Budget(),
    latency: bool = False,
) -> Row:
    """Make the row for the samples. With ``latency`` it also has the 99th percentile."""
    samples = [each for block in rounds for each in block]
    low, high = _quartiles([statistics.median(block) for block in rounds])
    compared: dict[str, Any] = {}
    if reference is not None:
        compared = {"reference_name": reference.name, "reference": _median_of_all(reference.rounds)}
        ratios = [
            statistics.median(block) / statistics.median(other)
            for block, other in zip(rounds, reference.rounds, strict=False)
        ]
        compared["ratio"] = statistics.median(ratios)
        compared["ratio_low"], compared["ratio_high"] = _quartiles(ratios)
    return Row(
        name,
        statistics.median(samples),
        low,
        high,
        unit=unit,
        p99=percentile(samples, 0.99) if latency else None,
        samples=len(samples),
        budget=budget,
        **compared,
    )


def in_turns(rounds: int, *blocks: Callable[[], Sequence[float]]) -> list[list[Sequence[float]]]:
    """Run each block once per round, in alternating order. Return the rounds of each block."""
    found: list[list[Sequence[float]]] = [[] for _ in blocks]
    for number in range(rounds):
        order = range(len(blocks)) if number % 2 == 0 else reversed(range(len(blocks)))
        for index in order:
            found[index].append(blocks[index]())
    return found


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least this share of the samples does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * share // 1) - 1))]


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    return percentile(values, 0.25), percentile(values, 0.75)


def _median_of_all(rounds: Rounds) -> float:
    return statistics.median(each for block in rounds for each in block)
