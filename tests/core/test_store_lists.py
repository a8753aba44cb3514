"""Reading lists by keyset, finding one run, and the order of the inbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from holdfast.exceptions import AmbiguousFlowRun, FlowRunNotFound
from holdfast.records import Origin
from holdfast.states import State, StateType, named
from holdfast.store import log_writing, queries, runs, tasks, waits
from holdfast.store.ids import new_id
from holdfast.store.queries import RunFilter

SCHEMA = {"title": "Answer", "type": "object", "properties": {"ok": {"type": "boolean"}}}


def make_run(db, name="a-run", flow_name="a-flow", state="Running", run_id=None, **columns):
    new = runs.NewRun(
        run_id or new_id(),
        name,
        flow_name,
        state if isinstance(state, State) else named(state),
        Origin("/flows/f.py:f", "/flows", "python"),
        b"J{}",
        **columns,
    )
    runs.create(db, new, "tester")
    return UUID(new.id)


def names(found):
    return [each.name for each in found]


@pytest.fixture
def ten(db):
    """Ten runs, the oldest first."""
    return [make_run(db, f"run-{number}") for number in range(10)]


# Lists


def test_ids_are_in_order_of_creation():
    made = [new_id() for _ in range(1000)]
    assert all(UUID(each).version == 7 for each in made)
    assert len(set(made)) == 1000
    assert [each[:15] for each in made] == sorted(each[:15] for each in made)


def test_the_newest_run_comes_first(db, ten):
    assert [each.id for each in queries.list_flow_runs(db)] == ten[::-1]


def test_a_list_has_a_limit(db, ten):
    assert [each.id for each in queries.list_flow_runs(db, limit=3)] == ten[:-4:-1]


def test_pages_downwards_have_every_run_once(db, ten):
    found, last = [], None
    while page := queries.list_flow_runs(db, older_than=last, limit=3):
        found += page
        last = page[-1].id
    assert [each.id for each in found] == ten[::-1]


def test_pages_upwards_have_the_runs_right_before_the_list(db, ten):
    page = queries.list_flow_runs(db, newer_than=ten[4], limit=3)
    assert [each.id for each in page] == [ten[7], ten[6], ten[5]]


def test_a_run_that_comes_in_between_moves_no_page(db, ten):
    first = queries.list_flow_runs(db, limit=3)
    make_run(db, "new")
    assert [each.id for each in queries.list_flow_runs(db, older_than=first[-1].id, limit=3)] == ten[6:3:-1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["PAUSED"], ["suspended", "paused"]),
        (["paused"], ["suspended", "paused"]),
        (["Suspended"], ["suspended"]),
        (["suspended", "failed"], ["timed-out", "failed", "suspended"]),
        (["TimedOut"], ["timed-out"]),
        (["crashed"], []),
        (["nonsense"], []),
        ([], ["timed-out", "failed", "running", "suspended", "paused"]),
    ],
    ids=str,
)
def test_a_list_is_filtered_by_types_and_names_of_states(db, wanted, found):
    for name, state in [
        ("paused", "Paused"), ("suspended", "Suspended"), ("running", "Running"), ("failed", "Failed"),
        ("timed-out", "TimedOut"),
    ]:  # fmt: skip
        make_run(db, name, state=state)
    where = RunFilter(states=frozenset(wanted))
    assert names(queries.list_flow_runs(db, where)) == found
    assert queries.count_flow_runs(db, where) == len(found)


def test_a_state_of_ones_own_is_listed_under_its_type(db):
    make_run(db, "approved", state=State(StateType.COMPLETED, "Approved"))
    assert names(queries.list_flow_runs(db, RunFilter(states=frozenset({"completed"})))) == ["approved"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("REL", ["other", "release-1"]), ("other", ["other"]), ("%", []), ("_", ["under_score"]), ("zebra", [])],
)
def test_a_list_is_filtered_by_part_of_a_name(db, text, found):
    make_run(db, "release-1")
    make_run(db, "other", "Release")
    make_run(db, "under_score")
    assert names(queries.list_flow_runs(db, RunFilter(text=text))) == sorted(
        found, key=["under_score", "other", "release-1"].index
    )
    assert queries.count_flow_runs(db, RunFilter(text=text)) == len(found)


def test_a_list_is_filtered_by_flow(db):
    make_run(db, "one", "release")
    make_run(db, "two", "release-more")
    assert names(queries.list_flow_runs(db, RunFilter(flow_name="release"))) == ["one"]


def test_filters_hold_on_every_page(db):
    for number in range(10):
        make_run(db, f"run-{number}", state="Failed" if number % 2 else "Completed")
    where = RunFilter(states=frozenset({"failed"}))
    first = queries.list_flow_runs(db, where, limit=2)
    rest = queries.list_flow_runs(db, where, older_than=first[-1].id)
    assert names(first + rest) == ["run-9", "run-7", "run-5", "run-3", "run-1"]


# One run


def test_a_run_is_found_by_its_id(db, ten):
    assert queries.find_flow_run(db, ten[3]).id == ten[3]


@pytest.mark.parametrize("form", [str, lambda id_: id_.hex, lambda id_: str(id_).upper()])
def test_a_run_is_found_by_its_id_as_text(db, ten, form):
    assert queries.find_flow_run(db, form(ten[3])).id == ten[3]


def test_a_run_is_found_by_its_name(db, ten):
    assert queries.find_flow_run(db, "run-3").id == ten[3]


@pytest.mark.parametrize("prefix", ["0fa", "0fa1", "0fa1b2c3-4", "0FA1B2C3-4D5E"])
def test_a_run_is_found_by_a_prefix_of_its_id(db, prefix):
    make_run(db, "other", run_id="0" * 32)
    run_id = make_run(db, run_id="0fa1b2c34d5e7fffb000000000000000")
    assert queries.find_flow_run(db, prefix).id == run_id


def test_of_runs_with_one_name_the_newest_is_found(db):
    make_run(db, "twin")
    newest = make_run(db, "twin")
    assert queries.find_flow_run(db, "twin").id == newest


def test_a_name_that_looks_like_the_beginning_of_an_id_is_found(db):
    run_id = make_run(db, "faded-cafe")
    assert queries.find_flow_run(db, "faded-cafe").id == run_id


def test_a_prefix_of_several_ids_is_refused_with_their_list(db):
    found = [make_run(db, f"run-{number}", run_id=f"{'0fa':0<31}{number}") for number in range(3)]
    with pytest.raises(AmbiguousFlowRun, match="'0fa' matches several flow runs") as caught:
        queries.find_flow_run(db, "0fa")
    assert caught.value.ids == tuple(found)
    assert all(str(each) in str(caught.value) for each in found)


@pytest.mark.parametrize("reference", ["nobody", "ffff", "", "%", "f" * 40, str(UUID(int=7))])
def test_a_run_that_is_not_there_is_not_found(db, ten, reference):
    with pytest.raises(FlowRunNotFound) as caught:
        queries.find_flow_run(db, reference)
    assert repr(reference) in str(caught.value)


def test_children_are_listed_in_order(db):
    parent = make_run(db)
    children = [make_run(db, f"child-{n}", parent_id=parent.hex, root_id=parent.hex, call=f"c#{n}") for n in range(3)]
    assert [each.id for each in queries.get_children(db, parent)] == children
    assert {each.root_id for each in queries.get_children(db, parent)} == {parent}


def test_task_runs_are_listed_in_the_order_of_their_start_and_by_page(db):
    run_id = make_run(db)
    started = [UUID(new_id()) for _ in range(5)]
    for number, each in enumerate(started):
        tasks.start(
            db, task_run_id=each.hex, flow_run_id=run_id.hex, call=f"t#{number}", task_name="t", name=f"t-{number}",
            actor="tester",
        )  # fmt: skip
    assert [each.id for each in queries.get_task_runs(db, run_id)] == started
    assert [each.id for each in queries.get_task_runs(db, run_id, after=started[1], limit=2)] == started[2:4]


def test_log_lines_are_read_after_the_last_one_seen(db):
    run_id = make_run(db)
    for number in range(5):
        log_writing.append(db, flow_run_id=run_id.hex, task_run_id=None, level=20, message=f"line {number}")
    first = queries.get_logs(db, run_id, limit=2)
    rest = queries.get_logs(db, run_id, after=first[-1].seq)
    assert [each.message for each in first + rest] == [f"line {number}" for number in range(5)]


# The inbox


def ask(db, key, minutes=None, schema=None):
    deadline = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
    return waits.open_wait(
        db, make_run(db, key).hex, key=key, schema=schema, initial=None, description=None, deadline=deadline,
        actor="tester",
    )  # fmt: skip


def keys(found):
    return [each.key for each in found]


@pytest.fixture
def asked(db):
    """Waits in an order that is not the inbox's; the right one is the order of their keys."""
    return [ask(db, key, minutes) for key, minutes in [("4", None), ("3", 90), ("1", 5), ("5", None), ("2", 60)]]


def test_the_nearest_deadline_comes_first_and_waits_without_one_last(db, asked):
    assert keys(queries.inbox(db)) == ["1", "2", "3", "4", "5"]
    assert queries.count_open_waits(db) == 5


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_of_the_inbox_have_every_wait_once(db, asked, limit):
    found, last = [], None
    while page := queries.inbox(db, after=last, limit=limit):
        found += page
        last = page[-1]
    assert keys(found) == ["1", "2", "3", "4", "5"]


def test_waits_with_one_deadline_are_all_on_some_page(db):
    deadline = datetime.now(UTC) + timedelta(hours=1)
    for key in "abcde":
        waits.open_wait(
            db, make_run(db).hex, key=key, schema=None, initial=None, description=None, deadline=deadline,
            actor="tester",
        )  # fmt: skip
    first = queries.inbox(db, limit=2)
    assert keys(first + queries.inbox(db, after=first[-1])) == list("abcde")


def test_decided_waits_are_not_in_the_inbox(db, asked):
    waits.give_answer(db, asked[2].id.hex, None, "tester", "python")
    assert keys(queries.inbox(db)) == ["2", "3", "4", "5"]
    assert queries.count_open_waits(db) == 4


def test_withdrawn_waits_are_not_in_the_inbox(db, asked):
    runs.set_state(db, asked[2].flow_run_id.hex, named("Failed"), "tester")
    assert keys(queries.inbox(db)) == ["2", "3", "4", "5"]


def test_waits_past_their_deadline_are_not_in_the_inbox(db, asked):
    ask(db, "0", minutes=-1)
    assert keys(queries.inbox(db)) == ["1", "2", "3", "4", "5"]
    assert queries.count_open_waits(db) == 5


def test_a_wait_past_its_deadline_shows_as_expired_before_anyone_has_recorded_it(db):
    wait = ask(db, "0", minutes=-1)
    assert [each.status for each in queries.get_waits(db, wait.flow_run_id)] == ["expired"]


def test_a_wait_whose_answer_stands_is_in_the_inbox_with_it(db):
    wait = ask(db, "1", 5, SCHEMA)
    waits.give_answer(db, wait.id.hex, {"ok": True}, "ana", "app")
    (found,) = queries.inbox(db)
    assert (found.status, found.answer.value, found.answer.given_by) == ("open", {"ok": True}, "ana")


def test_a_wait_whose_answer_stands_waits_for_nobody_until_that_is_objected_to(db):
    ask(db, "late", -1, SCHEMA)
    ask(db, "other", 5, SCHEMA)
    wait = ask(db, "1", None, SCHEMA)
    assert queries.count_unanswered_waits(db) == 2
    waits.give_answer(db, wait.id.hex, {"ok": True}, "ana", "app")
    assert (queries.count_unanswered_waits(db), queries.count_open_waits(db)) == (1, 2)
    waits.object_to(db, wait.id.hex, {("ok",): "not today"}, "a-flow")
    assert queries.count_unanswered_waits(db) == 2
    waits.give_answer(db, wait.id.hex, {"ok": False}, "ana", "app")
    waits.accept(db, wait.id.hex)
    assert (queries.count_unanswered_waits(db), queries.count_open_waits(db)) == (1, 1)


def test_a_wait_names_its_run_and_flow(db):
    wait = ask(db, "deploy")
    assert (wait.flow_run_name, wait.flow_name) == ("deploy", "a-flow")


def test_times_are_aware_and_in_utc(db, asked):
    run = queries.get_flow_run(db, asked[0].flow_run_id)
    times = [run.created, run.started, run.state.timestamp, queries.inbox(db)[0].deadline, asked[0].opened]
    assert {each.tzinfo for each in times} == {UTC}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (queries.InboxFilter(), ["1", "2", "3", "4", "5"]),
        (queries.InboxFilter(key="3"), ["3"]),
        (queries.InboxFilter(text=("no such thing",)), []),
        (queries.InboxFilter(text=("%",)), []),
        (queries.InboxFilter(text=("_",)), []),
    ],
)
def test_the_inbox_can_be_filtered(db, asked, where, found):
    assert keys(queries.inbox(db, where=where)) == found


def test_an_inbox_that_is_no_longer_wanted_is_not_read_to_its_end(backend, db, asked, monkeypatch):
    backend.stop_at_once(monkeypatch)
    assert queries.inbox(db, stopped=lambda: True) == []
    assert len(queries.inbox(db)) == 5


def test_waits_are_found_by_their_ids_in_the_order_given(db, asked):
    ids = [each.id for each in queries.inbox(db)]
    assert [each.id for each in queries.find_waits(db, [ids[3], ids[0]])] == [ids[3], ids[0]]
