"""Records of deployments and hosts as the app shows them, and the rules of a deployment's verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.records import Deployment, FlowRun, Host
from holdfast_tui.text.durations import countdown
from holdfast_tui.text.schedule_text import in_words

AHEAD = 5
"""The number of next times that are shown."""


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment in the list."""

    deployment: Deployment
    taken: int
    """The number of its runs that have a process."""
    last: FlowRun | None
    """Its newest run."""

    def fits(self, text: str) -> bool:
        """Whether each word is part of its name, schedule, state or tags."""
        of = self.deployment
        words = f"{of.full_name} {' '.join(of.tags)} {schedule(of)} {'paused' if of.paused else 'active'}".lower()
        return all(each in words for each in text.lower().split())


@dataclass(frozen=True, slots=True)
class DeploymentDetails:
    """The data of a deployment's page."""

    row: DeploymentRow
    coming: Sequence[datetime]
    parameters: Sequence[str]
    entrypoint: str
    folder: str
    runs: Sequence[FlowRun]


@dataclass(frozen=True, slots=True)
class Start:
    """The data of the form for a new run."""

    deployment: Deployment
    schema: Mapping[str, Any] | None
    defaults: Mapping[str, Any]
    has_worker: bool
    like: str | None = None
    """The name of the run whose parameters it has."""
    left_out: Sequence[str] = ()
    """Parameters of that run that a form cannot show."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """A process in the list of workers."""

    host: Host
    alive: bool
    here: bool
    """Whether it is on this machine, where its pid can be checked."""
    runs: Sequence[FlowRun]

    @property
    def name(self) -> str:
        """The kind of process."""
        return self.host.place or {"script": "script", "worker": "worker", "child": "left over"}[self.host.kind]


def schedule(of: Deployment) -> str:
    """Return the schedules in words."""
    return in_words(of.schedules) or "when started"


def next_time(of: Deployment, now: datetime) -> tuple[str, str]:
    """Return the time until the next run, in words, and its tone."""
    if of.paused:
        return "paused", "waiting"
    if of.next_due is None:
        return ("ended" if of.schedules else ""), "muted"
    return ("due now" if of.next_due <= now else countdown(of.next_due, now)), "plain"


def slots(row: DeploymentRow) -> str:
    """Return the number of runs that have a process, and the limit."""
    limit = row.deployment.limit
    return f"{row.taken} of {limit}" if limit is not None else str(row.taken or "")


def why_not(verb: str, of: Deployment | None) -> str | None:
    """Return why a verb does not apply to a deployment; ``None`` if it applies."""
    if of is None:
        return "There is no deployment here."
    if verb == "resume":
        return None if of.paused else f"{of.full_name} is not paused."
    if verb != "pause":
        return f"{of.full_name} is a deployment: open it (enter) to {verb} one of its runs."
    if of.paused:
        return f"{of.full_name} is already paused."
    return None if of.schedules else f"{of.full_name} has no schedule to pause. It runs when started."


def consequence(verb: str, of: Deployment) -> str:
    """Return what pausing or resuming a deployment does."""
    if verb == "pause":
        return (
            f"It runs {schedule(of)}. While it is paused, its schedules start no runs, and those runs are not "
            "caught up with later. Existing runs continue, and it can still be started by hand."
        )
    return f"It runs {schedule(of)} from now on. Runs missed meanwhile are not caught up with."
