"""Boundaries: where a running flow looks at what was asked of it from outside."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from logging import WARNING
from typing import Any, TypeVar

from holdfast import context
from holdfast.context import FlowRunContext, TaskRunContext
from holdfast.engine.drive.effects import Effect, Logic, WaitFor
from holdfast.engine.drive.stopwatch import clocks_stopped
from holdfast.exceptions import CancelUnwind, SuspendUnwind, Unwind
from holdfast.logging import run_logger, store_line
from holdfast.records import Request
from holdfast.signals import Signal
from holdfast.store import requests, runs, waits
from holdfast.store.database import Database
from holdfast.store.transitions import Position

T = TypeVar("T")

POLL_INTERVAL = 0.005
"""Seconds between two looks for another process's commit while a run here waits."""

_MANY, _BRAKE = 100, 0.02
"""After how many calls in vain code is slowed down that was told to leave, and by how many seconds each."""

_UNHEEDED = (
    "Its code goes on though it was told to leave: it catches the exception, by a bare `except:` or the like. Each "
    "call of a task, flow, pause and so on raises it again. Catch `Exception` at most, and let it pass."
)

_LEAVE = (Request.SUSPEND, Request.UNWIND, Request.RELEASE)


@contextmanager
def changes(database: Database, *run_ids: str) -> Generator[Signal]:
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
    yield from check_told(run)
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


def check_told(run: FlowRunContext) -> Logic[None]:
    """Leave the code again, if it was told to leave and goes on all the same, since it catches everything.

    Code that does so over and over is slowed down, so that it leaves room for others.
    """
    kind = context.told(run)
    if kind is None:
        return
    run.unheeded += 1
    if run.unheeded == _MANY:
        run_logger(run).warning(_UNHEEDED)
    if run.unheeded >= _MANY:
        yield WaitFor(Signal(), _BRAKE)
    raise kind


def heeded(here: FlowRunContext | TaskRunContext, call: Logic[T]) -> Logic[T]:
    """Make a call of the user's code; if it was told to leave, it was left, whatever it returned or raised instead.

    What interrupts the process goes on.
    """
    how = "returned"
    try:
        value = yield from call
    except Exception as error:
        if here.told is None:
            raise
        how = f"raised {type(error).__name__}"
    if here.told is None:
        return value
    store_line(here, WARNING, f"Its code was told to leave, caught that and {how}: that does not count.")
    raise here.told from None


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
