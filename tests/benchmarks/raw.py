"""The reference for everything that writes: one INSERT in its own transaction by plain `sqlite3`."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_BODY = "x" * 100


class RawCommits:
    """A database in WAL mode with one table, made where the measured one is."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={synchronous}")
        self._connection.execute("CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def block(self, count: int) -> list[float]:
        """Seconds that each of ``count`` commits took."""
        execute, clock = self._connection.execute, time.perf_counter
        samples = []
        for _ in range(count):
            began = clock()
            execute("INSERT INTO line (body) VALUES (?)", (_BODY,))
            samples.append(clock() - began)
        return samples

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
