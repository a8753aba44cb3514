"""Lengths of time are read the same way wherever one is given."""

import inspect
import math
import re
from concurrent.futures import Future
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest

import holdfast
import holdfast.input
from holdfast import (
    TaskFuture,
    deployments,
    flow,
    flow_runs,
    flows,
    futures,
    get_run_logger,
    pause_flow_run,
    schedules,
    task,
    task_runners,
    tasks,
)
from holdfast.durations import limit_of, seconds_of
from holdfast.exceptions import DurationError, InvalidFlow
from holdfast.schedules import Interval
from holdfast.states import Completed


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90), (1.5, 1.5), (0, 0), ("90", 90), ("90s", 90), ("15m", 900), ("1h 30m", 5400), ("1h30m", 5400),
        ("3d", 259200), ("2w", 1209600), (" 1.5 H ", 5400), (timedelta(days=3), 259200), (math.inf, math.inf),
        (10**400, math.inf), (timedelta.max, math.inf), (Decimal("1.5"), 1.5), (Fraction(1, 2), 0.5), ("1w 2d", 777600),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_timedeltas_and_words_are_lengths_of_time(given, seconds):
    assert seconds_of(given, "timeout") == seconds


class Floating:
    """No number, though it can be made one, as numpy's ``bool`` and arrays can."""

    def __float__(self):
        return 1.0

    def __repr__(self):
        return "Floating()"


@pytest.mark.parametrize("given", [True, False, math.nan, -1, "-1s", timedelta(-1), "", "soon", "3 days ago", "PT1H", Decimal("NaN"), Floating(), 1j, None, [], -math.inf, "\u0661d"], ids=repr)  # fmt: skip  # noqa: E501
def test_anything_else_is_refused_in_a_sentence(given):
    with pytest.raises(DurationError, match="timeout is"):
        seconds_of(given, "timeout")


@pytest.mark.parametrize("given", [None, math.inf, 1e300, timedelta.max])
def test_a_limit_without_end_is_none(given):
    assert limit_of(given, "timeout") is None


@pytest.mark.parametrize("setting", ["timeout_seconds", "retry_delay_seconds"])
@pytest.mark.parametrize("kind", [flow, task])
def test_settings_of_flows_and_tasks_take_them(kind, setting):
    for given in ("3d", timedelta(days=3), 259200):
        assert getattr(kind(**{setting: given})(print_nothing), setting) == 259200
    with pytest.raises(InvalidFlow, match=f"{setting} is nan"):
        kind(**{setting: math.nan})(print_nothing)


def test_cached_results_count_for_a_length_of_time():
    assert task(cache_expiration="3d")(print_nothing).cache_expiration == timedelta(days=3)


def test_an_interval_may_be_of_several_units():
    assert Interval("1h 30m") == Interval(5400)


def print_nothing():
    get_run_logger()


# No parameter of the public functions is forgotten.

PUBLIC = [holdfast, deployments, flow_runs, flows, futures, holdfast.input, schedules, task_runners, tasks]
LENGTHS = re.compile(r"timeout|delay|_seconds$|expiration|backoff|^interval$|within|patience")
LOOKS_LIKE_ONE = re.compile("^raise_|^poll_interval$")
"""Of what matches: a flag, and what is accepted without effect."""
WAITS = {
    "TaskFuture.result": lambda timeout: TaskFuture(uuid4(), ended()).result(timeout),
    "TaskFuture.wait": lambda timeout: TaskFuture(uuid4(), ended()).wait(timeout),
    "TaskFutureList.result": lambda timeout: futures.TaskFutureList().result(timeout),
    "TaskFutureList.wait": lambda timeout: futures.TaskFutureList().wait(timeout),
    "as_completed": lambda timeout: list(futures.as_completed([], timeout)),
    "exponential_backoff": tasks.exponential_backoff,
    "wait": lambda timeout: futures.wait([], timeout),
}
"""What takes a length of time outside a run, and can be called without anything else."""


def ended():
    future = Future()
    future.set_result(Completed())
    return future


def described():
    """The public functions and methods, and options that are given by name, with the annotations of what they take."""
    for module in PUBLIC:
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) not in {each.__name__ for each in PUBLIC}:
                continue
            if isinstance(thing, type):
                yield name, dict(vars(thing).get("__annotations__", {}))
                methods = ((key, getattr(each, "__func__", each)) for key, each in vars(thing).items())
                yield from (
                    (f"{name}.{key}", each.__annotations__)
                    for key, each in methods
                    if inspect.isfunction(each) and (key == "__init__" or not key.startswith("_"))
                )
            elif inspect.isfunction(thing):
                yield name, thing.__annotations__


def test_each_parameter_that_is_a_length_of_time_is_declared_as_one():
    found = {
        (name, parameter): str(annotation)
        for name, annotations in described()
        for parameter, annotation in annotations.items()
        if LENGTHS.search(parameter) and not LOOKS_LIKE_ONE.search(parameter)
    }
    assert len(found) > 20
    assert [each for each, annotation in found.items() if "Duration" not in annotation] == []


def test_each_of_them_that_can_be_called_alone_is_tried_here():
    alone = {
        name
        for name, annotations in described()
        if {"timeout", "backoff_factor"} & annotations.keys() and name.partition(".")[0] in vars(futures) | vars(tasks)
    }
    assert alone == WAITS.keys()


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("given", [True, math.nan, "soon", []], ids=repr)
def test_what_is_no_length_of_time_is_refused_by_each(name, given):
    with pytest.raises(DurationError, match=r"(timeout|backoff_factor) is .*; give seconds"):
        WAITS[name](given)


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("given", [0, 3, "3d", timedelta(days=3), math.inf, 1e300, timedelta.max], ids=repr)
def test_any_length_of_time_is_taken_by_each(name, given):
    WAITS[name](given)


@pytest.mark.parametrize("given", [0, "0s", timedelta(0)])
def test_a_wait_of_no_length_is_over_at_once(given):
    waiting = TaskFuture(uuid4(), Future())
    assert waiting.wait(given) is None
    assert futures.wait([waiting], given).not_done == {waiting}
    with pytest.raises(TimeoutError):
        waiting.result(given)
    with pytest.raises(TimeoutError):
        list(futures.as_completed([waiting], given))


def test_a_timeout_that_makes_no_sense_is_refused_where_it_is_given(call):
    @flow
    def asks():
        pause_flow_run(timeout="soon")

    with pytest.raises(DurationError, match="timeout is 'soon'; give seconds, a timedelta, or text such as"):
        call(asks)
