"""Several tasks and flows with one name, because a function that makes them was called several times.

They are distinguished by the values that they close over. This matters only if several with the same name close over
different values, and only for those that were made before a run began, as a module does. Tasks that a run makes itself
are identified by their name, since the values they close over may be different in each execution.
"""

from __future__ import annotations

import inspect
import threading
import types
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from holdfast import context
from holdfast.engine.code.call_identity import digest
from holdfast.engine.code.code_location import key_of, qualname_of

_UNCHANGING: tuple[type[Any], ...] = (str, bytes, int, float, type(None), tuple, frozenset)
_lock = threading.Lock()
_known: defaultdict[str, set[str]] = defaultdict(set)
"""For each key, what distinguishes the first two variants in this process."""


def noted(function: Any) -> str:
    """Return what distinguishes a function made in another one from others of its name; empty if nothing."""
    if "<locals>" not in qualname_of(function) or not isinstance(function, types.FunctionType):
        return ""
    if context.current() is not None:
        return ""
    found = digest(dict(_closure(inspect.unwrap(function)))) or ""
    with _lock:
        known = _known[key_of(function)]
        if len(known) < 2:  # only whether there are several matters: a program may make endlessly many
            known.add(found)
    return found


def told(key: str, variant: str) -> str:
    """Return the suffix of a key, so that calls of this variant are not mistaken for those of another."""
    return f"~{variant}" if variant and len(_known.get(key, ())) > 1 else ""


def _closure(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values that it closes over, as far as they are the same in every process."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value: Any = cell.cell_contents
        except ValueError:
            continue  # nothing has been assigned yet
        if isinstance(value, _UNCHANGING):
            yield name, value
        elif isinstance(value, type | types.FunctionType):
            # By name, like a task: its code may change while a run is suspended.
            yield name, value if "<lambda>" in value.__qualname__ else key_of(value)
