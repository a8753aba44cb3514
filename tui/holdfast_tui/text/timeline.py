"""The geometry and drawing of timelines, in cells and half cells. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

from holdfast.records import Event, FlowRun, TaskRun, Wait
from holdfast.states import StateType
from holdfast_tui.text.state_style import tone

Span = tuple[datetime, datetime]


class Kind(Enum):
    """The kind of activity in a segment of time."""

    WORK = "work"
    FAILED = "failed"
    DELAY = "delay"
    PERSON = "person"
    NOTHING = "nothing"


_GLYPHS = {
    Kind.WORK: "━╸╺",
    Kind.FAILED: "━╸╺",
    Kind.DELAY: "┄┄┄",
    Kind.PERSON: "╍╍╍",
    Kind.NOTHING: "   ",
}
"""The glyphs of a whole cell, its left half and its right half. A failed segment also ends with its own mark."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of time with one kind of activity."""

    start: datetime
    end: datetime
    kind: Kind
    tone: str


# Segments.

_LEFT = ("Suspended", "Crashed", "Cancelled")


def of_task(task: TaskRun, attempts: Sequence[Event], now: datetime) -> list[Segment]:
    """Return the attempts of a task and the delays between them. ``attempts`` are the events that separate them."""
    found: list[Segment] = []
    begun, kind = task.called or task.started, Kind.WORK

    def end(at: datetime, ended: Kind, ended_tone: str, then: Kind) -> None:
        nonlocal begun, kind
        if kind is Kind.DELAY:
            ended, ended_tone = Kind.DELAY, "muted"
        if kind is not Kind.NOTHING:
            found.append(Segment(begun, at, ended, ended_tone))
        begun, kind = at, then

    for each in attempts:
        if each.after == "AwaitingRetry":
            end(each.at, Kind.FAILED, "bad", Kind.DELAY)
        elif each.after == "Retrying":
            end(each.at, Kind.WORK, "plain", Kind.WORK)
        elif each.after == "Running":
            # The end of the previous attempt is unknown if it was not recorded.
            end(each.at, Kind.NOTHING, "muted", Kind.WORK)
        elif each.after in _LEFT:
            end(each.at, Kind.WORK, "muted", Kind.NOTHING)
        else:
            end(each.at, Kind.FAILED, "bad", Kind.NOTHING)
    # `end` has set it, which a type checker does not see.
    if kind is not Kind.NOTHING or task.ended is None:  # pyright: ignore[reportUnnecessaryComparison]
        ended = task.ended or max(now, begun)
        bad = task.state.type in (StateType.FAILED, StateType.CRASHED)
        end(ended, Kind.FAILED if bad else Kind.WORK, tone(task.state), Kind.NOTHING)
    return found


def of_wait(wait: Wait, now: datetime) -> list[Segment]:
    """Return the time in which a person was asked. It ends at the deadline even if that was not recorded."""
    end = wait.closed or (now if wait.deadline is None else min(now, wait.deadline))
    return [Segment(wait.opened, max(end, wait.opened), Kind.PERSON, "waiting")]


def of_child(run: FlowRun, now: datetime) -> list[Segment]:
    """Return the time of a child run from its start to its end."""
    if run.started is None:
        return [Segment(run.created, max(now, run.created), Kind.DELAY, "muted")]
    return [Segment(run.started, run.ended or max(now, run.started), Kind.WORK, tone(run.state))]


_OF_STATES = {
    StateType.RUNNING: (Kind.WORK, "plain"),
    StateType.CANCELLING: (Kind.WORK, "plain"),
    StateType.PAUSED: (Kind.PERSON, "waiting"),
    StateType.SCHEDULED: (Kind.DELAY, "muted"),
    StateType.PENDING: (Kind.DELAY, "muted"),
}


def of_run(run: FlowRun, events: Sequence[tuple[datetime, StateType]], now: datetime) -> list[Segment]:
    """Return the segments of a run. ``events`` are the times and types of the states that it entered, in order."""
    found: list[Segment] = []
    entered = [each for each in events if run.started is None or each[0] >= run.started]
    ends = [at for at, _ in entered[1:]] + [run.ended or now]
    for (at, type_), end in zip(entered, ends, strict=True):
        shown = _OF_STATES.get(type_)
        if shown is not None:
            last = type_ is StateType.RUNNING and end is ends[-1] and run.ended is None
            found.append(Segment(at, max(at, end), shown[0], "active" if last else shown[1]))
    return found


# The scale.

FOLD = 3
"""The width of a folded span of time, in cells."""
_SHORTEST_FOLD = 0.04
"""The part of the whole time below which a span is not worth folding."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A span of time laid over ``width`` cells, in which some spans are folded to a few cells."""

    start: datetime
    end: datetime
    width: int
    folds: tuple[Span, ...] = ()

    @classmethod
    def folding(cls, start: datetime, end: datetime, width: int, still: Sequence[Span]) -> Scale:
        """Return a scale that folds the longest of the spans ``still``, which do not overlap."""
        least = (end - start) * _SHORTEST_FOLD
        longest = sorted((each for each in still if each[1] - each[0] > least), key=lambda each: each[0] - each[1])
        folds = tuple(sorted(longest[: width // (3 * FOLD)]))
        plain = cls(start, end, width)
        # Nothing is folded if the fold would be wider than the folded span.
        return cls(start, end, width, tuple(each for each in folds if plain.at(each[1]) - plain.at(each[0]) > FOLD))

    def at(self, moment: datetime) -> float:
        """Return the position of a moment, in cells from the left, within the width."""
        folded = [self._seconds(fold) for fold in self.folds]
        whole = (self.end - self.start).total_seconds() - sum(folded)
        room = self.width - FOLD * len(self.folds)
        if whole <= 0 or room <= 0:
            return 0.0 if moment <= self.start else float(self.width)
        seconds, cells = (moment - self.start).total_seconds(), 0.0
        for fold, length in zip(self.folds, folded, strict=True):
            inside = min(max((moment - fold[0]).total_seconds(), 0.0), length)
            seconds -= inside
            cells += FOLD * (inside / length)
        return min(max(seconds / whole * room + cells, 0.0), float(self.width))

    @staticmethod
    def _seconds(span: Span) -> float:
        return (span[1] - span[0]).total_seconds()

    def halves(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Return the range of half cells of a span, at least one."""
        last = 2 * self.width
        first = min(int(self.at(start) * 2), last - 1)
        return first, min(max(math.ceil(self.at(end) * 2 - 1e-6), first + 1), last)


def horizon(start: datetime, now: datetime) -> datetime:
    """Return the end of the scale of a running run. It is slightly ahead, so that bars grow and rarely shrink."""
    elapsed = max((now - start).total_seconds(), 0.0)
    steps = max(0, math.ceil(math.log(max(elapsed, 1e-9) / 8, 1.15)))
    return start + timedelta(seconds=8 * 1.15**steps)


# Drawing.


def draw(segments: Sequence[Segment], scale: Scale) -> list[tuple[str, str]]:
    """Return a line as wide as the scale, in pieces of text and tone. In a shared cell the later segment is shown."""
    halves: list[Segment | None] = [None] * (2 * scale.width)
    for each in segments:
        first, last = scale.halves(each.start, each.end)
        halves[first:last] = [each] * (last - first)
    drawn = [_cell(halves[at], halves[at + 1]) for at in range(0, len(halves), 2)]
    for at, (here, after) in enumerate(pairwise([*halves, None])):
        if here is not None and here.kind is Kind.FAILED and here is not after:
            drawn[at // 2] = ("✗", here.tone)
    return list(_merged(drawn))


def _cell(left: Segment | None, right: Segment | None) -> tuple[str, str]:
    seen = right if right is not None else left
    if seen is None or seen.kind is Kind.NOTHING:
        return (" ", "plain") if left is None or left.kind is Kind.NOTHING else (_GLYPHS[left.kind][1], left.tone)
    half = 0 if left is not None and right is not None else 1 if right is None else 2
    return _GLYPHS[seen.kind][half], seen.tone


def _merged(cells: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    text, last = "", ""
    for glyph, tone_ in cells:
        if text and tone_ != last:
            yield text, last
            text = ""
        text += glyph
        last = tone_
    if text:
        yield text, last


# The axis.

_ELAPSED = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300)
_CLOCK = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
_DAY = 86_400
_YEARS = 60
"""The number of days between marks from which on they show month and year."""
_LONGEST_ELAPSED = 600
_GAP = 10
"""The minimum number of cells between two marks."""


def axis(scale: Scale) -> str:
    """Return the marks of a scale as a line: the time since the start if it is short, else the local time or date."""
    line = [" "] * scale.width
    for fold in scale.folds:
        line[min(int(scale.at(fold[0]) + FOLD / 2), scale.width - 1)] = "⋯"
    free = 0
    for moment, label in [(scale.start, ""), *_marks(scale)]:
        at = round(scale.at(moment))
        said = label or _first_label(scale)
        end = at + len(said)
        if at >= free and end <= scale.width and not "".join(line[at : end + 1]).strip():
            line[at:end] = said
            free = end + 2
    return "".join(line)


def _first_label(scale: Scale) -> str:
    seconds = (scale.end - scale.start).total_seconds()
    if seconds <= _LONGEST_ELAPSED:
        return "0s"
    return _clock_label(scale.start, seconds / 10, first=True)


def _marks(scale: Scale) -> Iterator[tuple[datetime, str]]:
    folded = sum((end - start).total_seconds() for start, end in scale.folds)
    seconds = (scale.end - scale.start).total_seconds()
    least = max(seconds - folded, 0.001) / max(1, scale.width // _GAP)
    if seconds <= _LONGEST_ELAPSED:
        step = next((each for each in _ELAPSED if each >= least), _LONGEST_ELAPSED)
        for index in range(1, int(seconds / step) + 1):
            yield scale.start + timedelta(seconds=index * step), _elapsed_label(index * step)
        return
    step = next((each for each in _CLOCK if each >= least), _DAY * math.ceil(least / _DAY))
    local = scale.start.astimezone()
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at += timedelta(seconds=step) * math.ceil((local - at).total_seconds() / step)
    while at <= scale.end:
        # Marks within a fold are skipped.
        fold = next((end for start, end in scale.folds if start < at < end), None)
        if fold is not None:
            at += timedelta(seconds=step) * math.ceil((fold - at).total_seconds() / step)
            continue
        yield at, _clock_label(at, step)
        at += timedelta(seconds=step)


def _elapsed_label(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest}s" if rest else f"{minutes}m"


def _clock_label(moment: datetime, step: float, *, first: bool = False) -> str:
    local = moment.astimezone()
    if step >= _YEARS * _DAY:
        return f"{local:%b %Y}"
    if first:
        return f"{local:%H:%M}" if step < _DAY / 5 else f"{local.day} {local:%b}"
    return f"{local.day} {local:%b}" if step >= _DAY or local.hour == local.minute == 0 else f"{local:%H:%M}"
