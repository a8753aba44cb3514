"""The runs that are executing here: ``holdfast.runtime.flow_run``, ``task_run`` and ``deployment``.

Outside a run their attributes are ``None``, or empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast import context
from holdfast.engine import results
from holdfast.records import Deployment
from holdfast.store import deployments, queries
from holdfast.substitutes import Substituting, absent_from

__all__ = ["deployment", "flow_run", "task_run"]


class _FlowRun(Substituting):
    """The flow run that is executing here."""

    @property
    def id(self) -> str | None:
        """Its id."""
        return None if (run := _flow_run()) is None else str(run.flow_run_id)

    @property
    def name(self) -> str | None:
        """Its name."""
        return None if (run := _flow_run()) is None else run.flow_run_name

    @property
    def flow_name(self) -> str | None:
        """The name of its flow."""
        return None if (run := _flow_run()) is None else run.flow.name

    @property
    def flow_version(self) -> str | None:
        """The version of its flow."""
        return None if (run := _flow_run()) is None else run.flow.version

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters, as its function received them."""
        return {} if (run := _flow_run()) is None else run.parameters

    @property
    def tags(self) -> list[str]:
        """Its tags, in order."""
        return [] if (run := _flow_run()) is None else sorted(run.tags)

    @property
    def run_count(self) -> int:
        """How often its code was started from the top, including this time."""
        return 0 if (run := _flow_run()) is None else run.execution

    @property
    def parent_flow_run_id(self) -> str | None:
        """The id of the run that called it."""
        run = _flow_run()
        return None if run is None or run.parent is None else str(run.parent.flow_run_id)

    @property
    def root_flow_run_id(self) -> str | None:
        """The id of the first run in the chain of callers; its own, if nothing called it."""
        return None if (run := _flow_run()) is None else str(run.root_id)


class _TaskRun(Substituting):
    """The task run that is executing here."""

    @property
    def id(self) -> str | None:
        """Its id."""
        return None if (run := _task_run()) is None else str(run.task_run_id)

    @property
    def name(self) -> str | None:
        """Its name."""
        return None if (run := _task_run()) is None else run.task_run_name

    @property
    def task_name(self) -> str | None:
        """The name of its task."""
        return None if (run := _task_run()) is None else run.task.name

    @property
    def parameters(self) -> dict[str, Any]:
        """Its inputs, as its function received them."""
        return {} if (run := _task_run()) is None else run.parameters

    @property
    def tags(self) -> list[str]:
        """Its tags, in order."""
        return [] if (run := _task_run()) is None else sorted(run.tags)

    @property
    def run_count(self) -> int:
        """The number of this attempt."""
        return 0 if (run := _task_run()) is None else run.attempt


class _Deployment(Substituting):
    """The deployment of the flow run, or of the root run of those that execute in its process."""

    @property
    def id(self) -> str | None:
        """Its id."""
        return None if (found := _deployment()) is None else str(found.id)

    @property
    def name(self) -> str | None:
        """Its name."""
        return None if (found := _deployment()) is None else found.name

    @property
    def flow_run_id(self) -> str | None:
        """The id of the flow run that is executing here."""
        return None if _deployment() is None else flow_run.id

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the deployment's run, as JSON: the deployment's own, and those given at the start."""
        if (run := _flow_run()) is None or _deployment() is None:
            return {}
        given: dict[str, Any] = results.decode(queries.get_parameters(run.database, run.root_id))
        return given


def _deployment() -> Deployment | None:
    run = _flow_run()
    if run is None or (run is context.named() and run.parent is None):  # it is not recorded yet
        return None
    deployment_id = queries.get_flow_run(run.database, run.root_id).deployment_id
    return None if deployment_id is None else deployments.get(run.database, deployment_id)


def _flow_run() -> context.FlowRunContext | None:
    run = context.named() or context.current()
    return None if run is None else run.flow_run


def _task_run() -> context.TaskRunContext | None:
    run = context.named() or context.current()
    return run if isinstance(run, context.TaskRunContext) else None


flow_run = _FlowRun()
task_run = _TaskRun()
deployment = _Deployment()


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
