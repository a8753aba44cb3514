"""What runs are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from holdfast.exceptions import InvalidFlow

RunName = str | Callable[..., str]


def run_name(name: RunName, parameters: Mapping[str, Any], setting: str) -> str:
    """The name that a template such as ``"{x}-twice"``, or a function, gives to a call with these parameters.

    A function may take ``parameters``. Raises `InvalidFlow` when it gives no text or the template does not fit.
    """
    if callable(name):
        takes = "parameters" in inspect.signature(name).parameters
        made = name(parameters=dict(parameters)) if takes else name()
        if not isinstance(made, str) or not made:
            raise InvalidFlow(f"{setting} gave {made!r}; it has to give a text.")
        return made
    try:
        return name.format(**parameters)
    except (LookupError, ValueError, AttributeError) as error:
        raise InvalidFlow(f"{setting} {name!r} does not fit the parameters: {error!r}.") from error
