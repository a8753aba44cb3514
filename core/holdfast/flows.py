"""The `flow` decorator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypedDict, TypeVar, overload

from pydantic import ConfigDict, Field, ValidationError, validate_call
from pydantic.fields import FieldInfo
from typing_extensions import Unpack

from holdfast import loading_state
from holdfast.durations import Duration
from holdfast.engine.code import options
from holdfast.engine.code.callables import Decorated, waited_for
from holdfast.engine.code.code_location import hash_of_file
from holdfast.engine.code.making import Making
from holdfast.engine.drive import function_kinds
from holdfast.engine.results import short_text
from holdfast.engine_loading import engine
from holdfast.exceptions import ParameterError
from holdfast.records import FlowRun
from holdfast.states import State
from holdfast.substitutes import absent_from, check_settings
from holdfast.values.json_text import FromJson

if TYPE_CHECKING:
    from holdfast.deployments import DeploymentOptions, RunnerDeployment
    from holdfast.task_runners import TaskRunner

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

FlowHook = Callable[["Flow[..., Any]", FlowRun, State], Any]
Hook = TypeVar("Hook", bound=FlowHook)


class FlowOptions(TypedDict, total=False):
    """The settings of a flow; see `flow`."""

    name: str | None
    description: str | None
    version: str | None
    flow_run_name: str | Callable[..., str | Awaitable[str]] | None
    log_prints: bool | None
    retries: int | None
    retry_delay_seconds: Duration | None
    timeout_seconds: Duration | None
    validate_parameters: bool
    persist_result: bool | None
    task_runner: TaskRunner | type[TaskRunner] | None
    on_completion: Sequence[FlowHook] | None
    on_failure: Sequence[FlowHook] | None
    on_cancellation: Sequence[FlowHook] | None
    on_crashed: Sequence[FlowHook] | None
    on_running: Sequence[FlowHook] | None


class Flow(Decorated[P, R_co]):
    """A function whose calls are flow runs. Made by `flow`."""

    making: Making
    """Where it was made. A task has none: it is found by its flow's code."""
    _hooks = ("on_completion", "on_failure", "on_cancellation", "on_crashed", "on_running")

    def __init__(self, fn: Callable[P, R_co], **settings: Unpack[FlowOptions]) -> None:
        super().__init__(fn, settings, FlowOptions.__annotations__, "flow")
        self.making = Making.here()
        self.name = settings.get("name") or self.name.replace("_", "-").replace("<lambda>", "unknown-lambda")
        self.flow_run_name = options.name_of(settings, "flow_run_name")
        self.should_validate_parameters = options.flag_of(settings, "validate_parameters") is not False
        self.task_runner = options.runner_of(settings)
        self.on_completion_hooks = options.hooks_of(settings, "on_completion")
        self.on_failure_hooks = options.hooks_of(settings, "on_failure")
        self.on_cancellation_hooks = options.hooks_of(settings, "on_cancellation")
        self.on_crashed_hooks = options.hooks_of(settings, "on_crashed")
        self.on_running_hooks = options.hooks_of(settings, "on_running")

    @property
    def version(self) -> str | None:
        """The version given to it, otherwise a hash of its file; ``None`` for a flow that is not in a file."""
        if self._version is None:
            self._version = hash_of_file(self.fn)
        return self._version

    @property
    def gathering(self) -> dict[str, str]:
        """Its parameters that take any number of values, each with its stars."""
        marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        parameters = self._signature.parameters.values()
        return {each.name: marks[each.kind] for each in parameters if each.kind in marks}

    @cached_property
    def _validator(self) -> Callable[..., tuple[tuple[Any, ...], dict[str, Any]]]:
        return validate_call(config=ConfigDict(arbitrary_types_allowed=True))(self.collecting)

    @property
    def collecting(self) -> Callable[..., tuple[tuple[Any, ...], dict[str, Any]]]:
        """A function with the same parameters, which returns its positional and named arguments."""

        @functools.wraps(function_kinds.described_by(self.fn))
        def collect(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return args, kwargs

        signature = inspect.signature(self.fn)
        parameters = [each.replace(default=_validated(each.default)) for each in signature.parameters.values()]
        collect.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return collect

    @cached_property
    def _from_json(self) -> Callable[[Mapping[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]:
        from holdfast.values.from_json import arguments_reader  # for stored parameters only

        return arguments_reader(self.collecting)

    def validate(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the call's parameters by name, validated and converted by pydantic unless the flow turns that off.

        ``kwargs`` that are `FromJson` are read by JSON's rules. Defaults are filled in. Raises `ParameterError`, which
        names each parameter that does not fit.
        """
        try:
            bound = self._signature.bind(*args, **kwargs)
            if not self.should_validate_parameters:
                bound.apply_defaults()
                return dict(bound.arguments)
            if isinstance(kwargs, FromJson):
                valid_args, valid_kwargs = self._from_json(kwargs)
            else:
                valid_args, valid_kwargs = self._validator(*bound.args, **bound.kwargs)
        except ValidationError as error:
            problems = "; ".join(map(self._problem, error.errors()))
            raise ParameterError(f"Flow {self.name!r} was called with bad parameters: {problems}.") from error
        except TypeError as error:
            why = self.why_not_bound(error, kwargs)
            why = why if why.endswith(("?", ".")) else f"{why}."
            raise ParameterError(f"Flow {self.name!r} was called with bad parameters: {why}") from error
        bound = self._signature.bind(*valid_args, **valid_kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def _problem(self, error: Any) -> str:
        from holdfast.engine.parameters import takes_secrets  # for errors only

        first, *rest = error["loc"] or ("parameters",)
        where = ".".join(map(str, (*self._place(first), *rest)))
        got = "" if takes_secrets(self) else f" (got {short_text(error['input']):.80})"
        return f"{where}: {error['msg']}{got}"

    def _place(self, place: int | str) -> tuple[int | str, ...]:
        """Return the name of a parameter that pydantic identifies by position, with an index if it takes many."""
        if isinstance(place, str):
            return (place,)
        parameters = list(self._signature.parameters.values())
        many = next((at for at, each in enumerate(parameters) if each.kind is each.VAR_POSITIONAL), len(parameters))
        return (parameters[place].name,) if place < many else (parameters[many].name, place - many)

    def with_options(self, **settings: Unpack[FlowOptions]) -> Flow[P, R_co]:
        """Return the same flow with other settings. Settings that are not named are unchanged."""
        return self._with(settings)

    def on_completion(self, hook: Hook) -> Hook:
        """Call ``hook(flow, flow_run, state)`` when a run of the flow has completed; used as a decorator."""
        self._add_hook("on_completion", hook)
        return hook

    def on_failure(self, hook: Hook) -> Hook:
        """Call ``hook(flow, flow_run, state)`` when a run of the flow has failed and is not retried."""
        self._add_hook("on_failure", hook)
        return hook

    def on_cancellation(self, hook: Hook) -> Hook:
        """Call ``hook(flow, flow_run, state)`` when a run of the flow was cancelled while its code ran."""
        self._add_hook("on_cancellation", hook)
        return hook

    def on_crashed(self, hook: Hook) -> Hook:
        """Call ``hook(flow, flow_run, state)`` when the code of a run is interrupted; not when its process dies."""
        self._add_hook("on_crashed", hook)
        return hook

    def on_running(self, hook: Hook) -> Hook:
        """Call ``hook(flow, flow_run, state)`` whenever the flow's function is about to be called."""
        self._add_hook("on_running", hook)
        return hook

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Flow[P, R_co]: ...

    @overload
    def __get__(
        self: Flow[Concatenate[Any, Q], R_co], instance: object, owner: type[Any] | None = None
    ) -> Flow[Q, R_co]: ...

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        return self._bound(instance, owner)

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def __call__(
        self: Flow[P, Coroutine[Any, Any, T]],
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
        """Run the flow here after the inputs in ``wait_for``, and return its result or state.

        Futures and states among the arguments are waited for and replaced by their results. If one of them did not
        complete, the run is not started: its state is NotReady, and `UpstreamFailed` is raised. Futures in the flow's
        result are replaced by their states.

        Raises what the flow raises, `CancelledRun` if it was cancelled, and `FlowRunSuspended` if it suspended itself.
        Uncaught, that one ends a script with exit status 0 and no traceback.
        """
        loading_state.check_not_loading(f"Flow {self.name!r}")
        return_state, wait_for = kwargs.pop("return_state", False), waited_for(kwargs.pop("wait_for", None))
        return engine().call_flow(self, args, kwargs, wait_for, return_state)

    def to_deployment(self, name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
        """Plan a deployment of this flow, for `serve`, or to be created with its ``apply()``.

        Options are ``parameters``, ``cron``, ``interval``, ``rrule``, ``schedule``, ``schedules``, ``timezone``,
        ``tags``, ``limit``, ``catch_up`` and ``paused``; see `DeploymentOptions`. Raises `TypeError` for others,
        `ParameterError` for parameters that do not fit, `ScheduleError`, or `InvalidFlow` for a flow that is not in a
        file.
        """
        planned: RunnerDeployment = _deployments().plan_deployment(self, name, **options)
        return planned

    def serve(self, name: str | None = None, *, slots: int = 4, **options: Unpack[DeploymentOptions]) -> None:
        """Deploy this flow and be a worker, until interrupted or terminated.

        By default the deployment has the name of the flow. The options are those of `to_deployment`. ``slots`` is the
        number of runs that this process executes at the same time.
        """
        deployments = _deployments()
        check_settings(options, (*deployments.DeploymentOptions.__annotations__, "slots"), "serve()")
        loading_state.check_not_loading("serve()")
        deployments.serve(self.to_deployment(self.name if name is None else name, **options), limit=slots)


def _deployments() -> ModuleType:
    # Only when needed: it brings in the engine, the store and the worker.
    from holdfast import deployments

    return deployments


def _validated(default: Any) -> Any:
    """Return a parameter's default as pydantic converts a given value.

    ``None`` is unchanged, even if the annotation omits it, as in ``x: str = None``.
    """
    if any(default is each for each in (inspect.Parameter.empty, None, ...)) or isinstance(default, FieldInfo):
        return default
    return Field(default, validate_default=True)


@overload
def flow(fn: Callable[P, R], /) -> Flow[P, R]: ...


@overload
def flow(**settings: Unpack[FlowOptions]) -> Callable[[Callable[P, R]], Flow[P, R]]: ...


def flow(fn: Callable[..., Any] | None = None, /, **settings: Unpack[FlowOptions]) -> Any:
    """Make a function a flow, with or without parentheses.

    ``name`` is by default the function's, with dashes. ``flow_run_name`` is a template such as ``"{x}"`` or a function.
    ``version`` is yours, by default a hash of the flow's file. ``log_prints`` (by default that of the calling run) also
    sends what it prints to its log. Parameters are validated and converted by pydantic according to the function's
    annotations, unless ``validate_parameters=False``.

    A run that fails is retried up to ``retries`` times, ``retry_delay_seconds`` later; it keeps what it finished. A run
    that takes longer than ``timeout_seconds`` (0 is no limit) is TimedOut; time that it waits for a person does not
    count. ``persist_result`` applies to its own result, and to its tasks that do not set it: ``False`` stores none,
    ``True`` lets equal calls of a task share one. ``task_runner`` runs submitted tasks.

    ``on_completion``, ``on_failure``, ``on_cancellation``, ``on_crashed`` and ``on_running`` are lists of functions
    ``(flow, flow_run, state)``. All of these functions may be async.
    """
    if fn is None:
        return functools.partial(Flow, **settings)
    return Flow(fn, **settings)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
