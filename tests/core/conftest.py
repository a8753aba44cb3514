"""Helpers of the core's tests: a flow started elsewhere, a person who answers it, and conditions to wait for.

Nothing here sleeps.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from holdfast import cancel_flow_run, resume_flow_run
from holdfast.exceptions import HoldfastError
from holdfast.records import Event, FlowRun
from holdfast.store import queries
from holdfast.store.database import Database
from waiting import PATIENCE, Feed

sys.path.insert(0, str(Path(__file__).parent))

from backends import SqliteBackend, SqliteProgram


def call(flow: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a flow, or anything else, and wait for it if it is async."""
    outcome = flow(*args, **kwargs)
    return asyncio.run(outcome) if inspect.iscoroutine(outcome) else outcome


class Person:
    """Acts on waits as they are opened, in a thread each. What goes wrong there fails the test at its end."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._pool = ThreadPoolExecutor(32)
        self._acts: list[Future[Any]] = []

    def when_asked(self, act: Callable[[Event], Any], *, nth: int = 1, key: str | None = None) -> Future[Any]:
        """Call ``act`` with the event of the ``nth`` wait (of this key) being opened; its ``detail`` is the key."""
        wanted = {} if key is None else {"detail": key}

        def do() -> Any:
            event = self._feed.until("opened", nth=nth, **wanted)
            try:
                return act(event)
            except BaseException:
                with suppress(HoldfastError):  # It may have ended; what went wrong is what the test must show.
                    cancel_flow_run(event.flow_run_id)
                raise

        self._acts.append(self._pool.submit(do))
        return self._acts[-1]

    def answers(self, answer: Any = None, *, nth: int = 1, key: str | None = None) -> Future[Any]:
        """Answer the ``nth`` wait (of this key) when it is opened; the future has what resuming returned."""
        return self.when_asked(
            lambda event: resume_flow_run(event.flow_run_id, answer, key=event.detail), nth=nth, key=key
        )

    def stop(self) -> None:
        self._pool.shutdown()
        for each in self._acts:
            each.result()


class Script:
    """A Python program in a process of its own."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self._errors = path.with_suffix(".err")
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(path), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=path.parent,
                env=dict(os.environ),
            )

    @property
    def errors(self) -> str:
        """What it has written to its standard error."""
        return self._errors.read_text()

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        found = self.process.stdout.readline()
        if not found:
            raise AssertionError(f"The script has ended: {self.errors}")
        return found.rstrip("\n")

    def tell(self, text: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(name="call")
def call_() -> Callable[..., Any]:
    """Call a flow, sync or async, and wait for it."""
    return call


@pytest.fixture
def backend() -> SqliteBackend:
    """What kind of database the test runs on."""
    return SqliteBackend()


@pytest.fixture
def db(backend: SqliteBackend) -> Database:
    """The test's database."""
    return backend.open()


@pytest.fixture
def only_sqlite(backend: SqliteBackend) -> None:
    """Leave a test out that is of SQLite's own."""
    if not isinstance(backend, SqliteBackend):
        pytest.skip("This is SQLite's own.")


@pytest.fixture
def program(backend: SqliteBackend, db: Database) -> Iterator[SqliteProgram]:
    """Another program that has the database open."""
    with backend.another_program(db) as found:
        yield found


@pytest.fixture
def feed(db: Database) -> Iterator[Feed]:
    """All that happens, to wait for something in particular."""
    made = Feed(db)
    yield made
    made.stop()


@pytest.fixture
def start(db: Database) -> Iterator[Callable[..., Future[Any]]]:
    """Call a flow in a thread. Whatever has not ended with the test is cancelled, and must end then."""
    threads: list[threading.Thread] = []

    def begin(flow: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        outcome: Future[Any] = Future()

        def work() -> None:
            try:
                outcome.set_result(call(flow, *args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test sees it
                outcome.set_exception(error)

        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
        return outcome

    yield begin
    for run in queries.list_flow_runs(db):
        if not run.state.is_final():
            with suppress(HoldfastError):
                cancel_flow_run(run.id)
    for each in threads:
        each.join(PATIENCE)
    assert not any(each.is_alive() for each in threads), "A flow did not end when it was cancelled."


@pytest.fixture
def person(feed: Feed, start: Any) -> Iterator[Person]:
    """Somebody who answers."""
    made = Person(feed)
    yield made
    made.stop()


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[..., Script]]:
    """Start a program, given as text, in another process."""
    started: list[Script] = []

    def begin(text: str, *arguments: str) -> Script:
        path = tmp_path / f"script_{len(started)}.py"
        path.write_text(textwrap.dedent(text))
        started.append(Script(path, *arguments))
        return started[-1]

    yield begin
    for each in started:
        each.stop()


@pytest.fixture
def the_run(db: Database) -> Callable[..., FlowRun]:
    """The only flow run there is, or the only one of a flow."""

    def find(flow_name: str = "", parent_id: UUID | None = None) -> FlowRun:
        (found,) = queries.list_flow_runs(db, queries.RunFilter(flow_name=flow_name))
        return found

    return find
