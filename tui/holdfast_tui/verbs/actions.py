"""What can be done to a run, and why not; and the doing, in threads. The verbs are the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast import verbs
from holdfast.exceptions import HoldfastError, InvalidAnswerError, Path
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.states import State, StateType
from holdfast.text import clean
from holdfast.verbs import Facts, Verb

if TYPE_CHECKING:
    from holdfast.store.database import Database

CHANNEL = "app"
VERBS = tuple(each.value for each in Verb)

READONLY = "This is read-only: nothing is changed from here. End it with :readonly off."
PAST = {verb.value: past for verb, past in verbs.PAST.items()}


def why_not(verb: str, run: FlowRun | None) -> str | None:
    """Why a verb does not apply to a run, as the engine would say it; ``None`` when it does."""
    if run is None:
        return "There is no run here."
    error = verbs.why_not(Verb(verb), facts(run))
    return None if error is None else clean(str(error))


def facts(run: FlowRun) -> Facts:
    """What decides about a run that was read."""
    return Facts(
        run.name,
        run.state,
        run.request,
        run.requested_by,
        run.has_process,
        run.why_not_found,
        "another run" if run.root_id != run.id else None,
        run.state.is_paused() if run.asks is None else run.asks,
    )


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
    from holdfast.engine import actions
    from holdfast.engine.messages import sending

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
