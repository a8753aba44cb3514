"""Tasks and flows of one name that are several: a function that makes them was called several times.

They differ by what they have from the function around them. That counts only where there are several of one name with
different things, and only of those that were made before a run began, as a module does. What a run makes within itself
is known by its name, since what it closes over may be different each time that the run executes.
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

_UNCHANGING = (str, bytes, int, float, type(None), tuple, frozenset)
_lock = threading.Lock()
_known: defaultdict[str, set[str]] = defaultdict(set)
"""By key what tells the first two apart that there are in this process."""


def noted(function: Any) -> str:
    """What tells a function that was made in another apart from others of its name, if there are any; else nothing."""
    if "<locals>" not in qualname_of(function) or not isinstance(function, types.FunctionType):
        return ""
    if context.current() is not None:
        return ""
    found = digest(dict(_closure(inspect.unwrap(function)))) or ""
    with _lock:
        known = _known[key_of(function)]
        if len(known) < 2:  # whether there are several is all that counts: a program may make them without end
            known.add(found)
    return found


def told(key: str, variant: str) -> str:
    """What is put behind a key, so that calls of this variant are not those of another."""
    return f"~{variant}" if variant and len(_known.get(key, ())) > 1 else ""


def _closure(function: Any) -> Iterator[tuple[str, Any]]:
    """What it has from the function around it, as far as that is the same in every process."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:
            continue  # nothing has been assigned yet
        if isinstance(value, _UNCHANGING):
            yield name, value
        elif isinstance(value, type | types.FunctionType):
            # By its name, as a task is: its code may be changed while a run is suspended.
            yield name, value if "<lambda>" in value.__qualname__ else key_of(value)
