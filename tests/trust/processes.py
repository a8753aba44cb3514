"""Real processes without the cost of starting Python: forked from one that has Holdfast imported."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PATIENCE = 60.0
"""Seconds that a test waits for what should come at once before it fails."""


class Process:
    """A process forked from the forge."""

    def __init__(self, out, err):
        self._out, self._err = out, err
        self._news = threading.Condition()
        self._pid = None
        self._status = None

    def hear(self, message):
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
    def out(self):
        return self._out.read_text()

    @property
    def err(self):
        return self._err.read_text()

    def wait(self):
        """Its exit status, once it has ended; a signal's number, negative, if that ended it."""
        with self._news:
            if not self._news.wait_for(lambda: self._status is not None, PATIENCE):
                raise TimeoutError(f"It has not ended. Its errors: {self.err}")
            return self._status

    @property
    def ended(self):
        """Whether it has ended."""
        return self._status is not None

    def wait_or(self, condition, feed):
        """Wait until it has ended, or a condition has come true with some commit; say whether that has."""
        give_up = time.monotonic() + PATIENCE
        while self._status is None and not condition():
            assert time.monotonic() < give_up, f"Neither came. Its errors: {self.err}"
            feed.wait_for_news(0.05)
        return condition()

    def signal(self, number):
        if self._status is None:
            os.kill(self.pid, number)

    def kill(self):
        """End it as nothing can prevent, and wait for that."""
        self.signal(signal.SIGKILL)
        return self.wait()


class Forge:
    """Starts processes; see forge.py."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "forge.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST")},
        )
        self._numbers = itertools.count()
        self._started = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            message = json.loads(line)
            self._started[message["job"]].hear(message)

    def start(self, kind, *arguments, folder, env=None):
        number = next(self._numbers)
        out, err = folder / f"{kind}-{number}.out", folder / f"{kind}-{number}.err"
        out.touch()
        err.touch()
        self._started[number] = process = Process(out, err)
        job = {
            "job": number,
            "kind": kind,
            "arguments": list(map(str, arguments)),
            "env": {**os.environ, **(env or {})},
            "cwd": str(folder),
            "out": str(out),
            "err": str(err),
        }
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        self._process.stdin.flush()
        return process

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
