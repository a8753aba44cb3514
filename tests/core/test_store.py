"""What the store promises about its transactions, and what the file itself refuses."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.engine import actions
from holdfast.exceptions import (
    AlreadyDecidedError,
    FlowPauseTimeout,
    FlowRunNotFound,
    InvalidTransition,
    NotPausedError,
    NotRunningError,
)
from holdfast.records import Origin
from holdfast.states import Completed, Failed, Paused, Running, named
from holdfast.store import queries, requests, runs, tasks, transitions, waits
from holdfast.store.ids import new_id

SCHEMA = {"title": "Answer", "type": "object", "properties": {"ok": {"type": "boolean"}}}
ORIGIN = Origin("/flows/f.py:f", "/flows", "python")


@pytest.fixture
def run_id(db):
    return make_run(db)


def make_run(db, name="a-run", state="Running", **columns):
    run_id = new_id()
    runs.create(db, runs.NewRun(run_id, name, "a-flow", named(state), ORIGIN, b"J{}", **columns), "tester")
    return run_id


def open_wait(db, run_id, key="1", schema=None, deadline=None, **columns):
    given = {"initial": None, "description": None, "actor": "tester", **columns}
    return waits.open_wait(db, run_id, key=key, schema=schema, deadline=deadline, **given)


def start_task(db, run_id, task_run_id=None, call="t()#1"):
    task_run_id = task_run_id or new_id()
    tasks.start(db, task_run_id=task_run_id, flow_run_id=run_id, call=call, task_name="t", name="t-1", actor="tester")
    return task_run_id


def events(db, run_id):
    return queries.get_events(db, queries.find_flow_run(db, run_id).id)


def one(connection, sql, *parameters):
    return connection.execute(sql, parameters).fetchone()


@pytest.fixture
def raw(db):
    """A plain connection to the file, as another program would have."""
    connection = sqlite3.connect(db.location.path, isolation_level=None)
    yield connection
    connection.close()


# Transitions and events


def test_making_a_run_records_one_event_with_its_actor(db):
    run_id = make_run(db)
    (event,) = events(db, run_id)
    assert (event.kind, event.before, event.after, event.actor) == ("state", None, "Running", "tester")


@pytest.mark.parametrize("name", ["Paused", "Suspended", "Cancelling", "Completed", "Failed"])
def test_every_transition_records_one_event_with_its_actor_and_message(db, run_id, name):
    runs.set_state(db, run_id, named(name, "As told"), "ana")
    _, event = events(db, run_id)
    assert (event.kind, event.before, event.after, event.actor, event.detail) == (
        "state", "Running", name, "ana", "As told",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "after"), [(actions.pause, "Pausing"), (actions.suspend, "Suspending"), (actions.cancel, "Cancelling")]
)
def test_every_request_records_one_event_that_names_who_asked_and_where(db, run_id, verb, after):
    verb(db, run_id, channel="cli")
    _, event = events(db, run_id)
    assert (event.kind, event.before, event.after, event.actor) == ("request", "Running", after, "tester")
    assert "tester" in event.detail
    assert "cli" in event.detail


def test_pausing_a_run_again_that_leaves_its_code_since_its_worker_stops_is_refused(db, run_id):
    actions.pause(db, run_id, channel="cli")
    requests.release(db, run_id, "worker")
    with pytest.raises(NotRunningError, match="is pausing already"):
        actions.pause(db, run_id, channel="cli")


def test_events_are_in_order_of_time(db, run_id):
    for name in ("Paused", "Running", "Completed"):
        runs.set_state(db, run_id, named(name), "tester")
    found = events(db, run_id)
    assert [each.after for each in found] == ["Running", "Paused", "Running", "Completed"]
    assert [each.at for each in found] == sorted(each.at for each in found)


def test_a_task_run_records_its_start_and_end_as_events(db, run_id, feed):
    task_run_id = start_task(db, run_id)
    tasks.finish(db, task_run_id=task_run_id, flow_run_id=run_id, to=Completed(), body=b"J1", actor="ana")
    ended = feed.until("state", after="Completed")
    assert (ended.task_run_id.hex, ended.flow_run_id.hex, ended.before, ended.actor) == (
        task_run_id, run_id, "Running", "ana",
    )  # fmt: skip


def test_the_events_of_a_run_leave_out_those_of_its_tasks(db, run_id):
    start_task(db, run_id)
    assert [each.task_run_id for each in events(db, run_id)] == [None]


def test_moving_a_run_that_another_writer_has_moved_is_refused(db, run_id, monkeypatch):
    runs.set_state(db, run_id, Paused(), "tester")
    look = transitions.position
    stale = Running()

    def outdated(connection, run_id):
        found = look(connection, run_id)
        return transitions.Position(stale, found.request, found.columns)

    monkeypatch.setattr(transitions, "position", outdated)
    with pytest.raises(InvalidTransition):
        runs.set_state(db, run_id, Completed(), "tester")
    monkeypatch.undo()
    assert queries.find_flow_run(db, run_id).state.name == "Paused"
    assert len(events(db, run_id)) == 2


def test_moving_a_run_that_is_not_there_is_refused(db):
    with pytest.raises(FlowRunNotFound):
        runs.set_state(db, new_id(), Completed(), "tester")


def test_a_final_state_and_its_result_are_stored_together(db, run_id, raw):
    raw.execute("CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(sqlite3.IntegrityError):
        runs.finish(db, run_id, Completed(), b"J1", "tester")
    run = queries.find_flow_run(db, run_id)
    assert run.state.name == "Running"
    assert queries.get_result(db, run.id) is None


# The wait, its schema, its event and the state


def test_a_wait_comes_with_its_schema_initial_values_description_and_deadline(db, run_id):
    deadline = datetime.now(UTC).replace(microsecond=7) + timedelta(hours=1)
    open_wait(db, run_id, "key", SCHEMA, deadline, initial={"ok": True}, description="**Go?**")
    (wait,) = queries.get_waits(db, queries.find_flow_run(db, run_id).id)
    assert (wait.key, wait.schema, wait.initial, wait.description, wait.deadline, wait.status) == (
        "key", SCHEMA, {"ok": True}, "**Go?**", deadline, "open",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["opened", "state"])
def test_a_wait_its_schema_its_event_and_the_state_are_stored_together_or_not_at_all(db, run_id, raw, kind):
    raw.execute(
        f"CREATE TRIGGER no BEFORE INSERT ON event WHEN NEW.kind = '{kind}' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        open_wait(db, run_id, schema=SCHEMA)
    assert one(raw, "SELECT count(*) FROM wait")[0] == 0
    assert one(raw, "SELECT count(*) FROM json_schema")[0] == 0
    assert one(raw, "SELECT state_name FROM flow_run")[0] == "Running"
    assert len(events(db, run_id)) == 1


def test_a_wait_its_schema_its_event_and_the_state_are_seen_at_the_same_time(db, run_id, raw):
    lines = []
    with db.write() as connection:
        connection.set_trace_callback(lines.append)
    open_wait(db, run_id, schema=SCHEMA)
    with db.write() as connection:
        connection.set_trace_callback(None)
    assert [line for line in lines if line == "COMMIT"] == ["COMMIT"] * 2, "the first one ended the setting up"
    assert one(raw, "SELECT state_name FROM flow_run")[0] == "Paused"


def test_waits_that_ask_the_same_share_their_schema(db, raw):
    for _ in range(3):
        open_wait(db, make_run(db), schema=SCHEMA)
    assert one(raw, "SELECT count(*) FROM json_schema")[0] == 1


def test_a_decision_and_the_state_it_leads_to_are_stored_together_or_not_at_all(db, run_id, raw):
    wait = open_wait(db, run_id)
    raw.execute(
        "CREATE TRIGGER no BEFORE INSERT ON event WHEN NEW.after = 'Running' AND NEW.kind = 'state' "
        "BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        waits.give_answer(db, wait.id.hex, None, "tester", "python")
    assert waits.get_wait(db, wait.id.hex).status == "open"
    assert waits.get_wait(db, wait.id.hex).answer is None
    assert one(raw, "SELECT state_name FROM flow_run")[0] == "Paused"


def test_a_second_wait_of_a_run_keeps_it_paused_until_both_are_decided(db, run_id):
    first, second = open_wait(db, run_id, "a"), open_wait(db, run_id, "b")
    waits.give_answer(db, first.id.hex, None, "tester", "python")
    assert queries.find_flow_run(db, run_id).state.name == "Paused"
    waits.give_answer(db, second.id.hex, None, "tester", "python")
    assert queries.find_flow_run(db, run_id).state.name == "Running"


def test_opening_a_wait_that_is_there_finds_it(db, run_id):
    assert open_wait(db, run_id, "a", SCHEMA) == open_wait(db, run_id, "a", SCHEMA)


def test_opening_a_wait_that_is_decided_finds_its_answer(db, run_id):
    wait = open_wait(db, run_id, "a", SCHEMA)
    waits.give_answer(db, wait.id.hex, {"ok": True}, "ana", "app")
    waits.accept(db, wait.id.hex)
    again = open_wait(db, run_id, "a", SCHEMA)
    assert (again.status, again.answer.value, again.answer.given_by, again.answer.channel) == (
        "decided", {"ok": True}, "ana", "app",
    )  # fmt: skip
    assert queries.find_flow_run(db, run_id).state.name == "Running"


def test_opening_a_wait_that_has_expired_opens_a_new_one(db, run_id):
    old = open_wait(db, run_id, "a", deadline=datetime.now(UTC))
    waits.expire(db, old.id.hex, "tester")
    new = open_wait(db, run_id, "a")
    assert (new.id != old.id, new.status) == (True, "open")


def test_no_wait_is_opened_while_something_is_asked_of_its_run(db, run_id):
    actions.pause(db, run_id, channel="python")
    assert open_wait(db, run_id) is None
    assert queries.get_waits(db, queries.find_flow_run(db, run_id).id) == []


def test_no_task_is_started_while_something_is_asked_of_its_run(db, run_id):
    actions.pause(db, run_id, channel="python")
    start_task(db, run_id)
    assert queries.get_task_runs(db, queries.find_flow_run(db, run_id).id) == []


def test_an_answer_after_the_deadline_is_refused(db, run_id):
    wait = open_wait(db, run_id, deadline=datetime.now(UTC))
    with pytest.raises(FlowPauseTimeout, match="a-run can no longer be resumed"):
        waits.give_answer(db, wait.id.hex, None, "tester", "python")


def test_an_answer_given_before_the_deadline_keeps_the_wait_from_expiring(db, run_id, raw):
    wait = open_wait(db, run_id, schema=SCHEMA, deadline=datetime.now(UTC) + timedelta(hours=1))
    waits.give_answer(db, wait.id.hex, {"ok": True}, "tester", "python")
    raw.execute("UPDATE wait SET deadline = 1")
    assert waits.get_wait(db, wait.id.hex).status == "open"
    assert not waits.expire(db, wait.id.hex, "tester")


def test_an_answer_to_a_withdrawn_wait_is_refused(db, run_id):
    wait = open_wait(db, run_id)
    runs.set_state(db, run_id, Failed(), "tester")
    with pytest.raises(NotPausedError, match="withdrawn"):
        waits.give_answer(db, wait.id.hex, None, "tester", "python")


def test_an_answer_that_the_run_objects_to_leaves_the_wait_open_for_another(db, run_id):
    wait = open_wait(db, run_id, schema=SCHEMA)
    waits.give_answer(db, wait.id.hex, {"ok": False}, "tester", "python")
    waits.object_to(db, wait.id.hex, {("ok",): "must be true", (): "no", ("list", 0): "no"}, "tester")
    open_again = waits.get_wait(db, wait.id.hex)
    assert (open_again.status, open_again.answer) == ("open", None)
    assert open_again.objections == {("ok",): "must be true", (): "no", ("list", 0): "no"}
    assert waits.give_answer(db, wait.id.hex, {"ok": True}, "ana", "python").objections == {}


def test_the_answer_that_stands_is_taken_again_without_effect(db, run_id):
    wait = open_wait(db, run_id, schema=SCHEMA)
    first = waits.give_answer(db, wait.id.hex, {"ok": True, "a": 1}, "ana", "app")
    before = events(db, run_id)
    assert waits.give_answer(db, wait.id.hex, {"a": 1, "ok": True}, "bo", "cli") == first
    assert events(db, run_id) == before


def test_another_answer_than_the_one_that_stands_is_refused(db, run_id):
    wait = open_wait(db, run_id, schema=SCHEMA)
    waits.give_answer(db, wait.id.hex, {"ok": True}, "ana", "app")
    with pytest.raises(AlreadyDecidedError):
        waits.give_answer(db, wait.id.hex, {"ok": False}, "bo", "cli")


# What is on disk when


@pytest.fixture
def written(db):
    """Each transaction that writes, as its ``synchronous`` setting and what it inserts or updates."""
    lines = []
    with db.write(durable=False) as connection:
        connection.set_trace_callback(lines.append)
    yield lambda: list(by_transaction(lines))
    with db.write() as connection:
        connection.set_trace_callback(None)


def by_transaction(lines):
    synchronous, inside = "NORMAL", None
    for line in lines:
        if line.startswith("PRAGMA synchronous="):
            synchronous = line.partition("=")[2]
        elif line.startswith("BEGIN"):
            inside = []
        elif line == "COMMIT" and inside is not None:
            yield synchronous, " ".join(inside)
            inside = None
        elif inside is not None:
            inside.append(line)


def modes(transactions, text):
    return {synchronous for synchronous, sql in transactions if text in sql}


def test_the_writing_connection_really_has_the_setting_that_is_asked_for(db):
    with db.write(durable=True) as connection:
        assert one(connection, "PRAGMA synchronous")[0] == 2
    with db.write(durable=False) as connection:
        assert one(connection, "PRAGMA synchronous")[0] == 1


@pytest.fixture
def paused_flow(person, call):
    @task
    def work():
        return 1

    @flow
    def asks():
        work()
        pause_flow_run()
        return pause_flow_run(wait_for_input=int)

    person.answers()
    person.answers(5, nth=2)

    def run():
        assert call(asks) == 5

    return run


def test_decisions_are_on_disk_before_anyone_is_told(paused_flow, written):
    paused_flow()
    assert modes(written(), "INTO answer") == {"FULL"}
    assert modes(written(), "status='decided'") == {"FULL"}
    assert modes(written(), "verdict='accepted'") == {"FULL"}


def test_checkpoints_and_states_need_not_be_on_disk_at_once(paused_flow, written):
    paused_flow()
    assert modes(written(), "INTO task_run") == {"NORMAL"}
    assert modes(written(), "UPDATE task_run") == {"NORMAL"}
    assert modes(written(), "INTO flow_run") == {"NORMAL"}


def test_objections_are_on_disk_too(db, run_id, written):
    wait = open_wait(db, run_id, schema=SCHEMA)
    waits.give_answer(db, wait.id.hex, {"ok": False}, "tester", "python")
    waits.object_to(db, wait.id.hex, {(): "no"}, "tester")
    assert modes(written(), "verdict='refused'") == {"FULL"}


def test_a_setting_puts_finished_tasks_on_disk_too(monkeypatch, request):
    monkeypatch.setenv("HOLDFAST_SYNCHRONOUS", "full")
    request.getfixturevalue("db")
    written = request.getfixturevalue("written")
    request.getfixturevalue("paused_flow")()
    assert modes(written(), "INTO result") == {"FULL"}
    assert modes(written(), "INTO wait") == {"FULL"}


def test_a_host_is_recorded_once_in_a_process(call, db, raw):
    @flow
    def empty():
        return None

    for _ in range(2):
        call(empty)
    assert one(raw, "SELECT count(*) FROM host")[0] == 1


def test_resuming_is_recorded_with_its_actor_and_channel(db, person, call, monkeypatch):
    @flow
    def asks():
        return pause_flow_run(wait_for_input=int)

    def as_ana(event):
        monkeypatch.setenv("HOLDFAST_USER", "ana")
        return resume_flow_run(event.flow_run_id, 3)

    decided = person.when_asked(as_ana)
    call(asks)
    answer = decided.result().answer
    assert (answer.value, answer.given_by, answer.channel) == ({"value": 3}, "ana", "python")
