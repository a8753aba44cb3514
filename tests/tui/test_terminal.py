"""The app and the terminal it runs in: how it ends when that goes away, and how it leaves it."""

from __future__ import annotations

import os
import signal
from contextlib import closing

import pytest
from seeding import Seeder
from textual.drivers.linux_driver import LinuxDriver

from holdfast.store.database import Database
from holdfast_tui.app import HoldfastApp
from holdfast_tui.terminal.hangup import Outlet, Terminal


@pytest.mark.parametrize("controlling", [True, False], ids=["own terminal", "terminal of no session"])
def test_app_ends_when_its_terminal_is_closed(tmp_path, controlling, app_on_a_pty):
    with app_on_a_pty(tmp_path, controlling=controlling) as terminal:
        terminal.expect("No runs yet.")
        terminal.hang_up()
        assert terminal.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_terminal_is_left_as_it_was_when_the_app_is_told_to_end(tmp_path, number, app_on_a_pty):
    with app_on_a_pty(tmp_path) as terminal:
        terminal.expect("No runs yet.")
        assert terminal.modes_now() != terminal.modes
        terminal.process.send_signal(number)
        terminal.expect("\x1b[?1049l", raw=True)
        terminal.expect("\x1b[?25h", raw=True)
        assert terminal.modes_now() == terminal.modes
        assert terminal.end() == 0
        assert "Traceback" not in terminal.text


def test_terminal_is_left_as_it_was_when_the_app_is_killed(tmp_path, app_on_a_pty):
    with app_on_a_pty(tmp_path) as terminal:
        terminal.expect("No runs yet.")
        assert terminal.modes_now() != terminal.modes
        terminal.process.kill()
        terminal.expect("\x1b[?1049l", raw=True)
        terminal.expect("\x1b[?25h", raw=True)
        assert terminal.modes_now() == terminal.modes
        assert terminal.end() == -signal.SIGKILL


def test_app_that_has_ended_leaves_no_process_behind(tmp_path, app_on_a_pty):
    with app_on_a_pty(tmp_path) as terminal:
        terminal.expect("No runs yet.")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.raw.count(b"\x1b[?1049l") == 1


def test_ctrl_c_leaves_the_app_open_and_says_how_to_leave_it(tmp_path, app_on_a_pty):
    with app_on_a_pty(tmp_path) as terminal:
        terminal.expect("No runs yet.")
        terminal.type("\x03")
        terminal.expect("Press q to quit")
        terminal.type("q")
        assert terminal.end() == 0


def test_one_changed_row_takes_less_than_a_kilobyte(tmp_path, monkeypatch, app_on_a_pty):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    with closing(Database(tmp_path / "holdfast.db")) as database, app_on_a_pty(tmp_path) as terminal:
        seeder = Seeder(database)
        changing, *_ = [seeder.run(f"run-{index:02}") for index in range(20)]
        terminal.expect("run-19")
        sizes = []
        for state in ["Paused", "Running"] * 5:
            terminal.type("")
            seeder.state(changing, state)
            terminal.expect(state)
            sizes.append(len(terminal.raw))
    # Some of them come together with ages, of which every row has one that is another each second.
    assert min(sizes) < 1024


def test_what_is_written_to_a_terminal_that_has_gone_is_dropped():
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as file:
        outlet = Outlet(file)
        outlet.write("there")
        outlet.flush()
        assert os.read(read, 100) == b"there"
        os.close(read)
        for _ in range(3):
            outlet.write("gone")
            outlet.flush()


@pytest.mark.anyio
async def test_terminal_that_textual_drives_is_written_to_by_way_of_an_outlet(monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    app = HoldfastApp()
    assert issubclass(app.driver_class, LinuxDriver)
    assert isinstance(Terminal(app)._file, Outlet)


@pytest.mark.parametrize("was_left", [False, True])
def test_a_terminal_is_taken_back_only_if_it_was_left(monkeypatch, was_left):
    taken = []
    monkeypatch.setattr(Terminal, "resume_application_mode", lambda self: taken.append(self))
    terminal = Terminal.__new__(Terminal)
    terminal._auto_restart, terminal._must_signal_resume = True, was_left
    terminal._sigcont_application()
    assert bool(taken) is was_left
