"""Loading a flow's code afresh, from where its run says that it lives."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from holdfast import context
from holdfast.exceptions import InvalidFlow, StopLoading
from holdfast.flows import Flow


def load_flow(entrypoint: str) -> Flow[..., Any]:
    """The flow that ``/path/file.py:name`` or ``package.module:name`` names.

    A script is loaded up to its first flow call outside an ``if __name__ == "__main__"``. Raises `InvalidFlow`
    when there is no such flow, and whatever the code raises.
    """
    where, _, name = entrypoint.rpartition(":")
    module, stopped = _load_file(Path(where)) if where.endswith(".py") else _load_module(where)
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, Flow):
        reason = "." if stopped is None else f": {why_stopped(stopped)}"
        raise InvalidFlow(f"There is no flow called {name!r} at the top level of {where}{reason}")
    return found


def why_stopped(line: int) -> str:
    """What to tell of a script in which something is missing, and whose loading ended in a line."""
    return (
        f"it is loaded up to its first flow call, which is in line {line}. Put flow calls under "
        'if __name__ == "__main__", and all of it is loaded.'
    )


def execute_up_to_first_call(spec: ModuleSpec, module: ModuleType) -> int | None:
    """Execute a module, up to its first flow call; the line of that, if there is one.

    What stands after it had not run either when the run of that call first started.
    """
    assert spec.loader is not None
    try:
        spec.loader.exec_module(module)
    except StopLoading as stop:
        frames = traceback.extract_tb(stop.__traceback__)
        return next((each.lineno for each in frames if each.filename == spec.origin), None)
    return None


def _load_module(name: str) -> tuple[ModuleType, int | None]:
    sys.modules.pop(name, None)
    with context.loading():
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise InvalidFlow(f"The module {name} is gone.")
        if name in sys.modules:  # its package imports it
            sys.modules["__main__"] = sys.modules[name]
            return sys.modules[name], None
        module, stopped = _load(spec)
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
    return module, stopped


def _load_file(path: Path) -> tuple[ModuleType, int | None]:
    if not path.is_file():
        raise InvalidFlow(f"The file {path} is gone.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    with context.loading():
        return _load(spec)


def _load(spec: ModuleSpec) -> tuple[ModuleType, int | None]:
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    # Values whose classes a script defined were stored as of __main__, which it was then.
    sys.modules["__main__"] = module
    return module, execute_up_to_first_call(spec, module)
