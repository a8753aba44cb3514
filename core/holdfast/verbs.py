"""The table of verbs: what a person can do to a run, the words for it, and when it does not apply.

Everything here is pure. The store decides with it inside the transaction that carries out the verb. The app decides
with it, from what it has read, which keys are active. So the two cannot differ. The command line and the app take their
words from here.
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
from holdfast.states import State, state_words


class Verb(StrEnum):
    """What a person can do to a run."""

    RESUME = "resume"
    PAUSE = "pause"
    SUSPEND = "suspend"
    CANCEL = "cancel"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class About:
    """The words for a verb."""

    past: str
    """The past participle, as in "the run was resumed"."""
    line: str
    """The line that describes it in the help."""
    under_way: str | None = None
    """The state of a run that is about to do it."""
    asked: str = ""
    """The words after the name of a run that has not done it yet."""


ABOUT = {
    Verb.RESUME: About("resumed", "Answer the run's question, or continue it"),
    Verb.PAUSE: About(
        "paused",
        "Ask the run to pause; its process stays",
        "Pausing",
        "was asked to pause; it waits at its next boundary",
    ),
    Verb.SUSPEND: About(
        "suspended",
        "Ask the run to suspend; its process ends",
        "Suspending",
        "was asked to suspend; its process ends at its next boundary",
    ),
    Verb.CANCEL: About(
        "cancelled",
        "Stop the run",
        "Cancelling",
        "was asked to cancel; it ends at its next boundary",
    ),
    Verb.RETRY: About(
        "retried",
        "Run again; finished tasks are kept",
        "AwaitingRetry",
        "is scheduled; a worker will continue it (`holdfast worker`, or the app)",
    ),
}
TAKEN_BACK = (Request.PAUSE, Request.SUSPEND)
"""Requests that resuming withdraws before the run has carried them out."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a verb applies to a run."""

    name: str
    state: State
    request: Request | None = None
    """What was asked of it before and is in force."""
    requested_by: str | None = None
    has_process: bool = False
    """Whether a process executes it, or holds it until its own retry is due."""
    why_not_found: str | None = None
    """Why no other process can find its flow; ``None`` if one can."""
    inside: str | None = None
    """For a run that executes in the process of another: the name of that one, the root, in a sentence."""
    asks: bool = False
    """Whether its own question, or one of a run below it, waits for an answer."""

    @property
    def awaits_own_retry(self) -> bool:
        """See `awaits_own_retry`."""
        return awaits_own_retry(self.state, self.has_process)

    @property
    def where(self) -> str:
        """The start of a sentence, with name and state."""
        return f"{self.name} is {state_words(self.state)}"


def awaits_own_retry(state: State, has_process: bool) -> bool:
    """Whether a process holds the run and is waiting to retry it."""
    return has_process and state.name == "AwaitingRetry"


def why_not(verb: Verb, of: Facts) -> HoldfastError | None:
    """Return the error of a verb that does not apply to a run; ``None`` if it applies.

    For resuming this says whether the run can continue. Its question decides whether an answer is valid.
    """
    if verb is Verb.RETRY:
        return _why_not_retried(of)
    if verb is Verb.RESUME:
        return _why_not_resumed(of)
    if of.state.is_final():
        return NotRunningError(f"{of.where}, so it cannot be {ABOUT[verb].past}.")
    if of.request is not None and of.request.value == verb.value:
        return NotRunningError(f"{of.name} was already asked to {verb.value}, by {of.requested_by}.")
    if of.state.name == ABOUT[verb].under_way:
        return NotRunningError(f"{of.where} already.")
    return None if verb is Verb.CANCEL else _why_not_stopped(verb, of)


def _why_not_stopped(verb: Verb, of: Facts) -> HoldfastError | None:
    if of.inside is not None:
        return _inside(verb, of)
    runs = of.state.is_running() or of.awaits_own_retry
    if not runs and not (verb is Verb.SUSPEND and of.state.name == "Paused"):
        return NotRunningError(f"{of.where}, so it cannot be {ABOUT[verb].past}.")
    if verb is Verb.SUSPEND and of.why_not_found is not None:
        return SuspensionError(why_not_suspended(of.name, of.why_not_found))
    return None


def _why_not_resumed(of: Facts) -> HoldfastError | None:
    if of.asks:
        return None
    if of.state.name == "Suspended" or of.request in TAKEN_BACK:
        return None if of.inside is None else _inside(Verb.RESUME, of)
    if of.state.is_paused():
        return NotPausedError(f"{of.name} has been answered, but has not taken the answer yet.")
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


def consequence(verb: Verb, of: Facts) -> str:
    """Describe the effect of a verb on a run, for the person who is asked to confirm it."""
    if verb is Verb.RESUME:
        if of.state.name == "Suspended":
            return "It starts again from the top; finished tasks are not done again."
        return "It continues where it is."
    if verb is Verb.RETRY:
        return "It keeps what it finished, and does again what failed."
    if verb is Verb.PAUSE:
        return "It pauses at its next task call; its process stays, and it continues from there when it is resumed."
    if verb is Verb.SUSPEND:
        when = "" if of.state.is_paused() else " at its next task call"
        return (
            f"It ends its process{when}. When it is resumed, it starts again from the top; "
            "finished tasks are not done again."
        )
    if of.state.name in ("Suspended", "Scheduled", "Resuming", "Late", "AwaitingRetry"):
        return "Nothing is running, so it is cancelled at once. Open questions are withdrawn; a retry asks them again."
    return (
        "It stops at its next task call or wait, and its child runs with it. Open questions are withdrawn; "
        "a retry asks them again."
    )


def is_done(verb: Verb, of: Facts) -> bool:
    """Whether a run has done what it was asked, as far as its state tells."""
    if verb is Verb.PAUSE:
        return of.state.name == "Paused"
    if verb is Verb.SUSPEND:
        return of.state.name == "Suspended"
    if verb is Verb.CANCEL:
        return of.state.is_cancelled()
    return of.state.is_running() and (verb is Verb.RETRY or of.request is None)
