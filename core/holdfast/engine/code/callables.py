"""What flows and tasks have in common: a function with settings, which may be a method."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Generic, ParamSpec, Self, TypeVar, cast

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

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Decorated(Substituting, Generic[P, R_co]):
    """A function whose calls are runs."""

    fn: Callable[P, R_co]
    """The plain function."""
    decorated: Any
    """What was decorated: the function, or the class or static method that it is."""
    making: Making | None = None
    """Where a flow was made; tasks are found by their flow's code."""
    hooked: list[tuple[str, Making]]
    """Which kinds of hooks were added since it was made, and where."""
    _hooks: ClassVar[tuple[str, ...]] = ()
    """The settings that are lists of hooks."""

    def __init__(self, fn: Callable[P, R_co], settings: Mapping[str, Any], known: Iterable[str], what: str) -> None:
        function, self._kind = methods.unwrapped(fn)
        if not callable(function):
            raise InvalidFlow(f"@{what} decorates a function, not {fn!r}.")
        check_settings(settings, known, f"@{what}")
        self.decorated, self._settings = fn, dict(settings)
        self.hooked: list[tuple[str, Making]] = []
        self._what = what
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
        self._signature = options.signature_of(function, self._what)
        for known in ("key", "_validator", "_from_json", "_location"):
            self.__dict__.pop(known, None)

    def __reduce__(self) -> tuple[Any, ...]:
        return methods.reduced(self, self.fn, self._settings)

    @cached_property
    def key(self) -> str:
        """What it is known by when a run executes again."""
        return key_of(self.fn)

    @property
    def variant(self) -> str:
        """What tells it apart from others of its key, behind that; nothing where there is none."""
        return variants.told(self.key, self._variant) if self._variant else ""

    @property
    def version(self) -> str | None:
        """The version that it was given, if any."""
        return self._version

    def call_arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Parameters by name as the function takes them."""
        bound = inspect.BoundArguments(self._signature, dict(parameters))
        return bound.args, bound.kwargs

    def why_not_bound(self, error: TypeError, given: Iterable[str]) -> str:
        """Why a call with these keywords does not fit, and for one that there is not what was probably meant."""
        known = self._signature.parameters
        unknown = [name for name in given if name not in known]
        return f"{error}{about_argument(unknown[0], (*known, *options.RESERVED))}" if unknown else str(error)

    def settings(self) -> dict[str, Any]:
        """What it was given, with the hooks that were added since."""
        hooks = {name: list(getattr(self, f"{name}_hooks")) for name in self._hooks if getattr(self, f"{name}_hooks")}
        return {**self._settings, **hooks}

    def _add_hook(self, name: str, hook: Any) -> None:
        """Add a hook to those that it was given, and note where: another process may not come by there."""
        getattr(self, f"{name}_hooks").append(options.checked(hook, name))
        self.hooked.append((name, Making.here()))
        self.__dict__.pop("_location", None)

    def is_same(self, other: Decorated[Any, Any]) -> bool:
        """Whether it is the other, perhaps looked up once more on its class."""
        return self is other or self._settings is other._settings

    def _with(self, settings: Mapping[str, Any]) -> Self:
        """The same with other settings; what is not named stays as it is."""
        make: Callable[..., Self] = type(self)
        made = make(self.decorated, **{**self.settings(), **settings})
        if self.fn is not made.fn:
            made._take(self.fn)
        made._variant = self._variant
        return made

    def _bound(self, instance: Any, owner: type[Any] | None) -> Self:
        """What looking it up on an object gives: for a method one that is the object's, with the hooks of this."""
        method = methods.bound(self.fn, self._kind, instance, owner)
        if method is None:
            return self
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._take(method)
        return made


def outcome_of(state: State, return_state: bool) -> Any:
    """What a call gives that came to this state: the state, or what it returned, or an exception that is raised."""
    if return_state:
        return state
    if (why := left(state)) is not None:
        raise as_raised(why)
    if state.returned and not isinstance(state.data, State):
        return state.data
    return state_result(state)


async def aoutcome_of(running: Coroutine[Any, Any, State], return_state: bool) -> Any:
    """The same of a call that is under way."""
    return outcome_of(await running, return_state)


def waited_for(given: Any) -> tuple[Any, ...]:
    """What a call is to wait for, as ``wait_for`` had it then: a list of futures and states, or a single one.

    Raises `InvalidFlow` for what is neither.
    """
    if given is None:
        return ()
    if isinstance(given, TaskFuture | State | Annotation | Mapping):
        return (given,)
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidFlow(f"wait_for is {given!r}; it is a list of futures and states.")
    return tuple(given)
