"""The log of actions done from this app: what was asked, when, and how the run responded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.states import StateType
from holdfast.text import clean
from holdfast.verbs import Verb, is_done
from holdfast_tui.verbs.actions import Outcome, facts
from holdfast_tui.verbs.bulk_run import Result

KEPT = 1_000
"""The number of actions that are remembered while the app is open."""


class Status(StrEnum):
    """The progress of an action."""

    ASKED = "asked"
    """The run has not acknowledged it yet."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Action:
    """An action that was done to a run."""

    number: int
    at: datetime
    verb: str
    run_id: UUID
    run_name: str
    status: Status
    text: str
    """The result, in words."""
    wait_id: UUID | None = None
    """The wait that was answered."""
    settled: datetime | None = None
    """The time at which it was done or refused."""


class ActionLog:
    """The actions, newest last."""

    def __init__(self) -> None:
        self._actions: dict[int, Action] = {}
        self._count = 0
        self.version = 0
        """A number that grows with each change."""

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __len__(self) -> int:
        return len(self._actions)

    def add(self, verb: str, run_id: UUID, run_name: str, at: datetime, *, wait_id: UUID | None = None) -> Action:
        """Add an action that is asked of a run."""
        self._count += 1
        action = Action(self._count, at, verb, run_id, run_name, Status.ASKED, "", wait_id)
        self._actions[action.number] = action
        while len(self._actions) > KEPT:
            del self._actions[next(iter(self._actions))]
        self.version += 1
        return action

    def asked(self, run_ids: frozenset[UUID]) -> list[Action]:
        """Return the actions on these runs that the runs have not acknowledged yet."""
        return [each for each in self if each.status is Status.ASKED and each.run_id in run_ids]

    def settle(self, action: Action, outcome: tuple[Status, str] | None, at: datetime) -> None:
        """Record the result of an action. An action that was once settled never changes again."""
        now = self._actions.get(action.number)
        if outcome is None or now is None or now.status is not Status.ASKED:
            return
        status, text = outcome
        settled = None if status is Status.ASKED else at
        self._actions[action.number] = replace(now, status=status, text=text, settled=settled)
        self.version += 1


def at_once(came: Outcome | Result | Exception) -> tuple[Status, str]:
    """Return the engine's immediate result of an action."""
    if isinstance(came, Exception):
        return Status.REFUSED, clean(str(came))
    if isinstance(came, Result) and not came.done:
        return Status.REFUSED, came.text
    return Status.DONE if came.acknowledged else Status.ASKED, came.text


def outcome(action: Action, run: FlowRun, waits: Sequence[Wait]) -> tuple[Status, str] | None:
    """Return the result of an asked action, judged by how the run is now; ``None`` if there is none yet."""
    if action.wait_id is not None:
        return _of_answer(action, waits)
    state, name = run.state, run.name
    now = f"{facts(run).where}."
    if is_done(Verb(action.verb), facts(run)):
        return Status.DONE, f"{name} continues." if action.verb in ("resume", "retry") else now
    if state.is_final():
        return Status.DONE if action.verb in ("resume", "retry") else Status.REFUSED, now
    if run.request is not None and action.verb in ("pause", "suspend") and run.request.value != action.verb:
        return Status.REFUSED, f"{name} was asked to {run.request.value} instead."
    if run.request is None and action.verb in ("pause", "suspend") and state.type is StateType.RUNNING:
        return Status.REFUSED, f"{name} was told to continue."
    return None


def _of_answer(action: Action, waits: Sequence[Wait]) -> tuple[Status, str] | None:
    wait = next((each for each in waits if each.id == action.wait_id), None)
    if wait is None:
        return None
    if wait.status is WaitStatus.DECIDED:
        return Status.DONE, f"{wait.flow_run_name} received the answer."
    if wait.status is not WaitStatus.OPEN:
        return Status.REFUSED, f"{wait.flow_run_name}: the question is {wait.status}."
    if wait.answer is None and wait.objections:
        return Status.REFUSED, f"{wait.flow_run_name} objects: {'; '.join(wait.objections.values())}"
    return None
