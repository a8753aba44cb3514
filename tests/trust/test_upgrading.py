"""A database is upgraded by one program alone: none of an earlier version writes what it knows of the tables."""

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from samples import SAMPLES, fill, version

from holdfast.exceptions import StoreLocked, StoreTooNew
from holdfast.store import queries
from holdfast.store.database import VERSION, Database
from holdfast.store.sqlite import driver
from holdfast.store.sqlite.files import backups


@pytest.fixture
def old(tmp_path):
    """A file of the earliest revision."""
    path = tmp_path / "old" / "holdfast.db"
    path.parent.mkdir()
    fill(path, SAMPLES[0], tmp_path / "bench")
    return path


@contextlib.contextmanager
def opened_by_another(path):
    """While this lasts, another process has the file open, and does nothing with it."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA synchronous=1'); print(); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(path)], **pipes) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.communicate(b"\n")


def test_a_file_is_not_upgraded_while_another_program_has_it_open(old):
    with opened_by_another(old) as process, pytest.raises(StoreLocked) as caught:
        Database(old, busy_timeout=0.01)
    assert f"{old} must be upgraded from schema {SAMPLES[0]} to {VERSION}, and no other program" in str(caught.value)
    if sys.platform == "linux":
        assert f"End all that do (process {process.pid}), then try again" in str(caught.value)
    assert version(old) == SAMPLES[0]
    assert backups(old) == []
    Database(old).close()
    assert version(old) == VERSION


def test_an_upgrade_waits_for_programs_that_are_about_to_close_the_file(old):
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        stack.enter_context(opened_by_another(old))
        upgrading = pool.submit(lambda: Database(old).close())
        stack.close()
        upgrading.result()
    assert version(old) == VERSION


def test_processes_that_upgrade_a_file_at_once_do_it_once(old):
    code = (
        "import sys; from pathlib import Path; from holdfast.store import migrations; "
        "from holdfast.store.database import Database; input(); db = Database(Path(sys.argv[1])); print(); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    racers = [subprocess.Popen([sys.executable, "-c", code, str(old)], **pipes) for _ in range(3)]
    for each in racers:
        each.stdin.write(b"\n")
        each.stdin.flush()
    assert [each.stdout.readline() for each in racers] == [b"\n"] * 3, "though each keeps it open"
    assert [each.communicate(b"\n") and each.returncode for each in racers] == [0, 0, 0]
    assert version(old) == VERSION
    assert [version(each) for each in backups(old)] == [SAMPLES[0]]


KILLED_EVERYWHERE = """
import itertools, os, shutil, signal, sqlite3, sys
from pathlib import Path
from holdfast.store import migrations
from holdfast.store.sqlite import driver
from holdfast.store.database import VERSION, Database

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

def upgrade_and_die_at(number):
    count, connect = itertools.count(1), driver.connect_alone

    def fatal(*arguments):
        connection = connect(*arguments)
        connection.set_trace_callback(lambda _: next(count) == number and os.kill(os.getpid(), signal.SIGKILL))
        return connection

    driver.connect_alone = fatal
    Database(path)

old, path = map(Path, sys.argv[1:])
for number in itertools.count(1):
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir()
    shutil.copy(old, path)
    status = fork(lambda: upgrade_and_die_at(number))
    assert fork(lambda: Database(path).close()) == 0, number
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, path.name + ".0001.backup"], number
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM wait").fetchone()[0] > 8, number
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (VERSION,), number
    if not status:
        break
    assert status == signal.SIGKILL
print("killed", number - 1)
"""


def test_an_upgrade_that_is_killed_at_any_statement_is_done_by_the_next_program(old):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_EVERYWHERE, old, old.parent / "again" / "holdfast.db"],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert int(killed.stdout.split()[1]) > 20


@pytest.mark.parametrize(
    "use", [lambda db: queries.list_flow_runs(db), lambda db: db.try_to_write()], ids=["read", "write"]
)
def test_a_file_that_was_upgraded_while_a_program_had_no_connection_to_it_is_refused(tmp_path, monkeypatch, use):
    """So it is for one that could read it without room on the disk only, which opens it again for every look."""
    monkeypatch.setattr(driver, "connect_to_read", lambda *arguments: (driver.connect(*arguments), False))
    with closing(Database(tmp_path / "holdfast.db")) as db:
        with closing(sqlite3.connect(db.location.path)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.commit()
        with pytest.raises(StoreTooNew, match="was written by a newer Holdfast"):
            use(db)


def test_who_has_a_database_open_keeps_it_from_being_upgraded(tmp_path):
    path = tmp_path / "holdfast.db"

    with closing(Database(path)):
        assert driver.connect_alone(path, 0.01) is None
    with closing(driver.connect_alone(path, 0.01)):
        pass
