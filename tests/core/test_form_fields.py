# ruff: noqa: UP045  Optional[...] of a type held in a variable is what is tested
"""What one can do with a field beside typing: rows, places, names, leaving out, JSON, drafts, secrets."""

import datetime as dt
import enum
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Optional

import pytest
from pydantic import BaseModel, Field, Secret, SecretBytes, SecretStr, ValidationError

from holdfast import flow
from holdfast.exceptions import ParameterError
from holdfast.forms.fields import MISSING, Kind
from holdfast.forms.list_nodes import ListNode, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import TupleNode
from holdfast.forms.nodes import PickNode
from holdfast.forms.raw_nodes import RawNode
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.json_text import FromJson, UnreadableError, parse_json, to_json
from holdfast.values.masks import MASK, has_secrets, mask


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Person(BaseModel):
    name: str
    age: int = 3


class Account(BaseModel):
    user: str
    password: SecretStr


def form(annotation: Any, initial: Any = MISSING, **info: Any) -> FormModel:
    model: Any = type(
        "Form", (BaseModel,), {"__annotations__": {"x": annotation}, **({"x": Field(**info)} if info else {})}
    )
    return FormModel(
        model.model_json_schema(schema_generator=AskedSchema), None if initial is MISSING else {"x": initial}
    )


def x(made: FormModel) -> Any:
    return made.root.children[0]


# ---- order, places


def test_fields_stand_where_their_schema_wants_them():
    class Form(BaseModel):
        a: int
        b: int = Field(json_schema_extra={"position": 1})
        c: int = Field(json_schema_extra={"order": 0})
        d: int

    root = FormModel(Form.model_json_schema(schema_generator=AskedSchema)).root
    assert [field.name for field in root.field.fields] == [
        "c",
        "b",
        "a",
        "d",
    ]


class Point(NamedTuple):
    easting: int
    northing: int


def test_a_fixed_list_has_a_field_for_each_place():
    made = form(tuple[int, str], [1, "a"])
    assert isinstance(x(made), TupleNode)
    x(made).children[0].text = "2"
    assert made.dump() == {"x": [2, "a"]}
    assert made.errors() == {}


def test_an_empty_place_is_required():
    made = form(tuple[int, str])
    x(made).children[1].text = "a"
    assert made.errors() == {("x", 0): "required"}


def test_the_places_of_a_named_tuple_have_its_names():
    made = FormModel({"properties": {"x": {"type": "array", "prefixItems": [{"type": "integer", "title": "Easting"}],
                                           "minItems": 1, "maxItems": 1}}})  # fmt: skip
    assert x(made).children[0].field.title == "Easting"
    assert [field.title for field in x(form(Point)).field.places] == ["Easting", "Northing"]


def test_a_list_of_the_wrong_length_stays_until_it_is_edited_and_is_told():
    made = form(tuple[int, str], [1])
    assert made.dump() == {"x": [1]}
    assert made.errors() == {("x",): "at least 2 rows"}


# ---- tables


def test_a_table_has_a_row_for_each_name():
    made = form(dict[str, int], {"a": 1, "b": 2})
    table = x(made)
    assert isinstance(table, TableNode)
    table.children[0].text = "5"
    row = table.add()
    table.rename(row, "c")
    row.text = "7"
    table.remove(table.children[1])
    assert made.dump() == {"x": {"a": 5, "c": 7}}
    assert made.errors() == {}


def test_a_renamed_value_keeps_its_place():
    made = form(dict[str, int], {"a": 1, "b": 2})
    x(made).rename(x(made).children[0], "z")
    assert list(made.dump()["x"].items()) == [("z", 1), ("b", 2)]


def test_a_row_without_a_name_and_a_name_twice_are_told():
    made = form(dict[str, int], {"a": 1})
    row = x(made).add()
    row.text = "2"
    assert made.errors() == {("x", ""): "a name"}
    x(made).rename(row, "a")
    assert made.errors() == {("x", "a"): "a unique name"}


def test_an_empty_name_that_came_in_stays():
    made = form(dict[str, int], {"": 1, "b": 2})
    x(made).children[1].text = "3"
    assert made.dump() == {"x": {"": 1, "b": 3}}
    assert made.errors() == {}


def test_what_is_wrong_with_an_entry_lies_at_its_value():
    made = form(dict[str, int], {"a": "b"})
    assert made.errors() == {("x", "a"): "a whole number, such as 42"}


def test_pydantics_locations_find_entries_and_places():
    class Form(BaseModel):
        table: dict[str, Annotated[int, Field(ge=5)]]
        names: dict[Annotated[str, Field(max_length=2)], int]
        pair: tuple[int, Person]

    data = {"table": {"a": 1}, "names": {"long": 1}, "pair": [1, {"name": "Ana", "age": "x"}]}
    made = FormModel(Form.model_json_schema(schema_generator=AskedSchema), data)
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(data)
    made.object_to({error["loc"]: error["msg"] for error in caught.value.errors()})
    assert set(made.objections()) == {("table", "a"), ("names", "long"), ("pair", 1, "age")}
    assert "[key]" not in "".join(made.objections().values())


# ---- rows


@pytest.mark.parametrize("kind", ["list", "table"])
def test_a_row_is_duplicated_below_itself(kind):
    values = [{"name": "a", "age": 1}, {"name": "b", "age": 2}]
    made = (
        form(list[Person], values) if kind == "list" else form(dict[str, Person], dict(zip("pq", values, strict=True)))
    )
    x(made).children[0].children[1].text = "9"
    x(made).duplicate(x(made).children[0])
    a, b = {"name": "a", "age": 9}, {"name": "b", "age": 2}
    assert made.dump()["x"] == ([a, a, b] if kind == "list" else {"p": a, "p 2": a, "q": b})


def test_a_removed_row_comes_back_where_it_was_with_what_was_in_it():
    made = form(list[str], ["a", "b", "c"])
    x(made).children[1].text = "bb"
    x(made).remove(x(made).children[1])
    x(made).remove(x(made).children[0])
    assert made.dump() == {"x": ["c"]}
    x(made).restore()
    x(made).restore()
    assert made.dump() == {"x": ["a", "bb", "c"]}
    assert not x(made).can_restore


def test_a_removed_entry_comes_back_under_its_name():
    made = form(dict[str, int], {"a": 1, "b": 2})
    x(made).remove(x(made).children[0])
    x(made).restore()
    assert list(made.dump()["x"].items()) == [("a", 1), ("b", 2)]
    assert not made.root.edited


@pytest.mark.parametrize("annotation", [list[Colour], set[Colour], list[Literal["red", "green", "blue"]]])
def test_different_choices_are_picked_from_a_list(annotation):
    made = form(annotation, ["blue"])
    assert [option.label for option in x(made).picks.options] == ["red", "green", "blue"]
    x(made).set_picks(frozenset({0, 2}))
    assert made.dump() == {"x": ["red", "blue"]}
    x(made).set_picks(frozenset({2}))
    assert made.dump() == {"x": ["blue"]}
    assert not x(made).edited


@pytest.mark.parametrize("value", [["red", "red"], ["purple"]])
def test_a_list_that_holds_a_choice_twice_or_another_value_is_edited_row_by_row(value):
    made = form(list[Colour], value)
    assert x(made).picks is None
    assert made.dump() == {"x": value}


# ---- leaving out, null, default


def test_a_field_is_left_out_is_null_or_has_its_default():
    made = form(int | None, default=5)
    for do, value in (
        (lambda: x(made).replace(MISSING), {}),
        (lambda: x(made).replace(None), {"x": None}),
        (lambda: x(made).replace(5), {"x": 5}),
        (lambda: x(made).replace(MISSING), {}),
        (lambda: x(made).revert(), {}),
    ):
        do()
        assert made.dump() == value
        assert made.errors() == {}
    assert not made.root.edited


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(str, "a"), (bool, True), (Colour, "red"), (list[int], [1]), (Person, {"name": "a", "age": 1}), (int | str, 1),
     (dict[str, int], {"a": 1}), (tuple[int, int], [1, 2]), (Any, [1])],
)  # fmt: skip
def test_any_optional_field_can_be_left_out_and_brought_back(annotation, value):
    made = form(Optional[annotation], value, default=None)
    x(made).replace(MISSING)
    assert made.dump() == {}
    x(made).revert()
    assert made.dump() == {"x": value}
    assert not made.root.edited


def test_a_field_inside_a_group_that_was_left_out_counts_as_an_edit_of_the_group():
    made = form(Person, {"name": "a", "age": 5})
    made.find(("x", "age")).replace(MISSING)
    assert made.dump() == {"x": {"name": "a"}}


# ---- one field as JSON


@pytest.mark.parametrize(
    ("annotation", "value", "text", "after"),
    [
        (int, 1, "2", 2),
        (Person, {"name": "a", "age": 1}, '{"name": "b"}', {"name": "b"}),
        (list[int], [1], "[2, 3]", [2, 3]),
        (int | str, 1, '"a"', "a"),
        (dict[str, int], {"a": 1}, '{"b": 2}', {"b": 2}),
        (tuple[int, str], [1, "a"], '[2, "b"]', [2, "b"]),
    ],
)
def test_a_field_is_edited_as_json_and_as_a_form_again(annotation, value, text, after):
    made = form(annotation, value)
    raw = made.as_json(x(made))
    assert parse_json(raw.text) == value
    assert made.dump() == {"x": value}
    raw.text = text
    assert made.dump() == {"x": after}
    assert made.errors() == {}
    node = made.as_form(raw)
    assert x(made) is node
    assert made.dump() == {"x": after}
    node.revert()
    assert made.dump() == {"x": value}


def test_looking_at_a_fields_json_changes_nothing():
    made = form(list[Person], [{"name": "a", "age": 1}])
    node = x(made)
    made.as_form(made.as_json(node))
    assert x(made) is node
    assert not made.root.edited
    assert made.dump() == {"x": [{"name": "a", "age": 1}]}


def test_json_that_cannot_be_read_keeps_a_field_as_json():
    made = form(int, 1)
    raw = made.as_json(x(made))
    raw.text = "{"
    assert list(made.errors()) == [("x",)]
    with pytest.raises(UnreadableError):
        made.as_form(raw)
    assert x(made) is raw


def test_a_branch_a_row_and_an_entry_may_be_edited_as_json():
    class Form(BaseModel):
        either: int | Person
        rows: list[int]
        table: dict[str, int]

    made = FormModel(
        Form.model_json_schema(schema_generator=AskedSchema),
        {"either": {"name": "a"}, "rows": [1, 2], "table": {"k": 1}},
    )
    for path, text in ((("either",), '{"name": "b"}'), (("rows", 1), "5"), (("table", "k"), "6")):
        made.as_json(made.find(path)).text = text
    assert made.dump() == {"either": {"name": "b"}, "rows": [1, 5], "table": {"k": 6}}
    assert made.errors() == {}


# ---- secrets


class Vault(BaseModel):
    account: Account
    keys: dict[str, SecretStr] = {}
    pair: tuple[str, SecretStr] | None = None
    anything: dict[str, Any] | list[SecretStr] = {}


SECRETS = {
    "account": {"user": "ana", "password": "hunter1"},
    "keys": {"a": "hunter2"},
    "pair": ["p", "hunter3"],
    "anything": ["hunter4"],
}


def test_a_value_is_masked_wherever_its_schema_has_a_secret():
    schema = Vault.model_json_schema(schema_generator=AskedSchema)
    shown = mask(schema, SECRETS)
    assert "hunter" not in json.dumps(shown)
    assert (shown["account"]["user"], shown["pair"][0]) == ("ana", "p")
    assert shown["account"]["password"] == MASK


def test_a_schema_without_secrets_masks_nothing():
    assert not has_secrets(Person.model_json_schema(schema_generator=AskedSchema))
    assert mask(Person.model_json_schema(schema_generator=AskedSchema), SECRETS) is SECRETS


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/s", "$defs": {"s": {"type": "string", "format": "password"}}},
        {"anyOf": [{"type": "integer"}, {"allOf": [{"writeOnly": True}]}]},
        {"$ref": "#/$defs/loop", "$defs": {"loop": {"anyOf": [{"$ref": "#/$defs/loop"}, {"format": "password"}]}}},
    ],
)
def test_what_may_be_a_secret_is_treated_as_one(schema):
    assert mask(schema, "hunter") == MASK


def test_no_text_of_a_form_shows_a_secret_and_all_of_them_are_sent():
    made = FormModel(Vault.model_json_schema(schema_generator=AskedSchema), SECRETS)
    assert "hunter" not in made.json_text()
    assert not any("hunter" in getattr(node, "text", "") for node in made.nodes())
    made.load_json_text(made.json_text())
    assert made.dump() == SECRETS


def test_a_secret_in_a_field_that_is_edited_as_json_is_masked_and_kept():
    made = FormModel(Vault.model_json_schema(schema_generator=AskedSchema), SECRETS)
    raw = made.as_json(made.find(("account",)))
    assert "hunter" not in raw.text
    raw.text = raw.text.replace("ana", "bea")
    assert made.dump()["account"] == {"user": "bea", "password": "hunter1"}


# ---- drafts


def again(made: FormModel, initial: Any = None) -> FormModel:
    """The form after its draft was written down and read."""
    draft = made.draft()
    copy = FormModel(made.schema, initial)
    if draft is not None:
        copy.redo(json.loads(json.dumps(draft)))
    return copy


def test_nothing_entered_is_no_draft():
    assert form(list[Person], [{"name": "a"}]).draft() is None


def test_a_draft_brings_back_wrong_texts_branches_rows_and_what_was_left_out():
    class Form(BaseModel):
        count: int = 1
        either: int | str = 1
        rows: list[Person] = []
        table: dict[str, int] = {}
        maybe: Person | None = None
        gone: int = 5
        choice: Colour = Colour.RED

    initial = {"rows": [{"name": "a"}, {"name": "b"}], "table": {"k": 1, "l": 2}}
    made = FormModel(Form.model_json_schema(schema_generator=AskedSchema), initial)
    made.find(("count",)).text = "4x"
    either = made.root.children[1]
    either.choose(1)
    either.active.text = "kept"
    either.choose(0)
    rows, table = made.find(("rows",)), made.find(("table",))
    rows.move(rows.children[0], 1)
    rows.add().children[0].text = "c"
    table.rename(table.children[0], "z")
    made.find(("maybe",)).set_null(False)
    made.find(("maybe", "name")).text = "m"
    made.find(("gone",)).replace(MISSING)
    made.find(("choice",)).pick(2)
    made.as_json(made.find(("table", "l"))).text = "{"

    copy = again(made, initial)
    assert copy.dump() == made.dump()
    assert copy.errors() == made.errors()
    assert copy.find(("count",)).text == "4x"
    assert isinstance(copy.find(("table", "l")), RawNode)
    copy.root.children[1].choose(1)
    assert copy.dump()["either"] == "kept"


def test_a_draft_of_a_form_that_was_loaded_from_json_brings_that_back():
    made = form(int, 1)
    made.load_json_text('{"x": 7, "more": [1.50]}')
    made.find(("x",)).text = "8"
    assert again(made, {"x": 1}).dump() == made.dump()


def test_a_draft_has_no_secret_in_it():
    class Form(Vault):
        name: str = ""
        raw: Account

    initial = {"account": {"user": "ana", "password": "hunter0"}}
    made = FormModel(Form.model_json_schema(schema_generator=AskedSchema), initial)
    made.load_json_text(json.dumps(SECRETS | {"raw": {"user": "r", "password": "hunter5"}}))
    made.find(("account", "password")).text = "hunter6"
    made.find(("name",)).text = "kept"
    made.as_json(made.find(("raw",))).text = '{"user": "s", "password": "hunter7"}'
    made.find(("keys",)).duplicate(made.find(("keys",)).children[0])
    assert "hunter" not in json.dumps(made.draft('{"name": "x", "keys": {"a": "hunter8"}}'))
    assert "hunter" not in json.dumps(made.draft('{"name": "x", "keys": {"a": "hunter8"'))
    copy = again(made, initial)
    assert copy.dump()["name"] == "kept"
    assert copy.dump()["account"]["user"] == "ana"


class Keys(BaseModel):
    number: int
    words: list[str] = []


HIDDEN: list[tuple[Any, Any, str]] = [
    (SecretStr, "hunter2", "hunter3"),
    (SecretBytes, "hunter2", "hunter3"),
    (Secret[int], 4711, "4712"),
    (Optional[Secret[int]], 4711, "4712"),
    (Secret[Optional[int]], 4711, "4712"),
    (Secret[float], 47.11, "47.12"),
    (Secret[Decimal], "47.11", "47.12"),
    (Secret[dt.date], "2047-11-11", "2047-11-12"),
    (Secret[dt.datetime], "2047-11-11T10:00:00", "2047-11-12 10:00"),
    (Secret[dt.timedelta], "PT4711S", "PT4712S"),
    (Secret[list[int]], [4711], "[4712]"),
    (Secret[dict[str, int]], {"hunter2": 4711}, '{"hunter3": 4712}'),
    (Secret[tuple[int, str]], [4711, "hunter2"], '[4712, "hunter3"]'),
    (Secret[int | str], 4711, "4712"),
    (Secret[SecretStr], "hunter2", "hunter3"),
]
"""Secrets of many types: one that comes in, and one that is typed."""
TELLING = ("hunter", "471", "47.1", "2047")


@pytest.mark.parametrize(("asked", "came", "text"), HIDDEN, ids=[str(each[0])[-30:] for each in HIDDEN])
def test_a_secret_of_any_type_is_in_no_text_and_no_draft_and_arrives(asked, came, text):
    made = form(asked, came)
    shown = [made.json_text(), to_json(made.root.shown(hide=True)), x(made).text, x(made).understood]
    assert made.dump() == {"x": came}
    x(made).text = text
    shown += [made.json_text(), to_json(made.draft()), x(made).understood, *map(str, made.errors())]
    assert made.errors() == {}
    assert any(each in to_json(made.dump()) for each in TELLING)
    made.load({"x": came})
    shown += [to_json(made.draft()), made.json_text(), x(made).text]
    assert not [each for each in shown if any(one in each for one in TELLING)]
    assert not x(made).multiline


@pytest.mark.parametrize("asked", [Secret[bool], Secret[Literal["hunter2", "hunter3"]]])
def test_which_choice_a_secret_came_in_as_is_not_shown_and_is_sent(asked):
    came = True if asked is Secret[bool] else "hunter3"
    made = form(asked, came)
    assert (x(made).index, made.dump(), made.errors()) == (None, {"x": came}, {})
    assert "hunter3" not in made.json_text()
    x(made).pick(0)
    assert made.draft()["edits"] == {"at": {}}
    assert made.dump() == {"x": True if came is True else "hunter2"}


def test_all_below_a_secret_is_one():
    made = form(Secret[Keys], {"number": 4711, "words": ["hunter2"]})
    number, words = (made.find(("x", name)) for name in ("number", "words"))
    assert (number.text, words.text) == ("", "")
    number.text, words.text = "4712", '["hunter3"]'
    assert made.dump() == {"x": {"number": 4712, "words": ["hunter3"]}}
    assert made.draft()["edits"] == {"at": {}}
    assert not any(each in made.json_text() for each in TELLING)


def test_what_is_given_for_a_secret_parameter_is_in_no_error():
    @flow
    def opens(pin: Secret[int]) -> None: ...

    with pytest.raises(ParameterError) as raised:
        opens.validate((), FromJson(pin="hunter2"))
    assert "hunter2" not in str(raised.value)
    assert "pin" in str(raised.value)


def test_a_secret_that_a_draft_does_not_have_is_asked_for_again_and_its_mask_is_never_sent():
    made = FormModel(Vault.model_json_schema(schema_generator=AskedSchema))
    made.load_json_text(json.dumps(SECRETS))
    copy = again(made)
    assert MASK not in json.dumps(copy.dump()["account"])
    assert set(copy.errors()) >= {("account", "password")}


def test_a_draft_of_another_schema_is_left_aside():
    made = form(int)
    made.find(("x",)).text = "5"
    other = form(str, "a")
    assert other.redo(made.draft()) is None
    assert other.dump() == {"x": "a"}


def test_paths_are_texts():
    assert (x(form(Path)).field.kind, x(form(Path)).field.format) == (Kind.TEXT, "path")


def test_nodes_of_rows_are_what_they_were():
    assert isinstance(x(form(list[int], [1])), ListNode)
    assert isinstance(x(form(bool)), PickNode)
