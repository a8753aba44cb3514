"""The cost of starting a process: imports, and the smallest script."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from children import HERE, environment, fresh_home, seconds
from measuring import Budget, Options, Reference, Row, in_turns, row

_SCRIPT = str(HERE / "programs" / "one_task.py")


def measure(options: Options) -> Iterator[Row]:
    """Measure whole processes from start to end, compared with one that only imports SQLModel."""
    with fresh_home(options.place) as kept:

        def importing(statement: str) -> list[float]:
            return [seconds([sys.executable, "-c", statement], environment(kept))]

        def nothing() -> list[float]:
            return [seconds([sys.executable, "-c", ""], environment(kept))]

        def in_a_fresh_home() -> list[float]:
            with fresh_home(options.place) as home:
                return [seconds([sys.executable, _SCRIPT], environment(home))]

        def again() -> list[float]:
            return [seconds([sys.executable, _SCRIPT], environment(kept))]

        blocks: tuple[Callable[[], Sequence[float]], ...]
        # Names are imported, because importing the package alone loads nothing.
        imports = (partial(importing, each) for each in ("import sqlmodel", "from holdfast import flow, task"))
        blocks = (*imports, in_a_fresh_home, again, nothing)
        for block in blocks:
            block()  # the first time compiles to bytecode and fills the page cache
        sqlmodel, holdfast, fresh, existing, python = in_turns(options.rounds(25, 5), *blocks)
    reference = Reference("import sqlmodel", sqlmodel)
    yield row("from holdfast import flow, task", holdfast, reference=reference, budget=Budget(ratio=1.15))
    yield row("script, one-task flow, new database", fresh, reference=reference, budget=Budget(ratio=1.35))
    yield row("script, one-task flow, its database", existing, reference=reference, budget=Budget(ratio=1.35))
    yield row("python, empty program", python, reference=reference)
