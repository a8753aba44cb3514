"""The parts of the app that need no screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len
from seeding import ACTOR, NOW, bulk

from holdfast.filters import RunFilter
from holdfast.records import FlowRun, Request
from holdfast.states import named
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast_tui.data.feed import Changes, Feed
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.data.run_window import TOP, Anchor, Want
from holdfast_tui.text.cells import first_line, fit, fit_right, wrap
from holdfast_tui.text.durations import coarse, countdown, span, took
from holdfast_tui.verbs import actions


@pytest.mark.parametrize(
    ("seconds", "text", "short"),
    [
        (0, "0s", "0s"),
        (59.9, "59s", "59s"),
        (60, "1m 00s", "1m"),
        (3_725, "1h 02m", "1h"),
        (90_000, "1d 01h", "1d"),
        (-5, "0s", "0s"),
    ],
)
def test_spans_have_at_most_two_units(seconds, text, short):
    assert span(timedelta(seconds=seconds)) == text
    assert coarse(timedelta(seconds=seconds)) == short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.2, "0:01"), (59, "0:59"), (3_599, "59:59"), (3_600, "1:00:00"), (90_000, "1d 01h"), (-3, "0:00")],
)
def test_countdown_reads_zero_only_at_the_deadline(seconds, text):
    assert countdown(NOW + timedelta(seconds=seconds), NOW) == text


def test_what_was_quick_is_told_to_a_tenth_of_a_second():
    assert took(NOW, NOW + timedelta(milliseconds=420), lambda: NOW) == "0.4s"
    assert took(NOW - timedelta(seconds=3), None, lambda: NOW) == "3s"


@pytest.mark.parametrize("text", ["", "abc", "abcdefghij", "東京東京東京", "a東b京c", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "é́́"])
@pytest.mark.parametrize("width", [0, 1, 2, 5, 9])
def test_fitted_text_is_as_wide_as_asked(text, width):
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit_right(text, width)) == width


@pytest.mark.parametrize("text", ["one two three", "a" * 50, "東京" * 20, "", "a\n\nb", "  indented text here"])
@pytest.mark.parametrize("width", [1, 4, 10])
def test_wrapped_lines_fit_and_lose_no_word(text, width):
    lines = wrap(text, width)
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("# Ship *it*?\nmore", "Ship it?"),
        ("\n\n- **one**", "one"),
        ("`x`", "x"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("", ""),
        ("---", "---"),
    ],
)
def test_first_line_of_a_description_has_no_marks(markdown, line):
    assert first_line(markdown) == line


@pytest.mark.parametrize(
    ("state", "asked", "allowed"),
    [
        ("Running", None, {"pause", "suspend", "cancel"}),
        ("Pausing", Request.PAUSE, {"resume", "suspend", "cancel"}),
        ("Suspending", Request.SUSPEND, {"resume", "pause", "cancel"}),
        ("Paused", None, {"resume", "suspend", "cancel"}),
        ("Suspended", None, {"resume", "cancel"}),
        ("Cancelling", Request.CANCEL, set()),
        ("Completed", None, set()),
        ("Failed", None, {"retry"}),
        ("TimedOut", None, {"retry"}),
        ("Crashed", None, {"retry"}),
        ("Cancelled", None, {"retry"}),
        ("Pending", None, {"cancel"}),
    ],
)
def test_verbs_that_apply(state, asked, allowed):
    run = make_run(state, asked)
    assert {verb for verb in actions.VERBS if actions.why_not(verb, run) is None} == allowed
    for verb in set(actions.VERBS) - allowed:
        assert "brave-emu" in actions.why_not(verb, run)


def test_child_is_paused_with_its_parent():
    child = make_run("Running", None, parent=True)
    assert "runs inside another run" in actions.why_not("pause", child)
    assert actions.why_not("cancel", child) is None


def make_run(state: str, request: Request | None, *, parent: bool = False) -> FlowRun:
    """A run as the app gets it."""
    from uuid import UUID

    return FlowRun(
        id=UUID(int=2), name="brave-emu", flow_name="flow", state=named(state), created=NOW, started=NOW, ended=None,
        executions=1, parent_id=UUID(int=1) if parent else None, root_id=UUID(int=1 if parent else 2),
        request=request, requested_by=ACTOR if request else None, requested_at=NOW if request else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """5,000 runs."""
    path = tmp_path_factory.mktemp("many") / "holdfast.db"
    bulk(path, 5_000, lambda index: "Failed" if index % 10 == 0 else "Completed")
    database = Database(path)
    yield database
    database.close()


@pytest.mark.parametrize("first", [0, 1, 50, 2_400, 2_600, 4_899, 4_900, 4_990, 9_999])
def test_window_has_the_rows_that_are_wanted(many, first):
    page = RunReads(many).page(Want(TOP, first, 100, None))
    start = min(first, 4_900)
    assert page.total == 5_000
    assert page.first == start
    assert [row.run.name for row in page.rows] == [f"run-{4_999 - index:07d}" for index in range(start, start + 100)]


def test_window_is_found_from_the_nearest_anchor(many):
    here = queries.list_flow_runs(many, limit=2_001)[-1]
    anchors = [Anchor(5_000 - 2_000, here.id)]
    page = RunReads(many).page(Want(TOP, 2_500, 10, 5_000, anchors))
    assert page.rows[0].run.name == f"run-{4_999 - 2_500:07d}"
    assert Anchor(2_500, page.rows[0].run.id) in page.anchors


def test_walk_ends_where_it_is_when_nobody_wants_it_any_more(many):
    page = RunReads(many).page(Want(TOP, 2_500, 10, 5_000), stopped=lambda: True)
    assert len(page.rows) <= 10


def test_window_of_a_filtered_list(many):
    page = RunReads(many).page(Want(RunFilter(states=frozenset({"failed"})), 250, 100, None))
    assert (page.total, page.first) == (500, 250)
    assert {row.run.state.name for row in page.rows} == {"Failed"}


def test_short_list_is_counted_by_reading_it(many):
    page = RunReads(many).page(Want(RunFilter(text="run-00000"), 0, 200, 12_345))
    assert page.total == len(page.rows) == 100


def test_feed_wakes_once_for_what_has_not_been_taken(seeder):
    woken = []
    feed = Feed(lambda: woken.append(True))
    feed._heard(())
    feed._heard(())
    assert woken == [True]
    assert feed.take() == Changes()
    assert feed.take() is None
    feed._heard(())
    assert woken == [True, True]


def test_changes_tell_new_runs_and_waits(seeder):
    run_id = seeder.run("brave-emu")
    created = Changes.of(queries.get_events(seeder.database, run_id))
    assert created == Changes(frozenset({run_id}), created=True)
    seeder.wait(run_id)
    assert (created | Changes.of(queries.get_events(seeder.database, run_id))).waits
