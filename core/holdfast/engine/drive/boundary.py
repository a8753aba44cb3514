"""Boundaries: points at which a running flow handles requests from outside."""

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
"""Seconds between two checks for another process's commit while a run waits here."""

_MANY, _BRAKE = 100, 0.02
"""The number of failed attempts to leave after which code is slowed down, and the seconds of delay for each one after
that.
"""

_UNHEEDED = (
    "Its code continues although it was told to stop: it catches the exception, with a bare `except:` or similar. Each "
    "call of a task, flow, pause and so on raises it again. Catch only `Exception`, and let this one pass."
)


@contextmanager
def changes(database: Database, *run_ids: str) -> Generator[Signal]:
    """Yield a signal that is set whenever something happens to one of the runs.

    Clear it, check the state, and only then wait for it. This way no change is missed.
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
    """Carry out a request for the run: wait until it may continue, or leave its code.

    ``at`` is the run's position, if it has just been read.
    """
    yield from check_told(run)
    run_id = run.flow_run_id.hex
    at = at or runs.position_of(run.database, run_id)
    leave_if_requested(at)
    if at.request is None:
        return
    with changes(run.database, run_id) as signal, clocks_stopped():
        while True:
            signal.clear()
            at = requests.acknowledge_pause(run.database, run_id, run.actor)
            leave_if_requested(at)
            if at.request is None:
                return
            yield WaitFor(signal)


def check_told(run: FlowRunContext) -> Logic[None]:
    """Leave the code again, if it was told to leave but continues because it catches everything.

    Code that does so repeatedly is slowed down, to leave room for other code.
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


def call_users_code(here: FlowRunContext | TaskRunContext, call: Logic[T]) -> Logic[T]:
    """Make a call of the user's code.

    If it was told to leave, it counts as left, whatever it returned or raised instead.

    Exceptions that interrupt the process are passed on.
    """
    try:
        value = yield from call
        how = "returned"
        if here.told is None:
            return value
    except Exception as error:
        if here.told is None:
            raise
        how = f"raised {type(error).__name__}"
    store_line(here, WARNING, f"Its code was told to stop, caught that exception and {how}: this does not count.")
    raise here.told from None


def withdraw_left_waits(run: FlowRunContext) -> None:
    """Withdraw the waits whose calls were interrupted, because the flow's code continues."""
    while run.left_waits:
        waits.withdraw(run.database, run.left_waits.pop().hex, run.actor)


def wait_out(run: FlowRunContext, seconds: float) -> Logic[None]:
    """Let time pass, and handle requests for the run meanwhile."""
    until = time.monotonic() + seconds
    with changes(run.database, run.flow_run_id.hex) as signal:
        while (left := until - time.monotonic()) > 0:
            signal.clear()
            leave_if_requested(runs.position_of(run.database, run.flow_run_id.hex))
            yield WaitFor(signal, left)
    yield from boundary(run)


def leave_if_requested(at: Position) -> None:
    """Leave the flow's code if the run is to be cancelled or suspended."""
    if at.request is Request.CANCEL or at.state.is_final():
        raise CancelUnwind
    if (at.request is not None and at.request.suspends) or at.state.name == "Suspended":
        raise SuspendUnwind


def perform(call: Effect) -> Logic[Any]:
    """Call a function of the user.

    An exception that unwinds it is raised bare, even if the user's task group wraps it.
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
