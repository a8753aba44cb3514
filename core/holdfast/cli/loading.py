"""Finding the flow that ``FILE:FLOW`` or ``module:flow`` names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from holdfast import context
from holdfast.cli.exits import BadInput
from holdfast.flows import Flow
from holdfast.worker.loading import execute_up_to_first_call, why_stopped

AnyFlow = Flow[..., Any]


def load_flow(named: str) -> AnyFlow:
    """The flow in a file or module; its name may be left out where there is one only. Raises `BadInput`."""
    place, name = _split(named)
    module, stopped = _load(place)
    flows = _flows_of(module)
    if name:
        found = flows.get(name) or next((each for each in flows.values() if each.name == name), None)
        if found is None:
            if stopped is not None:
                raise BadInput(f"{place} has no flow {name!r}: {why_stopped(stopped)}")
            raise BadInput(f"{place} has no flow {name!r}; {_list(place, flows)}.")
        return found
    if len(flows) != 1:
        what = "several flows" if flows else "no flow"
        raise BadInput(f"{place} has {what}; {_list(place, flows)}.")
    return next(iter(flows.values()))


def _split(named: str) -> tuple[str, str]:
    if Path(named).is_file():
        return named, ""
    place, colon, name = named.rpartition(":")
    return (place, name) if colon and place else (named, "")


def _list(place: str, flows: dict[str, AnyFlow]) -> str:
    if not flows:
        return "decorate a function with @flow"
    return "name one: " + " or ".join(f"{place}:{name}" for name in flows)


def _flows_of(module: ModuleType) -> dict[str, AnyFlow]:
    """The flows that a module defines; where it defines none, those that it imports."""
    found = {name: value for name, value in vars(module).items() if isinstance(value, Flow)}
    own = {name: value for name, value in found.items() if value.fn.__module__ == module.__name__}
    return own or found


def _load(place: str) -> tuple[ModuleType, int | None]:
    path = Path(place)
    if path.suffix == ".py" or len(path.parts) > 1:
        if not path.is_file():
            raise BadInput(f"There is no file {place}; name a flow as FILE.py:FLOW or module:FLOW.")
        return _importing(place, lambda: _load_file(path.absolute()))
    sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(place)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise BadInput(f"There is no file or module {place}; name a flow as FILE.py:FLOW or module:FLOW.")
    return _importing(place, lambda: (importlib.import_module(place), None))


def _load_file(path: Path) -> tuple[ModuleType, int | None]:
    """Load a file under its own name, with its folder on the path, as Python does for a script."""
    used = sys.modules.get(path.stem)
    if used is not None and getattr(used, "__file__", None) != str(path):
        raise BadInput(f"{path.name} has the name of a module that is in use here; give the file another name.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path} is no Python file; name a flow as FILE.py:FLOW or module:FLOW.")
    sys.path.insert(0, str(path.parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    # A script may call its flow at its end: what stands before that call is what there is to load.
    return module, execute_up_to_first_call(spec, module)


def _importing(place: str, load: Callable[[], tuple[ModuleType, int | None]]) -> tuple[ModuleType, int | None]:
    """Load a module, and say in a sentence where and how that failed."""
    try:
        with context.loading():
            return load()
    except BadInput:
        raise
    except SyntaxError as error:
        raise BadInput(f"{place} cannot be loaded: line {error.lineno}: {error.msg}.") from error
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_users(f.filename)]
        where = f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""
        raise BadInput(f"{place} cannot be loaded: {where}{type(error).__name__}: {error}.") from error


def _is_users(file: str) -> bool:
    return not file.startswith("<") and not Path(file).is_relative_to(Path(__file__).parents[1])
