"""The user's editor and pager."""

from __future__ import annotations

import asyncio
import shutil
import signal
import stat
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast_tui.terminal import external_editor

pytestmark = pytest.mark.anyio


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Makes a program of Python code, which has the file's path in ``path``, and gives its command."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("PAGER", raising=False)

    def made(code: str, variable: str = "EDITOR", name: str = "my editor") -> Path:
        program = tmp_path / name
        program.write_text(
            f"#!{sys.executable}\nimport os, pathlib, signal, sys\npath = pathlib.Path(sys.argv[-1])\n{code}\n"
        )
        program.chmod(0o700)
        monkeypatch.setenv(variable, f"'{program}' --wait")
        return program

    return made


class App:
    """As much of the app as an editor needs."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.suspended = 0

    @contextmanager
    def suspend(self):
        self.suspended += 1
        yield

    def refresh(self, *, layout: bool) -> None:
        assert layout

    def say(self, text: str, *, severity: str) -> None:
        self.said.append(text)


async def test_text_comes_back_as_the_editor_left_it(script):
    script("path.write_text(path.read_text().upper())")
    assert external_editor.edit(App(), "ünde\n  two\t", ".md") == "ÜNDE\n  TWO\t"


async def test_line_break_that_the_editor_puts_at_the_end_is_taken_off(script):
    script("path.write_text(path.read_text() + '\\n')")
    assert external_editor.edit(App(), "one") == "one"


async def test_line_break_at_the_end_that_was_there_before_stays(script):
    script("")
    assert external_editor.edit(App(), "one\n") == "one\n"


async def test_file_is_its_users_alone_and_gone_afterwards(script, tmp_path):
    seen = tmp_path / "seen"
    script(
        "modes = [oct(each.stat().st_mode) for each in (path, path.parent)]\n"
        f"pathlib.Path({str(seen)!r}).write_text(' '.join([str(path), *modes]))\n"
        "(path.parent / 'backup~').write_text('secret')"
    )
    external_editor.edit(App(), "secret", ".json")
    path, mode, folder_mode = seen.read_text().split()
    assert path.endswith(".json")
    assert stat.S_IMODE(int(mode, 8)) == 0o600
    assert stat.S_IMODE(int(folder_mode, 8)) == 0o700
    assert not Path(path).parent.exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("sys.exit(3)", "my editor ended with status 3, so its result was not used."),
        ("os.kill(os.getpid(), signal.SIGKILL)", "my editor ended with signal 9, so its result was not used."),
        ("path.unlink()", "The editor deleted the file, so there is no result."),
        ("path.write_bytes(b'\\xff')", "The file is not valid UTF-8, so it was not used."),
    ],
)
async def test_nothing_is_taken_from_an_editor_that_failed(script, code, says):
    script(code)
    app = App()
    assert external_editor.edit(app, "text") is None
    assert app.said == [says]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-editor -w", "$EDITOR is no-such-editor -w, which was not found."),
        ("'unbalanced", "$EDITOR is not a valid command: No closing quotation."),
    ],
)
async def test_editor_that_is_not_there_is_said_and_the_terminal_kept(monkeypatch, command, says):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", command)
    app = App()
    assert external_editor.edit(app, "text") is None
    assert app.said == [says]
    assert not app.suspended


async def test_program_that_cannot_run_gives_the_terminal_back(script, tmp_path):
    program = script("")
    program.write_text("#!/no/such/interpreter\n")
    app = App()
    assert external_editor.edit(app, "text") is None
    assert app.said == ["my editor could not be run: No such file or directory."]


async def test_usual_editor_is_found_where_none_is_named(script, tmp_path, monkeypatch):
    script("path.write_text('by nano')", name="nano")
    monkeypatch.delenv("EDITOR")
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / "nano") if name == "nano" else None)
    assert external_editor.edit(App(), "text") == "by nano"


async def test_machine_without_an_editor_says_how_to_name_one(monkeypatch):
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.setenv(name, " ")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    app = App()
    assert external_editor.edit(app, "text") is None
    assert app.said == ["Could not find an editor. Set $EDITOR to one."]


async def test_pager_is_given_text_without_escape_sequences(script, tmp_path):
    seen = tmp_path / "seen"
    script(f"pathlib.Path({str(seen)!r}).write_text(path.read_text())", "PAGER")
    external_editor.page(App(), "one\x1b[2J\ntwo")
    assert seen.read_text() == "one␛[2J\ntwo\n"


async def test_copy_is_opened_in_the_editor_or_else_the_pager(script, tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    for variable in ("EDITOR", "PAGER"):
        script(f"pathlib.Path({str(seen)!r}).write_text({variable!r} + path.suffix)", variable, variable)
    external_editor.show(App(), "text", ".json")
    assert seen.read_text() == "EDITOR.json"
    monkeypatch.delenv("EDITOR")
    external_editor.show(App(), "text", ".json")
    assert seen.read_text() == "PAGER.txt"


async def test_interrupt_is_the_programs_and_a_request_to_end_comes_afterwards(script):
    heard: list[int] = []
    script("os.kill(os.getppid(), signal.SIGINT); os.kill(os.getppid(), signal.SIGTERM)")
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda number=number: (heard.append(number), ended.set()))
    try:
        external_editor.edit(App(), "text")
        await asyncio.wait_for(ended.wait(), 20)
        assert heard == [signal.SIGTERM]
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def test_app_without_a_terminal_says_so(opened, path, script):
    script("")
    async with opened(path) as driver:
        assert external_editor.edit(driver.app, "text") is None
        await driver.hears("There is no terminal here that another program can use.")
