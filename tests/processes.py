"""Real processes without the cost of starting Python: forked from one that has Holdfast imported."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from waiting import PATIENCE


class Process:
    """A process that was forked from a forge."""

    def __init__(self):
        self._news = threading.Condition()
        self._pid = None
        self._status = None

    def hear(self, message):
        """Take in what the forge says of it."""
        with self._news:
            self._pid = message.get("pid", self._pid)
            self._status = message.get("status", self._status)
            self._news.notify_all()

    @property
    def pid(self):
        with self._news:
            assert self._news.wait_for(lambda: self._pid is not None, PATIENCE)
            return self._pid

    @property
    def returncode(self):
        """Its exit status; a signal's number, negative, if that ended it. ``None`` while it lives."""
        return self._status

    def poll(self):
        return self._status

    def wait(self, timeout=PATIENCE):
        """Its exit status, once it has ended."""
        with self._news:
            if not self._news.wait_for(lambda: self._status is not None, timeout):
                raise TimeoutError(f"It has not ended. {self.explanation}")
            return self._status

    @property
    def explanation(self):
        """What else to say of it when it is not as it should be."""
        return ""

    @property
    def ended(self):
        """Whether it has ended."""
        return self._status is not None

    def send_signal(self, number):
        if self._status is None:
            os.kill(self.pid, number)

    def kill(self):
        """End it as nothing can prevent, and wait for that."""
        self.send_signal(signal.SIGKILL)
        return self.wait()


class Program(Process):
    """A process whose output goes to files."""

    def __init__(self, out, err):
        super().__init__()
        self._out, self._err = out, err

    @property
    def out(self):
        return self._out.read_text()

    @property
    def err(self):
        return self._err.read_text()

    @property
    def explanation(self):
        return f"Its errors: {self.err}"

    def signal(self, number):
        self.send_signal(number)

    def wait_or(self, condition, feed):
        """Wait until it has ended, or a condition has come true with some commit; say whether that has."""
        give_up = time.monotonic() + PATIENCE
        while self._status is None and not condition():
            assert time.monotonic() < give_up, f"Neither came. {self.explanation}"
            feed.wait_for_news(0.05)
        return condition()


class Forge:
    """Starts processes; see fork_server.py."""

    def __init__(self, server):
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(server)],
                stdin=theirs,
                env={name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST")},
            )
        self._numbers = itertools.count()
        self._started = {}
        self._asking = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._channel.makefile() as told:
            for line in told:
                message = json.loads(line)
                self._started[message["job"]].hear(message)

    def begin(self, process, kind, *arguments, streams, cwd=None, env=None, session=False, controlling=False):
        """Start a process with these descriptors as its standard streams.

        It has a ``session`` of its own if so wanted, of which the first of them is the ``controlling`` terminal.
        """
        number = next(self._numbers)
        job = {
            "job": number,
            "kind": kind,
            "arguments": list(map(str, arguments)),
            "env": {**os.environ, **(env or {})},
            "cwd": str(cwd or os.getcwd()),  # noqa: PTH109
            "session": session,
            "controlling": controlling,
        }
        self._started[number] = process
        asked = json.dumps(job).encode()
        with self._asking:
            socket.send_fds(self._channel, [len(asked).to_bytes(4, "big")], streams)
            self._channel.sendall(asked)
        return process

    def start(self, kind, *arguments, folder, env=None):
        """Start a process in a folder, with its output in files there."""
        number = len(self._started)
        out, err = folder / f"{kind}-{number}.out", folder / f"{kind}-{number}.err"
        with open(os.devnull) as nothing, out.open("a") as to_out, err.open("a") as to_err:  # noqa: PTH123
            streams = [each.fileno() for each in (nothing, to_out, to_err)]
            return self.begin(Program(out, err), kind, *arguments, streams=streams, cwd=folder, env=env)

    def close(self):
        self._channel.shutdown(socket.SHUT_WR)
        self._process.wait()
        self._reader.join()
        self._channel.close()
