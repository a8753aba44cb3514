"""``holdfast logs``."""

import json
import signal

from holdfast.store import log_writing as store
from holdfast.store import queries
from holdfast.store.database import default


def test_each_line_has_its_time_and_level(call, invoke):
    call("broken")
    (run,) = queries.list_flow_runs(default())

    lines = invoke("logs", run.name).out.splitlines()

    assert lines[0][8:] == "  WARNING  about to break"
    assert lines[1] == " " * 19 + "in two lines"


def test_as_json_lines_are_an_array(call, invoke):
    call("broken")
    (run,) = queries.list_flow_runs(default())

    first = invoke("logs", run.name, "--json").json[0]

    assert first["flow_run_id"] == str(run.id)
    assert (first["level"], first["message"]) == ("WARNING", "about to break\nin two lines")
    assert first["timestamp"].endswith("+00:00")


def test_a_line_cannot_command_the_terminal(call, invoke):
    call("hostile")
    (run,) = queries.list_flow_runs(default())

    assert "␛]0;owned␇ and \ufffd2J and \ufffd" in invoke("logs", run.name).out
    assert not set(invoke("logs", run.name, "--json").out) & set("\x1b\x07\x9b\u202e\x7f")


def test_more_lines_than_a_page_are_all_printed(call, invoke):
    call("greet")
    (run,) = queries.list_flow_runs(default())
    with default().write():
        pass
    for number in range(2100):
        store.append(default(), flow_run_id=run.id.hex, task_run_id=None, level=20, message=str(number))

    assert len(invoke("logs", run.name).out.splitlines()) == 2100


def test_following_goes_on_until_the_run_has_ended(paused, start, invoke):
    running, run = paused("decide")
    following = start("logs", run.name, "--follow")
    assert following.line().endswith("built 1.10")

    invoke("resume", run.name, "-i", "approve=yes", "-i", "version=2")
    result = following.end()

    assert result.code == 0
    assert result.out.splitlines()[-1].endswith("version '2'")
    running.end()


def test_following_as_json_gives_a_line_for_each(paused, start, invoke):
    _, run = paused("decide")
    following = start("logs", run.name, "-f", "--json")
    invoke("resume", run.name, "-i", "approve=yes")

    messages = [json.loads(line)["message"] for line in following.end().out.splitlines()]

    assert messages[0] == "built 1.10"
    assert messages[-1] == "version '1.0'"


def test_following_a_run_that_has_ended_ends_at_once(call, command):
    call("broken")
    (run,) = queries.list_flow_runs(default())

    assert "about to break" in command("logs", run.name, "-f").out


def test_following_a_suspended_run_ends_at_its_deadline(call, command):
    call("parked", timeout=1.5)
    (run,) = queries.list_flow_runs(default())

    assert command("logs", run.name, "-f").code == 0
    assert queries.get_flow_run(default(), run.id).state.name == "Failed"


def test_following_ends_with_a_process_that_is_killed(start, flows, run_in):
    running = start("run", f"{flows}:working")
    run = run_in("Running")
    following = start("logs", run.name, "-f")
    running.process.kill()
    running.process.wait()

    assert following.end().code == 0
    assert run_in("Crashed")


def test_interrupting_it_gives_130_and_no_traceback(paused, start):
    _, run = paused("decide")
    following = start("logs", run.name, "-f")
    following.line()
    following.process.send_signal(signal.SIGINT)

    result = following.end()
    assert result.code == 130
    assert result.err == ""


def test_an_unknown_run_is_refused(invoke):
    assert invoke("logs", "nobody").code == 2
