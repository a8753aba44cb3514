"""A log is read by pieces: of a run or of a task, from a level on."""

from __future__ import annotations

from uuid import UUID

import pytest

from holdfast.records import LogOf, Origin
from holdfast.states import named
from holdfast.store import log_reading, log_writing, runs
from holdfast.store.ids import new_id
from holdfast.store.log_reading import END


def make_run(db) -> UUID:
    origin = Origin("/flows/f.py:f", "/flows", "python")
    new = runs.NewRun(new_id(), "a-run", "a-flow", named("Running"), origin, b"J{}")
    runs.create(db, new, "tester")
    return UUID(new.id)


def write(db, run_id, *messages, level=20):
    for message in messages:
        log_writing.append(db, flow_run_id=run_id.hex, task_run_id=None, level=level, message=message)


def messages(lines):
    return [each.message for each in lines]


@pytest.fixture
def of(db):
    """A log of six lines, two of them warnings, among the lines of another run."""
    run_id, other = make_run(db), make_run(db)
    for number in range(6):
        write(db, run_id, f"line {number}", level=30 if number in (1, 4) else 20)
        write(db, other, "of another run")
    return LogOf(run_id)


def test_last_lines_come_in_order(db, of):
    assert messages(log_reading.before(db, of, END, 2)) == ["line 4", "line 5"]


def test_lines_before_and_after_one_do_not_have_it(db, of):
    third = log_reading.after(db, of, 0, 3)[-1]
    assert messages(log_reading.before(db, of, third.seq, 10)) == ["line 0", "line 1"]
    assert messages(log_reading.after(db, of, third.seq, 2)) == ["line 3", "line 4"]


def test_lesser_levels_are_left_out_and_not_counted(db, of):
    warnings = LogOf(of.flow_run_id, level=30)
    assert messages(log_reading.before(db, warnings, END, 10)) == ["line 1", "line 4"]
    assert (log_reading.count(db, warnings), log_reading.count(db, of)) == (2, 6)


def test_messages_come_the_last_one_first(db, of):
    found = log_reading.messages_before(db, of, END, 3)
    assert [text for _, text in found] == ["line 5", "line 4", "line 3"]
    assert log_reading.messages_before(db, of, found[-1][0], 1)[0][1] == "line 2"


def test_all_lines_come_page_by_page(db, of, monkeypatch):
    monkeypatch.setattr(log_reading, "_PAGE", 4)
    assert [messages(page) for page in log_reading.pages(db, of)] == [
        ["line 0", "line 1", "line 2", "line 3"],
        ["line 4", "line 5"],
    ]


def test_last_line_of_a_run_is_known_whatever_its_level(db, of):
    assert log_reading.last_of_run(db, of.flow_run_id) == log_reading.before(db, of, END, 1)[0].seq
    assert log_reading.last_of_run(db, make_run(db)) == 0
