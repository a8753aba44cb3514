"""Fixed time, random numbers, threads, processes and places, so that the pictures are the same each time."""

from __future__ import annotations

import itertools
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import flows

import holdfast.demo
from holdfast import logging
from holdfast.context import FlowRunContext
from holdfast.engine import deployment_actions, liveness, preview
from holdfast.engine.calls import retrying
from holdfast.engine.code import flow_location
from holdfast.engine.drive import boundary, tracebacks
from holdfast.engine.drive.effects import Logic
from holdfast.engine.waits import waiting
from holdfast.store import ids
from holdfast.task_runners import ThreadPoolTaskRunner

END = datetime(2027, 1, 12, 9, 41, 7, tzinfo=UTC)
"""The moment of the pictures."""
HOST = "mill"
"""The machine of the pictures."""
FOLDER = Path("/srv/mill")
"""Where the flows of the pictures are."""


class Clock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self._now = END

    def __call__(self) -> datetime:
        return self._now

    def before_end(self, **span: float) -> None:
        """Set the time to this long before the end."""
        self._now = END - timedelta(**span)

    def go_to(self, moment: datetime) -> None:
        """Set the time to a moment."""
        self._now = moment

    def sleep(self, seconds: float) -> None:
        """Let time pass. Work that takes an hour does not end in the pictures."""
        if seconds >= flows.HOUR:
            threading.Event().wait()
        self._now += timedelta(seconds=seconds)

    def wait_out(self, run: FlowRunContext, seconds: float) -> Logic[None]:
        """Let the delay before a retry pass."""
        self.sleep(seconds)
        yield from boundary.boundary(run)

    def time_ns(self) -> int:
        return ids.to_time(self._now) * 1000


class Pids:
    """The ids of one process after the other."""

    def __init__(self) -> None:
        self._pid = 41_200

    def next(self) -> None:
        """Pretend to be another process from now on."""
        self._pid += 37

    def getpid(self) -> int:
        return self._pid


@contextmanager
def surroundings(clock: Clock, pids: Pids) -> Iterator[None]:
    """Use the fixed surroundings inside the block."""
    chance, count = random.Random(4), itertools.count(0x1A00)

    def random_bytes(size: int) -> bytes:
        # Ids of the same moment must sort in the order in which they were created.
        return next(count).to_bytes(2, "big") + chance.randbytes(size - 2)

    def submit(_: ThreadPoolTaskRunner, function: Callable[..., Any], *args: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*args))
        return done

    def place(namespace: dict[str, Any]) -> str:
        return f"{FOLDER}/{namespace['__name__'].rpartition('.')[2]}.py"

    text_of, written = tracebacks.text_of, (END - timedelta(days=20)).timestamp()

    os.environ["HOLDFAST_USER"] = "ana"
    logging.leave_terminal()
    with ExitStack() as patches:
        for module, name, value in (
            (ids, "time", SimpleNamespace(time_ns=clock.time_ns)),
            (ids, "os", SimpleNamespace(urandom=random_bytes)),
            (waiting, "datetime", SimpleNamespace(now=lambda _: clock())),
            (waiting, "time", SimpleNamespace(time=lambda: clock().timestamp())),
            (holdfast.demo, "time", SimpleNamespace(sleep=clock.sleep)),
            (deployment_actions, "datetime", SimpleNamespace(now=lambda _: clock())),
            (retrying, "wait_out", clock.wait_out),
            (ThreadPoolTaskRunner, "submit", submit),
            (liveness, "os", pids),
            (liveness, "process_start", lambda _: "since the boot"),
            (liveness, "socket", SimpleNamespace(gethostname=lambda: HOST)),
            (flow_location, "place_of", place),
            (flow_location, "_current_folder", lambda: str(FOLDER)),
            (preview, "_file", lambda _: SimpleNamespace(stat=lambda: SimpleNamespace(st_mtime=written))),
            (tracebacks, "text_of", lambda error: text_of(error).replace(str(Path(__file__).parent), str(FOLDER))),
        ):
            patches.enter_context(patch.object(module, name, value))
        yield
