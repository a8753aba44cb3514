"""Where a flow's code lives, so that another process can load it."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from holdfast.engine.binding import instance_of
from holdfast.records import Origin


@lru_cache(maxsize=1024)
def _entrypoint(function: Callable[..., Any]) -> str | None:
    """``/path/file.py:name`` or ``package.module:name``; ``None`` for what cannot be found again."""
    if instance_of(function) is not None:
        return None
    name = function.__qualname__
    if "<locals>" in name or "<lambda>" in name:
        return None
    module = sys.modules.get(function.__module__)
    spec = getattr(module, "__spec__", None)
    package = getattr(module, "__package__", None)
    if spec is not None and package:
        # Also a module that was started with -m, whose real name its spec has.
        return f"{spec.name}:{name}"
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        return None
    if file is None or not Path(file).is_file():
        return None
    return f"{os.path.abspath(file)}:{name}"  # noqa: PTH100 - not resolved: a link may be the file's proper name


def origin_of(function: Callable[..., Any]) -> Origin:
    """Where the flow that ``function`` is lives, and how this process was started."""
    return Origin(
        entrypoint=_entrypoint(function),
        working_directory=str(Path.cwd()),
        interpreter=sys.executable,
        search_path=sys.path[0] if sys.path else None,
        arguments=tuple(sys.argv[1:]) if function.__module__ == "__main__" else (),
    )
