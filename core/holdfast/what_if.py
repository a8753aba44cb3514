"""What would happen if a run continued, in words. The facts come from `holdfast.engine.preview`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from holdfast.states import StateType, state_words
from holdfast.text import clean
from holdfast.type_guards import is_dict
from holdfast.values.json_text import to_json

if TYPE_CHECKING:
    from holdfast.engine.preview import Code, Preview
    from holdfast.records import FlowRun, Wait
    from holdfast.store.steps import Outcome

_NAMED = 20
"""The number of names listed for each kind."""

_TITLES = {
    "in place": "If you resume {}",
    "from the top": "If {} continues",
    "retry": "If you retry {}",
    "running": "If the process of {} died",
    "not": "{} is completed",
}
_HOW = {
    "in place": "Its process is waiting at the question, and continues after it. Nothing is done again. If the process "
    "ends before that, the run continues in another one, from the top:",
    "from the top": "Its code starts again from the top, in a new process. What it finished is used again.",
    "retry": "Its code starts again from the top, in a new process. What it finished is used again; what failed is "
    "forgotten and done again.",
    "running": "It is running, so there is nothing to resume. If its process died and it continued in another one, its "
    "code would start again from the top:",
    "not": "There is nothing to resume or retry.",
}
_CAUTION = (
    "A task or run is recognized by what is called and with which inputs. Code that has changed, or that depends on "
    "the time, may make other calls. Only running it can tell."
)


class Said(NamedTuple):
    """A paragraph, and what its colour means."""

    text: str
    tone: str = "plain"


class Section(NamedTuple):
    """Paragraphs with a title, which may be empty."""

    title: str
    paragraphs: Sequence[Said]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the app or the command line for some things."""

    question: Callable[[Wait], str]
    time: Callable[[datetime], str]


def title(of: Preview) -> str:
    """What is asked."""
    return _TITLES[of.how.value].format(clean(of.run.name))


def sections(of: Preview, words: Words) -> list[Section]:
    """What would happen; what there is nothing of is left out."""
    how = Section("", [Said(_HOW[of.how.value])])
    if of.how.value == "not":
        return [how]
    messages = [Said(f"  {of.received:,} {'is' if of.received == 1 else 'are'} received again, in the same order")]
    found = (
        how,
        Section(_counted("Used again", of.reused, "finished task"), _named([clean(each.name) for each in of.reused])),
        Section(
            _counted("Fails again at once", of.raised, "task"), _named([_raised(each) for each in of.raised], "bad")
        ),
        Section(_counted("Done again", of.again, "task"), _named([_again(each) for each in of.again], "waiting")),
        Section(_counted("Used again", of.children_reused, "run"), _named([_run(each) for each in of.children_reused])),
        Section(_counted("Continued", of.children_again, "run"), _named([_run(each) for each in of.children_again])),
        Section("Answers used again", _named([_decided(each, words) for each in of.decided])),
        Section("Messages", messages if of.received else []),
        Section("Still asked", _named([_open(each, of.run, words) for each in of.open])),
        Section("Asked again", _named([words.question(each) for each in of.asked_again], "waiting")),
        Section("Code", _code(of.code, words)),
        Section("", [Said(_CAUTION, "muted")]),
    )
    return [each for each in found if each.paragraphs]


def _counted(what: str, of: Sequence[object], kind: str) -> str:
    return f"{what}: {len(of):,} {kind}{'' if len(of) == 1 else 's'}"


def _named(names: Sequence[str], tone: str = "plain") -> list[Said]:
    found = [Said(f"  {' '.join(each.split())}", tone) for each in names[:_NAMED]]
    if len(names) > _NAMED:
        found.append(Said(f"  and {len(names) - _NAMED:,} more", "muted"))
    return found


def _again(of: Outcome) -> str:
    if of.type is StateType.COMPLETED:
        why = "its result is not stored"
    elif of.type in (StateType.FAILED, StateType.CANCELLED):
        why = f"it is {state_words(of.state_name)}" if of.type is StateType.CANCELLED else "it failed"
    else:
        why = "it was left unfinished" if of.type is StateType.CRASHED else f"it is {state_words(of.state_name)}"
    return f"{clean(of.name)}: {why}"


def _raised(of: Outcome) -> str:
    return f"{clean(of.name)}: its exception is stored, and raised again"


def _run(of: FlowRun) -> str:
    return f"{clean(of.name)} ({clean(of.flow_name)}), {state_words(of.state)}"


def _decided(of: Wait, words: Words) -> str:
    answer = of.answer
    if answer is None or answer.value is None:
        return f"{words.question(of)}: yes" + ("" if answer is None else f", by {clean(answer.given_by)}")
    plain = is_dict(answer.value) and list(answer.value) == ["value"]
    given = answer.value["value"] if plain else answer.value
    value = clean(to_json(given))
    return f"{words.question(of)}: {value}, by {clean(answer.given_by)}"


def _open(of: Wait, run: FlowRun, words: Words) -> str:
    asker = "" if of.flow_run_id == run.id else f"{clean(of.flow_run_name)}: "
    return (
        asker
        + words.question(of)
        + ("" if of.answer is None else ", answered, but the run has not taken the answer yet")
    )


def _code(of: Code, words: Words) -> list[Said]:
    entrypoint = of.origin.entrypoint
    if entrypoint is None:
        return [Said("  It is not in a file, so no other process can continue it.", "bad")]
    found = [Said(f"  {clean(entrypoint)}")]
    loaded = "" if of.loaded is None else words.time(of.loaded)
    if of.state.value == "missing":
        found.append(Said("  The file is missing: the run cannot continue until it is back.", "bad"))
    elif of.state.value == "changed" and of.changed is not None:
        changed = words.time(of.changed)
        found.append(Said(f"  Changed {changed}, after the run last loaded it ({loaded}).", "waiting"))
        found.append(Said("  The code as it is now would run."))
    elif of.state.value == "same":
        found.append(Said(f"  Not changed since the run last loaded it ({loaded}).", "good"))
    elif of.file is None:
        found.append(Said("  Its file cannot be located without importing it.", "muted"))
    if of.file is not None and of.state.value != "missing":
        found.append(Said("  Only this file was checked, not what it imports.", "muted"))
    if not of.interpreter_is_there:
        found.append(Said(f"  Its interpreter is missing: {clean(of.origin.interpreter)}", "bad"))
    return found
