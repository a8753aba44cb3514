"""The list of runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from seeding import NOW, bulk
from textual.widgets import Input

from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.widgets.run_columns import COLUMNS, Look, columns

pytestmark = pytest.mark.anyio


def names(driver) -> list[str]:
    """The runs on the screen, from the top."""
    lines = driver.lines
    head = next(index for index, line in enumerate(lines) if line.split()[:1] == ["State"])
    rows = [line.lstrip("▌ ").split() for line in lines[head + 1 : -1]]
    return [row[2] for row in rows if row]


async def test_newest_run_comes_first(opened, story):
    async with opened(story) as driver:
        assert names(driver)[0] == "eager-finch"
        assert names(driver)[-1] == "calm-heron"


async def test_state_is_told_by_symbol_and_word(opened, story):
    async with opened(story) as driver:
        assert "✗ Failed" in driver.text
        assert "✓ Completed" in driver.text
        assert "‖ Paused" in driver.text


async def test_request_shows_who_asked_and_when(opened, story):
    async with opened(story, size=(120, 40)) as driver:
        line = next(line for line in driver.lines if "vivid-newt" in line)
        assert "Suspending" in line
        assert "asked 5s ago by bo@laptop" in line


async def test_run_that_has_paused_as_it_was_asked_shows_who_asked_and_since_when(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.ask(run_id, "pause")
    seeder.state(run_id, "Paused")
    async with opened(path, size=(120, 40), clock=lambda: datetime.now(UTC)) as driver:
        line = next(line for line in driver.lines if "brave-emu" in line)
        assert re.search(r"Paused .* since \d+s ago by bo@laptop", line)
        assert "asked" not in line
        await driver.press("enter")
        await driver.until(lambda: re.search(r"‖ Paused, since \d+s ago by bo@laptop", driver.text))


async def test_paused_run_shows_its_question_with_the_time_left(opened, story):
    async with opened(story, size=(120, 40)) as driver:
        line = next(line for line in driver.lines if "golden-otter" in line)
        assert "59:55  Ship 2.1 to production?" in line


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["j"], "vivid-newt"),
        (["down", "down", "k"], "vivid-newt"),
        (["G"], "calm-heron"),
        (["end", "home"], "eager-finch"),
        (["pagedown"], "calm-heron"),
        (["G", "g"], "eager-finch"),
    ],
)
async def test_keys_move_the_cursor(opened, story, keys, expected):
    async with opened(story) as driver:
        await driver.press(*keys)
        assert driver.app.main.run.name == expected


async def test_half_a_page_down_and_up(opened, path, seeder):
    for index in range(60):
        seeder.run(f"run-{index}")
    async with opened(path) as driver:
        runs = driver.app.main.runs
        await driver.press("ctrl+d")
        assert runs.cursor == runs.page_height // 2
        await driver.press("ctrl+d", "ctrl+u", "ctrl+u")
        assert runs.cursor == 0


async def test_filter_narrows_the_list_while_typing(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"otter")
        await driver.sees_no("eager-finch")
        assert names(driver) == ["golden-otter"]


async def test_filter_knows_states_and_flows(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"state:paused")
        await driver.sees_no("eager-finch")
        assert set(names(driver)) == {"lazy-crane", "misty-tern", "tidy-magpie", "golden-otter"}
        await driver.press("space", *"flow:release")
        await driver.sees_no("lazy-crane")
        assert names(driver) == ["golden-otter"]


async def test_filter_stays_when_enter_leaves_it_and_escape_forgets_it(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"otter", "enter")
        assert driver.app.main.run.name == "golden-otter"
        await driver.press("escape")
        await driver.sees("eager-finch")


async def test_letters_typed_into_the_filter_are_no_commands(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"qpc")
        assert driver.app.screen.query_one("#filter", Input).value == "qpc"
        await driver.sees("No run matches the filter.")


async def test_empty_database_says_what_to_do(opened, path):
    async with opened(path) as driver:
        await driver.sees("No runs yet.")
        assert "holdfast demo" in driver.text


async def test_empty_database_to_which_runs_are_about_to_come_says_so_until_they_do(opened, path, seeder):
    async with opened(path, coming="They are starting …") as driver:
        await driver.sees("They are starting …")
        assert "No runs yet." not in driver.text
        seeder.run("brave-emu")
        await driver.sees("brave-emu")
        assert "They are starting …" not in driver.text


async def test_run_of_another_process_appears(opened, path, seeder):
    async with opened(path) as driver:
        seeder.run("brave-emu")
        await driver.sees("brave-emu")


async def test_state_change_of_another_process_appears(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.sees("Running")
        seeder.state(run_id, "Failed", "no luck")
        await driver.sees("Failed")


async def test_cursor_stays_on_its_run_when_others_arrive(opened, path, seeder):
    for index in range(40):
        seeder.run(f"run-{index}")
    async with opened(path) as driver:
        await driver.press("j", "j")
        for index in range(40, 70):
            seeder.run(f"run-{index}")
        await driver.until(lambda: driver.app.main.runs.count == 70)
        assert driver.app.main.run.name == "run-37"
        assert any("run-37 " in line for line in driver.lines)


async def test_newest_stays_in_view_at_the_top(opened, path, seeder):
    seeder.run("first")
    async with opened(path) as driver:
        seeder.run("second")
        await driver.sees("second")
        assert driver.app.main.runs.top == 0
        assert driver.app.main.run.name == "first"


async def test_one_changed_run_repaints_only_its_line(opened, path, seeder, monkeypatch):
    runs = [seeder.run(f"run-{index}") for index in range(10)]
    async with opened(path) as driver:
        drawn = []
        before = driver.app.main.runs.render_line
        monkeypatch.setattr(driver.app.main.runs, "render_line", lambda y: drawn.append(y) or before(y))
        seeder.state(runs[4], "Failed")
        await driver.sees("Failed")
        assert set(drawn) == {5}, "the newest run is in line 0"


async def test_a_key_that_does_not_apply_says_why(opened, story):
    async with opened(story) as driver:
        await driver.press("r")
        await driver.hears("Cannot resume a run that isn't paused!")


async def test_cancel_asks_first_and_names_the_run(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("c")
        await driver.sees("Cancel brave-emu?")
        assert "Open questions are withdrawn; a retry asks them again." in driver.prose
        await driver.press("n")
        assert driver.app.main.run.state.name == "Running"
        await driver.press("c", "y")
        await driver.hears("Asked brave-emu to cancel; not done yet.")
        await driver.sees("Cancelling")


@pytest.mark.parametrize(("key", "state"), [("p", "Pausing"), ("s", "Suspending")])
async def test_request_shows_until_the_run_acknowledges_it(opened, path, seeder, key, state):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press(key, "y")
        await driver.sees(state)
        await driver.hears("not done yet")


async def test_resume_takes_a_request_back(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    seeder.ask(run_id, "pause")
    async with opened(path) as driver:
        await driver.press("r")
        await driver.sees("Resume brave-emu?")
        await driver.press("y")
        await driver.sees("● Running")


@pytest.mark.parametrize("state", ["Failed", "Crashed", "Cancelled"])
async def test_retry_asks_first_and_schedules_the_run_again(opened, path, seeder, state):
    seeder.state(seeder.run("brave-emu"), state)
    async with opened(path) as driver:
        await driver.press("R")
        await driver.sees("Retry brave-emu?")
        assert "It keeps what it finished, and does again what failed." in driver.prose
        await driver.press("n")
        assert driver.app.main.run.state.name == state
        await driver.press("R", "y")
        await driver.hears("brave-emu is scheduled again.")
        await driver.sees("AwaitingRetry")


async def test_what_has_not_failed_cannot_be_retried_and_the_key_says_why(opened, path, seeder):
    seeder.state(seeder.run("calm-heron"), "Completed")
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("R")
        await driver.hears("brave-emu is running; only a run that failed, crashed or was cancelled can be retried.")
        await driver.press("j", "R")
        await driver.hears("calm-heron is completed; only a run that failed, crashed or was cancelled can be retried.")


async def test_retry_of_a_flow_that_is_in_no_file_is_refused_in_words(opened, path, seeder):
    seeder.state(seeder.run("brave-emu", in_file=False), "Failed")
    async with opened(path) as driver:
        assert not driver.app.screen.active_bindings["R"].enabled
        await driver.press("R")
        await driver.hears("brave-emu cannot be retried: its flow is not in a file or module.")


async def test_a_run_below_which_somebody_is_asked_has_the_question_and_the_key_that_answers_it(opened, path, seeder):
    root = seeder.run("brave-emu")
    child = seeder.run("small-emu", parent=root)
    async with opened(path, size=(120, 40)) as driver:
        assert not driver.app.screen.active_bindings["r"].enabled
        seeder.wait(child, description="Is it in order?", deadline=None)
        await driver.sees("small-emu: Is it in order?")
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
        await driver.sees("small-emu  release")


async def test_child_run_is_retried_with_its_parent(opened, path, seeder):
    seeder.state(seeder.run("small-emu", parent=seeder.run("big-emu")), "Failed")
    async with opened(path) as driver:
        await driver.press("l", "j", "R")
        await driver.hears("small-emu runs inside another run: retry that one, and small-emu with it.")


async def test_keys_that_do_nothing_now_are_the_first_to_go_where_room_is_short(opened, path, seeder):
    seeder.state(seeder.run("calm-heron"), "Failed")
    seeder.run("brave-emu")
    async with opened(path, size=(80, 24)) as driver:
        assert "R Retry" not in driver.lines[-1]
        assert "c Cancel" in driver.lines[-1]
        await driver.press("j")
        assert "R Retry" in driver.lines[-1]
        assert "c Cancel" not in driver.lines[-1]
        assert "? Help" in driver.lines[-1]


@pytest.mark.parametrize(
    ("size", "there", "not_there"),
    [
        ((80, 24), ["/ Filter", "q Quit"], ["n New run"]),
        ((120, 40), ["n New run", ": Command"], ["w Wide"]),
        ((200, 60), ["n New run", "space Mark", "F Failures", "w Wide", "q Quit"], []),
    ],
    ids=str,
)
async def test_more_keys_are_shown_where_there_is_more_room(opened, story, size, there, not_there):
    async with opened(story, size=size) as driver:
        await driver.until(lambda: all(each in driver.lines[-1] for each in there))
        assert not any(each in driver.lines[-1] for each in not_there)


async def test_mouse_selects_and_a_double_click_opens(opened, story):
    async with opened(story) as driver:
        await driver.pilot.click("#runs-list", offset=(20, 2))
        assert driver.app.main.run.name == "lazy-crane"
        await driver.pilot.click("#runs-list", offset=(20, 2), times=2)
        await driver.sees("Runs › lazy-crane")


async def test_long_list_is_read_in_windows(opened, path, seeder):
    bulk(path, 3_000)
    async with opened(path) as driver:
        runs = driver.app.main.runs
        await driver.until(lambda: runs.count == 3_000)
        await driver.press("G")
        await driver.sees("run-0000000")
        runs.scroll_to(y=1_500, animate=False)
        await driver.sees("run-0001499")
        await driver.press("g")
        await driver.sees("run-0002999")


async def test_small_window_shows_state_name_and_age(opened, story):
    async with opened(story, size=(40, 12)) as driver:
        line = next(line for line in driver.lines if "eager-finch" in line)
        assert line.split()[1:] == ["Running", "eager-finch", "5s"] or "5s" in line
        assert all(len(line) <= 40 for line in driver.lines)


async def test_wide_characters_do_not_break_columns(opened, path, seeder):
    seeder.run("東京-data-✨", "flow")
    seeder.run("plain", "flow")
    async with opened(path, clock=lambda: NOW) as driver:
        from rich.cells import cell_len

        wide, plain = (next(line for line in driver.lines if name in line) for name in ("東京", "plain"))
        assert cell_len(wide[: wide.index("flow")]) == cell_len(plain[: plain.index("flow")])


@pytest.mark.parametrize("look", [Look(), Look(wide=True), Look(chosen=("name", "id")), Look(chosen=("tags",))])
@pytest.mark.parametrize("width", range(20, 220, 7))
def test_columns_fill_the_width(width, look):
    fitted = columns(width, look)
    assert sum(each.width for each in fitted) + len(fitted) - 1 == width


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (38, "state name age"), (78, "state name flow age note"), (118, "state name flow age took note"),
        (198, "state name flow tags age took id note"),
    ],
)  # fmt: skip
def test_as_many_columns_are_shown_as_fit(width, expected):
    assert " ".join(each.name for each in columns(width)) == expected


def test_wide_shows_all_columns_where_there_is_room():
    assert [each.name for each in columns(198, Look(wide=True))] == list(COLUMNS)
