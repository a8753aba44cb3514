"""The user's editor on a real terminal: it has the terminal to itself, and the app takes it back."""

from __future__ import annotations

import sys

import pytest
from seeding import Seeder

from holdfast.store.database import Database


@pytest.fixture
def home(tmp_path):
    """A home with one run, which has logged a line."""
    database = Database(tmp_path / "home" / "holdfast.db")
    seeder = Seeder(database)
    seeder.log(seeder.run("brave-emu"), "a line of the log")
    database.close()
    return tmp_path / "home"


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """Makes an editor of Python code."""

    def made(code: str) -> None:
        program = tmp_path / "my-editor"
        head = "import os, pathlib, sys, termios\npath = pathlib.Path(sys.argv[-1])\n"
        program.write_text(f"#!{sys.executable}\n{head}{code}\n")
        program.chmod(0o700)
        monkeypatch.setenv("EDITOR", str(program))
        monkeypatch.delenv("VISUAL", raising=False)

    return made


def test_editor_has_the_terminal_as_it_was_and_the_app_goes_on_afterwards(home, editor, app_on_a_pty):
    editor(
        "cooked = termios.tcgetattr(0)[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO\n"
        "print('EDITING', cooked, 'a line of the log' in path.read_text(), flush=True)\n"
        "print('TYPED', input(), flush=True)"
    )
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        terminal.type("\r")
        terminal.expect("a line of the log")
        before = terminal.modes_now()
        terminal.type("e")
        terminal.expect("EDITING True True")
        terminal.type("hello\n")
        terminal.expect("TYPED hello")
        terminal.expect("a line of the log")
        assert terminal.modes_now() == before
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.modes_now() == terminal.modes
        assert "Traceback" not in terminal.text


def test_ctrl_c_in_the_editor_is_the_editors(home, editor, app_on_a_pty):
    editor("try:\n    print('EDITING', flush=True)\n    input()\nexcept KeyboardInterrupt:\n    os._exit(7)")
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        terminal.type("\r")
        terminal.expect("a line of the log")
        terminal.type("e")
        terminal.expect("EDITING")
        terminal.type("\x03")
        terminal.expect("ended with status 7")
        terminal.type("q")
        assert terminal.end() == 0
