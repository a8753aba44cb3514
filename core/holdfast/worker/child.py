"""A process that executes one run."""

from __future__ import annotations

import logging as stdlib_logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio

from holdfast import loading_state, logging, settings
from holdfast.engine import liveness
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import (
    HoldfastError,
    InvalidFlow,
    LostUnwind,
    MissingResult,
    NotClaimed,
    ParameterError,
    StoreLocked,
)
from holdfast.flows import Flow
from holdfast.records import HostKind, Origin
from holdfast.store import log_writing, queries, recovery, runs
from holdfast.store.database import Database, default
from holdfast.text import in_command
from holdfast.worker import TRY_LATER
from holdfast.worker.loading import load_flow


def main(run_id: UUID, database_path: str) -> None:
    """Execute the run, which a worker has claimed, and record its outcome."""
    os.environ["HOLDFAST_DB"] = database_path
    database = default()
    claimed = runs.claimed(database, run_id.hex)  # kept until the end: it becomes this process's hold on the run
    liveness.register(database, HostKind.CHILD, run_id=run_id)
    try:
        with _captured_output(database, run_id):
            try:
                _execute(database, run_id)
            except (NotClaimed, LostUnwind):
                return  # The start took so long that the run was taken from the worker, or it was cancelled.
    finally:
        liveness.leave(database)
        database.close()
        del claimed


def _execute(database: Database, run_id: UUID) -> None:
    origin = queries.get_origin(database, run_id)
    try:
        flow = _load(origin)
        _check_name(origin, flow, queries.get_flow_run(database, run_id).flow_name)
        logic = run_again(flow, database, run_id)
        if flow.is_async:
            anyio.run(adrive, logic)
        else:
            drive(logic)
    except _CannotLoad as error:
        _hold(database, run_id, str(error))
    except NotClaimed:
        raise
    except ParameterError as error:
        _hold(database, run_id, f"Held: {error}")
    except MissingResult as error:
        _hold(database, run_id, f"Its stored parameters cannot be read: {error}")
    except Exception:
        log_writing.append(
            database,
            flow_run_id=run_id.hex,
            task_run_id=None,
            level=stdlib_logging.CRITICAL,
            message=traceback.format_exc(),
        )
        raise


class _CannotLoad(HoldfastError):
    """The run's code no longer exists or cannot be imported."""


def _load(origin: Origin) -> Flow[..., Any]:
    entrypoint = origin.entrypoint
    assert entrypoint is not None
    try:
        if Path(origin.working_directory).is_dir():
            os.chdir(origin.working_directory)
        sys.path[:0] = origin.search_folders
        sys.argv = [entrypoint.rpartition(":")[0], *origin.arguments]
        return load_flow(origin)
    except InvalidFlow as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        raise _CannotLoad(f"Its code cannot be loaded from {entrypoint}: {error}") from error


def _check_name(origin: Origin, flow: Flow[..., Any], recorded: str) -> None:
    """Refuse a different flow that now is where the run's own flow was: the answers were not given to it."""
    if _plain(flow.name) != _plain(recorded):
        raise _CannotLoad(
            f"Its code cannot be loaded: {origin.entrypoint} is now the flow {flow.name!r}, but the run is of the flow "
            f"{recorded!r}"
        )


def _plain(name: str) -> str:
    """Return a flow's name for comparison. Earlier versions recorded a function's name without turning _ into -."""
    return name.replace("_", "-").replace("<lambda>", "unknown-lambda")


def _hold(database: Database, run_id: UUID, why: str) -> None:
    name = in_command(queries.get_flow_run(database, run_id).name, run_id)
    message = f"{why.rstrip('.')}. Fix that, then run: holdfast resume {name}"
    recovery.hold(database, run_id, message, settings.user())


@contextmanager
def _captured_output(database: Database, run_id: UUID) -> Generator[None]:
    """Write the output of this process to the run's log, line by line, until the block ends."""
    terminal = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    reading, writing = os.pipe()
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.close(writing)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    logging.leave_terminal(terminal)

    def read() -> None:
        with os.fdopen(reading, errors="backslashreplace") as lines:
            for line in lines:
                log_writing.append(
                    database,
                    flow_run_id=run_id.hex,
                    task_run_id=None,
                    level=stdlib_logging.INFO,
                    message=line.rstrip("\n"),
                )

    reader = threading.Thread(target=read, name="holdfast-output", daemon=True)
    reader.start()
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        # A process that the flow left behind may hold the pipe open. Its later output belongs to no run.
        reader.join(timeout=1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    loading_state.begin_as_child()
    try:
        main(UUID(sys.argv[1]), sys.argv[2])
    except StoreLocked:
        traceback.print_exc()
        sys.exit(TRY_LATER)
