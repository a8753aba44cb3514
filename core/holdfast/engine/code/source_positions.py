"""Which statements of a file are executed when it is loaded, and which names they bind, according to its source."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_PLAIN = re.compile(r"@|def |async def |\w+ *(:[^=]*)?=[^=]")
"""The start of a line that is a top-level statement outside of any block."""


@dataclass(frozen=True, slots=True)
class _Statement:
    first: int
    last: int
    names: frozenset[str] = frozenset()
    main_only: bool = False
    """Whether it is executed only if the file is the one that was started."""
    in_loop: bool = False


def why_not_there(file: str, name: str, line: int | None, *, is_main: bool) -> str | None:
    """Return why loading a file again does not bind ``name`` to the same object; ``None`` if it does.

    ``line`` is the line of the statement that made it, if known. ``is_main`` says whether the file is the one that was
    started.
    """
    text = linecache.getline(file, line) if line else ""
    if _PLAIN.match(text) and _is_bound_by(text, name):
        return None
    for each in _statements(file):
        if name in each.names or (line is not None and each.first <= line <= each.last):
            why = _why_not(each, name, is_main)
            if why is not None and not _is_bound_elsewhere(file, name, line, each):
                return why
    return None


def is_main_only(file: str, line: int) -> bool:
    """Whether a line is executed only if the file is the one that was started."""
    return any(each.main_only and each.first <= line <= each.last for each in _statements(file))


def _is_bound_by(text: str, name: str) -> bool:
    return text.startswith(("@", "def ", "async def ")) or re.match(rf"{re.escape(name)}\b", text) is not None


def _why_not(each: _Statement, name: str, is_main: bool) -> str | None:
    if each.main_only and is_main:
        return f'{name} exists only if __name__ is "__main__" (line {each.first}), which it is not in other processes'
    if each.in_loop and name in each.names:
        return f"it is made in a loop (line {each.first}), and {name} is the last one made there"
    return None


def _is_bound_elsewhere(file: str, name: str, line: int | None, but: _Statement) -> bool:
    """Whether another top-level statement outside of loops binds the name, so that this line did not."""
    if line is not None and but.first <= line <= but.last:
        return False
    return any(name in each.names and not (each.main_only or each.in_loop) for each in _statements(file))


@lru_cache(maxsize=64)
def _statements(file: str) -> tuple[_Statement, ...]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ()
    return tuple(_walk(tree.body, main_only=False, in_loop=False))


def _walk(body: list[ast.stmt], *, main_only: bool, in_loop: bool) -> Iterator[_Statement]:
    for each in body:
        if isinstance(each, ast.If):
            then, otherwise = _is_for_main(each.test)
            yield from _walk(each.body, main_only=main_only or then, in_loop=in_loop)
            yield from _walk(each.orelse, main_only=main_only or otherwise, in_loop=in_loop)
        elif isinstance(each, ast.For | ast.AsyncFor | ast.While):
            targets = () if isinstance(each, ast.While) else (each.target,)
            names = frozenset(name for target in targets for name in _names(target))
            yield _Statement(each.lineno, each.lineno, names, main_only, True)
            yield from _walk(each.body, main_only=main_only, in_loop=True)
            yield from _walk(each.orelse, main_only=main_only, in_loop=in_loop)
        elif isinstance(each, ast.With | ast.AsyncWith):
            names = frozenset(name for item in each.items for name in _names(item.optional_vars))
            yield _Statement(each.lineno, each.lineno, names, main_only, in_loop)
            yield from _walk(each.body, main_only=main_only, in_loop=in_loop)
        elif isinstance(each, ast.Try | ast.TryStar):
            handled = [part for handler in each.handlers for part in handler.body]
            for part in (each.body, handled, each.orelse, each.finalbody):
                yield from _walk(part, main_only=main_only, in_loop=in_loop)
        else:
            yield _Statement(_first(each), each.end_lineno or each.lineno, frozenset(_names(each)), main_only, in_loop)


def _first(each: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(each, "decorator_list", [])
    return min([each.lineno, *(decorator.lineno for decorator in decorators)])


def _names(node: ast.AST | None) -> Iterator[str]:
    """Yield the names that a statement binds in its module."""
    if node is None:
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


def _is_for_main(test: ast.expr) -> tuple[bool, bool]:
    """Whether the body, and the ``else``, of an ``if`` are executed only in the program that was started."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and any(_is_name(part) for part in (node.left, *node.comparators)):
            if isinstance(node.ops[0], ast.NotEq | ast.NotIn | ast.IsNot):
                return False, True
            return True, False
    return False, False


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__name__"
