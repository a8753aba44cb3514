"""The columns of the run list: their definitions, which of them fit, and their contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from holdfast.filters import Order, Sort
from holdfast.states import StateType
from holdfast_tui.data.run_window import RunRow
from holdfast_tui.text.cells import Cell, Line, fit, fit_right, one_line
from holdfast_tui.text.durations import Clock, coarse, countdown, took
from holdfast_tui.text.state_style import asked, question_of, symbol, tone

RAISED = "Flow run encountered an exception: "
"""The beginning of the engine's message about an exception. A list has no room to repeat it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the width that it needs."""

    head: str
    least: int
    most: int
    stays: int
    """The priority. If not all columns fit, the one with the lowest priority is dropped first."""
    share: int = 0
    """Its share of the remaining width, relative to the other columns."""
    right: bool = False
    sort: Sort | None = None
    """The order by the contents of this column."""


_ANY = 10_000
COLUMNS: dict[str, Column] = {
    "state": Column("State", 15, 15, 100, sort=Sort.STATE),
    "name": Column("Run", 18, 30, 99, 2, sort=Sort.NAME),
    "flow": Column("Flow", 12, 20, 80, 2, sort=Sort.FLOW),
    "deployment": Column("Deployment", 12, 28, 20, 2),
    "tags": Column("Tags", 8, 24, 10, 2),
    "age": Column("Age", 4, 4, 90, right=True, sort=Sort.CREATED),
    "took": Column("Took", 8, 8, 60, right=True, sort=Sort.TOOK),
    "updated": Column("Updated", 7, 7, 30, right=True, sort=Sort.UPDATED),
    "ended": Column("Ended", 6, 6, 25, right=True, sort=Sort.ENDED),
    "id": Column("Id", 13, 13, 40),
    "note": Column("", 18, _ANY, 70, 3),
}
"""All columns, from left to right."""

USUAL = ("state", "name", "flow", "age", "took", "note")
ROOMY = ("state", "name", "flow", "tags", "age", "took", "id", "note")
"""The default columns in a wide terminal."""
_NARROW, _ROOMY = 60, 150
_LEAST_IF_NARROW = {"state": 13, "name": 14}


@dataclass(frozen=True, slots=True)
class Look:
    """The columns that the user has chosen."""

    chosen: tuple[str, ...] = ()
    """The names of the columns; empty for the ones that fit the width."""
    wide: bool = False
    """Whether as many columns as fit are shown."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A column and its actual width."""

    name: str
    column: Column
    width: int


@lru_cache(64)
def columns(width: int, look: Look = Look()) -> tuple[Fitted, ...]:
    """Return the columns that fit in ``width`` cells and fill them; each but the last is followed by a space."""
    usual = ROOMY if width >= _ROOMY else USUAL
    wanted = tuple(COLUMNS) if look.wide else look.chosen or usual
    least = {name: COLUMNS[name].least for name in wanted}
    if width < _NARROW:
        least |= {name: size for name, size in _LEAST_IF_NARROW.items() if name in least}
    while len(least) > 1 and sum(least.values()) + len(least) - 1 > width:
        del least[min(least, key=lambda name: COLUMNS[name].stays)]
    widths = _spread(least, width - len(least) + 1)
    return tuple(Fitted(name, COLUMNS[name], size) for name, size in widths.items())


def _spread(least: Mapping[str, int], width: int) -> dict[str, int]:
    """Distribute the remaining width to the columns that can use it, and the rest to the last of them."""
    widths = dict(least)
    while (spare := width - sum(widths.values())) > 0:
        able = {name: COLUMNS[name].share for name in widths if widths[name] < COLUMNS[name].most}
        shares = sum(able.values())
        if not shares:
            break
        for name, share in able.items():
            widths[name] = min(COLUMNS[name].most, widths[name] + spare * share // shares)
        if spare == width - sum(widths.values()):
            last = next(reversed([name for name, share in able.items() if share]))
            widths[last] = min(COLUMNS[last].most, widths[last] + spare)
    last = next((name for name in ("note", "name") if name in widths), next(reversed(widths)))
    widths[last] = max(1, widths[last] + width - sum(widths.values()))
    return widths


def heads(width: int, look: Look, order: Order) -> list[str]:
    """Return the column heads; an arrow marks the sorted column, except in the default order."""
    parts: list[str] = []
    for each in columns(width, look):
        head = each.column.head
        if each.column.sort is order.by and order != Order():
            head += "↑" if order.reverse else "↓"
        parts.append(_fit(head, each))
    return _spaced(parts)


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a row in the tree."""

    depth: int = 0
    opened: bool = False
    """Whether its child runs are shown."""


def cells(row: RunRow, place: Place, width: int, look: Look, clock: Clock, deployments: Mapping[UUID, str]) -> Line:
    """Return the cells of a run."""
    fitted = columns(width, look)
    texts = _spaced([_cell(row, place, each, clock, deployments) for each in fitted])
    return [Cell(text, _tone(row, each.name)) for text, each in zip(texts, fitted, strict=True)]


def _cell(row: RunRow, place: Place, at: Fitted, clock: Clock, deployments: Mapping[UUID, str]) -> str:
    if at.name == "name":
        return _name(row, place, at.width)
    if at.name == "deployment":
        deployment = row.run.deployment_id
        return fit("" if deployment is None else deployments.get(deployment, ""), at.width)
    if at.name == "note":
        return fit(f" {note(row, clock)}", at.width)
    return _fit(_TEXTS[at.name](row, clock), at)


def _name(row: RunRow, place: Place, width: int) -> str:
    before = "  " * (place.depth - 1) + "└ " if place.depth else ""
    after = (" ▾" if place.opened else " ▸") if row.is_parent else ""
    room = width - len(before) - len(after)
    if room < 4:
        return fit(f"{before[-2:]}{row.run.name}", width)
    name = row.run.name
    return fit(before + (fit(name, room).rstrip() if after else name) + after, width)


_TEXTS: dict[str, Callable[[RunRow, Clock], str]] = {
    "state": lambda row, clock: f"{symbol(row.run.state)} {row.run.state.name}",
    "flow": lambda row, clock: row.run.flow_name,
    "tags": lambda row, clock: ", ".join(sorted(row.run.tags)),
    "age": lambda row, clock: coarse(clock() - row.run.created),
    "took": lambda row, clock: _took(row, clock),
    "updated": lambda row, clock: coarse(clock() - row.run.state.timestamp),
    "ended": lambda row, clock: coarse(clock() - row.run.ended) if row.run.ended else "",
    "id": lambda row, clock: str(row.run.id)[:13],
}


def _took(row: RunRow, clock: Clock) -> str:
    """Return the duration of a run; while it runs, in one unit, so that the list does not flicker."""
    run = row.run
    if run.started is None:
        return ""
    return coarse(clock() - run.started) if run.ended is None else took(run.started, run.ended, clock)


def note(row: RunRow, now_: Clock) -> str:
    """Return the note of a run: what was asked of it, what it waits for, or how it ended."""
    run, now = row.run, now_()
    if said := asked(run, now):
        return said
    if row.wait is not None:
        if row.wait.answer is not None:
            return f"answered by {row.wait.answer.given_by}, pending"
        if row.wait.deadline is None:
            return question_of(row.wait, run)
        return f"{countdown(row.wait.deadline, now)}  {question_of(row.wait, run)}"
    return one_line((run.state.message or "").removeprefix(RAISED))


def _tone(row: RunRow, column: str) -> str:
    if column == "state":
        return tone(row.run.state)
    if column == "note":
        under_way = row.run.request is not None and row.run.state.type is not StateType.PAUSED
        return "active" if under_way else "plain" if row.wait is not None else "muted"
    return "plain" if column == "name" else "muted"


def _fit(text: str, at: Fitted) -> str:
    return fit_right(text, at.width) if at.column.right else fit(text, at.width)


def _spaced(texts: Sequence[str]) -> list[str]:
    return [*(f"{text} " for text in texts[:-1]), *texts[-1:]]
