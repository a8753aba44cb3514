"""Records for the pages of runs and tasks. They know neither Textual nor the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.records import Event, FlowRun, Log, TaskRun, Wait
from holdfast.states import StateType

LOG_LINES = 5_000
"""The number of log lines that a page begins with. Earlier ones are read on scrolling up."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A contiguous part of a log, and whether there are lines before and after it."""

    lines: Sequence[Log]
    first: bool
    """Whether no line comes before them."""
    last: bool
    """Whether no line comes after them."""
    seen: int
    """The last line of the run before this read. No line up to it is missing at the end."""
    total: int = 0
    """The total number of lines, if it was requested."""
    hidden: int = 0
    """The number of lines of lower levels, if there are no lines to show."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child run and its depth."""

    depth: int
    run: FlowRun


@dataclass(frozen=True, slots=True)
class Values:
    """A result or an error, in lines."""

    lines: Sequence[str]
    is_error: bool


@dataclass(frozen=True, slots=True)
class RunDetails:
    """The data of a run's page, without the steps, which are read in windows."""

    run: FlowRun
    parent_name: str | None
    parameters: Sequence[str]
    result: Values | None
    waits: Sequence[Wait]
    children: Sequence[Child]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class TaskDetails:
    """The data of a task's page."""

    run: FlowRun
    task: TaskRun
    attempts: Sequence[Event]
    inputs: Mapping[str, str] | None
    result: Values | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a run: a task, a wait or a child run."""

    id: UUID
    task: TaskRun | None = None
    attempts: Sequence[Event] = ()
    """The events that separate the attempts of the task, if it had several."""
    wait: Wait | None = None
    child: FlowRun | None = None


@dataclass(frozen=True, slots=True)
class StepWant:
    """The steps to read."""

    first: int
    size: int
    from_end: bool = False
    failed_only: bool = False


@dataclass(frozen=True, slots=True)
class StepPage:
    """The steps that were read."""

    first: int
    rows: Sequence[StepRow]
    total: int
    states: Mapping[StateType, int]
    """The number of tasks in each type of state."""
