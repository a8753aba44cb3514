"""Calls in threads that know of no run: which run they may be of, and what its log says of them.

A thread that the user's code starts has the context variables of nobody, unless it is started with those of its
starter. Python does not tell which thread started which, so a run is only taken to be meant where no other can be: one
tree of runs is executing in this process, and in another thread.
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
    """Warn in the run's log, once for each task, of a call that is not recorded."""
    run = _likely_run()
    if run is not None and _is_first(run, f"task {task.key}"):
        run_logger(run).warning(
            "Task %s was called in a thread that knows of no run (%s). If this run's code started the thread, the call "
            "is not recorded and will be done again when the run executes again: start the thread with "
            "contextvars.copy_context().run, or use %s.submit().",
            task.name,
            threading.current_thread().name,
            task.name,
        )


def tell_of_flow(flow: Flow[..., object]) -> None:
    """Warn in the run's log, once for each flow, of a call that is no child of it.

    Programs run flows in threads of their own for good reasons, so that is told only where the run has the main thread
    and this thread is younger than it.
    """
    run = _likely_run()
    if run is None or run.thread != threading.main_thread().ident or not _is_younger(run):
        return
    if _is_first(run, f"flow {flow.key}"):
        run_logger(run).warning(
            "Flow %s was called in a thread that knows of no run (%s), so it is a run of its own. If this run's code "
            "started the thread, it will be run again when the run executes again: start the thread with "
            "contextvars.copy_context().run.",
            flow.name,
            threading.current_thread().name,
        )


def _likely_run() -> context.FlowRunContext | None:
    """The one run that a call here may be of: the innermost, where each run has called but one."""
    found = tuple(context.executing)
    if len({each.root_id for each in found}) != 1:
        return None
    if any(each.thread == threading.get_ident() for each in found):
        return None  # other code in the event loop, which the run shares with it
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
