"""A module is a subject: few are crumbs, few share a name, and few are long. Those that do have their reason here."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("house", Path(__file__).parents[1] / "house.py")
assert _SPEC is not None
assert _SPEC.loader is not None
house = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(house)

COMMAND = "core/holdfast/cli/commands"
"""Each command has a module of its name here, however short: it is loaded when the command runs."""
CRUMBS = {
    "core/holdfast/cli/open_database.py": "commands begin with it, and nothing else of theirs is about the database",
    "core/holdfast/engine/stored_values/hash_parts.py": "the one way to put hashes together, for three modules of them",
    "core/holdfast/forms/field_words.py": "fields and the validator have the same words for values",
    "core/holdfast/forms/node_kinds.py": "knows all kinds of nodes, each of which may hold every other",
    "core/holdfast/store/crash_points.py": "for the tests only; nothing of the store has to know it",
    "core/holdfast/store/migrations/env.py": "Alembic asks for it",
    "core/holdfast/store/schemas.py": "writes one table, as each such module of the store does",
    "tui/holdfast_tui/screens/problem.py": "a screen has a module of its own",
    "tui/holdfast_tui/textual_types.py": "for type checkers, below everything",
}
"""Modules that are short, and why they are not part of another."""
NAMED_TWICE = {
    "deployments": "the public module, and the store's of its table",
    "tasks": "the public module, and the store's of its table",
}
"""Names that two modules of a distribution share, and why. Those of commands do not count: users gave them."""
LONGEST = 450
LONG = {
    "core/holdfast/store/tables.py": "all tables in one place",
    "tui/holdfast_tui/forms/screen.py": "one screen, whose parts are in modules of their own",
}
"""Modules of more lines, and why they are not cut."""
OWN_NAMES = ("__init__.py", "__main__.py")


def modules():
    """All modules but those that Python names, by their paths from the root of the repository."""
    return {
        path.relative_to(house.ROOT).as_posix(): path.read_text().count("\n")
        for part in house.PARTS
        for path in house.modules(part)
        if path.name not in OWN_NAMES
    }


def test_modules_that_are_crumbs_have_a_reason():
    crumbs = {
        path for path, lines in modules().items() if lines < house.CRUMB and Path(path).parent.as_posix() != COMMAND
    }
    assert crumbs == CRUMBS.keys()


@pytest.mark.parametrize("part", house.PARTS)
def test_names_that_two_modules_share_have_a_reason(part):
    names = Counter(
        Path(path).stem for path in modules() if path.startswith(part + "/") and Path(path).parent.as_posix() != COMMAND
    )
    twice = {name for name, times in names.items() if times > 1}
    assert twice == {name for name in NAMED_TWICE if part == "core"}


def test_modules_that_are_long_have_a_reason():
    assert {path for path, lines in modules().items() if lines > LONGEST} == LONG.keys()
