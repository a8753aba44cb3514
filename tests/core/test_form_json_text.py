"""A form as a state: the whole as JSON text, the schema's own troubles, objections, and words."""

import datetime as dt
import json
from decimal import Decimal
from typing import Annotated

import pytest
from form_models import Bank, Card, Person, form, typed, x
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from holdfast.forms.field_texts import echo, hint
from holdfast.forms.list_nodes import ListNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import GroupNode
from holdfast.forms.nodes import PickNode, TextNode
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.json_text import UnreadableError, parse_json, to_json
from holdfast.values.masks import MASK

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
