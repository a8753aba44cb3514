"""A setting of a flow or task that makes no sense is refused where it is given, by its name."""

from __future__ import annotations

import math
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

import pytest

from holdfast import (
    RunInput,
    flow,
    list_flow_runs,
    pause_flow_run,
    run_deployment,
    runtime,
    serve,
    suspend_flow_run,
    tags,
    task,
    wait_for_flow_run,
)
from holdfast.exceptions import HoldfastError, InvalidFlow
from holdfast.input import receive_input, send_input
from holdfast.schedules import Cron, Interval
from holdfast.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

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
    with pytest.raises(InvalidFlow, match="return_state is reserved as an argument of every call"):
        decorator(lambda return_state: 1)
    with pytest.raises(InvalidFlow, match="wait_for is reserved as an argument of every call"):
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
    with pytest.raises(InvalidFlow, match="tags is 'eu'; it must be a list of strings"):
        run_deployment("morning/x", tags="eu")


@flow
def morning():
    return 1


class Whole:
    """A whole number of another library's type."""

    def __index__(self):
        return 3


@pytest.mark.parametrize("given", ["2", 1.5, 2.0, True, math.nan, -1, [], Decimal(2)], ids=repr)
@pytest.mark.parametrize(
    "takes",
    [
        lambda given: task(retries=given)(morning.fn),
        lambda given: morning.to_deployment("x", limit=given),
        lambda given: serve(limit=given),
        lambda given: ThreadPoolTaskRunner(max_workers=given),
        lambda given: ProcessPoolTaskRunner(max_workers=given),
        lambda given: list_flow_runs(limit=given),
    ],
    ids=["retries", "limit of a deployment", "limit of serve", "threads", "processes", "limit of a list"],
)
def test_what_is_no_whole_number_is_refused_where_one_is_taken(takes, given):
    with pytest.raises(InvalidFlow, match=r"must be a whole number, [01] or more"):
        takes(given)


def test_whole_numbers_of_any_type_and_size_are_taken():
    assert task(retries=Whole())(morning.fn).retries == 3
    assert morning.to_deployment("x", limit=Whole()).apply().limit == 3
    assert morning.to_deployment("x", limit=10**30).apply().limit == 2**63 - 1
    assert ThreadPoolTaskRunner(max_workers=Whole()).max_workers == 3
    assert list_flow_runs(limit=10**30) == []


@pytest.mark.parametrize("kind", [ThreadPoolTaskRunner, ProcessPoolTaskRunner])
def test_a_runner_without_a_worker_is_refused(kind):
    with pytest.raises(InvalidFlow, match="max_workers is 0; it must be a whole number, 1 or more"):
        kind(max_workers=0)


@pytest.mark.parametrize(
    "given",
    [
        {"parameters": [1]},
        {"parameters": "x"},
        {"parameters": {1: 2}},
        {"name": 5},
        {"name": " "},
        {"cron": 5},
        {"cron": {"0 6 * * *": 1}},
        {"cron": Cron("@daily")},
        {"interval": b"5"},
        {"interval": Interval(5)},
        {"timezone": 5},
        {"timezone": ""},
    ],
    ids=str,
)
def test_what_no_deployment_can_be_made_of_is_refused_in_a_sentence(given):
    with pytest.raises(HoldfastError, match=r"\.$"):
        morning.to_deployment(**{"name": "x", **given})


@pytest.mark.parametrize(
    "given",
    [
        {"parameters": [1]},
        {"scheduled_time": "now"},
        {"scheduled_time": date(2026, 1, 1)},
        {"idempotency_key": 5},
        {"flow_run_name": 5},
        {"as_subflow": "no"},
    ],
    ids=str,
)
def test_what_no_run_can_be_started_with_is_named(given):
    morning.to_deployment("x").apply()
    with pytest.raises(InvalidFlow, match=next(iter(given))):
        run_deployment("morning/x", timeout=0, **given)


@pytest.mark.parametrize("given", [morning, "morning/x", 5], ids=["flow", "name", "number"])
def test_what_is_no_deployment_is_not_served(given):
    with pytest.raises(InvalidFlow, match=r"takes what flow\.to_deployment"):
        serve(given)


@pytest.mark.parametrize(
    "given",
    [
        {"states": "failed"},
        {"states": 5},
        {"states": [5]},
        {"tags": 5},
        {"tags": [5]},
        {"text": 5},
        {"where": 5},
        {"flow_name": 5},
        {"created_after": "today"},
        {"created_before": 5},
    ],
    ids=str,
)
def test_what_no_list_can_be_filtered_by_is_named(given):
    with pytest.raises(ValueError, match=next(iter(given))):
        list_flow_runs(**given)


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("key", lambda: pause_flow_run(key=5)),  # type: ignore[call-overload]
        ("key", lambda: suspend_flow_run(key=["a"])),  # type: ignore[call-overload]
        ("reschedule", lambda: pause_flow_run(reschedule="no")),  # type: ignore[call-overload]
        ("sender", lambda: send_input(1, runtime.flow_run.id, sender=["Ana"])),  # type: ignore[arg-type]
        ("exclude_keys", lambda: receive_input(int, exclude_keys=5)),  # type: ignore[call-overload]
        ("exclude_keys", lambda: receive_input(int, exclude_keys="input-1")),  # type: ignore[call-overload]
        ("raise_timeout_error", lambda: receive_input(int, raise_timeout_error="yes")),  # type: ignore[call-overload]
        ("with_metadata", lambda: receive_input(int, with_metadata="yes")),  # type: ignore[call-overload]
        ("log_states", lambda: wait_for_flow_run("x", log_states=["Running"])),  # type: ignore[arg-type]
        ("raise_on_failure", lambda: wait_for_flow_run("x", raise_on_failure="no")),  # type: ignore[arg-type]
        ("description", lambda: RunInput.with_initial_data(description=5)),  # type: ignore[arg-type]
        ("tag", lambda: ExitStack().enter_context(tags(["eu"]))),  # type: ignore[arg-type]
    ],
)
def test_what_a_flow_cannot_ask_or_send_with_is_named(call, name, act):
    def main():
        with pytest.raises(InvalidFlow, match=name):
            act()

    call(flow(main))
