"""What is given arrives as it was given: the schema's check, the store and the flow's validators between."""

import dataclasses
import datetime as dt
import enum
import functools
import ipaddress
import math
import pathlib
import re
import threading
import typing
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    AliasPath,
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    PlainSerializer,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    WrapSerializer,
    computed_field,
    field_serializer,
    model_serializer,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from holdfast.exceptions import InvalidAnswerError, InvalidFlow
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.model import FormModel
from holdfast.input import RunInput
from holdfast.questions import question
from holdfast.values.json_text import parse_json, to_json
from holdfast.values.masks import MASK, mask


def arrived(asked, value):
    """What a flow that asks for a type gets when it is answered with a value in Python."""
    found = question(asked)
    answer = as_answer(found.schema, value, is_value=True)
    assert schema_errors(found.schema, answer) == {}
    return found.load_json(to_json(parse_json(to_json(answer))))


def from_text(asked, text):
    """What a flow that asks for a type gets when it is answered with JSON."""
    found = question(asked)
    answer = as_answer(found.schema, parse_json(text), is_value=False)
    assert schema_errors(found.schema, answer) == {}
    return found.load_json(to_json(answer))


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Line(Forbidding):
    qty: int

    @computed_field
    @property
    def total(self) -> int:
        return self.qty * 2


class Aliased(Forbidding):
    plain: int = Field(alias="p")
    read: int = Field(validation_alias="r", serialization_alias="w")
    written: int = Field(serialization_alias="out")


class Choices(Forbidding):
    of_names: int = Field(validation_alias=AliasChoices("first", "second"))
    mixed: int = Field(validation_alias=AliasChoices(AliasPath("deep", "er"), "flat"))


class Paths(Forbidding):
    in_list: str = Field(validation_alias=AliasPath("names", 0))
    second: str = Field(validation_alias=AliasPath("names", 1))
    in_object: int = Field(validation_alias=AliasPath("a", "b"), default=7)


class Camel(Forbidding):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)
    due_date: dt.date
    line_count: int = 0


class OnlyByName(Forbidding):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)
    due: int = Field(alias="dueDate")


class Serialized(Forbidding):
    amount: int
    day: Annotated[dt.date, PlainSerializer(lambda day: f"the {day.day}th", return_type=str)]
    wrapped: Annotated[int, WrapSerializer(lambda value, handler: f"<{handler(value)}>", return_type=str)]
    kept: int = Field(exclude=True)

    @field_serializer("amount")
    def amount_as_text(self, amount: int) -> str:
        return f"{amount} EUR"


class AllAtOnce(Forbidding):
    amount: int

    @model_serializer
    def everything(self) -> str:
        return f"amount {self.amount}"


class Point(NamedTuple):
    x: int
    y: float = 0.5


class Address(TypedDict, total=False):
    street: typing.Required[str]
    number: int


@dataclasses.dataclass
class Plain:
    name: str
    size: int = 3
    made: str = dataclasses.field(default="here", init=False)


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="forbid"))
class Careful:
    name: str = Field(alias="n")
    parts: list[Plain] = Field(default_factory=list)


T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    content: T


class Numbers(RootModel[list[Decimal]]):
    pass


class Cat(Forbidding):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(Forbidding):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"


class Left(Forbidding):
    left: int = 0


class Right(Forbidding):
    right: int = 0


class Zoo(Forbidding):
    told_apart: Annotated[Cat | Dog, Field(discriminator="kind")]
    alike: Left | Right
    nested: dict[str, list[tuple[Cat, Dog]]] = {}


class Colour(enum.Enum):
    RED = ("red", "#f00")
    BLUE = ("blue", "#00f")


class Handler(enum.Enum):
    A = object()
    B = len


class Day(enum.Enum):
    FIRST = dt.date(2026, 1, 1)
    LAST = dt.date(2026, 12, 31)


class Kind(enum.Enum):
    CAT = "cat"
    DOG = "dog"


class Rights(enum.IntFlag):
    READ = 4
    WRITE = 2
    EXECUTE = 1


Many = enum.Flag("Many", [f"F{number}" for number in range(12)])


class Coloured(Forbidding):
    colour: Colour
    colours: list[Colour] = []
    by_name: dict[str, Rights] = {}


class Encoded(Forbidding):
    model_config = ConfigDict(val_json_bytes="base64")
    raw: bytes
    base: Base64Bytes
    listed: Json[list[int]]


class Strict(Forbidding):
    model_config = ConfigDict(strict=True)
    when: dt.datetime
    numbers: set[int]
    pair: tuple[int, str]
    limit: float
    amount: Decimal


class Secrets(Forbidding):
    text: SecretStr
    raw: SecretBytes
    pin: Secret[int]
    born: Secret[dt.date]
    flag: Secret[bool]
    codes: list[Secret[int]]


INSTANCES = [
    (Line, Line(qty=3)),
    (Aliased, Aliased(p=1, r=2, written=3)),
    (Choices, Choices(first=1, flat=2)),
    (Paths, Paths(names=["a", "b"])),
    (Paths, Paths(names=["a", "b"], a={"b": 1})),
    (Camel, Camel(due_date=dt.date(2026, 1, 2))),
    (OnlyByName, OnlyByName(due=3)),
    (Serialized, Serialized(amount=3, day=dt.date(2026, 1, 2), wrapped=4, kept=5)),
    (AllAtOnce, AllAtOnce(amount=3)),
    (list[AllAtOnce], [AllAtOnce(amount=3)]),
    (Point, Point(1, 2.0)),
    (Address, {"street": "Main"}),
    (Plain, Plain("a", 4)),
    (Careful, Careful(n="a", parts=[Plain("b")])),
    (Box[list[Line]], Box[list[Line]](content=[Line(qty=1)])),
    (Numbers, Numbers([Decimal("1.10"), Decimal("1E+400")])),
    (Zoo, Zoo(told_apart=Dog(), alike=Right(), nested={"a": [(Cat(), Dog(name="x"))]})),
    (Cat | Dog, Dog()),
    (Colour, Colour.BLUE),
    (Coloured, Coloured(colour=Colour.RED, colours=[Colour.BLUE], by_name={"a": Rights.READ | Rights.WRITE})),
    (Handler, Handler.B),
    (Day, Day.LAST),
    (Literal[Kind.CAT], Kind.CAT),
    (Literal[Kind.CAT, "dog", 3], Kind.CAT),
    (Rights, Rights.READ | Rights.EXECUTE),
    (Rights, Rights(0)),
    (Many, Many.F1 | Many.F11),
    (Encoded, Encoded(raw=b"8J-YgA==", base=b"aGk=", listed="[1, 2]")),
    (
        Strict,
        Strict(
            when=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), numbers={1}, pair=(1, "a"), limit=math.inf,
            amount=Decimal("1.10"),
        ),
    ),
    (
        Secrets,
        Secrets(
            text="a", raw=b"b", pin=Secret[int](7), born=Secret[dt.date](dt.date(2026, 1, 1)), flag=Secret[bool](True),
            codes=[Secret[int](5)],
        ),
    ),
    (dt.timedelta, dt.timedelta(days=-1, microseconds=3)),
    (pathlib.Path, pathlib.Path("/a/b")),
    (ipaddress.IPv4Network, ipaddress.ip_network("10.0.0.0/8")),
    (uuid.UUID, uuid.UUID(int=7)),
    (Fraction, Fraction(1, 3)),
    (complex, 1 + 2j),
    (frozenset[int], frozenset({1, 2})),
    (dict[int, Decimal], {1: Decimal("1.10")}),
    (bytes, b"abc"),
    (type(None), None),
    (float, -0.0),
    (float, math.inf),
    (dict[str, float | None], {"a": -math.inf, "b": None}),
]  # fmt: skip


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
        field: asked  # type: ignore[valid-type]

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
    x: "Nowhere"  # noqa: F821


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
    "an instance of a model": Secrets.model_construct(),
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
    "a dict of one type": dict[int],  # type: ignore[type-arg]
    "a union of nothing": typing.Union,
    "a literal of nothing": typing.Literal,
    "a literal of an object": typing.Literal[object()],
    "a variable of a class": typing.ClassVar[int],
    "a protocol": typing.Protocol,
    "a type": type,
    "lists beyond all depth": functools.reduce(lambda inner, _: list[inner], range(300), int),  # type: ignore[valid-type]
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
