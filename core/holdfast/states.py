"""States of flow runs and task runs, and which may follow which.

Types and names are Prefect's. Everything here is pure: the store guards a transition with the same table,
in the UPDATE that makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from holdfast.exceptions import InvalidTransition


class StateType(StrEnum):
    """What kind of state a run is in. Names such as ``Suspended`` say more within a type."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"


TERMINAL = frozenset({StateType.CANCELLED, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED})

NAMES: dict[str, StateType] = {
    "Scheduled": StateType.SCHEDULED,
    "AwaitingRetry": StateType.SCHEDULED,
    "Resuming": StateType.SCHEDULED,
    "Late": StateType.SCHEDULED,
    "Pending": StateType.PENDING,
    "NotReady": StateType.PENDING,
    "Running": StateType.RUNNING,
    "Retrying": StateType.RUNNING,
    "Pausing": StateType.RUNNING,
    "Suspending": StateType.RUNNING,
    "Paused": StateType.PAUSED,
    "Suspended": StateType.PAUSED,
    "Cancelling": StateType.CANCELLING,
    "Cancelled": StateType.CANCELLED,
    "Completed": StateType.COMPLETED,
    "Cached": StateType.COMPLETED,
    "Failed": StateType.FAILED,
    "TimedOut": StateType.FAILED,
    "Crashed": StateType.CRASHED,
}
"""Every state name and its type."""

_SCHEDULED = frozenset({"Scheduled", "AwaitingRetry", "Resuming", "Late"})
_RUNNING = frozenset({"Running", "Retrying", "Pausing", "Suspending"})
_FINAL = frozenset({"Cancelled", "Completed", "Cached", "Failed", "TimedOut", "Crashed"})

# From a name to the names that may follow. A request from outside (Pausing, Suspending, Cancelling) comes
# before what it asks for, unless nothing is running that would have to acknowledge it.
TRANSITIONS: dict[str, frozenset[str]] = {
    **{name: (_SCHEDULED | {"Pending", "Suspended", "Cancelled", "Failed"}) - {name} for name in _SCHEDULED},
    "NotReady": frozenset(),
    "Pending": _SCHEDULED | _FINAL | {"Running", "Retrying", "Suspended", "Cancelling"},
    **{
        name: (_RUNNING | _FINAL | {"Paused", "Suspended", "Cancelling", "Scheduled", "AwaitingRetry"}) - {name}
        for name in _RUNNING
    },
    # From here on without leaving its process, too: a flow that waits for its own retry.
    "AwaitingRetry": _SCHEDULED - {"AwaitingRetry"}
    | {"Pending", "Suspended", "Cancelled", "Failed"}
    | {"Retrying", "Pausing", "Suspending", "Cancelling", "Crashed"},
    "Paused": frozenset({"Running", "Suspending", "Suspended", "Cancelling", "Failed", "TimedOut", "Crashed"}),
    # From here on a run without a process: only a child run runs again, inside the process of its root.
    "Suspended": frozenset({"Resuming", "Running", "Cancelled", "Failed"}),
    "Cancelling": _FINAL,
    **{name: frozenset({"AwaitingRetry", "Retrying"}) for name in ("Cancelled", "Failed", "TimedOut", "Crashed")},
    # A child run whose result could not be stored, or cannot be read back.
    "Completed": frozenset({"Retrying"}),
    "Cached": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a permitted transition does to the run's row beside its state."""

    starts: bool
    """An execution begins: it is counted, and the start time is set when it is the first."""
    ends: bool
    """The run is over: the end time is set, and open waits without an answer are closed."""
    reopens: bool
    """A finished run is to go on: its end time is taken back."""
    settles: bool
    """What was asked from outside is done or void."""
    frees: bool
    """No process executes the run any more."""


def base_name(type: StateType, name: str) -> str:  # noqa: A002 - the field's own word
    """The name that the table knows for a state: a name of the user's own counts as its type's first one."""
    return name if NAMES.get(name) is type else next(known for known, of in NAMES.items() if of is type)


def transition(current: State, to: State) -> Change:
    """Say what going from ``current`` to ``to`` does.

    Raises `InvalidTransition` when ``to`` may not follow ``current``.
    """
    before, after = base_name(current.type, current.name), base_name(to.type, to.name)
    if after not in TRANSITIONS[before]:
        raise InvalidTransition(current.name, to.name)
    return Change(
        starts=after in ("Running", "Retrying") and before not in (*_RUNNING, "Paused"),
        ends=to.type in TERMINAL,
        reopens=current.type in TERMINAL,
        settles=after not in ("Pausing", "Suspending", "Cancelling", "Paused"),
        frees=to.type in (*TERMINAL, StateType.SCHEDULED) or after == "Suspended",
    )


@dataclass(frozen=True, slots=True)
class State:
    """A run's state: its type, name, message and when it was entered.

    A state that a flow or task call returned also carries its result, or the exception that ended it.
    """

    type: StateType
    name: str
    message: str | None = None
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    data: Any = field(default=None, compare=False, repr=False)

    def is_scheduled(self) -> bool:
        """Whether the run waits for a worker."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Whether the run has been taken but has not started."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Whether the run is executing."""
        return self.type is StateType.RUNNING

    def is_paused(self) -> bool:
        """Whether the run is paused or suspended."""
        return self.type is StateType.PAUSED

    def is_cancelling(self) -> bool:
        """Whether the run was asked to stop and has not yet done so."""
        return self.type is StateType.CANCELLING

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return self.type is StateType.CANCELLED

    def is_completed(self) -> bool:
        """Whether the run finished without an error."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Whether the run ended with an error of its own."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Whether the run was ended from outside: its process died or was interrupted."""
        return self.type is StateType.CRASHED

    def is_final(self) -> bool:
        """Whether nothing more happens unless the run is retried."""
        return self.type in TERMINAL

    def result(self, raise_on_failure: bool = True) -> Any:
        """The run's result.

        A failed or crashed run raises the exception that ended it, or returns it when ``raise_on_failure`` is
        false. Raises `PausedRun`, `CancelledRun` or `UnfinishedRun` where there is no result.
        """
        return state_result(self, raise_on_failure)

    def with_data(self, data: Any) -> State:
        """The same state, carrying ``data`` as result or exception."""
        return replace(self, data=data)

    def __str__(self) -> str:
        return f"{self.name}({self.message!r})" if self.message else self.name


@dataclass(frozen=True, slots=True)
class StoredResult:
    """The result, or the exception, of a run that was read from the store: it is read when it is asked for."""

    load: Callable[[], Any]


def state_result(state: State, raise_on_failure: bool) -> Any:
    """Result of ``state``; see `State.result`."""
    from holdfast.exceptions import CancelledRun, CrashedRun, FailedRun, PausedRun, UnfinishedRun

    data = state.data.load() if isinstance(state.data, StoredResult) else state.data
    if state.is_completed():
        return data
    error: BaseException
    if isinstance(data, BaseException):
        error = data
    elif state.is_final():
        kind = {StateType.CANCELLED: CancelledRun, StateType.FAILED: FailedRun}.get(state.type, CrashedRun)
        error = kind(state.message or f"The run is {state.name}.")
    elif state.is_paused():
        raise PausedRun(f"The run is {state.name.lower()} and has no result yet.")
    else:
        raise UnfinishedRun(f"The run is {state.name} and has no result yet.")
    if raise_on_failure:
        raise error
    return error


def outcome(value: Any) -> State:
    """The final state that what a flow or task returned stands for."""
    if not isinstance(value, State):
        return Completed(data=value)
    if isinstance(value.data, StoredResult):
        value = value.with_data(value.data.load())
    return value if value.is_final() else Failed(f"It returned a state that is not final: {value}.", value.data)


def _make(name: str, message: str | None, data: Any = None) -> State:
    return State(NAMES[name], name, message, data=data)


def Pending(message: str | None = None) -> State:  # noqa: N802 - named as the states are
    """A run that has been taken but has not started."""
    return _make("Pending", message)


def Running(message: str | None = None) -> State:  # noqa: N802
    """A run that is executing."""
    return _make("Running", message)


def Paused(message: str | None = None) -> State:  # noqa: N802
    """A run that waits while its process stays."""
    return _make("Paused", message)


def Suspended(message: str | None = None) -> State:  # noqa: N802
    """A run that waits with no process."""
    return _make("Suspended", message)


def Completed(message: str | None = None, data: Any = None) -> State:  # noqa: N802
    """A run that finished; ``data`` is its result."""
    return _make("Completed", message, data)


def Failed(message: str | None = None, data: Any = None) -> State:  # noqa: N802
    """A run that ended with an error; ``data`` is the exception."""
    return _make("Failed", message, data)


def Cancelled(message: str | None = None, data: Any = None) -> State:  # noqa: N802
    """A run that was cancelled."""
    return _make("Cancelled", message, data)


def Crashed(message: str | None = None, data: Any = None) -> State:  # noqa: N802
    """A run whose process died or was interrupted."""
    return _make("Crashed", message, data)


def named(name: str, message: str | None = None) -> State:
    """The state called ``name``, one of `NAMES`."""
    return _make(name, message)
