"""Exceptions by which code is left, when nobody catches them.

A call of a flow whose run was suspended or lost raises a `RunLeft`. It is an ordinary `Exception`, so an event loop, a
web server or a pool treats it like any other, and it disturbs nothing else. If nobody catches it, it ends the script
with its own status and without a traceback, because the run's log has the message. Where it can only end the script, it
is a `SystemExit` as well: in sync code of the main thread, and in the only coroutine that ``asyncio.run`` runs. An
interactive session shows it in one line and continues.

An unusable database is also reported in one sentence: a traceback through the engine would not help.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, cast

from holdfast.engine.drive.tracebacks import is_group
from holdfast.exceptions import FlowRunLost, RunLeft, StoreError, Unwind
from holdfast.signals import in_event_loop
from holdfast.states import State
from holdfast.text import clean

_MARK = "is_holdfasts"
_LAST = -1000
"""After everything that `multiprocessing` itself does when a process ends."""

_seen_to: set[int] = set()
"""The process, once it is set to end quietly."""


def left(state: State) -> RunLeft | None:
    """Return the exception of a call whose run was left in this state: it has not ended, or another process has it.

    A run that has ended may have failed with the exception of another run, which is an ordinary error.
    """
    error = state.data
    is_its_own = isinstance(error, FlowRunLost) or not state.is_final()
    return error if isinstance(error, RunLeft) and is_its_own else None


def as_raised(error: RunLeft) -> RunLeft:
    """Return the exception in the form that a flow call raises in the calling code."""
    keep_quiet()
    if not _can_only_end():
        return error
    made = _ending(type(error))(error.flow_run_id, error.flow_run_name)
    ending = cast("SystemExit", made)
    ending.code, ending.args = error.exit_status, (error.exit_status,)  # some programs look at one, some at the other
    return made


def _ending(kind: type[RunLeft]) -> type[RunLeft]:
    """Return a class that is also a `SystemExit`. In another process it is an ordinary exception."""

    def reduce(self: RunLeft) -> tuple[Any, ...]:
        return kind, (self.flow_run_id, self.flow_run_name)

    return type(kind.__name__, (kind, SystemExit), {"__reduce__": reduce})


def keep_quiet() -> None:
    """Make sure that no traceback is printed for code that was left, wherever the uncaught exception is found."""
    if not hasattr(sys.excepthook, _MARK):
        sys.excepthook = _for_script(sys.excepthook)
    if not hasattr(threading.excepthook, _MARK):
        threading.excepthook = _for_thread(threading.excepthook)
    loop = _asyncio_loop()
    if loop is not None and not hasattr(loop.get_exception_handler(), _MARK):
        loop.set_exception_handler(_for_loop(loop.get_exception_handler()))
    _see_to_process()


def _for_script(before: Callable[..., Any]) -> Callable[..., Any]:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        status = 1 if isinstance(error, StoreError) else _status(error)
        if status is None:
            before(kind, error, trace)
            return
        if isinstance(error, StoreError) or _is_interactive():
            print(clean(str(error)), file=sys.stderr)
        if not _is_interactive():
            raise SystemExit(status)  # Python ends with it where its hook raises it

    return _marked(hook)


def _for_thread(before: Callable[..., Any]) -> Callable[..., Any]:
    def hook(args: Any) -> None:
        if isinstance(args.exc_value, StoreError):
            print(clean(str(args.exc_value)), file=sys.stderr)
        elif not _is_quiet(args.exc_value):
            before(args)

    return _marked(hook)


def _for_loop(before: Callable[..., Any] | None) -> Callable[..., Any]:
    def handler(loop: Any, told: dict[str, Any]) -> None:
        if _is_quiet(told.get("exception")):
            return
        if before is None:
            loop.default_exception_handler(told)
        else:
            before(loop, told)

    return _marked(handler)


def _see_to_process() -> None:
    """Set the exit status of a process of `multiprocessing`.

    Such a process prints its function's exception, and only `SystemExit` gives it a status.
    """
    process, util = (sys.modules.get(f"multiprocessing.{name}") for name in ("process", "util"))
    if process is None or util is None or process.parent_process() is None or os.getpid() in _seen_to:
        return
    _seen_to.add(os.getpid())
    util.Finalize(None, _end_process, exitpriority=_LAST)


def _end_process() -> None:
    status = _status(sys.exc_info()[1])
    if status is not None:
        raise SystemExit(status)


def _status(error: BaseException | None) -> int | None:
    """Return the exit status of a script for this error; ``None`` if other errors were raised as well or instead."""
    if isinstance(error, RunLeft):
        return error.exit_status
    if is_group(error):
        each = [_status(one) for one in error.exceptions]
        found = [one for one in each if one is not None]
        return max(found) if len(found) == len(each) else None
    return None


def _is_quiet(error: BaseException | None) -> bool:
    return isinstance(error, Unwind) or _status(error) is not None


def _can_only_end() -> bool:
    """Whether an exception that nobody catches here ends the script, and nothing else."""
    if threading.current_thread() is not threading.main_thread() or _is_interactive():
        return False
    return _is_all_that_runs() if in_event_loop() else True


def _is_all_that_runs() -> bool:
    """Whether this is the task that the event loop runs until it is complete."""
    if _asyncio_loop() is None:
        return False
    task = sys.modules["asyncio"].current_task()
    callbacks = getattr(task, "_callbacks", None) or ()
    return any(getattr(each, "__name__", "") == "_run_until_complete_cb" for each, _ in callbacks)


def _asyncio_loop() -> Any:
    asyncio = sys.modules.get("asyncio")
    return None if asyncio is None else asyncio._get_running_loop()


def _is_interactive() -> bool:
    return hasattr(sys, "ps1") or bool(sys.flags.interactive or sys.flags.inspect) or hasattr(builtins, "__IPYTHON__")


def _marked(function: Callable[..., Any]) -> Callable[..., Any]:
    setattr(function, _MARK, True)
    return function
