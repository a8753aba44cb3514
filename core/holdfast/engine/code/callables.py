"""The common base of flows and tasks: a function with settings, which may be a method."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, Self, TypeVar, cast

from holdfast.annotations import Annotation
from holdfast.engine.code import methods, options, variants
from holdfast.engine.code.code_location import key_of, qualname_of, remember
from holdfast.engine.code.making import Making
from holdfast.engine.drive import function_kinds
from holdfast.engine.drive.uncaught import as_raised, left
from holdfast.exceptions import InvalidFlow
from holdfast.futures import TaskFuture
from holdfast.states import State, state_result
from holdfast.substitutes import Substituting, about_argument, check_settings
from holdfast.type_guards import is_iterable

if TYPE_CHECKING:
    from typing_extensions import TypeIs

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Decorated(Substituting, Generic[P, R_co]):
    """A function whose calls are runs."""

    fn: Callable[P, R_co]
    """The plain function."""
    decorated: Any
    """The decorated object: the function, or the class method or static method."""

    decorator: str
    """Its name: "flow" or "task"."""
    hooked: list[tuple[str, Making]]
    """The kinds of hooks that were added after it was made, and where that happened."""
    _hooks: ClassVar[tuple[str, ...]] = ()
    """The settings that are lists of hooks."""

    def __init__(self, fn: Callable[P, R_co], settings: Mapping[str, Any], known: Iterable[str], what: str) -> None:
        function, self._kind = methods.unwrapped(fn)
        if not callable(function):
            raise InvalidFlow(f"@{what} decorates a function, not {fn!r}.")
        check_settings(settings, known, f"@{what}")
        self.decorated, self._settings = fn, dict(settings)
        self.hooked: list[tuple[str, Making]] = []
        self.decorator = what
        self._take(function)
        self._variant = variants.noted(function)
        self.name: str = options.text_of(settings, "name") or qualname_of(function).rpartition(".")[2]
        description = options.text_of(settings, "description")
        self.description: str | None = description if description is not None else inspect.getdoc(function)
        self._version = options.text_of(settings, "version")
        self.log_prints: bool | None = options.flag_of(settings, "log_prints")
        self.retries = options.retries_of(settings)
        self.retry_delay_seconds = options.delays_of(settings)
        self.timeout_seconds = options.timeout_of(settings)
        self.persist_result: bool | None = options.flag_of(settings, "persist_result")

    def _take(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(cast("Any", self), function)
        remember(function)
        self.fn = function
        self.call = function_kinds.collecting(function)
        self.is_async = function_kinds.is_async(function)
        self.is_generator = function_kinds.is_generator(function)
        self._signature = options.signature_of(function, self.decorator)
        for known in ("key", "_validator", "_from_json", "_location"):
            self.__dict__.pop(known, None)

    def __reduce__(self) -> tuple[Any, ...]:
        return methods.reduced(self, self.fn, self._settings)

    @cached_property
    def key(self) -> str:
        """The name by which it is recognized when a run executes again."""
        return key_of(self.fn)

    @property
    def variant(self) -> str:
        """The suffix that distinguishes it from others with the same key; empty if there are none."""
        return variants.told(self.key, self._variant) if self._variant else ""

    @property
    def version(self) -> str | None:
        """The version given to it, if any."""
        return self._version

    def call_arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the parameters, given by name, in the form that the function takes."""
        bound = inspect.BoundArguments(self._signature, dict(parameters))
        return bound.args, bound.kwargs

    def why_not_bound(self, error: TypeError, given: Iterable[str]) -> str:
        """Return why a call with these keywords does not fit.

        For an unknown keyword, say which one was probably meant.
        """
        known = self._signature.parameters
        unknown = [name for name in given if name not in known]
        return f"{error}{about_argument(unknown[0], (*known, *options.RESERVED))}" if unknown else str(error)

    def settings(self) -> dict[str, Any]:
        """Return its settings, including the hooks added later."""
        hooks = {name: list(getattr(self, f"{name}_hooks")) for name in self._hooks if getattr(self, f"{name}_hooks")}
        return {**self._settings, **hooks}

    def _add_hook(self, name: str, hook: Any) -> None:
        """Add a hook, and record where that happened: another process may not execute that code."""
        getattr(self, f"{name}_hooks").append(options.checked(hook, name))
        self.hooked.append((name, Making.here()))
        self.__dict__.pop("_location", None)

    def is_same(self, other: Decorated[Any, Any]) -> bool:
        """Whether it is the same as the other, which may have been looked up on its class again."""
        return self is other or self._settings is other._settings

    def _with(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with other settings. Settings that are not named are unchanged."""
        make: Callable[..., Self] = type(self)
        made = make(self.decorated, **{**self.settings(), **settings})
        if self.fn is not made.fn:
            made._take(self.fn)
        made._variant = self._variant
        return made

    def _bound(self, instance: Any, owner: type[Any] | None) -> Self:
        """Return the result of looking it up on an object: a bound method with the hooks of this."""
        method = methods.bound(self.fn, self._kind, instance, owner)
        if method is None:
            return self
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._take(method)
        return made


def outcome_of(state: State, return_state: bool) -> Any:
    """Return what the caller of a finished call gets: the state, or the returned value.

    A failure raises its exception.
    """
    if return_state:
        return state
    if (why := left(state)) is not None:
        raise as_raised(why)
    if state.returned and not isinstance(state.data, State):
        return state.data
    return state_result(state)


async def aoutcome_of(running: Coroutine[Any, Any, State], return_state: bool) -> Any:
    """Return what the caller gets, once the call has ended; see `outcome_of`."""
    return outcome_of(await running, return_state)


def is_decorated(value: object) -> TypeIs[Decorated[..., Any]]:
    """Whether a value is a flow or a task."""
    return isinstance(value, Decorated)


def waited_for(given: Any) -> tuple[Any, ...]:
    """Return what a call waits for, given as ``wait_for``: a list of futures and states, or a single one.

    Raises `InvalidFlow` for anything else.
    """
    if given is None:
        return ()
    if isinstance(given, _ONE):
        return (given,)
    if isinstance(given, str | bytes) or not is_iterable(given):
        raise InvalidFlow(f"wait_for is {given!r}; it must be a list of futures and states.")
    return tuple(given)


_ONE: tuple[type[Any], ...] = (TaskFuture, State, Annotation, Mapping)
"""Of what may be waited for, what is not a list of such."""
