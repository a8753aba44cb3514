"""What every process does before it reads: expire and schedule what is due, and recover runs whose process died.

So everything is correct after any downtime. Scripts that have ended are removed here, too.
"""

from __future__ import annotations

from uuid import UUID

from holdfast import settings
from holdfast.engine import liveness
from holdfast.engine.deployment_actions import schedule_due
from holdfast.exceptions import StoreDamaged, StoreError, StoreMoved, StoreTooNew
from holdfast.store import claims, recovery, waits
from holdfast.store import hosts as host_rows
from holdfast.store.database import Database

_MOMENT = 0.5
"""Seconds that a process that only reads waits for another program's write lock."""


def tend_if_possible(database: Database) -> StoreError | None:
    """Do what `tend` does, for a caller that only reads. Return the reason if it has to wait.

    A full disk or another program's write lock does not prevent reading.
    """
    try:
        with database.hurried(_MOMENT):
            tend(database)
    except (StoreDamaged, StoreMoved, StoreTooNew):
        raise
    except StoreError as error:
        return error
    return None


def tend(database: Database) -> list[UUID]:
    """Fail suspended runs past their deadline, create scheduled runs, and settle runs whose process died.

    Return the settled runs.
    """
    waits.expire_due(database, settings.user())
    schedule_due(database)
    claims.mark_late(database, settings.user())
    settled: list[UUID] = []
    for host in host_rows.holding_runs(database):
        if not liveness.is_alive(host):
            settled += recovery.recover(database, host, settings.user())
            host_rows.forget(database, host)
    for host in host_rows.idle(database, liveness.place()):
        if not liveness.is_alive(host):
            host_rows.forget(database, host)
    return settled
