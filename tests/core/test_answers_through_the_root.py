"""An answer that is given with a run goes to a question of its tree, or is refused: it is never dropped."""

import asyncio

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run
from holdfast.engine import actions
from holdfast.exceptions import AlreadyDecidedError, InvalidAnswerError, NotPausedError, SeveralWaitsError
from holdfast.records import Origin
from holdfast.states import named
from holdfast.store import queries, runs
from holdfast.store.ids import new_id


@flow
async def audit(name):
    return await pause_flow_run(wait_for_input=bool)


@flow
async def one():
    return await audit("a")


@flow
async def two():
    return await asyncio.gather(audit("a"), audit("b"))


@flow
async def inner():
    return await audit("a")


@flow
async def nested():
    return await inner()


def test_the_one_question_below_gets_it(start, feed, the_run):
    ended = start(one)
    feed.until("opened")
    resume_flow_run(the_run("one").id, True)
    assert ended.result(30) is True


def test_the_question_may_be_several_runs_below(start, feed, the_run):
    ended = start(nested)
    feed.until("opened")
    resume_flow_run(the_run("nested").id, True)
    assert ended.result(30) is True


def test_of_several_an_error_lists_the_runs_and_their_keys(start, feed, the_run, db):
    ended = start(two)
    feed.until("opened", nth=2)
    first, second = queries.list_flow_runs(db, queries.RunFilter(flow_name="audit"))
    with pytest.raises(SeveralWaitsError) as raised:
        resume_flow_run(the_run("two").id, True)
    assert f"'1' of {first.name}" in str(raised.value)
    assert f"'1' of {second.name}" in str(raised.value)
    with pytest.raises(SeveralWaitsError):
        resume_flow_run(the_run("two").id, True, key="1")
    resume_flow_run(first.id, True)
    resume_flow_run(the_run("two").id, False)
    assert sorted(ended.result(30)) == [False, True]


def test_the_same_answer_again_is_accepted_and_another_is_told_who_decided(start, feed, the_run):
    ended = start(one)
    feed.until("opened")
    root = the_run("one").id
    resume_flow_run(root, True)
    assert ended.result(30) is True
    resume_flow_run(root, True)
    with pytest.raises(AlreadyDecidedError, match=f"{the_run('audit').name} already has an answer to '1': .* gave"):
        resume_flow_run(root, False)


def test_going_on_without_an_answer_is_for_no_question_that_was_decided(start, feed, the_run):
    ended = start(one)
    feed.until("opened")
    resume_flow_run(the_run("one").id, True)
    assert ended.result(30) is True
    with pytest.raises(NotPausedError):
        resume_flow_run(the_run("one").id)


def test_a_run_that_asks_itself_is_meant_first(start, feed, the_run):
    @flow
    async def both():
        return await asyncio.gather(audit("a"), pause_flow_run(wait_for_input=int))

    ended = start(both)
    feed.until("opened", nth=2)
    resume_flow_run(the_run("both").id, 7)
    resume_flow_run(the_run("both").id, False)
    assert ended.result(30) == [False, 7]


def paused(db, state):
    run_id = new_id()
    origin = Origin("/flows/f.py:f", "/flows", "python")
    runs.create(db, runs.NewRun(run_id, "a-run", "a-flow", named("Running"), origin, b"J{}"), "tester")
    runs.set_state(db, run_id, named(state), "tester")
    return run_id


@pytest.mark.parametrize("state", ["Paused", "Suspended"])
def test_a_value_for_a_run_that_asks_nothing_is_refused(db, state):
    run_id = paused(db, state)
    with pytest.raises(InvalidAnswerError, match="is not asking anything; resume it without an answer"):
        actions.resume(db, run_id, {"value": 3}, channel="python")
    assert queries.find_flow_run(db, run_id).state.name == state


def test_a_value_for_a_question_that_wants_only_a_go_ahead_is_refused(start, feed, the_run):
    @flow
    async def works():
        return await pause_flow_run()

    ended = start(works)
    feed.until("opened")
    with pytest.raises(InvalidAnswerError, match="takes no answer"):
        resume_flow_run(the_run("works").id, {"value": 3})
    resume_flow_run(the_run("works").id)
    assert ended.result(30) is None


def test_an_unknown_key_lists_what_is_open_below(start, feed, the_run):
    start(one)
    feed.until("opened")
    with pytest.raises(NotPausedError, match=f"open ones: 1 of {the_run('audit').name}"):
        resume_flow_run(the_run("one").id, True, key="nope")
