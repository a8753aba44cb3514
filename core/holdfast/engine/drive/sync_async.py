"""How logic is returned to the caller: its outcome in sync code, a coroutine in async code."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from holdfast import context
from holdfast.engine.drive.effects import Logic, adrive, drive
from holdfast.signals import in_event_loop

T = TypeVar("T")

if TYPE_CHECKING:
    from holdfast.records import FlowRun
    from holdfast.states import State

    T_co = TypeVar("T_co", covariant=True)

    class MaybeAwaited(Coroutine[Any, Any, T_co], Any):  # type: ignore[misc]
        """The result type for a type checker: a ``T`` when awaited, otherwise assignable to whatever the caller says.

        No type is both any ``T`` and a coroutine of it, so in sync code this is equivalent to ``Any``. Known classes
        have a type below that is exact in both cases.
        """

    class FlowRunNow(FlowRun, Coroutine[Any, Any, FlowRun]):
        """A `FlowRun`, or in async code a coroutine that returns it."""

    class StateNow(State, Coroutine[Any, Any, State]):
        """A `State`, or in async code a coroutine that returns it."""

    class ListNow(list[T], Coroutine[Any, Any, list[T]]):
        """A list, or in async code a coroutine that returns it."""


def sync_or_async(logic: Logic[T]) -> MaybeAwaited[T]:
    """Return the outcome of ``logic``, or in async code a coroutine that returns it."""
    return cast("MaybeAwaited[T]", adrive(logic) if is_async() else drive(logic))


def call_sync_or_async(function: Callable[[], T]) -> MaybeAwaited[T]:
    """Return the result of ``function``, which never waits, or in async code a coroutine that calls it.

    A plain function that is called from async code, such as a hook of an async flow, is not async code.
    """
    return cast("MaybeAwaited[T]", function()) if context.is_plain() else sync_or_async(_logic(function))


def is_async() -> bool:
    """Whether the caller is async code: code in a running event loop that does not belong to a sync flow or task."""
    run = context.current()
    if run is not None and not run.is_async:
        return False
    return in_event_loop()


def _logic(function: Callable[[], T]) -> Logic[T]:
    yield from ()
    return function()
