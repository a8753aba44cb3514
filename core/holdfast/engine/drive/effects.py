"""One engine for sync and async code.

Logic is a generator. It yields effects, such as calling the user's function or waiting for a signal, and is
sent what came of them. `drive` performs effects in the calling thread, `adrive` in the running event loop.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Protocol, TypeVar

from holdfast import context
from holdfast.engine.drive.function_kinds import is_async_call
from holdfast.exceptions import RunUnwind
from holdfast.futures import TaskFuture
from holdfast.interrupts import DRIVERS, SAFE, heed, in_turns, overdue

T = TypeVar("T")


class Effect(Protocol):
    """Something to be done for a piece of logic."""

    def perform(self) -> Any:
        """Do it here, blocking the thread."""

    async def aperform(self) -> Any:
        """Do it in the running event loop."""


Logic = Generator[Effect, Any, T]


def drive(logic: Logic[T]) -> T:
    """Run ``logic`` in this thread. When it leaves the code of a run, that is noted, since the code may catch it."""
    if overdue:
        heed()
    try:
        effect = next(logic)
        while True:
            try:
                outcome = effect.perform()
            except BaseException as error:  # noqa: BLE001 - the logic decides
                effect = logic.throw(error)
            else:
                effect = logic.send(outcome)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except RunUnwind as unwinding:
        _tell(unwinding)
        raise


async def adrive(logic: Logic[T]) -> T:
    """Run ``logic`` in the running event loop; see `drive`."""
    try:
        effect = next(logic)
        while True:
            try:
                outcome = await effect.aperform()
            except BaseException as error:  # noqa: BLE001 - the logic decides, cancellation included
                effect = logic.throw(error)
            else:
                effect = logic.send(outcome)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except RunUnwind as unwinding:
        _tell(unwinding)
        raise


def _tell(unwinding: RunUnwind) -> None:
    from holdfast.engine.drive.uncaught import keep_quiet

    context.tell(type(unwinding))
    keep_quiet()


@dataclass(slots=True)
class Invoke:
    """Call a function of the user's; in an event loop it is a coroutine function."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def perform(self) -> Any:
        """Call it. Of a generator that it returns, all that it yields is listed.

        A coroutine is awaited, unless this is in an event loop, in which whoever called may await it.
        """
        found = self.function(*self.args, **self.kwargs)
        if type(found) not in _UNFINISHED:
            return found
        if type(found) is GeneratorType:
            return list(found)

        from holdfast.engine.drive.sync_async import in_event_loop

        return found if in_event_loop() else _awaited(_finished(found))

    async def aperform(self) -> Any:
        """Call and await it. Of a generator that it returns, all that it yields is listed; a coroutine is awaited."""
        found = await self.function(*self.args, **self.kwargs)
        return await _finished(found) if type(found) in _UNFINISHED else found


@dataclass(slots=True)
class InvokeEither:
    """Call a function of the user's that may be sync or async, whatever its flow or task is."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def perform(self) -> Any:
        """Call it; what it gives to be awaited is, in an event loop of its own."""
        found = self.function(*self.args, **self.kwargs)
        return _awaited(found) if is_awaited(found) else found

    async def aperform(self) -> Any:
        """Call it, and await what it gives to be awaited."""
        with nullcontext() if is_async_call(self.function) else context.plainly():
            found = self.function(*self.args, **self.kwargs)
        return await found if is_awaited(found) else found


def is_awaited(found: Any) -> bool:
    """Whether an async function gave it, or what is like one; a task's future is a value."""
    return inspect.isawaitable(found) and not isinstance(found, TaskFuture)


_UNFINISHED = (CoroutineType, GeneratorType, AsyncGeneratorType)


async def _finished(found: Any) -> Any:
    """What is left once coroutines are awaited and generators have yielded all."""
    while type(found) is CoroutineType:
        found = await found
    if type(found) is AsyncGeneratorType:
        return [each async for each in found]
    return list(found) if type(found) is GeneratorType else found


def _awaited(found: Any) -> Any:
    """What awaiting it gives. In a thread, since where this is called a loop may be running already."""
    outcome: Future[Any] = Future()

    def run() -> None:
        import anyio

        async def wait() -> Any:
            return await found

        try:
            outcome.set_result(anyio.run(wait))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            outcome.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(run,), name="holdfast-await")
    thread.start()
    thread.join()
    return outcome.result()


class Signal:
    """Something that other threads announce. It is waited for in one place at a time."""

    __slots__ = ("_is_set", "_wake")

    def __init__(self) -> None:
        self._is_set = False
        self._wake: Callable[[], object] | None = None

    def set(self) -> None:
        """Announce it, from any thread."""
        self._is_set = True
        wake = self._wake
        if wake is not None:
            wake()

    def clear(self) -> None:
        """Wait for the next announcement."""
        self._is_set = False

    def wait(self, timeout: float | None) -> None:
        """Block until it is set, or for ``timeout`` seconds."""
        event = threading.Event()
        # The waker is in place before the flag is read, so an announcement in between is not missed.
        self._wake = event.set
        thread = threading.get_ident()
        _blocked[thread] = event
        try:
            if not self._is_set:
                in_turns(event.wait, timeout)
        finally:
            _blocked.pop(thread, None)
            self._wake = None

    async def await_(self, timeout: float | None) -> None:
        """As `wait`, without blocking the event loop."""
        import anyio
        from anyio.lowlevel import current_token

        event = anyio.Event()
        self._wake = waker(current_token().native_token, event.set)
        try:
            if self._is_set:
                return
            if timeout is None:
                await event.wait()
            else:
                with anyio.move_on_after(timeout):
                    await event.wait()
        finally:
            self._wake = None


_blocked: dict[int, threading.Event] = {}
"""What threads that wait for a signal wait in: an exception thrown into one arrives when it wakes."""


def nudge(thread: int) -> None:
    """Wake a thread that waits for a signal, to no purpose of its own."""
    event = _blocked.get(thread)
    if event is not None:
        event.set()


def waker(loop: Any, callback: Callable[[], object]) -> Callable[[], None]:
    """What calls ``callback`` in the event loop from any thread, unless the loop is closed by then."""
    call_soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

    def wake() -> None:
        try:
            call_soon(callback)
        except RuntimeError:
            if not getattr(loop, "is_closed", lambda: True)():
                raise

    return wake


@dataclass(slots=True)
class WaitFor:
    """Wait for a signal, or for ``timeout`` seconds."""

    signal: Signal
    timeout: float | None = None

    def perform(self) -> None:
        """Block."""
        self.signal.wait(self.timeout)

    async def aperform(self) -> None:
        """Await."""
        await self.signal.await_(self.timeout)


@dataclass(slots=True)
class Join:
    """Wait until a future is done, whatever comes of it, or for ``timeout`` seconds."""

    future: Future[Any]
    timeout: float | None = None

    def perform(self) -> None:
        """Block."""
        self._signal().wait(self.timeout)

    async def aperform(self) -> None:
        """Await."""
        await self._signal().await_(self.timeout)

    def _signal(self) -> Signal:
        signal = Signal()
        self.future.add_done_callback(lambda _: signal.set())
        return signal


@dataclass(slots=True)
class GiveWay:
    """Let what stands beside this in the event loop come as far as it can without waiting."""

    def perform(self) -> None:
        """Nothing: threads do not wait for each other."""

    async def aperform(self) -> None:
        """Each turn of the loop lets one more generation of coroutines begin."""
        from anyio.lowlevel import checkpoint

        for _ in range(_TURNS):
            await checkpoint()


_TURNS = 8

DRIVERS.update({drive.__code__, adrive.__code__})
SAFE.update({Invoke.perform.__code__, Signal.wait.__code__})
