"""What SQLite's errors mean for a user."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from holdfast.exceptions import StoreDamaged, StoreError, StoreFull, StoreLocked


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """The error for a user: what happened to which file, and how to mend it."""
    whole_code = getattr(error, "sqlite_errorcode", 0)
    code = whole_code & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(
            f"{path} is locked: another program has been writing to it for a long time. End that program, or wait."
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreDamaged(
            f"{path} is not a Holdfast database, or is damaged ({error}). Name another file in HOLDFAST_DB, "
            "or put a backup in its place."
        )
    if code == sqlite3.SQLITE_FULL or whole_code in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN):
        return StoreFull(f"{path} cannot grow: the disk is full. Make room and try again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{path} cannot be opened for writing ({error}). Check who owns it and its folder.")
    return StoreError(f"{path}: {error}.")
