"""The size of the house: `python tests/house.py` prints the numbers by which its code is compared with that of others.

Of core and app each: modules and lines, how long modules and functions are, imports inside functions, file names that
stand twice, modules that are crumbs.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PARTS = {"core": ROOT / "core/holdfast", "tui": ROOT / "tui/holdfast_tui"}
LONG = 40
"""Lines of a function that is long."""
CRUMB = 40
"""Lines below which a module is a crumb."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom


def modules(part: str) -> list[Path]:
    """All modules of a part; of packages' own files those with code in them."""
    found = sorted(PARTS[part].rglob("*.py"))
    return [path for path in found if path.name != "__init__.py" or len(ast.parse(path.read_text()).body) > 1]


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions of a module, those in others too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def code_lines(function: Function) -> int:
    """How long a function is: from its name to its end, without its docstring."""
    first = function.body[0]
    is_documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    documentation = (first.end_lineno or 0) - first.lineno + 1 if is_documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - documentation


def imports_inside(tree: ast.AST) -> list[Import]:
    """The imports that run when a function is called; those for type checkers never run."""
    found: list[Import] = []

    def look(node: ast.AST, inside: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if inside and isinstance(child, Import):
                found.append(child)
            look(child, inside or isinstance(child, Function | ast.Lambda))

    look(tree, inside=False)
    return sorted(found, key=lambda each: each.lineno)


def spread(sizes: list[int]) -> str:
    """The median, the 95th percentile and the greatest of some sizes."""
    ordered = sorted(sizes)
    return f"{median(ordered):.0f} / {ordered[int(len(ordered) * 0.95)]} / {ordered[-1]}"


def report(part: str) -> Iterator[tuple[str, str]]:
    """The numbers of a part, each with its name."""
    texts = {path: path.read_text() for path in modules(part)}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    lines = {path: text.count("\n") for path, text in texts.items()}
    sizes = {each: code_lines(each) for tree in trees.values() for each in functions(tree)}
    names = Counter(path.name for path in texts if path.name not in ("__init__.py", "__main__.py"))
    crumbs = [
        path for path, count in lines.items() if count < CRUMB and path.name not in ("__init__.py", "__main__.py")
    ]
    yield "modules / lines", f"{len(texts)} / {sum(lines.values()):,}"
    yield "lines of a module: median / p95 / most", spread(list(lines.values()))
    yield "lines of a function: median / p95 / most", spread(list(sizes.values()))
    yield f"functions over {LONG} lines", str(sum(size > LONG for size in sizes.values()))
    yield "imports inside functions", str(sum(len(imports_inside(tree)) for tree in trees.values()))
    twice = sorted(name for name, times in names.items() if times > 1)
    yield "file names that stand twice or more", f"{len(twice)} {' '.join(twice)}"
    yield (
        f"modules under {CRUMB} lines",
        f"{len(crumbs)} {' '.join(str(each.relative_to(PARTS[part])) for each in crumbs)}",
    )


if __name__ == "__main__":
    for name in PARTS:
        print(name)
        for what, found in report(name):
            print(f"  {what:42} {found.strip()}")
