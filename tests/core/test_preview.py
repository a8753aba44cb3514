"""What is told of a run before it goes on is what happens then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdfast import cancel_flow_run, flow, pause_flow_run, runtime, suspend_flow_run, task
from holdfast.engine.preview import CodeState, Continuation, preview
from holdfast.input import receive_input, send_input
from holdfast.store import queries


def told(db):
    return preview(db, queries.list_flow_runs(db)[-1])


def names(outcomes):
    return [each.name for each in outcomes]


@task
def fine(number):
    return number


@task(persist_result=False)
def unstored():
    return 1


@task
def broken():
    raise ValueError("no luck")


@flow
def breaks():
    fine(1)
    unstored()
    broken(return_state=True)
    broken()


@flow
def child():
    return 1


@flow
def asks():
    fine(1)
    child()
    broken(return_state=True)
    suspend_flow_run(wait_for_input=int, key="first")


@flow
def listens():
    run_id = runtime.flow_run.id
    for number in (1, 2):
        send_input(number, run_id)
    receive_input(int, timeout=20).next()
    suspend_flow_run()


def test_messages_that_were_received_are_counted(db):
    with pytest.raises(SystemExit):
        listens()
    assert told(db).received == 1


def test_failed_run_is_retried_from_what_is_finished(db):
    with pytest.raises(ValueError, match="no luck"):
        breaks()
    found = told(db)
    assert found.how is Continuation.RETRY
    assert names(found.reused) == ["fine-1"]
    assert names(found.again) == ["unstored-1", "broken-1", "broken-2"]
    assert not found.raised


def test_suspended_run_goes_on_from_the_top_and_its_failures_are_raised_again(db):
    with pytest.raises(SystemExit):
        asks()
    found = told(db)
    assert found.how is Continuation.FROM_TOP
    assert (names(found.reused), names(found.raised), names(found.again)) == (["fine-1"], ["broken-1"], [])
    assert [each.flow_name for each in found.children_reused] == ["child"]
    assert [each.key for each in found.open] == ["first"]


def test_completed_run_does_not_go_on(db):
    child()
    assert told(db).how is Continuation.NOT


def test_paused_run_goes_on_where_it_stands_and_a_cancelled_one_asks_again(db, start, feed):
    @flow
    def waits():
        fine(1)
        pause_flow_run(wait_for_input=int)

    done = start(waits)
    feed.until("opened")
    assert told(db).how is Continuation.IN_PLACE
    cancel_flow_run(queries.list_flow_runs(db)[0].id)
    assert done.exception(20) is not None
    found = told(db)
    assert found.how is Continuation.RETRY
    assert [each.status.value for each in found.asked_again] == ["withdrawn"]


def test_decided_question_is_not_asked_again(db, person):
    @flow
    def waits():
        pause_flow_run(wait_for_input=int)
        broken()

    person.answers(3)
    with pytest.raises(ValueError, match="no luck"):
        waits()
    found = told(db)
    assert [each.answer.value for each in found.decided] == [{"value": 3}]
    assert not found.asked_again


def test_file_of_the_code_is_told_and_that_it_has_changed_since(db):
    child()
    found = told(db).code
    assert found.file == Path(__file__)
    assert found.state is CodeState.SAME
    assert found.interpreter_is_there


SCRIPT = """
from holdfast import flow, suspend_flow_run

@flow
def work():
    suspend_flow_run()

if __name__ == "__main__":
    work()
"""


def test_changed_and_missing_files_are_told(db, tmp_path, script):
    assert script(SCRIPT).end() == 0
    path = tmp_path / "script_0.py"
    assert told(db).code.state is CodeState.SAME
    later = told(db).code.loaded.timestamp() + 60
    os.utime(path, (later, later))
    assert told(db).code.state is CodeState.CHANGED
    path.unlink()
    assert told(db).code.state is CodeState.MISSING


def test_flow_in_no_file_says_nothing_of_one(db):
    @flow
    def local():
        return 1

    local()
    found = told(db).code
    assert (found.file, found.state) == (None, CodeState.UNKNOWN)
