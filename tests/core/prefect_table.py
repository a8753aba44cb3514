"""The tables under "Coming from Prefect" in core/README.md, and which tests are of which of their rows."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "core" / "README.md"


class Table:
    """One of the tables, found by its head."""

    def __init__(self, head: str) -> None:
        text = README.read_text().partition(f"\n{head}\n")[2].partition("\n\n")[0]
        lines = [re.split(r" (?<!\\)\| ", line.removeprefix("| ").removesuffix(" |")) for line in text.splitlines()[1:]]
        self.rows = {first: rest for first, *rest in lines}
        assert self.rows, head
        assert len(self.rows) == len(lines), "Two rows begin with the same."
        self.tests: dict[str, list[Callable[..., Any]]] = {}

    def row(self, first: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Marks a test, or a flow that a test uses, of the row that begins so; a row may have several."""

        def note(test: Callable[..., Any]) -> Callable[..., Any]:
            self.tests.setdefault(first, []).append(test)
            return test

        return note

    def names_without_a_test(self) -> dict[str, list[str]]:
        """Names in what a row says of Holdfast that none of its tests uses."""
        found = {}
        for first, cells in self.rows.items():
            source = "".join(inspect.getsource(each) for each in self.tests.get(first, ()))
            names = set(re.findall(r"`([^`]+)`", cells[0] if len(cells) == 1 else cells[1]))
            found[first] = sorted(name for name in names if not _is_used(name, source))
        return {first: names for first, names in found.items() if names}


def _is_used(name: str, source: str) -> bool:
    """Whether it is a module that can be imported, or each word of it is in the source; a sign is if it is."""
    if re.fullmatch(r"holdfast\.\w+", name):
        return importlib.util.find_spec(name) is not None
    return all(each in source for each in re.findall(r"\w+", name) or [name])
