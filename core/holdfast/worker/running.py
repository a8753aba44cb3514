"""A worker in the foreground: at work until this process is interrupted or terminated."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from holdfast.worker.worker import GRACE, Worker

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_until_stopped(worker: Worker, tell: Callable[[str], object]) -> None:
    """Let the worker work until a signal, and then wind down; a second signal does what it always does.

    Outside the main thread, which alone gets signals, it works until `Worker.stop`.
    """
    if threading.current_thread() is not threading.main_thread():
        worker.run()
        return

    def stop(*_: object) -> None:
        tell(f"Stopping: runs have {GRACE:.0f} seconds to come to a boundary.")
        worker.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = {each: signal.signal(each, stop) for each in _SIGNALS}
    try:
        worker.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
