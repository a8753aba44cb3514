"""The feed of changes in the store. It notifies the whole app at most ten times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.event_kinds import EventKind
from holdfast.records import Event

if TYPE_CHECKING:
    from holdfast.store.watch import Follower
    from holdfast_tui.data.store import Store

INTERVAL = 0.05
"""Seconds between checks for commits of other processes."""
PAUSE = 0.1
"""Seconds between two notifications."""

_WAITS = frozenset(EventKind) - {
    EventKind.STATE, EventKind.REQUEST, EventKind.RELEASED, EventKind.LATE, EventKind.HELD, EventKind.REUSED,
    EventKind.SET_ASIDE, EventKind.SENT,
}  # fmt: skip
"""Events that change what the inbox shows."""
_ASKING = frozenset({EventKind.OPENED, EventKind.LISTENING})


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes since the last notification. Log lines alone leave it empty."""

    runs: frozenset[UUID] = frozenset()
    """The ids of the changed runs."""
    created: bool = False
    """Whether there are new runs."""
    waits: bool = False
    """Whether waits were opened, answered or closed."""
    asking: frozenset[UUID] = frozenset()
    """The ids of the runs that ask a new question, or wait for a message."""
    moved: bool = False
    """Whether the database file was moved or replaced."""

    @classmethod
    def of(cls, events: Sequence[Event]) -> Changes:
        """Return the changes that events mean."""
        return cls(
            frozenset(each.flow_run_id for each in events),
            any(each.kind == EventKind.STATE and each.before is None and each.task_run_id is None for each in events),
            any(each.kind in _WAITS for each in events),
            frozenset(each.flow_run_id for each in events if each.kind in _ASKING),
        )

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.runs | other.runs,
            self.created or other.created,
            self.waits or other.waits,
            self.asking | other.asking,
            self.moved or other.moved,
        )


EVERYTHING = Changes(created=True, waits=True)
"""The changes to assume when they are not known."""


class Feed:
    """A subscription to the store's watcher, which runs in its own thread.

    ``wake`` is called in that thread when there are changes to `take` and there were none before.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._pending: Changes | None = None
        self._follower: Follower | None = None
        self._store: Store | None = None

    def start(self, store: Store) -> None:
        """Start following the store."""
        self._store = store
        self._follower = store.follow(self._heard, INTERVAL)

    def stop(self) -> None:
        """Stop following."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.stop()

    def take(self) -> Changes | None:
        """Return the changes since the last call, and clear them."""
        with self._lock:
            taken, self._pending = self._pending, None
        return taken

    def _heard(self, events: Sequence[Event]) -> None:
        changes = Changes.of(events) if events else Changes(moved=self._has_moved())
        with self._lock:
            first = self._pending is None
            self._pending = changes if self._pending is None else self._pending | changes
        if first:
            self._wake()

    def _has_moved(self) -> bool:
        """Whether the notification without events means that the file was moved or replaced."""
        return self._store is not None and self._store.has_moved()
