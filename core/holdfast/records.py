"""Frozen records, which the store returns. Their times are aware, in UTC."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from holdfast.exceptions import Path
from holdfast.schedules import CatchUp, Schedule
from holdfast.states import State
from holdfast.substitutes import Substituting


class WaitStatus(StrEnum):
    """The status of a wait."""

    OPEN = "open"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """The code asks another question instead, or no longer asks this one. If it asks it again, the answer is still
    there.
    """


class Request(StrEnum):
    """A request to a run, which it carries out at its next boundary."""

    PAUSE = "pause"
    SUSPEND = "suspend"
    CANCEL = "cancel"
    UNWIND = "unwind"
    """The run suspends itself: its whole tree leaves its code."""
    RELEASE = "release"
    """Its worker stops: leave the code, so that another worker can continue."""

    @property
    def suspends(self) -> bool:
        """Whether the run leaves its code for it, and can continue later."""
        return self in (Request.SUSPEND, Request.UNWIND, Request.RELEASE)


@dataclass(frozen=True, slots=True)
class FlowRun(Substituting):
    """A flow run, as lists show it."""

    id: UUID
    name: str
    flow_name: str
    state: State
    created: datetime
    started: datetime | None
    ended: datetime | None
    executions: int
    """The number of times that its code was started from the top."""
    parent_id: UUID | None
    """The run that called it, directly or by its deployment."""
    root_id: UUID
    """The top run of those that execute in the same process."""
    request: Request | None
    """The current request from outside."""
    requested_by: str | None
    requested_at: datetime | None
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """The number of this attempt, of those that the flow's ``retries`` allow."""
    deployment_id: UUID | None = None
    due: datetime | None = None
    """The time at which it starts, while it is scheduled."""
    has_process: bool = False
    """Whether a process executes it, or holds it until its own retry is due."""
    why_not_found: str | None = None
    """Why no other process can find its flow, so that it can be neither suspended nor retried; ``None`` if one can."""
    asks: bool | None = None
    """Whether it, or a run below it, has an unanswered question; ``None`` if this was not checked."""


class HostKind(StrEnum):
    """The kind of a process that executes runs."""

    SCRIPT = "script"
    WORKER = "worker"
    CHILD = "child"
    """A process that a worker started for one run."""


@dataclass(frozen=True, slots=True)
class Host:
    """A process that executes runs, or a worker that starts such processes."""

    id: UUID
    kind: HostKind
    pid: int
    process_start: str
    """Distinguishes the process from a later one with the same pid."""
    hostname: str
    slots: int
    """The number of runs that a worker executes at the same time."""
    registered: datetime
    lease_until: datetime
    """The time after which processes in other places consider it dead. Where its pid is valid, the process itself is
    checked.
    """
    place: str | None = None
    """Where a worker runs: ``worker``, the command; ``serve``, a flow that serves itself; ``app`` or ``web``."""
    worker_id: UUID | None = None
    """The worker that started a child process. It may have ended before."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a flow run's code is, and how it was started."""

    entrypoint: str | None
    """``/path/file.py:name`` or ``package.module:name``; ``None`` for code that is not in a file."""
    working_directory: str
    interpreter: str
    search_path: str | None = None
    """Folders in which the process looked for modules, besides those of its interpreter, separated by colons."""
    arguments: tuple[str, ...] = ()
    """The script's command line."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Options from ``with_options`` or the like that the flow under its name in the file does not have, as stored."""
    why_not: str | None = None
    """Why no other process can find the flow, if there is no entrypoint."""
    gathering: Mapping[str, str] | None = None
    """Its parameters that take any number of values: ``{"args": "*", "kwargs": "**"}``; ``None`` if not known."""

    @property
    def search_folders(self) -> list[str]:
        """Return the folders of ``search_path``."""
        if self.search_path is None or os.path.exists(self.search_path):  # noqa: PTH110 - one with a colon in its name
            return [] if self.search_path is None else [self.search_path]
        return self.search_path.split(os.pathsep)


@dataclass(frozen=True, slots=True)
class TaskRun(Substituting):
    """One call of a task in a flow run."""

    id: UUID
    flow_run_id: UUID | None
    """``None`` for a task that was called outside a flow, which is not recorded."""
    task_name: str
    name: str
    state: State
    started: datetime
    ended: datetime | None
    reused: int
    """The number of re-executions that found this call finished and used its result."""
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """The number of this attempt, of those that the task's ``retries`` allow."""
    called: datetime | None = None
    """The time at which it first started, if a later execution of its run has started it again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer given to a wait."""

    value: Any
    """The answer as JSON; ``None`` if the wait asks only for a go-ahead."""
    given_by: str
    given_at: datetime
    channel: str
    """Where the answer was given: ``app``, ``cli`` or ``python``."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What distinguishes the messages that a receiver waits for: an agreed prefix, or their type."""

    prefix: str | None
    type_digest: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A question that another one replaced, because the code asks something else there now."""

    id: UUID
    key: str
    description: str | None
    schema: Mapping[str, Any] | None
    initial: Mapping[str, Any] | None
    answer: Answer | None
    """Its answer, which is never used for the new question, but offered as its draft."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An open or closed question of a flow run, or with a ``channel`` the message that it waits for."""

    id: UUID
    flow_run_id: UUID
    flow_run_name: str
    flow_name: str
    key: str
    status: WaitStatus
    opened: datetime
    deadline: datetime | None
    description: str | None
    """Markdown."""
    schema: Mapping[str, Any] | None
    """The JSON Schema of the answer; ``None`` if the question asks only for a go-ahead."""
    initial: Mapping[str, Any] | None
    """Initial values of the form."""
    answer: Answer | None
    """The decision, or the answer that the run has not yet acknowledged."""
    objections: Mapping[Path, str]
    """The objections of the flow's own validators to the last answer; empty once a better one was given."""
    closed: datetime | None
    channel: Channel | None = None
    """Where its messages go; ``None`` for a question. A run that waits for messages is running, not paused."""
    replaced: Replaced | None = None
    """The question that the run asked here before its code, or one of its texts, changed."""
    root_name: str | None = None
    """The name of the run at the root of its tree, if the asking run was called by another."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent to a flow run."""

    id: int
    """Its number. Messages are received in this order."""
    flow_run_id: UUID
    prefix: str | None
    type_digest: str | None
    value: Any
    """The message as JSON; a plain value is under ``value``."""
    sender: str | None
    """``holdfast.flow-run.ID`` for a flow run, otherwise the name of the sender."""
    sent: datetime

    @property
    def key(self) -> str:
        """Its name, which no other message to the run has."""
        return f"{self.prefix or 'input'}-{self.id}"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a run's history."""

    seq: int
    flow_run_id: UUID
    task_run_id: UUID | None
    kind: str
    """One of `holdfast.event_kinds.EventKind`."""
    before: str | None
    """The name of the state before."""
    after: str
    """The name of the state after."""
    at: datetime
    actor: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Log:
    """One log line of a run."""

    seq: int
    flow_run_id: UUID
    task_run_id: UUID | None
    at: datetime
    level: int
    """The level as in the standard library: 20 is INFO."""
    message: str


@dataclass(frozen=True, slots=True)
class LogOf:
    """Whose log lines, and from which level."""

    flow_run_id: UUID
    task_run_id: UUID | None = None
    """Only lines of this task."""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A flow that is run by name or by schedule."""

    id: UUID
    flow_name: str
    name: str
    tags: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    catch_up: CatchUp
    """What to do about times that passed while no worker was running."""
    paused: bool
    """Whether its schedules are off. It can still be started by name."""
    limit: int | None
    """The maximum number of its runs that have a process at the same time."""
    next_due: datetime | None
    """The next time of its schedules."""
    created: datetime
    updated: datetime
    parameter_schema: Mapping[str, Any] | None
    """The JSON Schema of its flow's parameters; ``None`` if they have none."""

    @property
    def full_name(self) -> str:
        """``flow/name``, which is unique."""
        return f"{self.flow_name}/{self.name}"


class DraftOf(StrEnum):
    """The kind of thing that a draft is for."""

    WAIT = "wait"
    LISTENER = "listener"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody entered into a form and has not sent, without secrets."""

    author: str
    kept: datetime
    body: Mapping[str, Any]
    """The content as the form wrote it."""
