"""What SQLite is made to do: what is on disk when, and how many transactions something takes."""

from __future__ import annotations

import pytest

from holdfast import flow, pause_flow_run, task
from holdfast.records import Origin
from holdfast.states import Running
from holdfast.store import runs, waits
from holdfast.store.ids import new_id

SCHEMA = {"title": "Answer", "type": "object", "properties": {"ok": {"type": "boolean"}}}


@pytest.fixture
def run_id(db):
    made = new_id()
    runs.create(db, runs.NewRun(made, "a-run", "f", Running(), Origin(None, "/", "python"), b"J{}"), "tester")
    return made


def open_wait(db, run_id):
    given = {"schema": SCHEMA, "initial": None, "description": None, "deadline": None, "actor": "tester"}
    return waits.open_wait(db, run_id, key="1", **given)


def one(connection, sql):
    return connection.execute(sql).fetchone()


def test_a_wait_its_schema_its_event_and_the_state_are_seen_at_the_same_time(db, run_id, program):
    lines = []
    with db.write() as connection:
        connection.set_trace_callback(lines.append)
    open_wait(db, run_id)
    with db.write() as connection:
        connection.set_trace_callback(None)
    assert [line for line in lines if line == "COMMIT"] == ["COMMIT"] * 2, "the first one ended the setting up"
    assert program.value("SELECT state_name FROM flow_run") == "Paused"


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
    wait = open_wait(db, run_id)
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
