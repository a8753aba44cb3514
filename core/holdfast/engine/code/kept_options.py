"""Options of a flow that are recorded with its runs, because the flow found under its name lacks them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Any

from holdfast.engine.code import source_positions
from holdfast.engine.code.callables import Decorated
from holdfast.engine.code.code_location import file_of, namespace_of
from holdfast.engine.code.making import is_typed
from holdfast.engine.results import is_exact_json, unpickled
from holdfast.engine.stored_values import pickled_names
from holdfast.exceptions import InvalidFlow
from holdfast.type_guards import is_list_or_tuple

_JSON, _PICKLE = "J", "P"
_BY_DEFAULT = {"validate_parameters": True}
"""Default values of options; all others are ``None``."""


def difference(flow: Any, base: Any) -> dict[str, str]:
    """Return the options that turn ``base``, a flow or a plain function, into ``flow``, as text to store.

    Raises `InvalidFlow`, which names the option, if another process could not restore it.
    """
    ours, theirs = flow.settings(), base.settings() if isinstance(base, Decorated) else {}
    changed = {name: value for name, value in ours.items() if name not in theirs or not _is_equal(value, theirs[name])}
    unset = {name: _BY_DEFAULT.get(name) for name in theirs if name not in ours}
    if not isinstance(base, Decorated):
        changed["name"] = flow.name  # this also says that the found function is to be made a flow
    return {name: _written(flow, name, value) for name, value in (changed | unset).items()}


def hooks_added_elsewhere(flow: Any, file: str, *, is_main: bool) -> dict[str, str]:
    """Return hooks that were added where no other process executes the code when it loads the file, as text to store.

    Raises `InvalidFlow`, as `difference` does.
    """
    lost = {name for name, where in flow.hooked if where.was_typed or (is_main and _is_main_only(file, where.line))}
    return {name: _written(flow, name, flow.settings()[name]) for name in sorted(lost)}


def _is_main_only(file: str, line: int | None) -> bool:
    return line is not None and source_positions.is_main_only(file, line)


def read(options: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that `difference` wrote. Raises `InvalidFlow` if one cannot be read back."""
    return {name: _read(name, text) for name, text in options.items()}


def _is_equal(one: Any, other: Any) -> bool:
    return one is other or (is_exact_json(one) and is_exact_json(other) and type(one) is type(other) and one == other)


def _written(flow: Any, name: str, value: Any) -> str:
    if name == "retry_delay_seconds" and callable(value):
        value = flow.retry_delay_seconds
    if is_exact_json(value):
        return _JSON + json.dumps(value)
    for each in value if is_list_or_tuple(value) else [value]:
        _check_is_there(name, each)
    try:
        return _PICKLE + base64.b64encode(pickled_names.dumps_by_name(value)).decode()
    except Exception as error:
        raise InvalidFlow(_refused(name, _told(value))) from error


def _read(name: str, text: str) -> Any:
    try:
        kind, body = text[0], text[1:]
        if kind == _JSON:
            return json.loads(body)
        return unpickled(base64.b64decode(body))
    except Exception as error:
        raise InvalidFlow(f"its option {name} cannot be read back: {error}") from error


def _check_is_there(name: str, value: Any) -> None:
    if not isinstance(value, FunctionType):
        return
    namespace = namespace_of(value) or {}
    if "<" in value.__qualname__ or is_typed(value.__code__.co_filename):
        raise InvalidFlow(_refused(name, _told(value)))
    file = file_of(namespace) if namespace.get("__name__") == "__main__" else None
    if file is not None and source_positions.is_main_only(file, value.__code__.co_firstlineno):
        raise InvalidFlow(_refused(name, f'{value.__name__} exists only if __name__ is "__main__"'))


def _refused(name: str, why: str) -> str:
    return f"its option {name}, set by with_options() or the like, would be lost: {why}"


def _told(value: Any) -> str:
    names = [getattr(each, "__qualname__", type(each).__qualname__) for each in _each(value)]
    return f"{', '.join(names)} has no name at the top level of a module"


def _each(value: Any) -> Iterable[Any]:
    return value if is_list_or_tuple(value) else [value]
