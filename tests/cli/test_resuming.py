"""``holdfast resume`` with the answer on the command line."""

import json

import pytest

from holdfast.records import WaitStatus
from holdfast.store import queries
from holdfast.store.database import default

from .conftest import let_pass


def answer_of(run):
    (wait,) = queries.get_waits(default(), run.id)
    return wait.answer and wait.answer.value


def test_fields_are_given_one_by_one_over_the_initial_values(paused, invoke):
    running, run = paused("decide")

    result = invoke("resume", run.name, "--input", "approve=yes", "-i", "environment=production")

    assert (result.code, result.out) == (0, f"Answered. {run.name} continues.\n")
    told = json.loads(running.end().out.splitlines()[-1])
    assert (told["approve"], told["environment"], told["rollout"]) == (True, "production", 25)


def test_a_text_field_takes_its_text_as_it_is(paused, invoke):
    running, run = paused("decide")

    invoke("resume", run.name, "-i", "approve=no", "-i", "version=1.10")

    assert "version '1.10'" in running.end().out


def test_names_go_deep_with_dots(paused, invoke):
    _, run = paused("decide")

    result = invoke("resume", run.name, *_inputs("approve=true", "lines.0.amount=3.25", "lines.1.article=pump"))
    assert (result.code, result.err) == (2, "The answer does not fit: lines.1.amount is required.\n")

    invoke(
        "resume",
        run.name,
        *_inputs("approve=true", "lines.0.amount=3.25", "lines.1.article=pump", "lines.1.amount=2"),
    )
    assert answer_of(run)["lines"] == [
        {"article": "gear", "amount": "3.25"},
        {"article": "pump", "amount": "2"},
    ]


def _inputs(*pairs):
    return [part for pair in pairs for part in ("--input", pair)]


def test_json_is_taken_as_the_whole_answer(paused, invoke):
    _, run = paused("decide")

    result = invoke("resume", run.name, "--json", '{"approve": false, "note": "later"}')

    assert result.code == 0
    assert answer_of(run) == {"approve": False, "note": "later"}


def test_a_dash_reads_json_from_standard_input(paused, invoke):
    _, run = paused("decide")

    result = invoke("resume", run.name, "-", input='{"approve": true}')

    assert result.code == 0
    assert answer_of(run) == {"approve": True}


def test_a_plain_type_takes_a_plain_value(paused, invoke):
    running, run = paused("number")

    assert invoke("resume", run.name, "-i", "value=4").code == 0
    assert running.end().out == "5\n"


def test_a_go_ahead_needs_no_answer(paused, invoke):
    running, run = paused("go_ahead")

    assert invoke("resume", run.name).out == f"Answered. {run.name} continues.\n"
    assert running.end().out == "went\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "{run} waits for an answer with approve, environment, rollout, version, note, lines. Give it with"),
        (["-i", "approve=maybe"], "approve cannot be 'maybe'. The choices are yes, no."),
        (["-i", "approve"], "--input 'approve' does not have the form name=value."),
        (["-i", "aprove=yes"], "There is no field 'aprove'; the answer has approve, environment, rollout, version,"),
        (["-i", "lines.4.article=x"], "There is no field 'lines.4.article'; the answer has rows 0 to 1 in lines."),
        (["-i", "approve=yes", "-i", "rollout=400"], "The answer does not fit: rollout must be at most 100."),
        (
            ["-i", "approve=yes", "-i", "rollout=x"],
            "The answer does not fit: rollout must be a whole number, such as 42",
        ),
        (["-i", "environment=production"], "The answer does not fit: approve is required."),
        (["--json", "{"], "--json must be JSON, but line 1, column 2:"),
        (["--json", '{"approve": 3}'], "The answer does not fit: approve must be yes or no."),
        (["--json", '{"approve": true, "x": 1}'], 'The answer does not fit: it must be without "x"'),
        (["--json", "3"], "The answer does not fit: it must be a group of named values."),
        (["--json", "{}", "-i", "a=1"], "Give the answer in one way: --input, --json, or - for standard input."),
        (["approve=yes"], "'approve=yes' is not a run. Give a field with --input name=value."),
        (["--key", "other", "--json", "{}"], "{run} has no wait with the key 'other'; open ones: 1."),
    ],
)
def test_an_answer_that_does_not_fit_is_told_in_a_sentence(decision, invoke, arguments, sentence):
    result = invoke("resume", decision.name, *arguments)

    assert result.code in (1, 2)
    assert result.err.startswith(sentence.format(run=decision.name))
    assert result.err.count("\n") == 1
    (wait,) = queries.get_waits(default(), decision.id)
    assert wait.status is WaitStatus.OPEN


@pytest.fixture
def decision(call):
    """A run that waits for a decision."""
    call("parked")
    (run,) = queries.list_flow_runs(default())
    return run


def test_what_the_flow_itself_objects_to_is_told_and_the_run_waits_on(paused, invoke):
    _, run = paused("decide")

    result = invoke("resume", run.name, "-i", "approve=yes", "-i", "note=NO")

    assert (result.code, result.err) == (2, "The answer does not fit: note: no shouting\n")
    (wait,) = queries.get_waits(default(), run.id)
    assert (wait.status, wait.answer) == (WaitStatus.OPEN, None)


def test_the_same_answer_again_is_taken_and_does_nothing(paused, invoke):
    running, run = paused("decide")
    invoke("resume", run.name, "--json", '{"approve": true}')
    running.end()

    result = invoke("resume", run.name, "--json", '{"approve": true}')

    assert (result.code, result.out) == (0, f"{run.name} already has this answer. It is completed.\n")


def test_another_answer_is_refused_and_says_who_decided(paused, invoke):
    running, run = paused("decide")
    invoke("resume", run.name, "--json", '{"approve": true}')
    running.end()

    result = invoke("resume", run.name, "--json", '{"approve": false}')

    assert result.code == 1
    assert result.err.startswith(f"{run.name} already has an answer to '1': tester gave")


def test_several_waits_have_to_be_told_apart(paused, invoke):
    running, run = paused("two_questions")

    result = invoke("resume", run.name, "-i", "value=x")
    assert (result.code, result.out) == (2, "")
    assert "name one with" in result.err

    assert invoke("resume", run.name, "--key", "first", "-i", "value=1").code == 0
    assert invoke("resume", run.name, "-i", "value=b").code == 0
    assert running.end().out == '["1", "b"]\n'


def test_a_run_that_is_not_paused_is_refused(call, invoke):
    call("greet")
    (run,) = queries.list_flow_runs(default())

    result = invoke("resume", run.name)

    assert result.code == 1
    assert result.err == f"Cannot resume a run that isn't paused! {run.name} is completed.\n"


def test_a_deadline_that_has_passed_is_refused(call, invoke, run_in):
    call("parked", timeout=0.01)
    (run,) = queries.list_flow_runs(default())
    (wait,) = queries.get_waits(default(), run.id)
    let_pass(wait.deadline)

    result = invoke("resume", run.name, "-i", "approve=yes")

    assert result.code == 1
    assert "deadline" in result.err
    assert run_in("Failed").state.message == "Flow run was suspended and never resumed."


def test_an_answer_to_a_suspended_run_is_stored(call, invoke, run_in):
    call("parked")
    (run,) = queries.list_flow_runs(default())

    result = invoke("resume", run.name, "-i", "approve=yes")

    assert result.code == 0
    assert result.out.startswith(f"The answer is stored. {run.name} gets it when a worker restarts it")
    assert run_in("Resuming")


def test_a_pause_asked_for_from_outside_is_taken_back(start, invoke, flows, run_in):
    start("run", f"{flows}:working")
    run = run_in("Running")
    invoke("pause", run.name)
    run_in("Paused")

    result = invoke("resume", run.name)

    assert (result.code, result.out) == (0, f"{run.name} is running.\n")


@pytest.mark.parametrize("text", ["4", '{"value": 4}'])
def test_json_for_a_plain_type_is_the_value_or_what_the_schema_says(paused, invoke, text):
    running, run = paused("number")

    assert invoke("resume", run.name, "--json", text).code == 0
    assert running.end().out == "5\n"
