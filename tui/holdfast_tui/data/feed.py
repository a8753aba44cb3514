"""What has changed in the store, told to the whole app at most ten times a second."""

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
"""Seconds between looks at what other processes have committed."""
PAUSE = 0.1
"""Seconds between two tellings."""

_WAITS = frozenset(EventKind) - {
    EventKind.STATE, EventKind.REQUEST, EventKind.RELEASED, EventKind.LATE, EventKind.HELD, EventKind.REUSED,
    EventKind.SET_ASIDE, EventKind.SENT,
}  # fmt: skip
"""Events that change what the inbox shows."""
_ASKING = frozenset({EventKind.OPENED, EventKind.LISTENING})


@dataclass(frozen=True, slots=True)
class Changes:
    """What has happened since the last telling; log lines alone leave it empty."""

    runs: frozenset[UUID] = frozenset()
    """The runs that anything has happened to."""
    created: bool = False
    """There are new runs."""
    waits: bool = False
    """Waits were opened, answered or closed."""
    asking: frozenset[UUID] = frozenset()
    """The runs that ask something new, or wait for a message."""
    moved: bool = False
    """The file is no longer in its place."""

    @classmethod
    def of(cls, events: Sequence[Event]) -> Changes:
        """The changes that events stand for."""
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
"""Told when nobody knows what has changed."""


class Feed:
    """A subscription to the store's watcher, which runs in a thread of its own.

    ``wake`` is called in that thread when there is something to `take` and nothing was before.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._pending: Changes | None = None
        self._follower: Follower | None = None
        self._store: Store | None = None

    def start(self, store: Store) -> None:
        """Follow the store from now on."""
        self._store = store
        self._follower = store.follow(self._heard, INTERVAL)

    def stop(self) -> None:
        """Follow no more."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.stop()

    def take(self) -> Changes | None:
        """What has changed since the last time."""
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
        """Whether it is told, without an event, because the file is no longer in its place."""
        return self._store is not None and self._store.has_moved()
