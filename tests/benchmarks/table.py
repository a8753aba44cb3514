"""Output of the rows as an aligned table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from measuring import Row, Unit

_HEADINGS = ("", "median", "p25 to p75", "p99", "reference", "", "ratio", "budget", "")
_RIGHT = frozenset({1, 2, 3, 5, 6})


def amount(value: float, unit: Unit) -> str:
    """Return a value with its unit, to three digits."""
    if unit == "count":
        return f"{value:,.0f}"
    if unit != "s":
        return f"{_digits(value)} {unit}"
    for factor, name in ((1e6, "µs"), (1e3, "ms")):
        if value * factor < 1000:
            return f"{_digits(value * factor)} {name}"
    return f"{_digits(value)} s"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def lines(groups: Mapping[str, Sequence[Row]]) -> Iterable[str]:
    """Yield the table's lines."""
    cells = {group: [_cells(row) for row in rows] for group, rows in groups.items()}
    everything = [_HEADINGS, *(each for rows in cells.values() for each in rows)]
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    yield _line(_HEADINGS, widths)
    for group, rows in cells.items():
        yield f"{group}"
        for each in rows:
            yield _line(each, widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if index in _RIGHT else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"  {'  '.join(padded)}".rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    spread = "" if row.samples == 1 else f"{amount(row.low, row.unit)} to {amount(row.high, row.unit)}"
    return (
        row.name,
        amount(row.value, row.unit),
        spread,
        "" if row.p99 is None else amount(row.p99, row.unit),
        row.reference_name or "",
        "" if row.reference is None else amount(row.reference, row.unit),
        "" if row.ratio is None else f"{_digits(row.ratio)} x",
        _budget(row),
        {None: "", False: "ok", True: "OVER"}[row.is_over],
    )


def _budget(row: Row) -> str:
    budget = row.budget
    parts = []
    if budget.value is not None:
        parts.append(f"≤ {amount(budget.value, row.unit)}")
    if budget.p99 is not None:
        parts.append(f"p99 ≤ {amount(budget.p99, row.unit)}")
    if budget.ratio is not None:
        parts.append(f"≤ {_digits(budget.ratio)} x")
    return ", ".join(parts)


def as_json(machine: Mapping[str, Any], groups: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return all measurements. Times are in seconds."""
    rows = [
        {"group": group, **asdict(row), "over_budget": row.is_over} for group, rows in groups.items() for row in rows
    ]
    return {"machine": dict(machine), "rows": rows}
