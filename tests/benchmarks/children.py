"""Starting the programs that are measured, each in a process and a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_PATIENCE = 600.0
_KEPT = (
    "HOLDFAST_DB",
    "HOLDFAST_HOME",
    "HOLDFAST_SYNCHRONOUS",
    "HOLDFAST_USER",
    "PYTHONDONTWRITEBYTECODE",  # what pip installs has its bytecode, and so has the reference
)


class ChildFailed(Exception):
    """A program under measurement ended with an error, which this says."""


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a program whose database is in ``home``; no settings of the caller reach it."""
    inherited = {name: value for name, value in os.environ.items() if name not in _KEPT}
    return {**inherited, "HOLDFAST_HOME": str(home), **variables}


@contextmanager
def fresh_home(place: Path) -> Iterator[Path]:
    """A folder for a new database, which goes away again."""
    with tempfile.TemporaryDirectory(prefix="home-", dir=place) as name:
        yield Path(name)


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """Make ``home`` this process's own, and close its databases at the end."""
    from holdfast.store import database

    before = {name: os.environ.pop(name, None) for name in _KEPT}
    os.environ["HOLDFAST_HOME"] = str(home)
    try:
        yield
    finally:
        database.close_all()
        del os.environ["HOLDFAST_HOME"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def seconds(command: Sequence[str], variables: Mapping[str, str]) -> float:
    """How long a process takes from its start to its end. Raises `ChildFailed`."""
    began = time.perf_counter()
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise ChildFailed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return took


class Child:
    """A running program that writes one JSON value a line."""

    def __init__(self, program: str, arguments: Sequence[str], home: Path, variables: Mapping[str, str]) -> None:
        self._program = program
        self._errors = home / "stderr.txt"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"programs.{program}", *arguments],
                cwd=HERE,
                env=environment(home, **variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def read(self) -> Any:
        """The next value. Raises `ChildFailed` when the program ended instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise ChildFailed(f"{self._program} ended early: {self._errors.read_text()[-2000:]}")
        return json.loads(line)

    def say(self, value: Any) -> None:
        """Send the program a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


@contextmanager
def running(program: str, *arguments: str, home: Path, **variables: str) -> Iterator[Child]:
    """Run a program of `programs` beside this one; it is ended with the block."""
    child = Child(program, arguments, home, variables)
    try:
        yield child
    finally:
        child.process.kill()
        with child.process:
            pass
