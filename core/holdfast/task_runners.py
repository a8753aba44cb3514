"""Where submitted tasks run.

Your own runner is a subclass of `TaskRunner`. Whatever it does, the engine's part of a task (checkpoints, retries, the
cache) stays in the flow's process, in the call that `TaskRunner.submit` receives.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from holdfast.engine.code.options import whole
from holdfast.engine.drive.function_kinds import is_async, is_generator
from holdfast.exceptions import InvalidFlow
from holdfast.substitutes import Substituting, absent_from, settings_checked

if TYPE_CHECKING:
    from holdfast.context import RemoteCall, TaskRunContext

T = TypeVar("T")

MAX_WORKERS = 256
"""The maximum number of threads of a run: many, since each task that waits for a person holds one."""


class TaskRunner(Substituting, ABC):
    """Runs the tasks that a flow submits. Each flow run has its own, made with `duplicate`."""

    remote: RemoteCall | None = None
    """Calls a task's function in another place, with the task run's context; ``None`` to call it in place."""

    @abstractmethod
    def duplicate(self) -> TaskRunner:
        """Return a new one with the same settings and without submitted calls."""

    @abstractmethod
    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Call ``function`` concurrently with the caller, in this process, with the caller's context variables."""

    @abstractmethod
    def shutdown(self, wait: bool = True) -> None:
        """Release resources once all submitted calls have ended; with ``wait`` do not return before that."""


class ThreadPoolTaskRunner(TaskRunner):
    """Runs each submitted task in a thread, ``max_workers`` at a time; async tasks in an event loop of that thread."""

    @settings_checked
    def __init__(self, max_workers: int | None = None) -> None:
        self.max_workers = MAX_WORKERS if max_workers is None else whole(max_workers, "max_workers", least=1)
        self._pool = ThreadPoolExecutor(self.max_workers, thread_name_prefix="holdfast-task")

    def duplicate(self) -> ThreadPoolTaskRunner:
        """See `TaskRunner`."""
        return type(self)(self.max_workers)

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """See `TaskRunner`."""
        return self._pool.submit(copy_context().run, function, *args)

    def shutdown(self, wait: bool = True) -> None:
        """See `TaskRunner`."""
        self._pool.shutdown(wait)


def _check_initializer(function: Any) -> None:
    if not callable(function):
        raise InvalidFlow(f"initializer is {function!r}; it must be a function.")
    if is_async(function) or is_generator(function):
        raise InvalidFlow(
            "initializer is an async function, or yields; it is called synchronously, so give a plain function."
        )


class ProcessPoolTaskRunner(TaskRunner):
    """Runs each submitted task in a process, ``max_workers`` at a time: by default one per CPU.

    Inputs and results are pickled. The processes import the script again, so its flow call belongs under an ``if
    __name__ == "__main__"``. Checkpoints, retries and hooks stay in the flow's process. A task that is running in a
    process ends by itself or by its ``timeout_seconds``, not when its run is cancelled. Each process calls
    ``initializer`` with ``initargs`` before its first task. If that raises an exception, the tasks fail, since the pool
    is broken.
    """

    @settings_checked
    def __init__(
        self,
        max_workers: int | None = None,
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self.max_workers = os.cpu_count() or 1 if max_workers is None else whole(max_workers, "max_workers", least=1)
        if initializer is not None:
            _check_initializer(initializer)
        self._initializer, self._initargs = initializer, tuple(initargs)
        self._threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="holdfast-task")
        self._processes: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def duplicate(self) -> ProcessPoolTaskRunner:
        """See `TaskRunner`."""
        return type(self)(self.max_workers, initializer=self._initializer, initargs=self._initargs)

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """See `TaskRunner`."""
        return self._threads.submit(copy_context().run, function, *args)

    def remote(self, here: TaskRunContext) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride] - not assigned
        """See `TaskRunner`."""
        # Only here, since it loads pickling and the store, and most task runners need neither.
        from holdfast.engine.tasks.other_process import execute, pack, unpack

        return unpack(self._pool().submit(execute, pack(here)).result())

    def _pool(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._processes is None:
                # Not forked: this process has threads, and connections that a child must not have.
                context = multiprocessing.get_context("spawn")
                self._processes = ProcessPoolExecutor(self.max_workers, context, self._initializer, self._initargs)
            return self._processes

    def shutdown(self, wait: bool = True) -> None:
        """See `TaskRunner`."""
        self._threads.shutdown(wait)
        if self._processes is not None:
            self._processes.shutdown(wait)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
