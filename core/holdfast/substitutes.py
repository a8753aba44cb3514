"""What Prefect has by name and Holdfast has not, and what to use instead.

A name that is not there is refused where it is given or imported, with what to use instead or what was probably meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Never

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
    "concurrency_options": "use limit=; what is above it waits",
    "enforce_parameter_schema": "parameters are always checked",
    "entrypoint_type": "the entrypoint is the flow's file and name",
    "global_limit": "use limit=",
    "ignore_warnings": "leave it out",
    "image": _NO_POOLS,
    "job_variables": _NO_POOLS,
    "on_commit": "there are no transactions; use on_completion=",
    "on_rollback": "there are no transactions; use on_failure=",
    "pause_on_shutdown": "what passes meanwhile is for catch_up= to say; pause with pause_deployment()",
    "print_next_steps": "leave it out",
    "print_starting_message": "leave it out",
    "push": _CODE,
    "result_serializer": "results are stored as JSON where that is exact, else by cloudpickle",
    "result_storage": _STORED,
    "result_storage_key": "results are in the database; use cache_key_fn= to share one",
    "slug": "a schedule is known by its rule",
    "storage": _CODE,
    "triggers": "there are no automations; start the run with run_deployment()",
    "version_type": "use version= of @flow",
    "viz_return_value": "flows are not drawn; see the steps of a run in `holdfast`",
    "webserver": "there is no server; look at runs with `holdfast`",
    "work_pool_name": _NO_POOLS,
    "work_queue_name": _NO_POOLS,
}
"""Settings that Prefect takes, in decorators, deployments or schedules."""

_OF_THE_FLOW = {"description": "use description= of @flow", "version": "use version= of @flow"}
"""Settings of Prefect's deployments that flows have here."""

_READING = "read runs with get_flow_run(), list_flow_runs() and the other functions of holdfast.reading"
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
_LOAD = "import the flow's file, or run it with `holdfast run FILE:FLOW`"

NAMES = {
    "Abort": _SUSPENDED,
    "Artifact": _NO_ARTIFACTS,
    "AutomaticRunInput": _ANY_TYPE,
    "Automation": _NO_TRIGGERS,
    "AwaitingConcurrencySlot": "use Scheduled; a run that a limit holds back is so",
    "BaseAnnotation": "use quote, opaque, unmapped or allow_failure",
    "BaseRunInput": "use RunInput",
    "Block": _NO_BLOCKS,
    "CacheKeyFnPolicy": "use CachePolicy.from_cache_key_fn()",
    "ConcurrentTaskRunner": "use ThreadPoolTaskRunner",
    "ConfigurationError": "use SettingsError",
    "DaskTaskRunner": _RUNNERS,
    "Deployment": _DEPLOY,
    "EngineContext": "use FlowRunContext",
    "FlowParameters": "use FLOW_PARAMETERS",
    "FlowRunWatchError": "use FlowRunWaitTimeout",
    "GetInputHandler": "use InputReceiver, which receive_input() gives",
    "HashError": "inputs without a hash are told in the log, and their call is not cached",
    "InfrastructurePending": "use Pending; a run starts in a process of its worker's",
    "Inputs": 'use INPUTS, and INPUTS - "name" to leave one out',
    "InvalidNameError": _INVALID,
    "LocalFileSystem": "results are in the database",
    "MissingContextError": "use OutsideFlowRun",
    "MissingFlowError": _INVALID,
    "MissingProfileError": "use SettingsError",
    "NotSet": "use a default of your own",
    "ObjectNotFound": _NOT_FOUND,
    "PREFECT_API_KEY": _NO_SERVER,
    "PREFECT_API_URL": _NO_SERVER,
    "ParameterBindError": _PARAMETERS,
    "ParameterTypeError": _PARAMETERS,
    "Pause": _SUSPENDED,
    "PrefectConcurrentFuture": "use TaskFuture",
    "PrefectException": "use HoldfastError",
    "PrefectFlowRunFuture": "use run_deployment() or wait_for_flow_run()",
    "PrefectFuture": "use TaskFuture",
    "PrefectFutureList": "use TaskFutureList",
    "PrefectHTTPStatusError": _NO_SERVER,
    "PrefectSignal": _SUSPENDED,
    "PrefectTaskRunFuture": "use TaskFuture",
    "PrefectTaskRunner": _RUNNERS,
    "PrefectWrappedFuture": "use TaskFuture",
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
    "TagsContext": "use tags() and current_tags()",
    "TaskSource": "use TASK_SOURCE",
    "TerminationSignal": "a worker that is stopped lets its runs leave their code at the next boundary",
    "Transaction": _NO_TRANSACTIONS,
    "UpstreamTaskError": "use UpstreamFailed",
    "Variable": _NO_VARIABLES,
    "actions": _BY_PREFIX,
    "artifacts": _NO_ARTIFACTS,
    "assets": "there are none; return the value or log it",
    "automations": _NO_TRIGGERS,
    "blocks": _NO_BLOCKS,
    "client": _READING,
    "concurrency": _NO_CONCURRENCY,
    "create_flow_run_input_from_model": _BY_PREFIX,
    "create_markdown_artifact": _NO_ARTIFACTS,
    "create_table_artifact": _NO_ARTIFACTS,
    "deploy": _DEPLOY,
    "disable_logger": "use logging.getLogger(name).disabled",
    "disable_run_logger": "call .fn; a task outside a flow records nothing",
    "docker": _DEPLOY,
    "emit_event": _NO_EVENTS,
    "events": _NO_EVENTS,
    "filesystems": "results are in the database",
    "flow_run_logger": _LOGGER,
    "freeze": "give the value as a parameter of the deployment",
    "get_client": _READING,
    "get_current_settings": _SETTINGS,
    "get_logger": "use logging.getLogger() of the standard library",
    "get_settings_context": _SETTINGS,
    "get_state_exception": _EXCEPTIONS,
    "get_state_result": _EXCEPTIONS,
    "get_sync_client": _READING,
    "infrastructure": _DEPLOY,
    "keyset_from_paused_state": "use keyset_from_base_key(wait.key), with get_waits()",
    "load_flow_from_entrypoint": _LOAD,
    "locking": "equal calls that share a result already wait for each other in a process",
    "is_state_iterable": "look at each state, or at the result of a flow that returns them",
    "materialize": "there are no assets; use @task",
    "plugins": "there are none",
    "prefect_test_harness": "name a folder for the test in HOLDFAST_HOME",
    "profiles": "name another folder in HOLDFAST_HOME",
    "raise_state_exception": _EXCEPTIONS,
    "rate_limit": _NO_CONCURRENCY,
    "resolve_futures_to_results": "ask each future for its result()",
    "resolve_futures_to_states": "ask each future to wait(), which gives its state",
    "results": _STORED,
    "run_input_subclass_from_type": _ANY_TYPE,
    "runner": "use serve() or `holdfast worker`",
    "serializers": "results are stored as JSON where that is exact, else by cloudpickle",
    "server": _NO_SERVER,
    "task_input_hash": "use cache_policy=INPUTS of holdfast.cache_policies",
    "task_run_logger": _LOGGER,
    "task_worker": _SUBMIT,
    "temporary_settings": _SETTINGS,
    "testing": "name a folder for the test in HOLDFAST_HOME",
    "transaction": _NO_TRANSACTIONS,
    "transactions": _NO_TRANSACTIONS,
    "use_profile": "name another folder in HOLDFAST_HOME",
    "utilities": "unmapped and allow_failure are in holdfast itself, quote and opaque in holdfast.annotations",
    "variables": _NO_VARIABLES,
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
_MEMBERS_OF = {
    "State": {"id": "a state is known by its run, its name and its timestamp"},
    "Task": {"serve": _SUBMIT},
}


class AbsentModules:
    """Finds no module. Asked for one that Prefect has and nobody found, it says what to use instead."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Raise `ModuleNotFoundError` for what Prefect has and Holdfast has not."""
        package, _, module = name.partition(".")
        if package == __package__ and module in NAMES:
            raise ModuleNotFoundError(f"{package} has no {module}: {NAMES[module]}.", name=name)


def absent_from(module: str) -> Callable[[str], Never]:
    """A ``__getattr__`` for a module. What Prefect has there is an `ImportError`, whose text an import shows."""

    def refuse(name: str) -> Never:
        if name in NAMES:
            raise ImportError(f"{module} has no {name}: {NAMES[name]}.", name=module)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return refuse


class Substituting:
    """Names the substitute of what objects of Prefect have and those of this class have not."""

    __slots__ = ()

    if not TYPE_CHECKING:  # which is to go on finding slips

        def __getattr__(self, name: str) -> Never:
            kind = type(self).__name__.lstrip("_")
            substitute = MEMBERS.get(name) or _MEMBERS_OF.get(kind, {}).get(name)
            said = "" if substitute is None else f": {substitute}."
            raise AttributeError(f"{kind!r} object has no attribute {name!r}{said}", name=name, obj=self)


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
    from difflib import get_close_matches  # loaded for mistakes only

    near = get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {', '.join(known)}."
