"""Opening the database for a command."""

from __future__ import annotations

from holdfast.cli import output
from holdfast.engine.housekeeping import tend_if_possible
from holdfast.store.database import Database, default


def database() -> Database:
    """The database, in which what is due has been expired and what has died is settled.

    Where it cannot be written to for now, that is said, and there is still much to read.
    """
    found = default()
    if (reason := tend_if_possible(found)) is not None:
        output.note(f"{reason} Until then, deadlines, schedules and dead processes are not checked.")
    return found
