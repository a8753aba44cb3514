"""What Prefect has by name and Holdfast has not says what to use instead, when it is imported or looked up."""

from __future__ import annotations

import copy
import importlib
import pickle
import re

import pytest

import holdfast
from holdfast import cache_policies, flow, runtime, substitutes, task


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
    ],
)
def test_an_attribute_names_the_substitute(thing, name, instead):
    assert not hasattr(thing, name)
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*{instead}"):
        getattr(thing, name)


@pytest.mark.parametrize("thing", [morning, work, runtime.flow_run, holdfast.tasks, holdfast])
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


@pytest.mark.parametrize("name", sorted(substitutes.NAMES))
def test_what_has_a_substitute_is_not_there(name):
    with pytest.raises(ImportError, match=f"holdfast has no {name}: "):
        getattr(holdfast, name)


@pytest.mark.parametrize("text", sorted({*substitutes.NAMES.values(), *substitutes.MEMBERS.values()}))
def test_what_is_named_instead_is_there(text):
    for name in re.findall(r"use (?:flow)?\.?(\w+)\(", text):
        places = [
            holdfast,
            morning,
            work,
            holdfast.State,
            holdfast.input,
            importlib.import_module("holdfast.task_runners"),
        ]
        assert any(hasattr(each, name) for each in places), name
