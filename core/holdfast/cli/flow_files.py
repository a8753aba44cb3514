"""Finding the flow that ``FILE:FLOW`` or ``module:flow`` names."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from holdfast.cli import output
from holdfast.cli.exit_codes import BadInput
from holdfast.engine.code.flow_location import flow_in
from holdfast.exceptions import InvalidFlow
from holdfast.flows import Flow
from holdfast.worker.loading import Loaded, load

AnyFlow = Flow[..., Any]


def load_flow(named: str) -> AnyFlow:
    """Load the flow from a file or module. Its name can be left out if there is only one. Raises `BadInput`."""
    place, name = _split(named)
    loaded = _load(place)
    flows = _flows_of(loaded.module)
    if name:
        found = flow_in(loaded.module, name)
        if not isinstance(found, Flow):
            found = next((each for each in flows.values() if each.name == name), None)
        if found is None:
            if loaded.first_call is not None:
                raise BadInput(f"{place} has no flow {name!r}{loaded.why_incomplete()}.")
            raise BadInput(f"{place} has no flow {name!r}; {_list(place, flows)}.")
        return cast("AnyFlow", found)
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
    """Return the flows that a module defines, or, if it defines none, the flows that it imports."""
    found: dict[str, AnyFlow] = {name: value for name, value in vars(module).items() if isinstance(value, Flow)}
    own = {name: value for name, value in found.items() if value.fn.__module__ == module.__name__}
    return own or found


def _load(place: str) -> Loaded:
    path = Path(place)
    if path.suffix == ".py" or len(path.parts) > 1 or path.is_file():
        if not path.is_file():
            raise BadInput(f"There is no file {place}. Name a flow as FILE.py:FLOW or module:FLOW.")
        return _importing(place, str(path.absolute()))
    sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(place)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise BadInput(f"There is no file or module {place}. Name a flow as FILE.py:FLOW or module:FLOW.")
    return _importing(place, place)


def _importing(place: str, where: str) -> Loaded:
    """Load a file or a module. A file's folder is put on the path, as Python does for a script."""
    path = Path(where)
    if path.is_absolute():
        sys.path.insert(0, str(path.parent))
    arguments = sys.argv
    sys.argv = [where]  # the file must not read this command's arguments as its own
    try:
        return load(where)
    except InvalidFlow as error:
        sentence = f"{place} cannot be loaded: {error}"
        if isinstance(error.__cause__, KeyboardInterrupt):
            output.complain(sentence)
            raise KeyboardInterrupt from error
        raise BadInput(sentence) from error
    finally:
        sys.argv = arguments
