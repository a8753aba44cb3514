"""What the file itself refuses, whoever writes to it: CHECK constraints, partial unique indexes, foreign keys."""

from __future__ import annotations

import sqlite3

import pytest

from holdfast.records import Origin
from holdfast.states import Running
from holdfast.store import log_writing, runs, tasks, waits
from holdfast.store.ids import new_id

SCHEMA = {"title": "Answer", "type": "object", "properties": {"ok": {"type": "boolean"}}}


def make_run(db, name, **columns):
    run_id = new_id()
    origin = Origin("/flows/f.py:f", "/flows", "python")
    runs.create(db, runs.NewRun(run_id, name, "a-flow", Running(), origin, b"J{}", **columns), "tester")
    return run_id


def one(connection, sql):
    return connection.execute(sql).fetchone()


def insert_copy(raw, table, **changes):
    """Insert a copy of a table's first row, with some columns changed."""
    row = {**dict(one(raw, f"SELECT * FROM {table} LIMIT 1")), **changes}
    raw.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


@pytest.fixture
def raw(db):
    """A plain connection to the file, as another program would have."""
    connection = sqlite3.connect(db.location.path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


@pytest.fixture
def full(db, raw):
    """The plain connection, to a file that has a row of everything: a child run, a task, an answered wait, a log."""
    parent = make_run(db, "parent")
    make_run(db, "child", parent_id=parent, root_id=parent, call="c()#1")
    tasks.start(db, task_run_id=new_id(), flow_run_id=parent, call="t()#1", task_name="t", name="t-1", actor="tester")
    answered = waits.open_wait(
        db, parent, key="a", schema=SCHEMA, initial=None, description=None, deadline=None, actor="tester"
    )
    waits.give_answer(db, answered.id.hex, {"ok": True}, "ana", "python")
    log_writing.append(db, flow_run_id=parent, task_run_id=None, level=20, message="Hello")
    return raw


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("flow_run", {"state_type": "ASLEEP"}),
        ("flow_run", {"request": "explode"}),
        ("flow_run", {"id": "short"}),
        ("flow_run", {"name": None}),
        ("flow_run", {"state_name": None}),
        ("task_run", {"state_type": "ASLEEP"}),
        ("wait", {"status": "shut"}),
        ("wait", {"status": "open", "closed_at": 1}),
        ("wait", {"status": "decided", "closed_at": None}),
        ("wait", {"status": "expired", "closed_at": None}),
        ("answer", {"verdict": "maybe"}),
        ("answer", {"verdict": "refused", "objections": None}),
        ("answer", {"verdict": "accepted", "objections": "[]"}),
    ],
    ids=str,
)
def test_the_file_refuses_values_that_may_not_be(full, table, changes):
    with pytest.raises(sqlite3.IntegrityError, match=r"CHECK constraint|NOT NULL"):
        insert_copy(full, table, **{"id": new_id(), "key": "other", **changes} if table == "wait" else changes)


@pytest.mark.parametrize("status", ["open", "decided"])
def test_the_file_refuses_a_second_live_wait_of_a_run_and_key(full, status):
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert_copy(full, "wait", id=new_id(), status=status, closed_at=None if status == "open" else 1)


@pytest.mark.parametrize("status", ["expired", "withdrawn"])
def test_the_file_takes_any_number_of_closed_waits_of_a_run_and_key(full, status):
    for _ in range(2):
        insert_copy(full, "wait", id=new_id(), status=status, closed_at=1)


@pytest.mark.parametrize("verdict", ["given", "accepted"])
def test_the_file_refuses_a_second_standing_answer(full, verdict):
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert_copy(full, "answer", id=new_id(), verdict=verdict)


def test_the_file_takes_any_number_of_refused_answers(full):
    for _ in range(2):
        insert_copy(full, "answer", id=new_id(), verdict="refused", objections="[]")


def test_the_file_refuses_to_find_two_children_by_one_call(full):
    child = one(full, "SELECT * FROM flow_run WHERE parent_id IS NOT NULL")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert_copy(full, "flow_run", **{**dict(child), "id": new_id()})


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("flow_run", "parent_id"),
        ("flow_run", "root_id"),
        ("flow_run", "host_id"),
        ("task_run", "flow_run_id"),
        ("wait", "flow_run_id"),
        ("answer", "wait_id"),
        ("event", "flow_run_id"),
        ("log", "flow_run_id"),
    ],
)
def test_the_file_refuses_rows_of_runs_that_are_not_there(full, table, column):
    keys = {"seq": None} if table in ("event", "log") else {"id": new_id()}
    keys |= {"wait": {"key": "other"}, "answer": {"verdict": "refused", "objections": "[]"}}.get(table, {})
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        insert_copy(full, table, **keys, **{column: new_id()})
