"""What can be done to a run, and why not; and the doing, in threads. The verbs are the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.exceptions import HoldfastError, InvalidAnswerError, Path
from holdfast.records import FlowRun, Request, Wait, WaitStatus
from holdfast.states import State, StateType
from holdfast.text import clean

if TYPE_CHECKING:
    from holdfast.store.database import Database

CHANNEL = "app"
VERBS = ("resume", "pause", "suspend", "cancel", "retry")

READONLY = "This is read-only: nothing is changed from here. End it with :readonly off."
PAST = {"resume": "resumed", "pause": "paused", "suspend": "suspended", "cancel": "cancelled", "retry": "retried"}


def why_not(verb: str, run: FlowRun | None) -> str | None:
    """Why a verb does not apply to a run; ``None`` when it does."""
    if run is None:
        return "There is no run here."
    if verb == "retry":
        return _why_not_retry(run)
    state, reason = run.state, None
    if state.is_final():
        reason = f"{run.name} is {state.name.lower()}, so it cannot be {PAST[verb]}."
    elif verb == "resume":
        if not (state.is_paused() or run.request in (Request.PAUSE, Request.SUSPEND)):
            reason = f"{run.name} is {state.name.lower()}, not paused, so there is nothing to resume."
    elif run.request is not None and run.request.value == verb:
        reason = f"{run.name} was already asked to {verb}, by {run.requested_by}."
    elif state.is_cancelling():
        reason = f"{run.name} is being cancelled."
    elif verb != "cancel":
        reason = _why_not_stop(verb, run)
    return reason


def _why_not_retry(run: FlowRun) -> str | None:
    state = run.state
    if not state.is_final() or state.is_completed():
        return f"{run.name} is {state.name.lower()}; what failed, crashed or was cancelled can be retried."
    if run.parent_id is not None:
        return f"{run.name} ran inside another run: retry that one, and {run.name} with it."
    return None


def _why_not_stop(verb: str, run: FlowRun) -> str | None:
    if run.parent_id is not None and run.root_id != run.id:
        return f"{run.name} runs inside another run: {verb} that one, and {run.name} with it."
    state = run.state
    if state.type is StateType.RUNNING or (verb == "suspend" and state.name == "Paused"):
        return None
    return f"{run.name} is {state.name.lower()}, so it cannot be {PAST[verb]}."


def consequence(verb: str, run: FlowRun) -> str:
    """What a verb does to a run, for a dialog that asks before."""
    if verb == "resume":
        if run.state.name == "Suspended":
            return "It is started again from the top; finished tasks are not done again."
        return "It goes on where it stands."
    if verb == "retry":
        return "It goes on from what it finished; what failed is done again."
    if verb == "pause":
        return "It pauses at its next task call; its process stays, and it goes on from there when it is resumed."
    if verb == "suspend":
        when = "" if run.state.is_paused() else " at its next task call"
        return (
            f"It ends its process{when}. When it is resumed it is started again from the top; "
            "finished tasks are not done again."
        )
    if run.state.name in ("Suspended", "Scheduled", "Resuming", "Late", "AwaitingRetry"):
        return "Nothing is running, so it is cancelled at once. Open questions are withdrawn; a retry asks them again."
    return (
        "It stops at its next task call or wait, and its child runs with it. Open questions are withdrawn; "
        "a retry asks them again."
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action, in words."""

    text: str
    acknowledged: bool = True
    """The run itself has taken it in; otherwise it was only asked."""


def do(database: Database, verb: str, run: FlowRun) -> Outcome:
    """Do a verb to a run that it needs no answer for. Raises what the engine raises."""
    if verb == "resume":
        return resume(database, run)
    return retry(database, run) if verb == "retry" else perform(database, verb, run)


def perform(database: Database, verb: str, run: FlowRun) -> Outcome:
    """Pause, suspend or cancel a run. Raises what the engine raises."""
    from holdfast.engine import actions

    state: State = getattr(actions, verb)(database, run.id, channel=CHANNEL)
    done = state.type is StateType.CANCELLED or state.name in ("Paused", "Suspended")
    if done:
        return Outcome(f"{run.name} is {state.name.lower()}.")
    return Outcome(f"Asked {run.name} to {verb}; it has not yet done so.", acknowledged=False)


def retry(database: Database, run: FlowRun) -> Outcome:
    """Schedule a run that failed, crashed or was cancelled again. Raises what the engine raises."""
    from holdfast.engine import actions

    actions.retry(database, run.id)
    return Outcome(f"{run.name} is scheduled again.", acknowledged=False)


def resume(database: Database, run: FlowRun) -> Outcome:
    """Let a run go on that waits for no answer."""
    from holdfast.engine import actions

    actions.resume(database, run.id, channel=CHANNEL)
    return Outcome(f"{run.name} goes on.")


def answer(database: Database, wait: Wait, value: Any) -> Outcome:
    """Answer a wait, or send what a run waits to be sent.

    Raises what the engine raises, `InvalidAnswerError` for what is wrong with the value.
    """
    from holdfast.engine import actions, sending

    if wait.channel is not None:
        sending.send_answer(database, wait, value)
        return Outcome(f"Sent to {wait.flow_run_name}.")
    given = actions.resume(database, wait.flow_run_id, value, channel=CHANNEL, wait_id=wait.id)
    if isinstance(given, Wait) and given.objections:
        raise InvalidAnswerError(given.objections)
    if isinstance(given, Wait) and given.status is WaitStatus.OPEN:
        return Outcome(f"Answer for {wait.flow_run_name} is stored; the run has not taken it yet.", acknowledged=False)
    return Outcome(f"{wait.flow_run_name} is answered and goes on.")


def objections(error: InvalidAnswerError) -> Mapping[Path, str]:
    """What is wrong with an answer, to show beside its fields."""
    return {path: clean(text) for path, text in error.errors.items()}


def in_words(error: HoldfastError) -> str:
    """An error of the engine as the app shows it."""
    return clean(str(error))
