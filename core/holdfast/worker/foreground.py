"""A worker in the foreground. It works until this process is interrupted or terminated."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from holdfast.exceptions import StoreLocked
from holdfast.worker.worker import GRACE, Worker

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PAUSE = 0.2
"""Seconds between two attempts to use a database that is locked."""


def when_unlocked(prepare: Callable[[], T], tell: Callable[[str], object]) -> T:
    """Prepare the database for a worker. While it is locked, say so once and wait."""
    is_told = False
    while True:
        try:
            done = prepare()
        except StoreLocked as error:
            if not is_told:
                tell(f"{error} Until then the worker waits.")
            is_told = True
            time.sleep(_PAUSE)
        else:
            if is_told:
                tell("The worker continues.")
            return done


def run_until_stopped(worker: Worker, tell: Callable[[str], object]) -> None:
    """Let the worker work until a signal comes, and then stop it. A second signal has its usual effect.

    Only the main thread gets signals. In another thread the worker works until `Worker.stop`.
    """
    if threading.current_thread() is not threading.main_thread():
        worker.run()
        return

    def stop(*_: object) -> None:
        worker.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = {each: signal.signal(each, stop) for each in _SIGNALS}
    try:
        worker.run(lambda: tell(f"Stopping. Runs have {GRACE:.0f} seconds to reach a boundary."))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
