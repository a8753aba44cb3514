"""Resuming: which run is meant, from where, and when there is nothing to resume."""

from __future__ import annotations

import asyncio

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.engine import actions
from holdfast.exceptions import (
    FlowPauseTimeout,
    FlowRunNotFound,
    InvalidAnswerError,
    NotPausedError,
    SeveralWaitsError,
)
from holdfast.records import WaitStatus
from holdfast.store import queries


@flow
def pauses(timeout: float | None = 3600):
    pause_flow_run(timeout=timeout)
    return "went on"


@flow
async def pauses_async(timeout: float | None = 3600):
    await pause_flow_run(timeout=timeout)
    return "went on"


@flow
def asks():
    return pause_flow_run(wait_for_input=int)


@flow
async def asks_async():
    return await pause_flow_run(wait_for_input=int)


@task
def sign(key):
    return pause_flow_run(wait_for_input=str, key=key)


@flow
def two():
    return [each.result() for each in [sign.submit("b"), sign.submit("a")]]


both_pause = pytest.mark.parametrize("pauses", [pauses, pauses_async], ids=["sync", "async"])
both_ask = pytest.mark.parametrize("asks", [asks, asks_async], ids=["sync", "async"])
both_callers = pytest.mark.parametrize("resume_from", ["sync", "async"])


def resume(resume_from, *args, **kwargs):
    """Resume from sync or from async code."""
    if resume_from == "sync":
        return resume_flow_run(*args, **kwargs)

    async def resume_async():
        return await resume_flow_run(*args, **kwargs)

    return asyncio.run(resume_async())


@pytest.fixture
def paused(start, feed, the_run):
    """A run that is paused, and the future of what it returns."""

    def begin(flow):
        running = start(flow)
        feed.until("opened")
        return the_run(), running

    return begin


@both_callers
@both_pause
def test_a_run_is_resumed_by_its_id(paused, pauses, resume_from):
    run, running = paused(pauses)
    resume(resume_from, run.id)
    assert running.result() == "went on"


@pytest.mark.parametrize(
    "reference",
    [lambda run: str(run.id), lambda run: run.id.hex, lambda run: run.name, lambda run: str(run.id)[:20]],
    ids=["text", "digits", "name", "prefix"],
)
def test_a_run_is_resumed_by_any_name_for_it(paused, reference):
    run, running = paused(pauses)
    resume_flow_run(reference(run))
    assert running.result() == "went on"


@both_callers
@both_ask
def test_resuming_returns_the_decided_wait(paused, asks, resume_from):
    run, running = paused(asks)
    wait = resume(resume_from, run.id, 3)
    assert (wait.flow_run_id, wait.status, wait.answer.value) == (run.id, WaitStatus.DECIDED, {"value": 3})
    assert running.result() == 3


def test_resuming_without_a_question_returns_the_decided_wait(paused):
    run, _ = paused(pauses)
    assert resume_flow_run(run.id).status is WaitStatus.DECIDED


def test_a_run_is_no_longer_paused_when_resuming_has_returned(db, paused):
    run, _ = paused(asks)
    resume_flow_run(run.id, 3)
    assert not queries.get_flow_run(db, run.id).state.is_paused()


@both_ask
def test_a_run_is_resumed_from_another_process(paused, script, asks):
    run, running = paused(asks)
    script(f"""
        from holdfast import resume_flow_run
        print(resume_flow_run("{run.name}", run_input=41).status)
    """)
    assert running.result() == 41


@both_ask
def test_another_process_is_told_that_the_answer_was_accepted(paused, script, asks):
    run, _ = paused(asks)
    other = script(f"""
        from holdfast import resume_flow_run
        print(resume_flow_run("{run.id}", run_input=41).status)
    """)
    assert other.line() == "decided"


def test_a_flow_can_resume_another(paused, call):
    run, running = paused(asks)

    @flow
    def answers():
        return resume_flow_run(run.id, 5).status

    @flow
    async def answers_async():
        return (await resume_flow_run(run.id, 5)).status

    assert (call(answers), call(answers_async), running.result()) == ("decided", "decided", 5)


def test_a_wait_is_chosen_by_its_key(paused, feed):
    run, running = paused(two)
    feed.until("opened", nth=2)
    resume_flow_run(run.id, "for a", key="a")
    resume_flow_run(run.id, "for b", key="b")
    assert running.result() == ["for b", "for a"]


def test_several_open_waits_without_a_key_are_an_error_that_lists_them(paused, feed):
    run, _ = paused(two)
    feed.until("opened", nth=2)
    with pytest.raises(SeveralWaitsError, match=run.name) as caught:
        resume_flow_run(run.id, "for whom?")
    assert sorted(caught.value.keys) == ["a", "b"]
    assert "a" in str(caught.value)
    assert "key" in str(caught.value)


def test_the_last_open_wait_needs_no_key(paused, feed):
    run, running = paused(two)
    feed.until("opened", nth=2)
    resume_flow_run(run.id, "for a", key="a")
    resume_flow_run(run.id, "for b")
    assert running.result() == ["for b", "for a"]


def test_an_unknown_key_is_refused_with_the_open_ones(paused):
    run, _ = paused(asks)
    with pytest.raises(NotPausedError, match="no wait with the key 'other'; open ones: 1"):
        resume_flow_run(run.id, 1, key="other")


@pytest.mark.parametrize("answer", [3, "yes", {"a": 1}, [], False])
def test_an_answer_where_nothing_is_asked_is_refused(db, paused, answer):
    run, _ = paused(pauses)
    with pytest.raises(InvalidAnswerError, match="takes no answer"):
        resume_flow_run(run.id, answer)
    assert queries.get_flow_run(db, run.id).state.name == "Paused"


def test_no_answer_where_one_is_asked_is_refused(db, paused):
    run, _ = paused(asks)
    with pytest.raises(InvalidAnswerError):
        resume_flow_run(run.id)
    assert queries.get_flow_run(db, run.id).state.name == "Paused"


@both_callers
def test_a_run_that_is_not_there_is_not_found(resume_from):
    with pytest.raises(FlowRunNotFound, match="'nobody'"):
        resume(resume_from, "nobody")


@both_callers
def test_a_run_that_has_ended_is_not_paused(call, the_run, resume_from):
    @flow
    def ends():
        return 1

    call(ends)
    with pytest.raises(NotPausedError, match=r"^Cannot resume a run that isn't paused! .* is completed\.$"):
        resume(resume_from, the_run().id)


def test_a_run_that_is_running_is_not_paused(call, the_run):
    @flow
    def resumes_itself():
        with pytest.raises(NotPausedError, match=f"{the_run().name} is running"):
            resume_flow_run(the_run().id)

    call(resumes_itself)


def test_a_run_that_was_cancelled_while_it_waited_is_not_paused(db, paused, feed):
    run, _ = paused(asks)
    actions.cancel(db, run.id, channel="python")
    feed.until_state("Cancelled")
    with pytest.raises(NotPausedError, match="is cancelled"):
        resume_flow_run(run.id, 1)


@both_pause
def test_a_run_whose_deadline_has_passed_can_no_longer_be_resumed(call, the_run, pauses):
    call(pauses, timeout=0.01, return_state=True)
    with pytest.raises(FlowPauseTimeout, match=f"{the_run().name} can no longer be resumed"):
        resume_flow_run(the_run().id)


def test_an_answer_that_comes_too_late_is_not_stored(db, call, the_run):
    call(pauses, timeout=0.01, return_state=True)
    with pytest.raises(FlowPauseTimeout):
        resume_flow_run(the_run().id, key="1")
    (wait,) = queries.get_waits(db, the_run().id)
    assert (wait.status, wait.answer) == (WaitStatus.EXPIRED, None)


def test_an_answer_stands_when_the_process_does_not_acknowledge_it(db, script, feed, the_run, monkeypatch):
    monkeypatch.setattr(actions, "PATIENCE", 0)
    process = script("""
        from holdfast import flow, pause_flow_run

        @flow
        def asks():
            return pause_flow_run(wait_for_input=int)

        asks()
    """)
    feed.until_state("Paused")
    process.stop()
    wait = resume_flow_run(the_run().id, 3)
    assert (wait.status, wait.answer.value) == (WaitStatus.OPEN, {"value": 3})
