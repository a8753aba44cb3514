"""Opening a database: new, old, foreign, damaged, locked; by one process or by several at once."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import threading
from contextlib import closing, contextmanager

import pytest

from holdfast import flow, settings
from holdfast.exceptions import SettingsError, StoreDamaged, StoreError, StoreLocked, StoreTooNew
from holdfast.store import database, queries
from holdfast.store.database import VERSION, Database
from holdfast.store.sqlite import files
from holdfast.store.sqlite.connections import SqliteConnections


@contextmanager
def opened(path, **options):
    found = Database(path, **options)
    try:
        yield found
    finally:
        found.close()


def is_usable(path):
    with opened(path) as db:
        return queries.list_flow_runs(db) == []


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def make_foreign(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_new_database_is_its_users_alone(tmp_path):
    path = tmp_path / "folder" / "new.db"
    with opened(path) as db, db.write():
        assert mode(path) == 0o600
        assert mode(path.parent) == 0o700
        assert {mode(each) for each in path.parent.iterdir()} == {0o600}, "the log beside it too"


def test_a_new_database_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        with opened(tmp_path / "folder" / "new.db") as db:
            assert mode(db.location.path) == 0o600
            assert mode(db.location.path.parent) == 0o700
    finally:
        os.umask(before)


def test_making_a_database_leaves_nothing_else_behind(tmp_path):
    is_usable(tmp_path / "folder" / "new.db")
    assert [each.name for each in (tmp_path / "folder").iterdir()] == ["new.db"]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o750)
    is_usable(folder / "new.db")
    assert mode(folder) == 0o750


def test_a_database_uses_a_write_ahead_log(db):
    with db.read() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_empty_file_becomes_a_database(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    assert is_usable(path)


def test_a_database_can_be_opened_again(tmp_path):
    assert is_usable(tmp_path / "new.db")
    assert is_usable(tmp_path / "new.db")


@pytest.mark.parametrize("name", ["with space.db", "wïth ümlaut.db", "100%.db", "what?.db", "#1.db", "a&b=c.db"])
def test_any_file_name_will_do(tmp_path, name):
    assert is_usable(tmp_path / name)
    assert (tmp_path / name).exists()


def test_folders_are_made_as_deep_as_needed(tmp_path):
    assert is_usable(tmp_path / "a" / "b" / "c.db")


# Several at once

RACER = """
    import sys
    from pathlib import Path
    from holdfast.states import Running
    from holdfast.records import Origin
    from holdfast.store import runs
    from holdfast.store.database import Database
    from holdfast.store.ids import new_id

    print("ready")
    input()
    db = Database(Path(sys.argv[1]))
    runs.create(db, runs.NewRun(new_id(), "racer", "f", Running(), Origin(None, "/", "python"), b"J{}"), "tester")
    print("done")
"""


def race(script, path, count=3):
    racers = [script(RACER, str(path)) for _ in range(count)]
    assert [each.line() for each in racers] == ["ready"] * count
    for each in racers:
        each.tell("go")
    assert [each.line() for each in racers] == ["done"] * count
    with opened(path) as db:
        assert queries.count_flow_runs(db) == count


def test_processes_that_make_one_database_at_once_share_it(script, tmp_path):
    race(script, tmp_path / "folder" / "raced.db")
    assert [each.name for each in (tmp_path / "folder").iterdir() if not each.name.startswith("raced.db")] == []


def test_processes_that_fill_one_empty_file_at_once_share_it(script, tmp_path):
    path = tmp_path / "raced.db"
    path.touch()
    race(script, path)


@pytest.mark.slow
@pytest.mark.parametrize("hold", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN; SELECT * FROM sqlite_master"])
@pytest.mark.parametrize("content", [[], [*files.schema(), *files.stamp(VERSION)]], ids=["empty", "no log"])
def test_completing_a_file_waits_for_who_uses_it(tmp_path, monkeypatch, content, hold):
    """SQLite by itself does not: two that want a write-ahead log at once are told that the file is locked."""
    path = tmp_path / "half.db"
    path.touch()
    make_foreign(path, *content)
    look, done = SqliteConnections._version, threading.Event()

    def look_before_it_is_used(self, connection):
        found = look(self, connection)
        monkeypatch.setattr(SqliteConnections, "_version", look)
        for each in hold.split("; "):
            holder.execute(each).fetchall()
        releaser.start()
        return found

    def release():
        done.wait(0.3)  # what does not wait has failed by then
        holder.execute("ROLLBACK")

    monkeypatch.setattr(SqliteConnections, "_version", look_before_it_is_used)
    releaser = threading.Thread(target=release)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder:
        try:
            with opened(path) as db, db.read() as connection:
                assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        finally:
            done.set()
            releaser.join()


def test_a_file_without_a_write_ahead_log_gets_one(tmp_path):
    path, copy = tmp_path / "first.db", tmp_path / "copy.db"
    with opened(path) as db, db.read() as connection:
        connection.execute(f"VACUUM INTO '{copy}'")
    with opened(copy) as db, db.read() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


KILLED_EVERYWHERE = """
    import itertools
    import os
    import signal
    import sys
    from pathlib import Path
    from holdfast.store import queries
    from holdfast.store.sqlite import driver, files
    from holdfast.store.database import Database

    def fork(action):
        pid = os.fork()
        if not pid:
            status = 1
            try:
                action()
                status = 0
            finally:
                os._exit(status)
        return os.waitpid(pid, 0)[1]

    def open_it():
        with Database(path).read() as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("SELECT count(*) FROM flow_run").fetchone() == (0,)

    def open_it_and_die_at(number):
        count, connect = itertools.count(1), driver.connect

        def fatal(*arguments):
            connection = connect(*arguments)
            connection.set_trace_callback(lambda _: next(count) == number and os.kill(os.getpid(), signal.SIGKILL))
            return connection

        driver.connect = fatal
        open_it()

    path = Path(sys.argv[1])
    files.schema()
    for number in itertools.count(1):
        for each in path.parent.glob("killed.db*"):
            each.unlink()
        path.touch()
        status = fork(lambda: open_it_and_die_at(number))
        assert fork(open_it) == 0, number
        if not status:
            break
        assert status == signal.SIGKILL
    print("killed", number - 1)
"""


def test_a_process_that_dies_while_it_fills_an_empty_file_is_in_nobodys_way(script, tmp_path):
    killed, times = script(KILLED_EVERYWHERE, str(tmp_path / "killed.db")).line().split()
    assert killed == "killed"
    assert int(times) > len(files.schema())


def test_a_database_made_by_another_in_between_is_kept(tmp_path, monkeypatch):
    path = tmp_path / "new.db"
    link = os.link

    def too_late(draft, to):
        monkeypatch.setattr(os, "link", link)
        files.create(path, VERSION)
        with opened(path) as other, other.write() as connection:
            connection.execute("INSERT INTO json_schema VALUES ('kept', '{}')")
        link(draft, to)

    monkeypatch.setattr(os, "link", too_late)
    with opened(path) as db, db.read() as connection:
        assert connection.execute("SELECT digest FROM json_schema").fetchall() == [("kept",)]
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["new.db"]


def test_filling_an_empty_file_that_another_has_filled_in_between_is_no_error(tmp_path, monkeypatch):
    path = tmp_path / "empty.db"
    path.touch()
    look = SqliteConnections._version

    def outdated(self, connection):
        found = look(self, connection)
        monkeypatch.setattr(SqliteConnections, "_version", look)
        with opened(path):
            return found

    monkeypatch.setattr(SqliteConnections, "_version", outdated)
    assert is_usable(path)


# What cannot be opened


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ana,\n" * 100)
    with pytest.raises(StoreDamaged, match=re.escape(f"{path} is not a Holdfast database")) as caught:
        Database(path)
    assert "HOLDFAST_DB" in str(caught.value)
    assert path.read_text().startswith("Dear Ana")


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "contacts.db"
    make_foreign(path, "CREATE TABLE contact (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match=re.escape(f"{path} is a database, but not Holdfast's")) as caught:
        Database(path)
    assert "HOLDFAST_DB" in str(caught.value)
    assert path.read_bytes() == before


def test_the_database_of_another_program_that_uses_alembic_is_refused(tmp_path):
    path = tmp_path / "contacts.db"
    make_foreign(
        path, "CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('0001')"
    )
    with pytest.raises(StoreDamaged, match=re.escape(str(path))):
        Database(path)


def test_a_file_written_by_a_newer_holdfast_is_refused(tmp_path):
    path = tmp_path / "newer.db"
    files.create(path, "9999")
    with pytest.raises(StoreTooNew, match=re.escape(f"{path} was written by a newer Holdfast")) as caught:
        Database(path)
    assert "9999" in str(caught.value)
    assert VERSION in str(caught.value)
    assert "Upgrade" in str(caught.value)


def test_a_file_without_its_version_is_refused(tmp_path):
    path = tmp_path / "odd.db"
    files.create(path, VERSION)
    make_foreign(path, "DELETE FROM alembic_version")
    with pytest.raises(StoreDamaged, match=re.escape(str(path))):
        Database(path)


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "damaged.db"
    is_usable(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 2000)
    with pytest.raises(StoreError, match=re.escape(str(path))):
        Database(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match=re.escape(f"{tmp_path} is a folder. Set HOLDFAST_DB to a file.")):
        Database(tmp_path)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(StoreError, match=re.escape("pipe.db is not a file. Set HOLDFAST_DB to a file.")):
        Database(tmp_path / "pipe.db")


def test_a_place_below_a_file_is_refused_with_advice(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"HOLDFAST_DB|folder") as caught:
        Database(tmp_path / "file" / "new.db")
    assert str(tmp_path / "file" / "new.db") in str(caught.value)


def test_every_refusal_is_a_store_error():
    assert all(issubclass(each, StoreError) for each in (StoreDamaged, StoreLocked, StoreTooNew))


@pytest.fixture
def locked(tmp_path):
    """A database whose write lock another connection holds."""
    path = tmp_path / "locked.db"
    files.create(path, VERSION)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield path
        holder.execute("ROLLBACK")


def test_a_write_that_another_program_keeps_from_its_lock_is_refused_with_advice(locked):
    with opened(locked, busy_timeout=0.01) as db, pytest.raises(StoreLocked) as caught, db.write():
        pytest.fail("This must not be reached.")
    assert str(caught.value).startswith(f"{locked} is locked")
    assert "wait" in str(caught.value)


def test_a_locked_database_can_be_read(locked):
    with opened(locked, busy_timeout=0.01) as db:
        assert queries.list_flow_runs(db) == []


def test_a_database_can_be_written_once_the_other_program_is_done(tmp_path):
    path = tmp_path / "locked.db"
    with opened(path, busy_timeout=0.01) as db, closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked), db.write():
            pytest.fail("This must not be reached.")
        holder.execute("ROLLBACK")
        with db.write() as connection:
            connection.execute("INSERT INTO json_schema VALUES ('a', '{}')")


def test_a_write_that_fails_changes_nothing_and_frees_the_lock(db):
    def fail():
        with db.write() as connection:
            connection.execute("INSERT INTO json_schema VALUES ('a', '{}')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with db.write() as connection:
        assert connection.execute("SELECT count(*) FROM json_schema").fetchone() == (0,)


def test_sql_errors_in_a_write_name_the_file(db):
    with pytest.raises(StoreError, match=re.escape(str(db.location.path))), db.write() as connection:
        connection.execute("SELECT * FROM nothing")


def test_sql_errors_in_a_read_name_the_file(db):
    with pytest.raises(StoreError, match=re.escape(str(db.location.path))), db.read() as connection:
        connection.execute("SELECT * FROM nothing")


# Which one


def test_the_database_is_in_the_home_by_default(tmp_path):
    assert database.default().location.path == tmp_path / "home" / "holdfast.db"


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_setting_names_the_database(tmp_path, monkeypatch, form):
    monkeypatch.setenv("HOLDFAST_DB", form.format(tmp_path / "named.db"))
    assert database.default().location.path == tmp_path / "named.db"
    assert (tmp_path / "named.db").exists()


def test_a_home_may_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_HOME", "~/flows")
    assert settings.database() == tmp_path / "flows" / "holdfast.db"


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite:///", "sqlite://", "mysql://x"])
def test_a_url_of_another_kind_is_refused(monkeypatch, url):
    monkeypatch.setenv("HOLDFAST_DB", url)
    with pytest.raises(SettingsError, match=re.escape(f"HOLDFAST_DB is {url!r}")):
        database.default()


def test_an_unknown_synchronous_setting_is_refused(monkeypatch):
    monkeypatch.setenv("HOLDFAST_SYNCHRONOUS", "off")
    with pytest.raises(SettingsError, match="'off'; it must be normal or full"):
        database.default()


def test_the_database_is_opened_once_in_a_process():
    assert database.default() is database.default()


def test_a_flow_that_changes_folder_keeps_a_database_named_by_a_relative_path(tmp_path, monkeypatch, call):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDFAST_DB", "relative.db")
    db = database.default()

    @flow
    def wanders():
        os.chdir(tmp_path / "elsewhere")
        with db.read() as one, db.read() as other:
            return [each.execute("PRAGMA database_list").fetchone()[2] for each in (one, other)]

    assert call(wanders) == [str(tmp_path / "relative.db")] * 2
    assert [each.name for each in (tmp_path / "elsewhere").iterdir()] == []
