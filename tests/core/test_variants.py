"""Tasks and flows that one function makes: calls of each are its own when a run executes again."""

from __future__ import annotations

import pytest

from holdfast import flow, get_task_runs, task
from holdfast.engine.code import variants
from holdfast.engine.code.call_identity import CallCounter

MADE: list[object] = []
"""What was called."""


def adding(number):
    @task
    def added(x):
        MADE.append(number)
        return x + number

    return added


def adding_flow(number):
    @flow
    def added_in_a_flow(x):
        MADE.append(number)
        return x + number

    return added_in_a_flow


def noting(function):
    @task
    def noted(x):
        MADE.append(function(0))
        return function(x)

    return noted


def plus_one(x):
    return x + 1


def plus_two(x):
    return x + 2


PAIRS = {
    "numbers": (adding(1), adding(2)),
    "flows": (adding_flow(1), adding_flow(2)),
    "functions": (noting(plus_one), noting(plus_two)),
    "functions without a name": (noting(lambda x: x + 1), noting(lambda x: x + 2)),
    "other settings": (adding(1).with_options(name="one"), adding(2).with_options(retries=1)),
}


def twice(first, second):
    """A flow that calls both, fails, and calls them in the other order when it executes again."""
    tries = []

    @flow(retries=1)
    def main():
        tries.append(1)
        results = [each(10) for each in ((first, second) if len(tries) == 1 else (second, first))]
        if len(tries) == 1:
            raise ZeroDivisionError
        return results

    return main


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_each_gets_its_own_result_in_whatever_order_they_are_called(call, pair):
    MADE.clear()
    assert call(twice(*pair)) == [12, 11]
    assert MADE == [1, 2]


def test_settings_that_are_changed_within_a_run_change_nothing_of_that(call):
    tries = []
    first, second = adding(1), adding(2)
    MADE.clear()

    @flow(retries=1)
    def main():
        tries.append(1)
        pair = (first, second) if len(tries) == 1 else (second, first)
        results = [each.with_options(name="in the run")(10) for each in pair]
        if len(tries) == 1:
            raise ZeroDivisionError
        return results

    assert call(main) == [12, 11]
    assert MADE == [1, 2]


def test_what_a_run_makes_within_itself_is_known_by_its_name_whatever_it_closes_over(call, the_run):
    tries = []
    MADE.clear()

    @flow(retries=1)
    def main():
        tries.append(1)
        result = adding(len(tries))(10)
        if len(tries) == 1:
            raise ZeroDivisionError
        return result

    assert call(main) == 11
    assert MADE == [1]
    assert len(get_task_runs(the_run().id)) == 1


def test_the_key_of_one_that_is_alone_is_its_name_whatever_it_closes_over():
    def make(number):
        @task
        def alone(x):
            return x + number

        return alone

    made = make(1)
    again = make(1)
    assert (made.variant, again.variant) == ("", "")
    other = make(2)
    assert "" not in (made.variant, other.variant)
    assert made.variant == again.variant != other.variant


def test_an_ordinary_one_is_no_variant():
    assert task(plus_one).variant == ""
    assert variants.noted(plus_one) == ""


def test_calls_that_were_recorded_by_the_key_alone_are_found_by_it():
    recorded = [CallCounter().call("inner", {"x": 5}), "inner#2"]
    counter = CallCounter()
    assert counter.call("inner", {"x": 5}, recorded, "~a") == recorded[0]
    assert counter.call("inner", {"x": 5}, recorded, "~b").startswith("inner~b(")
