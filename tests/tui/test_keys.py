"""Keys that arrive in one read, as of someone who types fast over a slow line, act in the order they were typed."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field
from seeding import Seeder, bulk
from textual import events
from textual._xterm_parser import XTermParser
from textual.widgets import Input, TextArea

from holdfast.store import queries, waits
from holdfast.store.database import Database
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.forms.widgets import FieldRow

BACKSPACE, TAB, CTRL_S, ESCAPE = "\x7f", "\t", "\x13", "\x1b[27u"
PASTE, END = "\x1b[200~", "\x1b[201~"


class Form(BaseModel):
    """Three fields to type into."""

    first: str
    second: str
    lines: str = Field("", json_schema_extra={"widget": "textarea"})


SCHEMA = Form.model_json_schema(schema_generator=AskedSchema)


def in_one_read(driver, text: str) -> None:
    """What the terminal's thread does with the bytes of one read."""
    for event in XTermParser().feed(text):
        driver.app._driver.process_message(event)


async def form(driver) -> AnswerScreen:
    """The form of the only question, with the first field in focus."""
    await driver.press("i", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))
    await driver.until(lambda: isinstance(driver.app.focused, Input))
    return driver.app.screen


def typed(screen) -> list[str]:
    """What stands in the controls."""
    return [each.value if isinstance(each, Input) else each.text for each in screen.query("Input, #form TextArea")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (f"a{BACKSPACE}b", ["b", "", ""]),
        (f"ab{BACKSPACE}{BACKSPACE}c{BACKSPACE}de", ["de", "", ""]),
        (f"one{TAB}two", ["one", "two", ""]),
        (f"one{TAB}two{TAB}x\ry{BACKSPACE}z", ["one", "two", "x\nz"]),
        (f"one{TAB}two\x1b[Zand", ["oneand", "two", ""]),
        ("ab\x1b[Dc", ["acb", "", ""]),
        (f"a{PASTE}bc{END}{BACKSPACE}d{TAB}{PASTE}ef{END}g", ["abd", "efg", ""]),
        (f"{TAB}{TAB}a{PASTE}b\nc{END}{BACKSPACE}d", ["", "", "ab\nd"]),
    ],
    ids=["backspace", "backspaces", "tab", "lines", "tab back", "arrow", "paste", "paste of lines"],
)
async def test_text_and_keys_that_edit_or_move_keep_their_order(opened, path, seeder, keys, expected):
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    async with opened(path) as driver:
        screen = await form(driver)
        in_one_read(driver, keys)
        await driver.until(lambda: typed(screen) == expected)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("keys", "second"),
    [
        (f"one{TAB}two", "two"),
        (f"{PASTE}one{END}{TAB}{PASTE}two{END}", "two"),
        (f"{PASTE}one{END}{TAB}{PASTE}t\nwo{END}", "t\nwo"),
    ],
    ids=["typed", "pasted", "lines pasted"],
)
async def test_answer_has_the_text_that_came_right_before_it_was_sent(opened, path, seeder, keys, second):
    wait = seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    async with opened(path) as driver:
        await form(driver)
        in_one_read(driver, f"{keys}{CTRL_S}")
        await driver.until(lambda: waits.get_wait(seeder.database, wait.id.hex).answer is not None)
        answer = waits.get_wait(seeder.database, wait.id.hex).answer
        assert (answer.value["first"], answer.value["second"]) == ("one", second)


@pytest.mark.anyio
async def test_lines_pasted_one_after_another_into_a_line_are_all_there(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    async with opened(path) as driver:
        screen = await form(driver)
        in_one_read(driver, f"ad\x1b[D{PASTE}1\n2{END}{PASTE}3{END}{PASTE}4\n5{END}")
        await driver.until(lambda: typed(screen) == ["a1\n234\n5d", "", ""])
        assert driver.app.focused is screen.query("#form TextArea").first()


@pytest.mark.anyio
async def test_draft_has_the_text_that_was_typed_right_before_it_was_left(opened, path, seeder):
    wait = seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    async with opened(path) as driver:
        await form(driver)
        in_one_read(driver, f"one{ESCAPE}")
        await driver.until(lambda: wait.id in driver.app.drafts)
        assert driver.app.drafts[wait.id].model.dump()["first"] == "one"


@pytest.mark.anyio
async def test_filter_takes_letters_that_are_keys_elsewhere(opened, story):
    async with opened(story) as driver:
        in_one_read(driver, f"/pr{BACKSPACE}{BACKSPACE}golden\r")
        await driver.until(lambda: driver.app.main.run is not None and driver.app.main.run.name == "golden-otter")
        assert driver.app.main.query_one("#filter", Input).value == "golden"
        assert driver.app.focused is driver.app.main.runs


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["/", ":", "?"])
async def test_what_is_typed_stays_when_the_focus_comes_late(opened, story, key):
    """A control hears of its focus by a message, behind what has been typed into it meanwhile."""
    async with opened(story) as driver:
        in_one_read(driver, key)
        await driver.until(lambda: isinstance(driver.app.focused, Input))
        driver.app.focused.value = "fai"
        driver.app.focused.cursor_position = 3
        driver.app.focused.post_message(events.Focus())
        await driver.pilot.pause()
        in_one_read(driver, "led")
        await driver.until(lambda: driver.app.focused.value == "failed")


@pytest.mark.anyio
async def test_verb_right_after_marking_all_reaches_all_of_them(opened, path):
    """The most of them are not loaded, and are read before they are marked."""
    bulk(path, 400, lambda index: "Suspended")
    async with opened(path) as driver:
        await driver.until(lambda: driver.app.main.runs.count == 400)
        in_one_read(driver, "*c")
        await driver.sees("Cancel 400 runs?")


@pytest.mark.anyio
async def test_answer_right_after_marking_all_is_for_all_of_them(opened, path, seeder):
    for index in range(3):
        seeder.wait(seeder.run(f"run-{index}"), schema=SCHEMA)
    async with opened(path) as driver:
        await driver.press("i")
        await driver.until(lambda: driver.app.main.inbox.count == 3)
        in_one_read(driver, "*r")
        await driver.sees("One answer for 3 questions")


@pytest.mark.anyio
async def test_what_is_wrong_with_a_command_stays_to_be_read(opened, story):
    async with opened(story) as driver:
        await driver.press("colon")
        in_one_read(driver, "nonsense\r")
        await driver.until(lambda: driver.app.focused.value == "nonsense")
        for _ in range(3):
            await driver.pilot.pause()
        assert "There is no command nonsense." in driver.text


@pytest.mark.anyio
async def test_new_filter_is_typed_in_place_of_the_one_that_is_there(opened, story):
    async with opened(story) as driver:
        in_one_read(driver, "/golden\r")
        in_one_read(driver, "/calm\r")
        await driver.until(lambda: driver.app.main.run is not None and driver.app.main.run.name == "calm-heron")
        assert driver.app.main.view.filter_text == "calm"


@pytest.mark.anyio
async def test_key_right_after_a_filter_does_not_act_on_a_run_that_the_filter_leaves_out(opened, path, seeder):
    seeder.run("golden-otter")
    other = seeder.run("brave-emu")
    async with opened(path) as driver:
        in_one_read(driver, "/golden\rp")
        await driver.hears("There is no run here.")
        await driver.until(lambda: driver.app.main.run is not None)
        assert driver.app.main.run.name == "golden-otter"
    assert queries.get_flow_run(seeder.database, other).request is None


@pytest.mark.anyio
async def test_keys_outside_of_text_keep_their_order_too(opened, story):
    async with opened(story) as driver:
        in_one_read(driver, "jjjk")
        await driver.until(lambda: driver.app.main.runs.cursor == 2)


@pytest.mark.anyio
async def test_enter_right_after_the_key_of_the_inbox_opens_the_question(opened, story):
    async with opened(story) as driver:
        await driver.until(lambda: driver.app.main.inbox.count)
        in_one_read(driver, "2\r")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen))


@pytest.mark.anyio
async def test_row_takes_over_text_whose_message_is_still_on_the_way(opened, path, seeder):
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    async with opened(path) as driver:
        screen = await form(driver)
        row = screen.query(FieldRow).first()
        with row.control.prevent(Input.Changed):
            row.control.value = "typed"
        assert row.node.text == ""
        row.take_typed()
        assert row.node.text == "typed"


@pytest.mark.anyio
async def test_row_leaves_alone_what_nobody_has_typed(opened, path, seeder):
    """A value with characters that a terminal would obey is shown without them, and goes back as it came."""
    hostile = "a\x1b[2Jb"
    seeder.wait(seeder.run("brave-emu"), schema=SCHEMA, initial={"first": hostile, "second": "", "lines": hostile})
    async with opened(path) as driver:
        screen = await form(driver)
        for row in screen.query(FieldRow):
            row.take_typed()
        assert screen.query_one(TextArea).text != hostile
        assert screen.model.dump() == {"first": hostile, "second": "", "lines": hostile}


def test_on_a_real_terminal_what_is_typed_in_one_go_becomes_the_answer(tmp_path, app_on_a_pty):
    home = tmp_path / "home"
    home.mkdir()
    database = Database(home / "holdfast.db")
    seeder = Seeder(database)
    wait = seeder.wait(seeder.run("brave-emu"), schema=SCHEMA)
    with app_on_a_pty(home) as terminal:
        terminal.expect("brave-emu")
        terminal.type("2")
        terminal.expect("Time left")
        terminal.expect("Ship 2.1 to production?")
        terminal.type("\r")
        terminal.expect("Close esc")
        terminal.type(f"oen{BACKSPACE}{BACKSPACE}ne{TAB}two{CTRL_S}")
        terminal.expect("is stored")
    answer = waits.get_wait(database, wait.id.hex).answer
    database.close()
    assert (answer.value["first"], answer.value["second"]) == ("one", "two")
