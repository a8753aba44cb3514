"""The processes of the demo's flows, and their own database."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from holdfast import settings
from holdfast.engine import actions
from holdfast.exceptions import NotRunningError
from holdfast.store.database import close_all, default
from holdfast.store.queries import RunFilter, list_flow_runs

FLOWS = {"release": "release-approval", "correction": "invoice-correction", "order": "order-approval"}
"""The names by which `holdfast.demo` runs its flows, and the flows' own names."""
_GRACE = 2.0
"""Seconds that a cancelled flow has to reach a boundary."""
_PATIENCE = 10.0
"""Seconds that a flow's process has to end after it is interrupted."""


@contextmanager
def demo_database() -> Generator[None]:
    """Provide a database for the demo: the one that HOLDFAST_DB names, or else one that is removed at the end."""
    if os.environ.get("HOLDFAST_DB"):
        yield
        return
    home = settings.home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _is_only_demo(home) as only:
        path = home / ("demo.db" if only else f"demo-{os.getpid()}.db")
        _remove(path)
        os.environ["HOLDFAST_DB"] = str(path)
        try:
            yield
        finally:
            del os.environ["HOLDFAST_DB"]
            close_all()
            _remove(path)


@contextmanager
def _is_only_demo(folder: Path) -> Generator[bool]:
    """Tell whether no other demo uses this folder. The folder itself is the lock, so that no lock file is left."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Running:
    """A demo flow's process and its error output."""

    process: subprocess.Popen[bytes]
    errors: BinaryIO

    def last_words(self) -> str:
        """Return the last line that the process wrote to its standard error."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it printed no error"


@contextmanager
def processes(flows: Sequence[str], pace: float) -> Generator[list[Running]]:
    """Run each demo flow in its own process, and end the processes when the block ends.

    Each process reads from a pipe and ends when the pipe closes, so it ends even if this process is killed.
    """
    since = datetime.now(UTC)
    with ExitStack() as stack:
        running = [stack.enter_context(_process(flow, pace)) for flow in flows]
        try:
            yield running
        finally:
            _cancel(since)
            for each in running:
                _ended(each.process, _GRACE)


@contextmanager
def _process(flow: str, pace: float) -> Generator[Running]:
    command = [sys.executable, "-P", "-m", "holdfast.demo", flow, "--pace", str(pace), "--until-eof"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            yield Running(process, errors)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            if not _ended(process, _PATIENCE):
                process.kill()
                process.wait()


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the process, and tell whether it ended within the given seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _cancel(since: datetime) -> None:
    """Cancel the demo runs that have not ended: the database may be one that the user keeps."""
    database = default()
    for run in list_flow_runs(database, RunFilter(text="-")):
        if run.created >= since and run.flow_name in FLOWS.values() and not run.state.is_final():
            with suppress(NotRunningError):
                actions.cancel(database, run.id, channel="cli")
