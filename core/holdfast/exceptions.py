"""Everything Holdfast raises.

::

    HoldfastError
    ├── SettingsError
    ├── StoreError
    │   ├── StoreLocked
    │   ├── StoreDamaged
    │   ├── StoreFull
    │   ├── StoreMoved
    │   └── StoreTooNew
    ├── FlowRunNotFound
    ├── AmbiguousFlowRun
    ├── DeploymentNotFound, AmbiguousDeployment, NotDeployedError
    ├── ScheduleError
    ├── DurationError
    ├── InvalidTransition
    ├── NotClaimed
    ├── InvalidFlow
    ├── ParameterError
    ├── OutsideFlowRun
    ├── NotPausedError
    │   ├── AlreadyDecidedError
    │   ├── QuestionChangedError
    │   └── NotRunningError
    ├── SeveralWaitsError
    ├── InvalidAnswerError
    ├── InvalidFilter
    ├── FlowPauseTimeout
    ├── ReceiveTimeout
    ├── FlowRunWaitTimeout
    ├── NoSenderError
    ├── LinkedFlowRunError
    ├── SuspensionError
    ├── TaskRunTimeoutError, FlowRunTimeoutError
    ├── MappingLengthMismatch, MappingMissingIterable
    ├── FailedRun, CrashedRun, CancelledRun
    ├── UnfinishedRun
    │   └── UpstreamFailed
    ├── PausedRun
    │   └── FlowRunSuspended (a RunLeft, too)
    ├── RunLeft
    │   └── FlowRunLost
    └── MissingResult
    BaseException
    └── Unwind
        ├── RunUnwind
        │   ├── SuspendUnwind
        │   ├── CancelUnwind
        │   └── LostUnwind
        ├── TimeoutUnwind
        └── StopLoading, which is a SystemExit, too
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.substitutes import absent_from
from holdfast.text import clean_block

Path = tuple[str | int, ...]
"""A position in an answer: names of fields and positions in lists. ``()`` is the whole answer."""


class HoldfastError(Exception):
    """The base class of all errors that are meant to be caught."""

    def __str__(self) -> str:
        """Return the message without control characters.

        It may contain foreign text, and Python prints it to the terminal.
        """
        return clean_block(super().__str__())


class SettingsError(HoldfastError):
    """A setting from the environment is invalid."""


class StoreError(HoldfastError):
    """The database cannot be used."""


class StoreLocked(StoreError):
    """Another program held the database's write lock for too long."""


class StoreFull(StoreError):
    """The disk has no room for the data."""


class StoreDamaged(StoreError):
    """The file is not a Holdfast database, or is damaged."""


class StoreMoved(StoreError):
    """The file was deleted, moved or replaced while it was open."""


class StoreTooNew(StoreError):
    """The file was written by a newer Holdfast."""


class FlowRunNotFound(HoldfastError, LookupError):
    """No flow run has this name, id or id prefix."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"No flow run has the name {reference!r} or an id that begins with it.")
        self.reference = reference


class AmbiguousFlowRun(HoldfastError, LookupError):
    """A name or id prefix matches several flow runs."""

    def __init__(self, reference: str, ids: Sequence[UUID]) -> None:
        shown = ", ".join(str(each) for each in ids)
        super().__init__(f"{reference!r} matches several flow runs: {shown}. Give more of the id.")
        self.reference = reference
        self.ids = tuple(ids)


class DeploymentNotFound(HoldfastError, LookupError):
    """No deployment has this name or id."""

    def __init__(self, reference: str, known: Sequence[str] = ()) -> None:
        there = f"; there are {', '.join(known)}" if known else ": there are none yet"
        super().__init__(f"No deployment is named {reference!r}{there}.")
        self.reference = reference


class NotDeployedError(HoldfastError, LookupError):
    """No deployment can start a run like this one."""

    def __init__(self, run_name: str, entrypoint: str | None) -> None:
        how = "its flow is not in a file" if entrypoint is None else f"`holdfast deploy {entrypoint}` creates one"
        super().__init__(f"No deployment can start a run like {run_name!r}: {how}.")
        self.run_name = run_name
        self.entrypoint = entrypoint


class AmbiguousDeployment(HoldfastError, LookupError):
    """A name matches the deployments of several flows."""

    def __init__(self, reference: str, names: Sequence[str]) -> None:
        super().__init__(f"{reference!r} matches several deployments: {', '.join(names)}. Name the flow too.")
        self.reference = reference
        self.names = tuple(names)


class ScheduleError(HoldfastError, ValueError):
    """A cron expression, interval, rule or time zone is invalid; the message says what is wrong."""


class DurationError(HoldfastError, ValueError):
    """A value for a length of time, such as a timeout, is not one."""


class InvalidTransition(HoldfastError):
    """A run cannot change from one state to the other."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"A run that is {before} cannot become {after}.")
        self.before = before
        self.after = after


class NotClaimed(HoldfastError):
    """A process was about to execute a run that another process has already handled, or that was cancelled."""


class InvalidFlow(HoldfastError, TypeError):
    """Something that is not a flow or task, or not a valid one, was used as one."""


class ParameterError(HoldfastError, TypeError):
    """A flow was called with parameters that it does not take; the message names each one."""


class OutsideFlowRun(HoldfastError, RuntimeError):
    """Something was called outside a flow run that works only inside one."""


class NotPausedError(HoldfastError, RuntimeError):
    """The run is neither paused nor suspended, so there is nothing to resume."""


class AlreadyDecidedError(NotPausedError):
    """The wait already has a different answer; the message says who gave it, when, and what it was."""


class QuestionChangedError(NotPausedError):
    """The run now asks a different question than the one that was answered; the answer was not used."""

    def __init__(self, run_name: str, key: str, wait_id: UUID) -> None:
        super().__init__(
            f"{run_name} no longer asks question {key!r}: its code asks something else now. The answer was not used; "
            "look at the new question."
        )
        self.wait_id = wait_id


class NotRunningError(NotPausedError):
    """The run is not running, so it cannot be paused, suspended or cancelled."""


class SeveralWaitsError(HoldfastError, RuntimeError):
    """The run, or those below it, have several open questions; choose one with ``key=`` or the run's name."""

    def __init__(self, run_name: str, keys: Sequence[str], run_names: Sequence[str] = ()) -> None:
        if set(run_names) - {run_name}:
            listed = ", ".join(f"{key!r} of {run}" for run, key in zip(run_names, keys, strict=True))
            text = (
                f"{run_name} has several open questions below it: {listed}. Name the run that asks, or a key that only "
                "one of them has."
            )
        else:
            text = f"{run_name} has several open waits; name one with key: {', '.join(keys)}."
        super().__init__(text)
        self.keys = tuple(keys)


class InvalidAnswerError(HoldfastError, ValueError):
    """An answer does not fit its wait, which stays open.

    ``errors`` maps positions in the answer to what is wrong there.
    """

    def __init__(self, errors: Mapping[Path, str]) -> None:
        lines = [f"{'.'.join(map(str, path)) or 'answer'}: {text}" for path, text in errors.items()]
        super().__init__("The answer does not fit: " + "; ".join(lines))
        self.errors = dict(errors)


class InvalidFilter(HoldfastError, ValueError):
    """A filter of flow runs is invalid; the message says what is wrong, and how to fix it.

    ``start`` and ``end`` are the position of the word in question in the filter.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


class FlowPauseTimeout(HoldfastError, TimeoutError):
    """The deadline of a wait passed before it was answered."""


class ReceiveTimeout(HoldfastError, TimeoutError):
    """No message was received in time."""


class FlowRunWaitTimeout(HoldfastError, TimeoutError):
    """A flow run had not ended within the timeout."""


class NoSenderError(HoldfastError, RuntimeError):
    """A message cannot be answered, since no flow run sent it."""


class LinkedFlowRunError(HoldfastError, RuntimeError):
    """A child run cannot be paused or suspended alone; its root can."""


class SuspensionError(HoldfastError, RuntimeError):
    """The run cannot be suspended, since nothing could restart it; the message says why."""


def why_not_suspended(flow_run_name: str, why: str) -> str:
    """Return the message of a `SuspensionError`."""
    return (
        f"{flow_run_name} cannot be suspended: {why}, so nothing could restart it. "
        "Run it from a file in which the flow has its own name at the top level, or pause it instead."
    )


class TaskRunTimeoutError(HoldfastError, TimeoutError):
    """A task took longer than its ``timeout_seconds``."""


class FlowRunTimeoutError(HoldfastError, TimeoutError):
    """A flow took longer than its ``timeout_seconds``; time that it waited for a person does not count."""


class MappingLengthMismatch(HoldfastError, ValueError):
    """A task was mapped over iterables of different lengths."""


class MappingMissingIterable(HoldfastError, ValueError):
    """A task was mapped over arguments without any list or other iterable."""


class FailedRun(HoldfastError):
    """The result of a failed run was requested, and its exception is not available."""


class CrashedRun(HoldfastError):
    """The result of a crashed run was requested."""


class CancelledRun(HoldfastError):
    """The run was cancelled."""


class PausedRun(HoldfastError):
    """The result of a paused or suspended run was requested."""


class UnfinishedRun(HoldfastError):
    """The result of a run that has not ended was requested."""


class UpstreamFailed(UnfinishedRun):
    """A task or flow was not started, since one of its inputs did not complete."""


class MissingResult(HoldfastError):
    """A run's result was not stored or cannot be read back."""


class RunLeft(HoldfastError):
    """A flow run has not ended, but its code was left: the call of the flow has nothing to return.

    Uncaught, it ends the script with ``exit_status`` and without a traceback: the run's log has the reason.
    """

    exit_status = 0

    def __init__(self, flow_run_id: UUID, flow_run_name: str) -> None:
        super().__init__(flow_run_id, flow_run_name)
        self.flow_run_id = flow_run_id
        self.flow_run_name = flow_run_name

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows of it."""
        return [str(self)]


class FlowRunSuspended(RunLeft, PausedRun):
    """A flow run suspended itself. Uncaught, it ends the script with exit status 0."""

    def __str__(self) -> str:
        return f"{self.flow_run_name} is suspended. Resume it with: holdfast resume {self.flow_run_name}"


class FlowRunLost(RunLeft):
    """A flow run was taken over by another process, so nothing more was recorded here.

    Uncaught, it ends the script with exit status 1. The terminal has the message.
    """

    exit_status = 1

    def __str__(self) -> str:
        return f"{self.flow_run_name} was taken over by another process."


class Unwind(BaseException):
    """Leaves a flow's code at a boundary. It is not an `Exception`, so that the flow's own handlers let it pass."""


class RunUnwind(Unwind):
    """The run was told to leave its code permanently: whatever the code does, no boundary lets it continue."""


class SuspendUnwind(RunUnwind):
    """The run has been suspended: leave its code."""


class CancelUnwind(RunUnwind):
    """The run is being cancelled: leave its code."""


class LostUnwind(RunUnwind):
    """Another process has taken the run over, or has settled it: leave its code, and record nothing more."""


class TimeoutUnwind(Unwind):
    """A call has used up its ``timeout_seconds``: leave its code."""


class StopLoading(Unwind, SystemExit):
    """A flow is called while code is only being loaded: no run starts, and the code ends quietly."""

    def __init__(self, what: str, told: str | None = None) -> None:
        super().__init__(0 if told is None else told)
        self.what = what


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
