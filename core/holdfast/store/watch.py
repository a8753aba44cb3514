"""Noticing changes, whoever made them.

Another process's commit shows on the watcher's own connection, which is checked when there are signs of one.
`Watcher.notice` announces a commit of this process. Either way the new events are read and passed to the followers. One
thread per process does this, and only while somebody follows.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from holdfast.exceptions import StoreError
from holdfast.records import Event
from holdfast.store.door import Connections, Signs, View
from holdfast.store.rows import EVENT_COLUMNS, to_event
from holdfast.store.statement import Statement
from holdfast.store.tables import event

Callback = Callable[[Sequence[Event]], None]

_LAST = Statement(select(func.coalesce(func.max(event.c.seq), 0)))
_SINCE = Statement(
    select(*EVENT_COLUMNS)
    .where(event.c.seq > bindparam("seq"))
    .order_by(event.c.seq)
    .limit(bindparam("limit", required=True))
)
_BATCH = 1000


_AGAIN = 0.5
"""Seconds until the next attempt to open a database that could not be opened."""


@dataclass(slots=True)
class _Seen:
    """What the watcher's thread has seen."""

    view: View
    last: int
    """The newest event that was passed on."""


class Follower:
    """A subscription to events; `stop` ends it."""

    def __init__(self, watcher: Watcher, callback: Callback, run_id: str | None, interval: float) -> None:
        self._watcher = watcher
        self.callback = callback
        self.run_id = run_id
        self.interval = interval

    def stop(self) -> None:
        """End it. A callback that is running in the watcher's thread still finishes."""
        self._watcher.remove(self)


class Watcher:
    """Tells followers about events; see the module."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._signs: Signs | None = None
        self._followers: dict[str | None, list[Follower]] = {}
        self._intervals: Counter[float] = Counter()
        self._thread: threading.Thread | None = None

    def follow(self, callback: Callback, *, run_id: str | None = None, interval: float = 0.05) -> Follower:
        """Call ``callback`` with the events of a run, or of all runs, from now on.

        It is called in the watcher's thread, soon after a commit here and within ``interval`` seconds of one by another
        process. It must be quick and must not raise. A follower of all runs is also called, without events, for commits
        that have none (logs). Every follower is called when the database cannot be read, so that it gets the error
        itself.
        """
        follower = Follower(self, callback, run_id, interval)
        with self._lock:
            if self._thread is None:
                self._start()
            elif interval < min(self._intervals, default=interval):
                self._tell()  # the thread may be in a longer wait
            self._followers.setdefault(run_id, []).append(follower)
            self._intervals[interval] += 1
        return follower

    def remove(self, follower: Follower) -> None:
        """End a subscription; see `Follower.stop`."""
        with self._lock:
            followers = self._followers.get(follower.run_id, [])
            if follower not in followers:
                return
            followers.remove(follower)
            self._intervals -= Counter([follower.interval])
            if not followers:
                del self._followers[follower.run_id]
                if not self._followers:
                    self._tell()

    def notice(self) -> None:
        """Announce that this process has committed something."""
        if self._followers:
            with self._lock:
                self._tell()

    def close(self) -> None:
        """Remove all followers, and wait until no thread of this watcher uses SQLite: then the process may fork."""
        with self._lock:
            self._followers.clear()
            thread = self._thread
            self._tell()
        if thread is not None:
            thread.join()

    def _tell(self) -> None:
        if self._signs is not None:
            self._signs.tell()

    def _start(self) -> None:
        # What is read here has been seen: nothing committed after `follow` returns is missed.
        seen = self._open_view()
        self._signs = signs = self._connections.signs()
        self._thread = threading.Thread(target=self._watch, args=(seen, signs), name="holdfast-watcher", daemon=True)
        self._thread.start()

    def _open_view(self) -> _Seen | None:
        """Return a view of the database; ``None`` if it cannot be opened for now.

        The disk may be full, for example.
        """
        try:
            view = self._connections.view()
        except StoreError:
            return None
        try:
            ((last,),) = view.rows(_LAST)
        except StoreError:
            view.close()
            return None
        return _Seen(view, last)

    def _watch(self, seen: _Seen | None, signs: Signs) -> None:
        try:
            while (interval := self._next_interval(seen)) is not None:
                told = signs.wait(interval if seen is not None else _AGAIN)
                if seen is None:
                    seen = self._open_view()
                    self._call_all(())
                    continue
                try:
                    self._connections.look()
                    if seen.view.has_changed() or told:
                        seen.last = self._hand_out(seen.view, seen.last)
                except StoreError:
                    self._call_all(())
        finally:
            signs.close()

    def _next_interval(self, seen: _Seen | None) -> float | None:
        """Return the seconds until the next check; ``None`` if nobody follows any more, which ends the thread."""
        with self._lock:
            if self._followers:
                return min(self._intervals)
            # Under the lock, so that closing the database finds this done or waits for it. A process that is forked
            # while a thread is in here would find SQLite's own locks taken for ever.
            if seen is not None:
                seen.view.close()
            self._thread = self._signs = None
            self._intervals.clear()
            return None

    def _hand_out(self, view: View, last: int) -> int:
        """Pass on the events after the event ``last``, and return the number of the last one now."""
        while True:
            events = [to_event(*row) for row in view.rows(_SINCE, seq=last, limit=_BATCH)]
            self._call(None, events)
            by_run: dict[str, list[Event]] = {}
            for each in events:
                by_run.setdefault(each.flow_run_id.hex, []).append(each)
            for run_id, of_run in by_run.items():
                self._call(run_id, of_run)
            if not events:
                return last
            last = events[-1].seq
            if len(events) < _BATCH:
                return last

    def _call(self, run_id: str | None, events: Sequence[Event]) -> None:
        for follower in tuple(self._followers.get(run_id, ())):
            follower.callback(events)

    def _call_all(self, events: Sequence[Event]) -> None:
        for run_id in tuple(self._followers):
            self._call(run_id, events)
