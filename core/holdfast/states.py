"""States of flow runs and task runs, and the allowed transitions between them.

Types and names are Prefect's. Everything here is pure. The store guards a transition with the same table, in its
UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from typing_extensions import TypeIs, TypeVar

from holdfast.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    InvalidTransition,
    MissingResult,
    PausedRun,
    UnfinishedRun,
)
from holdfast.substitutes import Substituting, absent_from, settings_checked

R = TypeVar("R", default=Any)


class StateType(StrEnum):
    """The kind of state a run is in. Names such as ``Suspended`` distinguish states of a type."""

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

_FIRST_NAMES = {type_: next(name for name, of in NAMES.items() if of is type_) for type_ in StateType}
"""The name of a state that is made from a type alone."""

_WORDS = {"AwaitingRetry": "waiting to retry", "TimedOut": "timed out", "NotReady": "not ready"}

_SCHEDULED = frozenset({"Scheduled", "AwaitingRetry", "Resuming", "Late"})
_RUNNING = frozenset({"Running", "Retrying", "Pausing", "Suspending"})
_FINAL = frozenset({"Cancelled", "Completed", "Cached", "Failed", "TimedOut", "Crashed"})

# From a name to the names that may follow. A request from outside (Pausing, Suspending, Cancelling) comes before what
# it asks for, unless nothing is running that would have to acknowledge it.
TRANSITIONS: dict[str, frozenset[str]] = {
    **{name: (_SCHEDULED | {"Pending", "Suspended", "Cancelled", "Failed"}) - {name} for name in _SCHEDULED},
    "NotReady": frozenset(),
    "Pending": _SCHEDULED | _FINAL | {"Running", "Retrying", "Suspended", "Cancelling"},
    **{
        name: (_RUNNING | _FINAL | {"Paused", "Suspended", "Cancelling", "Scheduled", "AwaitingRetry"}) - {name}
        for name in _RUNNING
    },
    # From here without leaving its process, too: a flow that waits for its own retry.
    "AwaitingRetry": _SCHEDULED - {"AwaitingRetry"}
    | {"Pending", "Suspended", "Cancelled", "Failed"}
    | {"Retrying", "Pausing", "Suspending", "Cancelling", "Crashed"},
    # AwaitingRetry if its process dies just before it would continue.
    "Paused": frozenset(
        {"Running", "AwaitingRetry", "Suspending", "Suspended", "Cancelling", "Failed", "TimedOut", "Crashed"}
    ),
    # From here a run without a process: only a child run runs again, inside the process of its root.
    "Suspended": frozenset({"Resuming", "Running", "Cancelled", "Failed"}),
    "Cancelling": _FINAL,
    **{name: frozenset({"AwaitingRetry", "Retrying"}) for name in ("Cancelled", "Failed", "TimedOut", "Crashed")},
    # A child run whose result could not be stored, or cannot be read back.
    "Completed": frozenset({"Retrying"}),
    "Cached": frozenset(),
}


CANCELLED_CHILD = b"C"
"""The prefix of the stored outcome of a cancelled child run; the reason follows.

It tells another execution of its parent not to run the child again. A retry removes it.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a permitted transition does to the run's row besides its state."""

    starts: bool
    """An execution begins: it is counted, and the first one sets the start time."""
    ends: bool
    """The run has ended: the end time is set, and open waits without an answer are closed."""
    reopens: bool
    """A finished run continues: its end time is removed."""
    settles: bool
    """The request from outside was carried out, or no longer applies."""
    frees: bool
    """No process executes the run any more."""


def state_words(state: State | str) -> str:
    """Return a state's name, or that name alone, as it reads after "is": ``paused``, ``waiting to retry``."""
    name = state if isinstance(state, str) else state.name
    return _WORDS.get(name, name.lower())


def base_name(type: StateType, name: str) -> str:  # noqa: A002 - the field's own word
    """Return the table's name for a state: the user's own names count as the first name of their type."""
    return name if NAMES.get(name) is type else _FIRST_NAMES[type]


def transition(current: State, to: State) -> Change:
    """Return the effect of the transition from ``current`` to ``to``.

    Raises `InvalidTransition` if ``to`` may not follow ``current``.
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
class StateDetails:
    """Further details of a state."""

    flow_run_id: UUID | None = None
    """The flow run that reached it, or whose call did; ``None`` for a state that code has made."""
    task_run_id: UUID | None = None
    """The task run that reached it."""
    scheduled_time: datetime | None = None
    """The start time in a state that was made by `Scheduled` or the like."""


_NO_DETAILS = StateDetails()


@dataclass(frozen=True, slots=True, repr=False)
class State(Substituting, Generic[R]):
    """A run's state: its type, name, message and when it was entered.

    A state that a flow or task call returned also carries its result, or the exception that ended it. Without a name it
    has the default name of its type. Raises `ValueError` for an unknown type.
    """

    type: StateType
    name: str = ""
    message: str | None = None
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    data: Any = field(default=None, compare=False, repr=False)
    state_details: StateDetails = field(default=_NO_DETAILS, compare=False, repr=False)
    returned: bool = field(default=False, compare=False, repr=False)
    """Whether ``data`` is what the run's code returned, made of states that decided this one.

    Then a call of the flow or task returns it, even if the state is not Completed.
    """

    def __post_init__(self) -> None:
        if self.type.__class__ is not StateType:
            object.__setattr__(self, "type", _type_of(self.type))
        if not self.name:
            object.__setattr__(self, "name", _FIRST_NAMES[self.type])

    def __setstate__(self, values: Iterable[Any]) -> None:
        # A state that was stored when states had fewer fields has no value for the last ones.
        for each, value in zip(fields(self), (*values, _NO_DETAILS, False), strict=False):
            object.__setattr__(self, each.name, value)

    if not TYPE_CHECKING:

        def __class_getitem__(cls, of: Any) -> Any:
            # Python's own would set an attribute of each state made by State[int](…), which a frozen one refuses.
            return cls

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
        """Whether the run ended with its own error."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Whether the run was ended from outside: its process died or was interrupted."""
        return self.type is StateType.CRASHED

    def is_final(self) -> bool:
        """Whether nothing more happens unless the run is retried."""
        return self.type in TERMINAL

    @settings_checked
    def result(self, raise_on_failure: bool = True) -> Any:
        """Return the run's result; in async code, await it.

        A failed, crashed or cancelled run raises the exception that ended it. If ``raise_on_failure`` is false, that
        exception, or another result of its state, is returned. Raises `PausedRun` or `UnfinishedRun` if there is no
        result yet, and `MissingResult` if it was not stored.
        """
        from holdfast.engine.drive.sync_async import call_sync_or_async  # which imports this module

        return call_sync_or_async(lambda: state_result(self, raise_on_failure))

    def with_data(self, data: Any) -> State[Any]:
        """Return the same state, carrying ``data`` as result or exception."""
        return replace(self, data=data)

    def of_run(self, flow_run_id: UUID | None, task_run_id: UUID | None = None) -> State[R]:
        """Return the same state as one that this run reached."""
        details = StateDetails(flow_run_id, task_run_id, self.state_details.scheduled_time)
        return State(self.type, self.name, self.message, self.timestamp, self.data, details, self.returned)

    def __str__(self) -> str:
        return f"{self.name}({self.message!r})" if self.message else self.name

    def __repr__(self) -> str:
        kind = _FIRST_NAMES[self.type]
        shown = [] if self.name == kind else [f"name={self.name!r}"]
        shown += [] if self.message is None else [f"message={self.message!r}"]
        shown += [] if self.data is None or isinstance(self.data, StoredResult) else [f"data={self.data!r}"]
        return f"{kind}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class StoredResult:
    """The result, or the exception, of a run that was read from the store. It is read when it is needed."""

    load: Callable[[], Any]


def loaded(state: State) -> State:
    """Return the same state with its result loaded, so that it can be stored.

    A missing result raises only when it is used.
    """
    if not isinstance(state.data, StoredResult):
        return state
    try:
        return state.with_data(state.data.load())
    except MissingResult as error:
        return state.with_data(StoredResult(partial(_raise_missing, str(error))))


def _raise_missing(why: str) -> Any:
    raise MissingResult(why)


def state_result(state: State, raise_on_failure: bool = True) -> Any:
    """Return the result of ``state``, without checking whether to await it; see `State.result`."""
    data = state.data.load() if isinstance(state.data, StoredResult) else state.data
    if state.is_completed():
        return data
    if data is None or raise_on_failure or not state.is_final():
        error = error_of(state)
        if raise_on_failure or not (state.is_final() or isinstance(data, BaseException)):
            raise error
        return error
    return data


def error_of(state: State) -> BaseException:
    """Return the exception for a state without a result. If it contains states, use the first that has one."""
    data = loaded(state).data
    if isinstance(data, BaseException):
        return data
    if state.is_paused():
        return PausedRun(f"The run is {state_words(state)} and has no result yet.")
    if not state.is_final():
        return UnfinishedRun(f"The run is {state_words(state)} and has no result yet.")
    among = [each for each in states_among(data) if not each.is_completed()]
    said = [each for each in among if each.is_final()] or [
        each for each in among if isinstance(each.data, BaseException)
    ]
    if said:
        return error_of(said[0])
    kind = {StateType.CANCELLED: CancelledRun, StateType.FAILED: FailedRun}.get(state.type, CrashedRun)
    return kind(data if isinstance(data, str) else state.message or f"The run is {state.name}.")


def is_state(value: object) -> TypeIs[State[Any]]:
    """Whether a value is a state."""
    return isinstance(value, State)


def states_among(value: Any) -> list[State]:
    """Return the states in a value: one, or a list, tuple or set of only states; otherwise none."""
    if is_state(value):
        return [value]
    if isinstance(value, _COLLECTIONS) and all(is_state(each) for each in value):
        return list(value)
    return []


_COLLECTIONS: tuple[type[Any], ...] = (list, tuple, set)


def _type_of(given: Any) -> StateType:
    try:
        return StateType(given)
    except ValueError:
        raise ValueError(f"There is no state of type {given!r}; the types are {', '.join(StateType)}.") from None


def _make(
    kind: str, name: str | None, message: str | None, data: Any = None, scheduled_time: datetime | None = None
) -> State[Any]:
    details = _NO_DETAILS if scheduled_time is None else StateDetails(scheduled_time=scheduled_time)
    return State(NAMES[kind], name or kind, message, data=data, state_details=details)


def Scheduled(  # noqa: N802 - named as the states are
    message: str | None = None, scheduled_time: datetime | None = None, name: str | None = None
) -> State[Any]:
    """A run that waits for a worker."""
    return _make("Scheduled", name, message, scheduled_time=scheduled_time)


def Late(message: str | None = None, scheduled_time: datetime | None = None) -> State[Any]:  # noqa: N802
    """A run that no worker has taken although it was due."""
    return _make("Late", None, message, scheduled_time=scheduled_time)


def AwaitingRetry(message: str | None = None, scheduled_time: datetime | None = None) -> State[Any]:  # noqa: N802
    """A run that failed and waits for its retry."""
    return _make("AwaitingRetry", None, message, scheduled_time=scheduled_time)


def Pending(message: str | None = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that has been taken but has not started."""
    return _make("Pending", name, message)


def Running(message: str | None = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that is executing."""
    return _make("Running", name, message)


def Retrying(message: str | None = None) -> State[Any]:  # noqa: N802
    """A run that is being retried."""
    return _make("Retrying", None, message)


def Paused(message: str | None = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that waits and keeps its process."""
    return _make("Paused", name, message)


def Suspended(message: str | None = None) -> State[Any]:  # noqa: N802
    """A run that waits without a process."""
    return _make("Suspended", None, message)


def Cancelling(message: str | None = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that was asked to stop and has not yet done so."""
    return _make("Cancelling", name, message)


def Completed(message: str | None = None, data: Any = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that finished; ``data`` is its result, ``name`` the name of the state."""
    return _make("Completed", name, message, data=data)


def Failed(message: str | None = None, data: Any = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that ended with an error; ``data`` is the exception, or a state that has one."""
    return _make("Failed", name, message, data=data)


def Cancelled(message: str | None = None, data: Any = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run that was cancelled."""
    return _make("Cancelled", name, message, data=data)


def Crashed(message: str | None = None, data: Any = None, name: str | None = None) -> State[Any]:  # noqa: N802
    """A run whose process died or was interrupted."""
    return _make("Crashed", name, message, data=data)


def named(name: str, message: str | None = None) -> State[Any]:
    """Return the state called ``name``, one of `NAMES`."""
    return _make(name, None, message)


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
