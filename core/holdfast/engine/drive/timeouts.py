"""Calling a function of the user's for so many seconds at most.

An async function is cancelled. A sync one gets an exception thrown into its thread, wherever its own code is at the
time, never into code of the engine below it. In the main thread that also ends a call such as ``time.sleep``; in
another it takes hold when such a call returns.

Code may catch that. What it makes of it, once it was interrupted, does not count: its time was used up.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from holdfast.engine.drive.effects import Invoke
from holdfast.engine.drive.stopwatch import Clock, running
from holdfast.exceptions import TimeoutUnwind, Unwind
from holdfast.interrupts import Interrupter
from holdfast.signals import anyio_when_needed, nudge, waker


class TimedOut(Exception):
    """The call took too long; says how many seconds it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class TimedInvoke:
    """As `Invoke`, for ``seconds`` at most; then raises `TimedOut`."""

    seconds: float
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def perform(self) -> Any:
        """Call it, and throw an exception into it when its time is used up."""
        thread = threading.get_ident()
        interrupter = Interrupter(thread)

        def interrupt() -> bool:
            thrown = interrupter.interrupt()
            if thrown:
                nudge(thread)
            return thrown

        try:
            with interrupter.in_place(), running(Clock(self.seconds, interrupt)):
                value = Invoke(self.function, self.args, self.kwargs).perform()
        except BaseException as error:
            if not _comes_of_it(error, interrupter.has_thrown, interrupter.kind):
                raise
            raise TimedOut(self.seconds) from None
        return self._in_time(value, interrupter.has_thrown)

    async def aperform(self) -> Any:
        """Call and await it, and cancel it when its time is used up."""
        anyio = anyio_when_needed()
        scope, value = anyio.CancelScope(), None
        cancel = waker(anyio.lowlevel.current_token().native_token, scope.cancel)
        clock = Clock(self.seconds, lambda: cancel() is None)
        try:
            with scope, running(clock):
                value = await Invoke(self.function, self.args, self.kwargs).aperform()
        except BaseException as error:
            if not _comes_of_it(error, clock.expired) or _is_cancelled_by_others():
                raise
            raise TimedOut(self.seconds) from None
        return self._in_time(value, clock.expired)

    def _in_time(self, value: Any, is_late: bool) -> Any:
        if is_late:
            raise TimedOut(self.seconds)
        return value


def _comes_of_it(error: BaseException, is_late: bool, own: type[TimeoutUnwind] | None = None) -> bool:
    """Whether what a call raises comes of its being too late, for which ``own`` is raised in sync code."""
    if isinstance(error, BaseExceptionGroup):
        return all(_comes_of_it(each, is_late, own) for each in error.exceptions)
    if isinstance(error, Unwind):
        return type(error) is own  # else it is that of a call which this one is in, or of the run
    return is_late and (isinstance(error, Exception) or _is_cancellation(error))


def _is_cancellation(error: BaseException) -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)


def _is_cancelled_by_others() -> bool:
    """Whether the task of this event loop is to end, whatever becomes of the call."""
    asyncio = sys.modules.get("asyncio")
    task = asyncio.current_task() if asyncio is not None and asyncio._get_running_loop() is not None else None
    return task is not None and task.cancelling() > 0
