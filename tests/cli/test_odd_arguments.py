"""Whatever is typed, a command ends with one of the statuses that the help lists, and never with a traceback."""

from __future__ import annotations

import io
import random
import subprocess
import sys

import pytest

from holdfast.cli.app import app
from holdfast.cli.exit_codes import Exit

ODD = [
    "", " ", "-", "--", "-1", "0", "1e400", "nan", "inf", "9" * 40, "x" * 3000, "\x1b]0;X\x07", "\udcff", "\0", "ü",
    "漢字", "../..", "/", "~nouser/x", "a:b:c", "$(reboot)", "{", "[[[[", '{"a":', "null", "a=b", "=", "a=", "0199",
    "2026-13-45", "FREQ=", "* * * * *", "99 99 * * *", "3d", "-3d", "--json", "--help", "state:", "!", "age>x",
]  # fmt: skip
COMMANDS = {
    "ls": ["--state", "--flow", "--tag", "--deployment", "--sort", "--limit", "--json", "--reverse"],
    "show": ["--what-if", "--json"],
    "logs": ["--json"],
    "inbox": ["--limit", "--json"],
    "resume": ["--input", "--json", "--key"],
    "send": ["--input", "--json", "--key"],
    "pause": ["--json"],
    "suspend": ["--json"],
    "cancel": ["--json"],
    "retry": ["--json"],
    "run": ["--param", "--json"],
    "deploy": ["--name", "--cron", "--interval", "--rrule", "--timezone", "--param", "--tag", "--limit", "--catch-up"],
    "deployments": ["--json"],
    "deployment": ["pause", "resume", "delete", "--yes"],
    "start": ["--like", "--param", "--at", "--key"],
    "keys": ["--json", "--toml"],
    "--readonly": [],
    "--version": [],
    "nothing": [],
}


def _command(chance):
    name = chance.choice(list(COMMANDS))
    words = chance.choices([*COMMANDS[name], *ODD] if COMMANDS[name] else ODD, k=chance.randint(0, 5))
    return [name, *words]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_odd_arguments_end_in_a_sentence_and_a_known_status(seed, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    chance = random.Random(seed)
    for _ in range(50):
        arguments = _command(chance)
        monkeypatch.setattr("sys.stdin", io.StringIO(chance.choice(ODD)))
        with pytest.raises(SystemExit) as ended:
            app(arguments, prog_name="holdfast")
        shown = capsys.readouterr()
        assert ended.value.code in set(Exit), arguments
        assert "Traceback" not in shown.out + shown.err, arguments
        assert "fault of Holdfast" not in shown.err, (arguments, shown.err)
        assert not [each for each in shown.err if each != "\n" and not each.isprintable()], arguments


@pytest.mark.parametrize("name", ["HOLDFAST_HOME", "HOLDFAST_DB"])
@pytest.mark.parametrize("value", ["~nouser/x", "sqlite:///~nouser/x"])
def test_a_home_of_nobody_is_named_in_a_sentence(invoke, monkeypatch, name, value):
    if name == "HOLDFAST_HOME" and ":" in value:
        value = "~nobody-here"
    monkeypatch.delenv("HOLDFAST_DB", raising=False)
    monkeypatch.setenv(name, value)
    result = invoke("ls")
    assert result.code == Exit.NO_DATABASE
    assert name in result.err
    assert "no such user" in result.err


@pytest.mark.live
def test_a_closed_output_is_no_fault():
    done = subprocess.run(["/bin/sh", "-c", f"{sys.executable} -m holdfast ls >&-"], capture_output=True, check=False)
    assert done.returncode == 0, done


def test_ctrl_c_ends_a_command_without_a_traceback(invoke, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("holdfast.cli.commands.ls.database", interrupted)
    result = invoke("ls")
    assert (result.code, result.err) == (Exit.INTERRUPTED, "")
