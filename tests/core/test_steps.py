"""What the store tells of a run's steps: tasks with their attempts and inputs, waits and child runs."""

from __future__ import annotations

import json
import sqlite3

import pytest

from holdfast import flow, pause_flow_run, task
from holdfast.engine import results
from holdfast.records import LogOf
from holdfast.states import StateType
from holdfast.store import log_reading, queries, steps, tasks
from holdfast.store.database import default
from holdfast.store.sqlite.dialect import DIALECT
from holdfast.store.steps import StepKind


def newest():
    database = default()
    return database, queries.list_flow_runs(database, limit=1)[0].id


def test_steps_come_in_the_order_in_which_they_began(db):
    @task
    def work(number):
        return number

    @flow
    def child():
        return 1

    @flow
    def parent():
        work(1)
        child()
        work(2)

    parent()
    database = default()
    run_id = queries.list_flow_runs(database)[1].id
    found = steps.list_steps(database, run_id, first=0, limit=10, total=3)
    assert [each.kind for each in found] == [StepKind.TASK, StepKind.CHILD, StepKind.TASK]
    assert steps.count_task_states(database, run_id) == {StateType.COMPLETED: 2}
    assert steps.count_other_steps(database, run_id) == 1


@pytest.mark.parametrize("first", [0, 3, 5, 8, 19])
def test_window_of_steps_is_the_same_from_either_end(db, first):
    @task
    def work(number):
        return number

    @flow
    def many():
        for number in range(20):
            work(number)

    many()
    database, run_id = newest()
    everything = steps.list_steps(database, run_id, first=0, limit=20, total=20)
    assert len(everything) == 20
    found = steps.list_steps(database, run_id, first=first, limit=4, total=20)
    assert found == everything[first : first + 4]


def test_attempts_of_a_task_are_told_apart_and_a_plain_task_has_none(db):
    tries = iter([ValueError("no"), ValueError("not yet"), None])

    @task(retries=2)
    def moody():
        error = next(tries)
        if error is not None:
            raise error

    @task
    def plain():
        return 1

    @flow
    def work():
        plain()
        moody()

    work()
    database, run_id = newest()
    low, high = (each.id for each in steps.list_steps(database, run_id, first=0, limit=2, total=2))
    (events,) = steps.attempts_between(database, run_id, low, high).values()
    assert [each.after for each in events] == ["AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying"]
    assert {each.task_run_id for each in events} == {high}


def test_failure_that_is_raised_again_is_no_attempt(db, person):
    @task
    def broken():
        raise ValueError("no luck")

    @flow(retries=0)
    def work():
        broken(return_state=True)
        pause_flow_run(wait_for_input=int)

    person.answers(1)
    work()
    database, run_id = newest()
    (task_run,) = queries.get_task_runs(database, run_id)
    tasks.reuse(
        database, task_run_id=task_run.id.hex, flow_run_id=run_id.hex, state_name="Failed", name="broken", actor="me"
    )
    (events,) = steps.attempts_between(database, run_id, task_run.id, task_run.id).values()
    assert [(each.kind, each.after) for each in events] == [("state", "Failed")]


def test_reading_attempts_uses_their_index(db):
    @flow
    def nothing():
        return 1

    nothing()
    connection = sqlite3.connect(default().location.path)
    sql, _ = steps._ATTEMPTS.compile(DIALECT)
    values = {"run_id": "a", "low": "a", "high": "b"}
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))
    connection.close()
    assert "event_of_attempts" in plan
    assert "TEMP B-TREE" not in plan


def test_inputs_are_recorded_short_and_as_python_writes_them(db):
    @task
    def work(name, numbers, flag=True):
        return name

    @flow
    def many():
        work("it's", list(range(1000)))

    many()
    database, run_id = newest()
    (step,) = steps.list_steps(database, run_id, first=0, limit=5, total=1)
    assert steps.get_task_inputs(database, run_id, step.id) == {
        "name": '"it\'s"',
        "numbers": "[0, 1, 2, 3, 4, 5, 6, 7, ...]",
        "flag": "True",
    }


def test_inputs_of_a_task_whose_results_are_not_stored_are_not_recorded(db):
    @task(persist_result=False)
    def work(password):
        return 1

    @flow
    def many():
        work("hunter2")

    many()
    database, run_id = newest()
    (step,) = steps.list_steps(database, run_id, first=0, limit=5, total=1)
    assert steps.get_task_inputs(database, run_id, step.id) is None


class Rude:
    def __repr__(self):
        raise RuntimeError("never mind")


@pytest.mark.parametrize("value", ["x" * 10_000, {"a": {"b": [1] * 99}}, Rude()], ids=["long", "deep", "rude"])
def test_text_of_inputs_is_never_long(value):
    assert len(results.inputs_text({"value": value, "other": Rude()})) < 800


def test_number_with_too_many_digits_for_a_text_says_so():
    shown = json.loads(results.inputs_text({"value": 10**5000}))
    assert shown == {"value": "<int of about 5,001 digits>"}


def test_log_lines_of_a_task_and_those_before_a_line(db):
    @task(log_prints=True)
    def work(number):
        print(f"one {number}")
        print(f"two {number}")

    @flow
    def many():
        work(1)
        work(2)

    many()
    database, run_id = newest()
    _, second = steps.list_steps(database, run_id, first=0, limit=5, total=2)
    lines = log_reading.after(database, LogOf(run_id, second.id), 0, 10)
    assert [each.message for each in lines] == ["one 2", "two 2"]
    before = log_reading.before(database, LogOf(run_id), lines[0].seq, 1)
    assert [each.message for each in before] == ["two 1"]


def test_faults_alone_can_be_listed(db):
    @task
    def work(number):
        if number % 5 == 0:
            raise ValueError(number)

    @flow
    def many():
        for number in range(12):
            work(number, return_state=True)

    many()
    database, run_id = newest()
    found = steps.list_steps(database, run_id, first=1, limit=5, total=3, failed_only=True)
    assert len(found) == 2
    tasks = steps.tasks_between(database, run_id, found[0].id, found[-1].id, failed_only=True)
    assert [each.state.type for each in tasks] == [StateType.FAILED, StateType.FAILED]


def test_wait_is_a_step_that_is_open_until_it_is_decided(db):
    @flow
    def asks():
        pause_flow_run(wait_for_input=int, timeout=0.01)

    with pytest.raises(Exception, match="never resumed"):
        asks()
    database, run_id = newest()
    (step,) = steps.list_steps(database, run_id, first=0, limit=5, total=1)
    assert step.kind is StepKind.WAIT
    assert step.id == queries.get_waits(database, run_id)[0].id
