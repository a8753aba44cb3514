"""The maps at the top of `core/README.md` and `tui/README.md` name every module, and no module that there is not."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAPS = {
    "core/README.md": ("core/holdfast", "## The map", "## One engine"),
    "tui/README.md": ("tui/holdfast_tui", "## The map", "## What happens"),
}
NOT_LISTED = {"__init__", "__main__"}
"""Modules whose names say nothing."""
IN_THEIR_FOLDER = {"migrations", "versions", "demo", "commands", "views", "web"}
"""Folders that are explained as a whole."""


def rows(page, begin, end):
    text = (ROOT / page).read_text()
    return [
        line.strip("| ").split(" | ") for line in text[text.index(begin) : text.index(end)].splitlines() if "|" in line
    ]


def in_backticks(text):
    return {name for part in re.findall(r"`([\w/]+)`", text) for name in part.strip("/").split("/")}


def modules(folder):
    return [
        path for path in (ROOT / folder).rglob("*.py")
        if path.stem not in NOT_LISTED and path.parent.name not in IN_THEIR_FOLDER
    ]  # fmt: skip


@pytest.mark.parametrize("page", MAPS)
def test_every_module_is_on_the_map(page):
    folder, begin, end = MAPS[page]
    named = {name for row in rows(page, begin, end) for cell in row for name in in_backticks(cell)}
    missing = [path.relative_to(ROOT / folder).as_posix() for path in modules(folder) if path.stem not in named]
    assert missing == []


@pytest.mark.parametrize("page", MAPS)
def test_what_the_map_is_about_is_there(page):
    folder, begin, end = MAPS[page]
    there = {path.stem for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts}
    assert {name for row in rows(page, begin, end) for name in in_backticks(row[0])} - there == set()


def test_every_write_transaction_of_the_store_is_among_those_that_its_invariant_is_for():
    """The package's docstring lists what rests on it that inside a write transaction nobody else writes."""
    folder = ROOT / "core/holdfast/store"
    listed = set(re.findall(r"`(\w+\.\w+)`", (folder / "__init__.py").read_text()))
    writing = {
        f"{path.stem}.{function.name}"
        for path in folder.glob("*.py")
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.FunctionDef) and "database.write(" in ast.unparse(function)
    }
    assert writing - listed - {"group_commit.commit"} == set()
    for name in listed:
        module, function = name.split(".")
        assert f"\ndef {function}(" in (folder / f"{module}.py").read_text(), name
