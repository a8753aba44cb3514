"""What is shown when the database cannot be used, and when something unforeseen happens."""

from __future__ import annotations

import sqlite3

import pytest

from holdfast.exceptions import StoreDamaged
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.screens.problem import ProblemScreen

pytestmark = pytest.mark.anyio


async def test_file_that_is_no_database(opened, path):
    path.write_text("not a database " * 100)
    async with opened(path) as driver:
        await driver.sees("The database cannot be read")
        assert "HOLDFAST_DB" in driver.text


async def test_database_of_something_else(opened, path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE holiday (place TEXT)")
    connection.close()
    async with opened(path) as driver:
        await driver.sees("The database cannot be read")


async def test_newer_database(opened, path, seeder):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    async with opened(path) as driver:
        await driver.sees("The database is newer than this Holdfast")
        assert "Upgrade Holdfast" in driver.text


async def test_folder_that_cannot_be_made(opened, tmp_path):
    (tmp_path / "file").write_text("")
    async with opened(tmp_path / "file" / "holdfast.db") as driver:
        await driver.sees("The database cannot be used")
        assert "cannot be created" in " ".join(driver.text.split())


async def test_missing_folder_is_made(opened, tmp_path):
    async with opened(tmp_path / "new" / "folder" / "holdfast.db") as driver:
        await driver.sees("No runs yet.")


async def test_setting_that_makes_no_sense(opened, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DB", "mysql://somewhere")
    async with opened(None) as driver:
        await driver.sees("A setting is invalid")


async def test_trying_again_opens_what_has_been_mended(opened, path):
    path.write_text("not a database " * 100)
    async with opened(path) as driver:
        await driver.sees("The database cannot be read")
        await driver.press("r")
        await driver.sees("The database cannot be read")
        path.unlink()
        await driver.press("r")
        await driver.sees("No runs yet.")


async def test_q_quits(opened, path):
    path.write_text("not a database " * 100)
    async with opened(path) as driver:
        await driver.sees("The database cannot be read")
        await driver.pilot.press("q")
        assert driver.app._exit


async def test_database_that_goes_bad_while_it_is_open(opened, story, monkeypatch, seeder):
    async with opened(story) as driver:

        def damaged(*args):
            raise StoreDamaged(f"{story} is damaged.")

        monkeypatch.setattr(RunReads, "page", damaged)
        seeder.run("brave-emu")
        await driver.sees("The database cannot be read")
        monkeypatch.undo()
        await driver.press("r")
        await driver.sees("brave-emu")
        assert not isinstance(driver.app.screen, ProblemScreen)


async def test_unforeseen_error_is_a_message_and_not_the_end(opened, path, seeder, monkeypatch):
    async with opened(path) as driver:

        def broken(*args):
            raise ZeroDivisionError("[/nobody] thought of this")

        monkeypatch.setattr(RunReads, "page", broken)
        seeder.run("brave-emu")
        await driver.hears("Unexpected error: ZeroDivisionError: [/nobody] thought of this")
        monkeypatch.undo()
        seeder.run("calm-emu")
        await driver.sees("calm-emu")


async def test_database_is_closed_when_the_app_is(opened, story):
    async with opened(story) as driver:
        gateway = driver.app.gateway
    with pytest.raises(RuntimeError, match="closing"), gateway.store():
        pass
