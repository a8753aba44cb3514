"""Many paused async flows in one process: the cost of each, and the time until all continue after a bulk answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from children import Child, at_home, fresh_home, running
from measuring import Budget, Options, Row, row
from programs.crowd import answer_all

from holdfast.store.database import default

_COUNT, _QUICK_COUNT = 10_000, 1_000


def measure(options: Options) -> Iterator[Row]:
    """Measure answers from another process and from the flows' own process."""
    count = _QUICK_COUNT if options.quick else _COUNT
    for source in ("other", "same"):
        yield from _answered_from(source, options.place, count)


def _answered_from(source: str, place: Path, count: int) -> Iterator[Row]:
    with fresh_home(place) as home, at_home(home), running("crowd", str(count), source, home=home) as child:
        paused = child.read()
        began, ended, woke = _woken(child, source)
    name = f"{count:,} paused, answered by the {source} process"
    if source == "other":
        yield _one(f"{count:,} paused: threads", paused["threads"], "count", Budget(value=2))
        yield _one(f"{count:,} paused: memory each", paused["bytes"] / count / 1024, "KB", Budget(value=20))
        yield _one(f"{count:,} paused: to pause one", paused["seconds"] / count, "s", Budget())
    yield _one(f"{name}: to give one answer", (ended - began) / count, "s", Budget())
    yield _one(f"{name}: first answer given until all awake", max(woke) - began, "s", Budget())
    yield _one(f"{name}: last answer given until all awake", max(0.0, max(woke) - ended), "s", Budget(value=2))


def _woken(child: Child, source: str) -> tuple[float, float, list[float]]:
    """Return when answering began and ended, and when each flow continued, in seconds."""
    if source == "other":
        child.say("go")
        waits = [UUID(each).hex for each in child.read()]
        began, ended = answer_all(default(), waits)
    else:
        child.say("go")
        began, ended = child.read()
    return began, ended, child.read()


def _one(name: str, value: float, unit: str, budget: Budget) -> Row:
    return row(name, [[value]], unit=unit, budget=budget)  # type: ignore[arg-type]
