"""Deployments and hosts as the app shows them, and what can be done to a deployment, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.records import Deployment, FlowRun, Host
from holdfast_tui.text.durations import countdown
from holdfast_tui.text.schedule_text import in_words

AHEAD = 5
"""Times to come that are shown."""


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment in the list."""

    deployment: Deployment
    taken: int
    """How many of its runs have a process."""
    last: FlowRun | None
    """Its newest run."""

    def fits(self, text: str) -> bool:
        """Whether each word is part of its name, its schedule, its state or its tags."""
        of = self.deployment
        words = f"{of.full_name} {' '.join(of.tags)} {schedule(of)} {'paused' if of.paused else 'active'}".lower()
        return all(each in words for each in text.lower().split())


@dataclass(frozen=True, slots=True)
class DeploymentDetails:
    """A deployment on its page."""

    row: DeploymentRow
    coming: Sequence[datetime]
    parameters: Sequence[str]
    entrypoint: str
    folder: str
    runs: Sequence[FlowRun]


@dataclass(frozen=True, slots=True)
class Start:
    """What a new run of a deployment is asked for."""

    deployment: Deployment
    schema: Mapping[str, Any] | None
    defaults: Mapping[str, Any]
    has_worker: bool
    like: str | None = None
    """The name of the run that it is to be like."""
    left_out: Sequence[str] = ()
    """Parameters of that run which a form cannot have."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """A process in the list of workers."""

    host: Host
    alive: bool
    here: bool
    """On this machine, where its pid can be looked at."""
    runs: Sequence[FlowRun]

    @property
    def name(self) -> str:
        """What it is."""
        return self.host.place or {"script": "script", "worker": "worker", "child": "left over"}[self.host.kind]


def schedule(of: Deployment) -> str:
    """When it runs, in words."""
    return in_words(of.schedules) or "when it is started"


def next_time(of: Deployment, now: datetime) -> tuple[str, str]:
    """When its schedules come next, and the tone of that."""
    if of.paused:
        return "paused", "waiting"
    if of.next_due is None:
        return ("ended" if of.schedules else ""), "muted"
    return ("due now" if of.next_due <= now else countdown(of.next_due, now)), "plain"


def slots(row: DeploymentRow) -> str:
    """How many of its runs have a process, of how many that may."""
    limit = row.deployment.limit
    return f"{row.taken} of {limit}" if limit is not None else str(row.taken or "")


def why_not(verb: str, of: Deployment | None) -> str | None:
    """Why a verb does not apply to a deployment; ``None`` when it does."""
    if of is None:
        return "There is no deployment here."
    if verb == "resume":
        return None if of.paused else f"{of.full_name} is not paused."
    if verb != "pause":
        return f"{of.full_name} is a deployment: open it (enter) to {verb} one of its runs."
    if of.paused:
        return f"{of.full_name} is paused already."
    return None if of.schedules else f"{of.full_name} has no schedule to pause: it runs when it is started."


def consequence(verb: str, of: Deployment) -> str:
    """What pausing or resuming a deployment does."""
    if verb == "pause":
        return (
            f"It runs {schedule(of)}. Paused, its schedules make no runs until it is resumed, and what passes "
            "meanwhile is not made up for. Runs that there are go on, and it can still be started by hand."
        )
    return f"It runs {schedule(of)}, from now on. What passed meanwhile is not made up for."
