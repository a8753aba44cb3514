"""Where a flow is found when its run executes again: its place, its name and its options."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from holdfast.engine.code import kept_options, methods, source_positions
from holdfast.engine.code.callables import is_decorated
from holdfast.engine.code.code_location import (
    MAIN,
    Namespace,
    absolute,
    file_of,
    innermost,
    namespace_of,
    place_of,
    qualname_of,
    remember,
)
from holdfast.engine.code.making import is_typed
from holdfast.engine.code.methods import instance_of, owner_of
from holdfast.exceptions import InvalidFlow
from holdfast.records import Origin
from holdfast.type_guards import is_dict

if TYPE_CHECKING:
    from holdfast.flows import Flow

_IN_NO_FILE = "its flow is not in a file or module"


@dataclass(frozen=True, slots=True)
class Location:
    """The place where another process finds a flow, or the reason why it cannot."""

    entrypoint: str | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """The options given to the flow found there, as `kept_options` writes them."""
    why_not: str | None = None
    is_main: bool = False
    """Whether it is in the script that was started, whose arguments it may read."""


def origin_of(flow: Flow[..., Any]) -> Origin:
    """Return where the flow is, and how this process was started."""
    remember(flow.fn)  # a module at the time the flow was made may no longer be one
    found = location_of(flow)
    why_not = _why_no_interpreter() or found.why_not
    return Origin(
        entrypoint=found.entrypoint if why_not is None else None,
        working_directory=_current_folder(),
        interpreter=sys.executable,
        search_path=_search_path(tuple(sys.path), _current_folder()),
        arguments=tuple(sys.argv[1:]) if found.is_main else (),
        options=found.options,
        why_not=why_not,
        gathering=flow.gathering,
    )


def location_of(flow: Flow[..., Any]) -> Location:
    """Return where the flow is found again. The search is repeated only when its module has new names."""
    known = flow.__dict__.get("_location")
    namespaces = list(_namespaces(flow))
    size = sum(map(len, namespaces))
    if known is not None and (known[1].entrypoint is not None or known[0] == size):
        found: Location = known[1]
        return found
    found = _locate(flow, namespaces)
    flow.__dict__["_location"] = (size, found)
    return found


def set_location(flow: Flow[..., Any], origin: Origin) -> None:
    """Record that the flow was loaded from the place named in its run."""
    flow.__dict__["_location"] = (0, Location(origin.entrypoint, origin.options, None, bool(origin.arguments)))


def flow_in(module: ModuleType, name: str) -> Any:
    """Return the object with this name in a module: the flow, the flow inside a wrapper, or a plain function."""
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return next(flows_in(found), found)


def is_flow(value: Any) -> bool:
    """Whether it is a flow, and not a task or a plain function."""
    return is_decorated(value) and value.decorator == "flow"


def flows_in(value: Any) -> Iterator[Any]:
    """Yield the flow that ``value`` is, or the flows that it wraps or calls."""
    seen: list[Any] = []
    rest = [value]
    while rest and len(seen) < 100:
        value = rest.pop(0)
        if is_flow(value):
            yield value
        elif not isinstance(value, type | ModuleType) and all(value is not each for each in seen):
            seen.append(value)
            rest += _inside(value)


def _inside(value: Any) -> list[Any]:
    """Return the objects from which a callable was made."""
    if isinstance(value, functools.partial):
        return [value.func]
    function, kind = methods.unwrapped(value)
    if kind is not None:
        return [function]
    inside = getattr(value, "__dict__", None)
    if not callable(value) or not is_dict(inside):
        return []
    found: list[Any] = [inside["__wrapped__"]] if "__wrapped__" in inside else []
    function = value.__func__ if isinstance(value, MethodType) else value
    # Only for a function: some objects have any attribute, such as those of unittest.mock.
    for cell in (function.__closure__ if isinstance(function, FunctionType) else None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue  # not filled yet
    return [*found, *(each for each in list(inside.values()) if is_flow(each))]


def _namespaces(flow: Flow[..., Any]) -> Iterator[Namespace]:
    seen: list[int] = []
    owner = owner_of(flow.fn)
    of_owner = None if owner is None else namespace_of(owner)
    for each in (of_owner, namespace_of(flow.fn), flow.making.namespace, flow.making.module):
        if each and id(each) not in seen:
            seen.append(id(each))
            yield each


def _locate(flow: Flow[..., Any], namespaces: list[Namespace]) -> Location:
    if instance_of(flow.fn) is not None:
        return Location(why_not="its flow is a method of an object that only this process has")
    whys: list[str] = []
    for wanted in (_is_base,) if flow.making.was_typed else (_is_flow, _is_base):
        for namespace in namespaces:
            found = _named(flow, namespace, wanted, whys)
            if found is not None:
                return found
    return Location(why_not=whys[0] if whys else _why_nowhere(flow, namespaces))


def _named(flow: Flow[..., Any], namespace: Namespace, wanted: Any, whys: list[str]) -> Location | None:
    """Find the flow, or the object it was made from, under a name in this module that other processes find, too."""
    place = place_of(namespace)
    if place is None:
        return None
    is_main = namespace.get("__name__") == "__main__"
    for name, value in _candidates(flow, namespace):
        base = wanted(flow, value)
        if base is None or _was_typed(base):
            continue
        making = base.making if is_flow(base) else None
        line = making.line if making is not None and making.module is namespace else None
        why = source_positions.why_not_there(_source(namespace), name.partition(".")[0], line, is_main=is_main)
        if why is None:
            try:
                if wanted is _is_flow:
                    options = kept_options.hooks_added_elsewhere(flow, _source(namespace), is_main=is_main)
                else:
                    options = kept_options.difference(flow, base)
            except InvalidFlow as error:
                why = str(error)
            else:
                return Location(f"{place}:{name}", options, None, namespace.get("__name__") in MAIN)
        whys.append(f"its flow cannot be found in {place} again: {why}" if wanted is _is_flow else why)
    return None


def _candidates(flow: Flow[..., Any], namespace: Namespace) -> Iterator[tuple[str, Any]]:
    """Yield top-level names and their values; the function's own name comes first."""
    owner = owner_of(flow.fn)
    name = qualname_of(flow.fn) if owner is None else f"{owner.__qualname__}.{flow.fn.__name__}"
    if "<" not in name:
        value: Any = namespace.get(name.partition(".")[0])
        for part in name.split(".")[1:]:
            value = getattr(value, part, None)
        yield name, value
    for name, value in list(namespace.items()):
        yield name, value
        if isinstance(value, type) and value.__module__ == namespace.get("__name__"):
            for part in list(vars(value)):
                yield f"{name}.{part}", getattr(value, part, None)


def _is_flow(flow: Flow[..., Any], value: Any) -> Any:
    """Return the flow if ``value`` leads to it."""
    found = (each for each in flows_in(value) if flow.is_same(each))
    return next((each for each in found if owner_of(each.fn) is owner_of(flow.fn)), None)


def _is_base(flow: Flow[..., Any], value: Any) -> Any:
    """Return the object from which the flow was made with other options: another flow, or a plain function."""
    decorated = flow.decorated
    if value is decorated or value is flow.fn:
        return value
    found = (each for each in flows_in(value) if each.decorated is decorated)
    return next((each for each in found if owner_of(each.fn) is owner_of(flow.fn)), None)


def _was_typed(base: Any) -> bool:
    """Whether a person typed it into a session. Then the file that has these globals does not contain it."""
    if is_flow(base):
        return bool(base.making.was_typed)
    return is_typed(getattr(getattr(innermost(base), "__code__", None), "co_filename", ""))


def _why_nowhere(flow: Flow[..., Any], namespaces: list[Namespace]) -> str:
    code = getattr(innermost(flow.fn), "__code__", None)
    file = getattr(code, "co_filename", "")
    if "ipykernel" in file or file.startswith("<ipython"):
        return "its flow is in a notebook or shell, which no other process can load"
    places = [place for each in namespaces if (place := place_of(each)) is not None]
    if not places:
        return _IN_NO_FILE
    where = " or ".join(dict.fromkeys(places))
    if flow.making.was_typed:
        return f"its flow was typed into a session and is not in {where}"
    return f"its flow has no name of its own at the top level of {where}"


def _source(namespace: Namespace) -> str:
    return file_of(namespace) or ""


@functools.lru_cache(maxsize=16)
def _search_path(path: tuple[str, ...], folder: str) -> str | None:
    """Return where this process looks for modules, apart from the interpreter's standard places."""
    own = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
    own += (f"{sys.base_prefix}{os.sep}lib{os.sep}python",)
    found = [absolute(each) or os.path.join(folder, each) for each in path if not each.startswith(own)]  # noqa: PTH118
    return os.pathsep.join(dict.fromkeys(found)) or None


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a text
    except OSError:
        return os.sep


def _why_no_interpreter() -> str | None:
    """Return why no worker could restart this program's interpreter; ``None`` if one could."""
    if getattr(sys, "frozen", False):  # by PyInstaller and the like: if started again, it would do its own work again
        return "its program is a stand-alone executable, which cannot start Python code as an interpreter does"
    if not sys.executable:
        return "Python does not know its interpreter, as in a program that embeds Python"
    return None if os.path.isfile(sys.executable) else f"its interpreter {sys.executable} is gone"  # noqa: PTH113
