"""Calls in threads that belong to no run: which run they may be part of, and the warning in its log.

A thread that the user's code starts has no context variables, unless it is started with those of its starter. Python
does not tell which thread started which. So a run is assumed only if there is no other candidate: one tree of runs is
executing in this process, and in another thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from holdfast import context
from holdfast.logging import run_logger

if TYPE_CHECKING:
    from holdfast.flows import Flow
    from holdfast.tasks import Task


def tell_of_task(task: Task[..., object]) -> None:
    """Warn in the run's log, once for each task, about a call that is not recorded."""
    run = _likely_run()
    if run is not None and _is_first(run, f"task {task.key}"):
        run_logger(run).warning(
            "Task %s was called in a thread that belongs to no run (%s). If this run's code started it, the call "
            "is not recorded and will be done again when the run executes again: start the thread with "
            "contextvars.copy_context().run, or use %s.submit().",
            task.name,
            threading.current_thread().name,
            task.name,
        )


def tell_of_flow(flow: Flow[..., object]) -> None:
    """Warn in the run's log, once for each flow, about a call that is not a child of it.

    Programs have good reasons to run flows in separate threads. So the warning appears only if the run has the main
    thread and this thread is younger than the run.
    """
    run = _likely_run()
    if run is None or run.thread != threading.main_thread().ident or not _is_younger(run):
        return
    if _is_first(run, f"flow {flow.key}"):
        run_logger(run).warning(
            "Flow %s was called in a thread that belongs to no run (%s), so it is a separate run. If this run's code "
            "started the thread, it will be run again when the run executes again: start the thread with "
            "contextvars.copy_context().run.",
            flow.name,
            threading.current_thread().name,
        )


def _likely_run() -> context.FlowRunContext | None:
    """Return the one run that a call here may be part of: the innermost, if each run has called only one."""
    found = tuple(context.executing)
    if len({each.root_id for each in found}) != 1:
        return None
    if any(each.thread == threading.get_ident() for each in found):
        return None  # other code in the event loop, which the run shares
    called = {each.parent for each in found}
    innermost = [each for each in found if each not in called]
    return innermost[0] if len(innermost) == 1 else next((each for each in found if each.parent is None), None)


def _is_younger(run: context.FlowRunContext) -> bool:
    while run.parent is not None:
        run = run.parent
    return threading.current_thread() not in run.older_threads


def _is_first(run: context.FlowRunContext, what: str) -> bool:
    mine = object()
    return run.warned.setdefault(what, mine) is mine
