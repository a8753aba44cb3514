"""The verbs of runs in the app: their keys, and in words why they do not apply and what they do.

`holdfast_tui.data.verb_calls` does them.
"""

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
"""The key of each verb."""
VERBS = tuple(KEYS)

READONLY = "The app is read-only. To allow changes, type :readonly off."
PAST = {verb.value: about.past for verb, about in verbs.ABOUT.items()}
LINES = {verb.value: about.line for verb, about in verbs.ABOUT.items()}


def why_not(verb: str, run: FlowRun | None) -> str | None:
    """Return why a verb does not apply to a run, in the engine's words; ``None`` if it applies."""
    if run is None:
        return "There is no run here."
    error = verbs.why_not(Verb(verb), facts(run))
    return None if error is None else clean(str(error))


def facts(run: FlowRun) -> Facts:
    """Return the facts about a run that decide which verbs apply."""
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
    """Return what a verb does to a run, for the dialog that asks for confirmation."""
    return verbs.consequence(Verb(verb), facts(run))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an action, in words."""

    text: str
    acknowledged: bool = True
    """Whether the run itself has acknowledged it; otherwise it was only asked."""


def objections(error: InvalidAnswerError) -> Mapping[Path, str]:
    """Return the errors of an answer by field, to show next to the fields."""
    return {path: clean(text) for path, text in error.errors.items()}


def in_words(error: HoldfastError) -> str:
    """Return the text of an engine error, as the app shows it."""
    return clean(str(error))
