"""The worker: it claims scheduled runs, starts a process for each, recovers runs whose process died, expires waits."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import IO
from uuid import UUID

from holdfast import loading_state, settings
from holdfast.engine import liveness
from holdfast.engine.housekeeping import tend
from holdfast.exceptions import StoreDamaged, StoreError, StoreTooNew
from holdfast.logging import engine_logger
from holdfast.records import HostKind
from holdfast.store import claims, log_writing, queries, recovery, requests
from holdfast.store import hosts as host_rows
from holdfast.store.database import Database
from holdfast.store.door import Location
from holdfast.store.watch import Follower
from holdfast.worker import TRY_LATER

_logger = engine_logger()

POLL_INTERVAL = 0.01
"""Seconds between two checks for another process's commit."""
TICK = 1.0
"""Seconds between two checks for deadlines, due times and dead processes."""
GRACE = 10.0
"""Seconds that runs have to reach a boundary when the worker is stopped."""
_DIED = "Its process died when it started"
_MOST_OUTPUT = 10_000
"""The number of characters that are kept from the output of a process that could not begin with its run."""


class Worker:
    """Executes scheduled runs, at most ``slots`` at a time, until it is stopped.

    Output of its processes that belongs to no run goes to ``output``, a file descriptor or `subprocess.DEVNULL`. By
    default it goes where this process writes. ``place`` says what kind of program the worker is in, for lists.
    """

    def __init__(self, database: Database, slots: int = 4, *, output: int | None = None, place: str = "worker") -> None:
        self._database = database
        self._place = place
        self._output = output
        self._slots = slots
        self._executing: dict[int, _Execution] = {}
        """The runs that have a process, by the number of the start: a run can be claimed again before the end of its
        last process is reported."""
        self._numbers = count(1)
        self._claimed: list[UUID] = []
        """The runs that are claimed and have no process yet."""
        self._lost: list[_Lost] = []
        self.held_up: StoreError | None = None
        """The error that currently prevents it from working, if there is one."""
        self._wake_reading, self._wake_writing = os.pipe()
        os.set_blocking(self._wake_writing, False)
        self._stopping = False
        self._template: _Template | None = None
        self._follower: Follower | None = None
        self._host_id = ""
        self._renewed = 0.0

    def stop(self) -> None:
        """Make `run` end: no more runs are claimed, and runs that execute leave their code at the next boundary.

        May be called from a signal handler or another thread.
        """
        self._stopping = True
        self._wake()

    def run(self, stopping: Callable[[], object] = lambda: None) -> None:
        """Work until `stop`, and give back the runs that do not finish within `GRACE` seconds.

        ``stopping`` is called when it begins to stop.
        """
        self._template = _Template(self._output)
        try:
            while not self._stopping:
                self._attempt(self._work)
                self._wait(TICK)
            stopping()
            self._wind_down()
        finally:
            if self._follower is not None:
                self._follower.stop()
            self._template.close()
            self._attempt(self._leave)
            os.close(self._wake_reading)
            os.close(self._wake_writing)

    def _attempt(self, work: Callable[[], object]) -> None:
        """Do some work. If the database cannot be used at the moment, log that, and leave the rest for later."""
        try:
            work()
        except (StoreDamaged, StoreTooNew):
            raise
        except StoreError as error:
            if self.held_up is None:
                _logger.warning("%s Until then the worker waits.", error)
            self.held_up = error
        else:
            if self.held_up is not None:
                _logger.warning("The worker continues.")
            self.held_up = None

    def _work(self) -> None:
        self._follow()
        self._renew()
        tend(self._database)
        self._recover_lost()
        self._start()

    def _leave(self) -> None:
        if self._host_id:
            self._recover_lost()
            recovery.give_back(self._database, self._host_id, settings.user())
            tend(self._database)
            host_rows.remove(self._database, self._host_id)

    def _wake(self) -> None:
        try:
            os.write(self._wake_writing, b".")
        except BlockingIOError:
            return  # The pipe is full of wake-ups that have not been read yet.
        except OSError:
            if not self._stopping:
                raise

    def _follow(self) -> None:
        if self._follower is None:
            self._follower = self._database.watcher.follow(lambda _: self._wake(), interval=POLL_INTERVAL)

    def _renew(self) -> None:
        """Record that this worker is alive. Register it at the start, and again, without runs, if it was removed."""
        now = time.monotonic()
        if self._host_id and now - self._renewed <= host_rows.RENEWAL:
            return
        if not (self._host_id and host_rows.renew(self._database, self._host_id)):
            self._host_id = liveness.register(self._database, HostKind.WORKER, self._slots, place=self._place)
        self._renewed = now

    def _start(self) -> None:
        """Claim as many runs as there are free slots, and start a process for each."""
        free = self._slots - len(self._executing) - len(self._claimed)
        if free > 0:
            self._claimed += claims.claim(self._database, self._host_id, free, settings.user())
        while self._claimed:
            interpreter = queries.get_origin(self._database, self._claimed[0]).interpreter
            run_id, number = self._claimed.pop(0), next(self._numbers)
            if interpreter == sys.executable:
                assert self._template is not None
                self._template.start(number, run_id, self._database.location)
                self._executing[number] = _Execution(run_id)
            else:
                self._begin_elsewhere(number, interpreter, run_id)
        self._recover_lost()

    def _begin_elsewhere(self, number: int, interpreter: str, run_id: UUID) -> None:
        try:
            self._executing[number] = self._spawn(interpreter, run_id)
        except FileNotFoundError:
            self._lost.append(_Lost(run_id, f"Its interpreter {interpreter} no longer exists", for_good=True))
        except OSError as error:
            why = f"Its interpreter {interpreter} cannot be started: {error.strerror}"
            self._lost.append(_Lost(run_id, why, for_good=isinstance(error, PermissionError)))

    def _spawn(self, interpreter: str, run_id: UUID) -> _Execution:
        """Start a process with the run's own interpreter, whose libraries the run needs."""
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        process = subprocess.Popen(  # noqa: S603 - the interpreter that the run's own process recorded
            [interpreter, "-P", "-m", "holdfast.worker.child", str(run_id), str(self._database.location)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={
                **os.environ,
                loading_state.CHILD: "1",
            },  # a program that is no Python interpreter would otherwise do its own work and make its own runs
            start_new_session=True,
        )
        threading.Thread(target=self._await_end, args=(process,), daemon=True).start()
        return _Execution(run_id, process, output)

    def _await_end(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._wake()

    def _wait(self, timeout: float) -> None:
        """Wait for an event, for the end of a process, or for ``timeout`` seconds."""
        assert self._template is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reading, selectors.EVENT_READ)
            selector.register(self._template.channel, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(timeout)}
        if self._wake_reading in ready:
            os.read(self._wake_reading, 4096)
        if self._template.channel in ready:
            self._read_ended()
        for number, each in list(self._executing.items()):
            if each.process is not None and each.process.poll() is not None:
                self._ended(number)

    def _read_ended(self) -> None:
        """Read from the template which processes have ended. Replace the template if it has died."""
        assert self._template is not None
        ended = self._template.ended()
        if ended is None:
            ended = [number for number, each in self._executing.items() if each.process is None]
            self._template.close()
            self._template = _Template(self._output)
        for number in ended:
            self._ended(number)

    def _ended(self, number: int) -> None:
        ended = self._executing.pop(number)
        if ended.run_id not in self._runs():
            self._lost.append(ended.loss())

    def _recover_lost(self) -> None:
        """Recover the runs whose process ended before it began with them. Most that have ended did begin."""
        while self._lost:
            lost = self._lost[0]
            if lost.output and queries.get_flow_run(self._database, lost.run_id).state.is_pending():
                log_writing.append(
                    self._database,
                    flow_run_id=lost.run_id.hex,
                    task_run_id=None,
                    level=logging.CRITICAL,
                    message=lost.output,
                )
            recovery.lost(
                self._database, lost.run_id, self._host_id, settings.user(), why=lost.why, for_good=lost.for_good
            )
            del self._lost[0]

    def _runs(self) -> set[UUID]:
        return {each.run_id for each in self._executing.values()}

    def _wind_down(self) -> None:
        """Let the runs leave their code at the next boundary, and kill the processes that do not reach one."""
        assert self._template is not None
        released: set[UUID] = set()
        give_up = time.monotonic() + GRACE
        while self._executing and (left := give_up - time.monotonic()) > 0:
            self._attempt(lambda: self._release(released))
            self._wait(min(left, TICK))
        self._attempt(self._kill_all)

    def _release(self, released: set[UUID]) -> None:
        for run_id in self._runs() - released:
            if not queries.get_flow_run(self._database, run_id).state.is_pending():
                requests.release(self._database, run_id.hex, settings.user())
                released.add(run_id)

    def _kill_all(self) -> None:
        for run_id in self._runs():
            host = host_rows.of_run(self._database, run_id)
            if host is not None and host.kind is HostKind.CHILD and liveness.is_here(host) and liveness.is_alive(host):
                self._kill(host.pid)

    def _kill(self, pid: int) -> None:
        """Kill a process that reached no boundary. Its run is recovered, as after any death."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@dataclass(frozen=True, slots=True)
class _Execution:
    """A run that has a process."""

    run_id: UUID
    process: subprocess.Popen[bytes] | None = None
    """The process; ``None`` if it was forked from the template."""
    output: IO[bytes] | None = None
    """The output of the process before it began with the run. The run's log has the rest."""

    def loss(self) -> _Lost:
        """Describe why the process ended, in case it had not begun with its run."""
        if self.process is None or self.output is None:
            return _Lost(self.run_id, _DIED)
        with self.output as output:
            output.seek(0)
            text = output.read().decode(errors="backslashreplace").strip()[-_MOST_OUTPUT:]
        why = f"{_DIED}: {text.splitlines()[-1].rstrip('.')}" if text else _DIED
        # A process that ended by itself would do so again, for example if its interpreter does not have Holdfast.
        by_itself = self.process.returncode > 0 and self.process.returncode != TRY_LATER
        return _Lost(self.run_id, why, text, for_good=by_itself)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A run whose process has ended, and how to report that if the process had not begun with it."""

    run_id: UUID
    why: str
    output: str = ""
    for_good: bool = False
    """Whether another process could not begin either."""


class _Template:
    """The process from which this worker's processes are forked; see `holdfast.worker.template`."""

    def __init__(self, output: int | None) -> None:
        ours, theirs = socket.socketpair()
        self.channel = ours
        self._unread = b""
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-P", "-m", "holdfast.worker.template", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start(self, number: int, run_id: UUID, database: Location) -> None:
        """Fork a process for the run. Its end will be reported with this number."""
        try:
            self.channel.sendall(f"run {number} {run_id} {database}\n".encode())
        except BrokenPipeError:
            return  # It died. The next `ended` says so, and the run is given back.

    def ended(self) -> list[int] | None:
        """Return the numbers of processes that are reported as ended, or ``None`` if the template has died."""
        try:
            received = self.channel.recv(65536)
        except ConnectionResetError:  # it died before it had read all messages
            return None
        if not received:
            return None
        *lines, self._unread = (self._unread + received).split(b"\n")
        return [int(line.split()[1]) for line in lines]

    def close(self) -> None:
        """Let the template end. The processes that it forked continue."""
        self.channel.close()
        self._process.wait()
