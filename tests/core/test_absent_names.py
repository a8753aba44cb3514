"""What Prefect has by name and Holdfast has not says what to use instead, when it is imported or looked up."""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import pickle
import re

import pytest

import holdfast
import holdfast.input
from holdfast import cache_policies, flow, get_task_runs, list_flow_runs, prefect_names, runtime, task
from holdfast.context import get_run_context
from holdfast.schedules import Cron
from holdfast.states import Completed
from holdfast.task_runners import ThreadPoolTaskRunner


@flow
def morning():
    return 1


@task
def work():
    return 1


@pytest.mark.parametrize(
    ("statement", "instead"),
    [
        ("from holdfast import get_client", "get_flow_run"),
        ("from holdfast import deploy", "to_deployment"),
        ("from holdfast import apause_flow_run", r"use pause_flow_run\(\)"),
        ("from holdfast import artifacts", "get_logs"),
        ("from holdfast import Transaction", "finished is kept"),
        ("from holdfast.tasks import task_input_hash", "cache_policy=INPUTS"),
        ("from holdfast.input import keyset_from_paused_state", "keyset_from_base_key"),
        ("from holdfast.input import actions", "key_prefix="),
        ("from holdfast.exceptions import PrefectException", "HoldfastError"),
        ("from holdfast.futures import PrefectFuture", "TaskFuture"),
        ("from holdfast.task_runners import DaskTaskRunner", "TaskRunner"),
        ("from holdfast.logging import disable_run_logger", r"\.fn"),
        ("from holdfast.context import use_profile", "HOLDFAST_HOME"),
        ("from holdfast.deployments import Deployment", "to_deployment"),
        ("from holdfast.flow_runs import asuspend_flow_run", r"use suspend_flow_run\(\)"),
        ("from holdfast.cache_policies import Inputs", 'INPUTS - "name"'),
        ("from holdfast.flows import load_flow_from_entrypoint", "holdfast run FILE:FLOW"),
        ("from holdfast.annotations import freeze", "parameter of the deployment"),
        ("from holdfast.settings import PREFECT_API_URL", "one SQLite file"),
        ("from holdfast.logging import get_logger", "logging.getLogger"),
        ("from holdfast.input import read_flow_run_input", "get_messages"),
        ("from holdfast.utilities.annotations import quote", "quote and opaque in holdfast.annotations"),
        ("import holdfast.artifacts", "get_logs"),
        ("from holdfast.variables import Variable", "environment"),
        ("from holdfast.blocks.system import Secret", "SecretStr"),
        ("from holdfast.client.orchestration import get_client", "get_flow_run"),
        ("from holdfast.transactions import transaction", "no transactions"),
        ("from holdfast.concurrency.sync import rate_limit", "limit="),
        ("from holdfast.testing.utilities import prefect_test_harness", "HOLDFAST_HOME"),
        ("from holdfast.input.run_input import receive_input", "names from holdfast.input"),
        ("import holdfast.input.actions", "key_prefix="),
        ("from holdfast.deployments.runner import RunnerDeployment", "names from holdfast.deployments"),
        ("from holdfast.deployments.steps import run_shell_script", "flow's file"),
        ("from holdfast.logging.loggers import get_logger", "get_run_logger"),
        ("from holdfast.logging.handlers import APILogHandler", "standard library"),
        ("from holdfast.runtime.flow_run import id", "import it from holdfast.runtime"),
        ("from holdfast.settings.models import Settings", "HOLDFAST_"),
        ("from holdfast.settings import PREFECT_FLOW_DEFAULT_RETRIES", "HOLDFAST_"),
        ("from holdfast.client.schemas.schedules import CronSchedule", "holdfast.schedules"),
        ("from holdfast.context import with_context", "copy_context"),
        ("from holdfast.states import exception_to_failed_state", r"Failed\(data="),
        ("from holdfast.states import aget_state_exception", r"state.result\(\)"),
        ("from holdfast.cache_policies import NONE", "NO_CACHE"),
        ("from holdfast.flow_engine import run_flow", "call the flow"),
        ("from holdfast.types import PositiveInteger", "pydantic"),
        ("from holdfast.flows import serve", "import it from holdfast"),
    ],
)
def test_an_import_names_the_substitute(statement, instead):
    with pytest.raises(ImportError, match=f"holdfast.* has no .*{instead}"):
        exec(statement, {})


@pytest.mark.parametrize(
    ("thing", "name", "instead"),
    [
        (morning, "deploy", "to_deployment"),
        (morning, "from_source", "flow's file"),
        (morning, "visualize", "steps"),
        (work, "delay", "submit"),
        (work, "serve", "submit"),
        (work, "on_rollback", "no transactions"),
        (cache_policies.INPUTS, "configure", "in the database"),
        (runtime.flow_run, "scheduled_start_time", "created"),
        (runtime.task_run, "ui_url", "holdfast web"),
        (runtime.deployment, "version", "flow_version"),
        (morning, "avisualize", "steps"),
        (morning, "submit", "run_deployment"),
        (morning, "parameters", "signature"),
        (work, "task_key", "use key"),
        (morning.to_deployment("x"), "schedules", "plan"),
        (Completed(), "model_copy", "dataclasses.replace"),
        (Cron("@daily"), "active", "on the deployment"),
        (ThreadPoolTaskRunner(1), "cancel_all", "cancel_flow_run"),
    ],
)
def test_an_attribute_names_the_substitute(thing, name, instead):
    assert not hasattr(thing, name)
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*{instead}"):
        getattr(thing, name)


def test_records_of_runs_and_their_contexts_name_the_substitute(call):
    contexts = []

    @task
    def step():
        contexts.append(get_run_context())

    @flow
    def main():
        contexts.append(get_run_context())
        step()

    call(main)
    (run,) = list_flow_runs()
    (step_run,) = get_task_runs(run.id)
    for thing, name, instead in (
        (run, "state_name", "use state.name"),
        (run, "expected_start_time", "use due"),
        (run, "parameters", "runtime.flow_run.parameters"),
        (step_run, "start_time", "use started"),
        (step_run, "run_count", "use attempt"),
        (contexts[0], "state", r"get_flow_run\(id\).state"),
        (contexts[1], "client", "get_flow_run"),
    ):
        with pytest.raises(AttributeError, match=f"no attribute '{name}': .*{instead}"):
            getattr(thing, name)


def test_what_runtime_says_of_a_run_is_not_told_by_its_records():
    with pytest.raises(AttributeError, match=r"has no attribute 'start_time'$"):
        runtime.flow_run.start_time  # noqa: B018


def test_the_version_is_that_of_the_package():
    assert holdfast.__version__ == importlib.metadata.version("holdfast")


def test_a_module_has_only_those_modules_below_it_that_prefect_has():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'holdfast\.input\.nothing'"):
        importlib.import_module("holdfast.input.nothing")


@pytest.mark.parametrize("thing", [morning, work, runtime.flow_run, holdfast.tasks, holdfast, holdfast.input])
def test_what_prefect_has_not_either_is_just_not_there(thing):
    with pytest.raises(AttributeError, match=r"has no attribute 'nothing'$"):
        thing.nothing  # noqa: B018


def test_a_module_that_prefect_has_not_either_is_just_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'holdfast\.nothing'"):
        importlib.import_module("holdfast.nothing")


def test_modules_of_others_are_let_be():
    with pytest.raises(ModuleNotFoundError, match="No module named 'artifacts'"):
        importlib.import_module("artifacts")


@pytest.mark.parametrize("thing", [morning, work])
def test_flows_and_tasks_are_copied_and_pickled_as_before(thing):
    assert pickle.loads(pickle.dumps(thing)) is thing
    assert copy.copy(thing).name == thing.name


@pytest.mark.parametrize("name", sorted(prefect_names.NAMES))
def test_what_has_a_substitute_is_not_there(name):
    with pytest.raises(ImportError, match=f"holdfast has no {name}: "):
        getattr(holdfast, name)


@pytest.mark.parametrize("text", sorted({*prefect_names.NAMES.values(), *prefect_names.MEMBERS.values()}))
def test_what_is_named_instead_is_there(text):
    for name in re.findall(r"use (?:flow)?\.?(\w+)\(", text):
        places = [
            holdfast,
            morning,
            work,
            holdfast.State,
            holdfast.input,
            holdfast.states,
            importlib.import_module("holdfast.task_runners"),
        ]
        assert any(hasattr(each, name) for each in places), name
