"""Futures of submitted tasks."""

from __future__ import annotations

import concurrent.futures
import inspect
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from holdfast import context
from holdfast.exceptions import RunUnwind
from holdfast.interrupts import in_turns
from holdfast.states import State
from holdfast.substitutes import absent_from

R = TypeVar("R")


class TaskFuture(Generic[R]):
    """A task call that runs on its own; ``await`` it in async code.

    It may be given to other tasks as an input or in ``wait_for``: they start when it is done.
    """

    def __init__(self, task_run_id: UUID, future: Future[State]) -> None:
        self.task_run_id = task_run_id
        self._future = future

    def wait(self, timeout: float | None = None) -> State:
        """Block until the task has ended, and return its state. Raises `TimeoutError` after ``timeout`` seconds."""
        if not self._future.done():
            from holdfast.engine.effects import Join

            Join(self._future, timeout).perform()
        return self._outcome()

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Block until the task has ended, and return what it returned or raise what it raised.

        Raises `TimeoutError` after ``timeout`` seconds.
        """
        return self.wait(timeout).result(raise_on_failure)  # type: ignore[no-any-return]

    @property
    def state(self) -> State | None:
        """The task's final state; ``None`` while it has not ended."""
        return self._outcome() if self._future.done() else None

    def _outcome(self) -> State:
        try:
            return self._future.result(0)
        except RunUnwind as unwinding:
            context.tell(type(unwinding))
            raise

    @property
    def future(self) -> Future[State]:
        """The standard library's future of the task's final state."""
        return self._future

    def add_done_callback(self, callback: Callable[[TaskFuture[R]], object]) -> None:
        """Call ``callback`` with this once the task has ended, in the thread that it ended in; or now if it has.

        Raises `TypeError` for an async function: there is no event loop to await it in.
        """
        called = callback if inspect.isroutine(callback) else getattr(callback, "func", type(callback).__call__)
        if inspect.iscoroutinefunction(called):
            raise TypeError("add_done_callback got an async function, which nobody would await; give a plain one.")
        self._future.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, None, R]:
        return self._result().__await__()

    async def _result(self) -> R:
        from holdfast.engine.effects import Join

        await Join(self._future).aperform()
        return self.result()


class TaskFutureList(list[TaskFuture[R]]):
    """The futures that `Task.map` gives, in the order of the inputs; may be given to other tasks as one input."""

    holds_futures = True

    def wait(self, timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
        """Block until all have ended, or for ``timeout`` seconds; see `wait`."""
        return wait(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """Block until all have ended, and return their results; as `TaskFuture.result`."""
        _, not_done = wait(self, timeout)
        if not_done:
            raise TimeoutError(f"{len(not_done)} of {len(self)} tasks have not ended after {timeout:g} s.")
        return [each.result(raise_on_failure=raise_on_failure) for each in self]


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """What `wait` returns: the futures whose tasks have ended, and the others."""

    done: set[TaskFuture[R]]
    not_done: set[TaskFuture[R]]


def wait(futures: Iterable[TaskFuture[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Block until all the tasks have ended, or for ``timeout`` seconds; say which have and which have not."""
    known = {each.future: each for each in futures}

    def wait_a_moment(seconds: float | None) -> bool:
        return not concurrent.futures.wait(known, seconds).not_done

    in_turns(wait_a_moment, timeout)
    done = {future for each, future in known.items() if each.done()}
    return DoneAndNotDoneFutures(done, {*known.values()} - done)


def as_completed(futures: Iterable[TaskFuture[R]], timeout: float | None = None) -> Iterator[TaskFuture[R]]:
    """The futures in the order in which their tasks end.

    Raises `TimeoutError` when one has not after ``timeout`` seconds from the first one asked for.
    """
    known = {each.future: each for each in futures}
    until = math.inf if timeout is None else time.monotonic() + timeout
    ended: SimpleQueue[Future[State]] = SimpleQueue()
    for each in known:
        each.add_done_callback(ended.put)

    def next_ended(seconds: float | None) -> TaskFuture[R] | None:
        try:
            return known.pop(ended.get(timeout=seconds))
        except Empty:
            return None

    while known:
        found = in_turns(next_ended, None if timeout is None else max(0.0, until - time.monotonic()))
        if found is None:
            raise TimeoutError(f"{len(known)} of the tasks have not ended after {timeout:g} s.")
        yield found


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
