"""The app on a real terminal that is taken from it, given back, and made larger and smaller all the time."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
from ptys import Pty
from seeding import Seeder

from holdfast.store import queries
from holdfast.store.database import Database
from waiting import PATIENCE


def stopped(terminal: Pty) -> None:
    """Wait until the process has stopped."""
    process, given_up = psutil.Process(terminal.process.pid), time.monotonic() + PATIENCE
    while process.status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < given_up
        time.sleep(0.01)


def test_ctrl_z_leaves_the_terminal_as_it_was_and_the_app_comes_back_whole(tmp_path, app_on_a_pty):
    home = tmp_path / "home"
    home.mkdir()
    database = Database(home / "holdfast.db")
    seeder = Seeder(database)
    run_id = seeder.run("brave-emu")
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        for _ in range(2):
            terminal.type("\x1a")
            terminal.expect("\x1b[?1049l", raw=True)
            terminal.expect("\x1b[?25h", raw=True)
            stopped(terminal)
            assert terminal.modes_now() == terminal.modes
            terminal.type("")
            os.kill(terminal.process.pid, signal.SIGCONT)
            terminal.expect("\x1b[?1049h", raw=True)
            for part in ("4 Workers", "State", "brave-emu", "? Help"):
                terminal.expect(part)
            assert terminal.modes_now() != terminal.modes
        terminal.type("p")
        terminal.expect("Pause brave-emu?")
        terminal.type("y")
        terminal.expect("Asked brave-emu to pause")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.modes_now() == terminal.modes
    request = queries.get_flow_run(database, run_id).request
    database.close()
    assert request == "pause"


def test_what_happens_while_the_app_is_stopped_is_there_when_it_comes_back(tmp_path, app_on_a_pty):
    home = tmp_path / "home"
    home.mkdir()
    database = Database(home / "holdfast.db")
    seeder = Seeder(database)
    run_id = seeder.run("brave-emu")
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        terminal.type("\x1a")
        stopped(terminal)
        seeder.state(run_id, "Failed", "no luck")
        seeder.run("calm-heron")
        terminal.type("")
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.expect("calm-heron")
        terminal.expect("no luck")
        terminal.type("q")
        assert terminal.end() == 0
    database.close()


def test_storm_of_sizes_ends_in_a_screen_that_is_right(tmp_path, app_on_a_pty):
    home = tmp_path / "home"
    home.mkdir()
    database = Database(home / "holdfast.db")
    Seeder(database).run("brave-emu")
    database.close()
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        for step in range(300):
            terminal.resize(20 + step * 7 % 180, 3 + step * 5 % 57)
        terminal.resize(100, 30)
        terminal.type("2")
        terminal.expect("No question is waiting.")
        terminal.type("1")
        terminal.expect("brave-emu")
        terminal.type("q")
        assert terminal.end() == 0
        assert "Traceback" not in terminal.text


def test_app_that_is_opened_to_look_only_says_so_and_starts_no_worker(tmp_path: Path, app_on_a_pty):
    home = tmp_path / "home"
    home.mkdir()
    database = Database(home / "holdfast.db")
    seeder = Seeder(database)
    seeder.state(seeder.run("brave-emu"), "Failed")
    with app_on_a_pty(home, "--readonly") as terminal:
        terminal.expect("read-only")
        terminal.expect("brave-emu")
        terminal.type("R")
        terminal.expect("The app is read-only")
        children = psutil.Process(terminal.process.pid).children(recursive=True)
        assert not [each for each in children if "holdfast.worker.template" in each.cmdline()]
        terminal.type("q")
        assert terminal.end() == 0
    database.close()
