"""What can be done to a run, why not, and what it does, in words. The doing is in `holdfast_tui.data.verb_calls`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast import verbs
from holdfast.exceptions import HoldfastError, InvalidAnswerError, Path
from holdfast.records import FlowRun
from holdfast.text import clean
from holdfast.verbs import Facts, Verb

CHANNEL = "app"
KEYS = {"resume": "r", "pause": "p", "suspend": "s", "cancel": "c", "retry": "R"}
"""Each verb, and its key."""
VERBS = tuple(KEYS)

READONLY = "This is read-only: nothing is changed from here. End it with :readonly off."
PAST = {verb.value: about.past for verb, about in verbs.ABOUT.items()}
LINES = {verb.value: about.line for verb, about in verbs.ABOUT.items()}


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
    return verbs.consequence(Verb(verb), facts(run))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action, in words."""

    text: str
    acknowledged: bool = True
    """The run itself has taken it in; otherwise it was only asked."""


def objections(error: InvalidAnswerError) -> Mapping[Path, str]:
    """What is wrong with an answer, to show beside its fields."""
    return {path: clean(text) for path, text in error.errors.items()}


def in_words(error: HoldfastError) -> str:
    """An error of the engine as the app shows it."""
    return clean(str(error))
