"""What is done with fields beside typing: rows, names, picks, menus, JSON, the editor, errors, drafts."""

import asyncio
import datetime as dt
import enum
from typing import Any, Literal

import pytest
from form_desk import Desk, asked, control, errors, lines, row, settle, write
from pydantic import BaseModel, Field, Secret, SecretStr, create_model
from textual import events
from textual.widgets import Button, Input, OptionList, Static, TextArea

from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import UnionNode
from holdfast.records import Draft
from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.controls import Picks
from holdfast_tui.forms.field_menu_screen import FieldMenuScreen
from holdfast_tui.forms.row_lists import RowsPart
from holdfast_tui.forms.rows import FormRow, Place
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.forms.texts import PathSuggester
from holdfast_tui.forms.widgets import FoldButton, make_part
from holdfast_tui.terminal import external_editor

pytestmark = pytest.mark.anyio

SIZES = [(120, 40), (80, 24), (40, 12)]


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Colour(enum.Enum):
    RED, GREEN, BLUE = "red", "green", "blue"


class Person(BaseModel):
    name: str
    age: int = 3


def one(annotation: Any, default: Any = ...) -> type[BaseModel]:
    return create_model("M", x=(annotation, default))


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def paste(pilot, text: str) -> None:
    pilot.app.screen.focused.post_message(events.Paste(text))
    await settle(pilot)


async def choose(pilot, words: str) -> None:
    """Open the menu of the field with the focus, and take the line that begins like this."""
    await press(pilot, "ctrl+o")
    menu = pilot.app.screen
    assert isinstance(menu, FieldMenuScreen)
    options = menu.query_one(OptionList)
    prompts = [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]
    options.highlighted = next(at for at, prompt in enumerate(prompts) if prompt.startswith(words))
    await press(pilot, "enter")


def offers(menu: FieldMenuScreen) -> list[str]:
    options = menu.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


# ---- rows, places, names, picks


@pytest.mark.parametrize("size", SIZES)
async def test_rows_are_added_copied_moved_taken_out_and_brought_back_by_keys(size):
    async with asked(one(list[str], ["a", "b"]), size=size) as (pilot, screen):
        control(screen, "x", 0).focus()
        await press(pilot, "f4", "z")
        assert screen.model.dump() == {"x": ["a", "az", "b"]}
        await press(pilot, "f5")
        assert screen.model.dump() == {"x": ["a", "b"]}
        await press(pilot, "f9")
        assert screen.model.dump() == {"x": ["a", "az", "b"]}
        assert screen.focused is control(screen, "x", 1)
        await press(pilot, "alt+down", "f3", "c")
        assert screen.model.dump() == {"x": ["a", "b", "az", "c"]}
        assert [each.label for each in screen.query(FormRow)][1:] == ["1.", "2.", "3.", "4."]


async def test_the_button_that_brings_a_row_back_is_there_when_there_is_one():
    async with asked(one(list[str], ["a"])) as (pilot, screen):
        button = screen.query_one(".list--restore", Button)
        assert not button.display
        control(screen, "x", 0).focus()
        await press(pilot, "f5")
        assert button.display
        button.press()
        await settle(pilot)
        assert screen.model.dump() == {"x": ["a"]}
        assert not button.display


@pytest.mark.parametrize("size", SIZES)
async def test_entries_of_a_table_have_a_name_and_a_value(size):
    desk = Desk()
    async with asked(one(dict[str, int], {"a": 1}), desk, size=size) as (pilot, screen):
        screen.query_one(".list--add", Button).press()
        await settle(pilot)
        await write(pilot, "b")
        await press(pilot, "tab", "2", "ctrl+s")
        assert desk.taken == [{"x": {"a": 1, "b": 2}}]


async def test_a_name_that_is_there_twice_is_told_at_its_entry_until_it_is_changed():
    async with asked(one(dict[str, int], {"a": 1, "b": 2})) as (pilot, screen):
        row(screen, "x", "a").name_input.focus()
        await press(pilot, "backspace", "b", "ctrl+s")
        assert errors(screen) == {("x", "b"): "a unique name"}
        await press(pilot, "c")
        assert errors(screen) == {}
        assert screen.model.dump() == {"x": {"bc": 1, "b": 2}}
        assert screen.model.errors() == {}


async def test_entries_may_be_groups():
    desk = Desk()
    async with asked(one(dict[str, Person], {"a": Person(name="n")}), desk) as (pilot, screen):
        control(screen, "x", "a", "name").focus()
        await press(pilot, "f4", "ctrl+s")
        assert desk.taken == [{"x": {"a": {"name": "n"}, "a 2": {"name": "n"}}}]


async def test_a_fixed_list_has_a_row_for_each_place():
    desk = Desk()
    async with asked(one(tuple[int, str]), desk) as (pilot, _):
        await press(pilot, "1", "tab", "b", "ctrl+s")
        assert desk.taken == [{"x": [1, "b"]}]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("annotation", [list[Colour], set[Literal["red", "green", "blue"]]])
async def test_choices_are_picked_and_left_by_space(annotation, size):
    desk = Desk()
    async with asked(one(annotation, ["blue"]), desk, size=size) as (pilot, screen):
        assert isinstance(screen.focused, Picks)
        await press(pilot, "space", "down", "space", "down", "space")
        assert "■ green" in "\n".join(lines(pilot))
        assert "□ blue" in "\n".join(lines(pilot))
        await press(pilot, "ctrl+s")
        assert desk.taken == [{"x": ["red", "green"]}]


async def test_page_down_goes_on_from_picks_that_are_all_in_view():
    model = create_model("M", x=(list[Colour], []), **{f"f{at}": (str, "") for at in range(40)})
    async with asked(model, size=(80, 24)) as (pilot, screen):
        assert isinstance(screen.focused, Picks)
        await press(pilot, "pagedown")
        assert not isinstance(screen.focused, Picks)


async def test_picks_that_may_be_none_are_switched_on():
    desk = Desk()
    async with asked(one(list[Colour] | None, None), desk) as (pilot, _):
        await press(pilot, "space", "tab", "space", "ctrl+s")
        assert desk.taken == [{"x": ["red"]}]


async def test_a_long_list_shows_its_rows_bit_by_bit_and_sends_all():
    desk = Desk()
    values = [str(n) for n in range(200)]
    async with asked(one(list[str]), desk, initial={"x": values}) as (pilot, screen):
        assert len(screen.query(Input)) < 50
        more = screen.query_one(".list--more", Button)
        assert str(more.label) == "▾ 175 more"
        more.press()
        await settle(pilot)
        assert screen.focused is control(screen, "x", 25)
        await press(pilot, "ctrl+s")
        assert desk.taken == [{"x": values}]


async def test_an_error_in_a_row_that_is_not_shown_yet_is_shown():
    async with asked(one(list[int]), initial={"x": [*range(80), "x"]}) as (pilot, screen):
        await press(pilot, "ctrl+s")
        assert errors(screen) == {("x", 80): "a whole number, such as 42"}
        assert screen.focused is control(screen, "x", 80)


async def test_groups_of_a_large_form_open_when_they_are_asked_for_or_when_something_is_wrong_in_them():
    fields = {f"f{n}": (int, n) for n in range(30)}
    inner = create_model("Inner", **fields)
    broken = create_model("Broken", **fields, needed=(str, ...))
    model = create_model("M", a=(inner, {}), b=(inner, {}), c=(broken, ...))
    async with asked(model, initial={"a": {}, "b": {}}, size=(120, 40)) as (pilot, screen):
        assert [str(each.label) for each in screen.query(FoldButton)] == ["▸ 30 fields"] * 2
        assert any(each.node.path == ("c", "needed") for each in screen.query(FormRow))
        await press(pilot, "enter")
        assert str(screen.query(FoldButton).first().label) == "▾ 30 fields"
        assert any(each.node.path == ("a", "f0") for each in screen.query(FormRow))
        screen.model.find(("b", "f3")).text = "x"
        await press(pilot, "ctrl+s")
        assert errors(screen)[("b", "f3")] == "a whole number, such as 42"


# ---- the menu of a field


@pytest.mark.parametrize("size", SIZES)
async def test_a_field_is_left_out_set_to_none_and_to_its_default(size):
    async with asked(one(int | None, 5), size=size) as (pilot, screen):
        await choose(pilot, "Leave it out")
        assert screen.model.dump() == {}
        assert control(screen, "x").placeholder == "left out"
        await choose(pilot, "Set it to none")
        assert screen.model.dump() == {"x": None}
        await choose(pilot, "Use the default: 5")
        assert screen.model.dump() == {"x": 5}
        assert control(screen, "x").value == "5"
        await press(pilot, "7")
        await choose(pilot, "Undo")
        assert screen.model.dump() == {}


async def test_the_menu_says_what_a_field_is():
    model = create_model(
        "M",
        x=(int, Field(5, ge=1, le=9, description="How many.", examples=[3, 4], deprecated=True)),
    )
    async with asked(model) as (pilot, _):
        await press(pilot, "ctrl+o")
        text = "\n".join(lines(pilot))
        for words in ("How many.", "1 to 9", "such as 3", "for example 4", "deprecated", "optional", "name: x"):
            assert words in text
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, AnswerScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_a_field_is_edited_as_json_and_as_a_form_again(size):
    desk = Desk()
    async with asked(one(list[int], [1, 2]), desk, size=size) as (pilot, screen):
        control(screen, "x", 0).focus()
        await choose(pilot, "X: Edit as JSON")
        area = control(screen, "x")
        assert isinstance(area, TextArea)
        assert screen.focused is area
        area.text = "[3, 4, 5]"
        await choose(pilot, "Edit as a form")
        assert [control(screen, "x", at).value for at in range(3)] == ["3", "4", "5"]
        await press(pilot, "ctrl+s")
        assert desk.taken == [{"x": [3, 4, 5]}]


async def test_json_that_cannot_be_read_stays_json_and_is_told():
    async with asked(one(list[int], [1])) as (pilot, screen):
        control(screen, "x", 0).focus()
        await choose(pilot, "X: Edit as JSON")
        control(screen, "x").text = "[1"
        await choose(pilot, "Edit as a form")
        assert errors(screen)[("x",)].startswith("JSON, but line 1")
        assert isinstance(control(screen, "x"), TextArea)


async def test_a_branch_of_a_union_is_edited_as_json():
    desk = Desk()
    async with asked(one(int | Person, {"name": "a", "age": 1}), desk) as (pilot, screen):
        control(screen, "x", "name").focus()
        await choose(pilot, "Person: Edit as JSON")
        area = screen.query_one("#answer--body TextArea", TextArea)
        area.text = '{"name": "b"}'
        await press(pilot, "ctrl+s")
        assert desk.taken == [{"x": {"name": "b"}}]


async def test_an_alternative_that_is_filled_in_is_no_longer_said_to_be_left_out():
    async with asked(one(int | str)) as (pilot, screen):
        await press(pilot, "enter")
        head = next(row for row in screen.query(FormRow) if isinstance(row.node, UnionNode))
        assert head._help == "left out"
        await press(pilot, "tab", "7")
        assert screen.model.dump() == {"x": 7}
        assert head._help == ""


async def test_rows_are_worked_on_from_the_menu():
    async with asked(one(list[str], ["a", "b"])) as (pilot, screen):
        control(screen, "x", 1).focus()
        await choose(pilot, "Move the row up")
        assert screen.model.dump() == {"x": ["b", "a"]}
        await choose(pilot, "Duplicate")
        await choose(pilot, "Remove")
        await choose(pilot, "X: Restore")
        assert screen.model.dump() == {"x": ["b", "b", "a"]}


@pytest.mark.parametrize("secret", [SecretStr, Secret[int], Secret[dt.date], Secret[list[int]]])
async def test_a_secret_is_offered_neither_as_json_nor_to_an_editor(secret):
    async with asked(one(secret)) as (pilot, screen):
        line = control(screen, "x")
        assert isinstance(line, Input)
        assert line.password
        await press(pilot, "h", "ctrl+o")
        assert not any("JSON" in each or "EDITOR" in each for each in offers(pilot.app.screen))


# ---- text


@pytest.mark.parametrize("size", SIZES)
async def test_several_lines_are_edited_in_the_users_editor(monkeypatch, size):
    asked_for = []

    def edit(app: Any, text: str, suffix: str) -> str:
        asked_for.append((text, suffix))
        return text + "\nmore"

    monkeypatch.setattr(external_editor, "edit", edit)
    model = create_model("M", x=(str, Field("a", json_schema_extra={"widget": "textarea"})), y=(str, "b"))
    async with asked(model, size=size) as (pilot, screen):
        await press(pilot, "ctrl+e")
        assert screen.model.dump()["x"] == "a\nmore"
        assert asked_for == [("a", ".md")]
        control(screen, "y").focus()
        await choose(pilot, "Edit in $EDITOR")
        assert screen.model.dump()["y"] == "b\nmore"
        assert control(screen, "y").text == "b\nmore"


async def test_the_whole_as_json_is_edited_in_the_users_editor(monkeypatch):
    monkeypatch.setattr(external_editor, "edit", lambda app, text, suffix: text.replace("1", "2"))
    async with asked(one(int, 1)) as (pilot, screen):
        await press(pilot, "ctrl+t", "ctrl+e", "ctrl+t")
        assert screen.model.dump() == {"x": 2}


async def test_an_editor_that_fails_changes_nothing(monkeypatch):
    monkeypatch.setattr(external_editor, "edit", lambda app, text, suffix: None)
    model = create_model("M", x=(str, Field("a", json_schema_extra={"widget": "textarea"})))
    async with asked(model) as (pilot, screen):
        await press(pilot, "ctrl+e")
        assert screen.model.dump() == {}


async def test_several_lines_pasted_into_a_line_make_it_several_lines():
    async with asked(one(str)) as (pilot, screen):
        await write(pilot, "ab")
        await press(pilot, "left")
        await paste(pilot, "1\n2")
        assert screen.model.dump() == {"x": "a1\n2b"}
        assert isinstance(control(screen, "x"), TextArea)
        assert screen.focused is control(screen, "x")


async def test_of_several_lines_pasted_where_one_belongs_the_first_is_taken():
    async with asked(one(int)) as (pilot, screen):
        await paste(pilot, "12\n13\n")
        assert screen.model.dump() == {"x": 12}


@pytest.mark.parametrize("lines_", [False, True])
async def test_control_characters_that_are_pasted_come_in_as_the_symbols_that_are_shown(lines_):
    desk = Desk()
    extra = {"widget": "textarea"} if lines_ else {}
    async with asked(create_model("M", x=(str, Field(json_schema_extra=extra))), desk) as (pilot, _):
        await paste(pilot, "a\x1b[2J\x9b\x07b")
        assert "a␛[2J" in "\n".join(lines(pilot))
        await press(pilot, "ctrl+s")
        assert desk.taken == [{"x": "a␛[2J\N{REPLACEMENT CHARACTER}␇b"}]


async def test_characters_are_counted_where_there_is_a_limit():
    async with asked(create_model("M", x=(str, Field(max_length=5)))) as (pilot, screen):
        assert "at most 5 characters" in "\n".join(lines(pilot))
        await write(pilot, "abcdef")
        assert "6 of at most 5 characters" in "\n".join(lines(pilot))
        await press(pilot, "tab")
        assert errors(screen) == {("x",): "at most 5 characters"}


async def test_words_for_a_moment_are_echoed_as_understood_and_sent():
    desk = Desk()
    now = dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC)
    async with asked(one(dt.datetime), desk, clock=lambda: now) as (pilot, _):
        await write(pilot, "tomorrow 9:00")
        assert "Thu 26 Nov 2026, 09:00" in "\n".join(lines(pilot))
        await press(pilot, "ctrl+s")
        assert dt.datetime.fromisoformat(desk.taken[0]["x"]).tzinfo is not None


async def test_a_path_is_completed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").touch()
    (tmp_path / "fi\x1b[2J").touch()
    (tmp_path / ".hidden").touch()
    anything, folders = PathSuggester(folders_only=False), PathSuggester(folders_only=True)
    assert await anything.get_suggestion(f"{tmp_path}/fi") == f"{tmp_path}/file.txt"
    assert await anything.get_suggestion(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert await folders.get_suggestion(f"{tmp_path}/f") == f"{tmp_path}/folder/"
    assert await folders.get_suggestion(f"{tmp_path}/nowhere/x") is None


# ---- errors and moving


@pytest.mark.parametrize("size", SIZES)
async def test_errors_are_counted_and_gone_to_one_by_one(size):
    model = create_model("M", a=(int, ...), b=(str, "ok"), c=(int, ...), d=(int, ...))
    async with asked(model, size=size) as (pilot, screen):
        await press(pilot, "ctrl+s")
        counted = screen.query_one("#answer--errors", Static)
        assert str(counted.content).startswith("3 errors")
        for key, name in (("ctrl+n", "c"), ("f8", "d"), ("ctrl+n", "a"), ("shift+f8", "d")):
            await press(pilot, key)
            assert screen.focused is control(screen, name)
        await press(pilot, "1")
        assert str(counted.content).startswith("2 errors")


@pytest.mark.parametrize("size", SIZES)
async def test_a_page_down_goes_on_by_a_screenful_and_back(size):
    model = create_model("M", **{f"f{n}": (str, "") for n in range(60)})
    async with asked(model, size=size) as (pilot, screen):
        await press(pilot, "pagedown")
        there = screen.focused
        assert there is not control(screen, "f0")
        assert screen.query_one("#answer--body").region.contains_region(there.region)
        await press(pilot, "pageup")
        assert screen.focused is control(screen, "f0")
        for _ in range(40):
            await pilot.press("pagedown")
        await settle(pilot)
        assert screen.focused is control(screen, "f59")


# ---- drafts


class Kept:
    """A keeper that remembers what it was told."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.told = asyncio.Event()

    def keep(self, body: Any) -> None:
        self.bodies.append(body)
        self.told.set()

    async def keep_now(self, body: Any) -> None:
        self.bodies.append(body)


async def test_what_is_typed_is_written_down_when_the_form_is_left():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, _):
        await write(pilot, "Ana")
        await press(pilot, "escape")
    assert len(keeper.bodies) == 1
    kept = Draft("ana", dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10), keeper.bodies[0])
    async with asked(Person, kept=kept, size=(80, 24)) as (pilot, screen):
        assert control(screen, "name").value == "Ana"
        assert any("Draft from 10m ago by ana. ^g discards it." in line for line in lines(pilot))


async def test_what_is_typed_is_written_down_after_a_pause():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, _):
        await write(pilot, "A")
        await asyncio.wait_for(keeper.told.wait(), 20)
        assert keeper.bodies[0]["edits"]


async def test_what_is_typed_is_written_down_when_the_app_ends():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, _):
        await write(pilot, "Ana")
        pilot.app.exit()
    assert len(keeper.bodies) == 1


async def test_what_is_typed_is_written_down_though_its_field_is_made_anew_before_it_could_tell():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (_, screen):
        control(screen, "name").value = "Ana"
        await screen.action_toggle_json()
        await screen.action_toggle_json()
        await screen.action_close()
    assert [each["edits"] for each in keeper.bodies] == [screen.model.draft()["edits"]]


@pytest.mark.parametrize("json", [None, "", '{"name": '])
async def test_a_draft_that_is_only_looked_at_stays_as_it_was_written_and_whose_it_was(json):
    form = FormModel(Person.model_json_schema(schema_generator=AskedSchema))
    next(each for each in form.nodes() if each.path == ("name",)).text = "Ana"
    kept = Draft("ana", dt.datetime.now(dt.UTC), form.draft(json))
    keeper = Kept()
    async with asked(Person, kept=kept, keeper=keeper) as (pilot, _):
        await press(pilot, "escape")
        assert pilot.app.left[0].draft.begun
    assert keeper.bodies == []


async def test_a_form_in_which_nothing_was_typed_writes_nothing_down():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, _):
        await press(pilot, "tab", "tab", "escape")
    assert keeper.bodies == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_draft_is_discarded_and_the_form_begins_anew(size):
    keeper = Kept()
    async with asked(Person, keeper=keeper, initial={"name": "Bea"}, size=size) as (pilot, screen):
        await write(pilot, "Ana")
        await press(pilot, "ctrl+g")
        assert control(screen, "name").value == "Bea"
        assert keeper.bodies == [None]
        await press(pilot, "escape")
        assert not pilot.app.left[0].draft.begun


async def test_json_that_cannot_be_read_yet_is_a_draft_too():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, screen):
        await press(pilot, "ctrl+t")
        screen.query_one("#answer--json", TextArea).text = '{"name": '
        await settle(pilot)
        await press(pilot, "escape")
    kept = Draft("ana", dt.datetime.now(dt.UTC), keeper.bodies[-1])
    async with asked(Person, kept=kept) as (_, screen):
        assert screen.query_one("#answer--json", TextArea).text == '{"name": '


async def test_an_answer_that_was_taken_leaves_no_draft():
    keeper = Kept()
    async with asked(Person, keeper=keeper) as (pilot, _):
        await write(pilot, "Ana")
        await press(pilot, "ctrl+s")
        assert pilot.app.left[0].sent
    assert keeper.bodies == []


async def test_objections_to_an_earlier_answer_stand_at_their_fields_until_those_change():
    async with asked(Person, objections={("name",): "is taken", (): "not today"}) as (pilot, screen):
        assert errors(screen) == {("name",): "is taken"}
        assert str(screen.query_one("#answer--banner", Static).content) == "not today"
        assert str(screen.query_one("#answer--errors", Static).content) == "1 error"
        await write(pilot, "x")
        assert errors(screen) == {}


async def test_a_root_that_is_no_object_has_a_menu_too():
    async with asked({"type": "string", "default": "a"}) as (pilot, screen):
        await write(pilot, "bc")
        await choose(pilot, "Undo")
        assert screen.model.dump() == "a"
        assert screen.query_one("#answer--body Input", Input).value == "a"


def test_rows_whose_form_is_closed_before_they_are_whole_end_nothing():
    """Textual mounts what is being removed, too, but without its insides."""
    model = FormModel({"type": "object", "properties": {"rows": {"type": "array", "items": {"type": "string"}}}})
    part = make_part(next(each for each in model.nodes() if each.path), Place("Rows"))
    part.on_mount()
    assert not part.query(Button)


async def test_rows_that_are_still_to_be_made_when_their_form_is_closed_are_left_out(monkeypatch):
    """Textual mounts nothing in what is being removed, and says nothing of it."""
    async with asked(one(list[str], ["a"] * 50)) as (_, screen):
        part = screen.query_one(RowsPart)
        shown = part.shown
        await part.remove()
        made = iter(range(50))
        monkeypatch.setattr(part, "_make_row", lambda row, at: Static(str(next(made))))
        await part.show_rows(50)
        assert part.shown <= shown
