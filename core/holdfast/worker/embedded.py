"""A worker inside another program, such as the app. It works only while no other worker is alive."""

from __future__ import annotations

import logging
import subprocess
import threading
from pathlib import Path

from holdfast.engine import liveness
from holdfast.engine.housekeeping import tend_if_possible
from holdfast.exceptions import StoreError
from holdfast.store import hosts as host_rows
from holdfast.store.database import Database
from holdfast.store.door import Location
from holdfast.worker.worker import Worker

_logger = logging.getLogger("holdfast")

_LOOK = 5.0
"""Seconds between two checks that the other worker is still alive."""


class EmbeddedWorker:
    """Executes scheduled runs from a thread while no other worker does."""

    def __init__(self, database: Database, slots: int = 4, *, place: str = "app") -> None:
        self._database = database
        self._slots = slots
        self._place = place
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._held_up: StoreError | None = None
        self._thread = threading.Thread(target=self._work, name="holdfast-worker", daemon=True)

    @classmethod
    def opening(cls, location: Location | Path, *, place: str) -> EmbeddedWorker:
        """Return a worker with its own connection to the database; `close` closes it. Raises `StoreError`."""
        return cls(Database(location), place=place)

    def start(self) -> None:
        """Start the worker's thread."""
        self._thread.start()

    @property
    def held_up(self) -> StoreError | None:
        """The error that currently prevents this process from doing its due work, if there is one."""
        worker = self._worker
        return self._held_up if worker is None else worker.held_up

    def stop(self) -> None:
        """Stop claiming runs, and let the runs here leave their code at the next boundary; see `join`."""
        self._stopped.set()
        with self._lock:
            if self._worker is not None:
                self._worker.stop()

    def join(self) -> None:
        """Wait until the runs here have reached a boundary or their processes were killed."""
        self._thread.join()

    def close(self) -> None:
        """Wait as `join` does, and close the database."""
        self.join()
        self._database.close()

    def _work(self) -> None:
        while not self._stopped.is_set():
            if self._is_another_at_work():
                self._check_database()
                self._stopped.wait(_LOOK)
                continue
            with self._lock:
                if self._stopped.is_set():
                    return
                # Output of the runs' processes would appear in the middle of the program's screen.
                self._worker = Worker(self._database, self._slots, output=subprocess.DEVNULL, place=self._place)
            try:
                self._worker.run()
            except StoreError as error:
                _logger.warning("The worker has ended: %s", error)
                self._stopped.wait(_LOOK)
            self._worker = None

    def _check_database(self) -> None:
        """Check that due work can be done: the worker that is at work cannot tell the people here that it cannot."""
        try:
            self._held_up = tend_if_possible(self._database)
        except StoreError as error:
            self._held_up = error

    def _is_another_at_work(self) -> bool:
        try:
            return any(map(liveness.is_alive, host_rows.workers(self._database)))
        except StoreError:
            return False  # the worker itself reports the problem and waits
