# ruff: noqa: UP045
"""The form on a screen: moving, choices, groups, lists and unions, and text from outside."""

from typing import Annotated, Any, Optional

import pytest
from form_desk import (
    SIZES,
    Bank,
    Card,
    Count,
    Desk,
    Host,
    Level,
    Names,
    Person,
    Region,
    asked,
    control,
    errors,
    lines,
    row,
    settle,
)
from pydantic import BaseModel, Field, create_model
from textual.widgets import Button, Input, Switch

from holdfast_tui.forms.rows import FormRow
from holdfast_tui.forms.screen import AnswerScreen

pytestmark = pytest.mark.anyio
HOSTILE = "[/b] [@click=app.quit]x[/] \x1b[2J\x1b]52;c;aGk=\x07 \x9b2J \u202eevil \ud800 [type=x, v={'a[0]'}]"


# ---- moving


async def test_enter_sends_a_form_of_one_field():
    desk = Desk()
    async with asked(Count, desk) as (pilot, _):
        await pilot.press("5", "enter")
        await settle(pilot)
        assert desk.taken == [{"count": 5}]


async def test_enter_moves_on_in_a_form_of_several_and_ends_at_the_button():
    async with asked(Names) as (pilot, screen):
        await pilot.press("a", "enter")
        assert screen.focused is control(screen, "last")
        await pilot.press("enter")
        assert screen.focused is screen.query_one("#submit")


async def test_tabbing_through_a_filled_form_changes_nothing():
    desk = Desk()
    initial = {"first": "a\tb", "last": "c"}
    async with asked(Names, desk, initial=initial) as (pilot, _):
        await pilot.press("tab", "tab", "tab", "shift+tab", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [initial]


async def test_a_click_on_a_label_focuses_its_field():
    async with asked(Names) as (pilot, screen):
        await pilot.click(row(screen, "last"), offset=(3, 0))
        assert screen.focused is control(screen, "last")


# ---- choices


async def test_a_required_yes_or_no_has_to_be_decided():
    desk = Desk()
    async with asked(create_model("M", yes=(bool, ...)), desk) as (pilot, screen):
        await pilot.press("ctrl+s")
        assert errors(screen) == {("yes",): "required"}
        await pilot.press("right", "enter", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"yes": False}]


async def test_a_switch_is_switched():
    desk = Desk()
    async with asked(create_model("M", on=(bool, True)), desk) as (pilot, _):
        await pilot.press("space", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"on": False}]


async def test_a_state_of_a_choice_can_be_told_without_colour():
    async with asked(create_model("M", level=(Level, Level.HIGH))) as (pilot, _):
        text = "\n".join(lines(pilot))
        assert "○ low" in text
        assert "● high" in text


async def test_the_cursor_of_a_choice_starts_at_what_is_chosen():
    desk = Desk()
    async with asked(create_model("M", level=(Level, Level.HIGH)), desk) as (pilot, _):
        await pilot.press("space", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{}]  # the default was chosen again, which is no change


async def test_one_of_many_is_found_by_typing():
    desk = Desk()
    async with asked(create_model("M", region=(Region, ...)), desk) as (pilot, _):
        await pilot.press("enter", "d", "1", "enter", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"region": "d1"}]


async def test_escape_closes_an_open_list_of_choices_first():
    async with asked(create_model("M", region=(Region, ...))) as (pilot, screen):
        await pilot.press("enter", "escape")
        await settle(pilot)
        assert pilot.app.left == []
        assert not control(screen, "region").expanded


# ---- groups, lists, unions


async def test_a_nullable_group_is_switched_on_filled_and_off_again():
    desk = Desk()
    async with asked(create_model("M", person=(Optional[Person], None)), desk) as (pilot, screen):
        assert len(screen.query(Input)) == 0
        await pilot.press("space")
        await settle(pilot)
        await pilot.press("tab", "a", "tab", "3")
        assert screen.model.dump() == {"person": {"name": "a", "age": 3}}
        await pilot.press("shift+tab", "shift+tab", "space", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"person": None}]


async def test_rows_are_added_removed_and_moved_by_keyboard():
    desk = Desk()
    async with asked(create_model("M", tags=(list[str], ["a", "b"])), desk) as (pilot, screen):
        screen.query_one(".list--add", Button).focus()
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("c", "alt+up", "alt+up")
        await pilot.pause()
        assert screen.model.dump() == {"tags": ["c", "a", "b"]}
        assert [each.label for each in screen.query(FormRow)][1:] == ["1.", "2.", "3."]
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert screen.focused is control(screen, "tags", 0)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"tags": ["a", "b"]}]


async def test_an_error_of_a_row_is_shown_at_its_row():
    async with asked(create_model("M", ages=(list[int], [1, 2]))) as (pilot, screen):
        control(screen, "ages", 1).focus()
        await pilot.press("x", "ctrl+s")
        await settle(pilot)
        assert errors(screen) == {("ages", 1): "a whole number, such as 42"}


async def test_rows_may_be_groups():
    desk = Desk()
    async with asked(create_model("M", people=(list[Person], [])), desk) as (pilot, screen):
        screen.query_one(".list--add", Button).focus()
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("a", "tab", "3", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"people": [{"name": "a", "age": 3}]}]


async def test_a_nullable_list_comes_to_life_with_its_first_row():
    async with asked(create_model("M", tags=(Optional[list[str]], None))) as (pilot, screen):
        screen.query_one(".list--add", Button).focus()
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("a")
        assert screen.model.dump() == {"tags": ["a"]}
        assert screen.query_one(Switch).value


async def test_each_alternative_keeps_what_was_entered():
    desk = Desk()
    async with asked(create_model("M", pay=(Annotated[Bank | Card, Field(discriminator="method")], ...)), desk) as (
        pilot,
        screen,
    ):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("tab", "d", "e", "shift+tab", "right", "enter")
        await settle(pilot)
        await pilot.press("tab", "7", "shift+tab", "left", "enter")
        await settle(pilot)
        assert control(screen, "pay", "iban").value == "de"
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"pay": {"method": "bank", "iban": "de"}}]


async def test_a_nullable_union_can_be_none_again():
    async with asked(create_model("M", x=(int | str | None, 5))) as (pilot, screen):
        await pilot.press("right", "right", "enter")
        await settle(pilot)
        assert screen.model.dump() == {"x": None}


async def test_a_recursive_schema_opens_and_grows():
    class Tree(BaseModel):
        name: str
        kids: list["Tree"] = []

    async with asked(Tree) as (pilot, screen):
        for _ in range(3):
            screen.query(".list--add").last(Button).press()
            await settle(pilot)
        assert len(screen.model.dump()["kids"]) == 3


# ---- text from outside


def hostile_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "title": HOSTILE,
        "required": [HOSTILE],
        "properties": {
            HOSTILE: {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE},
            "few": {"enum": [HOSTILE, "b"], "title": HOSTILE},
            "many": {"enum": [HOSTILE, *"abcdef"], "default": HOSTILE},
            "number": {"type": "integer", "default": HOSTILE, "examples": [HOSTILE]},
            "empty": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None, "title": HOSTILE},
            "json": {"default": {HOSTILE: [HOSTILE]}},
            "lines": {"type": "string", "widget": "textarea", "default": f"a\n{HOSTILE}"},
            "const": {"const": HOSTILE, "description": HOSTILE},
            "group": {"type": "object", "title": HOSTILE, "properties": {"a": {"type": "integer", "title": HOSTILE}}},
            "list": {"type": "array", "items": {"type": "string"}, "title": HOSTILE, "default": [HOSTILE]},
            "union": {"anyOf": [{"type": "integer", "title": HOSTILE}, {"type": "string"}], "default": HOSTILE},
        },
    }


@pytest.mark.parametrize("size", [*SIZES, (100, 120)])
@pytest.mark.parametrize("keys", [[], ["ctrl+s"], ["ctrl+t"]])
async def test_hostile_text_neither_crashes_nor_commands_nor_acts(size, keys):
    desk = Desk({(): HOSTILE, ("few",): HOSTILE})
    screen = AnswerScreen(HOSTILE, hostile_schema(), desk, description=HOSTILE + "\n\n```" + HOSTILE + "\nx\n```")
    app = Host(screen)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        await pilot.press(*keys)
        await settle(pilot)
        shown = "".join(lines(pilot))
        assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
        assert not any(char in "\u202e\ud800" for char in shown)
        metas = [
            segment.style.meta for strip in screen._compositor.render_strips() for segment in strip if segment.style
        ]
        assert not any("@click" in meta for meta in metas)


async def test_what_is_shown_as_a_symbol_is_still_sent_as_it_was():
    desk = Desk()
    value = {"first": "\x1b[2J", "last": "a\r\nb\u202e"}
    async with asked(Names, desk, initial=value) as (pilot, _):
        await pilot.press("tab", "tab", "ctrl+s")
        await settle(pilot)
        assert desk.taken == [value]


@pytest.mark.parametrize(
    "text",
    [
        "[click](https://example.com)",
        "<https://example.com>",
        "![image](https://example.com/a.png)",
        "[a][b]\n\n[b]: https://example.com",
        "<b onclick=x>bold</b>",
        "&#27;[2J &#x9b;2J",
        "| a [x](javascript:y) | b |\n|---|---|\n| 1 | &#27; |",
    ],
)
async def test_nothing_in_a_description_can_be_followed(text):
    async with asked(Names, description=text, size=(80, 40)) as (pilot, screen):
        strips = screen._compositor.render_strips()
        assert not any(
            segment.style.link or "@click" in segment.style.meta
            for strip in strips
            for segment in strip
            if segment.style
        )
        assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in "".join(lines(pilot)))


async def test_a_link_shows_where_it_leads():
    async with asked(Names, description="[click](https://example.com)") as (pilot, _):
        assert any("https://example.com" in line for line in lines(pilot))
