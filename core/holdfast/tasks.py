"""The `task` decorator."""

from __future__ import annotations

import functools
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypedDict, TypeVar, overload

from typing_extensions import Unpack

from holdfast import cache_policies, context
from holdfast.cache_policies import CachePolicy
from holdfast.durations import Duration, seconds_of
from holdfast.engine.code import options
from holdfast.engine.code.callables import Decorated, waited_for
from holdfast.engine.tasks.mapping import each_call
from holdfast.engine_loading import engine
from holdfast.exceptions import InvalidFlow
from holdfast.futures import TaskFuture, TaskFutureList
from holdfast.records import TaskRun
from holdfast.states import State
from holdfast.substitutes import absent_from, settings_checked

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

RetryCondition = Callable[["Task[..., Any]", TaskRun, State], bool | Awaitable[bool]]
TaskHook = Callable[["Task[..., Any]", TaskRun, State], Any]
Hook = TypeVar("Hook", bound=TaskHook)


class TaskOptions(TypedDict, total=False):
    """The settings of a task; see `task`."""

    name: str | None
    description: str | None
    tags: Iterable[str] | None
    version: str | None
    task_run_name: str | Callable[..., str | Awaitable[str]] | None
    log_prints: bool | None
    retries: int | None
    retry_delay_seconds: Duration | Sequence[Duration] | Callable[[int], Duration | Sequence[Duration]] | None
    retry_jitter_factor: float | None
    retry_condition_fn: RetryCondition | None
    timeout_seconds: Duration | None
    persist_result: bool | None
    cache_policy: CachePolicy | None
    cache_key_fn: Callable[[context.TaskRunContext, dict[str, Any]], str | Awaitable[str | None] | None] | None
    cache_expiration: Duration | None
    refresh_cache: bool | None
    on_completion: Sequence[TaskHook] | None
    on_failure: Sequence[TaskHook] | None
    on_running: Sequence[TaskHook] | None


class Task(Decorated[P, R_co]):
    """A function whose calls are task runs: recorded, and not repeated once they are finished.

    Made by `task`.
    """

    _hooks = ("on_completion", "on_failure", "on_running")

    def __init__(self, fn: Callable[P, R_co], **settings: Unpack[TaskOptions]) -> None:
        super().__init__(fn, settings, TaskOptions.__annotations__, "task")
        self.tags = frozenset(options.tags_of(settings))
        self.task_run_name = options.name_of(settings, "task_run_name")
        self.retry_jitter_factor = options.jitter_of(settings)
        condition = settings.get("retry_condition_fn")
        self.retry_condition_fn = None if condition is None else options.checked(condition, "retry_condition_fn")
        self.on_completion_hooks = options.hooks_of(settings, "on_completion")
        self.on_failure_hooks = options.hooks_of(settings, "on_failure")
        self.on_running_hooks = options.hooks_of(settings, "on_running")
        self._set_caching(settings)

    def _set_caching(self, settings: TaskOptions) -> None:
        policy, key_fn = settings.get("cache_policy"), settings.get("cache_key_fn")
        self.cache_expiration = options.lifetime_of(settings)
        self.refresh_cache = bool(options.flag_of(settings, "refresh_cache"))
        if policy is not None and not isinstance(policy, CachePolicy):
            raise InvalidFlow(f"cache_policy is {policy!r}; it must be one of holdfast.cache_policies, or None.")
        if key_fn is not None:
            if policy is not None:
                warnings.warn(f"Task {self.name!r} has a cache_key_fn, so its cache_policy is not used.", stacklevel=4)
            policy = CachePolicy.from_cache_key_fn(options.checked(key_fn, "cache_key_fn"))
        asked = policy is not None or self.cache_expiration is not None
        off = policy is cache_policies.NO_CACHE or ("cache_policy" in settings and policy is None)
        self.cache_policy = None if off else policy or cache_policies.DEFAULT
        self.caches: bool | None = True if asked or self.persist_result else None
        if off or self.persist_result is False:
            self.caches = False

    def with_options(self, **settings: Unpack[TaskOptions]) -> Task[P, R_co]:
        """Return the same task with other settings. Settings that are not named are unchanged."""
        return self._with(settings)

    def on_completion(self, hook: Hook) -> Hook:
        """Call ``hook(task, task_run, state)`` when a run of the task has completed; used as a decorator."""
        self._add_hook("on_completion", hook)
        return hook

    def on_failure(self, hook: Hook) -> Hook:
        """Call ``hook(task, task_run, state)`` when a run of the task has failed and is not retried."""
        self._add_hook("on_failure", hook)
        return hook

    def on_running(self, hook: Hook) -> Hook:
        """Call ``hook(task, task_run, state)`` when the task's function is about to be called."""
        self._add_hook("on_running", hook)
        return hook

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Task[P, R_co]: ...

    @overload
    def __get__(
        self: Task[Concatenate[Any, Q], R_co], instance: object, owner: type[Any] | None = None
    ) -> Task[Q, R_co]: ...

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        return self._bound(instance, owner)

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def __call__(
        self: Task[P, Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, State]: ...

    @overload
    def __call__(
        self, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> State: ...

    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any] | None, **kwargs: Any) -> R_co: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task in the flow run that is executing here, after the inputs in ``wait_for``.

        Returns the task's result, or its final state with ``return_state``. Futures among the arguments are waited for
        and replaced by their results. Raises what the task raises. Outside a flow the task also runs, with its retries
        and timeout, but it is neither recorded nor cached.
        """
        return_state, wait_for = kwargs.pop("return_state", False), waited_for(kwargs.pop("wait_for", None))
        return engine().call_task(self, self._bind(args, kwargs), wait_for, return_state)

    @overload
    def submit(
        self: Task[P, Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFuture[T]: ...

    @overload
    def submit(
        self: Task[P, Generator[T, Any, Any] | AsyncGenerator[T, Any]],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFuture[list[T]]: ...

    @overload
    def submit(
        self: Task[P, R_co],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFuture[R_co]: ...

    @overload
    def submit(
        self, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> State: ...

    def submit(
        self, *args: Any, return_state: bool = False, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Any:
        """Run the task concurrently with the flow, in the flow's task runner, and return its future.

        With ``return_state`` wait for it and return its final state. The result of a task that yields is the list of
        its values.
        """
        future: TaskFuture[Any] = self._submit(self._bind(args, kwargs), waited_for(wait_for))
        return future.wait() if return_state else future

    @overload
    def map(
        self: Task[P, Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFutureList[T]: ...

    @overload
    def map(
        self: Task[P, Generator[T, Any, Any] | AsyncGenerator[T, Any]],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFutureList[list[T]]: ...

    @overload
    def map(
        self: Task[P, R_co],
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> TaskFutureList[R_co]: ...

    @overload
    def map(
        self, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> list[State]: ...

    def map(self, *args: Any, return_state: bool = False, wait_for: Iterable[Any] | None = None, **kwargs: Any) -> Any:
        """Submit a call for each item of the arguments that have items, and return the futures.

        Each call gets texts, arguments without items, and arguments in `unmapped` whole. A future is waited for to see
        its items. Raises `MappingLengthMismatch` and `MappingMissingIterable`.
        """
        waits = waited_for(wait_for)
        try:
            given = self._signature.bind_partial(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"Task {self.name!r}: {self.why_not_bound(error, kwargs)}") from None
        calls = [self._bind(call.args, call.kwargs) for call in each_call(self._signature, given.arguments)]
        futures = TaskFutureList(self._submit(each, waits) for each in calls)
        return [each.wait() for each in futures] if return_state else futures

    def _submit(self, arguments: dict[str, Any], wait_for: tuple[Any, ...]) -> TaskFuture[Any]:
        return engine().submit_task(self, arguments, wait_for)

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"Task {self.name!r}: {self.why_not_bound(error, kwargs)}") from None
        bound.apply_defaults()
        return dict(bound.arguments)


@settings_checked
def exponential_backoff(backoff_factor: Duration) -> Callable[[int], list[float]]:
    """Return delays for ``retry_delay_seconds``: ``backoff_factor`` at first, doubled before each further retry.

    Raises `DurationError` for a value that is not a length of time.
    """
    first = seconds_of(backoff_factor, "backoff_factor")

    def delays(retries: int) -> list[float]:
        return [first * 2**retry for retry in range(min(retries, options.MOST_DELAYS))]

    return delays


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(**settings: Unpack[TaskOptions]) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(fn: Callable[..., Any] | None = None, /, **settings: Unpack[TaskOptions]) -> Any:
    """Make a function a task, with or without parentheses.

    A call that a run has finished is not repeated when the run executes again: its stored result is returned, unless
    ``persist_result=False``. Other calls share its result with ``persist_result=True`` or one of ``cache_policy`` (see
    `holdfast.cache_policies`), ``cache_key_fn(context, inputs)`` and ``cache_expiration`` (a timedelta).
    ``refresh_cache`` makes the call again.

    A failed call is retried up to ``retries`` times, if ``retry_condition_fn(task, task_run, state)`` agrees, after
    ``retry_delay_seconds`` (a number, a list, or a function such as `exponential_backoff` returns), which is extended
    by a random part of up to ``retry_jitter_factor``. A call that takes longer than ``timeout_seconds`` (0 is no limit)
    is TimedOut.

    ``name`` is by default the function's. ``task_run_name`` is a template such as ``"{x}"`` or a function.
    ``log_prints`` (by default the flow's) also sends what it prints to its log. ``tags`` are added to those that apply
    at the call. ``on_completion``, ``on_failure`` and ``on_running`` are lists of functions ``(task, task_run,
    state)``. Hooks, the condition, the key and the name function may be async.
    """
    if fn is None:
        return functools.partial(Task, **settings)
    return Task(fn, **settings)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
