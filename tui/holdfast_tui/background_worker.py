"""The worker that the app has in it, so that what is resumed goes on while the app is open."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.exceptions import StoreError

if TYPE_CHECKING:
    from holdfast.store.database import Database
    from holdfast.store.door import Location
    from holdfast.worker.embedded import EmbeddedWorker


class Background:
    """Starts the worker off the event loop, with a database of its own, and ends it with the app."""

    def __init__(self, place: str = "app") -> None:
        self._place = place
        self._starting: threading.Thread | None = None
        self._stopped = False
        self._database: Database | None = None
        self._worker: EmbeddedWorker | None = None

    @property
    def began(self) -> bool:
        """Whether it was started."""
        return self._starting is not None

    @property
    def held_up(self) -> StoreError | None:
        """What keeps the worker from settling what is due, while something does."""
        return None if self._worker is None else self._worker.held_up

    def start(self, path: Location | Path) -> None:
        """Begin, unless it has."""
        if self._starting is None:
            self._starting = threading.Thread(target=self._start, args=(path,), name="holdfast-background", daemon=True)
            self._starting.start()

    def _start(self, path: Location | Path) -> None:
        # In a thread of its own, and after the first paint: the engine takes longer to import than the app.
        from holdfast.store.database import Database
        from holdfast.worker.embedded import EmbeddedWorker

        try:
            self._database = Database(path)
        except StoreError:
            self._starting = None  # The app shows what is wrong, and tries again when it is fixed.
            return
        worker = EmbeddedWorker(self._database, place=self._place)
        worker.start()
        self._worker = worker
        if self._stopped:
            worker.stop()

    def stop(self) -> None:
        """Claim no more; what runs here leaves its code at the next boundary."""
        self._stopped = True
        if self._worker is not None:
            self._worker.stop()

    def join(self) -> None:
        """Wait until what ran here has come to a boundary, at most as long as a worker gives it."""
        if self._starting is not None:
            self._starting.join()
        if self._worker is not None:
            self._worker.join()
        if self._database is not None:
            self._database.close()
