"""The story of a user at a real terminal: flows in files of their own, the app, and nothing but keys."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from holdfast.store import queries
from holdfast.store.database import default
from waiting import PATIENCE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

LOOK = 0.05
"""Seconds between two looks at the screen: a terminal tells nobody that it has been written to."""

GREETING = """
    from typing import Annotated

    from pydantic import Field

    from holdfast import flow, pause_flow_run, task
    from holdfast.input import RunInput


    class Greeting(RunInput):
        name: str
        times: Annotated[int, Field(ge=1)] = 1


    @task
    def greet(name: str, times: int) -> str:
        return " ".join([f"Hello, {name}!"] * times)


    @flow(log_prints=True)
    def greeting() -> None:
        answer = pause_flow_run(wait_for_input=Greeting.with_initial_data(description="Who is there?"))
        print(greet(answer.name, answer.times))


    if __name__ == "__main__":
        greeting()
"""

OFFER = """
    import time
    from pathlib import Path

    from holdfast import checkpoint, flow, pause_flow_run, task

    HERE = Path(__file__).parent


    @task
    def ask_for_price(supplier: str) -> int:
        with (HERE / "asked").open("a") as asked:
            asked.write(supplier + "\\n")
        return len(supplier)


    @flow(log_prints=True)
    def offer() -> str:
        prices = [ask_for_price(supplier) for supplier in ("Ada", "Grace", "Edsger")]
        while not (HERE / "exchange-is-open").exists():
            checkpoint()
            time.sleep(0.05)
        customer = pause_flow_run(wait_for_input=str)
        print(f"{min(prices)} for {customer}")
        return customer


    if __name__ == "__main__":
        offer()
"""


class Terminal:
    """A shell in a window of a terminal."""

    def __init__(self, tmux: list[str], window: str) -> None:
        self._tmux, self._window = tmux, window

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._do("send-keys", *keys)

    def enter(self, line: str) -> None:
        """Type a line."""
        self.type(line)
        self.press("Enter")

    @property
    def text(self) -> str:
        """What is on the screen, with lines that were too long for it in one."""
        return self._do("capture-pane", "-p", "-J")

    def shows(self, *texts: str) -> None:
        """Wait until all of this is on the screen at once."""
        self._wait(lambda screen: all(text in screen for text in texts), f"to show {texts}")

    def shows_no(self, text: str) -> None:
        """Wait until this is not on the screen."""
        self._wait(lambda screen: text not in screen, f"not to show {text!r}")

    def mode(self, name: str) -> str:
        """What the terminal is set to, by tmux's names."""
        return self._do("display-message", "-p", f"#{{{name}}}").strip()

    def process(self) -> psutil.Process:
        """The program that runs in the shell."""
        (child,) = psutil.Process(int(self.mode("pane_pid"))).children()
        return child

    def _wait(self, condition, what: str) -> None:
        given_up = time.monotonic() + PATIENCE
        while not condition(self.text):
            assert time.monotonic() < given_up, f"The screen did not come {what}:\n{self.text}"
            time.sleep(LOOK)

    def _do(self, command: str, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, command, "-t", self._window, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout


class Desk:
    """A folder with flows, and terminals in it that all use one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", os.devnull]
        self._numbers = itertools.count()
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PS1": "$ ", "ENV": "", "SHELL": "/bin/sh",
            **{name: value for name, value in os.environ.items() if name.startswith(("HOLDFAST_", "PYTHON"))},
        }  # fmt: skip

    def write(self, name: str, source: str) -> None:
        """Put a program into the folder."""
        (self.folder / name).write_text(textwrap.dedent(source), encoding="utf-8")

    def terminal(self) -> Terminal:
        """A new terminal, 110 columns wide."""
        window = f"terminal-{next(self._numbers)}"
        shape = ["-x", "110", "-y", "34", "-c", str(self.folder), "/bin/sh", "-i"]
        subprocess.run([*self._tmux, "new-session", "-d", "-s", window, *shape], env=self._environment, check=True)
        opened = Terminal(self._tmux, window)
        opened.shows("$")
        return opened

    def close(self) -> None:
        """Close all terminals."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "work"
    folder.mkdir()
    made = Desk(folder)
    yield made
    made.close()


def only_run():
    (run,) = queries.list_flow_runs(default())
    return run


def test_flow_in_one_terminal_is_answered_from_the_app_in_another(desk):
    desk.write("greeting.py", GREETING)
    flow, app = desk.terminal(), desk.terminal()
    flow.enter("python greeting.py")
    flow.shows("is waiting for an answer")
    app.enter("holdfast")
    app.shows("Paused", "Who is there?")
    app.press("2", "Enter")
    app.shows("Answer ^s", "Who is there?")
    app.type("Ana")
    app.press("Tab", "BSpace")
    app.type("2")
    app.press("C-s")
    app.shows("is answered and continues", "No question is waiting.")
    flow.shows("Hello, Ana! Hello, Ana!")
    app.press("1")
    app.shows("Completed")
    app.press("q")
    app.shows_no("Completed")


def test_run_is_suspended_and_resumed_with_the_app_closed_in_between_and_reuses_what_it_did(desk):
    desk.write("offer.py", OFFER)
    flow, app = desk.terminal(), desk.terminal()
    flow.enter("python offer.py; echo ended with $?")
    app.enter("holdfast")
    app.shows("● Running", "offer")
    app.press("s")
    app.shows("It ends its process")
    app.press("y")
    app.shows("■ Suspended")
    flow.shows("ended with 0", f"holdfast resume {only_run().name}")
    app.press("q")
    app.shows_no("Suspended")

    (desk.folder / "exchange-is-open").touch()
    app.enter("holdfast")
    app.shows("■ Suspended", "offer")
    app.press("r")
    app.shows("It starts again from the top; finished tasks are not")
    app.press("y")
    app.shows("‖ Paused")
    app.press("r")
    app.shows("Answer ^s")
    app.type("Hafen")
    app.press("C-s")
    app.shows("✓ Completed")
    app.press("Enter")
    app.shows("execution 2", "3 for Hafen", "ask_for_price-3")
    assert app.text.count(" reused ") == 3
    assert (desk.folder / "asked").read_text().split() == ["Ada", "Grace", "Edsger"]
    assert queries.get_flow_run(default(), only_run().id).executions == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_terminal_is_as_before_when_the_app_has_been_told_to_end(desk, number):
    terminal = desk.terminal()
    terminal.enter("holdfast; echo left with $?")
    terminal.shows("No runs yet.")
    assert terminal.mode("alternate_on") == "1"
    terminal.process().send_signal(number)
    terminal.shows("left with 0")
    assert {name: terminal.mode(name) for name in ("alternate_on", "cursor_flag", "mouse_any_flag")} == {
        "alternate_on": "0",
        "cursor_flag": "1",
        "mouse_any_flag": "0",
    }
    terminal.enter("echo still $((40 + 2))")
    terminal.shows("echo still $((40 + 2))", "still 42")


def test_ctrl_c_in_the_app_loses_nothing_that_was_typed(desk):
    desk.write("greeting.py", GREETING)
    flow, app = desk.terminal(), desk.terminal()
    flow.enter("python greeting.py")
    app.enter("holdfast")
    app.shows("Who is there?")
    app.press("C-c")
    app.shows("Press q to quit")
    app.press("r")
    app.shows("Answer ^s")
    app.type("Ana")
    app.press("C-c")
    app.press("C-s")
    flow.shows("Hello, Ana!")
    app.shows("Completed")


def test_ctrl_c_to_a_flow_that_waits_loses_neither_its_question_nor_its_work(desk):
    desk.write("greeting.py", GREETING)
    flow, app = desk.terminal(), desk.terminal()
    flow.enter("python greeting.py")
    flow.shows("is waiting for an answer")
    flow.press("C-c")
    flow.shows("KeyboardInterrupt")
    app.enter("holdfast")
    app.shows("■ Suspended", "Who is there?")
    app.press("r")
    app.shows("Answer ^s")
    app.type("Ana")
    app.press("C-s")
    app.shows("✓ Completed")
    app.press("Enter")
    app.shows("Hello, Ana!")


def test_app_in_a_window_that_is_closed_ends(desk):
    terminal, other = desk.terminal(), desk.terminal()
    terminal.enter("holdfast")
    terminal.shows("No runs yet.")
    app = terminal.process()
    terminal._do("kill-session")
    other.enter(f"while kill -0 {app.pid} 2>/dev/null; do sleep 0.05; done; echo it has ended")
    other.shows("it has ended\n")
