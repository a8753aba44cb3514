"""Logging from flows and tasks: to the run's log in the store, and to the terminal."""

from __future__ import annotations

import builtins
import io
import logging
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from holdfast import context
from holdfast.interrupts import heed, overdue

FLOW_RUNS = "holdfast.flow_runs"
TASK_RUNS = "holdfast.task_runs"


class _RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that knows its run, so that records reach the run's log from any thread."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, {**kwargs, "extra": {**(self.extra or {}), **kwargs.get("extra", {})}}


def get_run_logger() -> logging.LoggerAdapter[logging.Logger]:
    """The logger of the flow run or task run that is executing here. Raises `OutsideFlowRun`."""
    return run_logger(context.get_run_context())


def run_logger(run: context.FlowRunContext | context.TaskRunContext) -> logging.LoggerAdapter[logging.Logger]:
    """The logger of ``run``."""
    _set_up()
    name = TASK_RUNS if isinstance(run, context.TaskRunContext) else FLOW_RUNS
    return _RunLogger(logging.getLogger(name), {"holdfast_run": run})


class _StoreHandler(logging.Handler):
    """Writes the records of runs to their logs."""

    def emit(self, record: logging.LogRecord) -> None:
        run = getattr(record, "holdfast_run", None)
        if run is None:
            return
        try:
            store_line(run, record.levelno, self.format(record))
        except Exception:  # noqa: BLE001 - logging's contract: a handler reports its errors, never raises
            self.handleError(record)


class _TerminalFormatter(logging.Formatter):
    """Time, level, run, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s | %(levelname)-7s | %(run)s - %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        run = getattr(record, "holdfast_run", None)
        name = getattr(run, "task_run_name", None) or getattr(run, "flow_run_name", None)
        record.run = name or record.name
        return super().format(record)


class _TerminalHandler(logging.StreamHandler[Any]):
    """Writes to whatever ``sys.stderr`` is at the time."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(_TerminalFormatter())

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        """Given by the base class; the terminal is looked up anew for each record."""


_STORE = _StoreHandler()
_TERMINAL = _TerminalHandler()
"""Made here, not at the first record: Ctrl-C in the midst of that would leave half a handler behind."""

_has_terminal = True


def leave_terminal() -> None:
    """Log to the store only: what this process writes is captured and would be logged twice."""
    global _has_terminal
    _has_terminal = False


def _set_up() -> None:
    logger = logging.getLogger("holdfast")
    if _STORE not in logger.handlers:
        logger.addHandler(_STORE)
        if _has_terminal:
            logger.addHandler(_TERMINAL)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)


def store_line(run: context.FlowRunContext | context.TaskRunContext, level: int, message: str) -> None:
    """Append a line to a run's log only."""
    from holdfast.store import logs

    flow_run = run.flow_run
    if flow_run is None:
        return
    task_run_id = run.task_run_id.hex if isinstance(run, context.TaskRunContext) else None
    logs.append(
        flow_run.database,
        flow_run_id=flow_run.flow_run_id.hex,
        task_run_id=task_run_id,
        level=level,
        message=message,
    )


_print = builtins.print
_capturing = 0
_capture_lock = threading.Lock()


@contextmanager
def captured_prints() -> Iterator[None]:
    """While this lasts, what runs with ``log_prints`` print also goes to their logs."""
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
        heed()
    run = context.current()
    logged = run is not None and run.log_prints and options.get("file") in (None, sys.stdout)
    if run is None or not logged or _has_terminal:
        _print(*values, **options)
    if run is None or not logged or run.flow_run is None:
        return
    text = io.StringIO()
    _print(*values, sep=options.get("sep"), end="", file=text)
    store_line(run, logging.INFO, text.getvalue())
