"""The decision contract: the first valid answer wins, the same again does nothing, another one is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from pydantic import field_validator

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.engine.actions import question_meant
from holdfast.exceptions import AlreadyDecidedError, HoldfastError, InvalidAnswerError, NotPausedError
from holdfast.input import RunInput
from holdfast.records import WaitStatus
from holdfast.store import queries, waits


class Approval(RunInput):
    approve: bool
    note: str = ""


class Even(RunInput):
    number: int

    @field_validator("number")
    @classmethod
    def must_be_even(cls, number):
        if number % 2:
            raise ValueError("must be even")
        return number


@flow
def asks(wanted=Approval):
    return pause_flow_run(wait_for_input=wanted)


@flow
async def asks_async(wanted=Approval):
    return await pause_flow_run(wait_for_input=wanted)


@flow
def pauses():
    pause_flow_run()


both = pytest.mark.parametrize("asks", [asks, asks_async], ids=["sync", "async"])


@pytest.fixture
def decided(call, person, the_run):
    """A run that was given an answer and has ended."""

    def begin(asks, answer):
        person.answers(answer)
        call(asks)
        return the_run()

    return begin


@both
def test_the_decision_names_who_when_what_and_where(db, decided, asks):
    before = datetime.now(UTC)
    run = decided(asks, {"approve": True})
    (wait,) = queries.get_waits(db, run.id)
    assert wait.status is WaitStatus.DECIDED
    assert (wait.answer.value, wait.answer.given_by, wait.answer.channel) == ({"approve": True}, "tester", "python")
    assert before <= wait.answer.given_at <= wait.closed <= datetime.now(UTC)


def test_the_decision_names_the_user_of_the_system_where_no_other_is_set(db, call, person, monkeypatch, the_run):
    monkeypatch.delenv("HOLDFAST_USER")
    person.answers({"approve": True})
    call(asks)
    (wait,) = queries.get_waits(db, the_run().id)
    user, _, host = wait.answer.given_by.partition("@")
    assert user
    assert host


@both
def test_the_same_answer_again_is_accepted_and_does_nothing(db, decided, asks):
    run = decided(asks, {"approve": True, "note": "ok"})
    before = queries.get_events(db, run.id)
    again = resume_flow_run(run.id, {"note": "ok", "approve": True})
    assert again.status is WaitStatus.DECIDED
    assert queries.get_events(db, run.id) == before


def test_the_same_go_ahead_again_is_accepted_and_does_nothing(db, call, person, the_run):
    person.answers()
    call(pauses)
    before = queries.get_events(db, the_run().id)
    assert resume_flow_run(the_run().id).status is WaitStatus.DECIDED
    assert queries.get_events(db, the_run().id) == before


@both
def test_a_different_answer_is_refused_naming_who_decided_when_and_what(decided, asks, monkeypatch):
    monkeypatch.setenv("HOLDFAST_USER", "ana")
    run = decided(asks, {"approve": True})
    monkeypatch.setenv("HOLDFAST_USER", "bo")
    with pytest.raises(AlreadyDecidedError) as caught:
        resume_flow_run(run.id, {"approve": False})
    message = str(caught.value)
    assert run.name in message
    assert "ana" in message
    assert '{"approve": true}' in message
    assert f"{datetime.now(UTC):%Y-%m-%d}" in message
    assert "python" in message


def test_a_different_answer_changes_nothing(db, decided):
    run = decided(asks, {"approve": True})
    before = queries.get_events(db, run.id), queries.get_waits(db, run.id)
    with pytest.raises(AlreadyDecidedError):
        resume_flow_run(run.id, {"approve": False})
    assert (queries.get_events(db, run.id), queries.get_waits(db, run.id)) == before


def test_an_answer_that_differs_only_in_type_is_different(call, person, the_run):
    person.answers(1)
    call(asks, int | bool)
    with pytest.raises(AlreadyDecidedError):
        resume_flow_run(the_run().id, True)


def test_already_decided_is_a_kind_of_not_paused():
    assert issubclass(AlreadyDecidedError, NotPausedError)


def test_an_earlier_wait_of_a_run_can_be_answered_the_same_again_by_its_key(db, call, person, the_run):
    @flow
    def twice():
        return [pause_flow_run(wait_for_input=int, key=key) for key in ("a", "b")]

    def act(event):
        assert resume_flow_run(event.flow_run_id, 1, key="a").status is WaitStatus.DECIDED
        with pytest.raises(AlreadyDecidedError):
            resume_flow_run(event.flow_run_id, 2, key="a")
        return resume_flow_run(event.flow_run_id, 2, key="b")

    person.answers(1, key="a")
    acted = person.when_asked(act, key="b")
    assert call(twice) == [1, 2]
    acted.result()


# Several at once


def give(run_id, answer):
    try:
        return resume_flow_run(run_id, answer).answer.value
    except AlreadyDecidedError:
        return "refused"


@both
def test_of_different_answers_given_at_once_exactly_one_wins(start, person, asks, the_run):
    def all_at_once(event):
        with ThreadPoolExecutor(12) as crowd:
            return list(crowd.map(lambda number: give(event.flow_run_id, number), range(12)))

    given = person.when_asked(all_at_once)
    winner = start(asks, int).result()
    outcomes = given.result()
    assert outcomes.count("refused") == 11
    assert outcomes[winner] == {"value": winner}


def test_an_answer_to_a_run_that_has_gone_on_since_it_was_looked_at_finds_its_question(db, start, person, the_run):
    given = person.when_asked(lambda event: (the_run(), give(event.flow_run_id, 7)))
    assert start(asks, int).result() == 7
    paused, _ = given.result()
    assert paused.state.is_paused()
    assert question_meant(db, paused, None, given=True).answer.value == {"value": 7}


def test_of_equal_answers_given_at_once_all_are_accepted(db, start, person, the_run):
    def all_at_once(event):
        with ThreadPoolExecutor(12) as crowd:
            return list(crowd.map(lambda _: give(event.flow_run_id, 7), range(12)))

    given = person.when_asked(all_at_once)
    assert start(asks, int).result() == 7
    assert given.result() == [{"value": 7}] * 12
    assert [each.kind for each in queries.get_events(db, the_run().id)].count("decided") == 1


def test_of_different_answers_by_several_processes_exactly_one_wins(start, script, feed, the_run):
    running = start(asks, int)
    feed.until("opened")
    crowd = [
        script(f"""
            from holdfast import resume_flow_run
            from holdfast.exceptions import AlreadyDecidedError

            print("ready")
            input()
            try:
                print("won", resume_flow_run("{the_run().id}", {number}).answer.value["value"])
            except AlreadyDecidedError as error:
                print("refused", error)
        """)
        for number in range(3)
    ]
    assert [each.line() for each in crowd] == ["ready"] * 3
    for each in crowd:
        each.tell("go")
    winner = running.result()
    outcomes = [each.line() for each in crowd]
    assert [number for number, outcome in enumerate(outcomes) if outcome == f"won {number}"] == [winner]
    assert sum(f'gave {{"value": {winner}}}' in outcome for outcome in outcomes) == 2


def test_an_answer_and_a_cancellation_at_once_leave_one_outcome(start, feed, the_run, db):
    from holdfast import cancel_flow_run

    running = start(asks, int, return_state=True)
    feed.until("opened")
    run = the_run()

    def act(verb):
        try:
            verb()
        except HoldfastError as error:
            return error

    with ThreadPoolExecutor(2) as crowd:
        list(crowd.map(act, [lambda: resume_flow_run(run.id, 3), lambda: cancel_flow_run(run.id)]))
    state = running.result()
    (wait,) = queries.get_waits(db, run.id)
    assert (state.name, wait.status) in [
        ("Completed", WaitStatus.DECIDED),
        ("Cancelled", WaitStatus.DECIDED),
        ("Cancelled", WaitStatus.WITHDRAWN),
    ]


def test_who_is_objected_to_is_never_told_of_another_persons_decision_as_their_own(db, start, feed, the_run):
    # Bo answers the moment that Ana's answer has been refused, before Ana hears of it.
    def bo(events):
        for each in events:
            if each.kind == "objected":
                (wait,) = queries.get_waits(db, each.flow_run_id)
                waits.give_answer(db, wait.id.hex, {"number": 2}, "bo", "python")

    follower = db.watcher.follow(bo)
    running = start(asks, Even)
    feed.until("opened")
    with pytest.raises((InvalidAnswerError, AlreadyDecidedError)):
        resume_flow_run(the_run().id, {"number": 1})
    assert running.result() == Even(number=2)
    follower.stop()


@both
def test_a_refused_answer_is_no_decision(db, start, person, asks):
    def act(event):
        with pytest.raises(InvalidAnswerError):
            resume_flow_run(event.flow_run_id, {"number": 1})
        return resume_flow_run(event.flow_run_id, {"number": 2})

    acted = person.when_asked(act)
    assert start(asks, Even).result() == Even(number=2)
    assert acted.result().answer.value == {"number": 2}


def test_the_decision_is_visible_to_others_when_the_flow_goes_on(db, call, person):
    from holdfast.store.database import Database

    found = []

    @task
    def look():
        other = Database(db.location.path)
        found.extend(queries.list_flow_runs(other))
        found.extend(queries.get_waits(other, found[0].id))
        other.close()

    @flow
    def looks():
        pause_flow_run(wait_for_input=int)
        look()

    person.answers(3)
    call(looks)
    run, wait = found
    assert (run.state.name, wait.status, wait.answer.value) == ("Running", WaitStatus.DECIDED, {"value": 3})


def test_another_answer_that_does_not_even_fit_comes_too_late_first_of_all(start, person, the_run):
    answered = person.answers({"approve": True})
    start(asks).result(30)
    answered.result(30)
    with pytest.raises(AlreadyDecidedError):
        resume_flow_run(the_run().id, {"approve": "maybe"})
