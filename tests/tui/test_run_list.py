"""The list of runs as a whole: filters, orders, columns, marks, its tree, and runs that come."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from seeding import NOW, bulk
from textual import events
from textual.widgets import Input

from holdfast.filters import Order, Sort
from holdfast_tui.data.run_window import Ids, RunRow
from holdfast_tui.widgets.headed_list import ColumnHeads
from holdfast_tui.widgets.run_columns import COLUMNS, Place
from holdfast_tui.widgets.run_tree import Tree

pytestmark = pytest.mark.anyio

SIZES = [(40, 12), (80, 24), (120, 40)]


def names(driver):
    """The runs that are on the screen, from the top, as far as their names are shown."""
    runs = driver.app.main.runs
    lines = range(runs.top, min(runs.count, runs.top + runs.page_height))
    rows = [runs._row(line) for line in lines]
    return [row.run.name if row else None for row in rows]


def head(driver):
    """The heads of the columns."""
    return next(line for line in driver.lines if "State" in line)


@pytest.fixture
def family(path, seeder):
    """A run with two children, of which the first has a child, beside two runs without."""
    seeder.run("alone")
    top = seeder.run("top")
    first = seeder.run("first", parent=top)
    seeder.run("second", parent=top)
    seeder.run("grandchild", parent=first)
    seeder.run("newest")
    return path


# The filter.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("otter", ["golden-otter"]),
        ("!report !state:completed,failed", ["lazy-crane", "misty-tern", "tidy-magpie", "golden-otter"]),
        ("~gdnr", ["golden-otter"]),
        ("state:failed", ["brisk-lynx"]),
        ("flow:correct*", ["lazy-crane", "misty-tern"]),
        ("heron state:completed", ["calm-heron"]),
    ],
)
async def test_a_filter_shows_the_runs_that_fit(opened, story, size, text, expected):
    async with opened(story, size=size) as driver:
        await driver.press("slash", *text)
        await driver.until(lambda: names(driver) == expected)


async def test_ages_are_counted_from_the_time_that_is_shown(opened, path):
    bulk(path, 50)
    async with opened(path, clock=lambda: NOW) as driver:
        await driver.press("slash", *"age<3s")
        await driver.until(lambda: names(driver) == ["run-0000049", "run-0000048", "run-0000047", "run-0000046"])
        await driver.press("escape", "slash", *"age>47s")
        await driver.until(lambda: names(driver) == ["run-0000001", "run-0000000"])


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_wrong_with_a_filter_is_said_under_it_and_the_rest_of_it_holds(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("slash", *"otter state:pasued")
        await driver.until(lambda: "did you mean paused?" in driver.prose)
        assert names(driver) == ["golden-otter"]
        await driver.press("enter")
        await driver.press("escape")
        await driver.until(lambda: "did you mean" not in driver.prose)


async def test_tab_completes_keys_and_values_and_goes_round(opened, story):
    async with opened(story) as driver:
        field = driver.app.main.view.filter_input
        await driver.press("slash", *"fl", "tab")
        assert field.value == "flow:"
        await driver.press("n", "tab")
        assert field.value == "flow:nightly-import"
        await driver.press("space", *"state:pau", "tab")
        assert field.value == "flow:nightly-import state:paused"
        await driver.press("tab")
        assert field.value == "flow:nightly-import state:pausing"
        await driver.press("tab")
        assert field.value == "flow:nightly-import state:paused"


async def test_what_may_come_next_is_shown_under_the_filter(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"flow:")
        await driver.sees("flow:correct-data  flow:nightly-import")
        await driver.press("r")
        await driver.sees("flow:release  flow:report")


async def test_filters_that_were_used_come_back_with_the_arrows(opened, story):
    async with opened(story) as driver:
        await driver.press("slash", *"otter", "enter", "escape", "slash", *"heron", "enter", "escape")
        field = driver.app.main.view.filter_input
        await driver.press("slash", "up")
        assert field.value == "heron"
        await driver.press("up", "up")
        assert field.value == "otter"
        await driver.until(lambda: names(driver) == ["golden-otter"])
        await driver.press("down", "down")
        assert field.value == ""


async def test_failures_only_is_a_filter_that_the_key_takes_back(opened, story):
    async with opened(story) as driver:
        await driver.press("F")
        await driver.until(lambda: names(driver) == ["brisk-lynx"])
        assert driver.app.screen.query_one("#filter", Input).value == "state:failed,crashed"
        await driver.press("F")
        await driver.sees("eager-finch")


@pytest.mark.parametrize("text", ["run-00", "state:completed", "state:running run"])
async def test_a_filtered_list_follows_what_changes(opened, path, seeder, text):
    kept = [seeder.run(f"run-00{index}") for index in range(3)]
    for run_id in kept:
        seeder.state(run_id, "Completed")
    other = seeder.run("other")
    async with opened(path) as driver:
        await driver.press("slash", *text, "enter")
        running = "running" in text
        await driver.until(lambda: len(names(driver)) == (0 if running else 3))
        new = seeder.run("run-003")
        if not running:
            seeder.state(new, "Completed")
        seeder.state(other, "Completed" if text == "state:completed" else "Failed")
        expected = {"run-003"} if running else {"run-003", "run-002", "run-001", "run-000"}
        expected |= {"other"} if text == "state:completed" else set()
        await driver.until(lambda: set(names(driver)) == expected)


async def test_a_long_filtered_list_is_scrolled_to_its_end(opened, path):
    bulk(path, 3_000, lambda index: "Completed" if index % 3 else "Failed")
    async with opened(path) as driver:
        runs = driver.app.main.runs
        await driver.press("slash", *"took>1s state:completed run", "enter")
        await driver.until(lambda: runs.count == 2_000 and not runs.busy)
        await driver.press("G")
        await driver.sees("run-0000001")
        assert driver.app.main.run.name == "run-0000001"


# Orders and columns.


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("Run: A to Z", ["brisk-lynx", "calm-heron"]), ("State: needs", ["lazy-crane", "misty-tern"])],
)
async def test_another_order_is_chosen(opened, story, choice, expected):
    async with opened(story) as driver:
        await driver.press("o")
        await driver.sees(choice)
        line = next(line for line in driver.lines if choice in line)
        options = [each for each in driver.lines if ": " in each and ("first" in each or "A to Z" in each)]
        await driver.press(*["j"] * options.index(line), "enter")
        await driver.until(lambda: names(driver)[:2] == expected)
        assert "↓" in head(driver)


@pytest.mark.parametrize("size", SIZES)
async def test_an_order_is_reversed(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("O")
        await driver.until(lambda: names(driver)[0] == "calm-heron")
        assert "Age↑" in head(driver)
        await driver.press("O")
        await driver.until(lambda: names(driver)[0] == "eager-finch")


async def test_a_sorted_list_takes_in_what_is_new(opened, path, seeder):
    seeder.run("b")
    async with opened(path) as driver:
        driver.app.main.runs.sort(Order(Sort.NAME))
        await driver.until(lambda: names(driver) == ["b"])
        seeder.run("a")
        await driver.until(lambda: names(driver) == ["a", "b"])
        assert driver.app.main.run.name == "b", "the cursor stays on its run"


async def test_wide_shows_ids_and_tags(opened, story):
    async with opened(story, size=(120, 40)) as driver:
        run = driver.app.main.run
        await driver.press("w")
        await driver.sees(str(run.id)[:13])
        await driver.press("w")
        await driver.sees_no(str(run.id)[:13])


@pytest.mark.parametrize("size", SIZES)
async def test_columns_are_chosen(opened, story, size):
    async with opened(story, size=size) as driver:
        await driver.press("C")
        await driver.sees("backspace")
        await driver.press(*["j"] * 5, "space", "enter")
        await driver.until(lambda: "Age" not in head(driver))
        await driver.press("C", "backspace")
        await driver.until(lambda: "Age" in head(driver))


@pytest.mark.parametrize("size", SIZES)
async def test_how_many_runs_there_are_is_said_where_it_hides_no_head(opened, story, size):
    async with opened(story, size=size) as driver:
        heads = next(line for line in driver.lines if "Run" in line and "State" in line)
        assert heads.endswith("9 runs") == (size[0] >= 80)
        assert "Age" in heads
        driver.app.main.view.set_columns(["name", "took"])
        await driver.sees_no("State")
        assert any(line.endswith("Took") for line in driver.lines)


async def test_order_and_columns_are_remembered(opened, story):
    async with opened(story) as driver:
        view = driver.app.main.view
        assert view.sort_by("-took") is None
        assert view.set_columns(["name", "took"]) is None
        assert view.sort_by("beauty") == (
            "Runs cannot be sorted by beauty, only by created, updated, ended, state, took, name, flow."
        )
        assert "There is no column price" in view.set_columns(["price"])
        await driver.settle()
    async with opened(story) as driver:
        await driver.until(lambda: any("Took↑" in line for line in driver.lines))
        runs = driver.app.main.runs
        assert (runs.shown_columns, runs.order) == (["name", "took"], Order(Sort.TOOK, reverse=True))


async def test_commands_know_filters_orders_and_columns(opened, story):
    async with opened(story) as driver:
        await driver.press("colon", *"runs state:fail", "tab", "enter")
        await driver.until(lambda: names(driver) == ["brisk-lynx"])
        await driver.press("escape", "colon", *"sort name", "enter")
        await driver.until(lambda: names(driver)[:1] == ["brisk-lynx"])
        await driver.press("colon", *"columns id name", "enter")
        await driver.until(lambda: driver.app.main.runs.shown_columns == ["id", "name"])


# Marks.


@pytest.mark.parametrize("size", SIZES)
async def test_space_marks_and_escape_takes_the_marks_away(opened, story, size):
    async with opened(story, size=size) as driver:
        view = driver.app.main.view
        await driver.press("space", "space")
        assert [run.name for run in view.targets] == ["eager-finch", "vivid-newt"]
        assert sum("◆" in line for line in driver.lines) == 2
        await driver.sees("2 marked")
        await driver.press("k", "space")
        assert [run.name for run in view.targets] == ["eager-finch"]
        await driver.press("escape")
        assert not view.runs.marked
        assert [run.name for run in view.targets] == ["lazy-crane"]


async def test_a_range_is_marked_from_the_last_mark(opened, story):
    async with opened(story) as driver:
        await driver.press("space", "j", "j", "V")
        assert [run.name for run in driver.app.main.view.targets] == [
            "eager-finch", "vivid-newt", "lazy-crane", "misty-tern",
        ]  # fmt: skip


async def test_marks_stay_on_their_runs_when_others_come(opened, path, seeder):
    seeder.run("first")
    async with opened(path) as driver:
        await driver.press("space")
        seeder.run("second")
        await driver.sees("second")
        assert next(line for line in driver.lines if "◆" in line).split()[-3:][0] != "second"
        assert [run.name for run in driver.app.main.view.targets] == ["first"]


@pytest.mark.parametrize("text", ["", "state:failed", "run"])
async def test_a_range_and_all_reach_beyond_what_is_loaded(opened, path, text):
    bulk(path, 2_000, lambda index: "Failed" if index % 2 else "Completed")
    async with opened(path) as driver:
        view, runs = driver.app.main.view, driver.app.main.runs
        if text:
            await driver.press("slash", *text, "enter")
        count = 1_000 if text == "state:failed" else 2_000
        await driver.until(lambda: runs.count == count and not runs.busy)
        await driver.press("j", "space", "G")
        await driver.until(lambda: driver.app.main.run is not None and not runs.busy)
        await driver.press("k", "V")
        await driver.until(lambda: len(view.target_ids) == count - 2)
        await driver.press("asterisk")
        await driver.until(lambda: len(view.target_ids) == count)
        assert len(set(view.target_ids)) == count


async def test_how_many_are_marked_at_once_is_bounded_and_said(opened, path, monkeypatch):
    bulk(path, 300)
    async with opened(path) as driver:
        runs = driver.app.main.runs
        monkeypatch.setattr(type(runs), "MOST_MARKED", 100)
        await driver.until(lambda: runs.count == 300)
        await driver.press("asterisk")
        await driver.hears("Marked 100 runs")
        assert len(runs.marked) == 100


async def test_a_verb_acts_on_the_marked_runs(opened, path, seeder):
    for name in ("one", "two", "three"):
        seeder.run(name)
    async with opened(path) as driver:
        await driver.press("space", "space", "c")
        await driver.until(lambda: "Cancel 2 runs" in driver.prose)
        await driver.press("y")
        await driver.until(lambda: not driver.app.main.runs.marked)


# The tree.


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_unfolds_in_its_place_and_folds(opened, family, size):
    async with opened(family, size=size) as driver:
        assert names(driver) == ["newest", "top", "alone"]
        assert any("top ▸" in line for line in driver.lines)
        await driver.press("j", "l")
        await driver.until(lambda: names(driver) == ["newest", "top", "first", "second", "alone"])
        assert any("└ first ▸" in line for line in driver.lines)
        await driver.press("j", "right")
        await driver.until(lambda: names(driver) == ["newest", "top", "first", "grandchild", "second", "alone"])
        assert driver.app.main.run.name == "first"
        await driver.press("j", "left")
        assert driver.app.main.run.name == "first"
        await driver.press("h", "h")
        assert driver.app.main.run.name == "top"
        await driver.press("h")
        assert names(driver) == ["newest", "top", "alone"]


async def test_children_move_while_they_are_shown(opened, family, seeder):
    async with opened(family) as driver:
        await driver.press("j", "l")
        await driver.sees("└ second")
        top = driver.app.main.run.id
        third = seeder.run("third", parent=top)
        await driver.sees("└ third")
        seeder.state(third, "Failed", "no luck")
        await driver.until(lambda: any("Failed" in line and "third" in line for line in driver.lines))
        seeder.run("still-newer")
        await driver.until(lambda: names(driver)[:3] == ["still-newer", "newest", "top"])
        assert names(driver)[3] == "first"
        assert driver.app.main.run.name == "top"


async def test_a_child_is_opened_and_marked_like_any_run(opened, family):
    async with opened(family) as driver:
        await driver.press("j", "l")
        await driver.sees("└ second")
        await driver.press("j", "space")
        assert [run.name for run in driver.app.main.view.targets] == ["first"]
        await driver.press("k", "enter")
        await driver.sees("Runs › first")


async def test_a_filter_shows_children_too(opened, family):
    async with opened(family) as driver:
        await driver.press("slash", *"is:child", "enter")
        await driver.until(lambda: names(driver) == ["grandchild", "second", "first"])


def row(number):
    """A row with an id and nothing else that the tree looks at."""
    from holdfast.records import FlowRun
    from holdfast.states import named

    run_id = UUID(int=number)
    return RunRow(
        FlowRun(run_id, str(number), "f", named("Running"), NOW, NOW, None, 1, None, run_id, None, None, None)
    )


def test_lines_and_places_of_a_tree():
    tree = Tree()
    tree.unfold(UUID(int=1), 2)
    tree.unfold(UUID(int=2), 5)
    tree.unfold(UUID(int=11), None)
    children = {UUID(int=1): [row(11), row(12)], UUID(int=2): [row(21)], UUID(int=11): [row(111)]}
    tree.take(children, lambda _, place: place)

    assert tree.extra == 4
    lines = [tree.at(line) for line in range(11)]
    assert [place for place, _ in lines] == [0, 1, 2, 2, 2, 2, 3, 4, 5, 5, 6]
    assert [under.row.run.id.int if under else None for _, under in lines] == [
        None, None, None, 11, 111, 12, None, None, None, 21, None,
    ]  # fmt: skip
    assert lines[4][1].place == Place(2, False)
    assert [tree.line(place) for place in range(7)] == [0, 1, 2, 6, 7, 8, 10]
    assert [tree.line_of(UUID(int=each)) for each in (11, 111, 12, 21, 3)] == [3, 4, 5, 9, None]
    tree.take(children, lambda run_id, place: None if run_id.int == 1 else place + 1)
    assert tree.extra == 1
    assert tree.line_of(UUID(int=21)) == 7


@pytest.mark.parametrize("up", [False, True])
def test_packed_ids_keep_their_order(up):
    ids = Ids()
    every = [UUID(int=each << 100) for each in (1, 3, 5, 7, 9)]
    for each in every if up else reversed(every):
        ids.extend(each.bytes)
    changed = ids.update([UUID(int=3 << 100), UUID(int=4 << 100)], [UUID(int=6 << 100), UUID(int=9 << 100)], up=up)
    assert changed == (1, 1)
    found = [each.int >> 100 for each in ids.part(0, 99)]
    assert found == ([1, 5, 6, 7, 9] if up else [9, 7, 6, 5, 1])
    assert ids.index(UUID(int=6 << 100)) == 2
    assert ids.index(UUID(int=8 << 100)) is None


@pytest.mark.parametrize(
    ("column", "at", "first"), [("name", "Run", "run-0000000"), ("state", "State", "run-0000001"), ("note", "", None)]
)
async def test_click_on_the_head_of_a_column_sorts_by_it(opened, path, column, at, first):
    bulk(path, 4, lambda index: "Completed" if index != 1 else "Running")
    async with opened(path, size=(120, 40)) as driver:
        x = head(driver).index(at) if at else 110
        await driver.pilot.click(ColumnHeads, offset=(x, 0))
        await driver.until(lambda: first is None or names(driver)[0] == first)
        assert driver.app.main.runs.order == (Order(COLUMNS[column].sort) if at else Order())


@pytest.mark.parametrize(("size", "said"), [((80, 24), True), ((120, 40), False)], ids=str)
async def test_order_by_a_column_that_has_no_room_is_said_beside_the_heads(opened, path, size, said):
    bulk(path, 4)
    async with opened(path, size=size) as driver:
        await driver.press("colon", *"sort", "space", *"-took", "enter")
        await driver.until(lambda: ("by took↑" if said else "Took↑") in driver.text)
        assert ("by took↑" in driver.text) is said


async def test_second_click_on_a_head_turns_the_order_round(opened, path):
    bulk(path, 4)
    async with opened(path, size=(120, 40)) as driver:
        x = head(driver).index("Run")
        await driver.pilot.click(ColumnHeads, offset=(x, 0))
        await driver.until(lambda: names(driver)[0] == "run-0000000")
        await driver.pilot.click(ColumnHeads, offset=(x, 0))
        await driver.until(lambda: names(driver)[0] == "run-0000003")
        assert driver.app.memory.preferences.sort == "-name"


# What is new.


async def test_runs_that_come_above_what_is_in_view_are_counted(opened, path, seeder):
    bulk(path, 100)
    async with opened(path) as driver:
        runs = driver.app.main.runs
        await driver.until(lambda: runs.count == 100)
        await driver.press("G")
        await driver.until(lambda: driver.app.main.run is not None)
        for index in range(3):
            seeder.run(f"new-{index}")
        await driver.sees("3 new ↑")
        assert driver.app.main.run.name == "run-0000000"
        await driver.press("g")
        await driver.sees_no("new ↑")


async def test_runs_that_a_filter_had_left_out_are_not_called_new(opened, path, seeder):
    bulk(path, 300, lambda index: "Failed" if index % 3 == 0 else "Completed")
    async with opened(path) as driver:
        await driver.press("slash", *"state", "colon", *"failed", "enter")
        await driver.until(lambda: driver.app.main.runs.count == 100)
        await driver.press("escape")
        await driver.until(lambda: driver.app.main.runs.count == 300)
        assert driver.app.main.run.name == "run-0000299"
        assert "new ↑" not in driver.text


async def test_last_run_is_gone_to_as_soon_as_it_is_known_how_many_there_are(opened, path):
    bulk(path, 300)
    async with opened(path) as driver:
        driver.app.main.view.set_filter("state:completed")
        driver.app.main.runs.action_last()
        await driver.until(lambda: driver.app.main.run is not None and driver.app.main.run.name == "run-0000000")


async def test_following_stays_on_the_newest_until_the_cursor_is_moved(opened, path, seeder):
    seeder.run("first")
    async with opened(path) as driver:
        await driver.press("f")
        await driver.sees("following")
        seeder.run("second")
        await driver.until(lambda: driver.app.main.run is not None and driver.app.main.run.name == "second")
        await driver.press("j")
        await driver.sees_no("following")
        seeder.run("third")
        await driver.sees("third")
        assert driver.app.main.run.name == "first"


async def test_following_ends_where_one_scrolls_away(opened, path):
    bulk(path, 100)
    async with opened(path) as driver:
        await driver.press("f")
        await driver.sees("following")
        for _ in range(3):
            await driver.pilot._post_mouse_events([events.MouseScrollDown], "#runs-list", offset=(5, 5))
        await driver.sees_no("following")


async def test_typing_fast_ends_at_what_was_typed_last(opened, story):
    async with opened(story) as driver:
        await driver.press("slash")
        field = driver.app.main.view.filter_input
        for text in ("o", "ot", "otter", "state:failed", "heron", "lynx"):
            field.value = text
            await asyncio.sleep(0)
        await driver.until(lambda: names(driver) == ["brisk-lynx"])
