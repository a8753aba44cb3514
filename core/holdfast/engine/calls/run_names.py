"""Names of runs: two random words, or the flow's template or function."""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable

from holdfast import context
from holdfast.engine.drive.effects import InvokeEither, Logic
from holdfast.exceptions import InvalidFlow

RunName = str | Callable[..., str | Awaitable[str]]


def random_name() -> str:
    """Return two random words."""
    import coolname  # loads its lists of words, which most processes never need

    return str(coolname.generate_slug(2))


def _owner(here: context.FlowRunContext | context.TaskRunContext) -> dict[str, object]:
    """Return the object, or the class, whose method is called, under its name in the function."""
    function = here.task.fn if isinstance(here, context.TaskRunContext) else here.flow.fn
    if not isinstance(function, types.MethodType):
        return {}
    first = next(iter(inspect.signature(function.__func__).parameters.values()), None)
    is_named = first is not None and first.kind is not first.VAR_POSITIONAL
    return {first.name: function.__self__} if first is not None and is_named else {}


def run_name(name: RunName, here: context.FlowRunContext | context.TaskRunContext, setting: str) -> Logic[str]:
    """Return the name that a template such as ``"{x}-twice"``, or a function, gives to the call of ``here``.

    In a template of a method, ``{self.x}`` refers to the object.

    A function may take ``parameters``. It finds the run in `holdfast.runtime`, with the default name. Raises
    `InvalidFlow` if the function does not return a string, or the template does not fit.
    """
    parameters = here.parameters
    if callable(name):
        takes = "parameters" in inspect.signature(name).parameters
        with context.naming(here):
            made = yield InvokeEither(name, (), {"parameters": dict(parameters)} if takes else {})
        if not isinstance(made, str) or not made:
            raise InvalidFlow(f"{setting} returned {made!r}; it must return a string.")
        return made
    try:
        return name.format(**{**_owner(here), **parameters})
    except (LookupError, ValueError, AttributeError) as error:
        raise InvalidFlow(f"{setting} {name!r} does not fit the parameters: {error!r}.") from error
