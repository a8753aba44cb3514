"""One answer for several waits: which can be answered together, what each gets, and the results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from holdfast import question_changes
from holdfast.forms import replaced_answers
from holdfast.forms.model import FormModel
from holdfast.records import Draft, Wait, WaitStatus
from holdfast.text import clean
from holdfast_tui.text.cells import as_lines, fit, one_line
from holdfast_tui.text.state_style import question
from holdfast_tui.verbs.bulk_run import NAMED

_LISTED = 200
"""The number of runs that the preview lists."""
_NAME = 24
"""The width of a run's name in the preview, in cells."""
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")


@dataclass(frozen=True, slots=True)
class Group:
    """Waits that are answered by one form."""

    waits: Sequence[Wait]
    left_out: Sequence[tuple[Wait, str]] = ()
    """The waits that can no longer be answered, each with the reason."""

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The schema that all of them ask for."""
        return self.waits[0].schema

    @property
    def initial(self) -> Mapping[str, Any]:
        """The initial values that all of them have."""
        first, *others = [each.initial or {} for each in self.waits]
        return {
            name: value for name, value in first.items() if all(name in each and each[name] == value for each in others)
        }

    @property
    def differing(self) -> Sequence[str]:
        """The names of the fields whose initial values differ."""
        names = dict.fromkeys(name for each in self.waits for name in each.initial or {})
        return [name for name in names if name not in self.initial]


def group(waits: Sequence[Wait]) -> Group:
    """Separate the waits that can be answered from those that no longer can."""
    reasons = [(each, _why_not(each)) for each in waits]
    return Group(
        [each for each, reason in reasons if reason is None],
        [(each, reason) for each, reason in reasons if reason is not None],
    )


def _why_not(wait: Wait) -> str | None:
    if wait.answer is not None:
        return f"{wait.flow_run_name} was answered by {wait.answer.given_by}."
    if wait.status is not WaitStatus.OPEN:
        return f"{wait.flow_run_name} no longer waits: it is {wait.status}."
    return None


def why_not_together(of: Group) -> str | None:
    """Return why one form cannot answer them; ``None`` if it can."""
    if not of.waits:
        reasons = [reason for _, reason in of.left_out] or ["Nothing is marked."]
        return reasons[0] if len(reasons) == 1 else f"None of {len(reasons):,} is open: {reasons[0]}"
    kinds: dict[str, list[Wait]] = {}
    for each in of.waits:
        kinds.setdefault(json.dumps(each.schema, sort_keys=True), []).append(each)
    if len(kinds) == 1:
        return None
    parts = [f"{_asked(alike[0])} ({_who(alike)})" for alike in list(kinds.values())[:3]]
    rest = len(kinds) - len(parts)
    more = f", and {rest:,} more" if rest else ""
    return (
        f"These ask for different things: {'; '.join(parts)}{more}. Mark only questions that ask for the same; "
        "the filter (/) finds them."
    )


def _asked(wait: Wait) -> str:
    """Return what a wait asks for, by the names of its fields."""
    if wait.schema is None:
        return "a go-ahead"
    names = [one_line(clean(str(each))) for each in wait.schema.get("properties", ())]
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    return shown or one_line(clean(str(wait.schema.get("title", "a value"))))


def _who(waits: Sequence[Wait]) -> str:
    return waits[0].flow_run_name if len(waits) == 1 else f"{waits[0].flow_run_name} and {len(waits) - 1:,} more"


def count(waits: int) -> str:
    """Return a number of questions, in words."""
    return "1 question" if waits == 1 else f"{waits:,} questions"


def description(of: Group) -> str:
    """Return the text above the form, in Markdown: the runs, and what they ask."""
    names = ", ".join(_plain(each.flow_run_name) for each in of.waits[:NAMED])
    rest = len(of.waits) - NAMED
    parts = [f"**One answer for {count(len(of.waits))}:** {names}{f' and {rest:,} more' if rest > 0 else ''}"]
    texts = {each.description or "" for each in of.waits}
    if len(texts) == 1:
        parts += [text for text in texts if text]
    else:
        asked = [f"- {_plain(each.flow_run_name)}: {_plain(question(each))}" for each in of.waits[:NAMED]]
        parts.append("\n".join(asked))
    if of.differing:
        parts.append(f"The initial values differ, so these are empty: {_plain(', '.join(of.differing))}")
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    """Return a text escaped for Markdown."""
    return _MARKUP.sub(r"\\\1", clean(text))


def changed(of: Group) -> str:
    """Return the note above the questions if each replaced another one, and all changed in the same way."""
    texts = {question_changes.told(each) for each in of.waits}
    return clean(texts.pop()) if len(texts) == 1 else ""


def offered(of: Group) -> Draft | None:
    """Return the draft that all of them offer: the same answer, given to each before it changed."""
    found = [replaced_answers.offered(each) for each in of.waits]
    same = found[0] is not None and all(each == found[0] for each in found)
    return replaced_answers.as_draft(of.waits[0]) if same else None


def preview(of: Group, model: FormModel | None) -> str:
    """Return the preview: the answer that each run gets, and the list of runs."""
    if model is None:
        parts = ["Each of them continues."]
    else:
        value = model.root.dump(hide=True)
        lines = "\n".join(f"  {line}" for line in as_lines(value))
        parts = [f"Each of them gets:\n{lines}" if lines else "Each of them gets the default values."]
    wide = min(_NAME, max(cell_len(each.flow_run_name) for each in of.waits))
    parts.append(_lines([f"{fit(each.flow_run_name, wide)}  {question(each)}" for each in of.waits]))
    if of.left_out:
        parts.append(f"Skipped: {len(of.left_out):,}.\n" + _lines([reason for _, reason in of.left_out]))
    return "\n\n".join(parts)


def _lines(texts: Sequence[str]) -> str:
    rest = len(texts) - _LISTED
    return "\n".join(f"  {text}" for text in texts[:_LISTED]) + (f"\n  and {rest:,} more" if rest > 0 else "")


@dataclass(frozen=True, slots=True)
class WaitResult:
    """The result of the answer for one wait."""

    wait: Wait
    text: str
    done: bool = True
    """``False`` if it was refused."""
    acknowledged: bool = True
    """Whether the run itself has received it; otherwise it is only stored."""


def summary(told: Sequence[WaitResult]) -> str:
    """Return a one-line summary of the results."""
    taken = sum(each.acknowledged for each in told)
    stands = sum(each.done for each in told) - taken
    refused = sum(not each.done for each in told)
    parts = [f"{count(taken)} answered"] if taken else []
    parts += [f"{stands:,} stored, not yet received"] if stands else []
    parts += [f"{refused:,} refused"] if refused else []
    return ", ".join(parts) + "."
