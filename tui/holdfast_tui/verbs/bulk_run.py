"""A verb for several runs: the runs it applies to, the skipped ones with the reason, and the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.records import FlowRun, Wait
from holdfast_tui.verbs import actions

NAMED = 5
"""The number of runs that are named where there is no room for all."""


@dataclass(frozen=True, slots=True)
class Target:
    """A run as just read, and its unanswered waits."""

    run: FlowRun
    waits: Sequence[Wait] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs that a verb would be done to."""

    verb: str
    runs: Sequence[FlowRun]
    """The runs it applies to."""
    left_out: Sequence[tuple[FlowRun, str]] = ()
    """The runs it does not apply to, each with the reason."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a verb for one run."""

    run: FlowRun
    text: str
    done: bool = True
    """``False`` if it was refused."""
    acknowledged: bool = True
    """Whether the run itself has acknowledged it; otherwise it was only asked."""


def why_not(verb: str, target: Target) -> str | None:
    """Return why a verb does not apply to one of several runs; ``None`` if it applies."""
    reason = actions.why_not(verb, target.run)
    if reason is None and verb == "resume" and any(each.schema is not None for each in target.waits):
        return f"{target.run.name} asks for an answer: give it in the inbox."
    return reason


def plan(verb: str, targets: Sequence[Target]) -> Plan:
    """Return which runs a verb applies to and which are skipped."""
    reasons = [(each.run, why_not(verb, each)) for each in targets]
    return Plan(
        verb,
        [run for run, reason in reasons if reason is None],
        [(run, reason) for run, reason in reasons if reason is not None],
    )


def count(runs: int) -> str:
    """Return a number of runs, in words."""
    return "1 run" if runs == 1 else f"{runs:,} runs"


def title(of: Plan) -> str:
    """Return the question of the confirmation dialog."""
    return f"{of.verb.capitalize()} {count(len(of.runs))}?"


def text(of: Plan) -> str:
    """Return the text of the confirmation dialog: names, consequences, and the skipped runs with the reasons."""
    parts = [_names([run.name for run in of.runs]), *_consequences(of)]
    if of.left_out:
        parts.append(f"Skipped: {count(len(of.left_out))}.")
        shown = [reason for _, reason in of.left_out[:NAMED]]
        parts[-1] += "".join(f"\n  {reason}" for reason in shown) + _more(len(of.left_out) - len(shown), "\n  ")
    return "\n\n".join(parts)


def refusal(of: Plan) -> str:
    """Return why the verb applies to none of the runs."""
    reasons = [reason for _, reason in of.left_out]
    if len(reasons) == 1:
        return reasons[0]
    return f"None of {count(len(reasons))} can be {actions.PAST[of.verb]}: {reasons[0]}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + _more(len(names) - NAMED, " ")


def _more(number: int, before: str) -> str:
    return f"{before}and {number:,} more" if number > 0 else ""


def _consequences(of: Plan) -> Sequence[str]:
    """Return the consequences, one sentence for all runs with the same one."""
    by_text: dict[str, int] = {}
    for run in of.runs:
        consequence = actions.consequence(of.verb, run)
        by_text[consequence] = by_text.get(consequence, 0) + 1
    if len(by_text) == 1:
        return [f"Each of them: {text}" if len(of.runs) > 1 else text for text in by_text]
    return [f"{number} of them: {text}" for text, number in by_text.items()]


def summary(verb: str, results: Sequence[Result], planned: int) -> str:
    """Return a one-line summary of the results."""
    acknowledged = sum(each.acknowledged for each in results)
    asked = sum(each.done for each in results) - acknowledged
    refused = sum(not each.done for each in results)
    parts: list[str] = []
    if acknowledged:
        parts.append(f"{count(acknowledged)} {actions.PAST[verb]}")
    if asked:
        parts.append(f"{count(asked)} asked to {verb}" if verb != "retry" else f"{count(asked)} scheduled again")
    if refused:
        parts.append(f"{count(refused)} refused")
    if planned > len(results):
        parts.append(f"{count(planned - len(results))} not started")
    return ", ".join(parts) + "." if parts else "Nothing was done."
