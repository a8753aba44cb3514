"""The view of workers and what they execute."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from deploying import claim, deploy, die, start, work

from holdfast.records import HostKind
from holdfast.store import hosts as rows
from holdfast_tui.screens.run_page import RunPage

pytestmark = pytest.mark.anyio
SIZES = [(40, 12), (80, 24), (120, 40)]


def now() -> datetime:
    """Leases are of the real time."""
    return datetime.now(UTC)


def line_with(driver, text: str) -> str:
    (line,) = (each for each in driver.lines if text in each)
    return line


@pytest.mark.parametrize("size", SIZES)
async def test_worker_is_shown_with_its_slots_and_what_it_executes(opened, path, seeder, size):
    deploy(seeder, "one", "warehouse")
    first, second = start(seeder, "one"), start(seeder, "one")
    claim(seeder, work(seeder, 3), 2)
    async with opened(path, size=size, clock=now) as driver:
        await driver.press("4")
        await driver.sees(f"● worker {os.getpid()}")
        assert "2 of 3 taken" in line_with(driver, f"worker {os.getpid()}")
        assert (" left" in line_with(driver, f"worker {os.getpid()}")) == (size[0] > 40)
        for run in (first, second):
            assert "Running" in line_with(driver, run.name)
        assert all(len(each) <= size[0] for each in driver.lines)


@pytest.mark.parametrize("size", SIZES)
async def test_empty_view_says_how_to_start_a_worker(opened, path, size):
    async with opened(path, size=size) as driver:
        await driver.press("4")
        await driver.sees("No worker is running")
        assert "holdfast worker" in driver.text


async def test_what_a_worker_is_in_is_its_name(opened, path, seeder):
    for place in ("app", "serve", "web"):
        work(seeder, place=place)
    async with opened(path) as driver:
        await driver.press("4")
        for place in ("app", "serve", "web"):
            await driver.sees(f"○ {place} {os.getpid()}")


async def test_dead_worker_is_said_to_be_dead_and_comes_last(opened, path, seeder):
    die(seeder)
    work(seeder, place="serve")
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("✗ worker")
        assert "dead" in line_with(driver, "✗ worker")
        assert driver.text.index("serve") < driver.text.index("✗ worker")


async def test_lease_that_has_passed_is_overdue_though_the_process_lives(opened, path, seeder):
    work(seeder)
    async with opened(path, clock=lambda: now() + timedelta(minutes=5)) as driver:
        await driver.press("4")
        await driver.sees("overdue 4m")


async def test_script_is_there_while_it_has_a_run(opened, path, seeder):
    run = seeder.run("lone-wolf")
    host = rows.register(seeder.database, HostKind.SCRIPT, pid=4711, process_start="elsewhere", hostname="builder-2")
    with seeder.database.write() as connection:
        connection.execute("UPDATE flow_run SET host_id = ? WHERE id = ?", (host, run.hex))
    rows.register(seeder.database, HostKind.SCRIPT, pid=4712, process_start="elsewhere", hostname="builder-2")
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("● script 4711")
        assert "builder-2" in line_with(driver, "script 4711")
        assert "lone-wolf" in driver.text
        assert "4712" not in driver.text


async def test_process_that_a_dead_worker_has_left_over_is_shown_by_itself(opened, path, seeder):
    deploy(seeder, "one")
    run = start(seeder, "one")
    worker = work(seeder)
    claim(seeder, worker)
    rows.remove(seeder.database, worker)
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("● left over")
        assert run.name in driver.text


async def test_enter_opens_the_run_and_verbs_act_on_it(opened, path, seeder):
    deploy(seeder, "one")
    run = start(seeder, "one")
    claim(seeder, work(seeder))
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees(run.name)
        await driver.press("p")
        await driver.hears("This is a process. To pause a run, put the cursor on one below it.")
        await driver.press("enter")
        assert driver.app.screen is driver.app.main
        await driver.press("j", "p", "y")
        await driver.hears(f"Asked {run.name} to pause")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, RunPage))
        await driver.sees(run.name)


async def test_worker_that_comes_is_shown(opened, path, seeder):
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("No worker is running")
        work(seeder)
        await driver.sees("○ worker")


async def test_end_of_a_process_is_noticed_though_nobody_tells(opened, path, seeder, monkeypatch):
    from holdfast.engine import liveness

    work(seeder)
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("○ worker")
        monkeypatch.setattr(liveness, "is_alive", lambda host: False)
        for _ in range(5):
            driver.app.main.tick()
        await driver.sees("✗ worker")


async def test_escapes_in_the_name_of_a_machine_are_shown_as_text(opened, path, seeder):
    rows.register(seeder.database, HostKind.WORKER, pid=1, process_start="x", hostname="a\x1b[31mb", place="w\x1b[2Jx")
    async with opened(path) as driver:
        await driver.press("4")
        await driver.sees("a␛[31mb")
        assert "\x1b" not in driver.text
