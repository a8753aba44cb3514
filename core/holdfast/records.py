"""What the store hands out: frozen records. Times are aware, in UTC."""

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
    """Where a wait is in its life."""

    OPEN = "open"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """The code asks something else in its place, or no longer asks it. Asked again, it has its answer still."""


class Request(StrEnum):
    """What was asked of a run, to be done at its next boundary."""

    PAUSE = "pause"
    SUSPEND = "suspend"
    CANCEL = "cancel"
    UNWIND = "unwind"
    """The run itself suspends: all of its tree leaves its code."""
    RELEASE = "release"
    """Its worker stops: leave the code, so that another worker can go on."""


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
    """How often its code was started from the top."""
    parent_id: UUID | None
    """The run that called it, here or by its deployment."""
    root_id: UUID
    """The top of the runs that execute in one process with it."""
    request: Request | None
    """What was asked from outside and is in force."""
    requested_by: str | None
    requested_at: datetime | None
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """Which try this is of those that the flow's ``retries`` allow."""
    deployment_id: UUID | None = None
    due: datetime | None = None
    """When it is to start, while it is scheduled."""
    has_process: bool = False
    """A process executes it, or holds it until its own retry is due."""
    why_not_found: str | None = None
    """Why no other process can find its flow, so that it can be neither suspended nor retried; ``None`` if one can."""
    asks: bool | None = None
    """Whether it, or a run below it, has a question that nobody has answered; ``None`` where nobody has looked."""


class HostKind(StrEnum):
    """What sort of process executes runs."""

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
    """With this a process is told from a later one with the same pid."""
    hostname: str
    slots: int
    """How many runs a worker executes at a time."""
    registered: datetime
    lease_until: datetime
    """For who is elsewhere it counts as dead after this; where its pid means the same, that is looked at."""
    place: str | None = None
    """What a worker is in: ``worker``, the command; ``serve``, a flow that serves itself; ``app`` or ``web``."""
    worker_id: UUID | None = None
    """Which worker started a child; it may have ended before."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a flow run's code lives and how it was started."""

    entrypoint: str | None
    """``/path/file.py:name`` or ``package.module:name``; ``None`` for code that is in no file."""
    working_directory: str
    interpreter: str
    search_path: str | None = None
    """Folders in which the process looked for modules, beside those of its interpreter, with colons between them."""
    arguments: tuple[str, ...] = ()
    """The script's own command line."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What the flow was given with ``with_options`` or the like and its name in the file does not have, as stored."""
    why_not: str | None = None
    """Why no other process can find the flow, where there is no entrypoint."""
    gathering: Mapping[str, str] | None = None
    """Its parameters that take any number of values: ``{"args": "*", "kwargs": "**"}``; ``None`` if not known."""

    @property
    def search_folders(self) -> list[str]:
        """The folders of ``search_path``."""
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
    """How many re-executions found this call finished and used its result."""
    tags: frozenset[str] = frozenset()
    attempt: int = 1
    """Which try this is of those that the task's ``retries`` allow."""
    called: datetime | None = None
    """When it first started, where a later execution of its run has started it again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer given to a wait."""

    value: Any
    """As JSON has it; ``None`` where the wait asks for nothing but a yes."""
    given_by: str
    given_at: datetime
    channel: str
    """Where it was given: ``app``, ``cli`` or ``python``."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What tells the messages that somebody waits for from others: a prefix that was agreed on, or their type."""

    prefix: str | None
    type_digest: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A question whose place another one took, since the code asks something else there now."""

    id: UUID
    key: str
    description: str | None
    schema: Mapping[str, Any] | None
    initial: Mapping[str, Any] | None
    answer: Answer | None
    """What had been answered: never used for the new question, but offered as its draft."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An open or closed question of a flow run, or with a ``channel`` what it waits to be sent."""

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
    """JSON Schema of the answer; ``None`` where nothing is asked but to go on."""
    initial: Mapping[str, Any] | None
    """Values to fill the form with."""
    answer: Answer | None
    """The decision, or the answer that the run has not yet acknowledged."""
    objections: Mapping[Path, str]
    """What the flow's own validators had against the last answer; empty once a better one was given."""
    closed: datetime | None
    channel: Channel | None = None
    """Where messages for it go; ``None`` for a question. A run that waits for messages is running, not paused."""
    replaced: Replaced | None = None
    """The question that the run asked here before its code, or a text of its, changed."""
    root_name: str | None = None
    """The name of the run at the root of its tree, where the run that asks was called by another."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent to a flow run."""

    id: int
    """Messages are received in this order."""
    flow_run_id: UUID
    prefix: str | None
    type_digest: str | None
    value: Any
    """As JSON has it; a plain value is under ``value``."""
    sender: str | None
    """``holdfast.flow-run.ID`` for a flow run, else who sent it."""
    sent: datetime

    @property
    def key(self) -> str:
        """What it is called; no other message to the run is called so."""
        return f"{self.prefix or 'input'}-{self.id}"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log of what happened to a run."""

    seq: int
    flow_run_id: UUID
    task_run_id: UUID | None
    kind: str
    """One of `holdfast.event_kinds.EventKind`."""
    before: str | None
    """Name of the state before."""
    after: str
    """Name of the state after."""
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
    """As in the standard library: 20 is INFO."""
    message: str


@dataclass(frozen=True, slots=True)
class LogOf:
    """Whose log lines, and from which level on."""

    flow_run_id: UUID
    task_run_id: UUID | None = None
    """One task's only."""
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
    """What becomes of times that passed while nobody looked."""
    paused: bool
    """Its schedules make no runs; it can be started by name."""
    limit: int | None
    """How many of its runs have a process at a time, at most."""
    next_due: datetime | None
    """When its schedules come next."""
    created: datetime
    updated: datetime
    parameter_schema: Mapping[str, Any] | None
    """JSON Schema of its flow's parameters; ``None`` where they have none."""

    @property
    def full_name(self) -> str:
        """``flow/name``, which is unique."""
        return f"{self.flow_name}/{self.name}"


class DraftOf(StrEnum):
    """What a draft is for."""

    WAIT = "wait"
    LISTENER = "listener"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody entered into a form and has not sent. Secrets are not in it."""

    author: str
    kept: datetime
    body: Mapping[str, Any]
    """As the form itself wrote it down."""
