# ruff: noqa: UP045  Optional[...] of a type held in a variable is what is tested
"""A form as a state: required, omitted and null; choices, groups, lists and unions; what was loaded."""

import datetime as dt
import json
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pytest
from form_models import Bank, Card, Colour, Person, form, typed, x
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    FiniteFloat,
    RootModel,
    SecretStr,
)

from holdfast.forms.list_nodes import ListNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import UnionNode
from holdfast.values.asked_schema import AskedSchema

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
