"""What the store promises about its transactions, and what the file itself refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run
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


def test_a_final_state_and_its_result_are_stored_together(backend, db, run_id, program):
    program.refuse_events()
    with pytest.raises(backend.Refused):
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
def test_a_wait_its_schema_event_and_state_are_stored_together_or_not_at_all(backend, db, run_id, program, kind):
    program.refuse_events(kind=kind)
    with pytest.raises(backend.Refused):
        open_wait(db, run_id, schema=SCHEMA)
    assert program.value("SELECT count(*) FROM wait") == 0
    assert program.value("SELECT count(*) FROM json_schema") == 0
    assert program.value("SELECT state_name FROM flow_run") == "Running"
    assert len(events(db, run_id)) == 1


def test_waits_that_ask_the_same_share_their_schema(db, program):
    for _ in range(3):
        open_wait(db, make_run(db), schema=SCHEMA)
    assert program.value("SELECT count(*) FROM json_schema") == 1


def test_a_decision_and_the_state_it_leads_to_are_stored_together_or_not_at_all(backend, db, run_id, program):
    wait = open_wait(db, run_id)
    program.refuse_events(after="Running", kind="state")
    with pytest.raises(backend.Refused):
        waits.give_answer(db, wait.id.hex, None, "tester", "python")
    assert waits.get_wait(db, wait.id.hex).status == "open"
    assert waits.get_wait(db, wait.id.hex).answer is None
    assert program.value("SELECT state_name FROM flow_run") == "Paused"


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


def test_an_answer_given_before_the_deadline_keeps_the_wait_from_expiring(db, run_id, program):
    wait = open_wait(db, run_id, schema=SCHEMA, deadline=datetime.now(UTC) + timedelta(hours=1))
    waits.give_answer(db, wait.id.hex, {"ok": True}, "tester", "python")
    program.run("UPDATE wait SET deadline = 1")
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


def test_a_host_is_recorded_once_in_a_process(call, db, program):
    @flow
    def empty():
        return None

    for _ in range(2):
        call(empty)
    assert program.value("SELECT count(*) FROM host") == 1


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
