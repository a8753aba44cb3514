"""Commands that only read work where nothing can be written, and say what has to wait."""

import sqlite3
from contextlib import closing

import pytest

from holdfast import flow, settings, suspend_flow_run, task
from holdfast.store.database import close_all

READING = ["ls", "inbox", "show waits", "logs waits", "ls --json", "show waits --json", "deployments"]


@task
def step():
    return 1


@flow(flow_run_name="waits")
def waits():
    step()
    suspend_flow_run(wait_for_input=int)


def suspended():
    """A run whose deadline has passed, so that there is something to write for whoever looks."""
    waits(return_state=True)
    close_all()
    with closing(sqlite3.connect(settings.database())) as connection, connection:
        connection.execute("UPDATE wait SET deadline = 1")


@pytest.mark.parametrize("command", READING)
def test_a_full_disk_keeps_nobody_from_reading(invoke, monkeypatch, small_disk, command):
    monkeypatch.setenv("HOLDFAST_DB", str(small_disk.folder / "holdfast.db"))
    suspended()
    small_disk.fill()

    result = invoke(*command.split())

    assert result.code == 0
    assert "the disk is full" in result.err
    assert "Until then, deadlines, schedules and dead processes are not checked." in result.err


@pytest.mark.slow
@pytest.mark.parametrize("command", READING)
def test_another_programs_write_lock_keeps_nobody_from_reading(invoke, command):
    suspended()
    with closing(sqlite3.connect(settings.database(), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        result = invoke(*command.split())

    assert result.code == 0
    assert "is locked: another program" in result.err


def test_a_run_that_was_read_on_a_full_disk_is_settled_once_there_is_room(invoke, monkeypatch, small_disk):
    monkeypatch.setenv("HOLDFAST_DB", str(small_disk.folder / "holdfast.db"))
    suspended()
    small_disk.fill()
    assert "Suspended" in invoke("ls").out
    small_disk.make_room()

    assert "Failed" in invoke("ls").out
