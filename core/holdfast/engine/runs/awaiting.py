"""Waiting for the end of another run."""

from __future__ import annotations

import time
from uuid import UUID

from holdfast import context
from holdfast.engine.drive.boundary import boundary, changes
from holdfast.engine.drive.effects import Logic, WaitFor
from holdfast.engine.housekeeping import tend
from holdfast.exceptions import FlowRunWaitTimeout
from holdfast.logging import engine_logger, run_logger
from holdfast.records import FlowRun
from holdfast.states import state_words
from holdfast.store import queries
from holdfast.store.database import Database

_TENDING = 2.0
"""Seconds between two checks whether the run's process is still alive: no commit announces its death."""


def wait_until_ended(
    database: Database, reference: UUID | str, timeout: float | None, log_states: bool = False
) -> Logic[FlowRun]:
    """Return the run once it has ended. Raises `FlowRunWaitTimeout` after ``timeout`` seconds.

    With ``log_states`` each observed state of the run is logged, by the waiting run if there is one.

    In a flow's code this is a boundary: requests for the waiting run take effect immediately.
    """
    waiting = context.current_flow_run()
    run = queries.find_flow_run(database, reference)
    followed = [run.id.hex] if waiting is None else [run.id.hex, waiting.flow_run_id.hex]
    given_up = None if timeout is None else time.monotonic() + timeout
    logger = engine_logger() if waiting is None else run_logger(waiting)
    told: str | None = None
    with changes(database, *followed) as signal:
        while True:
            signal.clear()
            if waiting is not None:
                yield from boundary(waiting)
            tend(database)
            run = queries.get_flow_run(database, run.id)
            if log_states and told != run.state.name:
                told = run.state.name
                logger.info("%s is %s.", run.name, told)
            if run.state.is_final():
                if waiting is not None:
                    yield from boundary(waiting)  # both may have been cancelled together since the last look
                return run
            left = None if given_up is None else given_up - time.monotonic()
            if left is not None and left <= 0:
                raise FlowRunWaitTimeout(f"{run.name} is {state_words(run.state)} after {timeout:g} seconds.")
            yield WaitFor(signal, _TENDING if left is None else min(_TENDING, left))
