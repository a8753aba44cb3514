"""Following what is committed, by this process and by others."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.event_kinds import EventKind
from holdfast.records import Origin
from holdfast.states import Completed, Paused, Running
from holdfast.store import log_writing, queries, runs, transitions, waits
from holdfast.store.ids import new_id
from holdfast.store.sqlite import driver, wal_signals
from holdfast.store.watch import Watcher
from waiting import PATIENCE

DESCRIPTORS = Path("/proc/self/fd")


def make_run(db, name="a-run"):
    run_id = new_id()
    runs.create(db, runs.NewRun(run_id, name, "f", Running(), Origin(None, "/", "python"), b"J{}"), "tester")
    return run_id


class Heard:
    """What a follower was told."""

    def __init__(self):
        self.batches = []
        self._news = threading.Condition()

    def __call__(self, events):
        with self._news:
            self.batches.append(list(events))
            self._news.notify_all()

    @property
    def events(self):
        return [each for batch in self.batches for each in batch]

    def until(self, count):
        with self._news:
            assert self._news.wait_for(lambda: len(self.events) >= count, PATIENCE), self.batches
        return self.events

    def until_called(self):
        with self._news:
            assert self._news.wait_for(lambda: self.batches, PATIENCE)


@contextmanager
def following(db, **options):
    heard = Heard()
    follower = db.watcher.follow(heard, **options)
    try:
        yield heard
    finally:
        follower.stop()


@pytest.fixture
def watchers():
    """Gives the watchers of this test; one of another test may be about to end."""
    of_others = set(threading.enumerate())
    return lambda: [each for each in set(threading.enumerate()) - of_others if each.name == "holdfast-watcher"]


@pytest.fixture
def other(backend, db):
    """The same database as another process has it: with connections of its own, and a watcher that is not told."""
    found = backend.open_again(db)
    yield found
    found.close()


def test_a_follower_hears_of_own_commits(db):
    with following(db, interval=PATIENCE) as heard:
        run_id = make_run(db)
        (event,) = heard.until(1)
    assert (event.flow_run_id.hex, event.kind, event.after, event.actor) == (run_id, "state", "Running", "tester")


def test_a_transaction_that_changes_nothing_is_not_told(db):
    with following(db, interval=PATIENCE) as heard:
        with db.write():
            pass
        run_id = make_run(db)
        heard.until(1)
    assert [[each.flow_run_id.hex for each in batch] for batch in heard.batches] == [[run_id]]


def test_a_deadline_that_a_living_run_has_to_enforce_itself_is_left_alone_without_a_write(db, monkeypatch):
    run_id = make_run(db)
    waits.open_wait(
        db, run_id, key="late", schema=None, initial=None, description=None, deadline=datetime.now(UTC), actor="tester"
    )
    monkeypatch.setattr(db, "write", None)
    assert waits.expire_due(db, "tester") == 0


@pytest.mark.usefixtures("only_sqlite")
@pytest.mark.parametrize("system", ["tells of writes", "says nothing"])
def test_a_follower_hears_of_commits_made_elsewhere(db, other, system, monkeypatch):
    if system == "says nothing":
        monkeypatch.setattr(wal_signals, "_inotify", lambda path: None)
    with following(db) as heard:
        first = make_run(other)
        assert heard.until(1)[0].flow_run_id.hex == first
        second = make_run(other)
        assert heard.until(2)[1].flow_run_id.hex == second


@pytest.mark.usefixtures("only_sqlite")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of writes in a way that is used")
def test_a_commit_made_elsewhere_is_noticed_by_its_write(db, other, monkeypatch):
    """Nobody looks again and again: the next look that is not for a write would be far beyond this test."""
    monkeypatch.setattr(wal_signals, "SELDOM", 10 * PATIENCE)
    monkeypatch.setattr(wal_signals, "_LONGER", 1e6)
    with following(db) as heard:
        run_id = make_run(other)
        assert heard.until(1)[0].flow_run_id.hex == run_id


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="no folder lists the open descriptors")
def test_following_again_and_again_opens_no_more_and_more_descriptors(db, watchers):
    counts = []
    for _ in range(3):
        with following(db):
            (watcher,) = watchers()
        watcher.join(PATIENCE)
        counts.append(len(list(DESCRIPTORS.iterdir())))
    assert counts == counts[:1] * 3


def test_a_follower_hears_of_commits_of_another_process(db, script):
    with following(db) as heard:
        script("""
            from holdfast import flow

            @flow
            def elsewhere():
                return 1

            elsewhere()
        """)
        assert [each.after for each in heard.until(2)] == ["Running", "Completed"]


def test_a_follower_hears_each_event_once_and_in_order(db, other):
    with following(db) as heard:
        made = [make_run(each) for each in (db, other) * 20]
        assert [each.flow_run_id.hex for each in heard.until(40)] == made


def test_a_follower_hears_of_many_events_at_once(db, other):
    run_id = make_run(db)
    with following(db) as heard:
        with other.write() as connection:
            connection.executemany(
                "INSERT INTO event (flow_run_id, kind, after, at, actor) VALUES (?, 'state', 'Running', ?, 'tester')",
                [(run_id, number) for number in range(2500)],
            )
        assert len(heard.until(2500)) == 2500


def test_a_follower_hears_nothing_of_what_was_before(db):
    make_run(db)
    with following(db) as heard:
        run_id = make_run(db)
        assert [each.flow_run_id.hex for each in heard.until(1)] == [run_id]


def test_a_follower_of_one_run_hears_of_that_run_only(db):
    run_id = make_run(db)
    with following(db, run_id=run_id) as of_one, following(db) as of_all:
        runs.set_state(db, make_run(db), Paused(), "tester")
        runs.set_state(db, run_id, Paused(), "tester")
        of_all.until(3)
        assert {each.flow_run_id.hex for each in of_one.until(1)} == {run_id}


def test_every_follower_hears(db):
    with following(db) as first, following(db) as second, following(db) as third:
        make_run(db)
        assert first.until(1) == second.until(1) == third.until(1)


def test_a_follower_of_all_runs_hears_of_commits_without_events(db):
    run_id = make_run(db)
    with following(db) as heard:
        log_writing.append(db, flow_run_id=run_id, task_run_id=None, level=20, message="Hello")
        heard.until_called()
        assert heard.events == []


def test_a_transaction_that_is_undone_is_not_heard_of(db):
    run_id = make_run(db)

    def fail():
        with db.write() as connection:
            transitions.record(connection, run_id, EventKind.STATE, "X", "tester")
            raise ZeroDivisionError

    with following(db) as heard:
        with pytest.raises(ZeroDivisionError):
            fail()
        runs.set_state(db, run_id, Completed(), "tester")
        assert [each.after for each in heard.until(1)] == ["Completed"]


def test_a_follower_that_was_stopped_hears_nothing_more(db):
    with following(db) as goes_on:
        with following(db) as stopped:
            make_run(db)
            stopped.until(1)
        make_run(db)
        goes_on.until(2)
        assert len(stopped.events) == 1


def test_a_follower_may_stop_itself(db):
    ended = threading.Event()

    def once(events):
        follower.stop()
        ended.set()

    follower = db.watcher.follow(once)
    with following(db) as heard:
        make_run(db)
        assert ended.wait(PATIENCE)
        make_run(db)
        heard.until(2)


def test_stopping_twice_is_no_error(db):
    follower = db.watcher.follow(Heard())
    follower.stop()
    follower.stop()


def test_one_thread_serves_all_followers(db, watchers):
    with following(db), following(db, interval=0.01), following(db, run_id=new_id()):
        assert len(watchers()) == 1


def test_the_thread_ends_when_nobody_follows(db, watchers):
    with following(db):
        (thread,) = watchers()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_without_followers_there_is_no_thread(db, watchers):
    make_run(db)
    assert watchers() == []


def test_a_new_follower_starts_the_thread_again(db, other, watchers):
    with following(db):
        (thread,) = watchers()
    thread.join(PATIENCE)
    with following(db) as heard:
        run_id = make_run(other)
        assert heard.until(1)[0].flow_run_id.hex == run_id


def test_a_follower_in_a_hurry_does_not_wait_for_one_at_leisure(db, other):
    with following(db, interval=PATIENCE * 10) as at_leisure:
        make_run(db)
        at_leisure.until(1)
        with following(db, interval=0.01) as heard:
            make_run(other)
            heard.until(1)


def test_closing_the_database_ends_the_thread(other, watchers):
    other.watcher.follow(Heard())
    (thread,) = watchers()
    other.close()
    assert not thread.is_alive()


def test_followers_hear_when_the_database_cannot_be_read(db, program):
    with following(db, run_id=new_id(), interval=0.01) as heard:
        program.run("ALTER TABLE event RENAME TO gone")
        heard.until_called()
        assert heard.events == []
        program.run("ALTER TABLE gone RENAME TO event")


def test_a_callback_may_read_the_database(db):
    found = []
    seen = threading.Event()

    def look(events):
        found.extend(queries.list_flow_runs(db))
        seen.set()

    follower = db.watcher.follow(look)
    make_run(db)
    assert seen.wait(PATIENCE)
    follower.stop()
    assert [each.name for each in found] == ["a-run"]


@pytest.mark.usefixtures("only_sqlite")
def test_a_closed_watcher_has_left_sqlite_even_when_it_was_about_to(db, monkeypatch):
    """Its thread ends by itself once nobody follows; a process that forked meanwhile would make a child that hangs."""
    leaving, order = threading.Event(), []

    class Reluctant(driver.SqliteConnection):
        def close(self):
            leaving.set()
            closer.join(0.5)  # as long as it is waited for, this passes; it is what a closer that does not wait needs
            super().close()
            order.append("left")

    def close():
        assert leaving.wait(PATIENCE)
        watcher.close()
        order.append("closed")

    closer = threading.Thread(target=close)
    closer.start()
    monkeypatch.setattr(driver, "SqliteConnection", Reluctant)
    watcher = Watcher(db.connections)
    watcher.follow(lambda _: None).stop()
    closer.join(PATIENCE)
    assert order == ["left", "closed"]
