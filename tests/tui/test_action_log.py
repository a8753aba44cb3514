"""The action log: what was asked from here, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from seeding import NOW

from holdfast.records import WaitStatus
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.verbs.action_log import KEPT, ActionLog, Status, outcome

SIZES = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=str)


def keys(text: str) -> list[str]:
    """The keys that type a text."""
    return [{" ": "space", "-": "minus"}.get(each, each) for each in text]


@pytest.mark.anyio
@SIZES
async def test_request_is_listed_until_the_run_has_taken_it_in(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    async with opened(path, size=size) as driver:
        await driver.press("p", "y")
        await driver.hears("not done yet")
        await driver.press("A")
        await driver.until(lambda: isinstance(driver.app.screen, ActionsScreen))
        assert "◌ pause" in driver.text
        seeder.state(run_id, "Paused")
        await driver.sees("✓ pause")
        assert all(len(each) <= size[0] for each in driver.lines)
        await driver.press("escape")
        assert driver.app.screen is driver.app.main


@pytest.mark.anyio
async def test_refusal_is_listed_with_its_reason(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.state(run_id, "Failed")
    async with opened(path, size=(120, 24)) as driver:
        await driver.press("R")
        seeder.state(run_id, "AwaitingRetry")  # somebody else was faster
        await driver.press("y")
        await driver.hears("brave-emu is waiting to retry; only a run that failed")
        await driver.press("A")
        await driver.sees("✗ retry")
        await driver.sees("brave-emu is waiting to retry; only a run that failed")


@pytest.mark.anyio
async def test_each_of_several_runs_has_its_line(opened, path, seeder):
    for name in ("brave-emu", "lazy-crane"):
        seeder.run(name)
    async with opened(path, size=(120, 24)) as driver:
        await driver.press("colon", *keys("pause brave-emu lazy-crane"), "enter")
        await driver.sees("Pause 2 runs?")
        await driver.press("y")
        await driver.hears("2 runs asked to pause.")
        await driver.press("A")
        await driver.until(lambda: isinstance(driver.app.screen, ActionsScreen))
        assert driver.text.count("◌ pause") == 2


@pytest.mark.anyio
async def test_empty_log_says_what_it_is_for(opened, story):
    async with opened(story) as driver:
        await driver.press("A")
        await driver.sees("No actions yet.")
        await driver.press("2")
        await driver.sees("Time left")


@pytest.mark.anyio
async def test_enter_opens_the_run(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("p", "y")
        await driver.hears("not done yet")
        await driver.press("A", "enter")
        await driver.sees("Actions › brave-emu")


@pytest.mark.parametrize(
    ("verb", "state", "asked", "expected"),
    [
        ("pause", "Running", "pause", None),
        ("pause", "Paused", None, Status.DONE),
        ("pause", "Running", None, Status.REFUSED),
        ("pause", "Running", "suspend", Status.REFUSED),
        ("pause", "Completed", None, Status.REFUSED),
        ("suspend", "Suspended", None, Status.DONE),
        ("cancel", "Running", "cancel", None),
        ("cancel", "Cancelled", None, Status.DONE),
        ("cancel", "Completed", None, Status.REFUSED),
        ("retry", "Running", None, Status.DONE),
        ("resume", "Running", None, Status.DONE),
        ("resume", "Completed", None, Status.DONE),
    ],
)
def test_what_has_come_of_a_request(path, seeder, verb, state, asked, expected):
    run_id = seeder.run("brave-emu")
    if asked:
        seeder.ask(run_id, asked)
    if state != "Running":
        seeder.state(run_id, state)
    run = RunReads(seeder.database).get(run_id)
    action = ActionLog().add(verb, run_id, "brave-emu", NOW)
    found = outcome(action, run, [])
    assert (found and found[0]) == expected


@pytest.mark.parametrize(
    ("status", "objections", "expected"),
    [
        (WaitStatus.OPEN, {}, None),
        (WaitStatus.DECIDED, {}, Status.DONE),
        (WaitStatus.EXPIRED, {}, Status.REFUSED),
        (WaitStatus.WITHDRAWN, {}, Status.REFUSED),
        (WaitStatus.OPEN, {("approve",): "Not on a Friday."}, Status.REFUSED),
    ],
)
def test_what_has_come_of_an_answer(path, seeder, status, objections, expected):
    wait = seeder.wait(seeder.run("brave-emu"))
    run = RunReads(seeder.database).get(wait.flow_run_id)
    action = ActionLog().add("resume", run.id, run.name, NOW, wait_id=wait.id)
    found = outcome(action, run, [replace(wait, status=status, objections=objections)])
    assert (found and found[0]) == expected


def test_what_the_run_has_taken_in_is_not_only_asked_for_again():
    log = ActionLog()
    action = log.add("pause", UUID(int=1), "brave-emu", NOW)
    log.settle(action, (Status.DONE, "It is paused."), NOW)
    log.settle(action, (Status.ASKED, "It was asked."), NOW)
    assert [each.status for each in log] == [Status.DONE]


def test_log_does_not_grow_without_end():
    log = ActionLog()
    for index in range(KEPT + 10):
        log.add("pause", UUID(int=index), f"run-{index}", NOW)
    assert len(log) == KEPT
    assert next(iter(log)).run_name == "run-10"
