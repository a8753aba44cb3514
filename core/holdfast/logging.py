"""Logging from flows and tasks: to the run's log in the store, and to the terminal.

A run's log lines are stored and shown regardless of the application's own logging: its loggers may be disabled, without
handlers, of another class or set to other levels. The only exception is a level set on the logger ``holdfast``: one
lower than INFO stores and shows more, a higher one shows less on the terminal and stores the same.
"""

from __future__ import annotations

import builtins
import io
import logging
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from time import localtime, strftime
from typing import TYPE_CHECKING, Any

from holdfast import context
from holdfast.exceptions import LostUnwind
from holdfast.interrupts import overdue, raise_overdue
from holdfast.store import log_writing
from holdfast.substitutes import absent_from
from holdfast.text import clean, clean_block

FLOW_RUNS = "holdfast.flow_runs"
TASK_RUNS = "holdfast.task_runs"

_RUN = "_holdfast_run"
"""The attribute of a record with its run, until it is passed on to the application's handlers."""
_PRINTED = "_holdfast_printed"
"""The attribute of a record that is on the terminal already."""


class _RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger with a run, so that records reach the run's log from any thread."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        own = self.extra or {}
        return msg, {**kwargs, "extra": {**own, **(kwargs.get("extra") or {}), _RUN: own[_RUN]}}


class _Logger(logging.Logger):
    """Stores and shows records itself, and passes them on to the application's handlers.

    It is not one of the application's loggers, so that nothing configures it by accident.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._named = logging.getLogger(name)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name that `logging` calls
        return level >= self.getEffectiveLevel()

    def getEffectiveLevel(self) -> int:  # noqa: N802 - the name that `logging` calls
        return self.level or min(logging.INFO, self._wanted())

    def makeRecord(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: N802 - the name that `logging` calls
        if overdue:
            raise_overdue()
        return super().makeRecord(*args, **kwargs)

    def handle(self, record: logging.LogRecord) -> None:
        """Store it, show it, and pass it on."""
        for each in (self, self._named):
            kept = logging.Filterer.filter(each, record)
            if not kept:
                return
            record = kept if isinstance(kept, logging.LogRecord) else record
        run, printed = record.__dict__.pop(_RUN, None), record.__dict__.pop(_PRINTED, False)
        name = getattr(run, "task_run_name", None) or getattr(run, "flow_run_name", None)
        text = _text_of(record)
        if run is not None:
            _store(run, record.levelno, text)
        shown = record.levelno >= (self.level or self._wanted())
        if shown and _has_terminal and not printed:
            _show(record, name or record.name, text)
        if shown and record.levelno > self._named.manager.disable and self._named.hasHandlers():
            record.run = name or record.name
            record.__dict__.update(_names_of(run) | record.__dict__)
            self._pass_on(record)

    def _pass_on(self, record: logging.LogRecord) -> None:
        """Let the application's handlers process a record. What these print is not logged again."""
        _passing.on = True
        try:
            for handler in _handlers_of(self._named):
                if record.levelno >= handler.level and (_has_terminal or not _is_captured(handler)):
                    handler.handle(record)
        finally:
            _passing.on = False

    def _wanted(self) -> int:
        """Return the level set on the logger of this name or its parent; INFO if none is set."""
        return self._named.level or _ENGINE_LEVEL.level or logging.INFO


_ENGINE_LEVEL = logging.getLogger("holdfast")
_LOGGERS = {name: _Logger(name) for name in (FLOW_RUNS, TASK_RUNS, "holdfast")}
"""Made here, not at the first record: Ctrl-C in the middle of that would leave half a logger behind."""

_PLAIN = logging.Formatter()


def _handlers_of(logger: logging.Logger) -> Iterator[logging.Handler]:
    """Yield its handlers, and those of the parent loggers to which it passes its records on."""
    above: logging.Logger | None = logger
    while above is not None:
        yield from above.handlers
        above = above.parent if above.propagate else None


def _is_captured(handler: logging.Handler) -> bool:
    """Whether it writes to the captured output of this process, so that the log would have a record twice."""
    stream = getattr(handler, "stream", None)
    if stream is None or stream in (sys.stdout, sys.stderr):
        return stream is not None
    try:
        return stream.fileno() in (1, 2)  # these had other names when the handler was made
    except (AttributeError, OSError, ValueError):
        return False


class _Passing(threading.local):
    """Whether a record is being passed on in this thread."""

    on = False


_passing = _Passing()


def get_run_logger(
    context: context.FlowRunContext | context.TaskRunContext | None = None, **extra: Any
) -> logging.LoggerAdapter[logging.Logger]:
    """Return the logger of the flow run or task run that is executing here, or of ``context``, from `get_run_context`.

    Raises `OutsideFlowRun`. The application's handlers find ``extra`` in its records, in addition to ``flow_run_id``,
    ``flow_run_name``, ``flow_name`` and, for a task run, ``task_run_id``, ``task_run_name`` and ``task_name``.
    """
    return run_logger(_meant(context), extra)


def _meant(given: Any) -> context.FlowRunContext | context.TaskRunContext:
    if given is None:  # while a run is being named, it has no log yet
        return context.current() or context.outside()
    if isinstance(given, context.FlowRunContext | context.TaskRunContext):
        return given
    raise TypeError(f"context is {given!r}; it must be what get_run_context() returns in a flow or task.")


def run_logger(
    run: context.FlowRunContext | context.TaskRunContext, extra: Mapping[str, Any] | None = None
) -> logging.LoggerAdapter[logging.Logger]:
    """Return the logger of ``run``; its records have ``extra``."""
    name = TASK_RUNS if isinstance(run, context.TaskRunContext) else FLOW_RUNS
    return _RunLogger(_LOGGERS[name], {**(extra or {}), _RUN: run})


def _names_of(run: context.FlowRunContext | context.TaskRunContext | None) -> dict[str, Any]:
    """Return a run's attributes in a record for the application's handlers and formatters, named as in Prefect."""
    found: dict[str, Any] = {}
    if isinstance(run, context.TaskRunContext):
        found = {"task_run_id": str(run.task_run_id), "task_run_name": run.task_run_name, "task_name": run.task.name}
    if run is not None:
        of = run.flow_run
        found["flow_run_id"] = None if of is None else str(of.flow_run_id)
        found["flow_run_name"] = None if of is None else of.flow_run_name
        found["flow_name"] = None if of is None else of.flow.name
    return found


def engine_logger() -> logging.Logger:
    """Return the logger for everything that does not concern a single run."""
    return _LOGGERS["holdfast"]


def _text_of(record: logging.LogRecord) -> str:
    """Return the message with its exception. If it cannot be formatted, return it as given, and the reason."""
    try:
        return _PLAIN.format(record)
    except Exception as error:  # noqa: BLE001 - formatting runs the code of what is logged
        why = type(error).__name__
        with suppress(Exception):
            why = f"{why}: {error}: {record.msg!r} with {record.args!r}"
        record.msg, record.args = f"A log line cannot be formatted: {why}", ()
        return record.msg


def _store(run: context.FlowRunContext | context.TaskRunContext, level: int, text: str) -> None:
    """Store a line. Logging never ends the code that logs, so an error is only written to the terminal."""
    try:
        store_line(run, level, text)
    except Exception as error:  # noqa: BLE001 - logging's contract
        name = run.flow_run.flow_run_name if run.flow_run is not None else ""
        _write(f"A log line of {name} could not be stored: {type(error).__name__}: {error}")


def _show(record: logging.LogRecord, name: str, text: str) -> None:
    """Write a record to the terminal: time, level, run, message.

    Further lines are indented, since they are not records.
    """
    clock = strftime("%H:%M:%S", localtime(record.created))
    message = clean_block(text).replace("\n", "\n  ")
    _write(f"{clock} | {clean(record.levelname):<7} | {clean(name)} - {message}")


def _write(text: str) -> None:
    """Write to the current ``sys.stderr``, in one piece, so that threads do not mix their lines.

    A process that has left its terminal writes there.
    """
    stream, line = _left_terminal or sys.stderr, f"{clean_block(text)}\n"
    with suppress(OSError, ValueError, AttributeError):  # there is none, or nobody reads it any longer
        try:
            stream.write(line)
        except UnicodeEncodeError:
            stream.write(line.encode("ascii", "backslashreplace").decode())
        stream.flush()


_has_terminal = True
_left_terminal: Any = None


def has_terminal() -> bool:
    """Whether this process logs to a terminal; its child processes do the same."""
    return _has_terminal


def leave_terminal(terminal: Any = None) -> None:
    """Log to the store only: the output of this process is captured and would be logged twice.

    ``terminal`` is where messages still go that are not for the store; see `tell`.
    """
    global _has_terminal, _left_terminal
    _has_terminal, _left_terminal = False, terminal


def tell(run: context.FlowRunContext, level: int, message: str) -> None:
    """Write a message about a run to this process's terminal only."""
    record = logging.LogRecord(FLOW_RUNS, level, __file__, 0, message, None, None)
    _show(record, run.flow_run_name, message)


def store_line(run: context.FlowRunContext | context.TaskRunContext, level: int, message: str) -> None:
    """Append a line to a run's log only.

    Raises `LostUnwind` in the code of a run that another process has taken over.
    """
    flow_run = run.flow_run
    if flow_run is None:
        return
    task_run_id = run.task_run_id.hex if isinstance(run, context.TaskRunContext) else None
    written = log_writing.append(
        flow_run.database,
        flow_run_id=flow_run.flow_run_id.hex,
        task_run_id=task_run_id,
        level=level,
        message=message,
    )
    # In a thread of the user, which nothing of ours would leave, the line is dropped.
    if not written and context.current_flow_run() is flow_run:
        raise LostUnwind


_print = builtins.print
_capturing = 0
_capture_lock = threading.Lock()


@contextmanager
def captured_prints() -> Generator[None]:
    """Send what runs with ``log_prints`` print during this block to their logs, too."""
    global _capturing
    with _capture_lock:
        _capturing += 1
        builtins.print = _print_and_log
    try:
        yield
    finally:
        with _capture_lock:
            _capturing -= 1
            if not _capturing:
                builtins.print = _print


def _print_and_log(*values: Any, **options: Any) -> None:
    if overdue:
        raise_overdue()
    run = context.current()
    logged = run is not None and run.log_prints and options.get("file") in (None, sys.stdout, sys.stderr)
    if run is None or not logged or _has_terminal:
        _print(*values, **options)
    if run is None or not logged:
        return
    written = io.StringIO()
    _print(*values, sep=options.get("sep"), end=options.get("end"), file=written)
    text = written.getvalue().rstrip()
    if _passing.on:
        _store(run, logging.INFO, text)
    else:
        _log_print(run, text)


def _log_print(run: context.FlowRunContext | context.TaskRunContext, text: str) -> None:
    """Log what user code printed, as if it had logged it there."""
    logger, caller = run_logger(run).logger, sys._getframe(2)
    place = (caller.f_code.co_filename, caller.f_lineno)
    extra = {_RUN: run, _PRINTED: True}
    logger.handle(logger.makeRecord(logger.name, logging.INFO, *place, text, (), None, caller.f_code.co_name, extra))


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
