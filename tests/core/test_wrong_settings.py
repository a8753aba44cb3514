"""A setting of a flow or task that makes no sense is refused where it is given, by its name."""

from __future__ import annotations

import math

import pytest

from holdfast import flow, run_deployment, task
from holdfast.exceptions import InvalidFlow
from holdfast.task_runners import ThreadPoolTaskRunner

OF_BOTH = [
    {"name": 1},
    {"name": b"morning"},
    {"description": 1},
    {"version": 2},
    {"log_prints": "yes"},
    {"persist_result": "never"},
    {"retries": -1},
    {"retries": 1.5},
    {"retries": True},
    {"retries": "3"},
    {"retry_delay_seconds": -1},
    {"retry_delay_seconds": math.nan},
    {"timeout_seconds": -1},
    {"timeout_seconds": math.nan},
    {"timeout_seconds": True},
    {"on_completion": print},
    {"on_completion": 1},
    {"on_completion": "print"},
    {"on_failure": [1]},
    {"on_failure": [print, None]},
    {"on_running": ["print"]},
    {"on_running": False},
]
OF_FLOWS = [
    {"flow_run_name": 1},
    {"flow_run_name": ["{x}"]},
    {"validate_parameters": "no"},
    {"task_runner": 4},
    {"task_runner": "threads"},
    {"task_runner": dict},
    {"on_cancellation": print},
    {"on_crashed": [0]},
]
OF_TASKS = [
    {"task_run_name": 1},
    {"tags": "eu"},
    {"tags": [1]},
    {"tags": 7},
    {"retry_delay_seconds": [1, -1]},
    {"retry_delay_seconds": [1, "soon"]},
    {"retry_jitter_factor": -0.1},
    {"retry_jitter_factor": math.nan},
    {"retry_jitter_factor": "0.5"},
    {"retry_condition_fn": True},
    {"retry_condition_fn": "always"},
    {"cache_policy": "INPUTS"},
    {"cache_key_fn": "key"},
    {"cache_expiration": -1},
    {"refresh_cache": "now"},
]


@pytest.mark.parametrize("settings", OF_BOTH + OF_FLOWS, ids=str)
def test_a_flow_refuses_it(settings):
    with pytest.raises(InvalidFlow, match=next(iter(settings))):
        flow(**settings)(lambda: 1)


@pytest.mark.parametrize("settings", OF_BOTH + OF_TASKS, ids=str)
def test_a_task_refuses_it(settings):
    with pytest.raises(InvalidFlow, match=next(iter(settings))):
        task(**settings)(lambda: 1)


@pytest.mark.parametrize(("made", "settings"), [(flow(lambda: 1), OF_FLOWS[0]), (task(lambda: 1), OF_TASKS[0])])
def test_with_options_refuses_it(made, settings):
    with pytest.raises(InvalidFlow, match=next(iter(settings))):
        made.with_options(**settings)


@pytest.mark.parametrize("decorator", [flow, task])
def test_what_calls_take_for_themselves_is_no_parameter(decorator):
    with pytest.raises(InvalidFlow, match="return_state is an argument of every call"):
        decorator(lambda return_state: 1)
    with pytest.raises(InvalidFlow, match="wait_for is an argument of every call"):
        decorator(lambda x, *, wait_for=(): 1)


@pytest.mark.parametrize("decorator", [flow, task])
def test_settings_that_are_none_are_as_if_not_given(decorator):
    made = decorator(name=None, description=None, retries=None, on_failure=None, timeout_seconds=None)(len)
    assert (made.name, made.retries, made.on_failure_hooks, made.timeout_seconds) == ("len", 0, [], None)


@pytest.mark.parametrize("runner", [ThreadPoolTaskRunner, ThreadPoolTaskRunner(2)], ids=["class", "object"])
def test_a_runner_is_an_object_or_a_class(runner):
    assert isinstance(flow(task_runner=runner)(lambda: 1).task_runner, ThreadPoolTaskRunner)


def test_more_delays_than_retries_may_be_listed():
    assert task(retries=1, retry_delay_seconds=[1, 2, 3])(len).retry_delay_seconds == [1, 2, 3]


@pytest.mark.parametrize("settings", [{"tags": "eu"}, {"tags": [1]}, {"paused": "yes"}], ids=str)
def test_a_deployment_refuses_it(settings):
    with pytest.raises(InvalidFlow, match=next(iter(settings))):
        flow(test_a_runner_is_an_object_or_a_class).to_deployment("x", **settings)


def test_a_run_of_a_deployment_has_a_list_of_tags():
    with pytest.raises(InvalidFlow, match="tags is 'eu'; it is a list of texts"):
        run_deployment("morning/x", tags="eu")
