"""Names of runs: two words at random, or what a template or function of the flow's gives."""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable

from holdfast import context
from holdfast.engine.drive.effects import InvokeEither, Logic
from holdfast.exceptions import InvalidFlow

RunName = str | Callable[..., str | Awaitable[str]]


def random_name() -> str:
    """Two words."""
    import coolname  # loads its lists of words, which most processes never need

    return str(coolname.generate_slug(2))


def _owner(here: context.FlowRunContext | context.TaskRunContext) -> dict[str, object]:
    """The object, or the class, whose method it is that is called, under the name that its function has for it."""
    function = here.task.fn if isinstance(here, context.TaskRunContext) else here.flow.fn
    if not isinstance(function, types.MethodType):
        return {}
    first = next(iter(inspect.signature(function.__func__).parameters.values()), None)
    is_named = first is not None and first.kind is not first.VAR_POSITIONAL
    return {first.name: function.__self__} if first is not None and is_named else {}


def run_name(name: RunName, here: context.FlowRunContext | context.TaskRunContext, setting: str) -> Logic[str]:
    """The name that a template such as ``"{x}-twice"``, or a function, gives to the call that ``here`` is of.

    In a template of a method ``{self.x}`` is of the object.

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
        return name.format(**{**_owner(here), **parameters})
    except (LookupError, ValueError, AttributeError) as error:
        raise InvalidFlow(f"{setting} {name!r} does not fit the parameters: {error!r}.") from error
