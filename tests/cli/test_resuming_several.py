"""``holdfast resume`` of several runs."""

import pytest

from holdfast.store import queries
from holdfast.store.database import default


@pytest.fixture
def parked(call):
    """Suspended runs that wait for a decision, as many as asked for."""

    def park(number):
        for _ in range(number):
            call("parked")
        return [run.name for run in queries.list_flow_runs(default())]

    return park


def answers():
    return [wait.answer and wait.answer.value["approve"] for wait in queries.inbox(default())]


def test_one_answer_goes_to_all(parked, invoke):
    names = parked(3)
    result = invoke("resume", *names, "-i", "approve=yes")
    assert result.code == 0
    assert sorted(result.out.splitlines()) == sorted(
        f"The answer is stored. {name} gets it as soon as possible." for name in names
    )
    assert answers() == [True, True, True]


def test_json_is_read_once_for_all(parked, invoke):
    result = invoke("resume", *parked(2), "-", input='{"approve": false}')
    assert result.code == 0
    assert answers() == [False, False]


def test_one_that_is_refused_is_told_and_the_others_are_answered(parked, invoke):
    first, second = parked(2)
    invoke("resume", first, "-i", "approve=no")
    result = invoke("resume", first, second, "-i", "approve=yes")
    assert result.code == 1
    assert f"{first}: {first} already has an answer" in result.err
    assert result.out == f"The answer is stored. {second} gets it as soon as possible.\n"
    assert sorted(answers()) == [False, True]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody", "-i", "approve=yes"], "No flow run has the name 'nobody'"),
        (["-i", "approve=maybe"], "approve cannot be 'maybe'"),
        ([], "waits for an answer. Give one for all runs with --input, --json or -."),
    ],
)
def test_nothing_is_answered_where_something_makes_no_sense(parked, invoke, arguments, sentence):
    result = invoke("resume", *parked(2), *arguments)
    assert result.code == 2
    assert sentence in result.err
    assert answers() == [None, None]


def test_a_dash_alone_names_no_run(invoke, parked):
    parked(1)
    result = invoke("resume", "-", input="{}")
    assert (result.code, result.err) == (2, "Name the run before the -.\n")
