"""Commands run here, in the test's process, or in a process of their own, as users run them."""

import codecs
import contextlib
import json
import os
import pty
import re
import select
import sys
import tempfile
import termios
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from holdfast.cli.app import app
from holdfast.cli.flow_files import load_flow
from holdfast.store import queries
from holdfast.store.database import default
from processes import Process
from waiting import PATIENCE


class Result:
    """What a command came to."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


@pytest.fixture
def invoke():
    """Run a command in this process."""

    def run(*arguments, **options):
        result = CliRunner().invoke(app, [str(each) for each in arguments], **options)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


class Started:
    """A command under way in a process of its own."""

    def __init__(self, forge, arguments, **options):
        self._err = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the command
        self._reading, writing = os.pipe()
        self._unread = b""
        with open(os.devnull) as nothing:  # noqa: PTH123
            streams = [nothing.fileno(), writing, self._err.fileno()]
            self.process = forge.begin(Process(), "module", "holdfast", *arguments, streams=streams, **options)
        os.close(writing)

    def line(self):
        """The next line that it prints."""
        while b"\n" not in self._unread:
            assert self._read(), "it has ended"
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def end(self):
        while self._read():
            pass
        code = self.process.wait(PATIENCE)
        self._err.seek(0)
        return Result(code, self._unread.decode(), self._err.read())

    def close(self):
        self.process.kill()
        os.close(self._reading)
        self._err.close()

    def _read(self):
        ready, _, _ = select.select([self._reading], [], [], PATIENCE)
        assert ready, f"it did not end: {self._unread}"
        read = os.read(self._reading, 65536)
        self._unread += read
        return bool(read)


@pytest.fixture
def start(forge):
    """Start a command in a process of its own; whatever still runs is ended with the test."""
    started = []

    def run(*arguments, **options):
        started.append(Started(forge, arguments, **options))
        return started[-1]

    yield run
    for each in started:
        each.close()


@pytest.fixture
def command(start):
    """Run a command in a process of its own, to its end."""

    def run(*arguments, **options):
        return start(*arguments, **options).end()

    return run


class Terminal:
    """A command under way on a terminal of its own, 80 columns wide."""

    def __init__(self, forge, arguments, env):
        self._master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        self.process = forge.begin(
            Process(),
            "module",
            "holdfast",
            *arguments,
            streams=[terminal] * 3,
            session=True,
            env={"TERM": "xterm-256color", "NO_COLOR": "", **env},
        )
        os.close(terminal)
        self.raw = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._seen = 0

    @property
    def text(self):
        """What was shown, without what only moves the cursor or changes the colour."""
        return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", self.raw).replace("\r\n", "\n").replace("\r", "")

    def expect(self, words):
        """Wait until this is shown, after what was expected before."""
        while (found := self.text.find(words, self._seen)) < 0:
            assert self._read(), f"{words!r} was not shown:\n{self.text}"
        self._seen = found + len(words)

    def expect_anywhere(self, words):
        """Wait until this has been shown, wherever on the screen."""
        given_up = time.monotonic() + PATIENCE
        while words not in self.text:
            assert self._read(), f"{words!r} was not shown:\n{self.text}"
            assert time.monotonic() < given_up, f"{words!r} was not shown:\n{self.text}"

    def press(self, keys):
        with contextlib.suppress(OSError):  # the command has ended
            os.write(self._master, keys.encode())

    def type(self, line):
        self.press(f"{line}\n")

    def answer(self, words, line):
        """Wait for a prompt and type a line there."""
        self.expect(words)
        self.type(line)

    def end(self):
        """Wait for the command's end, and give its exit status."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def close(self):
        self.process.kill()
        os.close(self._master)

    def _read(self):
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"nothing more was shown:\n{self.text}"
        try:
            read = os.read(self._master, 4096)
        except OSError:
            return False
        self.raw += self._decoder.decode(read)
        return bool(read)


@pytest.fixture
def terminal(forge):
    """Start a command on a terminal of its own."""
    started = []

    def run(*arguments, **env):
        started.append(Terminal(forge, arguments, env))
        return started[-1]

    yield run
    for each in started:
        each.close()


def until(condition):
    """What ``condition`` gives once it gives something, looked at whenever anything is committed."""
    changed = threading.Event()
    follower = default().watcher.follow(lambda _: changed.set())
    try:
        while not (found := condition()):
            assert changed.wait(PATIENCE), "it did not happen"
            changed.clear()
        return found
    finally:
        follower.stop()


def only_run():
    """The only flow run there is, if any."""
    runs = queries.list_flow_runs(default())
    assert len(runs) < 2
    return runs[0] if runs else None


@pytest.fixture
def run_in():
    """The only flow run, once it is in one of these states."""

    def get(*names):
        def look():
            run = only_run()
            return run if run and run.state.name in names else None

        return until(look)

    return get


@pytest.fixture
def paused(start, flows, run_in):
    """A flow of the user's file, paused in a process of its own: the command, and the run."""

    def run(flow, *parameters):
        command = start("run", f"{flows}:{flow}", *parameters)
        return command, run_in("Paused")

    return run


@pytest.fixture
def call(flows, monkeypatch):
    """Call a flow of the user's file in this process, to the state that it ends in."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "flows", raising=False)
    called = {}

    def run(flow, **parameters):
        if flow not in called:
            called[flow] = load_flow(f"{flows}:{flow}")
        return called[flow](**parameters, return_state=True)

    return run


FLOWS = Path(__file__).with_name("flows_for_tests.py")


@pytest.fixture
def flows(tmp_path):
    """A user's file with flows, in a folder of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    copy = folder / "flows.py"
    copy.write_text(FLOWS.read_text())
    return copy


def let_pass(moment):
    """Wait until a moment lies in the past."""
    while (left := (moment - datetime.now(UTC)).total_seconds()) >= 0:
        time.sleep(left + 0.001)
