# ruff: noqa: UP045  Optional[...] of a type held in a variable is what is tested
"""The pure form model: schema to fields, loading, editing, dumping, errors."""

import datetime as dt
import enum
import json
import math
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import pytest
from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    Json,
    RootModel,
    SecretStr,
    ValidationError,
)

from holdfast.forms.dates_and_times import DATE, DATETIME
from holdfast.forms.field_texts import echo, hint
from holdfast.forms.fields import MISSING, Kind
from holdfast.forms.list_nodes import ListNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import GroupNode, UnionNode
from holdfast.forms.nodes import PickNode, TextNode
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.json_text import UnreadableError, parse_json, to_json
from holdfast.values.masks import MASK


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Bank(BaseModel):
    """Pay by bank transfer."""

    method: Literal["bank"] = "bank"
    iban: str


class Card(BaseModel):
    method: Literal["card"] = "card"
    number: int


class Person(BaseModel):
    name: str
    age: int = Field(ge=0, le=150)


def form(annotation: Any, initial: Any = MISSING, **info: Any) -> FormModel:
    """A form whose one field, x, has this annotation."""
    model = type(
        "Form",
        (BaseModel,),
        {"__annotations__": {"x": annotation}, **({"x": Field(**info)} if info else {})},
    )
    return FormModel(
        model.model_json_schema(schema_generator=AskedSchema), None if initial is MISSING else {"x": initial}
    )


def x(made: FormModel) -> Any:
    """The node of that field; of a union, the union itself."""
    return made.root.children[0]


def typed(made: FormModel, text: str) -> FormModel:
    x(made).text = text
    return made


# ---- kinds


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, Kind.TEXT),
        (SecretStr, Kind.SECRET),
        (int, Kind.INTEGER),
        (float, Kind.NUMBER),
        (Decimal, Kind.NUMBER),
        (bool, Kind.BOOLEAN),
        (Colour, Kind.CHOICE),
        (Literal["a", 1], Kind.CHOICE),
        (Literal["only"], Kind.CHOICE),
        (Literal["a"] | Literal["b"], Kind.CHOICE),
        (dt.date, Kind.DATE),
        (dt.time, Kind.TIME),
        (dt.datetime, Kind.DATETIME),
        (AwareDatetime, Kind.DATETIME),
        (dt.timedelta, Kind.DURATION),
        (Person, Kind.MODEL),
        (list[int], Kind.LIST),
        (list[Person], Kind.LIST),
        (set[int], Kind.LIST),
        (int | str, Kind.UNION),
        (Bank | Card, Kind.UNION),
        (Annotated[Bank | Card, Field(discriminator="method")], Kind.UNION),
        (UUID, Kind.TEXT),
        (AnyUrl, Kind.TEXT),
        (bytes, Kind.TEXT),
        (Json, Kind.TEXT),
        (Any, Kind.JSON),
        (dict[str, int], Kind.TABLE),
        (dict[str, Any], Kind.JSON),
        (tuple[int, str], Kind.TUPLE),
        (tuple[int, ...], Kind.LIST),
        (list[Any], Kind.JSON),
        (None, Kind.CHOICE),
    ],
)
def test_each_python_type_gets_its_kind(annotation, kind):
    assert x(form(annotation)).field.kind is kind


@pytest.mark.parametrize("annotation", [int, str, Colour, Person, list[int], int | str, bool, Decimal, dict])
def test_optional_keeps_the_kind_and_allows_null(annotation):
    plain = x(form(annotation)).field
    optional = x(form(Optional[annotation])).field
    assert (optional.kind, optional.nullable, optional.exact) == (plain.kind, True, plain.exact)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (True, Kind.JSON),
        (False, Kind.JSON),
        (None, Kind.JSON),
        ([], Kind.JSON),
        ("string", Kind.JSON),
        ({"type": 5}, Kind.JSON),
        ({"type": ["string", "null"]}, Kind.TEXT),
        ({"type": ["string", "integer"]}, Kind.UNION),
        ({"type": []}, Kind.JSON),
        ({"enum": []}, Kind.JSON),
        ({"enum": [{"a": 1}, [2]]}, Kind.CHOICE),
        ({"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]}, Kind.CHOICE),
        ({"anyOf": []}, Kind.JSON),
        ({"anyOf": [{"type": "integer"}]}, Kind.INTEGER),
        ({"anyOf": [{"type": "null"}]}, Kind.CHOICE),
        ({"allOf": [{"type": "integer"}]}, Kind.INTEGER),
        ({"allOf": [{"properties": {"a": {}}}, {"type": "object"}]}, Kind.MODEL),
        ({"properties": {"a": {}}}, Kind.MODEL),
        ({"type": "object", "properties": {}}, Kind.MODEL),
        ({"type": "object"}, Kind.JSON),
        ({"type": "object", "patternProperties": {"^x": {}}}, Kind.JSON),
        ({"type": "array"}, Kind.JSON),
        ({"type": "array", "prefixItems": [{}]}, Kind.JSON),
        ({"$ref": "#/$defs/nowhere"}, Kind.JSON),
        ({"$ref": "#"}, Kind.JSON),
        ({"$ref": "https://example.com/schema"}, Kind.JSON),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, Kind.JSON),
        ({"$defs": {"a/b~c d": {"type": "integer"}}, "$ref": "#/$defs/a~1b~0c%20d"}, Kind.INTEGER),
        ({"type": "string", "anyOf": [{"format": "date"}, {"format": "time"}]}, Kind.TEXT),
    ],
)
def test_any_schema_at_all_becomes_a_field(schema, kind):
    assert FormModel(schema).root.field.kind is kind


def test_a_title_made_from_the_name_reads_as_a_sentence():
    class Release(BaseModel):
        release_notes: str
        dueDate: str
        custom: str = Field(title="Go Live")

    root = FormModel(Release.model_json_schema(schema_generator=AskedSchema)).root
    titles = [child.title for child in root.field.fields]
    assert titles == ["Release notes", "Due date", "Go Live"]


def test_a_group_is_titled_by_its_property_not_by_its_class():
    assert x(form(Bank)).field.title == "X"


def test_names_are_the_aliases_of_the_schema():
    made = form(int, alias="theX")
    assert made.root.children[0].path == ("theX",)


def test_limits_default_examples_and_description_are_read():
    field = x(form(int, ge=1, lt=10, multiple_of=2, default=4, examples=[6], description="How many")).field
    assert (field.limits.ge, field.limits.lt, field.limits.multiple_of) == (1, 10, 2)
    assert (field.default, field.examples, field.description) == (4, (6,), "How many")


@pytest.mark.parametrize("info", [{"json_schema_extra": {"widget": "textarea"}}, {"max_length": 2000}])
def test_a_long_text_is_asked_for_in_several_lines(info):
    assert x(form(str, **info)).multiline


def test_a_text_that_came_in_with_a_line_break_gets_several_lines():
    assert x(form(str, "one\ntwo")).multiline


def test_a_required_name_without_a_property_can_still_be_answered():
    made = FormModel({"type": "object", "properties": {}, "required": ["a"]})
    made.find(("a",)).text = "[1]"
    assert made.dump() == {"a": [1]}


def test_a_recursive_root_does_not_loop():
    class Tree(BaseModel):
        name: str
        children: list["Tree"] = []

    made = FormModel(Tree.model_json_schema(schema_generator=AskedSchema))
    made.find(("children",)).add().children[1].add()
    made.find(("children", 0, "children", 0, "name")).text = "leaf"
    assert made.dump()["children"][0]["children"][0] == {"name": "leaf"}


def test_a_nullable_group_that_contains_itself_opens_level_by_level():
    class Link(BaseModel):
        next: Optional["Link"] = None

    made = FormModel(Link.model_json_schema(schema_generator=AskedSchema))
    made.find(("next",)).set_null(False)
    assert made.dump() == {"next": {}}


def test_a_group_that_must_contain_itself_ends_as_json():
    schema = {
        "$defs": {"N": {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}, "required": ["next"]}},
        "$ref": "#/$defs/N",
    }
    assert FormModel(schema).root.field.fields[0].kind is Kind.JSON


# ---- text to value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, " as typed ", " as typed "),
        (int, " 42 ", 42),
        (int, "+7", 7),
        (int, "123456789012345678901234567890", 123456789012345678901234567890),
        (float, "1.5", 1.5),
        (float, "3", 3),
        (float, "1.10", 1.1),
        (float, "1_000.5", 1000.5),
        (float, "inf", math.inf),
        (float, "-Infinity", -math.inf),
        (int, "1_000", 1000),
        (Decimal, "1_000.10", "1000.10"),
        (float, "0.12345678901234567890123", Decimal("0.12345678901234567890123")),
        (Decimal, "1.10", "1.10"),
        (Decimal, "0.12345678901234567890123", "0.12345678901234567890123"),
        (Decimal, "1e3", "1000"),
        (dt.date, "2026-11-25", "2026-11-25"),
        (dt.time, "14:30", "14:30:00"),
        (dt.datetime, "2026-11-25T14:30", "2026-11-25T14:30:00"),
        (dt.datetime, "2026-11-25T14:30:00Z", "2026-11-25T14:30:00+00:00"),
        (dt.datetime, "2026-11-25 14:30 +0800", "2026-11-25T14:30:00+08:00"),
        (dt.timedelta, "1h 30m", "PT1H30M"),
        (dt.timedelta, "2 days", "P2D"),
        (dt.timedelta, "-P1DT0.5S", "-P1DT0.5S"),
        (UUID, "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        (Json, '{"a": 1}', '{"a": 1}'),
        (Any, '{"a": [1.0, 1, null]}', {"a": [1.0, 1, None]}),
        (Any, "null", None),
        (dict, "{}", {}),
        (list, '[1, "a"]', [1, "a"]),
    ],
)
def test_typed_text_becomes_the_value_and_passes(annotation, text, value):
    made = typed(form(annotation), text)
    assert made.errors() == {}
    found = made.dump()["x"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("annotation", "text", "words"),
    [
        (int, "4.2", "a whole number, such as 42"),
        (int, "x", "a whole number, such as 42"),
        (int, "٣", "a whole number, such as 42"),
        (int, "9" * 5000, "a number of at most 4300 digits"),
        (float, "1,5", "a number, such as 12.5"),
        (float, "1e99999", "a number of at most 4300 digits"),
        (Decimal, "ten", "a number, such as 12.5"),
        (dt.date, "11/12/2026", DATE),
        (dt.date, "2026-02-30", DATE),
        (dt.time, "25:00", "a time, such as 14:30"),
        (dt.datetime, "20261125", DATETIME),
        (dt.datetime, "2026-11-25T14:30 Mars", DATETIME),
        (dt.timedelta, "soon", "a duration, such as 1h 30m or PT1H30M"),
        (UUID, "x", "a UUID, such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        (AnyUrl, "not a url", "a web address, such as https://example.com"),
        (Any, "{", "JSON, but line 1, column 2: expecting property name enclosed in double quotes"),
        (Any, '{"a": 1, "a": 2}', 'JSON, but the key "a" appears twice'),
        (Any, "NaN", "JSON, which has no NaN"),
        (Json, "{", "JSON, but line 1, column 2: expecting property name enclosed in double quotes"),
        (dict, "[]", "a group of named values"),
        (Annotated[dict, Field(max_length=1)], '{"a": 1, "b": 2}', "at most 1 entries"),
        (Annotated[list, Field(min_length=2)], "[1]", "at least 2 rows"),
    ],
)
def test_a_wrong_text_is_told_what_is_asked_for(annotation, text, words):
    assert typed(form(annotation), text).errors() == {("x",): words}


@pytest.mark.parametrize(
    ("annotation", "info", "text", "words"),
    [
        (int, {"ge": 1}, "0", "at least 1"),
        (int, {"gt": 1}, "1", "more than 1"),
        (int, {"le": 9}, "10", "at most 9"),
        (float, {"lt": 1.5}, "1.5", "less than 1.5"),
        (int, {"multiple_of": 3}, "4", "a multiple of 3"),
        (Decimal, {"ge": Decimal("0.5")}, "0.4", "at least 0.5"),
        (Decimal, {"multiple_of": Decimal("0.01")}, "1.001", "a multiple of 0.01"),
        (str, {"min_length": 3}, "ab", "at least 3 characters"),
        (str, {"max_length": 1}, "ab", "at most 1 character"),
        (str, {"pattern": "^[a-z]+$"}, "A", "text that matches ^[a-z]+$"),
        (Optional[int], {"ge": 1}, "0", "at least 1"),
    ],
)
def test_limits_are_told_in_plain_words(annotation, info, text, words):
    assert typed(form(annotation, **info), text).errors() == {("x",): words}


def test_a_number_far_out_of_scale_is_checked_without_harm():
    assert typed(form(Decimal, multiple_of=Decimal("0.01")), "1e4000").errors() == {}


def test_a_number_or_text_with_a_default_that_is_no_number_is_a_union():
    assert x(form(float | str, default="auto")).field.kind is Kind.UNION


def test_a_decimal_with_the_pattern_of_other_pydantic_versions_is_one_number():
    pattern = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"
    schema = {"properties": {"x": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": pattern}]}}}
    made = FormModel(schema)
    typed(made, "1.10")
    assert (x(made).field.exact, made.errors(), made.dump()) == (True, {}, {"x": "1.10"})


# ---- required, omitted, null


def test_a_required_field_without_a_value_is_said_to_be_required():
    assert form(str).errors() == {("x",): "required"}


def test_an_untouched_field_with_a_default_factory_is_left_out():
    made = form(list[int], default_factory=list)
    assert (made.dump(), made.errors()) == ({}, {})


def test_an_untouched_text_with_a_default_factory_is_left_out_and_can_be_emptied_again():
    made = typed(typed(form(str, default_factory=str), "a"), "")
    assert made.dump() == {}


def test_a_default_is_shown_and_left_out_until_it_is_touched():
    made = form(int, default=5)
    assert (x(made).text, made.dump()) == ("5", {})
    assert typed(typed(made, "6"), "5").dump() == {"x": 5}


def test_an_emptied_number_falls_back_to_its_default():
    assert typed(form(int, default=5), "").dump() == {"x": 5}


def test_an_emptied_text_with_a_default_is_the_empty_text():
    assert typed(form(str, default="a"), "").dump() == {"x": ""}


def test_an_emptied_required_text_is_required():
    assert typed(form(str, "a"), "").errors() == {("x",): "required"}


def test_an_empty_text_that_came_in_stays():
    made = form(str, "")
    assert (made.dump(), made.errors()) == ({"x": ""}, {})


def test_an_emptied_nullable_field_is_null_and_not_its_default():
    assert typed(form(Optional[str], default="a"), "").dump() == {"x": None}


def test_null_keeps_the_text_that_was_there():
    made = typed(form(Optional[int], default=None), "42")
    x(made).set_null(True)
    assert made.dump() == {"x": None}
    x(made).set_null(False)
    assert made.dump() == {"x": 42}


def test_null_keeps_the_group_that_was_there():
    made = form(Optional[Person], {"name": "Ana", "age": 3})
    x(made).set_null(True)
    assert made.dump() == {"x": None}
    x(made).set_null(False)
    assert made.dump() == {"x": {"name": "Ana", "age": 3}}


def test_a_required_nullable_text_that_is_left_empty_is_null():
    assert form(Optional[str]).dump() == {"x": None}


def test_a_required_nullable_choice_has_to_be_made():
    made = form(Optional[bool])
    assert made.errors() == {("x",): "required"}
    x(made).pick(2)
    assert made.dump() == {"x": None}


def test_a_secret_is_never_shown_and_kept_unless_another_is_typed():
    made = form(SecretStr, "hunter2")
    assert (x(made).text, x(made).keeps_secret, made.dump()) == ("", True, {"x": "hunter2"})
    assert typed(made, "other").dump() == {"x": "other"}


def test_the_asterisks_of_a_secrets_default_are_never_sent():
    made = form(SecretStr, default=SecretStr("hunter2"))
    assert (made.dump(), made.errors()) == ({}, {})


def test_the_asterisks_of_a_secrets_initial_value_are_never_sent():
    made = form(SecretStr, "**********")
    assert (x(made).keeps_secret, made.dump(), made.errors()) == (False, {}, {("x",): "required"})


# ---- choices


def test_a_choice_is_picked_by_position_and_keeps_its_type():
    made = form(Literal["1", 1])
    x(made).pick(1)
    assert made.dump() == {"x": 1}
    assert type(made.dump()["x"]) is int


def test_true_and_one_are_different_choices():
    made = FormModel({"properties": {"x": {"enum": [1, True]}}}, {"x": True})
    assert x(made).index == 1


def test_a_constant_answers_itself():
    made = form(Literal["only"])
    assert (x(made).field.fixed, made.dump(), made.errors()) == (True, {"x": "only"}, {})


def test_the_titles_of_constants_are_their_labels():
    made = FormModel({"properties": {"x": {"oneOf": [{"const": 1, "title": "Low"}, {"const": 2}]}}})
    assert [option.label for option in x(made).options] == ["Low", "2"]


def test_a_value_outside_the_choices_is_kept_and_told():
    made = form(Colour, "green")
    assert (x(made).index, made.dump(), made.errors()) == (None, {"x": "green"}, {("x",): "one of: red, blue"})


# ---- groups, lists, unions


def test_errors_of_a_group_lie_at_its_fields():
    made = form(Person)
    made.find(("x", "age")).text = "200"
    assert made.errors() == {("x", "name"): "required", ("x", "age"): "at most 150"}


def test_an_untouched_optional_group_is_left_out_and_asks_for_nothing():
    made = form(Person, default_factory=lambda: Person(name="a", age=1))
    assert (made.dump(), made.errors()) == ({}, {})
    made.find(("x", "name")).text = "Ana"
    assert made.errors() == {("x", "age"): "required"}


def test_properties_that_the_schema_does_not_name_survive_an_edit():
    made = FormModel({"properties": {"a": {"type": "integer"}}})
    made.load({"z": [1], "a": 1})
    made.find(("a",)).text = "2"
    assert json.dumps(made.dump()) == '{"z": [1], "a": 2}'


def test_rows_are_added_moved_and_removed():
    made = form(list[int], [1, 2])
    rows: ListNode = x(made)
    rows.add().text = "3"
    assert rows.move(rows.children[2], -2)
    rows.remove(rows.children[1])
    assert made.dump() == {"x": [3, 2]}
    assert not rows.move(rows.children[0], -1)


def test_an_error_follows_its_row():
    made = form(list[int], [1, 2])
    x(made).children[1].text = "b"
    x(made).move(x(made).children[1], -1)
    assert made.errors() == {("x", 0): "a whole number, such as 42"}


def test_an_empty_row_is_required():
    made = form(list[str])
    x(made).add()
    assert made.errors() == {("x", 0): "required"}


def test_rows_of_a_set_may_be_alike_since_a_set_takes_them():
    assert form(set[int], [1, 1]).errors() == {}


def test_rows_that_have_to_differ_in_a_schema_of_other_origin_do():
    schema = {"properties": {"x": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}}}
    assert FormModel(schema, {"x": [1, 1]}).errors() == {("x",): "a list without duplicates"}


@pytest.mark.parametrize("text", ["1e400", "-1E+999", "1" + "0" * 400])
def test_a_number_that_no_float_holds_is_refused(text):
    words = "a number of at most 1.8e308, because no float holds more"
    assert typed(form(float), text).errors() == {("x",): words}


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e400"])
def test_a_float_that_has_to_be_finite_is(text):
    assert typed(form(FiniteFloat), text).errors()
    assert typed(form(float, allow_inf_nan=False), text).errors()


def test_what_a_function_of_the_flow_sees_first_may_be_any_text():
    thousands = Annotated[int, BeforeValidator(lambda text: str(text).replace(",", ""))]
    made = typed(form(thousands), "1,000")
    assert (made.errors(), made.dump()) == ({}, {"x": "1,000"})
    assert typed(form(int), "1,000").errors() == {("x",): "a whole number, such as 42"}


@pytest.mark.parametrize(
    ("annotation", "value", "branch"),
    [
        (int | str, 5, 0),
        (int | str, "5", 1),
        (int | float, 5, 0),
        (int | float, 5.0, 1),
        (bool | int, 1, 1),
        (bool | int, True, 0),
        (dt.date | str, "2026-11-25", 0),
        (dt.date | str, "soon", 1),
        (Bank | Card, {"method": "card", "number": 5}, 1),
        (Annotated[Bank | Card, Field(discriminator="method")], {"method": "card", "number": 5}, 1),
        (list[int] | list[str], ["a"], 1),
        (Person | dict[str, int], {"a": 1}, 1),
    ],
)
def test_a_value_finds_its_branch_and_comes_back_the_same(annotation, value, branch):
    made = form(annotation, value)
    assert x(made).index == branch
    assert repr(made.dump()) == repr({"x": value})


def test_each_branch_keeps_what_was_entered():
    made = form(Annotated[Bank | Card, Field(discriminator="method")])
    union: UnionNode = x(made)
    union.choose(0)
    made.find(("x", "iban")).text = "DE1"
    union.choose(1)
    made.find(("x", "number")).text = "7"
    union.choose(0)
    assert made.dump() == {"x": {"method": "bank", "iban": "DE1"}}
    assert made.errors() == {}


def test_errors_are_those_of_the_chosen_branch():
    made = form(Bank | Card, {"method": "card", "number": "x"})
    assert made.errors() == {("x", "number"): "a whole number, such as 42"}


def test_branches_have_titles_of_their_own():
    titles = [branch.title for branch in x(form(int | str | list[int] | list[str] | Bank)).field.branches]
    assert titles == ["whole number", "text", "list", "list (4)", "Bank"]


def test_a_union_that_nobody_decided_is_required():
    assert form(int | str).errors() == {("x",): "required"}


# ---- loading


@pytest.mark.parametrize(
    "text",
    ["1.0", "1", "1e16", "-0.0", "123456789012345678901234567890", '"1.10"', '"x"', "null", "[true]", '{"a": 1}'],
)
@pytest.mark.parametrize("annotation", [int, float, Decimal, str, bool, Colour, Person, list[int], Any, int | str])
def test_what_is_loaded_and_not_edited_comes_back_exactly(annotation, text):
    made = form(annotation)
    made.load({"x": json.loads(text)})
    assert json.dumps(made.dump()) == json.dumps({"x": json.loads(text)})


def test_text_put_back_as_it_was_is_no_edit():
    made = typed(typed(form(float, 1.0), "2"), "1.0")
    assert (type(made.dump()["x"]), made.root.edited) == (float, False)


def test_a_loaded_number_too_long_for_python_to_print_is_kept():
    made = form(int, 10**5000)
    assert len(x(made).text) == 5001
    assert made.dump() == {"x": 10**5000}


def test_what_is_absent_from_loaded_data_stays_absent():
    made = form(int, default=5)
    made.load({})
    assert made.dump() == {}


def test_an_initial_value_is_partial_and_defaults_fill_the_rest():
    class Order(BaseModel):
        name: str
        person: Person
        size: int = 3

    made = FormModel(Order.model_json_schema(schema_generator=AskedSchema), {"person": {"name": "Ana"}})
    assert made.dump() == {"person": {"name": "Ana"}}
    assert made.find(("size",)).text == "3"
    assert set(made.errors()) == {("name",), ("person", "age")}


def test_an_empty_schema_asks_nothing():
    class Empty(BaseModel):
        pass

    made = FormModel(Empty.model_json_schema(schema_generator=AskedSchema))
    assert (made.asks_nothing, made.dump(), made.errors()) == (True, {}, {})


def test_a_root_that_is_no_object_is_answered_too():
    made = FormModel(RootModel[int].model_json_schema(schema_generator=AskedSchema))
    made.root.text = "5"
    assert (made.dump(), made.errors()) == (5, {})


# ---- the whole as JSON text


def test_the_whole_form_is_json_text_and_back():
    class Order(BaseModel):
        name: str
        amount: float

    made = FormModel(Order.model_json_schema(schema_generator=AskedSchema), {"name": "a", "amount": 1.0})
    made.load_json_text(made.json_text().replace("1.0", "0.12345678901234567890123"))
    assert made.dump() == {"name": "a", "amount": Decimal("0.12345678901234567890123")}
    assert made.errors() == {}


class Tax(BaseModel):
    rate: int = 19
    name: str = "VAT"


class Bill(BaseModel):
    number: str
    urgent: bool = True
    tax: Tax
    other: Tax = Tax()
    lines: list[Tax] = [Tax()]


def bill():
    return FormModel(Bill.model_json_schema(schema_generator=AskedSchema), {"number": "a"})


DEFAULTS = {"rate": 19, "name": "VAT"}


def test_the_json_text_shows_the_defaults_that_the_form_shows():
    assert json.loads(bill().json_text()) == {
        "number": "a", "urgent": True, "tax": DEFAULTS, "other": DEFAULTS, "lines": [DEFAULTS],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ('"a"', '"b"', {"number": "b", "tax": {}}),
        ("true", "false", {"number": "a", "urgent": False, "tax": {}}),
    ],
)
def test_a_default_that_was_left_alone_in_the_json_text_is_left_out_of_the_answer(before, after, sent):
    made = bill()
    made.load_json_text(made.json_text().replace(before, after))
    assert (made.dump(), made.errors()) == (sent, {})
    again = bill()
    again.redo(made.draft())
    assert again.dump() == sent
    assert again.json_text() == made.json_text()


def test_what_is_taken_out_of_the_json_text_stays_out():
    made = bill()
    made.load_json_text('{"number": "a"}')
    assert made.dump() == {"number": "a"}


def test_one_field_as_json_shows_its_defaults_and_leaves_out_what_was_left_alone():
    made = bill()
    raw = made.as_json(made.find(("tax",)))
    assert json.loads(raw.text) == DEFAULTS
    assert made.dump() == {"number": "a", "tax": {}}
    raw.text = raw.text.replace("19", "7")
    assert made.dump() == {"number": "a", "tax": {"rate": 7}}
    made.as_form(raw)
    assert made.dump() == {"number": "a", "tax": {"rate": 7}}
    assert made.find(("tax", "name")).shown() == "VAT"


def test_the_json_text_masks_secrets_and_an_untouched_mask_keeps_them():
    made = form(SecretStr, "hunter2")
    assert json.loads(made.json_text()) == {"x": MASK}
    made.load_json_text(made.json_text())
    assert made.dump() == {"x": "hunter2"}


def test_a_wrong_text_survives_the_way_through_json():
    made = typed(form(int), "4x")
    made.load_json_text(made.json_text())
    assert (x(made).text, made.errors()) == ("4x", {("x",): "a whole number, such as 42"})


@pytest.mark.parametrize("value", ["\x1b[2J", "\x9b", "\u202e", "\ud800", "\u2028", 'é"'])
def test_json_text_has_nothing_that_a_terminal_obeys_and_reads_back_the_same(value):
    text = to_json({value: value})
    assert all(char.isprintable() for char in text)
    assert parse_json(text) == {value: value}


def test_json_text_writes_decimals_as_numbers():
    assert to_json([Decimal("1.10"), 10**30, 1.0, True, None]) == f"[1.10, {10**30}, 1.0, true, null]"


def test_deep_json_is_refused_not_crashed_on():
    with pytest.raises(UnreadableError):
        parse_json("[" * 50_000)


# ---- the schema's own troubles


@pytest.mark.parametrize("pattern", [r"(?P<n>a)\Z", "("])
def test_a_foreign_pattern_is_left_to_the_flow_and_the_rest_is_checked(pattern):
    made = FormModel({"properties": {"x": {"type": "string", "pattern": pattern, "maxLength": 2}}})
    assert typed(made, "abc").errors() == {("x",): "at most 2 characters"}


def test_a_broken_reference_is_left_to_the_flow_and_the_rest_is_checked():
    made = FormModel({"properties": {"x": {"type": "string", "maxLength": 2}, "y": {"$ref": "https://a.example/b"}}})
    assert typed(made, "abc").errors() == {("x",): "at most 2 characters"}


def test_a_pattern_that_backtracks_forever_does_not_hang():
    made = FormModel({"properties": {"x": {"type": "string", "pattern": r"^(?=a)(a+)+\1$"}}})
    made.load({"x": "a" * 60 + "b"})
    made.errors()


def test_text_that_is_no_unicode_is_told_at_the_form():
    assert set(typed(form(str), "\ud800").errors()) == {()}


def test_naive_times_and_signed_durations_that_pydantic_writes_pass():
    class Times(BaseModel):
        moment: dt.datetime
        time: dt.time
        span: dt.timedelta

    value = Times(moment=dt.datetime(2026, 1, 1), time=dt.time(1), span=dt.timedelta(days=-1, seconds=0.5))  # noqa: DTZ001
    made = FormModel(Times.model_json_schema(schema_generator=AskedSchema), value.model_dump(mode="json"))
    assert made.errors() == {}


def test_a_forbidden_property_is_told_at_the_form():
    made = FormModel({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "b": 2})
    assert made.errors() == {(): 'without "b"'}


# ---- objections from outside


def test_an_objection_lies_at_its_field_until_that_is_edited():
    made = form(Person, {"name": "Ana", "age": 3})
    made.object_to({("x", "name"): "taken", ("x", "age"): "too young"})
    made.find(("x", "name")).text = "Bea"
    assert made.objections() == {("x", "age"): "too young"}


def test_new_objections_replace_the_old():
    made = form(int, 5)
    made.object_to({("x",): "no"})
    made.object_to({})
    assert made.objections() == {}


def test_an_objection_to_no_field_is_at_the_form():
    made = form(int, 5)
    made.object_to({("nowhere", 3): "odd", (): "no"})
    assert made.objections() == {(): "nowhere[3]: odd; no"}


def test_an_objection_inside_a_json_field_says_where():
    made = form(dict, {"a": 1})
    made.object_to({("x", "a"): "too small"})
    assert made.objections() == {("x",): "a: too small"}


class _Transfer(BaseModel):
    tagged: Annotated[Bank | Card, Field(discriminator="method")]
    plain: Bank | Card
    scalar: int | str
    people: list[Person]


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"tagged": {"method": "card", "number": "x"}}, {("tagged", "number")}),
        ({"plain": {"method": "card", "number": "x"}}, {("plain", "number")}),
        ({"scalar": []}, {("scalar",)}),
        ({"people": [{"name": "Ana", "age": 1}, {"name": "Bea", "age": "x"}]}, {("people", 1, "age")}),
    ],
)
def test_pydantics_locations_find_their_fields(change, paths):
    value = {
        "tagged": {"method": "card", "number": 5},
        "plain": {"method": "card", "number": 5},
        "scalar": 5,
        "people": [],
        **change,
    }
    with pytest.raises(ValidationError) as caught:
        _Transfer.model_validate(value)
    made = FormModel(_Transfer.model_json_schema(schema_generator=AskedSchema), value)
    made.object_to({error["loc"]: error["msg"] for error in caught.value.errors()})
    assert set(made.objections()) == paths


# ---- words


@pytest.mark.parametrize(
    ("annotation", "text", "words"),
    [
        (dt.date, "2026-11-25", "Wed 25 Nov 2026"),
        (dt.time, "01:00", "01:00 (no time zone)"),
        (dt.datetime, "2026-11-25T01:00:00+08:00", "Wed 25 Nov 2026, 01:00 +08:00"),
        (dt.datetime, "2026-11-25 01:00:05", "Wed 25 Nov 2026, 01:00:05 (no time zone)"),
        (dt.timedelta, "90m", "90 minutes"),
        (dt.timedelta, "-P1DT1H", "minus 1 day 1 hour"),
        (dt.date, "soon", ""),
        (str, "text", ""),
    ],
)
def test_dates_and_durations_are_echoed_in_words(annotation, text, words):
    assert echo(x(form(annotation)).field, text) == words


@pytest.mark.parametrize(
    ("annotation", "info", "words"),
    [
        (int, {"ge": 1, "le": 9}, "1 to 9"),
        (int, {"gt": 0}, "more than 0"),
        (str, {"max_length": 80}, "at most 80 characters"),
        (str, {"min_length": 2}, "at least 2 characters"),
        (str, {"min_length": 2, "max_length": 80}, "2 to 80 characters"),
        (str, {"min_length": 3, "max_length": 3}, "3 characters"),
        (str, {"min_length": 1, "max_length": 80}, "at most 80 characters"),
        (str, {"examples": ["v1.2"]}, "such as v1.2"),
        (str, {}, ""),
    ],
)
def test_limits_are_hinted_at(annotation, info, words):
    assert hint(x(form(annotation, **info)).field) == words


def test_every_node_of_a_form_is_reached():
    class Order(BaseModel):
        person: Person
        tags: list[str]
        note: Person | None = None

    made = FormModel(Order.model_json_schema(schema_generator=AskedSchema), {"tags": ["a"]})
    kinds = {type(node) for node in made.nodes()}
    assert kinds == {GroupNode, ListNode, TextNode}
    assert ("note", "name") not in {node.path for node in made.nodes()}


def test_a_switch_is_a_pick_of_two():
    assert [option.value for option in PickNode(x(form(bool)).field).options] == [True, False]


def test_what_a_schema_has_no_name_for_is_in_the_draft_except_secrets():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        name: str = ""

    class OpenSecret(Open):
        __pydantic_extra__: dict[str, SecretStr] = Field(init=False)

    for asked, kept in ((Open, {"team": "north"}), (OpenSecret, {})):
        form = FormModel(asked.model_json_schema())
        form.root.put(["team"], "north")
        again = FormModel(asked.model_json_schema())
        again.redo(form.draft())
        assert (form.dump(), again.dump()) == ({"team": "north"}, kept)
