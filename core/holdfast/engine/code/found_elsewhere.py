"""Whether another process finds a class or function under its name."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

from holdfast.engine.code.code_location import MAIN, file_of, module_of, named, namespace_of


def why_not_found(module: str, name: str, made: object = None) -> str | None:
    """Return why another process would not find this name in a module; ``None`` if it would.

    ``made`` is the object. It tells where its code comes from if Python has no such module, or no longer.
    """
    if "<locals>" in name or "<lambda>" in name:
        return f"{_shown(module, name)} is made in a function, so each execution makes another one"
    if module in MAIN:
        return _why_not_in_script(name, made)
    here = sys.modules.get(module)
    is_in_file = here is not None and (here.__spec__ is not None or getattr(here, "__file__", None) is not None)
    if not is_in_file and _file_of(made) is None:
        return f"{_shown(module, name)} is in a module that no other process can import"
    return None


def is_found(module: str, name: str, made: object) -> bool:
    """Whether a module has this object under its name, here and in other processes."""
    if why_not_found(module, name, made) is not None:
        return False
    try:
        return named(module_of(made), name) is made
    except (AttributeError, ImportError):
        return False


def _shown(module: str, name: str) -> str:
    return name if module in MAIN else f"{module}.{name}"


def _file_of(made: object) -> str | None:
    namespace = None if made is None else namespace_of(made)
    return None if namespace is None else file_of(namespace)


def _why_not_in_script(name: str, made: object) -> str | None:
    file = getattr(sys.modules["__main__"], "__file__", None)
    if file is None:  # an interactive session: its start may be in a file, later input is not
        file = _file_of(made)
        if file is None or name.partition(".")[0] not in _names_in(file):
            return f"{name} is not in a file"
    if name.partition(".")[0] in _guarded_names(file):
        return f'{name} is defined under `if __name__ == "__main__"`, which no other process executes'
    return None


@functools.lru_cache(maxsize=8)
def _names_in(file: str) -> frozenset[str]:
    """Return the names that a script defines."""
    return frozenset(_defined(_body_of(file)))


def _body_of(file: str) -> list[ast.stmt]:
    try:
        return ast.parse(Path(file).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []


@functools.lru_cache(maxsize=8)
def _guarded_names(file: str) -> frozenset[str]:
    """Return the names that a script defines under ``if __name__ == "__main__"`` and nowhere else."""
    body = _body_of(file)
    guards = [each for each in body if isinstance(each, ast.If) and "__main__" in ast.unparse(each.test)]
    guarded = {name for each in guards for name in _defined(each.body)}
    return frozenset(guarded - set(_defined([each for each in body if each not in guards])))


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for each in body:
        if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield each.name
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            for target in ast.walk(each):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    yield target.id
        elif isinstance(each, ast.If | ast.Try | ast.With):
            yield from _defined(each.body + getattr(each, "orelse", []))
