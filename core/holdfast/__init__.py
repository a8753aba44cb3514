"""Python flows that wait for people.

A `flow` is plain Python. Where it needs a person, it pauses (its process stays) or suspends (its process ends). The
question appears in an inbox in the terminal. Once it is answered, the flow continues without repeating finished work.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

from holdfast import substitutes as _substitutes

if TYPE_CHECKING:
    from holdfast.annotations import allow_failure, unmapped
    from holdfast.context import tags
    from holdfast.deployments import delete_deployment, pause_deployment, resume_deployment, run_deployment, serve
    from holdfast.flow_runs import (
        cancel_flow_run,
        checkpoint,
        pause_flow_run,
        resume_flow_run,
        retry_flow_run,
        suspend_flow_run,
        wait_for_flow_run,
    )
    from holdfast.flows import Flow, flow
    from holdfast.futures import TaskFuture
    from holdfast.input import RunInput
    from holdfast.logging import get_run_logger
    from holdfast.reading import (
        get_events,
        get_flow_run,
        get_logs,
        get_messages,
        get_task_runs,
        get_waits,
        list_flow_runs,
    )
    from holdfast.states import State, StateType
    from holdfast.tasks import Task, task

__all__ = [
    "Flow",
    "RunInput",
    "State",
    "StateType",
    "Task",
    "TaskFuture",
    "allow_failure",
    "cancel_flow_run",
    "checkpoint",
    "delete_deployment",
    "flow",
    "get_events",
    "get_flow_run",
    "get_logs",
    "get_messages",
    "get_run_logger",
    "get_task_runs",
    "get_waits",
    "list_flow_runs",
    "pause_deployment",
    "pause_flow_run",
    "resume_deployment",
    "resume_flow_run",
    "retry_flow_run",
    "run_deployment",
    "serve",
    "suspend_flow_run",
    "tags",
    "task",
    "unmapped",
    "wait_for_flow_run",
]

_HOMES = {
    "annotations": (
        "allow_failure",
        "unmapped",
    ),
    "context": ("tags",),
    "deployments": (
        "delete_deployment",
        "pause_deployment",
        "resume_deployment",
        "run_deployment",
        "serve",
    ),
    "flow_runs": (
        "cancel_flow_run",
        "checkpoint",
        "pause_flow_run",
        "resume_flow_run",
        "retry_flow_run",
        "suspend_flow_run",
        "wait_for_flow_run",
    ),
    "flows": (
        "Flow",
        "flow",
    ),
    "futures": ("TaskFuture",),
    "input": ("RunInput",),
    "logging": ("get_run_logger",),
    "reading": (
        "get_events",
        "get_flow_run",
        "get_logs",
        "get_messages",
        "get_task_runs",
        "get_waits",
        "list_flow_runs",
    ),
    "states": (
        "State",
        "StateType",
    ),
    "tasks": (
        "Task",
        "task",
    ),
}
"""The module of each public name."""
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


sys.meta_path.append(_substitutes.AbsentModules)


def __getattr__(name: str) -> Any:
    # Each name is loaded when it is first used. So code that only reads runs, such as the app, starts a fifth faster.
    if name == "__version__":
        from importlib.metadata import version  # takes longer to load than flows do

        return version(__name__)
    if name not in _HOME_OF:
        _substitutes.absent_from(__name__)(name)
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    return found


def __dir__() -> list[str]:
    return [*(name for name in globals() if name.startswith("__")), *__all__]
