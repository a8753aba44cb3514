"""How all tests wait: for what happens, and never for a time to pass."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from holdfast.records import Event
from holdfast.store.database import Database

PATIENCE = 90.0
"""Seconds that a test waits for what should come at once before it fails. No test rests on its length."""


class Feed:
    """All that has happened since it was made, as a follower of the database hears it."""

    def __init__(self, db: Database) -> None:
        self._events: list[Event] = []
        self._news = threading.Condition()
        self._follower = db.watcher.follow(self._hear, interval=0.005)

    def _hear(self, events: Sequence[Event]) -> None:
        with self._news:
            self._events.extend(events)
            self._news.notify_all()

    def until(self, kind: str, *, nth: int = 1, **wanted: Any) -> Event:
        """The ``nth`` event of this kind whose fields are as wanted, once it has happened."""

        def found() -> list[Event]:
            return [
                each
                for each in self._events
                if each.kind == kind and all(getattr(each, name) == value for name, value in wanted.items())
            ]

        with self._news:
            if not self._news.wait_for(lambda: len(found()) >= nth, PATIENCE):
                raise TimeoutError(f"No {kind} event {wanted}; there were {self._events}.")
            return found()[nth - 1]

    def until_state(self, name: str, nth: int = 1, run_id: UUID | None = None) -> Event:
        """The event of a flow run (this one) entering the state called ``name``."""
        wanted = {} if run_id is None else {"flow_run_id": run_id}
        return self.until("state", after=name, task_run_id=None, nth=nth, **wanted)

    def until_task(self, name: str, state: str = "Running", nth: int = 1) -> Event:
        """The event of the task run called ``name`` entering a state."""
        if state == "Running":
            return self.until("state", after=state, detail=name, nth=nth)
        started = self.until("state", after="Running", detail=name)
        return self.until("state", after=state, task_run_id=started.task_run_id, nth=nth)

    def until_true(self, condition: Callable[[], object]) -> None:
        """Wait for a condition that comes true with some commit, of a log line for example."""
        with self._news:
            if not self._news.wait_for(condition, PATIENCE):
                raise TimeoutError("It did not come true.")

    def wait_for_news(self, seconds: float) -> None:
        """Wait for the next commit, or so long."""
        with self._news:
            self._news.wait(seconds)

    def stop(self) -> None:
        self._follower.stop()
