# ruff: noqa: UP045
"""The screen on which a question is answered, driven by keys in a headless terminal."""

import datetime as dt
import enum
import threading
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, SecretStr, create_model
from textual.app import App
from textual.widgets import Button, Input, RadioSet, Select, Static, Switch, TextArea
from textual.worker import WorkerError

from holdfast.forms.model import FormModel
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.controls import Choices
from holdfast_tui.forms.head_and_foot import FormHead
from holdfast_tui.forms.rows import FormRow, FormScroll
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.forms.session import UnsentAnswer

pytestmark = pytest.mark.anyio

SIZES = [(80, 24), (40, 12)]
HOSTILE = "[/b] [@click=app.quit]x[/] \x1b[2J\x1b]52;c;aGk=\x07 \x9b2J \u202eevil \ud800 [type=x, v={'a[0]'}]"


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Region(enum.Enum):
    A, B, C, D, E, F = "a1", "b1", "c1", "d1", "e1", "f1"


class Bank(BaseModel):
    method: Literal["bank"] = "bank"
    iban: str


class Card(BaseModel):
    method: Literal["card"] = "card"
    number: int


class Person(BaseModel):
    name: str
    age: int = Field(ge=0)


class Names(BaseModel):
    first: str
    last: str


class Count(BaseModel):
    count: int


class Every(BaseModel):
    text: str
    lines: str = Field(json_schema_extra={"widget": "textarea"})
    secret: SecretStr
    whole: int
    exact: Decimal
    yes: bool
    on: bool = True
    maybe: bool | None = None
    level: Level
    region: Region
    day: dt.date
    person: Person
    partner: Person | None = None
    tags: list[str] = []
    pay: Annotated[Bank | Card, Field(discriminator="method")]
    data: dict[str, Any] = {}


class Host(App[None]):
    """An app that asks one question and keeps how it was left."""

    def __init__(self, screen: AnswerScreen) -> None:
        super().__init__()
        self.asked = screen
        self.left: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.asked, self.left.append)


class Desk:
    """Takes answers; gives what it was told to give, and can be made to wait."""

    def __init__(self, reply: Any = None) -> None:
        self.reply = reply
        self.taken: list[Any] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, value: Any) -> Any:
        self.taken.append(value)
        assert self.go.wait(10)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@asynccontextmanager
async def asked(model: Any, desk: Desk | None = None, size: tuple[int, int] = (80, 24), **more: Any):
    schema = model if isinstance(model, dict) else model.model_json_schema(schema_generator=AskedSchema)
    screen = AnswerScreen("A question", schema, desk or Desk(), **more)
    app = Host(screen)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot, screen


async def settle(pilot) -> None:
    """Until nothing is being made or sent."""
    await pilot.pause()
    for worker in list(pilot.app.workers):
        try:
            await worker.wait()
        except WorkerError:
            continue
    await pilot.pause()


async def write(pilot, text: str) -> None:
    await pilot.press(*("space" if char == " " else char for char in text))


def row(screen: AnswerScreen, *path: str | int) -> FormRow:
    return next(each for each in screen.query(FormRow) if each.node.path == path and each.reports)


def control(screen: AnswerScreen, *path: str | int) -> Any:
    return row(screen, *path).control


def errors(screen: AnswerScreen) -> dict[tuple[str | int, ...], str]:
    return {each.node.path: each.error for each in screen.query(FormRow) if each.error}


def banner(screen: AnswerScreen) -> str:
    return str(screen.query_one("#answer--banner", Static).content)


def counted(screen: AnswerScreen) -> str:
    return str(screen.query_one("#answer--errors", Static).content)


def lines(pilot) -> list[str]:
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


# ---- what is shown


async def test_each_kind_has_its_widget():
    async with asked(Every) as (_, screen):
        kinds = {
            "text": Input,
            "lines": TextArea,
            "secret": Input,
            "whole": Input,
            "exact": Input,
            "yes": Choices,
            "on": Switch,
            "maybe": Choices,
            "level": RadioSet,
            "region": Select,
            "day": Input,
            "partner": Switch,
            "pay": RadioSet,
            "data": TextArea,
        }
        assert {name: isinstance(control(screen, name), kind) for name, kind in kinds.items()} == dict.fromkeys(
            kinds, True
        )


@pytest.mark.parametrize("size", SIZES)
async def test_title_labels_and_buttons_are_on_the_screen(size):
    async with asked(Names, size=size, description="Who is *there*?") as (pilot, _):
        text = "\n".join(lines(pilot))
        for word in ("A question", "Who is there?", "First", "Last", "Submit ^s", "JSON ^t", "Close esc"):
            assert word in text


async def test_labels_stand_left_of_controls_on_a_wide_screen_and_above_on_a_narrow_one():
    async with asked(Names) as (pilot, screen):
        where = control(screen, "first").region
        assert "First" in lines(pilot)[where.y][: where.x]
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert "First" in lines(pilot)[control(screen, "first").region.y - 1]


async def test_an_optional_field_says_so():
    async with asked(create_model("M", note=(str | None, None))) as (pilot, _):
        assert any("Note (optional)" in line for line in lines(pilot))


async def test_a_date_is_echoed_while_it_is_typed():
    async with asked(create_model("M", day=(dt.date, ...))) as (pilot, _):
        await write(pilot, "2026-11-25")
        assert any("Wed 25 Nov 2026" in line for line in lines(pilot))


async def test_a_long_description_has_the_focus_until_it_is_read():
    async with asked(Names, description="word " * 400, size=(40, 12)) as (pilot, screen):
        assert isinstance(screen.focused, FormScroll)
        await pilot.press("tab")
        assert screen.focused is control(screen, "first")


async def test_the_first_field_has_the_focus():
    async with asked(Names) as (_, screen):
        assert screen.focused is control(screen, "first")


async def test_the_deadline_counts_down():
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    times = [now]
    async with asked(Names, deadline=now + dt.timedelta(minutes=5), clock=lambda: times[0]) as (pilot, screen):
        assert "5:00 left" in lines(pilot)[0] + lines(pilot)[1] + "".join(lines(pilot))
        times[0] = now + dt.timedelta(minutes=6)
        screen.query_one(FormHead).count_down()
        await pilot.pause()
        assert "deadline passed" in "".join(lines(pilot))


async def test_many_fields_are_all_there_in_the_end_and_all_are_checked():
    model = create_model("Many", **{f"field_{i}": (str, ...) for i in range(30)})
    async with asked(model) as (pilot, screen):
        assert len(screen.query(Input)) == 30
        await pilot.press("ctrl+s")
        assert len(errors(screen)) == 30


async def test_submitting_before_all_fields_are_made_still_shows_every_error():
    model = create_model("Many", **{f"field_{i}": (str, ...) for i in range(40)})
    screen = AnswerScreen("A question", model.model_json_schema(schema_generator=AskedSchema), Desk())
    async with Host(screen).run_test(notifications=True) as pilot:
        await screen.action_submit()
        await settle(pilot)
        assert len(errors(screen)) == 40


async def test_a_schema_without_fields_only_asks_to_submit():
    desk = Desk()
    async with asked(create_model("Empty"), desk) as (pilot, screen):
        assert any("Nothing to fill in." in line for line in lines(pilot))
        assert screen.focused is screen.query_one("#submit")
        await pilot.press("enter")
        await settle(pilot)
        assert desk.taken == [{}]


async def test_a_root_that_is_no_object_is_answered():
    desk = Desk()
    async with asked({"type": "integer"}, desk) as (pilot, _):
        await write(pilot, "42")
        await pilot.press("enter")
        await settle(pilot)
        assert desk.taken == [42]


# ---- sending


@pytest.mark.parametrize("size", SIZES)
async def test_an_answer_is_typed_and_sent(size):
    desk = Desk()
    async with asked(Names, desk, size=size) as (pilot, _):
        await write(pilot, "Ana")
        await pilot.press("tab")
        await write(pilot, "B c")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"first": "Ana", "last": "B c"}]
        assert (pilot.app.left[0].sent, pilot.app.left[0].value) == (True, desk.taken[0])


async def test_the_button_sends_too():
    desk = Desk()
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (pilot, _):
        await pilot.click("#submit")
        await settle(pilot)
        assert desk.taken == [{"first": "a", "last": "b"}]


async def test_big_and_exact_numbers_are_sent_as_typed():
    desk = Desk()
    async with asked(create_model("M", big=(int, ...), exact=(Decimal, ...)), desk) as (pilot, _):
        await write(pilot, "123456789012345678901")
        await pilot.press("tab")
        await write(pilot, "1.10")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"big": 123456789012345678901, "exact": "1.10"}]


async def test_wrong_fields_are_told_and_the_first_gets_the_focus_and_nothing_is_lost():
    desk = Desk()
    async with asked(Person, desk) as (pilot, screen):
        await write(pilot, "Ana")
        await pilot.press("tab")
        await write(pilot, "x")
        await pilot.press("tab", "ctrl+s")
        assert errors(screen) == {("age",): "a whole number, such as 42"}
        assert screen.focused is control(screen, "age")
        assert (control(screen, "name").value, control(screen, "age").value) == ("Ana", "x")
        assert desk.taken == []


async def test_errors_are_counted_again_when_the_form_comes_back_from_json():
    async with asked(Person) as (pilot, screen):
        await pilot.press("tab", "x", "ctrl+s")
        assert "error" in counted(screen)
        await pilot.press("ctrl+t", "ctrl+t")
        await settle(pilot)
        assert (errors(screen), counted(screen)) == ({}, "")


async def test_an_error_beyond_the_fold_is_brought_into_view():
    model = create_model("Many", **{f"f{i}": (int, 1) for i in range(29)}, last=(int, ...))
    async with asked(model) as (pilot, screen):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert screen.query_one(FormScroll).region.contains_region(control(screen, "last").region)


async def test_a_wrong_text_is_told_when_the_field_is_left():
    async with asked(Person) as (pilot, screen):
        await pilot.press("tab", "x", "shift+tab")
        assert errors(screen) == {("age",): "a whole number, such as 42"}
        await pilot.press("tab", "backspace", "7")
        assert errors(screen) == {}


async def test_objections_are_shown_beside_their_fields_until_those_are_edited():
    desk = Desk({("first",): "is taken", (): "not today"})
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (pilot, screen):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert errors(screen) == {("first",): "is taken"}
        assert banner(screen) == "not today"
        assert screen.focused is control(screen, "first")
        await pilot.press("x")
        assert (errors(screen), banner(screen)) == ({}, "")
        desk.reply = {}
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert pilot.app.left[0].value == {"first": "ax", "last": "b"}


async def test_an_objection_to_a_group_is_shown_at_its_head():
    desk = Desk({("person",): "nobody"})
    async with asked(create_model("M", person=(Person, ...)), desk, initial={"person": {"name": "a", "age": 1}}) as (
        pilot,
        screen,
    ):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert errors(screen) == {("person",): "nobody"}


async def test_a_refusal_is_shown_and_the_form_stays():
    desk = Desk(RuntimeError("decided by ana, 2 min ago [/b]\x1b[2J"))
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (pilot, screen):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert banner(screen) == "decided by ana, 2 min ago [/b]␛[2J"
        assert pilot.app.left == []
        assert screen.focused is control(screen, "first")


async def test_while_it_is_sent_it_says_so_and_cannot_be_sent_twice_or_closed():
    desk = Desk()
    desk.go.clear()
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (pilot, screen):
        await pilot.press("ctrl+s")
        assert any("Sending…" in line for line in lines(pilot))
        await pilot.press("ctrl+s", "x", "ctrl+t", "escape")
        assert "Still sending" in banner(screen)
        desk.go.set()
        await settle(pilot)
        assert desk.taken == [{"first": "a", "last": "b"}]
        assert pilot.app.left[0].sent


# ---- drafts


async def test_escape_hands_back_a_draft_that_brings_everything_back():
    async with asked(Person) as (pilot, _):
        await write(pilot, "Ana")
        await pilot.press("tab", "x", "escape")
        await settle(pilot)
        left = pilot.app.left[0]
        assert (left.sent, left.value) == (False, None)
    async with asked(Person, draft=left.draft) as (_, screen):
        assert (control(screen, "name").value, control(screen, "age").value) == ("Ana", "x")


async def test_a_draft_of_json_text_comes_back_as_it_was():
    async with asked(Count) as (pilot, screen):
        await pilot.press("ctrl+t")
        screen.query_one("#answer--json", TextArea).text = '{"count": 4'
        await pilot.press("escape")
        await settle(pilot)
        draft = pilot.app.left[0].draft
    async with asked(Count, draft=draft) as (_, screen):
        assert screen.query_one("#answer--json", TextArea).text == '{"count": 4'


async def test_a_draft_of_json_text_can_be_sent_at_once():
    desk = Desk()
    draft = UnsentAnswer(FormModel(Count.model_json_schema(schema_generator=AskedSchema)), '{"count": 4}')
    async with asked(Count, desk, draft=draft) as (pilot, _):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"count": 4}]


async def test_a_draft_for_another_schema_is_left_aside():
    draft = UnsentAnswer(FormModel(Names.model_json_schema(schema_generator=AskedSchema), {"first": "a"}))
    async with asked(Person, draft=draft) as (_, screen):
        assert control(screen, "name").value == ""


async def test_opening_anew_shows_no_stale_objection():
    desk = Desk({("first",): "is taken"})
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (pilot, _):
        await pilot.press("ctrl+s")
        await settle(pilot)
    async with asked(Names, desk, initial={"first": "a", "last": "b"}) as (_, screen):
        assert errors(screen) == {}


# ---- JSON


async def test_the_whole_form_is_edited_as_json_and_back():
    async with asked(Person, initial={"name": "Ana", "age": 1}) as (pilot, screen):
        await pilot.press("ctrl+t")
        area = screen.query_one("#answer--json", TextArea)
        assert screen.focused is area
        area.text = area.text.replace("Ana", "Bea")
        await pilot.press("ctrl+t")
        await settle(pilot)
        assert control(screen, "name").value == "Bea"
        assert screen.focused is control(screen, "name")


async def test_looking_at_the_json_loses_no_wrong_text():
    async with asked(Person) as (pilot, screen):
        await pilot.press("tab", "x", "ctrl+t", "ctrl+t")
        await settle(pilot)
        assert control(screen, "age").value == "x"


async def test_json_that_cannot_be_read_is_told_and_stays():
    async with asked(Count) as (pilot, screen):
        await pilot.press("ctrl+t")
        screen.query_one("#answer--json", TextArea).text = "{"
        await pilot.press("ctrl+t")
        assert banner(screen).startswith("This must be JSON, but line 1, column 2")
        assert screen.query_one("#answer--json", TextArea).display


async def test_json_is_checked_and_sent():
    desk = Desk()
    async with asked(Count, desk) as (pilot, screen):
        await pilot.press("ctrl+t")
        screen.query_one("#answer--json", TextArea).text = '{"count": "x"}'
        await pilot.press("ctrl+s")
        assert banner(screen) == "count: a whole number, such as 42"
        screen.query_one("#answer--json", TextArea).text = '{"count": 4}'
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"count": 4}]


async def test_json_is_sent_of_a_root_that_is_no_object():
    desk = Desk()
    async with asked({"type": "integer"}, desk) as (pilot, screen):
        await pilot.press("ctrl+t")
        screen.query_one("#answer--json", TextArea).text = "42"
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [42]


@pytest.mark.parametrize("toggle", [[], ["ctrl+t"]])
async def test_a_secret_is_never_on_the_screen(toggle):
    model = create_model("M", token=(SecretStr, ...))
    desk = Desk()
    async with asked(model, desk, initial={"token": "hunter2"}) as (pilot, _):
        await pilot.press(*toggle)
        assert "hunter2" not in "\n".join(lines(pilot))
        assert "hunter2" not in pilot.app.export_screenshot()
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert desk.taken == [{"token": "hunter2"}]


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
