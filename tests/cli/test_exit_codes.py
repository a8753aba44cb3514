"""What every command has in common: exit statuses, sentences for errors, speed of starting."""

import os
import sqlite3
import subprocess
import sys

import pytest

from holdfast.cli.exit_codes import Exit
from holdfast.store import queries
from holdfast.store.database import close_all, default

COMMANDS = [
    *(
        "demo",
        "run",
        "ls",
        "show",
        "inbox",
        "logs",
        "resume",
        "pause",
        "suspend",
        "cancel",
        "retry",
        "worker",
        "doctor",
    ),
]
READING = [("ls",), ("inbox",), ("show", "x"), ("logs", "x"), ("resume", "x"), ("pause", "x"), ("cancel", "x")]


def test_help_lists_the_commands_and_what_the_exit_status_means(invoke):
    text = invoke("--help").out

    for name in COMMANDS:
        assert f"\n  {name} " in text
    for status in Exit:
        assert f" {status.value}  " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(invoke, name):
    result = invoke(name, "--help")

    assert result.code == 0
    assert f"holdfast {name}" in result.out.replace("root ", "holdfast ")


def test_the_version_is_told(invoke):
    assert invoke("--version").out.startswith("holdfast 0.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "No such command 'nope'. See `"),
        (["show"], "Missing argument 'RUN'. See `"),
        (["ls", "--colour"], "No such option: --colour"),
        (["ls", "--limit", "0"], "Invalid value for '--limit'"),
        (["run"], "Missing argument 'FILE:FLOW'. See `"),
    ],
)
def test_bad_usage_is_one_sentence_and_2(invoke, arguments, sentence):
    result = invoke(*arguments)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(sentence)
    assert result.err.count("\n") == 1


def test_without_a_terminal_there_is_no_app(command):
    result = command()

    assert (result.code, result.out) == (2, "")
    assert result.err == "The app needs a terminal. `holdfast --help` lists the commands that work without one.\n"


@pytest.mark.parametrize("arguments", READING)
def test_a_damaged_database_is_one_sentence_and_3(invoke, monkeypatch, tmp_path, arguments):
    file = tmp_path / "damaged.db"
    file.write_bytes(b"nothing like it" * 1000)
    monkeypatch.setenv("HOLDFAST_DB", str(file))

    result = invoke(*arguments)

    assert (result.code, result.out) == (3, "")
    assert str(file) in result.err
    assert result.err.count("\n") == 1


def test_a_newer_database_is_refused_with_3(invoke, call, tmp_path):
    call("greet")
    connection = sqlite3.connect(tmp_path / "home" / "holdfast.db")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    close_all()

    result = invoke("ls")

    assert result.code == 3
    assert "newer Holdfast" in result.err


@pytest.mark.parametrize("value", ["postgresql://there", "/proc/nowhere/holdfast.db"])
def test_a_database_that_cannot_be_is_refused_with_3(invoke, monkeypatch, value):
    monkeypatch.setenv("HOLDFAST_DB", value)

    result = invoke("ls")

    assert result.code == 3
    assert result.err.count("\n") == 1


@pytest.mark.live
def test_a_reader_that_has_enough_ends_the_command_quietly(call):
    for _ in range(3):
        call("greet")
    python = f"{sys.executable} -m holdfast"
    shell = f"set -o pipefail; {python} ls --json | head -1 && {python} ls | true"

    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "[\n", "")


@pytest.mark.live
def test_names_are_shown_where_the_encoding_has_no_characters_for_them(call):
    call("greet", name="Żółw")

    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "run", "nowhere.py…"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )

    assert done.returncode == 2
    assert "\\u2026" in done.stderr


@pytest.mark.live
def test_help_loads_neither_the_database_nor_the_app():
    code = (
        "import sys\n"
        "sys.argv = ['holdfast', '--help']\n"
        "from holdfast.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "loaded = {'sqlmodel', 'sqlalchemy', 'sqlite3', 'textual', 'rich', 'alembic'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")


def complete(words):
    """What a shell would offer after these words."""
    code = "import sys; sys.argv[0] = 'holdfast'; from holdfast.cli import main; main()"
    asked = {"_HOLDFAST_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, **asked}
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.live
def test_a_shell_completes_commands_runs_and_states(call):
    call("greet")
    (run,) = queries.list_flow_runs(default())

    assert complete("holdfast res") == ["resume"]
    assert complete(f"holdfast show {run.name[:3]}") == [run.name]
    assert str(run.id) in complete(f"holdfast resume {str(run.id)[:6]}")
    assert complete("holdfast ls --state sus") == ["suspending", "suspended"]


@pytest.mark.live
def test_completing_makes_no_database(tmp_path):
    assert complete("holdfast show ") == []
    assert not (tmp_path / "home").exists()
