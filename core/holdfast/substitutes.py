"""What Prefect has by name and Holdfast has not, and what to use instead.

A name that is not there is refused where it is given or imported, with what to use instead or what was probably meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Never, ParamSpec, TypeVar

import holdfast

P = ParamSpec("P")
R = TypeVar("R")

_CODE = "runs use the code in the flow's file, so there is nothing to build or to fetch"
_NO_POOLS = "there are no work pools; any `holdfast worker` takes the runs"
_STORED = "results are in the database, stored with persist_result=True"

SETTINGS = {
    "_sla": "there are no automations; see what is late in `holdfast ls`",
    "active": "pause the deployment with paused=True",
    "anchor_date": "use anchor=",
    "as_subprocess": "each run of a deployment has a process of its own",
    "asset_deps": "there are no assets; return the value or log it",
    "build": _CODE,
    "cache_result_in_memory": _STORED,
    "client": "there is no server; the runs are in the database of HOLDFAST_HOME",
    "concurrency_limit": "use limit=",
    "assets": "there are no assets; return the value or log it",
    "concurrency_options": "use limit=; what is above it waits",
    "deferred": "use map() or submit() in a flow, or deploy a flow that calls the task",
    "enforce_parameter_schema": "parameters are always checked",
    "entrypoint_type": "the entrypoint is the flow's file and name",
    "global_limit": "use limit=",
    "httpx_settings": "there is no server; the runs are in the database of HOLDFAST_HOME",
    "ignore_warnings": "leave it out",
    "image": _NO_POOLS,
    "job_variables": _NO_POOLS,
    "on_commit": "there are no transactions; use on_completion=",
    "on_rollback": "there are no transactions; use on_failure=",
    "pause_on_shutdown": "what passes meanwhile is for catch_up= to say; pause with pause_deployment()",
    "print_next_steps": "leave it out",
    "print_starting_message": "leave it out",
    "push": _CODE,
    "launcher": _NO_POOLS,
    "result_serializer": "results are stored as JSON where that is exact, else by cloudpickle",
    "result_storage": _STORED,
    "result_storage_key": "results are in the database; use cache_key_fn= to share one",
    "retry_result_failure": "leave it out; a result is read once",
    "slug": "a schedule is known by its rule",
    "storage": _CODE,
    "subprocess_message_processor_factories": "leave it out; what happens in these processes is told to the flow's own",
    "triggers": "there are no automations; start the run with run_deployment()",
    "version_info": "use version= of @flow",
    "version_type": "use version= of @flow",
    "viz_return_value": "flows are not drawn; see the steps of a run in `holdfast`",
    "webserver": "there is no server; look at runs with `holdfast`",
    "work_pool_name": _NO_POOLS,
    "work_queue_name": _NO_POOLS,
}
"""Settings that Prefect takes, in decorators, deployments or schedules."""

_OF_THE_FLOW = {"description": "use description= of @flow", "version": "use version= of @flow"}
"""Settings of Prefect's deployments that flows have here."""

_READING = (
    "read runs with get_flow_run(), list_flow_runs() and the other functions of holdfast.reading; "
    "records, states and schedules are in holdfast.records, holdfast.states and holdfast.schedules"
)
_NO_CONCURRENCY = "use limit= of a deployment, `holdfast worker --slots`, or max_workers= of a task runner"
_NO_TRANSACTIONS = "there are no transactions; what a run has finished is kept when it executes again"
_NO_ARTIFACTS = "return the value or log it; `holdfast show` and get_logs() show both"
_NO_BLOCKS = "use the environment or your own settings; an answer may be a SecretStr"
_NO_VARIABLES = "use the environment, or parameters= of a deployment"
_NO_EVENTS = "read what happened with get_events(); wait for messages with receive_input()"
_NO_TRIGGERS = "start runs with run_deployment(); wait for messages with receive_input()"
_NO_SERVER = "there is none; one SQLite file in HOLDFAST_HOME has the runs"
_DEPLOY = "use flow.to_deployment(name).apply() or `holdfast deploy`, and `holdfast worker`"
_RUNNERS = "use ThreadPoolTaskRunner, ProcessPoolTaskRunner or a subclass of TaskRunner"
_BY_PREFIX = "use send_input(…, key_prefix=) and get_messages()"
_ANY_TYPE = "any type is taken as it is"
_SUBMIT = "use .submit() in a flow, or deploy a flow that calls the task"
_PARAMETERS = "use ParameterError, which names each parameter"
_NOT_FOUND = "use FlowRunNotFound or DeploymentNotFound"
_INVALID = "use InvalidFlow"
_EXCEPTIONS = "use state.result(), which gives or raises it"
_URLS = "there is no server; `holdfast` shows the run, and `holdfast web` in a browser"
_SETTINGS = "settings are the HOLDFAST_* environment variables; see holdfast.settings"
_SUSPENDED = "use FlowRunSuspended, which the call of a suspended flow raises"
_LOGGER = "use get_run_logger(), which takes the context of another run"
_POOLS = "there are none; any `holdfast worker` takes the runs"
_CONTEXTS = "use contextvars.copy_context().run, in threads; a process that you start yourself knows of no run"
_LOGS = "use logging of the standard library; records of runs have the names of their run"
_TYPES = "use pydantic's own types"
_LOAD = "import the flow's file, or run it with `holdfast run FILE:FLOW`"

NAMES = {
    "Abort": _SUSPENDED,
    "Artifact": _NO_ARTIFACTS,
    "AssetContext": "there are no assets; return the value or log it",
    "AsyncClientContext": _READING,
    "AutomaticRunInput": _ANY_TYPE,
    "Automation": _NO_TRIGGERS,
    "AwaitingConcurrencySlot": "use Scheduled; a run that a limit holds back is so",
    "BaseAnnotation": "use quote, opaque, unmapped or allow_failure",
    "BaseRunInput": "use RunInput",
    "Block": _NO_BLOCKS,
    "BlockMissingCapabilities": _NO_BLOCKS,
    "CacheKeyFnPolicy": "use CachePolicy.from_cache_key_fn()",
    "ConcurrentTaskRunner": "use ThreadPoolTaskRunner",
    "ConfigurationError": "use SettingsError",
    "ContextModel": "use FlowRunContext or TaskRunContext",
    "DaskTaskRunner": _RUNNERS,
    "Deployment": _DEPLOY,
    "EngineContext": "use FlowRunContext",
    "EventTooLarge": _NO_EVENTS,
    "ExternalSignal": _SUSPENDED,
    "FlowDecorator": "use flow, or Flow for its type",
    "FlowParameters": "use FLOW_PARAMETERS",
    "FlowRunWatchError": "use FlowRunWaitTimeout",
    "FlowStateHook": "it is any function of a flow, its run and a state",
    "GetInputHandler": "use InputReceiver, which receive_input() gives",
    "HashError": "inputs without a hash are told in the log, and their call is not cached",
    "InfrastructureBoundFlow": _POOLS,
    "InfrastructureError": _POOLS,
    "InfrastructureNotAvailable": _POOLS,
    "InfrastructureNotFound": _POOLS,
    "InfrastructurePending": "use Pending; a run starts in a process of its worker's",
    "Inputs": 'use INPUTS, and INPUTS - "name" to leave one out',
    "InvalidNameError": _INVALID,
    "InvalidRepositoryURLError": _CODE,
    "LocalFileSystem": "results are in the database",
    "LogEavesdropper": _LOGS,
    "MaterializingTask": "there are no assets; use @task",
    "MissingContextError": "use OutsideFlowRun",
    "MissingFlowError": _INVALID,
    "MissingProfileError": "use SettingsError",
    "NONE": "use NO_CACHE",
    "NotSet": "use a default of your own",
    "ObjectAlreadyExists": "what is made again, such as a deployment, is changed",
    "ObjectLimitReached": _NO_SERVER,
    "ObjectNotFound": _NOT_FOUND,
    "ObjectUnsupported": _NO_SERVER,
    "PREFECT_API_KEY": _NO_SERVER,
    "PREFECT_API_URL": _NO_SERVER,
    "ParameterBindError": _PARAMETERS,
    "ParameterTypeError": _PARAMETERS,
    "Pause": _SUSPENDED,
    "PrefectConcurrentFuture": "use TaskFuture",
    "PrefectDistributedFuture": "use TaskFuture",
    "PrefectException": "use HoldfastError",
    "PrefectFlowRunFuture": "use run_deployment() or wait_for_flow_run()",
    "PrefectFuture": "use TaskFuture",
    "PrefectFutureList": "use TaskFutureList",
    "PrefectHTTPStatusError": _NO_SERVER,
    "PrefectImportError": "use ImportError",
    "PrefectLogAdapter": _LOGS,
    "PrefectSignal": _SUSPENDED,
    "PrefectTaskRunFuture": "use TaskFuture",
    "PrefectTaskRunner": _RUNNERS,
    "PrefectWrappedFuture": "use TaskFuture",
    "Profile": "name another folder in HOLDFAST_HOME",
    "ProfileSettingsValidationError": "use SettingsError",
    "ProfilesCollection": "name another folder in HOLDFAST_HOME",
    "ProtectedBlockError": _NO_BLOCKS,
    "Quote": "use quote",
    "RayTaskRunner": _RUNNERS,
    "ReservedArgumentError": _INVALID,
    "RunContext": "use FlowRunContext or TaskRunContext",
    "RunId": "use RUN_ID",
    "ScriptError": "use InvalidFlow",
    "SequentialTaskRunner": "use ThreadPoolTaskRunner(max_workers=1)",
    "SerializationError": "what cannot be stored is told in the log, and raises MissingResult when it is asked for",
    "Settings": _SETTINGS,
    "SettingsContext": _SETTINGS,
    "SignatureMismatchError": _PARAMETERS,
    "StateGroup": "look at each state, with is_completed() and the like, or at the result of a flow that returns them",
    "Submitting": "use Pending; a run starts in a process of its worker's",
    "SyncClientContext": _READING,
    "TagsContext": "use tags() and current_tags()",
    "TaskRunNameCallbackWithParameters": "it is any function that gives a text and may take parameters",
    "TaskSource": "use TASK_SOURCE",
    "TerminationSignal": "a worker that is stopped lets its runs leave their code at the next boundary",
    "Transaction": _NO_TRANSACTIONS,
    "UnspecifiedFlowError": _INVALID,
    "UpstreamTaskError": "use UpstreamFailed",
    "Variable": _NO_VARIABLES,
    "actions": _BY_PREFIX,
    "agent": "use `holdfast worker`",
    "artifacts": _NO_ARTIFACTS,
    "assets": "there are none; return the value or log it",
    "automations": _NO_TRIGGERS,
    "bind_flow_to_infrastructure": _POOLS,
    "blocks": _NO_BLOCKS,
    "bundles": _CODE,
    "client": _READING,
    "concurrency": _NO_CONCURRENCY,
    "configuration": _LOGS,
    "create_flow_run_input_from_model": _BY_PREFIX,
    "create_markdown_artifact": _NO_ARTIFACTS,
    "create_table_artifact": _NO_ARTIFACTS,
    "deploy": _DEPLOY,
    "disable_logger": "use logging.getLogger(name).disabled",
    "disable_run_logger": "call .fn; a task outside a flow records nothing",
    "docker": _DEPLOY,
    "emit_event": _NO_EVENTS,
    "events": _NO_EVENTS,
    "exception_to_crashed_state": "use Crashed(data=exception)",
    "exception_to_failed_state": "use Failed(data=exception)",
    "exception_traceback": "use traceback.format_exception() of the standard library",
    "filesystems": "results are in the database",
    "flow_engine": "call the flow",
    "flow_run_logger": _LOGGER,
    "formatters": _LOGS,
    "freeze": "give the value as a parameter of the deployment",
    "get_client": _READING,
    "get_current_settings": _SETTINGS,
    "get_logger": "use logging.getLogger() of the standard library",
    "get_settings_context": _SETTINGS,
    "get_state_exception": _EXCEPTIONS,
    "get_state_result": _EXCEPTIONS,
    "get_sync_client": _READING,
    "get_worker_logger": "use logging.getLogger() of the standard library",
    "handlers": _LOGS,
    "highlighters": _LOGS,
    "hydrated_context": _CONTEXTS,
    "infrastructure": _DEPLOY,
    "initialize_project": _CODE,
    "is_entrypoint_async": _LOAD,
    "is_state_iterable": "look at each state, or at the result of a flow that returns them",
    "keyset_from_paused_state": "use keyset_from_base_key(wait.key), with get_waits()",
    "load_current_profile": "name another folder in HOLDFAST_HOME",
    "load_flow_arguments_from_entrypoint": _LOAD,
    "load_flow_from_entrypoint": _LOAD,
    "load_flow_from_flow_run": _LOAD,
    "load_function_and_convert_to_flow": _LOAD,
    "load_placeholder_flow": _LOAD,
    "load_profile": "name another folder in HOLDFAST_HOME",
    "load_profiles": "name another folder in HOLDFAST_HOME",
    "locking": "equal calls that share a result already wait for each other in a process",
    "main": "the names are in holdfast itself",
    "materialize": "there are no assets; use @task",
    "patch_print": "use log_prints=True of @flow",
    "plugins": "there are none",
    "prefect_test_harness": "name a folder for the test in HOLDFAST_HOME",
    "print_as_log": "use log_prints=True of @flow",
    "profiles": "name another folder in HOLDFAST_HOME",
    "raise_state_exception": _EXCEPTIONS,
    "rate_limit": _NO_CONCURRENCY,
    "refresh_global_settings_context": _SETTINGS,
    "resolve_futures_to_results": "ask each future for its result()",
    "resolve_futures_to_states": "ask each future to wait(), which gives its state",
    "results": _STORED,
    "return_value_to_state": "return the value, or a state that Completed() or the like makes",
    "root_settings_context": _SETTINGS,
    "run_input_subclass_from_type": _ANY_TYPE,
    "runner": "use serve() or `holdfast worker`",
    "safe_load_flow_from_entrypoint": _LOAD,
    "save_profiles": "name another folder in HOLDFAST_HOME",
    "select_flow": _LOAD,
    "serialize_context": _CONTEXTS,
    "serializers": "results are stored as JSON where that is exact, else by cloudpickle",
    "server": _NO_SERVER,
    "steps": _CODE,
    "task_engine": "call the task",
    "task_input_hash": "use cache_policy=INPUTS of holdfast.cache_policies",
    "task_run_logger": _LOGGER,
    "task_runs": "ask the future of a task to wait(), and read runs of tasks with get_task_runs()",
    "task_worker": _SUBMIT,
    "telemetry": _LOGS,
    "temporary_settings": _SETTINGS,
    "testing": "name a folder for the test in HOLDFAST_HOME",
    "to_state_create": "a state is taken as it is",
    "transaction": _NO_TRANSACTIONS,
    "transactions": _NO_TRANSACTIONS,
    "types": _TYPES,
    "update_current_profile": "name another folder in HOLDFAST_HOME",
    "use_profile": "name another folder in HOLDFAST_HOME",
    "utilities": "unmapped and allow_failure are in holdfast itself, quote and opaque in holdfast.annotations",
    "variables": _NO_VARIABLES,
    "with_context": _CONTEXTS,
    "workers": "use `holdfast worker`",
} | {
    f"a{name}": f"use {name}(), with await in async code"
    for name in (
        "get_flow_run", "pause_flow_run", "receive_input", "resume_flow_run", "run_deployment", "send_input", "serve",
        "suspend_flow_run", "wait_for_flow_run",
    )
} | {
    f"{verb}_flow_run_input": _BY_PREFIX
    for verb in ("acreate", "adelete", "afilter", "aread", "create", "delete", "filter", "read")
}  # fmt: skip
"""What Prefect has in its modules, and modules of its own."""

MEMBERS = {
    "adeploy": _DEPLOY,
    "api_url": _URLS,
    "apply_async": _SUBMIT,
    "aresult": "use result(), with await in async code",
    "configure": "keys and results are in the database, and equal calls at a time wait for each other in a process",
    "aserve": "use serve()",
    "ato_deployment": "use to_deployment()",
    "delay": _SUBMIT,
    "deploy": _DEPLOY,
    "from_source": _CODE,
    "job_variables": _NO_POOLS,
    "on_commit": _NO_TRANSACTIONS,
    "on_rollback": _NO_TRANSACTIONS,
    "parent_deployment_id": "use get_flow_run(runtime.flow_run.parent_flow_run_id).deployment_id",
    "scheduled_start_time": "use get_flow_run(runtime.flow_run.id).created",
    "ui_url": _URLS,
    "version": "use runtime.flow_run.flow_version",
    "visualize": "run the flow, and see its steps in `holdfast`",
    "wait_async": "await the future",
    "wrapped_future": "use future",
}
"""What Prefect has in its objects."""
_OF_STATES = dict.fromkeys(
    ("copy", "dict", "fresh_copy", "json", "model_copy", "model_dump", "model_dump_json"),
    "a state is a dataclass; use dataclasses.replace() or asdict()",
)
_OF_RUNS = {
    "created_by": "use get_events(), which say who did what",
    "empirical_policy": "use the settings of the flow or task",
    "end_time": "use ended",
    "estimated_run_time": "use ended - started",
    "expected_start_time": "use due while it is scheduled, then started",
    "next_scheduled_start_time": "use due",
    "run_count": "use executions, or attempt",
    "start_time": "use started",
    "state_id": "a state is known by its run, its name and its timestamp",
    "state_name": "use state.name",
    "state_type": "use state.type",
    "total_run_time": "use ended - started",
    "updated": "use state.timestamp",
    "work_pool_name": _NO_POOLS,
    "work_queue_name": _NO_POOLS,
}
_OF_CONTEXTS = {
    "client": _READING,
    "created": "use start_time, or get_flow_run(id).created",
    "deployment_id": "use runtime.deployment.id",
    "expected_start_time": "use start_time, or get_flow_run(id).created",
    "flow_id": "use flow.name",
    "flow_version": "use flow.version",
    "parent_task_run_id": "use parent, the flow run that called it",
    "result_store": _STORED,
    "run_results": "look at each state, or at the result of a flow that returns them",
    "state": "use get_flow_run(id).state, or get_task_runs(id)",
    "state_name": "use get_flow_run(id).state.name, or get_task_runs(id)",
    "state_type": "use get_flow_run(id).state.type, or get_task_runs(id)",
}
_MEMBERS_OF: dict[str, dict[str, str]] = {
    "Flow": {
        "isasync": "use is_async",
        "isgenerator": "use is_generator",
        "parameters": "use inspect.signature(flow), or the parameter_schema of its deployment",
        "serialize_parameters": "parameters are stored as they are",
        "submit": "call it in a task that is submitted, or start a deployment with run_deployment()",
        "submit_to_work_pool": _NO_POOLS,
        "validate_parameters": "use validate_parameters= of @flow",
    },
    "FlowRun": {
        **_OF_RUNS,
        "flow_id": "use flow_name",
        "flow_version": "use runtime.flow_run.flow_version in the flow, its tasks and its hooks",
        "parameters": "use runtime.flow_run.parameters in the flow, its tasks and its hooks",
        "parent_task_run_id": "use parent_id, the flow run that called it",
    },
    "FlowRunContext": _OF_CONTEXTS,
    "RunnerDeployment": dict.fromkeys(
        ("concurrency_limit", "entrypoint", "flow_name", "name", "parameters", "paused", "schedules", "tags"),
        "a planned deployment has its flow and plan; apply() gives the deployment",
    ),
    "Schedule": dict.fromkeys(("active", "parameters", "slug"), "it is of the deployment, for all its schedules")
    | {"anchor_date": "use anchor"},
    "State": {"id": "a state is known by its run, its name and its timestamp", **_OF_STATES},
    "Task": {
        "isasync": "use is_async",
        "isgenerator": "use is_generator",
        "serve": _SUBMIT,
        "source_code": "use inspect.getsource(task.fn)",
        "task_key": "use key",
    },
    "TaskRun": {
        **_OF_RUNS,
        "cache_key": "keys are in the database",
        "created": "use called, or started",
        "dynamic_key": "use id",
        "run_count": "use attempt",
        "task_inputs": "use runtime.task_run.parameters in the task and its hooks",
        "task_key": "use task_name",
    },
    "TaskRunContext": _OF_CONTEXTS,
    "ThreadPoolTaskRunner": (_OF_RUNNERS := {"cancel_all": "use cancel_flow_run()", "map": "use map() of a task"}),
    "ProcessPoolTaskRunner": _OF_RUNNERS,
}
_MODULES = {
    f"{parent}.{module}": instead
    for parent, modules, instead in (
        ("deployments", ("base", "steps"), _CODE),
        ("deployments", ("deployments", "flow_runs", "runner"), "import its names from holdfast.deployments"),
        ("deployments", ("schedules",), "use holdfast.schedules"),
        ("input", ("actions",), _BY_PREFIX),
        ("input", ("run_input",), "import its names from holdfast.input"),
        ("logging", ("clients", "configuration", "filters", "formatters", "handlers", "highlighters"), _LOGS),
        ("logging", ("loggers",), "import get_run_logger from holdfast.logging"),
        ("runtime", ("deployment", "flow_run", "task_run"), "import it from holdfast.runtime; it is an object"),
        ("settings", ("base", "constants", "context", "legacy", "models", "sources"), _SETTINGS),
    )
    for module in modules
}
"""Modules of Prefect's below those that Holdfast has, too."""
_PARENTS = {f"{__package__}.{name.partition('.')[0]}" for name in _MODULES}


class AbsentModules:
    """Finds no module. Asked for one that Prefect has and nobody found, it says what to use instead."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Raise `ModuleNotFoundError` for what Prefect has and Holdfast has not."""
        package, _, below = name.partition(".")
        instead = (_MODULES.get(below) or _instead_of(below)) if package == __package__ else None
        if instead is not None:
            parent, _, module = name.rpartition(".")
            raise ModuleNotFoundError(f"{parent} has no {module}: {instead}.", name=name)


def _instead_of(name: str) -> str | None:
    if (instead := _found(NAMES, name)) is not None:
        return instead
    if name.startswith("PREFECT_"):
        return _SETTINGS
    return f"import it from {__package__}" if name in _public_names() else None


def _found(names: Mapping[str, str], name: str) -> str | None:
    """What to use instead; what is called so with an ``a`` before it is the same in async code."""
    return names.get(name) or names.get(name.removeprefix("a"))


def _public_names() -> list[str]:
    return holdfast.__all__


def absent_from(module: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module. What Prefect has there is an `ImportError`, whose text an import shows."""

    def refuse(name: str) -> Never:
        if (instead := _instead_of(name)) is not None:
            raise ImportError(f"{module} has no {name}: {instead}.", name=module)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    if module not in _PARENTS:
        return refuse

    def refuse_below(name: str) -> list[str]:
        # With an empty path for its modules it is asked for them by name, as a package is.
        return [] if name == "__path__" else refuse(name)

    return refuse_below


class Substituting:
    """Names the substitute of what objects of Prefect have and those of this class have not."""

    __slots__ = ()

    if not TYPE_CHECKING:  # which is to go on finding slips

        def __getattr__(self, name: str) -> Never:
            of = type(self).__name__  # what runtime has is _FlowRun, a record FlowRun
            kind = of.lstrip("_")
            substitute = _MEMBERS_OF.get(of, {}).get(name) or _found(MEMBERS, name)
            said = "" if substitute is None else f": {substitute}."
            raise AttributeError(f"{kind!r} object has no attribute {name!r}{said}", name=name, obj=self)


def settings_checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which says of settings that it has not what they are in Holdfast or were probably meant to be."""
    code = function.__code__
    known = [name for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if name not in _OF_METHODS]

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not kwargs.keys() <= set(known):
            check_settings(kwargs, known, f"{function.__name__}()")
        return function(*args, **kwargs)

    return call


_OF_METHODS = ("self", "cls")


def check_settings(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise `TypeError` for settings that ``what`` has not, which says what each is or was probably meant to be."""
    names = list(known)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise TypeError(" ".join(f"{what} has no setting called {each}{_instead(each, names)}" for each in unknown))


def _instead(name: str, known: list[str]) -> str:
    substitute = SETTINGS.get(name) or _OF_THE_FLOW.get(name)
    if substitute is not None:
        return f": {substitute}."
    return meant(name, known) or f"; it has {', '.join(known)}."


def meant(name: str, known: Iterable[str]) -> str:
    """What is added to the words about a name that is not known: which was probably meant, if one is like it."""
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of the known names that is most like this one, if any is."""
    from difflib import get_close_matches  # for mistakes only

    return next(iter(get_close_matches(name, list(known), n=1)), None)


def about_argument(name: str, known: Iterable[str]) -> str:
    """As `meant`, of an argument of a call of a flow or task, which may also be one that Prefect's have."""
    substitute = SETTINGS.get(name)
    return meant(name, known) if substitute is None else f": {substitute}."
