"""Lengths of time are read the same way wherever one is given."""

import math
from datetime import timedelta

import pytest

from holdfast import flow, get_run_logger, pause_flow_run, task
from holdfast.durations import limit_of, seconds_of
from holdfast.exceptions import DurationError, InvalidFlow
from holdfast.schedules import Interval


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90), (1.5, 1.5), (0, 0), ("90", 90), ("90s", 90), ("15m", 900), ("1h 30m", 5400), ("1h30m", 5400),
        ("3d", 259200), ("2w", 1209600), (" 1.5 H ", 5400), (timedelta(days=3), 259200), (math.inf, math.inf),
        (10**400, math.inf), (timedelta.max, math.inf),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_timedeltas_and_words_are_lengths_of_time(given, seconds):
    assert seconds_of(given, "timeout") == seconds


@pytest.mark.parametrize("given", [True, False, math.nan, -1, "-1s", timedelta(-1), "", "soon", "3 days ago", None, [], -math.inf, "\u0661d"], ids=repr)  # fmt: skip  # noqa: E501
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


def test_a_timeout_that_makes_no_sense_is_refused_where_it_is_given(call):
    @flow
    def asks():
        pause_flow_run(timeout="soon")

    with pytest.raises(DurationError, match="timeout is 'soon'; give seconds, a timedelta, or such as"):
        call(asks)
