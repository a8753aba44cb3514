"""What pydantic takes though its own JSON Schema says less: named places, keys, flags, parts that are left out."""

import collections
import datetime as dt
import enum
import math
import re
import typing
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NamedTuple

import pydantic as p
import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from holdfast import flow
from holdfast.cli.answers import from_pairs
from holdfast.engine import parameters
from holdfast.exceptions import InvalidAnswerError, ParameterError
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.model import FormModel
from holdfast.questions import question
from holdfast.values.json_text import FromJson, parse_json, to_json


def from_json(asked, given):
    """What a flow gets that asks for a type, when it is answered with JSON: in a form, and as it is."""
    found = question(asked)
    answer = as_answer(found.schema, {"value": given} if found.wrapped else given, is_value=False)
    assert schema_errors(found.schema, answer) == {}
    form = FormModel(found.schema)
    form.load(parse_json(to_json(answer)))
    assert form.errors() == {}
    first, second = (found.load_json(to_json(each)) for each in (answer, form.dump()))
    assert repr(first) == repr(second)
    return first


def from_python(asked, given):
    """What a flow gets that asks for a type, when it is answered with a value in Python."""
    found = question(asked)
    answer = as_answer(found.schema, given, is_value=True)
    assert schema_errors(found.schema, answer) == {}
    return found.load_json(to_json(answer))


class Point(NamedTuple):
    x: int
    y: Decimal = Decimal("1.50")
    z: str = "q"


Older = collections.namedtuple("Older", "a b")


@pytest.mark.parametrize(
    ("asked", "given", "value"),
    [
        (Point, {"x": 1}, Point(1)),
        (Point, {"x": "1", "y": "2.10"}, Point(1, Decimal("2.10"))),
        (Point, {"z": "a", "x": 1}, Point(1, z="a")),
        (list[Point], [[1], {"x": 2}], [Point(1), Point(2)]),
        (Point | None, {"x": 1}, Point(1)),
        (Point | dict[str, int], {"a": 1}, {"a": 1}),
        (Older, {"a": 1, "b": [2]}, Older(1, [2])),
    ],
)
def test_a_named_tuple_may_be_given_by_its_names(asked, given, value):
    assert from_json(asked, given) == value


def test_a_named_tuple_that_is_given_by_its_names_is_shown_by_its_places():
    found = question(Point)
    form = FormModel(found.schema)
    form.load(as_answer(found.schema, {"value": {"x": 1, "z": "a"}}, is_value=False))
    assert form.dump() == {"value": [1, "1.50", "a"]}


def test_a_name_that_is_none_of_a_named_tuples_is_refused():
    found = question(Point)
    assert schema_errors(found.schema, {"value": {"x": 1, "w": 2}}) == {("value",): "a list"}


@pytest.mark.parametrize(
    ("asked", "given", "value"),
    [
        (list[p.OnErrorOmit[int]], [1, "a", None, 2], [1, 2]),
        (dict[str, p.OnErrorOmit[int]], {"a": 1, "b": "x"}, {"a": 1}),
        (Annotated[list[p.OnErrorOmit[int]], Field(max_length=1)], ["a", 1, "b"], [1]),
    ],
)
def test_what_is_left_out_where_it_is_wrong_is_not_refused(asked, given, value):
    assert from_json(asked, given) == value


def test_a_field_with_a_default_in_place_of_what_is_wrong_is_not_refused():
    class Size(BaseModel):
        size: int = 1
        rows: p.OnErrorOmit[list[int]] = [1]

    given = {"size": 2, "rows": 5}
    assert repr(from_json(Size, given)) == repr(Size.model_validate(given))


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (Annotated[dt.date, p.WithJsonSchema({"type": "integer"})], dt.date(2030, 1, 2)),
        (Annotated[int, p.WithJsonSchema({"type": "string", "pattern": "^[0-9]+$"})], 5),
        (Annotated[list[int], p.WithJsonSchema({"type": "string"})], [1, 2]),
        (Annotated[str, p.WithJsonSchema({"enum": ["a", "b"]})], "c"),
        (Annotated[dict[str, int], p.WithJsonSchema({"type": "object", "required": ["a"]})], {}),
    ],
)
def test_a_value_of_the_type_is_taken_whatever_json_schema_its_user_gave_it(asked, value):
    assert from_python(asked, value) == value


def test_a_number_for_a_date_is_one_under_a_json_schema_of_ones_own():
    assert from_json(Annotated[dt.date, p.WithJsonSchema({"type": "string"})], 86400) == dt.date(1970, 1, 2)


def test_a_field_whose_type_was_written_over_takes_its_own_type():
    class Told(BaseModel):
        size: int = Field(1, json_schema_extra={"type": "string"})
        rest: int = Field(1, ge=1)

    assert from_python(Told, Told(size=5)) == Told(size=5)
    assert schema_errors(question(Told).schema, {"rest": 0}) == {("rest",): "at least 1"}


Few = enum.Flag("Few", ["A", "B", "C"])
FewInts = enum.IntFlag("FewInts", ["A", "B", "C"])
Many = enum.Flag("Many", [f"F{number}" for number in range(9)])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("asked", "given", "value"),
    [
        (Few, -2, ~Few.A),
        (Few, -1, Few.A | Few.B | Few.C),
        (FewInts, -2, ~FewInts.A),
        (FewInts, 8, FewInts(8)),
        (Many, -2, ~Many.F0),  # type: ignore[attr-defined]
        (list[Few], [-2, 3], [~Few.A, Few.A | Few.B]),
    ],
)
def test_flags_are_all_numbers_that_stand_for_them(asked, given, value):
    assert from_json(asked, given) == value
    assert from_python(asked, value) == value


@pytest.mark.parametrize("given", [8, -9, "A", 1.5])
def test_what_stands_for_no_flags_is_refused(given):
    found = question(Few)
    answer = {"value": given}
    assert schema_errors(found.schema, answer) or found.objections(answer)[1]


@pytest.mark.parametrize("given", ["ab", ["a", "b"], {"a": 1, "b": 2}])
def test_whatever_can_be_gone_through_is_taken_for_an_iterable(given):
    found = question(typing.Iterable[str])
    assert schema_errors(found.schema, {"value": given}) == {}
    assert list(found.load({"value": given})) == ["a", "b"]


class Level(enum.Enum):
    ONE, PAIR, NONE = 1, (1, 2), None


class Huge(enum.IntEnum):
    A, B = 1, 10**20


class Cell(BaseModel):
    model_config = ConfigDict(frozen=True)
    row: int


KEYS: list[tuple[Any, Any]] = [
    (dict[Level, int], {Level.ONE: 1, Level.PAIR: 2, Level.NONE: 3}),
    (dict[Huge, int], {Huge.B: 1}),
    (dict[Literal[1, True, "a"], int], {1: 1, "a": 2}),
    (dict[tuple[int, str], int], {(1, "a"): 3}),
    (dict[Point, int], {Point(1): 3}),
    (dict[frozenset[int], int], {frozenset({1, 2}): 3}),
    (dict[Cell, int], {Cell(row=1): 3}),
    (dict[int | None, int], {None: 1, 2: 2}),
    (dict[tuple[dt.date, Decimal], int], {(dt.date(2030, 1, 1), Decimal("1.10")): 1}),
    (typing.Mapping[tuple[int, int], str], {(1, 2): "a"}),
    (collections.defaultdict[tuple[int, int], list[int]], collections.defaultdict(list, {(1, 2): [3]})),
]


@pytest.mark.parametrize(("asked", "value"), KEYS, ids=[str(asked) for asked, _ in KEYS])
def test_keys_that_are_no_texts_arrive(asked, value):
    assert from_python(asked, value) == value
    shown = as_answer(question(asked).schema, value, is_value=True)["value"]
    assert from_json(asked, parse_json(to_json(shown))) == value

    @flow
    def takes(field: asked) -> None: ...

    given = parameters.checked(takes, {"field": value}, complete=False)
    assert takes.validate((), FromJson(parse_json(to_json(given))))["field"] == value


@pytest.mark.parametrize("asked", [dict[str, int], dict[Any, int], Any, dict])
def test_a_key_that_is_no_text_is_refused_where_texts_are_asked_for(asked):
    with pytest.raises(InvalidAnswerError, match=r"the key \[1, 2\] cannot be written as text"):
        as_answer(question(asked).schema, {(1, 2): 3}, is_value=True)

    @flow
    def takes(field: asked) -> None: ...

    with pytest.raises(ParameterError, match="parameter field cannot be written as JSON: the key"):
        parameters.checked(takes, {"field": {(1, 2): 3}}, complete=False)


def test_a_member_that_is_a_very_large_number_arrives():
    assert from_python(Huge, Huge.B) is Huge.B
    assert from_python(list[Huge], [Huge.A, Huge.B]) == [Huge.A, Huge.B]


def test_a_pattern_of_bytes_arrives():
    assert from_python(re.Pattern[bytes], re.compile(b"^a")) == re.compile(b"^a")


def test_a_decimal_member_may_be_given_as_a_number():
    exact = enum.Enum("exact", {"A": Decimal("1.10"), "B": Decimal(2)})
    assert from_json(exact, 2) == exact.B


class Apple(BaseModel):
    seeds: int


class Pear(BaseModel):
    stalk: str = "s"


def kind_of(given: Any) -> str:
    if isinstance(given, int | str):
        return "number"
    return "apple" if isinstance(given, Apple) or (isinstance(given, dict) and "seeds" in given) else "pear"


Fruit = Annotated[
    Annotated[Apple, p.Tag("apple")] | Annotated[Pear, p.Tag("pear")] | Annotated[int, p.Tag("number")],
    p.Discriminator(kind_of),
]


@pytest.mark.parametrize(
    ("given", "value"),
    [({"seeds": 1}, Apple(seeds=1)), ({}, Pear()), (5, 5), ("5", 5)],
)
def test_a_function_tells_apart_what_several_alternatives_would_take(given, value):
    assert from_json(Fruit, given) == value
    assert from_python(list[Fruit], [value]) == [value]


def test_a_strict_decimal_arrives_beside_a_union():
    class Priced(BaseModel):
        model_config = ConfigDict(strict=True)
        price: Decimal
        note: int | None = None

    for given in ({"price": "1.10"}, {"price": parse_json("1.10")}, {"price": 3}):
        assert from_json(Priced, given) == Priced(price=Decimal(str(given["price"])))
    assert from_python(Priced, Priced(price=Decimal("0.10"), note=1)).price == Decimal("0.10")


class Filled(BaseModel):
    low: int
    high: int

    @model_validator(mode="before")
    @classmethod
    def fill(cls, given: Any) -> Any:
        return {"high": given["low"], **given} if isinstance(given, dict) and "low" in given else given


def test_what_a_model_fills_in_itself_is_not_required():
    assert from_json(Filled, {"low": 1}) == Filled(low=1, high=1)
    assert from_json(list[Filled], [{"low": 1}]) == [Filled(low=1, high=1)]
    form = FormModel(question(Filled).schema)
    assert set(form.errors().values()) == {"required"}
    form.find(("low",)).text = "1"
    assert form.errors() == {}


@pytest.mark.parametrize(
    "text", ["2030-01-02", "2030-01-02 10:00", "2030-01-02T10:00", "tomorrow 9:00", "in 2 h", "now"]
)
def test_a_time_that_is_to_have_no_zone_is_typed_without_one(text):
    found = question(p.NaiveDatetime)
    form = FormModel(found.schema)
    form.find(("value",)).text = text
    assert form.errors() == {}
    assert found.load(form.dump()).tzinfo is None
    assert "no time zone" in form.find(("value",)).understood


@pytest.mark.parametrize("text", ["2030-01-02 10:00Z", "tomorrow 9:00 UTC"])
def test_a_zone_that_is_typed_is_left_to_the_flow_to_refuse(text):
    found = question(p.NaiveDatetime)
    form = FormModel(found.schema)
    form.find(("value",)).text = text
    assert found.objections(form.dump())[1] == {("value",): "Input should not have timezone info"}


@pytest.mark.parametrize("text", ["inf", "-Infinity", "NaN"])
def test_a_decimal_number_may_be_typed_infinite_only_where_it_may_be(text):
    free, bound = (
        FormModel(question(asked).schema) for asked in (Annotated[Decimal, Field(allow_inf_nan=True)], Decimal)
    )
    for form in (free, bound):
        form.find(("value",)).text = text
    assert free.errors() == {}
    assert list(bound.errors()) == [("value",)]


def test_a_number_that_is_none_in_any_way_is_told_in_words():
    form = FormModel(question(Decimal).schema)
    form.find(("value",)).text = "sNaN"
    assert form.errors() == {("value",): "a number, such as 12.5"}
    assert math.isnan(from_json(float, "NaN"))


class Bytes(BaseModel):
    rows: list[p.Base64Bytes]
    table: dict[str, p.Base64UrlBytes] = {}
    pair: tuple[p.Base64Bytes, int] | None = None
    either: p.Base64Bytes | int = 3


class Hex(BaseModel):
    model_config = ConfigDict(val_json_bytes="hex")
    raw: bytes
    more: list[bytes | int] = []
    plain: Any = None


class AroundHex(BaseModel):
    model_config = ConfigDict(val_json_bytes="base64")
    raw: bytes
    inner: Hex
    other: "OnlyText"


class OnlyText(BaseModel):
    raw: bytes


ENCODED: list[tuple[Any, Any]] = [
    (list[p.Base64Bytes], [b"abcd", b"\xff"]),
    (p.Base64Bytes | None, b"\xff"),
    (dict[str, p.Base64UrlBytes | int], {"a": b"\xff\xfe", "b": 3}),
    (Bytes, Bytes.model_construct(rows=[b"\xff"], table={"a": b"\xfe"}, pair=(b"ab", 1), either=b"abcd")),
    (Hex, Hex.model_construct(raw=b"\xff", more=[b"\xfe", 1])),
    (list[Hex], [Hex.model_construct(raw=b"\xff")]),
    (AroundHex, AroundHex.model_construct(raw=b"\xff\xfe", inner=Hex(raw="ff"), other=OnlyText(raw=b"ab"))),
]


@pytest.mark.parametrize(("asked", "value"), ENCODED, ids=[str(asked)[-40:] for asked, _ in ENCODED])
def test_bytes_arrive_wherever_they_lie_and_however_their_text_is_made(asked, value):
    assert from_python(asked, value) == value

    @flow
    def takes(field: asked) -> None: ...

    given = parameters.checked(takes, {"field": value}, complete=False)
    assert takes.validate((), FromJson(parse_json(to_json(given))))["field"] == value


def test_bytes_that_have_no_text_are_refused_wherever_they_lie():
    with pytest.raises(InvalidAnswerError, match="not text in UTF-8"):
        as_answer(question(list[bytes]).schema, [b"\xff"], is_value=True)


class Imports(BaseModel):
    function: p.ImportString[Any] = "math.sqrt"
    number: p.ImportString[Any] = "math.pi"
    several: list[p.ImportString[Any]] = []


def test_what_an_import_names_arrives():
    value = Imports(function="os.path:join", number="math.e", several=["math", "math.sqrt"])
    assert from_python(Imports, value) == value
    assert from_json(Imports, {"function": "os.path:join"}) == Imports(function="os.path:join")


def test_a_time_in_a_zone_of_odd_seconds_is_the_same_moment():
    when = dt.datetime(1890, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=3208)))
    assert from_python(dt.datetime, when) == when


@pytest.mark.parametrize(
    ("pair", "value"), [("point.z=a", Point(1, z="a")), ("point.x=5", Point(5)), ("point.0=6", Point(6))]
)
def test_a_place_of_a_named_tuple_is_entered_by_its_name_or_its_number(pair, value):
    class Asks(BaseModel):
        point: Point = Point(1)

    found = question(Asks)
    wait = SimpleNamespace(schema=found.schema, initial=found.initial)
    assert found.load(as_answer(found.schema, from_pairs(wait, [pair]), is_value=False)).point == value


@pytest.mark.parametrize("text", ["", " ", "x", "1,5"])
@pytest.mark.parametrize("asked", [Decimal, Decimal | None, list[Decimal], Annotated[Decimal, Field(gt=0)]])
def test_a_text_that_is_no_number_is_refused_for_a_decimal(asked, text):
    found = question(asked)
    given = [text] if asked == list[Decimal] else text
    assert list(schema_errors(found.schema, as_answer(found.schema, given, is_value=True)).values()) != []


def test_an_empty_object_is_no_list():
    found = question(list[str])
    assert schema_errors(found.schema, {"value": {}}) == {("value",): "a list"}
