"""Futures of submitted tasks."""

from __future__ import annotations

import concurrent.futures
import inspect
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload
from uuid import UUID

from typing_extensions import TypeIs

from holdfast import context
from holdfast.durations import Duration, limit_of, patience_of
from holdfast.exceptions import RunUnwind
from holdfast.interrupts import in_turns
from holdfast.signals import Join
from holdfast.states import Pending, Running, State, state_result
from holdfast.substitutes import Substituting, absent_from, settings_checked

R = TypeVar("R")


class TaskFuture(Substituting, Generic[R]):
    """A task call that runs concurrently; ``await`` it in async code.

    It can be given to other tasks as an input or in ``wait_for``: they start when it is done.
    """

    def __init__(self, task_run_id: UUID, future: Future[State]) -> None:
        self.task_run_id = task_run_id
        self._future = future

    @overload
    def wait(self, timeout: None = None) -> State[R]: ...

    @overload
    def wait(self, timeout: Duration) -> State[R] | None: ...

    @settings_checked
    def wait(self, timeout: Duration | None = None) -> State[R] | None:
        """Block until the task has ended, and return its state; ``None`` if it has not after ``timeout``."""
        self._join(timeout)
        return self._outcome() if self._future.done() else None

    def _join(self, timeout: Duration | None) -> None:
        seconds = patience_of(timeout, "timeout")
        if not self._future.done():
            Join(self._future, seconds).perform()

    @settings_checked
    def result(self, timeout: Duration | None = None, raise_on_failure: bool = True) -> R:
        """Block until the task has ended, and return its result or raise its exception.

        Raises `TimeoutError` if it has not ended after ``timeout``.
        """
        self._join(timeout)
        if not self._future.done():
            raise TimeoutError(f"The task has not ended {_after(timeout)}.")
        return state_result(self._outcome(), raise_on_failure)  # type: ignore[no-any-return]

    @property
    def state(self) -> State[R]:
        """The task's final state. Before that it is Running, or Pending if it has not started."""
        if self._future.done():
            return self._outcome()
        return Running() if self._future.running() else Pending()

    def _outcome(self) -> State[R]:
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
        """Call ``callback`` with this when the task has ended, in the thread where it ended; or now if it has.

        Raises `TypeError` for an async function: there is no event loop to await it in.
        """
        called = callback if inspect.isroutine(callback) else getattr(callback, "func", type(callback).__call__)
        if inspect.iscoroutinefunction(called):
            raise TypeError("add_done_callback got an async function, which nobody would await; give a plain function.")
        self._future.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, None, R]:
        return self._result().__await__()

    async def _result(self) -> R:
        await Join(self._future).aperform()
        return self.result()


def is_future(value: object) -> TypeIs[TaskFuture[Any]]:
    """Whether a value is the future of a task."""
    return isinstance(value, TaskFuture)


class TaskFutureList(list[TaskFuture[R]]):
    """The futures from `Task.map`, in the order of the inputs. They can be given to other tasks as one input."""

    holds_futures = True

    @settings_checked
    def wait(self, timeout: Duration | None = None) -> DoneAndNotDoneFutures[R]:
        """Block until all have ended, or for ``timeout``; see `wait`."""
        return wait(self, timeout)

    @settings_checked
    def result(self, timeout: Duration | None = None, raise_on_failure: bool = True) -> list[R]:
        """Block until all have ended, and return their results. An exception is raised as soon as it occurs.

        Raises `TimeoutError` like `as_completed`.
        """
        for each in as_completed(self, timeout):
            each.result(raise_on_failure=raise_on_failure)
        return [each.result(raise_on_failure=raise_on_failure) for each in self]


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """The result of `wait`: the futures whose tasks have ended, and the others."""

    done: set[TaskFuture[R]]
    not_done: set[TaskFuture[R]]


@settings_checked
def wait(futures: Iterable[TaskFuture[R]], timeout: Duration | None = None) -> DoneAndNotDoneFutures[R]:
    """Block until all the tasks have ended, or for ``timeout``, and return which have and which have not.

    Raises `DurationError`, a `ValueError`, for a timeout that is not a length of time or is negative.
    """
    seconds = limit_of(timeout, "timeout")
    known = {each.future: each for each in futures}

    def wait_a_moment(seconds: float | None) -> bool:
        return not concurrent.futures.wait(known, seconds).not_done

    in_turns(wait_a_moment, seconds)
    done = {future for each, future in known.items() if each.done()}
    return DoneAndNotDoneFutures(done, {*known.values()} - done)


@settings_checked
def as_completed(futures: Iterable[TaskFuture[R]], timeout: Duration | None = None) -> Iterator[TaskFuture[R]]:
    """Yield the futures in the order in which their tasks end.

    Raises `TimeoutError` if one has not ended within ``timeout`` after the first request, and `DurationError` like
    `wait`.
    """
    limit = limit_of(timeout, "timeout")
    known = {each.future: each for each in futures}
    total = len(known)
    until = math.inf if limit is None else time.monotonic() + limit
    ended: SimpleQueue[Future[State]] = SimpleQueue()
    for each in known:
        each.add_done_callback(ended.put)

    def next_ended(seconds: float | None) -> TaskFuture[R] | None:
        try:
            return known.pop(ended.get(timeout=seconds))
        except Empty:
            return None

    while known:
        found = in_turns(next_ended, None if limit is None else max(0.0, until - time.monotonic()))
        if found is None:
            raise TimeoutError(f"{len(known)} of {total} tasks have not ended {_after(timeout)}.")
        yield found


def _after(timeout: Duration | None) -> str:
    return f"after {timeout:g} s" if isinstance(timeout, int | float) else f"after {timeout}"


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
