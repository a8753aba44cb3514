"""Calling a function of the user's for so many seconds at most.

An async function is cancelled. A sync one gets an exception thrown into its thread, wherever its own code is at the
time, never into code of the engine below it. In the main thread that also ends a call such as ``time.sleep``; in
another it takes hold when such a call returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from holdfast.engine.effects import Invoke, nudge, waker
from holdfast.engine.timing import Clock, running
from holdfast.exceptions import TimeoutUnwind
from holdfast.interrupts import Interrupter


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
                return Invoke(self.function, self.args, self.kwargs).perform()
        except TimeoutUnwind as error:
            if type(error) is not interrupter.kind:
                raise  # that of a call which this one is in
            raise TimedOut(self.seconds) from None

    async def aperform(self) -> Any:
        """Call and await it, and cancel it when its time is used up."""
        import anyio
        from anyio.lowlevel import current_token

        with anyio.CancelScope() as scope:
            cancel = waker(current_token().native_token, scope.cancel)
            clock = Clock(self.seconds, lambda: cancel() is None)
            with running(clock):
                return await Invoke(self.function, self.args, self.kwargs).aperform()
        raise TimedOut(self.seconds)
