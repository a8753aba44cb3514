"""An instance and a text as an answer arrive as what they are."""

import math
import re
import uuid
from decimal import Decimal
from typing import Annotated, Any

import pytest
from arriving import INSTANCES, Forbidding, Zoo, arrived
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
)

from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.model import FormModel
from holdfast.input import RunInput
from holdfast.questions import question
from holdfast.values.json_text import parse_json, to_json


def from_text(asked, text):
    """What a flow that asks for a type gets when it is answered with JSON."""
    found = question(asked)
    answer = as_answer(found.schema, parse_json(text), is_value=False)
    assert schema_errors(found.schema, answer) == {}
    return found.load_json(to_json(answer))


@pytest.mark.parametrize(("asked", "value"), INSTANCES, ids=[str(asked)[-40:] for asked, _ in INSTANCES])
def test_a_valid_instance_is_an_answer_to_its_type(asked, value):
    found = arrived(asked, value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        each
        for each in INSTANCES
        if isinstance(each[1], BaseModel) and each[0] is not Zoo and not isinstance(each[1], RootModel)
    ],
)
def test_what_was_not_set_is_not_set_when_it_arrives(asked, value):
    if isinstance(asked, type):
        assert arrived(asked, value).model_fields_set == value.model_fields_set


@pytest.mark.parametrize(
    ("asked", "value"), [each for each in INSTANCES if isinstance(each[1], BaseModel)], ids=lambda each: str(each)[-30:]
)
def test_an_instance_as_initial_data_can_be_sent_untouched(asked, value):
    class Ask(RunInput):
        field: asked

    found = question(Ask.with_initial_data(field=value))
    form = FormModel(found.schema, found.initial)
    assert form.errors() == {}
    assert found.load(as_answer(found.schema, form.dump(), is_value=False)).field == value


def test_a_default_that_was_made_for_an_instance_arrives():
    class Made(BaseModel):
        id: uuid.UUID = Field(default_factory=uuid.uuid4)
        rows: list[int] = Field(default_factory=list)
        words: list[str] = []

    made = Made()
    made.words.append("a")
    found = arrived(Made, made)
    assert found == made
    assert "rows" not in found.model_fields_set


def test_a_whole_decimal_number_that_is_a_default_is_left_alone():
    class Order(Forbidding):
        article: str
        amount: Decimal = Decimal(1)

    assert arrived(Order, Order(article="nut")).model_fields_set == {"article"}


def test_an_instance_of_a_subclass_with_a_default_of_its_own_keeps_it():
    class Base(Forbidding):
        qty: int = 1

    class Sub(Base):
        qty: int = 2

    assert arrived(Base, Sub()) == Base(qty=2)


def test_an_instance_of_a_subclass_arrives_as_what_is_asked_for():
    class Base(Forbidding):
        qty: int

    class Sub(Base):
        more: int = 1

    assert arrived(Base, Sub(qty=2, more=3)) == Base(qty=2)


def test_a_field_that_was_given_beyond_the_model_arrives():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        a: int = 0

    assert arrived(Open, Open(b=2)).model_extra == {"b": 2}


def test_a_pattern_keeps_its_flags():
    found = arrived(re.Pattern, re.compile("^a", re.IGNORECASE))
    assert found.match("A")


def test_an_answer_is_validated_once():
    class Hashed(BaseModel):
        word: Annotated[str, BeforeValidator(lambda text: text.removeprefix("x"))]

    assert from_text(Hashed, '{"word": "xxxa"}').word == "xxa"


def test_a_set_is_the_same_answer_in_any_order():
    schema = question(set[str]).schema
    words = {"a", "b", "c", "d"}
    assert as_answer(schema, words, is_value=True) == {"value": sorted(words)}


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (Decimal, "1234567890.12345678901234567890", Decimal("1234567890.12345678901234567890")),
        (Decimal, "1E+400", Decimal("1E+400")),
        (Decimal, "1.10", Decimal("1.10")),
        (Decimal, "7", Decimal(7)),
        (Decimal, '"1.10"', Decimal("1.10")),
        (Decimal | None, "1.10", Decimal("1.10")),
        (list[Decimal], '{"value": [1.10]}', [Decimal("1.10")]),
        (float, "3.14159265358979323846", 3.141592653589793),
        (float, '"-Infinity"', -math.inf),
        (float, "1e5", 1e5),
        (int, "123456789012345678901234567890", 123456789012345678901234567890),
        (Any, "0.12345678901234567890", 0.12345678901234568),
        (Any, "123456789012345678901234567890", 123456789012345678901234567890),
        (Any, '"1.10"', "1.10"),
        (float | str, "1.10", 1.1),
        (float | str, '"NaN"', "NaN"),
        (int | Decimal, "1.10", Decimal("1.10")),
        (str, '"\\u0000"', "\0"),
    ],
)
def test_a_number_arrives_with_its_digits_and_its_type(asked, text, value):
    found = from_text(asked, text)
    assert (repr(found), type(found)) == (repr(value), type(value))
