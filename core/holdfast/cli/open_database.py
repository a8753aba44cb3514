"""Opening the database for a command."""

from __future__ import annotations

from holdfast.cli import output
from holdfast.engine.housekeeping import tend_if_possible
from holdfast.store.database import Database, default


def database() -> Database:
    """Open the database, expire the waits that are overdue and recover the runs whose process died.

    If the database cannot be written at the moment, a note says so, and reading still works.
    """
    found = default()
    if (reason := tend_if_possible(found)) is not None:
        output.note(f"{reason} Until then, deadlines, schedules and dead processes are not checked.")
    return found
