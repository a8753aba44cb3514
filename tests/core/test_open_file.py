"""A database file that is deleted, moved or replaced while it is in use, and one on a disk without room."""

import os
import shutil
import threading

import pytest

from holdfast.exceptions import StoreError, StoreMoved
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.store.sqlite import open_file
from waiting import PATIENCE


@pytest.fixture(autouse=True)
def always_looks(monkeypatch):
    """Each use of the file looks at it, not only one in a while."""
    monkeypatch.setattr(open_file, "LOOK", -1.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "holdfast.db"


@pytest.fixture
def db(path):
    made = Database(path)
    made.try_to_write()
    yield made
    made.close()


def delete(path):
    path.unlink()


def move(path):
    path.rename(path.with_name("elsewhere.db"))


def replace(path):
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").replace(path)


def delete_log(path):
    path.with_name(f"{path.name}-wal").unlink()


WAYS = [
    pytest.param(delete, "was deleted or moved", id="deleted"),
    pytest.param(move, "was deleted or moved", id="moved"),
    pytest.param(replace, "was replaced by another file", id="replaced"),
    pytest.param(delete_log, "-wal was deleted or replaced", id="log deleted"),
]


@pytest.mark.parametrize(("do", "said"), WAYS)
def test_a_write_is_refused_with_what_happened(db, path, do, said):
    do(path)
    with pytest.raises(StoreMoved, match=said), db.write():
        pass


@pytest.mark.parametrize(("do", "said"), WAYS)
def test_a_read_is_refused_with_what_happened(db, path, do, said):
    do(path)
    with pytest.raises(StoreMoved, match=said), db.read():
        pass


@pytest.mark.parametrize(("do", "said"), WAYS)
def test_a_decision_is_not_acknowledged_though_the_file_went_in_the_last_moment(db, path, do, said, monkeypatch):
    monkeypatch.setattr(open_file, "LOOK", 3600.0)
    with pytest.raises(StoreMoved, match=said), db.write(durable=True):
        do(path)


@pytest.mark.parametrize(("do", "said"), WAYS)
def test_who_follows_changes_is_told_though_nothing_is_committed(db, path, do, said):
    told = threading.Event()
    follower = db.watcher.follow(lambda _: told.set())
    do(path)
    assert told.wait(PATIENCE)
    follower.stop()


def test_a_file_that_was_moved_and_put_back_is_used_on(db, path):
    moved = path.with_name("elsewhere.db")
    path.rename(moved)
    with pytest.raises(StoreMoved), db.write():
        pass
    moved.rename(path)
    db.try_to_write()


def test_who_only_reads_is_told_that_the_log_is_gone(path):
    with Database(path).write():
        pass
    reading = Database(path)
    assert queries.count_open_waits(reading) == 0
    delete_log(path)
    with pytest.raises(StoreMoved, match="-wal was deleted or replaced"):
        queries.count_open_waits(reading)
    reading.close()


def test_a_file_that_is_opened_again_is_the_one_that_is_there(db, path):
    replace(path)
    other = Database(path)
    other.try_to_write()
    other.close()


def test_the_log_may_come_and_go_while_the_file_is_only_read(db, path):
    db.close()
    reading = Database(path)
    assert queries.count_open_waits(reading) == 0
    writing = Database(path)
    writing.try_to_write()
    writing.close()
    assert queries.count_open_waits(reading) == 0
    reading.close()


@pytest.fixture
def full(small_disk):
    """A database on a full disk, which no process has open."""
    path = small_disk.folder / "holdfast.db"
    Database(path).close()
    small_disk.fill()
    return path


def test_a_database_on_a_full_disk_is_read(full):
    db = Database(full)
    assert queries.count_open_waits(db) == 0
    db.close()


def test_a_database_on_a_full_disk_is_not_written_and_says_why(full):
    db = Database(full)
    with pytest.raises(StoreError, match="the disk is full"), db.write():
        pass
    db.close()


def test_what_is_in_the_log_of_a_process_that_died_is_read_on_a_full_disk(small_disk):
    path = small_disk.folder / "holdfast.db"
    Database(path).close()
    pid = os.fork()
    if not pid:
        with Database(path).write() as connection:
            connection.execute("INSERT INTO json_schema (digest, body) VALUES ('d', 'in the log')")
        os._exit(0)
    os.waitpid(pid, 0)
    path.with_name("holdfast.db-shm").unlink()
    small_disk.fill()
    db = Database(path)
    with db.read() as connection:
        assert connection.execute("SELECT body FROM json_schema").fetchall() == [("in the log",)]
    db.close()


def test_a_database_is_written_once_there_is_room_again(full, small_disk):
    db = Database(full)
    assert queries.count_open_waits(db) == 0
    small_disk.make_room()
    db.try_to_write()
    assert queries.count_open_waits(db) == 0
    db.close()


def test_who_follows_a_database_on_a_full_disk_is_told_to_look(full):
    db = Database(full)
    told = threading.Event()
    follower = db.watcher.follow(lambda _: told.set())
    assert told.wait(PATIENCE)
    follower.stop()
    db.close()
