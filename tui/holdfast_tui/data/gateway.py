"""The app's only access to the database. It is opened in a thread, lent to jobs, and closed when none uses it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast import settings

if TYPE_CHECKING:
    from holdfast_tui.data.store import Store

_PATIENCE = 5.0
"""The maximum time in seconds that closing waits for running jobs."""


class Gateway:
    """Opens the database at its first use. It can be used from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._named = path
        self._free = threading.Condition()
        self._users = 0
        self._closed = False
        self._store: Store | None = None

    @property
    def path(self) -> Path:
        """The path of the database file. Raises `SettingsError`."""
        return self._named if self._named is not None else settings.database()

    @contextmanager
    def store(self) -> Generator[Store]:
        """Lend the open store for the duration of the block. Raises a `StoreError`."""
        with self._free:
            if self._closed:
                raise RuntimeError("The app is closing.")
            if self._store is None:
                # The store takes longer to import than the app takes to appear. Here, in a thread, nobody waits.
                from holdfast_tui.data.store import Store

                self._store = Store.open(self.path)
            store = self._store
            self._users += 1
        try:
            yield store
        finally:
            with self._free:
                self._users -= 1
                self._free.notify_all()

    def close(self, *, for_good: bool = True) -> None:
        """Close the database once nobody uses it. If it stays in use, the end of the process closes it."""
        with self._free:
            self._closed = self._closed or for_good
            free = self._free.wait_for(lambda: self._users == 0, timeout=_PATIENCE)
            if free and self._store is not None:
                self._store.close()
                self._store = None
