"""``holdfast run``."""

import json
import signal
import sys

import pytest

from holdfast.store import queries
from holdfast.store.database import default


def test_it_prints_what_the_flow_prints_and_returns(command, flows):
    result = command("run", f"{flows}:greet", "-p", "name=Ana", "-p", "times=3")

    assert (result.code, result.out) == (0, 'hello Ana\n{"greeted": "Ana", "times": 3}\n')
    assert "completed" in result.err


def test_what_the_flow_prints_is_not_touched(command, flows):
    result = command("run", f"{flows}:greet", "-p", "name=raw")

    assert result.out.startswith("hello raw\x1b[0m\n")


def test_what_it_returns_cannot_command_the_terminal(command, flows):
    result = command("run", f"{flows}:hostile")

    assert result.out == "␛[2Jresult\n"


def test_as_json_the_last_line_tells_about_the_run(command, flows):
    result = command("run", f"{flows}:greet", "--json")

    told = json.loads(result.out.splitlines()[-1])
    (run,) = queries.list_flow_runs(default())
    assert told["flow_run_id"] == str(run.id)
    assert told["flow_run_name"] == run.name
    assert told["flow_name"] == "greet"
    assert told["state"]["type"] == "COMPLETED"
    assert told["result"] == {"greeted": "you", "times": 1}


def test_an_async_flow_runs(start, command, flows, run_in):
    running = start("run", f"{flows}:number")
    run = run_in("Paused")
    command("resume", run.name, "--json", "41")

    assert running.end().out == "42\n"


def test_a_module_names_a_flow(command, flows):
    result = command("run", "flows:greet", cwd=flows.parent)

    assert (result.code, result.out.splitlines()[0]) == (0, "hello you")


def test_the_flow_may_be_left_out_where_there_is_one(command, tmp_path):
    file = tmp_path / "one.py"
    file.write_text("from holdfast import flow\n\n@flow\ndef only():\n    return 'here'\n")

    assert command("run", file).out == "here\n"


def test_a_neighbour_of_the_file_can_be_imported(command, tmp_path):
    (tmp_path / "neighbour.py").write_text("WORD = 'next door'\n")
    file = tmp_path / "one.py"
    file.write_text("import neighbour\nfrom holdfast import flow\n\n@flow\ndef only():\n    return neighbour.WORD\n")

    assert command("run", file).out == "next door\n"


def test_a_script_that_calls_its_flow_runs_it_once(command, tmp_path):
    file = tmp_path / "script.py"
    file.write_text("from holdfast import flow\n\n@flow\ndef only():\n    print('once')\n\nonly()\n")

    assert command("run", file).out == "once\n"


@pytest.mark.parametrize("name", ["holdfast.py", "json.py", "typer.py", "__main__.py"])
def test_a_file_may_have_the_name_of_a_module_in_use(command, tmp_path, name):
    file = tmp_path / name
    file.write_text("from holdfast import flow\n\n@flow\ndef only():\n    print('ran')\n")

    assert command("run", file).out == "ran\n"


def test_a_text_parameter_stays_text(command, flows):
    result = command("run", f"{flows}:needs", "-p", "version=1.10", "-p", "count=2")

    assert result.out == "1.10/2\n"


def test_a_failed_flow_gives_1_and_shows_the_users_own_code(command, flows):
    result = command("run", f"{flows}:broken")

    assert result.code == 1
    assert "flows.py" in result.err
    assert "holdfast/engine" not in result.err
    assert result.err.splitlines()[-1].endswith(
        "failed: Flow run encountered an exception: ValueError: no␛[2J such luck"
    )


def test_a_suspended_run_gives_0_and_says_how_to_resume_it(command, flows):
    result = command("run", f"{flows}:parked")

    (run,) = queries.list_flow_runs(default())
    assert (result.code, result.out) == (0, "")
    assert f"holdfast resume {run.name}" in result.err
    assert len(result.err.splitlines()) == 1


def test_a_cancelled_run_gives_1(paused, command):
    running, run = paused("go_ahead")
    command("cancel", run.name)

    result = running.end()
    assert result.code == 1
    assert result.err.splitlines()[-1].startswith(f"{run.name} cancelled")


def test_a_run_past_its_deadline_gives_1(command, flows):
    result = command("run", f"{flows}:go_ahead", "-p", "timeout=0.05")

    assert result.code == 1
    assert "Flow run was paused and never resumed." in result.err


def test_interrupting_it_gives_130(start, flows, run_in):
    running = start("run", f"{flows}:working")
    run_in("Running")
    running.process.send_signal(signal.SIGINT)

    result = running.end()
    assert result.code == 130
    assert "Traceback" not in result.err


def test_interrupting_a_paused_run_says_that_it_still_waits(paused, run_in):
    running, run = paused("decide")
    running.process.send_signal(signal.SIGINT)

    result = running.end()
    assert result.code == 130
    assert result.err.splitlines()[-1] == f"{run.name} still waits. Resume it with: holdfast resume {run.name}"
    assert run_in("Suspended")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.py"], "There is no file nowhere.py. Name a flow as FILE.py:FLOW or module:FLOW."),
        (["nowhere"], "There is no file or module nowhere. Name a flow as FILE.py:FLOW or module:FLOW."),
        (["flows.py:grete"], "flows.py has no flow 'grete'; name one: flows.py:greet or"),
        (["flows.py"], "flows.py has several flows; name one: flows.py:greet or"),
        (["flows.py:greet", "-p", "nme=1"], "Flow 'greet' has no parameter 'nme'. Its parameters: name, times."),
        (["flows.py:greet", "-p", "name"], "-p 'name' does not have the form name=value."),
        (["flows.py:needs", "-p", "count=1"], "Flow 'needs' needs version: add -p version=…."),
        (["flows.py:greet", "-p", "times=many"], "Flow 'greet' was called with bad parameters: times:"),
        (["empty.py"], "empty.py has no flow; decorate a function with @flow."),
        (["syntax.py"], "syntax.py cannot be loaded: line 2: '(' was never closed."),
        (["raising.py"], "raising.py cannot be loaded: "),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(invoke, flows, monkeypatch, arguments, sentence):
    monkeypatch.chdir(flows.parent)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "flows", raising=False)
    flows.with_name("empty.py").write_text("")
    flows.with_name("syntax.py").write_text("\nprint(\n")
    flows.with_name("raising.py").write_text("\n\nimport not_to_be_found\n")

    result = invoke("run", *arguments)

    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(sentence)
    assert result.err.count("\n") == 1


def test_an_import_that_fails_names_file_and_line(command, tmp_path):
    file = tmp_path / "raising.py"
    file.write_text("\n\nimport not_to_be_found\n")

    result = command("run", file)

    assert result.code == 2
    assert f"{file}, line 3: ModuleNotFoundError: No module named 'not_to_be_found'." in result.err


def test_a_flow_that_a_script_defines_after_its_first_call_is_not_found_and_it_says_why(invoke, tmp_path):
    path = tmp_path / "script.py"
    path.write_text("from holdfast import flow\n@flow\ndef a(): ...\na()\n@flow\ndef b(): ...\nb()\n")
    result = invoke("run", f"{path}:b")
    assert result.code == 2
    assert "up to its first flow call, which is in line 4" in result.err


@pytest.mark.parametrize("verb", [("run",), ("deploy",)])
def test_a_file_that_ends_the_process_is_told_with_its_line(command, tmp_path, verb):
    file = tmp_path / "ending.py"
    file.write_text("import sys\nfrom holdfast import flow\n\n@flow\ndef only():\n    pass\n\nsys.exit(0)\n")

    result = command(*verb, f"{file}:only")

    assert result.code == 2
    assert f"{file} ended the process with 0 while it was loaded, in {file}, line 8." in result.err


RETURNS = """
from holdfast import flow, task
from holdfast.states import Completed, Failed, Paused

@task
def works():
    return 7

@task
def breaks():
    raise ValueError("no")

@flow
def main():
    return {value}
"""


@pytest.mark.parametrize(
    ("value", "out", "err", "code"),
    [
        ("works.submit()", "Completed(data=7)\n", "completed.", 0),
        ("[works.submit(), breaks.submit()]", "", "failed: 1/2 states failed. ValueError: no\n", 1),
        ("breaks.submit()", "", "failed: 1/1 states failed. ValueError: no\n", 1),
        ("Failed('No paper')", "", "failed: No paper", 1),
        ("Completed(name='\\x1b[2JSigned')", "", "completed.", 0),
        ("Paused()", "", "Suspended; it has no process now.", 0),
    ],
    ids=["future", "several", "failed", "made", "named", "paused"],
)
def test_what_returned_states_come_to_is_told(command, tmp_path, value, out, err, code):
    file = tmp_path / "one.py"
    file.write_text(RETURNS.format(value=value))
    result = command("run", f"{file}:main")

    assert (result.out, result.code) == (out, code)
    assert err in result.err
    assert ("Traceback" in result.err) == ("ValueError" in err)
    assert "\x1b[2J" not in command("ls").out
