"""The geometry of a run's timeline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from holdfast.records import Event, TaskRun
from holdfast.states import StateType, named
from holdfast_tui.text import timeline
from holdfast_tui.text.timeline import Kind, Scale, Segment

START = datetime(2077, 3, 4, 9, 30, tzinfo=UTC)
WIDTHS = st.integers(1, 200)
LENGTHS = st.floats(0.001, 400 * 86_400)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@st.composite
def scales(draw) -> Scale:
    length = draw(LENGTHS)
    edges = sorted(draw(st.lists(st.floats(0, 1), max_size=8, unique=True)))
    still = [(at(a * length), at(b * length)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return Scale.folding(START, at(length), draw(WIDTHS), still)


@st.composite
def segments_on(draw, scale: Scale) -> list[Segment]:
    length = (scale.end - scale.start).total_seconds()
    spans = draw(st.lists(st.tuples(st.floats(-0.2, 1.2), st.floats(0, 1)), max_size=6))
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=len(spans), max_size=len(spans)))
    return [
        Segment(at(first * length), at((first + more) * length), kind, "plain")
        for (first, more), kind in zip(spans, kinds, strict=True)
    ]


@given(scales(), st.data())
def test_line_is_always_as_wide_as_its_scale(scale, data):
    drawn = timeline.draw(data.draw(segments_on(scale)), scale)
    assert sum(cell_len(text) for text, _ in drawn) == scale.width


@given(scales(), st.lists(st.floats(-0.5, 1.5), min_size=2))
def test_later_is_never_further_left(scale, shares):
    length = (scale.end - scale.start).total_seconds()
    places = [scale.at(at(share * length)) for share in sorted(shares)]
    assert places == sorted(places)
    assert all(0 <= place <= scale.width for place in places)


@given(scales(), st.floats(0, 1), st.floats(0, 1))
def test_bar_is_within_the_width_and_seen_however_short(scale, first, more):
    length = (scale.end - scale.start).total_seconds()
    begin, end = scale.halves(at(first * length), at((first + more) * length))
    assert 0 <= begin < end <= 2 * scale.width
    drawn = timeline.draw([Segment(at(first * length), at(first * length), Kind.WORK, "good")], scale)
    assert "".join(text for text, _ in drawn).strip()


@given(scales())
def test_whole_scale_is_from_edge_to_edge(scale):
    assert scale.at(scale.start) == 0
    assert scale.at(scale.end) == pytest.approx(scale.width)


@given(WIDTHS, LENGTHS, st.floats(0, 1), st.floats(0, 1))
def test_bars_are_to_scale_where_nothing_is_folded(width, length, first, share):
    scale = Scale(START, at(length), width)
    begin, end = at(first * length), at((first + share * (1 - first)) * length)
    assert scale.at(end) - scale.at(begin) == pytest.approx(
        (end - begin).total_seconds() / (scale.end - START).total_seconds() * width, abs=1e-3
    )


@given(scales())
def test_axis_is_as_wide_as_its_scale_and_its_marks_do_not_touch(scale):
    line = timeline.axis(scale)
    assert cell_len(line) == scale.width
    assert all(len(mark.strip()) <= 8 for mark in line.replace("⋯", "  ").split("  "))


@given(st.integers(40, 200), st.floats(0.1, 400 * 86_400))
def test_axis_says_something_at_every_width(width, length):
    assert len(timeline.axis(Scale(START, at(length), width)).split()) >= 2


@given(st.floats(0, 10 * 86_400), st.floats(0, 10 * 86_400))
def test_horizon_is_ahead_by_little_and_never_goes_back(one, other):
    sooner, later = sorted((one, other))
    assert at(later) <= timeline.horizon(START, at(later)) <= at(max(8, later * 1.16))
    assert timeline.horizon(START, at(sooner)) <= timeline.horizon(START, at(later))


@pytest.mark.parametrize(
    ("length", "width", "line"),
    [
        (0.4, 40, "0s        100ms     200ms     300ms"),
        (60, 40, "0s        15s       30s       45s"),
        (150, 60, "0s          30s         1m          1m 30s      2m"),
        (3 * 3600, 60, "09:30     10:00     10:30     11:00     11:30     12:00"),
        (2.2 * 86_400, 60, "4 Mar           5 Mar         12:00         6 Mar"),
        (40 * 86_400, 60, "4 Mar     11 Mar    18 Mar     25 Mar    1 Apr      8 Apr"),
        (9 * 365 * 86_400, 60, "Mar 2077  Sep 2078  Mar 2080  Sep 2081  Mar 2083  Sep 2084"),
    ],
)
def test_axis_has_times_as_people_say_them(length, width, line):
    assert timeline.axis(Scale(START, at(length), width)).rstrip() == line


def test_folded_time_takes_few_cells_and_is_marked():
    scale = Scale.folding(START, at(1020), 53, [(at(10), at(1010))])
    assert scale.at(at(10)) == 25
    assert scale.at(at(1010)) == 28
    assert scale.at(at(510)) == pytest.approx(26.5)
    assert timeline.axis(scale)[26] == "⋯"


def test_axis_of_a_year_that_is_folded_is_made_at_once():
    year = 365 * 86_400.0
    scale = Scale.folding(START, at(year), 80, [(at(20), at(year - 20))])
    assert "⋯" in timeline.axis(scale)


# What is drawn of a task.


def a_task(state: str, started: float, ended: float | None, called: float | None = None) -> TaskRun:
    return TaskRun(
        uuid4(), uuid4(), "work", "work-1", named(state), at(started), None if ended is None else at(ended), 0,
        called=None if called is None else at(called),
    )  # fmt: skip


def events(*names: tuple[str, float]) -> list[Event]:
    return [Event(1, uuid4(), uuid4(), "state", "x", name, at(seconds), "me", None) for name, seconds in names]


def shape(segments: list[Segment]) -> list[tuple[Kind, float, float]]:
    return [(each.kind, (each.start - START).total_seconds(), (each.end - START).total_seconds()) for each in segments]


def test_task_without_attempts_is_one_bar():
    (bar,) = timeline.of_task(a_task("Completed", 1, 3), [], at(9))
    assert (bar.kind, bar.start, bar.end, bar.tone) == (Kind.WORK, at(1), at(3), "good")


def test_running_task_goes_on_until_now():
    (bar,) = timeline.of_task(a_task("Running", 1, None), [], at(9))
    assert (bar.end, bar.tone) == (at(9), "active")


def test_retries_are_pieces_with_their_delays_between():
    attempts = events(("AwaitingRetry", 2), ("Retrying", 4))
    assert shape(timeline.of_task(a_task("Completed", 0, 5), attempts, at(9))) == [
        (Kind.FAILED, 0, 2), (Kind.DELAY, 2, 4), (Kind.WORK, 4, 5),
    ]  # fmt: skip


def test_task_that_waits_for_its_retry_waits_until_now():
    drawn = timeline.of_task(a_task("AwaitingRetry", 0, None), events(("AwaitingRetry", 2)), at(9))
    assert shape(drawn) == [(Kind.FAILED, 0, 2), (Kind.DELAY, 2, 9)]


def test_task_that_was_left_and_made_again_has_a_gap():
    attempts = events(("Crashed", 2), ("Running", 6))
    assert shape(timeline.of_task(a_task("Completed", 6, 7, called=0), attempts, at(9))) == [
        (Kind.WORK, 0, 2), (Kind.WORK, 6, 7),
    ]  # fmt: skip


def test_task_that_failed_and_was_made_again_shows_both():
    attempts = events(("Failed", 2), ("Running", 6), ("Failed", 7))
    assert shape(timeline.of_task(a_task("Failed", 6, 7, called=0), attempts, at(9))) == [
        (Kind.FAILED, 0, 2), (Kind.FAILED, 6, 7),
    ]  # fmt: skip


def test_failed_attempt_is_told_without_colour():
    scale = Scale(START, at(10), 10)
    line = "".join(
        text
        for text, _ in timeline.draw(
            timeline.of_task(a_task("Completed", 0, 10), events(("AwaitingRetry", 4), ("Retrying", 6)), at(10)),
            scale,
        )
    )
    assert line == "━━━✗┄┄━━━━"


def test_half_cells_are_drawn():
    scale = Scale(START, at(10), 10)
    drawn = timeline.draw([Segment(at(1.5), at(3.5), Kind.WORK, "good")], scale)
    assert drawn == [(" ", "plain"), ("╺━╸", "good"), ("      ", "plain")]


def test_run_is_drawn_by_the_states_that_it_entered():
    run = SimpleNamespace(started=at(0), ended=at(9))
    entered = [
        (at(-1), StateType.PENDING), (at(0), StateType.RUNNING), (at(2), StateType.PAUSED), (at(5), StateType.RUNNING),
        (at(9), StateType.COMPLETED),
    ]  # fmt: skip
    assert shape(timeline.of_run(run, entered, at(20))) == [
        (Kind.WORK, 0, 2), (Kind.PERSON, 2, 5), (Kind.WORK, 5, 9),
    ]  # fmt: skip
