"""The form on a screen: what is shown, sent, kept as a draft and edited as JSON."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

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
    settle,
    write,
)
from pydantic import BaseModel, Field, SecretStr, create_model
from textual.widgets import Input, RadioSet, Select, Static, Switch, TextArea

from holdfast.forms.model import FormModel
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.controls import Choices
from holdfast_tui.forms.head_and_foot import FormHead
from holdfast_tui.forms.rows import FormScroll
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.forms.session import UnsentAnswer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


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


def banner(screen: AnswerScreen) -> str:
    return str(screen.query_one("#answer--banner", Static).content)


def counted(screen: AnswerScreen) -> str:
    return str(screen.query_one("#answer--errors", Static).content)


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
