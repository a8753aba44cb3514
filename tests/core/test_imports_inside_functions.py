"""Imports inside functions are few, and each says why it is not at the top of its module.

They hide from a reader what a module stands on. What they are for is start-up: importing flows loads no engine and no
store, and the command line loads what a command needs.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("house", Path(__file__).parents[1] / "house.py")
assert _SPEC is not None
assert _SPEC.loader is not None
house = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(house)

MOST = {"core": 25, "tui": 14}
"""How many there may be. Both together are 40 at most."""
EXPLAINED = ["core", "tui"]
"""Where each has its reason."""


def found_in(part):
    for path in sorted(house.PARTS[part].rglob("*.py")):
        text = path.read_text()
        yield path, text.splitlines(), house.imports_inside(ast.parse(text))


def has_reason(lines, each, others):
    """Whether a comment is in its line or directly above it, or above an import directly before it."""
    behind = lines[each.end_lineno - 1].partition("#")[2].strip()
    above = lines[each.lineno - 2].strip()
    if (behind and not behind.startswith("noqa")) or above.startswith("#"):
        return True
    before = [other for other in others if other.end_lineno == each.lineno - 1]
    return bool(before) and has_reason(lines, before[0], others)


@pytest.mark.slow
@pytest.mark.parametrize("part", MOST)
def test_there_are_few(part):
    assert sum(len(imports) for _, _, imports in found_in(part)) <= MOST[part]


@pytest.mark.slow
@pytest.mark.parametrize("part", EXPLAINED)
def test_each_says_why(part):
    silent = [
        f"{path.relative_to(house.ROOT)}:{each.lineno}"
        for path, lines, imports in found_in(part)
        for each in imports
        if not has_reason(lines, each, imports)
    ]
    assert silent == []


def test_what_counts_as_one():
    module = ast.parse(
        "import a\n"
        "if TYPE_CHECKING:\n    import b\n"
        "class C:\n    import c\n"
        "    def f(self):\n        import d  # reason\n        def g():\n            from e import f\n"
        "async def h():\n    if TYPE_CHECKING:\n        import i\n    with x:\n        import j\n"
    )
    assert [ast.unparse(each) for each in house.imports_inside(module)] == ["import d", "from e import f", "import j"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n    import a  # slow", True),
        ("def f():\n    # Slow.\n    import a", True),
        ("def f():\n    # Slow.\n    import a\n    import b", True),
        ("def f():\n    import a", False),
        ("def f():\n    # Slow.\n    x = 1\n    import a", False),
        ("def f():\n    import a  # noqa: F401", False),
    ],
)
def test_what_counts_as_a_reason(text, expected):
    imports = house.imports_inside(ast.parse(text))
    assert all(has_reason(text.splitlines(), each, imports) for each in imports) is expected


HEAVY = {
    "alembic", "anyio", "asyncio", "cloudpickle", "coolname", "cronsim", "dateutil", "rich", "sqlalchemy", "sqlite3",
    "sqlmodel", "textual", "typer",
}  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize(
    "statement",
    [
        "from holdfast import flow, task",
        "from holdfast import Flow, Task, tags, unmapped, allow_failure, TaskFuture, State, StateType",
        "from holdfast import flow, task\n@task\ndef work(): ...\n@flow(retries=2)\ndef works(x: int = 1): work()",
        "import holdfast.settings, holdfast.filters, holdfast.records, holdfast.schedules, holdfast.as_json",
    ],
)
def test_defining_flows_loads_no_engine_no_store_and_nothing_slow(statement):
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert HEAVY & loaded == set()
    assert [name for name in loaded if name.startswith(("holdfast.store", "holdfast.engine.runs"))] == []
