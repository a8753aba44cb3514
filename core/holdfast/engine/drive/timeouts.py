"""Calling a function of the user with a time limit.

An async function is cancelled. In a sync function's thread an exception is raised, at a point in the user's own code
and never in the engine's code below it. In the main thread this also ends a call such as ``time.sleep``. In another
thread it takes effect when such a call returns.

The code may catch the exception. Whatever it does after the interruption does not count: its time was used up.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from holdfast.engine.drive.effects import Invoke
from holdfast.engine.drive.stopwatch import Clock, running
from holdfast.engine.drive.tracebacks import is_group
from holdfast.exceptions import TimeoutUnwind, Unwind
from holdfast.interrupts import Interrupter
from holdfast.signals import anyio_when_needed, nudge, waker


class TimedOut(Exception):
    """The call took too long; ``seconds`` is its limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class TimedInvoke:
    """Call like `Invoke`, with a limit of ``seconds``; then raise `TimedOut`."""

    seconds: float
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def perform(self) -> Any:
        """Call it, and raise an exception in it when its time is used up."""
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
    """Whether the exception comes from the timeout. Sync code is interrupted with ``own``."""
    if is_group(error):
        return all(_comes_of_it(each, is_late, own) for each in error.exceptions)
    if isinstance(error, Unwind):
        return type(error) is own  # otherwise it belongs to an enclosing call, or to the run
    return is_late and (isinstance(error, Exception) or _is_cancellation(error))


def _is_cancellation(error: BaseException) -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)


def _is_cancelled_by_others() -> bool:
    """Whether the task of this event loop is being cancelled for another reason."""
    asyncio = sys.modules.get("asyncio")
    task = asyncio.current_task() if asyncio is not None and asyncio._get_running_loop() is not None else None
    return task is not None and task.cancelling() > 0
