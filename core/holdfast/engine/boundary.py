"""Boundaries: where a running flow looks at what was asked of it from outside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from holdfast.context import FlowRunContext
from holdfast.engine.effects import Effect, Invoke, Logic, Signal, WaitFor
from holdfast.engine.timing import clocks_stopped
from holdfast.exceptions import CancelUnwind, SuspendUnwind, Unwind
from holdfast.records import Request
from holdfast.store import requests, runs, waits
from holdfast.store.database import Database
from holdfast.store.transitions import Position

POLL_INTERVAL = 0.005
"""Seconds between two looks for another process's commit while a run here waits."""

_LEAVE = (Request.SUSPEND, Request.UNWIND, Request.RELEASE)


@contextmanager
def changes(database: Database, *run_ids: str) -> Iterator[Signal]:
    """A signal that is set whenever something happens to one of the runs.

    Clear it, look, and only then wait for it: so nothing is missed.
    """
    signal = Signal()
    follow = database.watcher.follow
    followers = [follow(lambda _: signal.set(), run_id=each, interval=POLL_INTERVAL) for each in run_ids]
    try:
        yield signal
    finally:
        for each in followers:
            each.stop()


def boundary(run: FlowRunContext, at: Position | None = None) -> Logic[None]:
    """Do what was asked of the run: stand still until it is let go on, or leave its code.

    ``at`` is where the run is, where that has just been read.
    """
    run_id = run.flow_run_id.hex
    at = at or runs.position_of(run.database, run_id)
    heed(at)
    if at.request is None:
        return
    with changes(run.database, run_id) as signal, clocks_stopped():
        while True:
            signal.clear()
            at = requests.acknowledge_pause(run.database, run_id, run.actor)
            heed(at)
            if at.request is None:
                return
            yield WaitFor(signal)


def go_on_without_answers(run: FlowRunContext) -> None:
    """Withdraw the waits whose calls were broken off, since the flow's code goes on."""
    while run.left_waits:
        waits.withdraw(run.database, run.left_waits.pop().hex, run.actor)


def sit_out(run: FlowRunContext, seconds: float) -> Logic[None]:
    """Let time pass, and heed meanwhile what is asked of the run."""
    until = time.monotonic() + seconds
    with changes(run.database, run.flow_run_id.hex) as signal:
        while (left := until - time.monotonic()) > 0:
            signal.clear()
            heed(runs.position_of(run.database, run.flow_run_id.hex))
            yield WaitFor(signal, left)
    yield from boundary(run)


def heed(at: Position) -> None:
    """Leave the flow's code if the run is to be cancelled or suspended."""
    if at.request is Request.CANCEL or at.state.is_final():
        raise CancelUnwind
    if at.request in _LEAVE or at.state.name == "Suspended":
        raise SuspendUnwind


def invoke(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Logic[Any]:
    """Call a function of the user's; see `perform`."""
    return perform(Invoke(function, args, kwargs))


def perform(call: Effect) -> Logic[Any]:
    """Make a call of a function of the user's.

    What unwinds it comes out bare, though a task group of its may wrap it.
    """
    try:
        return (yield call)
    except BaseExceptionGroup as group:
        unwinding: BaseException | None = group.subgroup(Unwind)
        if unwinding is None:
            raise
        while isinstance(unwinding, BaseExceptionGroup):
            unwinding = unwinding.exceptions[0]
        raise unwinding from None
