"""What a run's page has beyond its panes: the timeline, a task's page, the log's keys, copying, files, what if."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from seeding import ACTOR, NOW, SCHEMA, shift_times

from holdfast.engine import results
from holdfast.states import named
from holdfast.store import log_writing, queries, runs, tasks, waits
from holdfast.store.ids import new_id
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.screens.what_if import WhatIfScreen
from holdfast_tui.widgets.log_view import LogView
from holdfast_tui.widgets.step_list import StepFrame, StepList

pytestmark = pytest.mark.anyio
WORK = set("━╺╸")
SIZES = [(120, 40), (80, 24), (40, 12)]


async def page(driver) -> RunPage:
    """Open the page of the run under the cursor."""
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunPage) and driver.app.screen.run is not None)
    await driver.settle()
    return driver.app.screen


async def pane(driver, name: str):
    """Go to a pane by its id."""
    shown = driver.app.screen
    for _ in shown.panes:
        if shown.pane.id == name:
            return shown.pane
        await driver.press("tab")
    raise AssertionError(f"There is no pane {name}.")


def begin(seeder, run_id: UUID, name: str, inputs: str | None = None) -> str:
    """A task that runs."""
    task_id = new_id()
    tasks.start(
        seeder.database, task_run_id=task_id, flow_run_id=run_id.hex, call=name, task_name=name, name=name,
        actor=ACTOR, inputs=inputs,
    )  # fmt: skip
    return task_id


def end(seeder, run_id: UUID, task_id: str, state, body: bytes | None = None) -> None:
    """It ends."""
    tasks.finish(seeder.database, task_run_id=task_id, flow_run_id=run_id.hex, to=state, body=body, actor=ACTOR)


def retried(seeder, run_id: UUID) -> str:
    """A task that failed once, and completed then."""
    task_id = begin(seeder, run_id, "upload", results.inputs_text({"artifact": "app.tar.gz"}))
    ids = {"task_run_id": task_id, "flow_run_id": run_id.hex, "actor": ACTOR}
    tasks.await_retry(seeder.database, message="Attempt 2 of 3 at once, after OSError: refused", **ids)
    tasks.try_again(seeder.database, message="Attempt 2 of 3", attempt=2, **ids)
    end(seeder, run_id, task_id, named("Completed"), results.encode({"url": "s3://bucket"}))
    return task_id


def failing(seeder, run_id: UUID) -> str:
    """A task that failed."""
    task_id = begin(seeder, run_id, "check", "{}")
    try:
        raise ValueError("checksum differs")
    except ValueError as error:
        body = results.encoded_error(error).body
    end(seeder, run_id, task_id, named("Failed", "ValueError: checksum differs"), body)
    return task_id


# The timeline.


@pytest.mark.parametrize("size", SIZES)
async def test_timeline_has_tasks_waits_and_children_as_bars(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    seeder.task(run_id, "build")
    retried(seeder, run_id)
    child = seeder.run("small-emu", "notify", parent=run_id)
    seeder.state(child, "Completed")
    failing(seeder, run_id)
    seeder.wait(run_id)
    seeder.database.close()
    shift_times(path)
    async with opened(path, size=size) as driver:
        await driver.press("end", "enter")
        await driver.settle()
        await pane(driver, "tasks")
        await driver.press("home")
        lines = {line.strip("│▌ ")[:7]: set(line[8:]) for line in driver.lines}
        assert lines["✓ build"] & WORK
        assert lines["✓ uploa"] & WORK
        await driver.press("end")
        lines = {line.strip("│▌ ")[:7]: set(line[8:]) for line in driver.lines}
        assert lines["✓ ▸ sma"] & WORK
        assert "✗" in lines["✗ check"]
        assert "╍" in lines["? Ship "]


async def test_bars_of_what_runs_grow_with_the_clock(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.task(run_id, "build", None)
    seeder.database.close()
    shift_times(path)
    now = [NOW + timedelta(seconds=1)]
    async with opened(path, size=(120, 40), clock=lambda: now[0]) as driver:
        await page(driver)
        lengths = []
        for _ in range(3):
            (line,) = [line for line in driver.lines if "build" in line]
            lengths.append(line.count("━"))
            now[0] += timedelta(seconds=2)
            driver.app.screen.tick()
            await driver.pilot.pause()
        assert lengths == sorted(set(lengths))


async def test_task_of_another_process_appears_in_the_timeline_and_ends(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await driver.sees("No tasks yet.")
        task_id = begin(seeder, run_id, "fetch")
        await driver.sees("● fetch")
        end(seeder, run_id, task_id, named("Completed"))
        await driver.sees("✓ fetch")


async def test_many_tasks_are_read_in_windows(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    with seeder.database.write() as connection:
        for index in range(3000):
            values = (run_id.hex, new_id(), f"c{index}", "work", f"work-{index}", "COMPLETED", "Completed", 1, 1, 2, 0)
            connection.execute(
                "INSERT INTO task_run (flow_run_id, id, call, task_name, name, state_type, state_name, state_at,"
                f" started_at, ended_at, reused) VALUES ({','.join('?' * len(values))})",
                values,
            )
    seeder.state(run_id, "Completed")
    async with opened(path, size=(80, 24)) as driver:
        await page(driver)
        steps = await pane(driver, "tasks")
        await driver.sees("work-0 ")
        assert len(steps.page.rows) < 200
        await driver.press("end")
        await driver.sees("work-2999")
        assert len(steps.page.rows) < 200
        steps.move_cursor(1500)
        await driver.sees("work-1499")
        await driver.press("home")
        await driver.sees("work-0 ")


async def test_failures_alone_are_listed_and_all_again(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.task(run_id, "build")
    failing(seeder, run_id)
    async with opened(path, size=(120, 40)) as driver:
        shown = await page(driver)
        await pane(driver, "tasks")
        await driver.press("F")
        await driver.sees_no("✓ build")
        await driver.sees("✗ check")
        assert "failed only" in shown.query_one(StepFrame).border_subtitle
        await driver.press("F")
        await driver.sees("✓ build")


async def test_waiting_is_folded_and_drawn_to_scale_again(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.task(run_id, "build")
    seeder.wait(run_id)
    seeder.database.close()
    shift_times(path)
    async with opened(path, size=(120, 40), clock=lambda: NOW + timedelta(hours=3)) as driver:
        shown = await page(driver)
        await pane(driver, "tasks")
        await driver.press("h")
        assert "waiting folded" in shown.query_one(StepFrame).border_subtitle
        await driver.sees("⋯")
        await driver.press("l")
        await driver.sees_no("⋯")


# A task's page.


@pytest.mark.parametrize("size", SIZES)
async def test_task_tells_its_attempts_inputs_and_result(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    retried(seeder, run_id)
    async with opened(path, size=size) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TaskPage))
        await driver.sees("Attempts")
        text = driver.app.screen.text()
        for said in ("failed: OSError: refused", "completed", "artifact = 'app.tar.gz'", 'url: "s3://bucket"'):
            assert said in " ".join(text.split()), said
        assert "try 2" in driver.text or size[0] < 80
        await driver.press("escape")
        assert isinstance(driver.app.screen, RunPage)


async def test_task_that_failed_tells_its_error_with_the_traceback(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    failing(seeder, run_id)
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "enter")
        await driver.sees("Traceback (most recent call last):")
        assert "No inputs." in driver.text
        assert "Attempts" not in driver.text


async def test_task_without_recorded_inputs_says_so(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.task(run_id, "build")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "enter")
        await driver.sees("Not recorded:")
        await driver.sees("Not stored.")


async def test_task_shows_its_own_log_lines_as_they_come(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    task_id = begin(seeder, run_id, "fetch")
    seeder.log(run_id, "of the flow")
    log_writing.append(seeder.database, flow_run_id=run_id.hex, task_run_id=task_id, level=20, message="of the task")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "enter")
        await driver.sees("of the task")
        assert "of the flow" not in driver.text
        log_writing.append(seeder.database, flow_run_id=run_id.hex, task_run_id=task_id, level=20, message="one more")
        await driver.sees("one more")


async def test_result_is_shown_without_running_its_code(opened, path, seeder, tmp_path):
    run_id = seeder.run("brave-emu")
    task_id = begin(seeder, run_id, "fetch", "{}")
    end(seeder, run_id, task_id, named("Completed"), results.encode({1, 2, 3}))
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "enter")
        await driver.sees("{1, 2, 3}")


# The log.


@pytest.fixture
def chatty(seeder) -> UUID:
    """A run with a log of many lines."""
    run_id = seeder.run("brave-emu")
    for index in range(60):
        seeder.log(run_id, f"line {index} " + "x" * 100 * (index == 58), 10 if index % 3 == 0 else 20)
    seeder.log(run_id, "Something looks odd", 30)
    return run_id


async def on_the_log(driver) -> LogView:
    await page(driver)
    log = await pane(driver, "log")
    await driver.sees("Something looks odd")
    return log


@pytest.mark.parametrize("size", SIZES)
async def test_log_begins_at_its_end_and_says_that_it_follows(opened, path, chatty, size):
    async with opened(path, size=size) as driver:
        await on_the_log(driver)
        assert "following" in driver.text


@pytest.mark.parametrize("size", SIZES)
async def test_new_lines_are_counted_while_one_reads_further_up(opened, path, seeder, chatty, size):
    async with opened(path, size=size) as driver:
        await on_the_log(driver)
        await driver.press("pageup", "k")
        seeder.log(chatty, "the newest")
        await driver.sees("1 new ↓")
        await driver.press("f")
        await driver.sees("the newest")
        await driver.sees("following")


async def test_search_marks_hits_and_goes_through_them(opened, path, chatty):
    async with opened(path, size=(80, 24)) as driver:
        log = await on_the_log(driver)
        await driver.press("slash", *"line 4", "enter")
        assert log.selected.message == "line 49 "
        await driver.sees("11 of 11 hits")
        await driver.press("less_than_sign")
        assert log.selected.message == "line 48 "
        await driver.press("greater_than_sign", "greater_than_sign")
        assert log.selected.message == "line 4 "
        assert any(cell.tone == "hit" for cell in log.cells(log.cursor, 60))
        await driver.press("escape")
        assert isinstance(driver.app.screen, RunPage)
        assert not log.sought


async def test_search_without_a_hit_says_so_and_capitals_count_when_typed(opened, path, chatty):
    async with opened(path, size=(80, 24)) as driver:
        log = await on_the_log(driver)
        await driver.press("slash", *"LINE", "enter")
        await driver.sees("no hits")
        await driver.press("slash")
        await driver.press(*["backspace"] * 4, *"something", "enter")
        await driver.sees("1 of 1 hit")
        assert log.selected.message == "Something looks odd"


async def test_level_narrows_the_log_and_keeps_what_is_sought(opened, path, chatty):
    async with opened(path, size=(80, 24)) as driver:
        log = await on_the_log(driver)
        await driver.press("slash", *"line 4", "enter", "L")
        await driver.sees("8 hits")
        await driver.press("L")
        await driver.sees("WARNING+")
        await driver.sees("Something looks odd")
        assert log.sought == "line 4"
        assert "line 4" not in driver.text
        await driver.press("L")
        await driver.sees("No lines at this level; 61 are hidden.")
        await driver.press("L")
        await driver.sees("line 59")


@pytest.mark.parametrize("size", SIZES)
async def test_level_of_a_line_is_told_without_colour(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    for level, message in ((10, "detail"), (20, "news"), (30, "odd"), (40, "broken")):
        seeder.log(run_id, message, level)
    async with opened(path, size=size) as driver:
        await page(driver)
        await pane(driver, "log")
        for line in ("· detail", "  news", "! odd", "✗ broken"):
            await driver.sees(line)


async def test_wrapping_and_times_are_switched_and_remembered_for_the_next_page(opened, path, chatty):
    async with opened(path, size=(80, 24)) as driver:
        log = await on_the_log(driver)
        lines = log.count
        await driver.press("w")
        assert log.count == lines - 2
        await driver.press("t")
        assert not any(line.startswith((" 0", " 1", " 2")) for line in driver.lines[4:-1])
        await driver.press("right")
        assert "ing looks odd" not in driver.lines[4]
        await driver.press("escape")
        again = await on_the_log_again(driver)
        assert (again.options.wrap, again.options.timestamps) == (False, False)


async def on_the_log_again(driver) -> LogView:
    await page(driver)
    return await pane(driver, "log")


async def test_log_is_searched_and_narrowed_by_commands(opened, path, chatty):
    async with opened(path, size=(80, 24)) as driver:
        log = await on_the_log(driver)
        await driver.press("colon", *"level warning", "enter")
        assert log.options.level == 30
        await driver.press("colon", *"level loud", "enter")
        await driver.sees("There is no level loud")
        await driver.press("escape", "colon", *"level all", "enter")
        await driver.press("colon", *"search line 7", "enter")
        assert log.selected.message == "line 7 "


# Copying, files, what if.


@pytest.mark.parametrize("size", SIZES)
async def test_line_and_all_of_a_pane_are_copied(opened, path, chatty, size):
    async with opened(path, size=size) as driver:
        await on_the_log(driver)
        await driver.press("y")
        assert driver.app.clipboard == "Something looks odd"
        await driver.hears("Copied the line.")
        await driver.press("Y")
        assert driver.app.clipboard.count("\n") == 60
        assert "WARNING  Something looks odd" in driver.app.clipboard
        await driver.hears("Copied 61 lines.")


async def test_id_of_a_task_is_copied_from_the_timeline(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    task_id = seeder.task(run_id, "build")
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await pane(driver, "tasks")
        await driver.press("end", "y")
        assert driver.app.clipboard == str(task_id)
        await driver.press("home", "y")
        assert driver.app.clipboard == str(run_id)


async def test_run_is_exported_as_show_prints_it_and_never_over_another_file(
    opened, path, seeder, tmp_path, monkeypatch
):
    run_id = seeder.run("brave emu/../x")
    seeder.task(run_id, "build")
    monkeypatch.chdir(tmp_path)
    async with opened(path) as driver:
        await page(driver)
        await driver.press("E")
        await driver.hears("Exported to")
        await driver.press("E")
        await driver.hears("-2.json")
    first, second = tmp_path / "holdfast-brave-emu-..-x.json", tmp_path / "holdfast-brave-emu-..-x-2.json"
    assert first.read_text() == second.read_text()
    assert first.stat().st_mode & 0o777 == 0o600
    found = json.loads(first.read_text())
    assert found["flow_run_id"] == str(run_id)
    assert [each["task_name"] for each in found["task_runs"]] == ["build"]


async def test_folder_that_cannot_be_written_to_is_said(opened, path, seeder, monkeypatch):
    from holdfast_tui.user import user_files

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(user_files, "export", refuse)
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await page(driver)
        await driver.press("E")
        await driver.hears("Permission denied")


@pytest.mark.parametrize("size", SIZES)
async def test_what_will_happen_is_told(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    retried(seeder, run_id)
    failing(seeder, run_id)
    seeder.state(run_id, "Failed", "ValueError: checksum differs")
    async with opened(path, size=size) as driver:
        await page(driver)
        await driver.press("W")
        await driver.until(lambda: isinstance(driver.app.screen, WhatIfScreen))
        await driver.sees("If you retry brave-emu")
        said = " ".join(driver.app.screen.text.split())
        assert "Used again: 1 finished task upload" in said
        assert "Done again: 1 task check: it failed" in said
        assert "The file is missing" in said
        await driver.press("end")
        await driver.sees("tell.")
        await driver.press("escape")
        assert isinstance(driver.app.screen, RunPage)


async def test_secret_answers_are_nowhere_to_be_seen(opened, path, seeder):
    secret = {"properties": {"token": {"type": "string", "format": "password", "writeOnly": True}}, **SCHEMA}
    secret["properties"] = {**SCHEMA["properties"], "token": {"type": "string", "format": "password"}}
    run_id = seeder.run("brave-emu")
    wait = seeder.wait(run_id, schema=secret)
    waits.give_answer(seeder.database, wait.id.hex, {"approve": True, "token": "hunter2"}, "bo@laptop", "cli")
    waits.accept(seeder.database, wait.id.hex)
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await driver.sees("approve: true")
        assert "hunter2" not in driver.text
        await pane(driver, "waits")
        await driver.press("Y")
        assert "approve: true" in driver.app.clipboard
        assert "hunter2" not in driver.app.clipboard
        await driver.press("W")
        await driver.sees("Answers used again")
        assert "hunter2" not in driver.app.screen.text


# Children, and room.


async def test_children_are_a_tree_and_open(opened, path, seeder):
    parent = seeder.run("brave-emu")
    child = seeder.run("small-emu", "notify", parent=parent)
    seeder.run("tiny-emu", "mail", parent=child)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("end")
        await driver.settle()
        shown = await page(driver)
        assert [(each.depth, each.run.name) for each in shown._children.records] == [(0, "small-emu"), (1, "tiny-emu")]
        await pane(driver, "children")
        await driver.press("down", "enter")
        await driver.until(lambda: driver.app.screen is not shown)
        await driver.sees("child of small-emu")


async def test_result_of_a_run_is_shown(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    runs.finish(seeder.database, run_id.hex, named("Completed"), results.encode({"rows": 3}), ACTOR)
    assert queries.get_result(seeder.database, run_id)
    async with opened(path, size=(120, 40)) as driver:
        await page(driver)
        await driver.sees("Result")
        await driver.sees("rows: 3")


async def test_pane_takes_all_the_room_and_gives_it_back(opened, path, chatty):
    async with opened(path, size=(120, 40)) as driver:
        log = await on_the_log(driver)
        before = log.size
        await driver.press("m")
        await driver.until(lambda: log.size.height > before.height)
        assert driver.app.screen.query_one(StepList).region.area == 0
        await driver.press("m")
        await driver.until(lambda: log.size == before)


@pytest.mark.parametrize("size", [(100, 24), (100, 30), (120, 40)])
async def test_every_pane_shows_something_however_long_the_timeline(opened, path, seeder, size):
    run_id = seeder.run("brave-emu")
    for _ in range(20):
        seeder.task(run_id, "build")
    seeder.state(seeder.run("calm-heron", parent=run_id), "Completed")
    seeder.wait(run_id)
    async with opened(path, size=size) as driver:
        await driver.press("end")
        shown = await page(driver)
        await driver.until(lambda: all(each.scrollable_content_region.height > 0 for each in shown.panes))


# Text is text.

EVIL = "[/x] [b]\x1b[2J\x1b]52;c;aGk=\x07 \u202e\x9b31m\n\t{}"


async def test_no_text_of_a_run_is_more_than_text_on_its_pages(opened, path, seeder):
    run_id = seeder.run(f"n {EVIL}", f"f {EVIL}")
    task_id = begin(seeder, run_id, f"t {EVIL}", results.inputs_text({f"i {EVIL}": EVIL}))
    ids = {"task_run_id": task_id, "flow_run_id": run_id.hex, "actor": f"a {EVIL}"}
    tasks.await_retry(seeder.database, message=f"again, after {EVIL}", **ids)
    tasks.try_again(seeder.database, message=EVIL, attempt=2, **ids)
    log_writing.append(seeder.database, flow_run_id=run_id.hex, task_run_id=task_id, level=40, message=EVIL)
    end(seeder, run_id, task_id, named("Failed", EVIL), results.encoded_error(ValueError(EVIL)).body)
    seeder.state(seeder.run(f"c {EVIL}", parent=run_id), "Completed")
    wait = seeder.wait(run_id, f"k {EVIL}", description=EVIL)
    waits.give_answer(seeder.database, wait.id.hex, {"note": EVIL}, EVIL, "cli")
    waits.accept(seeder.database, wait.id.hex)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("end")
        shown = await page(driver)
        texts = [driver.text]
        for each in shown.panes:
            await pane(driver, each.id)
            await driver.press("Y")
            texts += [driver.text, driver.app.clipboard]
        await driver.press("W")
        await driver.until(lambda: isinstance(driver.app.screen, WhatIfScreen))
        texts.append(driver.text)
        await driver.press("escape")
        await pane(driver, "tasks")
        await driver.press("home", "down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, TaskPage))
        await driver.sees("Inputs")
        await driver.press("Y", "slash", "x", "enter")
        texts += [driver.text, driver.app.clipboard]
    for text in texts:
        assert not set(text) & set("\x1b\x07\x9b\u202e\t"), text
