"""What is shown of a run, as the page's widgets take it: records without anything of Textual or the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.records import Event, FlowRun, Log, TaskRun, Wait
from holdfast.states import StateType

LOG_LINES = 5_000
"""Log lines that a page begins with; those before them are read when one scrolls up to them."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Log lines that follow each other, and whether there are others before and after them."""

    lines: Sequence[Log]
    first: bool
    """Whether none comes before them."""
    last: bool
    """Whether none comes after them."""
    seen: int
    """The last line of the run, as it was before they were read: none up to it is missing at their end."""
    total: int = 0
    """How many there are in all, where that was asked."""
    hidden: int = 0
    """How many of lesser levels there are, where there is none to show."""


@dataclass(frozen=True, slots=True)
class Child:
    """A run below another, and how far below."""

    depth: int
    run: FlowRun


@dataclass(frozen=True, slots=True)
class Values:
    """What was returned or raised, in lines."""

    lines: Sequence[str]
    is_error: bool


@dataclass(frozen=True, slots=True)
class RunDetails:
    """All that a run's page shows but its steps, which are read in windows."""

    run: FlowRun
    parent_name: str | None
    parameters: Sequence[str]
    result: Values | None
    waits: Sequence[Wait]
    children: Sequence[Child]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class TaskDetails:
    """All that the page of a task shows."""

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
    """What tells the attempts of the task apart, where it had several."""
    wait: Wait | None = None
    child: FlowRun | None = None


@dataclass(frozen=True, slots=True)
class StepWant:
    """Which steps are wanted."""

    first: int
    size: int
    from_end: bool = False
    faults: bool = False


@dataclass(frozen=True, slots=True)
class StepPage:
    """Steps as they were read."""

    first: int
    rows: Sequence[StepRow]
    total: int
    states: Mapping[StateType, int]
    """How many tasks there are in each type of state."""
