"""An answer is refused where it is given only if the flow would refuse it too: pydantic has the last word."""

import datetime as dt
import enum
import ipaddress
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    Secret,
    SkipValidation,
    StringConstraints,
    ValidationError,
    model_validator,
)

from holdfast import flow
from holdfast.engine import parameters
from holdfast.exceptions import ParameterError
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.fields import Kind
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import UnionNode
from holdfast.questions import question
from holdfast.values.json_text import parse_json, to_json


class Level(enum.IntEnum):
    LOW, HIGH = 1, 2


class Word(enum.Enum):
    YES, NO = "yes", "no"

    @classmethod
    def _missing_(cls, value: object) -> "Word | None":
        return next((each for each in cls if each.value == str(value).lower()), None)


class Line(BaseModel):
    qty: int
    due: dt.date | None = None


class Texts(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)
    code: str = Field(max_length=3)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    qty: int


SHAPES = [
    None, True, False, 0, 1, 2, -1, 1.0, 1.5, 10**30, 86400, 1735689600, 1735689600000, "", " ", "5", " 5 ", "5.0",
    "+5", "1_000", "1e3", "nan", "Infinity", "true", "no", "on", "f", "YES", "yes", "a", " a ", "abc  ", "abcd", "2",
    "2030-01-02", "2030-01-02T00:00:00", "2030-01-02T03:04:05Z", "1735689600", "03:04", "PT1H", "1 day", "1:02:03",
    "00000000000000000000000000000005", "1.2.3.4", "10.0.0.0/8", "1GB", "1,2", "0.5", "1.10", [], [1], ["1"], [1, 1],
    [1, "1"], ["a"], [1, 2], [None], {}, {"qty": "3"}, {"qty": True}, {"qty": 1, "due": 1735689600}, {"1": "2"},
    {"a": "1"}, {"code": 7}, {"code": " abc "}, [{"qty": "1"}],
]  # fmt: skip
"""Values as JSON may have them, right and wrong ones."""


@pytest.mark.parametrize(
    "asked",
    [
        int, float, bool, str, Decimal, complex, dt.date, dt.time, dt.datetime, dt.timedelta, uuid.UUID,
        ipaddress.IPv4Address, ByteSize, int | None, int | bool, float | str, dt.date | str, Decimal | float,
        Literal["a", 1], Literal[True, False], Level, dict[Level, int], list[int], set[int], frozenset[int],
        tuple[int, str], dict[str, int], list[Line], Line, Line | dict[str, int], Secret[int], NonNegativeInt,
        Annotated[set[int], Field(max_length=1)], Annotated[float, Field(ge=0, le=1)], Texts, Word,
        Annotated[str, StringConstraints(strip_whitespace=True, pattern="^[a-z]*$", max_length=3)],
        Annotated[list[int], BeforeValidator(lambda given: given.split(",") if isinstance(given, str) else given)],
        SkipValidation[int],
    ],
)  # fmt: skip
def test_what_the_flow_takes_is_not_refused_where_it_is_given(asked):
    found = question(asked)
    refused = []
    for shape in SHAPES:
        answer = as_answer(found.schema, shape if not found.wrapped else {"value": shape}, is_value=False)
        try:
            found.load(answer)
        except ValidationError:
            continue
        form = FormModel(found.schema)
        form.load(answer)
        if schema_errors(found.schema, answer) or form.errors():
            refused.append(shape)
    assert refused == []


@pytest.mark.parametrize(
    ("asked", "answer", "words"),
    [
        (int, "x", "a whole number, such as 42"),
        (int, "5.5", "a whole number, such as 42"),
        (NonNegativeInt, "-5", "at least 0"),
        (Annotated[float, Field(le=1)], "1.5", "at most 1"),
        (bool, "maybe", "yes or no"),
        (bool, 2, "yes or no"),
        (dt.date, "1.5", "a date, such as 2026-11-25"),
        (Annotated[set[int], Field(min_length=2)], [1, "1"], "at least 2 rows"),
        (Annotated[str, StringConstraints(strip_whitespace=True, max_length=3)], " abcd ", "at most 3 characters"),
        (str, 5, "text"),
        (Level, "3", "one of: 1, 2"),
    ],
)
def test_what_the_flow_refuses_is_refused_where_it_is_given(asked, answer, words):
    found = question(asked)
    (told,) = schema_errors(found.schema, {"value": answer}).values()
    assert told.startswith(words.split(",")[0])


def test_a_value_that_is_read_as_another_type_arrives_as_it_was_given():
    found = question(Annotated[int, BeforeValidator(lambda given: int(given, 16) if isinstance(given, str) else given)])
    answer = as_answer(found.schema, "10", is_value=False)
    assert answer == {"value": "10"}
    assert found.load(answer) == 16


def test_a_strict_flow_objects_itself_to_what_only_a_lax_one_reads():
    found = question(Strict)
    assert schema_errors(found.schema, {"qty": "5"}) == {}
    assert found.objections({"qty": "5"})[1] == {("qty",): "Input should be a valid integer"}


def test_nothing_below_what_a_model_makes_of_its_input_first_is_refused():
    class Pair(BaseModel):
        left: int
        right: int

        @model_validator(mode="before")
        @classmethod
        def split(cls, given: Any) -> Any:
            return dict(zip(("left", "right"), given.split("-"), strict=True)) if isinstance(given, str) else given

    found = question(list[Pair])
    answer = as_answer(found.schema, ["1-2"], is_value=False)
    assert schema_errors(found.schema, answer) == {}
    assert found.load(answer) == [Pair(left=1, right=2)]


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
    due_date: dt.date = Field(alias="dueDate")
    size: int = Field(validation_alias=AliasChoices("size", "Size", AliasPath("more", "size")))
    first: str = Field(validation_alias=AliasChoices(AliasPath("names", 0), AliasPath("first", "name")))


@pytest.mark.parametrize(
    "given",
    [
        {"dueDate": "2026-01-02", "size": 1, "names": ["a"]},
        {"due_date": "2026-01-02", "size": 1, "names": ["a"]},
        {"dueDate": "2026-01-02", "Size": 1, "names": ["a"]},
        {"dueDate": "2026-01-02", "more": {"size": 1}, "names": ["a"]},
        {"due_date": "2026-01-02", "more": {"size": 1}, "first": {"name": "a"}},
    ],
)
def test_a_field_may_be_given_by_any_of_its_names_and_ways(given):
    found = question(Named)
    for is_value in (True, False):
        answer = as_answer(found.schema, given, is_value=is_value)
        assert schema_errors(found.schema, answer) == {}
        form = FormModel(found.schema)
        form.load(answer)
        assert form.errors() == {}
        assert found.load(form.dump()) == Named(dueDate=dt.date(2026, 1, 2), size=1, names=["a"])


def test_the_name_that_counts_more_wins_as_in_pydantic():
    class Two(BaseModel):
        size: int = Field(validation_alias=AliasChoices("first", "second"))

    found = question(Two)
    assert found.load(as_answer(found.schema, {"first": 1, "second": 2}, is_value=False)).size == 1


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (Decimal | str, "1.10", Decimal("1.10")),
        (Decimal | str, '"1.10"', "1.10"),
        (Decimal | str, "0.12345678901234567890123", Decimal("0.12345678901234567890123")),
        (str | Decimal, "3", Decimal(3)),
        (Decimal | float, "1.10", Decimal("1.10")),
        (Decimal | float, "1.5", 1.5),
        (float | Decimal, '"1.5"', Decimal("1.5")),
        (int | Decimal, "3", 3),
        (Decimal | Literal["most"], '"most"', "most"),
        (Decimal | Literal["most"], "1.10", Decimal("1.10")),
        (list[Decimal] | list[str], '{"value": [1.10]}', [Decimal("1.10")]),
        (list[Decimal] | list[str], '{"value": ["1.10"]}', ["1.10"]),
        (Decimal | dt.date, '"2026-01-02"', dt.date(2026, 1, 2)),
    ],
)
def test_a_decimal_number_is_told_from_text_and_from_floats(asked, text, value):
    found = question(asked)
    answer = as_answer(found.schema, parse_json(text), is_value=False)
    assert schema_errors(found.schema, answer) == {}
    assert repr(found.load_json(to_json(answer))) == repr(value)


@pytest.mark.parametrize("asked", [Decimal | str, str | Decimal, Decimal | float, float | Decimal, int | Decimal])
@pytest.mark.parametrize("value", [Decimal("1.10"), Decimal("1.5"), Decimal(3), Decimal("0.12345678901234567890123")])
def test_a_decimal_number_in_a_union_arrives_from_python_as_one(asked, value):
    found = question(asked)
    answer = as_answer(found.schema, value, is_value=True)
    assert schema_errors(found.schema, answer) == {}
    assert repr(found.load_json(to_json(answer))) == repr(value)


@pytest.mark.parametrize("asked", [Decimal | str, str | Decimal, Decimal | float])
def test_a_decimal_number_that_is_entered_in_a_form_of_several_types_arrives_as_one(asked):
    found = question(asked)
    form = FormModel(found.schema)
    union = form.find(("value",))
    assert isinstance(union, UnionNode)
    union.choose(next(at for at, each in enumerate(union.field.branches) if each.field.exact))
    union.active.text = "1.50"
    assert form.errors() == {}
    assert repr(found.load_json(to_json(as_answer(found.schema, form.dump(), is_value=False)))) == "Decimal('1.50')"


def test_text_that_looks_like_a_number_is_shown_as_text_where_text_is_asked_for():
    form = FormModel(question(Decimal | str).schema, {"value": "1.10"})
    assert form.find(("value",)).field.kind is Kind.TEXT


def test_an_objection_to_a_decimal_number_in_a_union_goes_to_its_field():
    class Price(BaseModel):
        amount: Annotated[Decimal, Field(max_digits=3)] | Line

    found = question(Price)
    form = FormModel(found.schema, {"amount": "12.345"})
    form.object_to(found.objections(form.dump())[1])
    assert list(form.objections()) == [("amount",)]


@pytest.mark.parametrize("asked", [float, float | None, list[float], Any, dict[str, Any]])
@pytest.mark.parametrize("text", ["1e400", "-1E+999", "1" + "0" * 400 + ".5"])
def test_a_number_that_no_float_holds_is_refused_and_not_made_infinite(asked, text):
    found = question(asked)
    shaped = f"[{text}]" if asked == list[float] else f'{{"a": {text}}}' if asked == dict[str, Any] else text
    answer = as_answer(found.schema, {"value": parse_json(shaped)}, is_value=False)
    assert list(schema_errors(found.schema, answer).values()) == [
        "a number of at most 1.8e308, because no float holds more"
    ]


def test_a_parameter_that_no_float_holds_is_refused():
    @flow
    def takes(size: float = 0, anything: Any = None) -> None: ...

    for name in ("size", "anything"):
        with pytest.raises(ParameterError, match=f"{name}: a number of at most 1.8e308"):
            parameters.checked(takes, {name: Decimal("1E+400")}, complete=True)


@pytest.mark.parametrize("asked", [FiniteFloat, Annotated[float, Field(allow_inf_nan=False)]])
def test_a_float_that_has_to_be_finite_is_refused_where_it_is_given(asked):
    found = question(asked)
    answer = as_answer(found.schema, float("nan"), is_value=True)
    assert schema_errors(found.schema, answer) == {("value",): "a finite number"}


def test_marks_change_neither_a_question_nor_the_type_of_a_message():
    class Plain(BaseModel):
        size: float = Field(allow_inf_nan=False)

    class Other(BaseModel):
        size: float

    Other.__name__ = Other.__qualname__ = "Plain"
    Other.model_config["title"] = "Plain"
    Other.model_rebuild(force=True)
    one, other = question(Plain), question(Other)
    assert one.schema != other.schema
    assert (one.asked, one.digest) == (other.asked, other.digest)
