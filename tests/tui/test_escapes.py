"""Text from a run is only text: nothing in it reaches the terminal as a command, is markup, or ends the app."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Static

from holdfast_tui.terminal.line_filter import ControlFilter

CORPUS = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x9b31m\x9d52;c;ZXZpbA==\x9c",
    "\x90q\x1b\\",
    "a\x00b\x07c\x08d\re\x0bf\x7f",
    "[/x]",
    "[/some/path]",
    "[bold",
    "[@click=app.quit]x[/]",
    "[type=x, v={'a[0]'}]",
    "$text-error [$text] {0} %s",
    "\u202egnp.exe\u2066",
    "tab\tand\nline",
    "\u2028\u2029\ufeff\u061c",
    "e" + "\u0301" * 50,
    "👩‍👩‍👧‍👦" * 20,
    "",
    " ",
]
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def seed_everywhere(seeder, text: str) -> None:
    """A run that has the text wherever a run can put one."""
    run_id = seeder.run(text or "empty", text or "empty")
    seeder.task(run_id, text, "Completed")
    seeder.log(run_id, text)
    seeder.wait(run_id, text or "empty", description=text)
    failed = seeder.run(text or "empty", "flow")
    seeder.state(failed, "Failed", text)
    asked = seeder.run("asked", "flow")
    seeder.ask(asked, "pause", text)


@pytest.mark.anyio
@pytest.mark.parametrize("text", CORPUS)
async def test_text_of_a_run_is_shown_as_text_on_every_screen(opened, path, seeder, text):
    seed_everywhere(seeder, text)
    async with opened(path, size=(120, 40)) as driver:
        for keys in (
            ["j"],
            ["i"],
            ["enter"],
            ["escape"],
            ["1", "G", "c"],
            ["n"],
            ["enter"],
            ["tab"],
            ["question_mark"],
        ):
            await driver.press(*keys)
            assert not _FORBIDDEN.search(driver.text.replace("\n", ""))
        assert driver.app.is_running


@pytest.mark.anyio
async def test_mouse_over_a_table_of_a_description_reads_nothing_as_markup(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"), description="| [/head] | n |\n| --- | ---: |\n| [/cell] | 1 |\n")
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.sees("[/cell]")
        for cell in driver.app.screen.query("TableCells Static"):
            assert cell.tooltip is None


@pytest.mark.anyio
async def test_numbers_of_a_table_are_set_to_the_right_where_it_says_so(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"), description="| Suite | Passed |\n| --- | ---: |\n| unit | 9 |\n| all | 12 |\n")
    async with opened(path) as driver:
        await driver.press("i", "enter")
        await driver.sees("Passed")
        rows = [line for line in driver.lines if line.strip("│ ").startswith(("Suite", "unit", "all"))]
        ends = {len(line.rstrip("│ ")) for line in rows}
        assert len(rows) == 3
        assert len(ends) == 1


def test_second_wall_stops_what_the_first_let_through():
    text = "".join(map(chr, range(0x20))) + "\x7f\x9b\u202e" + "plain"
    filtered = ControlFilter().apply([Segment(text)], Color(0, 0, 0))
    assert not _FORBIDDEN.search(filtered[0].text)
    assert filtered[0].text.endswith("plain")
    assert len(filtered[0].text) == len(text)


@pytest.mark.anyio
async def test_second_wall_stands_in_every_widget(opened, path):
    async with opened(path) as driver:
        await driver.app.screen.mount(Static("\x1b]52;c;ZXZpbA==\x07", markup=False))
        await driver.pilot.pause()
        assert not _FORBIDDEN.search(driver.text.replace("\n", ""))


@pytest.mark.live
def test_no_payload_leaves_for_a_real_terminal(path, seeder):
    for text in CORPUS[:6]:
        seed_everywhere(seeder, text)
    written = drive_in_terminal(path, [b"\r", b"\t", b"\x1b", b"i", b"\r", b"\x1b", b"1", b"q"])
    assert b"\x1b]52" not in written
    assert b"\x1b]0;owned" not in written
    assert b"\x9d" not in _without_utf8(written)


def drive_in_terminal(path, keys: list[bytes]) -> bytes:
    """Run the app on a terminal, press keys as the screen comes to rest, and give all that it wrote."""
    controller, terminal = pty.openpty()
    code = "import sys, pathlib, holdfast_tui; sys.exit(holdfast_tui.run_app(pathlib.Path(sys.argv[1])))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    )  # fmt: skip
    os.close(terminal)
    written = _read_until_quiet(controller, first=True)
    for key in keys:
        os.write(controller, key)
        written += _read_until_quiet(controller)
    process.wait(20)
    os.close(controller)
    assert process.returncode == 0
    return written


def _read_until_quiet(controller: int, *, first: bool = False) -> bytes:
    """What comes until nothing does for a while; the first time, at least the runs."""
    written, given_up = b"", time.monotonic() + 20
    while time.monotonic() < given_up:
        ready, _, _ = select.select([controller], [], [], 0.4)
        if not ready:
            if first and b"asked" not in written:
                continue
            break
        try:
            written += os.read(controller, 65_536)
        except OSError:
            break
    return written


def _without_utf8(written: bytes) -> bytes:
    return re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", b"", written)
