"""What is no question, what no answer fits, and what the schema of one may hold."""

import datetime as dt
import enum
import functools
import math
import re
import threading
import typing
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from arriving import INSTANCES, Colour, Kind, Line, Point, Rights, Secrets, arrived
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    Field,
    Json,
    Secret,
    SecretStr,
)

from holdfast.exceptions import InvalidAnswerError, InvalidFlow
from holdfast.forms.answer_checks import as_answer
from holdfast.questions import question
from holdfast.values.json_text import to_json
from holdfast.values.masks import MASK, mask


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"\xff", "not text in UTF-8"),
        (10**5000, "more than 4300 digits"),
        (object(), "'object' cannot be represented in JSON"),
        ({(1, 2): 3}, "cannot be written as text"),
        ({1: 2, "1": 3}, "would be the same as text"),
    ],
    ids=["bytes", "digits", "class", "tuple as key", "equal keys"],
)
def test_what_json_cannot_say_is_refused_in_a_sentence(value, why):
    with pytest.raises(InvalidAnswerError, match=re.escape(why)):
        as_answer(question(Any).schema, value, is_value=True)


def test_a_value_that_holds_itself_is_refused_in_a_sentence():
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidAnswerError, match="contains itself"):
        as_answer(question(Any).schema, circle, is_value=True)


@pytest.mark.slow
def test_a_value_that_would_be_endless_as_json_is_refused_in_a_sentence():
    value: Any = 1
    for _ in range(60):
        value = (value, value)
    with pytest.raises(InvalidAnswerError, match="occur in it at more than"):
        as_answer(question(Any).schema, value, is_value=True)


NAIVE = dt.datetime(2030, 1, 1)  # noqa: DTZ001 - a time without a zone


class Endless(BaseModel):
    inner: "Endless"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Annotated[int, Field(gt=5, lt=3)], "nothing lies between 5 and 3"),
        (Annotated[int, Field(gt=5, lt=6)], "nothing lies between 5 and 6"),
        (Annotated[float, Field(gt=5, le=5)], "nothing lies between 5"),
        (Annotated[list[int], Field(min_length=3, max_length=2)], "at least 3 and at most 2 cannot both be"),
        (Annotated[str, Field(pattern="(")], "cannot be asked for: a pattern in it cannot be read: unclosed group."),
        (Annotated[int, Field(gt=1.2, lt=1.8)], "cannot be asked for: 'lt' must be coercible to an integer."),
        (Annotated[int, Field(ge=1, le=4, multiple_of=5)], "no multiple of 5 lies between 1 and 4"),
        (Annotated[float, Field(gt=0.5, lt=1, multiple_of=0.5)], "no multiple of 0.5 lies between 0.5 and 1"),
        (Annotated[Decimal, Field(gt=5, lt=3)], "nothing lies between 5 and 3"),
        (Annotated[dt.date, Field(gt=dt.date(2030, 1, 2), lt=dt.date(2030, 1, 1))], "nothing lies between 2030-01-02"),
        (Annotated[dt.timedelta, Field(ge=dt.timedelta(1), lt=dt.timedelta(1))], "nothing lies between 1 day"),
        (Annotated[set[bool], Field(min_length=3)], "at least 3 different rows are required, but there are only 2"),
        (Annotated[set[Literal["a"] | Kind | None], Field(min_length=5)], "but there are only 4"),
        (
            Annotated[dict[Literal["a"], int], Field(min_length=2)],
            "at least 2 entries are required, but there are only 1",
        ),
        (Annotated[dict[str, Endless], Field(min_length=1)], "it must contain itself endlessly"),
        (Json[Endless], "it must contain itself endlessly"),
        (enum.Enum("Empty", []), "none of its choices is left"),
        (Endless, "inner: it must contain itself endlessly"),
        (typing.Callable[[], int], "cannot be asked for"),
        (type("Anything", (), {}), "cannot be asked for"),
        (typing.Never, "cannot be asked for"),
    ],
)
def test_a_question_that_no_answer_fits_is_refused_when_it_is_asked(asked, why):
    with pytest.raises(InvalidFlow, match=re.escape(why)):
        question(asked)


class Untellable(type):
    def __repr__(cls):
        raise RuntimeError("no name")


class Raises:
    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        raise KeyError("why")


class NeedsNowhere(BaseModel):
    x: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


NO_QUESTIONS = {
    "a number": 5,
    "a float": 1.5,
    "yes": True,
    "text that names nothing": "Nowhere",
    "empty text": "",
    "a list": [int],
    "an empty list": [],
    "a tuple": (int, str),
    "a schema": {"type": "object"},
    "an empty dict": {},
    "a set": {int},
    "an object": object(),
    "an instance of a model": Secrets.model_construct(),  # type: ignore[call-arg]
    "a class that is no type of data": threading.Thread,
    "a lock": threading.Lock(),
    "a function": len,
    "a function of one's own": question,
    "a lambda": lambda: 1,
    "a partial": functools.partial(int),
    "a module": typing,
    "an ellipsis": ...,
    "BaseModel": BaseModel,
    "a class whose repr raises": Untellable("C", (), {}),
    "a class whose schema raises": Raises,
    "a model that is not complete": NeedsNowhere,
    "a list of nothing known": list["Nowhere"],  # type: ignore[name-defined]  # noqa: F821
    "a list of a number": list[5],  # type: ignore[valid-type]
    "a dict of one type": dict[int],  # type: ignore[misc]
    "a union of nothing": typing.Union,
    "a literal of nothing": typing.Literal,
    "a literal of an object": typing.Literal[object()],
    "a variable of a class": typing.ClassVar[int],
    "a protocol": typing.Protocol,
    "a type": type,
    "lists beyond all depth": functools.reduce(lambda inner, _: list[inner], range(300), int),  # type: ignore[valid-type, arg-type, return-value]
}


@pytest.mark.parametrize("asked", NO_QUESTIONS.values(), ids=NO_QUESTIONS.keys())
def test_what_is_no_type_is_refused_in_one_sentence_where_it_is_given(asked):
    with pytest.raises(InvalidFlow) as refused:
        question(asked)
    said = str(refused.value)
    assert said.startswith("wait_for_input=")
    assert "\n" not in said
    assert "arbitrary_types_allowed" not in said


@pytest.mark.parametrize(
    "asked",
    [
        Annotated[float, Field(gt=5, lt=6)],
        Annotated[int, Field(ge=5, le=5)],
        Annotated[int, Field(ge=-1, le=1, multiple_of=7)],
        Annotated[int, Field(gt=0, le=5, multiple_of=5)],
        Annotated[float, Field(ge=0.3, le=0.3, multiple_of=0.1)],
        Annotated[dt.date, Field(ge=dt.date(2030, 1, 1), le=dt.date(2030, 1, 1))],
        Annotated[dt.datetime, Field(ge=NAIVE, le=NAIVE.replace(year=2029, tzinfo=dt.UTC))],
        Annotated[set[bool], Field(min_length=2)],
        Annotated[dict[Kind, int], Field(min_length=2)],
        dict[str, Endless],
        int | None,
    ],
)
def test_a_question_that_some_answer_fits_is_asked(asked):
    assert question(asked).schema


def test_secrets_of_any_type_are_masked():
    found = question(Secrets)
    answer = as_answer(found.schema, INSTANCES[[each[0] for each in INSTANCES].index(Secrets)][1], is_value=True)
    shown = mask(found.schema, answer)
    assert shown == {**dict.fromkeys(("text", "raw", "pin", "born", "flag"), MASK), "codes": [MASK]}


def test_secrets_in_defaults_are_in_no_schema():
    class Asks(BaseModel):
        word: SecretStr = SecretStr("hunter2")
        pin: Secret[int] = Secret[int](4711)

    assert "hunter2" not in to_json(question(Asks).schema)
    assert "4711" not in to_json(question(Asks).schema)


def test_infinite_bounds_and_defaults_make_a_schema_that_is_json():
    class Asks(BaseModel):
        limit: float = Field(default=math.inf, ge=-math.inf)

    assert question(Asks).schema["properties"]["limit"] == {"default": "Infinity", "title": "Limit", "type": "number"}


_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(),
    float: st.floats(allow_nan=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    str: st.text(st.characters(exclude_categories=["Cs"])),
    bool: st.booleans(),
    dt.datetime: st.datetimes().map(lambda at: at.replace(fold=0)),
    dt.timedelta: st.timedeltas(dt.timedelta(-900), dt.timedelta(900)),
    uuid.UUID: st.uuids(),
    Rights: st.integers(0, 7).map(Rights),
    Colour: st.sampled_from(Colour),
    Line: st.builds(Line, qty=st.integers()),
    Point: st.builds(Point, st.integers(), st.floats(allow_nan=False)),
}


@st.composite
def asked_and_answer(draw):
    leaf = draw(st.sampled_from(list(_LEAVES)))
    values = _LEAVES[leaf]
    kind = draw(st.sampled_from(["itself", "list", "table", "optional", "pair"]))
    if kind == "itself":
        return leaf, draw(values)
    if kind == "list":
        return list[leaf], draw(st.lists(values, max_size=3))
    if kind == "table":
        return dict[str, leaf], draw(st.dictionaries(st.text("abc", max_size=3), values, max_size=3))
    if kind == "pair":
        return tuple[leaf, int], (draw(values), draw(st.integers()))
    return leaf | None, draw(st.none() | values)


@settings(max_examples=100, deadline=None)
@given(asked_and_answer())
def test_whatever_is_answered_arrives(pair):
    asked, value = pair
    found = arrived(asked, value)
    assert found == value
    assert str(found) == str(value)
