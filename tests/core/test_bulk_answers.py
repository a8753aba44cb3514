"""Many answers at once: one transaction, each judged on its own; and decisions that share one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import field_validator

from holdfast import cancel_flow_run, flow, pause_flow_run, resume_flow_run, wait_for_flow_run
from holdfast.engine import bulk_answers
from holdfast.engine.bulk_answers import answer_all
from holdfast.exceptions import AlreadyDecidedError, InvalidAnswerError, NotPausedError, StoreError
from holdfast.input import RunInput, receive_input
from holdfast.records import WaitStatus
from holdfast.store import queries, waits
from holdfast.store.group_commit import GroupCommit


class Even(RunInput):
    number: int

    @field_validator("number")
    @classmethod
    def must_be_even(cls, number):
        if number % 2:
            raise ValueError("must be even")
        return number


@flow
def asks(wanted=Even):
    return pause_flow_run(wait_for_input=wanted)


@flow
async def asks_async(wanted=Even):
    return await pause_flow_run(wait_for_input=wanted)


@flow
def asks_for_nothing():
    pause_flow_run()
    return "on"


@flow
def listens():
    return next(iter(receive_input(int, timeout=None)))


both = pytest.mark.parametrize("asks", [asks, asks_async], ids=["sync", "async"])


@pytest.fixture
def asked(start, feed, db):
    """Starts some flows, and gives what came of each and their open waits once all are asked."""

    def begin(*flows):
        outcomes = []
        for number, each in enumerate(flows, 1):
            outcomes.append(start(each))
            feed.until("opened", nth=number)
        return outcomes, sorted(queries.inbox(db), key=lambda each: each.id)

    return begin


@pytest.fixture
def durable(db, monkeypatch):
    """The transactions that had to be on disk before anybody was told of them."""
    found = []
    write = db.write

    def counted(*, durable=None):
        if durable:
            found.append(threading.current_thread().name)
        return write(durable=durable)

    monkeypatch.setattr(db, "write", counted)
    return found


@both
def test_each_run_goes_on_with_its_own_answer(asked, db, asks):
    outcomes, open_waits = asked(asks, asks, asks)
    reports = answer_all(db, [(wait, {"number": 2 * n}) for n, wait in enumerate(open_waits)], channel="app")
    assert [each.wait.status for each in reports] == [WaitStatus.DECIDED] * 3
    assert [outcome.result(30).number for outcome in outcomes] == [0, 2, 4]


def test_all_are_given_in_one_transaction(asked, db, durable):
    _, open_waits = asked(asks, asks, asks)
    waits.give_answers(db, [(each.id.hex, {"number": 2}) for each in open_waits], "ana", "app")
    assert durable.count(threading.current_thread().name) == 1


@both
def test_what_one_flow_objects_to_does_not_hold_up_the_others(asked, db, asks):
    outcomes, (first, second) = asked(asks, asks)
    refused, taken = answer_all(db, [(first, {"number": 1}), (second, {"number": 2})], channel="app")
    assert refused.refused.errors == {("number",): "must be even"}
    assert refused.wait.status is WaitStatus.OPEN
    assert (taken.wait.status, taken.refused) == (WaitStatus.DECIDED, None)
    resume_flow_run(first.flow_run_id, {"number": 4})
    assert [outcome.result(30).number for outcome in outcomes] == [4, 2]


def test_what_the_schema_refuses_is_not_given(asked, db):
    outcomes, (first, second) = asked(asks, asks)
    refused, taken = answer_all(db, [(first, {"number": "many"}), (second, {"number": 2})], channel="app")
    assert isinstance(refused.refused, InvalidAnswerError)
    assert taken.refused is None
    assert outcomes[1].result(30).number == 2


def test_one_that_has_another_answer_by_now_is_reported(asked, db):
    outcomes, (first, second) = asked(asks, asks)
    resume_flow_run(first.flow_run_id, {"number": 8})
    late, taken = answer_all(db, [(first, {"number": 2}), (second, {"number": 2})], channel="app")
    assert isinstance(late.refused, AlreadyDecidedError)
    assert taken.refused is None
    assert [outcome.result(30).number for outcome in outcomes] == [8, 2]


def test_one_that_was_withdrawn_is_reported(asked, db):
    _, (first, second) = asked(asks, asks)
    cancel_flow_run(first.flow_run_id)
    wait_for_flow_run(first.flow_run_id)
    gone, taken = answer_all(db, [(first, {"number": 2}), (second, {"number": 2})], channel="app")
    assert isinstance(gone.refused, NotPausedError)
    assert gone.wait.status is WaitStatus.WITHDRAWN
    assert taken.refused is None


def test_the_same_answer_again_does_nothing(asked, db):
    _, open_waits = asked(asks)
    for _ in range(2):
        (report,) = answer_all(db, [(open_waits[0], {"number": 2})], channel="app")
        assert report.refused is None
    assert len([each for each in queries.get_events(db, open_waits[0].flow_run_id) if each.kind == "decided"]) == 1


def test_waits_that_ask_for_nothing_are_let_go_on(asked, db):
    outcomes, open_waits = asked(asks_for_nothing, asks_for_nothing)
    reports = answer_all(db, [(each, None) for each in open_waits], channel="app")
    assert [each.wait.status for each in reports] == [WaitStatus.DECIDED] * 2
    assert [each.result(30) for each in outcomes] == ["on", "on"]


def test_messages_that_runs_wait_for_are_sent(start, feed, db):
    outcomes = [start(listens), start(listens)]
    feed.until("listening", nth=2)
    reports = answer_all(db, [(each, {"value": 7}) for each in queries.inbox(db)], channel="app")
    assert [each.refused for each in reports] == [None, None]
    assert [each.result(30) for each in outcomes] == [7, 7]


def test_a_run_that_does_not_acknowledge_leaves_the_answer_standing(asked, db, monkeypatch):
    _, open_waits = asked(asks)
    monkeypatch.setattr(bulk_answers, "PATIENCE", 0.0)
    monkeypatch.setattr(waits, "accepting", lambda *_: None)  # no answer is ever accepted
    (report,) = answer_all(db, [(open_waits[0], {"number": 2})], channel="app")
    assert (report.wait.status, report.wait.answer.value) == (WaitStatus.OPEN, {"number": 2})


def test_flows_that_are_woken_together_share_transactions(db, durable, feed):
    count = 40

    async def main():
        tasks = [asyncio.create_task(asks_async()) for _ in range(count)]
        await asyncio.to_thread(feed.until, "opened", nth=count)
        asked = [(each.id.hex, {"number": 2}) for each in queries.inbox(db, limit=count)]
        await asyncio.to_thread(waits.give_answers, db, asked, "ana", "app")
        return await asyncio.gather(*tasks)

    assert [each.number for each in asyncio.run(main())] == [2] * count
    assert len(durable) < count / 2


@pytest.fixture
def group(db):
    return GroupCommit(db)


def _note(text):
    def work(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS noted (what TEXT)")
        connection.execute("INSERT INTO noted VALUES (?)", (text,))
        return text

    return work


def _noted(db):
    with db.read() as connection:
        return [row[0] for row in connection.execute("SELECT what FROM noted ORDER BY what").fetchall()]


def test_who_commits_commits_for_all_that_wait(db, group, durable):
    pieces = [group.add(_note(each)) for each in "abc"]
    assert group.settle(pieces[1]) == "b"
    assert [group.settle(each) for each in pieces] == ["a", "b", "c"]
    assert (len(durable), _noted(db)) == (1, ["a", "b", "c"])


def test_a_piece_that_refuses_does_so_alone(db, group):
    def refuse(connection):
        raise NotPausedError("not this one")

    refused, other = group.add(refuse), group.add(_note("a"))
    with pytest.raises(NotPausedError, match="not this one"):
        group.settle(refused)
    assert group.settle(other) == "a"


def test_a_piece_that_breaks_undoes_the_transaction_and_the_others_are_done_without_it(db, group):
    def break_off(connection):
        raise sqlite3.OperationalError("disk I/O error")

    first, broken = group.add(_note("a")), group.add(break_off)
    with pytest.raises(StoreError):
        group.settle(broken)
    assert group.settle(first) == "a"
    assert _noted(db) == ["a"]


def test_a_piece_that_is_withdrawn_is_not_done(db, group):
    withdrawn, other = group.add(_note("a")), group.add(_note("b"))
    group.withdraw(withdrawn)
    group.settle(other)
    assert _noted(db) == ["b"]


def test_more_than_one_commit_takes_are_all_done(db, group, monkeypatch):
    monkeypatch.setattr("holdfast.store.group_commit._MOST", 2)
    pieces = [group.add(_note(each)) for each in "abcde"]
    assert group.settle(pieces[-1]) == "e"
    assert _noted(db) == ["a", "b", "c", "d", "e"]


def test_threads_get_each_their_own_outcome(db, group):
    def settle(number):
        return group.settle(group.add(_note(f"{number:02}")))

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(settle, range(40)))
    assert given == _noted(db) == [f"{number:02}" for number in range(40)]
