# ruff: noqa: UP045  Optional[...] of a type held in a variable is what is tested
"""A form as a state: which field each type gets, and what a typed text becomes."""

import datetime as dt
import math
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import pytest
from form_models import Bank, Card, Colour, Person, form, typed, x
from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    Field,
    Json,
    SecretStr,
)

from holdfast.forms.dates_and_times import DATE, DATETIME
from holdfast.forms.fields import Kind
from holdfast.forms.model import FormModel
from holdfast.values.asked_schema import AskedSchema

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
