"""The worker inside the app, which executes resumed and scheduled runs while the app is open."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.exceptions import StoreError

if TYPE_CHECKING:
    from holdfast.store.door import Location
    from holdfast.worker.embedded import EmbeddedWorker


class Background:
    """Starts the worker off the event loop, with its own database connection, and stops it with the app."""

    def __init__(self, place: str = "app") -> None:
        self._place = place
        self._starting: threading.Thread | None = None
        self._stopped = False
        self._worker: EmbeddedWorker | None = None

    @property
    def began(self) -> bool:
        """Whether the worker was started."""
        return self._starting is not None

    @property
    def held_up(self) -> StoreError | None:
        """The error that keeps the worker from handling what is due, if there is one."""
        return None if self._worker is None else self._worker.held_up

    def start(self, path: Location | Path) -> None:
        """Start the worker, unless it was started already."""
        if self._starting is None:
            self._starting = threading.Thread(target=self._start, args=(path,), name="holdfast-background", daemon=True)
            self._starting.start()

    def _start(self, path: Location | Path) -> None:
        # In its own thread and after the first paint, because the engine takes longer to import than the app.
        from holdfast.worker.embedded import EmbeddedWorker

        try:
            worker = EmbeddedWorker.opening(path, place=self._place)
        except StoreError:
            self._starting = None  # The app shows what is wrong, and tries again when it is fixed.
            return
        worker.start()
        self._worker = worker
        if self._stopped:
            worker.stop()

    def stop(self) -> None:
        """Claim no more runs. Runs that are executing here stop at their next boundary."""
        self._stopped = True
        if self._worker is not None:
            self._worker.stop()

    def join(self) -> None:
        """Wait until the runs here have stopped at a boundary, at most for a worker's time limit."""
        if self._starting is not None:
            self._starting.join()
        if self._worker is not None:
            self._worker.close()
