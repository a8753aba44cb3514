"""What runs are called."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from holdfast import context
from holdfast.engine.effects import InvokeEither, Logic
from holdfast.exceptions import InvalidFlow

RunName = str | Callable[..., str | Awaitable[str]]


def run_name(name: RunName, here: context.FlowRunContext | context.TaskRunContext, setting: str) -> Logic[str]:
    """The name that a template such as ``"{x}-twice"``, or a function, gives to the call that ``here`` is of.

    A function may take ``parameters``, and finds the run in `holdfast.runtime`, under the name that it would have
    without one. Raises `InvalidFlow` when it gives no text or the template does not fit.
    """
    parameters = here.parameters
    if callable(name):
        takes = "parameters" in inspect.signature(name).parameters
        with context.naming(here):
            made = yield InvokeEither(name, (), {"parameters": dict(parameters)} if takes else {})
        if not isinstance(made, str) or not made:
            raise InvalidFlow(f"{setting} gave {made!r}; it has to give a text.")
        return made
    try:
        return name.format(**parameters)
    except (LookupError, ValueError, AttributeError) as error:
        raise InvalidFlow(f"{setting} {name!r} does not fit the parameters: {error!r}.") from error
