"""What the database itself refuses, whoever writes to it: CHECK constraints, partial unique indexes, foreign keys."""

from __future__ import annotations

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


def insert_copy(program, table, **changes):
    """Insert a copy of a table's first row, with some columns changed."""
    row = {**program.rows(f"SELECT * FROM {table} LIMIT 1")[0], **changes}
    program.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", **row)


@pytest.fixture
def refused(backend):
    """The block is refused, and for this reason."""
    return lambda reason: pytest.raises(backend.Refused, match=backend.REASONS[reason])


@pytest.fixture
def full(db, program):
    """Another program, and a database that has a row of everything: a child run, a task, an answered wait, a log."""
    parent = make_run(db, "parent")
    make_run(db, "child", parent_id=parent, root_id=parent, call="c()#1")
    tasks.start(db, task_run_id=new_id(), flow_run_id=parent, call="t()#1", task_name="t", name="t-1", actor="tester")
    answered = waits.open_wait(
        db, parent, key="a", schema=SCHEMA, initial=None, description=None, deadline=None, actor="tester"
    )
    waits.give_answer(db, answered.id.hex, {"ok": True}, "ana", "python")
    log_writing.append(db, flow_run_id=parent, task_run_id=None, level=20, message="Hello")
    return program


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
def test_the_database_refuses_values_that_may_not_be(full, refused, table, changes):
    with refused("value"):
        insert_copy(full, table, **{"id": new_id(), "key": "other", **changes} if table == "wait" else changes)


@pytest.mark.parametrize("status", ["open", "decided"])
def test_the_database_refuses_a_second_live_wait_of_a_run_and_key(full, refused, status):
    with refused("twice"):
        insert_copy(full, "wait", id=new_id(), status=status, closed_at=None if status == "open" else 1)


@pytest.mark.parametrize("status", ["expired", "withdrawn"])
def test_the_database_takes_any_number_of_closed_waits_of_a_run_and_key(full, status):
    for _ in range(2):
        insert_copy(full, "wait", id=new_id(), status=status, closed_at=1)


@pytest.mark.parametrize("verdict", ["given", "accepted"])
def test_the_database_refuses_a_second_standing_answer(full, refused, verdict):
    with refused("twice"):
        insert_copy(full, "answer", id=new_id(), verdict=verdict)


def test_the_database_takes_any_number_of_refused_answers(full):
    for _ in range(2):
        insert_copy(full, "answer", id=new_id(), verdict="refused", objections="[]")


def test_the_database_refuses_to_find_two_children_by_one_call(full, refused):
    (child,) = full.rows("SELECT * FROM flow_run WHERE parent_id IS NOT NULL")
    with refused("twice"):
        insert_copy(full, "flow_run", **{**child, "id": new_id()})


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
def test_the_database_refuses_rows_of_runs_that_are_not_there(full, refused, table, column):
    keys = {"seq": None} if table in ("event", "log") else {"id": new_id()}
    keys |= {"wait": {"key": "other"}, "answer": {"verdict": "refused", "objections": "[]"}}.get(table, {})
    with refused("reference"):
        insert_copy(full, table, **keys, **{column: new_id()})
