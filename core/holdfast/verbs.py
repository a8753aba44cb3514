"""What can be done to a run from outside, and when it cannot: one rule for the store, which refuses, and for who asks.

Everything here is pure. The store decides with it inside the transaction that does the verb, and the app with what it
has read to say which keys do something, so the two cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from holdfast.exceptions import (
    HoldfastError,
    LinkedFlowRunError,
    NotPausedError,
    NotRunningError,
    SuspensionError,
    why_not_suspended,
)
from holdfast.records import Request
from holdfast.states import State


class Verb(StrEnum):
    """What a person does to a run."""

    RESUME = "resume"
    PAUSE = "pause"
    SUSPEND = "suspend"
    CANCEL = "cancel"
    RETRY = "retry"


PAST = {
    Verb.RESUME: "resumed",
    Verb.PAUSE: "paused",
    Verb.SUSPEND: "suspended",
    Verb.CANCEL: "cancelled",
    Verb.RETRY: "retried",
}
UNDER_WAY = {Verb.PAUSE: "Pausing", Verb.SUSPEND: "Suspending", Verb.CANCEL: "Cancelling"}
"""The state of a run that is about to do what was asked of it."""
TAKEN_BACK = (Request.PAUSE, Request.SUSPEND)
"""What resuming takes back before the run has done it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a verb applies to a run."""

    name: str
    state: State
    request: Request | None = None
    """What was asked of it before and is in force."""
    requested_by: str | None = None
    has_process: bool = False
    """A process executes it, or holds it until its own retry is due."""
    why_not_found: str | None = None
    """Why no other process can find its flow; ``None`` if one can."""
    inside: str | None = None
    """For a run that executes in the process of another: what that one, the root, is called in a sentence."""
    asks: bool = False
    """A question of its own, or of a run below it, waits for an answer."""

    @property
    def awaits_own_retry(self) -> bool:
        """Whether a process holds the run that waits there to try its code again."""
        return self.state.name == "AwaitingRetry" and self.has_process

    @property
    def where(self) -> str:
        """Name and state, as a sentence begins."""
        return f"{self.name} is {_WORDS.get(self.state.name, self.state.name.lower())}"


_WORDS = {"AwaitingRetry": "waiting to retry", "TimedOut": "timed out", "NotReady": "not ready"}


def why_not(verb: Verb, of: Facts) -> HoldfastError | None:
    """Why a verb does not apply to a run, as the error that it would raise; ``None`` when it applies.

    For resuming this is about letting a run go on: whether an answer is right is its question's to say.
    """
    if verb is Verb.RETRY:
        return _why_not_retried(of)
    if verb is Verb.RESUME:
        return _why_not_resumed(of)
    if of.state.is_final():
        return NotRunningError(f"{of.where}, so it cannot be {PAST[verb]}.")
    if of.request is not None and of.request.value == verb.value:
        return NotRunningError(f"{of.name} was already asked to {verb.value}, by {of.requested_by}.")
    if of.state.name == UNDER_WAY[verb]:
        return NotRunningError(f"{of.where} already.")
    return None if verb is Verb.CANCEL else _why_not_stopped(verb, of)


def _why_not_stopped(verb: Verb, of: Facts) -> HoldfastError | None:
    if of.inside is not None:
        return _inside(verb, of)
    runs = of.state.is_running() or of.awaits_own_retry
    if not runs and not (verb is Verb.SUSPEND and of.state.name == "Paused"):
        return NotRunningError(f"{of.where}, so it cannot be {PAST[verb]}.")
    if verb is Verb.SUSPEND and of.why_not_found is not None:
        return SuspensionError(why_not_suspended(of.name, of.why_not_found))
    return None


def _why_not_resumed(of: Facts) -> HoldfastError | None:
    if of.asks:
        return None
    if of.state.name == "Suspended" or of.request in TAKEN_BACK:
        return None if of.inside is None else _inside(Verb.RESUME, of)
    if of.state.is_paused():
        return NotPausedError(f"{of.name} was answered, and has not taken that yet.")
    return NotPausedError(f"Cannot resume a run that isn't paused! {of.where}.")


def _why_not_retried(of: Facts) -> HoldfastError | None:
    if not of.state.is_final() or of.state.is_completed():
        return NotRunningError(f"{of.where}; only a run that failed, crashed or was cancelled can be retried.")
    if of.inside is not None:
        return _inside(Verb.RETRY, of)
    if of.why_not_found is not None:
        return NotRunningError(f"{of.name} cannot be retried: {of.why_not_found}.")
    return None


def _inside(verb: Verb, of: Facts) -> LinkedFlowRunError:
    return LinkedFlowRunError(f"{of.name} runs inside {of.inside}: {verb.value} that one, and {of.name} with it.")
