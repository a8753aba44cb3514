"""One engine for sync and async code.

Logic is a generator. It yields effects, such as calling the user's function or waiting for a signal, and receives their
results. `drive` performs effects in the calling thread, `adrive` in the running event loop.
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
from holdfast.engine.drive.uncaught import keep_quiet
from holdfast.exceptions import RunUnwind
from holdfast.futures import TaskFuture
from holdfast.interrupts import DRIVERS, SAFE, overdue, raise_overdue
from holdfast.signals import Signal, anyio_when_needed, in_event_loop

T = TypeVar("T")


class Effect(Protocol):
    """An action that a piece of logic needs done."""

    def perform(self) -> Any:
        """Do it here, and block the thread."""

    async def aperform(self) -> Any:
        """Do it in the running event loop."""


Logic = Generator[Effect, Any, T]


def drive(logic: Logic[T]) -> T:
    """Run ``logic`` in this thread.

    If it leaves the code of a run, that is recorded, since the code may catch the exception.
    """
    if overdue:
        raise_overdue()
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
    context.tell(type(unwinding))
    keep_quiet()


@dataclass(slots=True)
class Invoke:
    """Call a function of the user. In an event loop it is a coroutine function."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def perform(self) -> Any:
        """Call it. If it returns a generator, collect its values in a list.

        A coroutine is awaited, except in an event loop, where the caller may await it.
        """
        found = self.function(*self.args, **self.kwargs)
        if type(found) not in _UNFINISHED:
            return found
        if isinstance(found, _GENERATORS):
            return list(found)
        return found if in_event_loop() else _awaited(_finished(found))

    async def aperform(self) -> Any:
        """Call and await it. If it returns a generator, collect its values in a list; a coroutine is awaited."""
        found = await self.function(*self.args, **self.kwargs)
        return await _finished(found) if type(found) in _UNFINISHED else found


@dataclass(slots=True)
class InvokeEither:
    """Call a function of the user that may be sync or async, whichever its flow or task is."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])

    def perform(self) -> Any:
        """Call it, and await an awaitable result in a separate event loop."""
        found = self.function(*self.args, **self.kwargs)
        return _awaited(found) if is_awaited(found) else found

    async def aperform(self) -> Any:
        """Call it, and await an awaitable result."""
        with nullcontext() if is_async_call(self.function) else context.plainly():
            found = self.function(*self.args, **self.kwargs)
        return await found if is_awaited(found) else found


def is_awaited(found: Any) -> bool:
    """Whether it is a coroutine or similar result of an async function. A task's future is a value."""
    return inspect.isawaitable(found) and not isinstance(found, TaskFuture)


_UNFINISHED = (CoroutineType, GeneratorType, AsyncGeneratorType)


async def _finished(found: Any) -> Any:
    """Return the value after awaiting coroutines and collecting generators."""
    while isinstance(found, _COROUTINES):
        found = await found
    if isinstance(found, _ASYNC_GENERATORS):
        return [each async for each in found]
    return list(found) if isinstance(found, _GENERATORS) else found


# None of these can have a class made from it. They are declared so that what they give is `Any` and not unknown.
_COROUTINES: tuple[type[Any], ...] = (CoroutineType,)
_ASYNC_GENERATORS: tuple[type[Any], ...] = (AsyncGeneratorType,)
_GENERATORS: tuple[type[Any], ...] = (GeneratorType,)


def _awaited(found: Any) -> Any:
    """Return the result of awaiting it, in a thread, because a loop may be running already in this one."""
    outcome: Future[Any] = Future()

    def run() -> None:
        async def wait() -> Any:
            return await found

        try:
            outcome.set_result(anyio_when_needed().run(wait))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            outcome.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(run,), name="holdfast-await")
    thread.start()
    thread.join()
    return outcome.result()


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
class GiveWay:
    """Let other tasks in the event loop run as far as they can without waiting."""

    def perform(self) -> None:
        """Do nothing: threads do not wait for each other."""

    async def aperform(self) -> None:
        """Give up several turns of the loop: each one lets another level of coroutines begin."""
        lowlevel = anyio_when_needed().lowlevel
        for _ in range(_TURNS):
            await lowlevel.checkpoint()


_TURNS = 8

DRIVERS.update({drive.__code__, adrive.__code__})
SAFE.add(Invoke.perform.__code__)
