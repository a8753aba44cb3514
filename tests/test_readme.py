"""What the README shows works as it says: its programs, commands, names, keys, targets and pictures."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import holdfast
import holdfast.input
from holdfast.cli.app import COMMANDS, Commands
from holdfast.cli.app import app as commands
from holdfast.records import FlowRun
from holdfast.store import queries
from holdfast.store.database import default
from waiting import PATIENCE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TIMES = "\N{MULTIPLICATION SIGN}"

PROGRAMS = dict(re.findall(r"<!-- test: (\S+) -->\n```python\n(.*?)```", README, re.S))
OTHER_BLOCKS = re.findall(r"(?<!-->\n)```python\n(.*?)```", README, re.S)
SPOKEN = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.S))
"""All that stands in the running text as code."""


class Program:
    """A program of the README in a process of its own."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(self) -> tuple[int, str, str]:
        """Exit status, output and errors."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


class Desk:
    """A folder with the programs, and whoever runs and answers them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Program] = []
        for name, text in PROGRAMS.items():
            (folder / name).write_text(text, encoding="utf-8")

    def start(self, *command: str) -> Program:
        """Start a command; ``python`` is the one that runs the tests, ``holdfast`` the one that is tested."""
        known = {"python": [sys.executable], "holdfast": [sys.executable, "-m", "holdfast"]}
        self.started.append(Program([*known[command[0]], *command[1:]], self.folder))
        return self.started[-1]

    def run(self, *command: str) -> str:
        """What a command prints, to its end."""
        status, out, err = self.start(*command).end()
        assert status == 0, err
        return out


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    made = Desk(folder)
    yield made
    for each in made.started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives, once it gives something; looked at whenever anything is committed."""
    changed = threading.Event()
    follower = default().watcher.follow(lambda _: changed.set())
    try:
        while not (found := condition()):
            assert changed.wait(PATIENCE), "It did not happen."
            changed.clear()
        return found
    finally:
        follower.stop()


def run_in(state: str) -> FlowRun:
    """The newest run, once it is in a state."""
    return until(lambda: next((run for run in queries.list_flow_runs(default()) if run.state.name == state), None))


# The programs.


def test_each_program_has_a_test():
    tested = inspect.getsource(sys.modules[__name__])
    assert PROGRAMS.keys() == {"greeting.py", "aflow.py", "contract.py", "desk.py"}
    assert all(f'"{name}"' in tested for name in PROGRAMS)
    assert len(OTHER_BLOCKS) == 2


def test_first_flow_is_answered_from_the_command_line(desk):
    program = desk.start("python", "greeting.py")
    name = run_in("Paused").name
    desk.run("holdfast", "resume", name, "--input", "name=Ana")
    status, out, err = program.end()
    assert (status, out) == (0, "Hello, Ana! Hello, Ana!\n"), err


def test_first_flow_is_answered_from_python(desk):
    program = desk.start("python", "greeting.py")
    block = next(each for each in OTHER_BLOCKS if "resume_flow_run" in each)
    (desk.folder / "answer.py").write_text(block.replace("name-of-the-run", run_in("Paused").name), encoding="utf-8")
    desk.run("python", "answer.py")
    assert program.end()[:2] == (0, "Hello, Ana! Hello, Ana! Hello, Ana!\n")


def test_async_flow_goes_on_by_itself_below_its_limit_and_asks_above(desk):
    assert desk.run("python", "aflow.py") == "True\n"
    program = desk.start("holdfast", "run", "aflow.py:check_order", "-p", "order=900")
    desk.run("holdfast", "resume", run_in("Paused").name, "--input", "value=no")
    status, out, err = program.end()
    assert (status, out.strip().splitlines()[-1]) == (0, "false"), err


def test_suspended_flow_ends_its_process_and_a_worker_goes_on_with_the_answer(desk):
    status, out, err = desk.start("python", "contract.py").end()
    run = run_in("Suspended")
    told = [line for line in (out + err).splitlines() if run.name in line]
    assert status == 0
    assert len(told) == 1
    assert f"holdfast resume {run.name}" in told[0]
    worker = desk.start("holdfast", "worker")
    desk.run("holdfast", "resume", run.name, "--input", "signed_by=Bo")
    until(lambda: queries.get_flow_run(default(), run.id).state.is_final())
    log = [line.message for line in queries.get_logs(default(), run.id)]
    assert "Contract with ACME, signed by Bo" in log
    (task,) = queries.get_task_runs(default(), run.id)
    assert (task.state.name, task.reused) == ("Completed", 1)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.end()[0] == 0


def test_flow_that_receives_prints_what_it_is_sent(desk):
    spec = importlib.util.spec_from_file_location("desk_of_the_readme", desk.folder / "desk.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    program = desk.start("python", "desk.py")
    run = run_in("Running")
    module.Order(article="gear").send_to(run.id)
    holdfast.input.send_input(module.Order(article="axle", amount=3), run.id)
    status, out, err = program.end()
    assert status == 0, err
    assert out.splitlines() == [f"1 {TIMES} gear, from tester", f"3 {TIMES} axle, from tester", "Closed."]


# The commands.


def command_line() -> dict[str, Any]:
    """All commands."""
    group = typer.main.get_command(commands)
    assert isinstance(group, Commands)
    listed: dict[str, Any] = {**group.commands}
    return {name: command.loaded for name, command in listed.items()}


def test_the_help_says_what_each_command_does_in_one_line(desk):
    shown = desk.run("holdfast", "--help")
    assert all(f"  {line}\n" in shown for _, line in COMMANDS.values())


def test_every_command_stands_in_the_readme_and_in_the_help(desk):
    help_ = desk.run("holdfast", "--help")
    for name in command_line():
        assert re.search(rf"^  {name} ", help_, re.M), name
        assert re.search(rf"`(holdfast )?{name}\b|make {name}\b", README), name


def test_every_command_that_the_readme_names_exists():
    named = {match for each in SPOKEN for match in re.findall(r"^holdfast ([a-z]+)", each)}
    named |= {row for line in README.splitlines() if "`holdfast ls`" in line for row in ("show", "logs")}
    assert named <= command_line().keys()


@pytest.mark.slow
def test_every_option_that_the_readme_gives_a_command_exists():
    for each in SPOKEN:
        match = re.match(r"holdfast ([a-z]+)(.*)", each)
        if match:
            known = {option for parameter in command_line()[match[1]].params for option in parameter.opts}
            assert set(re.findall(r"(?<!\w)--?[a-z-]+", match[2])) <= known, each


def test_commands_that_print_take_json():
    silent = {"demo", "deployment", "web", "worker"}
    for name, command in command_line().items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--json" in options) is (name not in silent), name


# The names.


def test_every_function_that_the_readme_names_is_public():
    named = {match for each in SPOKEN for match in re.findall(r"(?<![.\w])([a-z_]+)\(", each)}
    assert {"pause_flow_run", "resume_flow_run", "checkpoint", "get_run_logger"} <= named
    for name in named - {"python", "make"}:
        assert name in holdfast.__all__ or hasattr(holdfast.input, name), name


def test_defaults_of_a_pause_are_those_that_the_readme_gives():
    (call,) = (each for each in SPOKEN if each.startswith("pause_flow_run(wait_for_input="))
    given = dict(re.findall(r"(\w+)=(\w+)", call))
    for function in (holdfast.pause_flow_run, holdfast.suspend_flow_run):
        defaults = inspect.signature(function).parameters
        assert {name: repr(defaults[name].default) for name in given} == given


def test_every_setting_that_the_readme_names_exists():
    from holdfast import settings

    named = {match for each in SPOKEN for match in re.findall(r"HOLDFAST_[A-Z]+", each)}
    assert named
    assert all(name in (settings.__doc__ or "") for name in named)


def test_every_key_of_the_app_that_the_readme_names_exists():
    from holdfast_tui.screens.main import MainScreen
    from holdfast_tui.screens.run_page import RunPage
    from holdfast_tui.screens.run_screen import RunScreen
    from holdfast_tui.views import VIEWS
    from holdfast_tui.widgets.line_list import LineList

    bound = {
        key
        for of in (RunScreen, MainScreen, RunPage, LineList, *VIEWS)
        for each in of.BINDINGS
        for key in each.key.split(",")
    }
    table = [line.strip().strip("|").split("|") for line in README.splitlines() if line.startswith("|")]
    assert table[0][-1].strip() == "app"
    named = {key for *_, cell in table[2:] for key in re.findall(r"`([^`]+)`", cell)}
    assert {"R", "enter"} <= named <= bound


def test_every_key_that_the_readme_speaks_of_has_a_meaning():
    from holdfast_tui.user.keymap import load_all

    names = {"/": "slash", "*": "asterisk", ":": "colon", "?": "question_mark", "\N{UPWARDS ARROW}": "up"}
    bound = {key for each in load_all() for key in each.keys.split(",")}
    spoken = {each for each in SPOKEN if re.fullmatch(r"\S|(ctrl|alt|shift)\+\S+|enter|tab|space|up|down", each)}
    assert {"W", "ctrl+l", "space", "*"} <= spoken
    assert {names.get(each, each) for each in spoken} <= bound


def test_every_command_of_the_app_that_the_readme_types_exists():
    from holdfast_tui.commands import available
    from holdfast_tui.screens.main import MainScreen
    from holdfast_tui.text.durations import system_clock

    known = {name for each in available(MainScreen(system_clock)) for name in (each.name, *each.aliases)}
    typed = {match for each in SPOKEN for match in re.findall(r"^:([a-z-]+)", each)}
    assert {"runs", "cancel", "theme", "readonly"} <= typed <= known


# The rest.


def test_every_target_that_the_readme_names_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join([*SPOKEN, *re.findall(r"```\n(.*?)```", README, re.S)])))
    assert {"demo", "test", "check"} <= named
    assert all(re.search(rf"^{name}:", makefile, re.M) for name in named)


def test_every_file_that_the_readme_links_to_exists():
    linked = re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", README)
    assert "screenshots/answer.svg" in linked
    assert all((ROOT / each).is_file() for each in linked)
    assert (ROOT / "tests/trust").is_dir()


def test_every_picture_that_is_made_is_shown():
    of_app = (ROOT / "tui/README.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(screenshots/([\w-]+)\.svg\)", README) + re.findall(
        r"\(\.\./screenshots/([\w-]+)\.svg\)", of_app
    )
    assert sorted(shown) == sorted(path.stem for path in (ROOT / "screenshots").glob("*.svg"))
    made = re.findall(r'^    "([\w-]+)": Shot\(', (ROOT / "screenshots/make.py").read_text(encoding="utf-8"), re.M)
    assert sorted(shown) == sorted(made)


@pytest.mark.parametrize("picture", sorted((ROOT / "screenshots").glob("*.svg")), ids=lambda path: path.stem)
def test_pictures_need_nothing_from_elsewhere_and_tell_nothing_of_a_machine(picture):
    text = picture.read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert re.findall(r"[a-z]+://[^\"<]+", text) == ["http://www.w3.org/2000/svg"]
    for secret in (str(ROOT), str(Path.home()), os.uname().nodename):
        assert len(secret) < 3 or secret not in text


def test_the_flow_that_is_served_can_be_deployed_so(desk):
    served = next(each for each in OTHER_BLOCKS if ".serve(" in each)
    deploying = served.rstrip().replace("report.serve(", "report.to_deployment(") + ".apply()\n"
    (desk.folder / "report.py").write_text(deploying, encoding="utf-8")
    desk.run("python", "report.py")
    assert "report/nightly" in desk.run("holdfast", "deployments", "--json")
