"""Records as JSON, the same for the command line and the app. Times are ISO 8601 in UTC; secrets are masked."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from holdfast.question_changes import differences
from holdfast.records import Deployment, Event, FlowRun, Log, Replaced, TaskRun, Wait
from holdfast.states import State
from holdfast.values.json_text import ascii_json
from holdfast.values.masks import mask
from holdfast.values.schema_places import without_marks

if TYPE_CHECKING:
    from holdfast.engine.everything import Everything, EverythingOfTask
    from holdfast.engine.preview import Preview

Json = dict[str, Any]


def dump(value: Any, *, indent: int | None = 2) -> str:
    """Return JSON text in ASCII, so that a terminal obeys nothing in it. Numbers keep every digit."""
    try:
        return json.dumps(value, indent=indent, allow_nan=False).replace("\x7f", "\\u007f")
    except (
        TypeError,
        ValueError,
    ):  # an exact number, one that is not finite, or one that is longer than Python converts
        return ascii_json(value, indent=indent)


def time(moment: datetime | None) -> str | None:
    """Return a time, or null."""
    return None if moment is None else moment.isoformat()


def state(of: State) -> Json:
    """Return a state."""
    return {"type": of.type.value, "name": of.name, "message": of.message, "timestamp": time(of.timestamp)}


def flow_run(run: FlowRun) -> Json:
    """Return a flow run, as in lists."""
    return {
        "flow_run_id": str(run.id),
        "flow_run_name": run.name,
        "flow_name": run.flow_name,
        "state": state(run.state),
        "created": time(run.created),
        "started": time(run.started),
        "ended": time(run.ended),
        "executions": run.executions,
        "parent_flow_run_id": None if run.parent_id is None else str(run.parent_id),
        "root_flow_run_id": str(run.root_id),
        "request": run.request,
        "requested_by": run.requested_by,
        "requested_at": time(run.requested_at),
        "deployment_id": None if run.deployment_id is None else str(run.deployment_id),
        "due": time(run.due),
    }


def wait(of: Wait) -> Json:
    """Return a wait, with its answer and the flow's objections to the last one; secrets are masked."""
    answer = of.answer
    return {
        "flow_run_id": str(of.flow_run_id),
        "flow_run_name": of.flow_run_name,
        "flow_name": of.flow_name,
        "root_flow_run_name": of.root_name or of.flow_run_name,
        "key": of.key,
        "kind": "question" if of.channel is None else "message",
        "status": of.status.value,
        "opened": time(of.opened),
        "deadline": time(of.deadline),
        "closed": time(of.closed),
        "description": of.description,
        "schema": without_marks(of.schema),
        "initial": mask(of.schema, of.initial),
        "answer": None if answer is None else mask(of.schema, answer.value),
        "answered_by": None if answer is None else answer.given_by,
        "answered_at": None if answer is None else time(answer.given_at),
        "channel": None if answer is None else answer.channel,
        "objections": [{"path": list(path), "message": text} for path, text in of.objections.items()],
        "replaced": None if of.replaced is None else _replaced(of, of.replaced),
    }


def _replaced(of: Wait, old: Replaced) -> Json:
    """Return the question that a wait replaced, and the differences."""
    answer = old.answer
    return {
        "key": old.key,
        "differences": differences(old, of),
        "answer": None if answer is None else mask(old.schema, answer.value),
        "answered_by": None if answer is None else answer.given_by,
        "answered_at": None if answer is None else time(answer.given_at),
    }


def task_run(run: TaskRun) -> Json:
    """Return a task run."""
    return {
        "task_run_id": str(run.id),
        "task_run_name": run.name,
        "task_name": run.task_name,
        "flow_run_id": str(run.flow_run_id),
        "state": state(run.state),
        "started": time(run.started),
        "ended": time(run.ended),
        "reused": run.reused,
        "attempt": run.attempt,
    }


def event(of: Event) -> Json:
    """Return an entry of a run's history."""
    return {
        "flow_run_id": str(of.flow_run_id),
        "task_run_id": None if of.task_run_id is None else str(of.task_run_id),
        "kind": of.kind,
        "before": of.before,
        "after": of.after,
        "timestamp": time(of.at),
        "actor": of.actor,
        "detail": of.detail,
    }


def log(line: Log) -> Json:
    """Return a log line."""
    return {
        "flow_run_id": str(line.flow_run_id),
        "task_run_id": None if line.task_run_id is None else str(line.task_run_id),
        "timestamp": time(line.at),
        "level": logging.getLevelName(line.level),
        "message": line.message,
    }


def deployment(of: Deployment) -> Json:
    """Return a deployment."""
    return {
        "deployment_id": str(of.id),
        "full_name": of.full_name,
        "flow_name": of.flow_name,
        "name": of.name,
        "tags": list(of.tags),
        "schedules": [
            {
                "kind": each.kind,
                "rule": each.rule,
                "timezone": each.timezone,
                "anchor": time(each.anchor),
                "day_or": each.day_or,
            }
            for each in of.schedules
        ],
        "catch_up": of.catch_up.value,
        "paused": of.paused,
        "limit": of.limit,
        "next_due": time(of.next_due),
        "created": time(of.created),
        "updated": time(of.updated),
        "parameter_schema": without_marks(of.parameter_schema),
    }


def everything(found: Everything) -> Json:
    """Return everything that is known about a run, as ``holdfast show --json`` prints it and the app exports it."""
    return {
        **flow_run(found.run),
        "deployment": None if found.deployment is None else found.deployment.full_name,
        "entrypoint": found.origin.entrypoint,
        "working_directory": found.origin.working_directory,
        "interpreter": found.origin.interpreter,
        "parameters": found.parameters,
        "result": found.result,
        "waits": [wait(each) for each in found.waits],
        "waits_below": [wait(each) for each in found.waits_below],
        "task_runs": [task_run(each) for each in found.task_runs],
        "children": [flow_run(each) for each in found.children],
        "events": [event(each) for each in found.events],
    }


def everything_of_task(found: EverythingOfTask) -> Json:
    """Return everything that is known about a call of a task."""
    inputs = None if found.inputs is None else dict(found.inputs)
    return {
        **task_run(found.run),
        "inputs": inputs,
        "result": found.result,
        "logs": [log(each) for each in found.logs],
    }


def preview(of: Preview) -> Json:
    """Return what would happen if a run continued: names of tasks, runs and questions."""
    return {
        "flow_run_id": str(of.run.id),
        "how": of.how.value,
        "tasks_reused": [each.name for each in of.reused],
        "tasks_raised": [each.name for each in of.raised],
        "tasks_again": [each.name for each in of.again],
        "children_reused": [each.name for each in of.children_reused],
        "children_again": [each.name for each in of.children_again],
        "answers_reused": [each.key for each in of.decided],
        "messages_received_again": of.received,
        "still_asked": [each.key for each in of.open],
        "asked_again": [each.key for each in of.asked_again],
        "code": {"entrypoint": of.code.origin.entrypoint, "state": of.code.state.value},
    }
