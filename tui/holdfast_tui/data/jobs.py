"""Jobs in threads. Each lane runs one job at a time, and keeps only the newest of the waiting ones.

A job runs in a thread and gets the store. Its result goes to a function on the event loop, which owns the widgets.
Nothing else in the app waits for the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.message_pump import MessagePump

from holdfast.exceptions import HoldfastError
from holdfast_tui.textual_types import app_of

if TYPE_CHECKING:
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.data.store import Store

Found = TypeVar("Found")
Failed = Callable[[HoldfastError], object]

_REST = 4
"""Before a job that is not urgent, a lane rests for this many times the duration of its last job."""


def _nothing_held() -> None:
    """Release no keys, because none are held back."""


class Lane:
    """A queue of one for the jobs of a widget or screen."""

    def __init__(self, owner: MessagePump, name: str) -> None:
        self._owner = owner
        self._name = name
        self._running = False
        self._resting = False
        self._next: tuple[Callable[[Store], Any], Callable[[Any], object], Failed | None] | None = None
        self._turn = 0
        self._release: Callable[[], None] = _nothing_held

    @property
    def busy(self) -> bool:
        """Whether a job is running or waiting."""
        return self._running or self._next is not None

    def submit(
        self,
        job: Callable[[Store], Found],
        done: Callable[[Found], object],
        *,
        failed: Failed | None = None,
        urgent: bool = False,
        opens: bool = False,
    ) -> None:
        """Run ``job`` when the lane is free, instead of any job that still waits.

        With ``urgent``, the lane does not rest before it, and the result of a running job is discarded. ``failed``
        gets the errors of Holdfast; without it, the app shows them. With ``opens``, ``done`` opens a form or a dialog:
        keys that are typed meanwhile are held back for it. The lane must belong to a screen then, because the app
        handles no other message while it holds back keys.
        """
        self._release()
        if opens:
            self._release = self._app.expect()
        self._next = (job, done, failed)
        if urgent:
            self._turn += 1
        if not self._running and (urgent or not self._resting):
            self._start()

    def _start(self) -> None:
        if self._next is None or not self._owner.is_running:
            return
        (job, done, failed), self._next = self._next, None
        self._running = True
        turn = self._turn

        def work() -> None:
            started = time.monotonic()
            try:
                with self._app.gateway.store() as store:
                    found, error = job(store), None
            except Exception as raised:  # noqa: BLE001 - any error is shown and does not end the app
                found, error = None, raised
            took = time.monotonic() - started
            self._owner.call_later(self._finish, turn, took, found, error, done, failed)

        self._app.run_worker(work, name=self._name, group=self._name, thread=True, exit_on_error=False)

    @property
    def _app(self) -> HoldfastApp:
        return cast("HoldfastApp", app_of(self._owner))

    def _finish(
        self,
        turn: int,
        took: float,
        found: Any,
        error: Exception | None,
        done: Callable[[Any], object],
        failed: Failed | None,
    ) -> None:
        self._running = False
        self._resting = True
        self._owner.set_timer(took * _REST, self._rested)
        if turn == self._turn:
            release, self._release = self._release, _nothing_held
            try:
                self._hand_over(found, error, done, failed)
            finally:
                release()
        if turn != self._turn and not self._running:
            self._start()

    def _hand_over(
        self, found: Any, error: Exception | None, done: Callable[[Any], object], failed: Failed | None
    ) -> None:
        if error is None:
            done(found)
        elif failed is not None and isinstance(error, HoldfastError):
            failed(error)
        else:
            self._app.report(error)

    def _rested(self) -> None:
        self._resting = False
        if not self._running:
            self._start()
