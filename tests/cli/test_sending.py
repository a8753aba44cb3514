"""``holdfast send``: messages to runs, from options, standard input and prompts."""

import pytest

from holdfast import get_messages, get_waits, pause_flow_run
from holdfast.store import queries
from holdfast.store.database import default

from .conftest import only_run, until


def listening(keys=1):
    """The only run, once it waits to be sent so many things."""

    def look():
        run = only_run()
        return run if run and len(queries.get_listeners(default(), run.id)) == keys else None

    return until(look)


@pytest.fixture
def listens(start, flows):
    """A flow of the user's file that waits for a message in a process of its own: the command, and the run."""

    def run(flow, *parameters, keys=1):
        command = start("run", f"{flows}:{flow}", *parameters)
        return command, listening(keys)

    return run


def test_fields_are_sent_over_the_initial_values(listens, invoke):
    running, run = listens("listens")

    result = invoke("send", run.name, "--input", "approve=yes")

    assert (result.code, result.out) == (0, f"Sent to {run.name}.\n")
    assert "True, 25, from tester" in running.end().out


def test_a_prefix_is_named_by_the_key(listens, invoke):
    running, run = listens("listens", "-p", "prefix=decision")

    assert invoke("send", run.name, "--key", "other", "-i", "approve=no").code == 2
    result = invoke("send", run.name, "--key", "decision", "--json", '{"approve": false, "rollout": 4}')

    assert result.code == 0
    assert "False, 4, from tester" in running.end().out


def test_a_plain_value_is_sent_as_json_and_from_standard_input(listens, invoke):
    running, run = listens("counts", "-p", "kinds=2", keys=2)

    assert invoke("send", run.name, "--json", "5").err.startswith(f"{run.name} has several open waits")
    assert invoke("send", run.name, "--key", "int", "--json", "5").code == 0
    listening(1)
    assert invoke("send", run.name, "-", input='"five"').code == 0
    assert "5 five" in running.end().out


def test_what_does_not_fit_is_refused_and_not_sent(listens, invoke):
    _, run = listens("listens")

    result = invoke("send", run.name, "-i", "approve=yes", "-i", "rollout=400")

    assert (result.code, result.err) == (2, "The answer does not fit: rollout must be at most 100.\n")
    assert get_messages(run.id) == []
    assert len(get_waits(run.id)) == 1


def test_without_a_message_it_says_what_is_waited_for(listens, invoke):
    _, run = listens("counts")
    result = invoke("send", run.name)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"{run.name} waits for a message with value: give it with --input")


def test_what_is_sent_ahead_is_kept(paused, invoke):
    running, run = paused("go_ahead")

    kept = invoke("send", run.name, "--json", "5")
    keyed = invoke("send", run.name, "--json", '{"approve": true}', "--key", "later")

    assert kept.out == keyed.out == f"Sent to {run.name}, which gets it when it next receives a message.\n"
    assert [(each.value, each.prefix) for each in get_messages(run.id)] == [
        ({"value": 5}, None),
        ({"approve": True}, "later"),
    ]
    for arguments in ((), ("-i", "a=1"), ("--json", "{")):
        assert invoke("send", run.name, *arguments).code == 2
    invoke("resume", run.name)
    running.end()


def test_an_ended_run_takes_nothing(call, invoke):
    call("greet")
    run = only_run()
    result = invoke("send", run.name, "--json", "5")
    assert (result.code, result.err) == (1, f"{run.name} is completed, so it receives no more messages.\n")


def test_on_a_terminal_the_message_is_asked_for(listens, terminal):
    running, run = listens("listens")

    screen = terminal("send", run.name)
    screen.expect("# Release **1.10**?")
    screen.answer("Approve (yes/no): ", "yes")
    screen.answer("Environment", "")
    screen.answer("Rollout", "30")
    for field in ("Version", "Note", "Enter to continue"):
        screen.answer(field, "")

    assert screen.end() == 0
    assert "True, 30, from tester" in running.end().out


def test_the_inbox_lists_it_and_says_how_to_send(listens, invoke):
    _, run = listens("counts")
    result = invoke("inbox")
    assert "a message: value" in result.out
    assert f"Send one: holdfast send {run.name}" in result.err
    assert [each["kind"] for each in invoke("inbox", "--json").json] == ["message"]
    assert "waits for message int" in invoke("show", run.name).out


def test_a_paused_run_is_not_listed_with_what_it_waited_for(listens, invoke, run_in):
    _, run = listens("counts")
    pause_flow_run(flow_run_id=run.id)
    run_in("Paused")
    assert invoke("inbox", "--json").json == []
    invoke("cancel", run.name)
