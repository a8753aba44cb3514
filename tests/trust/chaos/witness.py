"""What really happened, written down outside the engine: a line of JSON for each fact, in a file that only grows.

The folder is ``$WITNESS``. A line is appended with one write, so that a process can be killed at any moment.
"""

import fcntl
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path


def folder():
    return Path(os.environ["WITNESS"])


def note(kind, **fact):
    """Write a fact down."""
    line = json.dumps({"kind": kind, "at": time.time_ns() // 1000, "pid": os.getpid(), **fact}) + "\n"
    descriptor = os.open(folder() / "facts", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def facts():
    """All facts, in the order in which they were written."""
    path = folder() / "facts"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@contextmanager
def alone(run_id):
    """While this lasts no other process may be in here for the same run; the system frees it when the process dies."""
    with (folder() / f"run-{run_id}").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("two executions", run=run_id)
        yield
