# ruff: noqa: UP006, UP007, UP045, DTZ001, E501  types and times as users write them, in wide tables
"""Every type that can be asked for is, and its values arrive: as answers, in forms, as parameters."""

import collections
import dataclasses
import datetime as dt
import enum
import ipaddress
import math
import os
import pathlib
import re
import typing
import uuid
import zoneinfo
from collections.abc import (
    Hashable,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Set,
)
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union

import pydantic as p
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, Secret
from pydantic_core import core_schema
from typing_extensions import TypeAliasType, TypedDict

from holdfast import flow
from holdfast.engine import parameters
from holdfast.exceptions import InvalidFlow
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.model import FormModel
from holdfast.input import RunInput
from holdfast.questions import question
from holdfast.values.json_text import FromJson, parse_json, to_json

Colour = enum.Enum("Colour", {"RED": "red", "BLUE": "blue"})
Text = enum.StrEnum("Text", {"A": "a", "B": "b"})
Number = enum.IntEnum("Number", {"ONE": 1, "TWO": 2})
Pair = enum.Enum("Pair", {"A": (1, 2), "B": (3, 4)})
Exact = enum.Enum("Exact", {"A": Decimal("1.10"), "B": Decimal("2.20")})
Bytes = enum.Enum("Bytes", {"A": b"a", "B": b"b"})
Empty = enum.Enum("Empty", {"A": None, "B": 1})
Truth = enum.Enum("Truth", {"YES": True, "NO": False})
Span = enum.Enum("Span", {"A": dt.timedelta(1), "B": dt.timedelta(2)})
Flags = enum.Flag("Flags", ["A", "B", "C"])
IntFlags = enum.IntFlag("IntFlags", ["A", "B", "C"])


class Half(float, enum.Enum):
    HALF, WHOLE = 0.5, 1.0


class Words(str, enum.Enum):  # noqa: UP042 - as users write it
    A, B = "a", "b"


class Plain(BaseModel):
    number: int = 1
    word: str = "x"


class Tree(BaseModel):
    number: int
    children: list["Tree"] = []


class Point(NamedTuple):
    x: int
    y: str = "q"


class Address(TypedDict):
    street: str
    number: typing.NotRequired[int]


class AnyOfThem(TypedDict, total=False):
    a: int
    b: str


@dataclasses.dataclass
class Data:
    number: int
    rows: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    number: int
    word: str = "z"


@dataclasses.dataclass(kw_only=True)
class ByKeyword:
    number: int
    size: float = 1.0


@p.dataclasses.dataclass
class Careful:
    number: int
    price: Decimal = Decimal("1.50")


T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    content: T


class Numbers(RootModel[list[int]]):
    pass


class Prices(RootModel[dict[str, Decimal]]):
    pass


class Aliased(BaseModel):
    number: int = Field(alias="The number")


class Several(BaseModel):
    number: int = Field(validation_alias=p.AliasChoices("one", "two"))


class ByName(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
    number: int = Field(alias="No")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Decimal]
    number: int = 0


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    number: int
    size: float
    raw: bytes
    day: dt.date
    ident: uuid.UUID
    places: tuple[int, ...]
    words: frozenset[str]
    price: Decimal
    colour: Colour


class Private(BaseModel):
    number: int
    _kept: int = p.PrivateAttr(3)


class Computed(BaseModel):
    number: int

    @p.computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return self.number * 2


class InBase64(BaseModel):
    model_config = ConfigDict(val_json_bytes="base64", ser_json_bytes="base64")
    raw: bytes


class InHex(BaseModel):
    model_config = ConfigDict(val_json_bytes="hex", ser_json_bytes="hex")
    raw: bytes


class AsFloat(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float", ser_json_inf_nan="null")
    span: dt.timedelta
    size: float


class Values(BaseModel):
    model_config = ConfigDict(use_enum_values=True, coerce_numbers_to_str=True, str_strip_whitespace=True)
    colour: Colour
    word: str


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "Rex"


class Own:
    """A class that tells pydantic itself how it is read and written."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.number == self.number

    def __hash__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"Own({self.number})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        made = core_schema.no_info_after_validator_function(cls, core_schema.int_schema())
        either = core_schema.union_schema([core_schema.is_instance_schema(cls), made])
        writer = core_schema.plain_serializer_function_ser_schema(lambda own: own.number)
        return core_schema.json_or_python_schema(json_schema=made, python_schema=either, serialization=writer)


def kind_of(given: Any) -> str | None:
    return given.get("kind") if isinstance(given, dict) else getattr(given, "kind", None)


ByFunction = Annotated[
    Union[Annotated[Cat, p.Tag("cat")], Annotated[Dog, p.Tag("dog")]], p.Discriminator(kind_of)
]  # fmt: skip
Nested = TypeAliasType("Nested", "dict[str, Nested] | int")
Ident = NewType("Ident", int)

NOW = dt.datetime(2030, 1, 2, 3, 4, 5, 6)
PAST = NOW.replace(year=2001)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
EXACT = Decimal("0.12345678901234567890123")

SCALARS: list[tuple[Any, Any]] = [
    (bool, False), (int, -(10**30)), (float, 0.1 + 0.2), (float, math.nan), (float, -math.inf), (complex, 1 + 2j),
    (str, "\0 é\u202e"), (bytes, b"ab"), (Decimal, EXACT), (Fraction, Fraction(1, 3)), (type(None), None), (None, None),
    (Any, {"a": [1, None, 0.5]}), (object, "a"), (Hashable, "a"),
    (dt.date, NOW.date()), (dt.time, NOW.time()), (dt.time, dt.time(1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))),
    (dt.datetime, NOW), (dt.datetime, NOW.replace(tzinfo=dt.UTC)), (dt.datetime, NOW.replace(tzinfo=BERLIN)),
    (dt.timedelta, dt.timedelta(-1, 2, 3)), (zoneinfo.ZoneInfo, BERLIN), (uuid.UUID, uuid.UUID(int=5)),
    (pathlib.Path, pathlib.Path("/a/b")), (pathlib.PurePath, pathlib.PurePath("a")),
    (pathlib.PurePosixPath, pathlib.PurePosixPath("a")), (pathlib.PosixPath, pathlib.PosixPath("a")),
    (pathlib.PureWindowsPath, pathlib.PureWindowsPath("a\\b")), (os.PathLike[str], pathlib.PurePosixPath("x")),
    (re.Pattern, re.compile("a")), (re.Pattern[str], re.compile("^a")), (Ident, 3), (Own, Own(3)),
    (ipaddress.IPv4Address, ipaddress.ip_address("1.2.3.4")), (ipaddress.IPv6Address, ipaddress.ip_address("::1")),
    (ipaddress.IPv4Network, ipaddress.ip_network("10.0.0.0/8")), (ipaddress.IPv6Network, ipaddress.ip_network("fe80::/10")),
    (ipaddress.IPv4Interface, ipaddress.ip_interface("10.0.0.1/8")), (ipaddress.IPv6Interface, ipaddress.ip_interface("fe80::1/10")),
    (p.IPvAnyAddress, ipaddress.ip_address("::1")), (p.IPvAnyNetwork, ipaddress.ip_network("10.0.0.0/8")),
    (p.IPvAnyInterface, ipaddress.ip_interface("::1/10")),
]  # fmt: skip

COLLECTIONS: list[tuple[Any, Any]] = [
    (list, [1, "a"]), (list[int], [1]), (typing.List[int], [1]), (set[int], {1}), (frozenset[str], frozenset("ab")),
    (typing.Set[int], {1}), (typing.FrozenSet[int], frozenset({1})), (tuple, (1, "a")), (tuple[int, ...], (1, 2)),
    (tuple[int, str], (1, "a")), (typing.Tuple[int, str], (1, "a")), (tuple[()], ()), (tuple[int], (1,)),
    (dict, {"a": 1}), (dict[str, int], {"a": 1}), (typing.Dict[str, int], {"a": 1}), (dict[int, str], {1: "a"}),
    (dict[float, int], {1.5: 1}), (dict[bool, int], {True: 1}), (dict[Decimal, int], {Decimal("1.10"): 1}),
    (dict[uuid.UUID, int], {uuid.UUID(int=1): 2}), (dict[dt.date, int], {NOW.date(): 1}), (dict[Colour, int], {Colour.RED: 1}),
    (dict[Number, int], {Number.ONE: 1}), (dict[Literal["a", "b"], int], {"a": 1}), (dict[str, Plain], {"a": Plain()}),
    (Sequence[int], [1]), (MutableSequence[int], [1]), (MutableSet[int], {1}), (Mapping[str, int], {"a": 1}),
    (MutableMapping[str, int], {"a": 1}), (collections.deque, collections.deque([1, 2])),
    (collections.deque[int], collections.deque([1])), (typing.Deque[int], collections.deque([1])),
    (Annotated[collections.deque[int], Field(max_length=3)], collections.deque([1])),
    (collections.Counter, collections.Counter("a")), (collections.Counter[str], collections.Counter("aab")),
    (collections.OrderedDict[str, int], collections.OrderedDict(a=1)),
    (collections.defaultdict[str, list[int]], collections.defaultdict(list, {"a": [1]})),
    (list[list[Decimal]], [[EXACT]]), (dict[str, tuple[Decimal, ...]], {"a": (EXACT,)}), (list[bytes], [b"a"]),
    (list[float], [math.inf, 1.0]), (set[Colour], {Colour.RED}), (set[tuple[int, int]], {(1, 2)}),
    (frozenset[frozenset[int]], frozenset({frozenset({1})})), (list[Own], [Own(3)]), (list[Point], [Point(1)]),
    (list[Plain], [Plain(number=2)]), (tuple[Plain, int], (Plain(), 1)),
    (Annotated[list[Annotated[int, Field(gt=0)]], Field(max_length=2)], [1]),
    (Annotated[dict[Annotated[str, p.StringConstraints(pattern="^a")], int], Field(min_length=1)], {"a": 1}),
    (p.conlist(int, min_length=1), [1]), (p.conset(int, max_length=2), {1}), (p.confrozenset(int, min_length=1), frozenset({1})),
    (Annotated[list[int], p.FailFast()], [1]), (list[p.OnErrorOmit[int]], [1]),
]  # fmt: skip

UNIONS: list[tuple[Any, Any]] = [
    (Optional[int], None), (int | None, 5), (int | str, "5"), (int | str, 5), (float | str, 1.5), (float | str, "NaN"),
    (float | int, 3), (int | float, 2.0), (bool | int, True), (bool | int, 1), (int | bool, True), (Decimal | str, EXACT),
    (Decimal | str, "1.10"), (str | Decimal, Decimal("1.5")), (Decimal | float, Decimal("1.5")), (Decimal | float, 1.5),
    (float | Decimal, EXACT), (float | Decimal, 1.5), (int | Decimal, 3), (int | Decimal, Decimal(3)), (Decimal | None, EXACT),
    (dt.date | dt.datetime, NOW.date()), (dt.datetime | dt.date, NOW), (dt.date | str, NOW.date()), (dt.date | str, "abc"),
    (uuid.UUID | str, uuid.UUID(int=1)), (list[int] | int, [1]), (list[int] | dict[str, int], {"a": 1}),
    (int | Number, 5), (Plain | dict[str, int], Plain()),  (Plain | None, Plain(number=2)),
    (Cat | Dog, Dog()), (Annotated[Cat | Dog, Field(discriminator="kind")], Dog(name="x")), (ByFunction, Dog()),
    (Nested, {"a": {"b": 1}}), (Literal["a", 1], 1), (Literal["a"], "a"), (Literal[None, "a"], None), (Literal[True, False], False),
    (Literal[1, True], True), (Literal["1", 1], "1"), (Literal[0, False], False), (Literal[b"a", "b"], b"a"), (Literal[Colour.RED], Colour.RED),
    (Annotated[str | None, Field(max_length=3)], None),
]  # fmt: skip

OBJECTS: list[tuple[Any, Any]] = [
    (Colour, Colour.RED), (Text, Text.A), (Words, Words.B), (Number, Number.ONE), (Half, Half.HALF), (Pair, Pair.A),
    (Exact, Exact.B), (Bytes, Bytes.A), (Empty, Empty.A), (Truth, Truth.NO), (Span, Span.B), (Flags, Flags.A | Flags.C),
    (IntFlags, IntFlags.B), (IntFlags, IntFlags(0)), (Plain, Plain(number=3)), (Tree, Tree(number=1, children=[Tree(number=2)])),
    (Point, Point(1)), (Address, {"street": "Main"}), (AnyOfThem, {"b": "x"}), (Data, Data(1, [2])), (Frozen, Frozen(1)),
    (ByKeyword, ByKeyword(number=1)), (Careful, Careful(1)), (Box[int], Box[int](content=1)), (Box[Decimal], Box[Decimal](content=EXACT)),
    (Box, Box(content=1)), (Numbers, Numbers([1])), (Prices, Prices({"a": EXACT})), (Aliased, Aliased(**{"The number": 1})),
    (Several, Several(two=1)), (ByName, ByName(number=3)), (Open, Open(number=1, q=EXACT)), (Private, Private(number=1)),
    (Computed, Computed(number=1)), (InBase64, InBase64(raw=b"\xff")), (InHex, InHex(raw=b"\xff")),
    (AsFloat, AsFloat(span=dt.timedelta(seconds=1.5), size=math.inf)), (Values, Values(colour=Colour.RED, word=5)),
    (Strict, Strict(number=1, size=1.5, raw=b"x", day=NOW.date(), ident=uuid.UUID(int=1), places=(1,), words=frozenset("a"), price=EXACT, colour=Colour.RED)),
]  # fmt: skip

PYDANTIC: list[tuple[Any, Any]] = [
    (p.StrictInt, 1), (p.StrictStr, "a"), (p.StrictBool, True), (p.StrictFloat, 1.5), (p.StrictBytes, b"a"), (p.PositiveInt, 1),
    (p.NegativeInt, -1), (p.NonNegativeInt, 0), (p.NonPositiveInt, 0), (p.PositiveFloat, 0.5), (p.NegativeFloat, -0.5),
    (p.NonNegativeFloat, 0.0), (p.NonPositiveFloat, 0.0), (p.FiniteFloat, 1.5), (p.conint(gt=1, multiple_of=2), 4),
    (p.confloat(ge=0, le=1), 0.5), (p.constr(pattern="^a+$", max_length=3), "aa"), (p.conbytes(max_length=3), b"ab"),
    (p.condecimal(max_digits=4, decimal_places=2), Decimal("12.50")), (p.condate(gt=PAST.date()), NOW.date()),
    (Annotated[Decimal, Field(gt=0, multiple_of=Decimal("0.1"))], Decimal("0.3")), (Annotated[float, Field(multiple_of=0.5)], 1.5),  # type: ignore[call-overload]
    (Annotated[dt.timedelta, Field(gt=dt.timedelta(0))], dt.timedelta(1)), (Annotated[dt.time, Field(gt=dt.time(1))], dt.time(2)),
    (p.PastDate, PAST.date()), (p.FutureDate, NOW.date().replace(year=9000)), (p.PastDatetime, PAST),
    (p.FutureDatetime, NOW.replace(year=9000)), (p.AwareDatetime, NOW.replace(tzinfo=dt.UTC)), (p.NaiveDatetime, NOW),
    (p.UUID1, uuid.uuid1()), (p.UUID3, uuid.uuid3(uuid.NAMESPACE_DNS, "a")), (p.UUID4, uuid.uuid4()),
    (p.UUID5, uuid.uuid5(uuid.NAMESPACE_DNS, "a")), (p.FilePath, pathlib.Path(__file__)),
    (p.DirectoryPath, pathlib.Path(__file__).parent), (p.NewPath, pathlib.Path(__file__).parent / "is-not-there"),
    (p.Base64Bytes, b"\xff\xfe"), (p.Base64UrlBytes, b"\xff\xfe"), (p.Json, {"a": 1}), (p.Json[list[int]], [1, 2]),
    (p.SecretStr, p.SecretStr("a")), (p.SecretBytes, p.SecretBytes(b"a")), (Secret[int], Secret[int](3)),
    (Secret[dt.date], Secret[dt.date](NOW.date())), (Secret[list[int]], Secret[list[int]]([1])),
    (Secret[Plain], Secret[Plain](Plain())), (Secret[Decimal], Secret[Decimal](EXACT)), (p.SecretStr | None, None),
    (list[p.SecretStr], [p.SecretStr("a")]), (p.ByteSize, p.ByteSize(1000)), (p.AnyUrl, p.AnyUrl("mailto:a@b.c")),
    (p.AnyHttpUrl, p.AnyHttpUrl("http://a/b")), (p.HttpUrl, p.HttpUrl("http://a.b/c")), (p.FileUrl, p.FileUrl("file:///a")),
    (p.FtpUrl, p.FtpUrl("ftp://a")), (p.AnyWebsocketUrl, p.AnyWebsocketUrl("ws://a")), (p.WebsocketUrl, p.WebsocketUrl("ws://a")),
    (p.PostgresDsn, p.PostgresDsn("postgres://u:p@h/d")), (p.CockroachDsn, p.CockroachDsn("cockroachdb://u:p@h:1/d")),
    (p.AmqpDsn, p.AmqpDsn("amqp://u:p@h")), (p.RedisDsn, p.RedisDsn("redis://h/0")), (p.MongoDsn, p.MongoDsn("mongodb://h/d")),
    (p.KafkaDsn, p.KafkaDsn("kafka://h")), (p.NatsDsn, p.NatsDsn("nats://h")), (p.MySQLDsn, p.MySQLDsn("mysql://u@h/d")),
    (p.MariaDBDsn, p.MariaDBDsn("mariadb://u@h/d")), (p.ClickHouseDsn, p.ClickHouseDsn("clickhouse+native://u@h/d")),
    (p.SnowflakeDsn, p.SnowflakeDsn("snowflake://u:p@h/d/s?w=1")), (p.InstanceOf[Plain], Plain()), (p.SkipValidation[int], 3),
    (p.SerializeAsAny[Plain], Plain()), (Annotated[int, p.Strict()], 5), (Annotated[dt.datetime, p.Strict()], NOW),
    (Annotated[int, p.BeforeValidator(int)], 5), (Annotated[int, p.AfterValidator(abs)], 5), (Annotated[int, p.PlainValidator(int)], 5),
    (Annotated[str, p.WrapValidator(lambda text, inner: inner(text))], "a"), (Annotated[int, p.PlainSerializer(str)], 5),
    (Annotated[dt.date, p.WithJsonSchema({"type": "string"})], NOW.date()),
    (Annotated[str, p.StringConstraints(strip_whitespace=True, to_upper=True, max_length=3)], "ABC"),
]  # fmt: skip

EVERY = [*SCALARS, *COLLECTIONS, *UNIONS, *OBJECTS, *PYDANTIC]
IDS = [f"{re.sub('0x[0-9a-f]+', '', str(asked))[-50:]}-{at}" for at, (asked, _) in enumerate(EVERY)]


def is_same(found: Any, value: Any) -> bool:
    """Whether two values are equal, to the type and to each digit."""
    return type(found) is type(value) and (found == value or repr(found) == repr(value)) and str(found) == str(value)


@pytest.mark.parametrize(("asked", "value"), EVERY, ids=IDS)
def test_a_value_arrives_as_an_answer_in_python_and_in_a_form(asked, value):
    found = question(asked)
    answer = as_answer(found.schema, value, is_value=True)
    assert schema_errors(found.schema, answer) == {}
    form = FormModel(found.schema)
    form.load(parse_json(to_json(answer)))
    assert form.errors() == {}
    for each in (answer, form.dump()):
        assert is_same(found.load_json(to_json(each)), value)


@pytest.mark.parametrize(("asked", "value"), EVERY, ids=IDS)
def test_a_value_arrives_as_initial_data_that_nobody_touched(asked, value):
    class Asks(RunInput):
        field: asked

    found = question(Asks.with_initial_data(field=value))
    form = FormModel(found.schema, found.initial)
    assert form.errors() == {}
    assert is_same(found.load(as_answer(found.schema, form.dump(), is_value=False)).field, value)


@pytest.mark.parametrize(("asked", "value"), EVERY, ids=IDS)
def test_a_value_arrives_as_a_parameter_of_a_deployment(asked, value):
    @flow
    def takes(field: asked) -> None: ...

    given = parameters.checked(takes, {"field": value}, complete=False)
    assert is_same(takes.validate((), FromJson(parse_json(to_json(given))))["field"], value)


@pytest.mark.parametrize(
    ("asked", "value", "arrived"),
    [
        (Colour | str, Colour.RED, "red"),
        (Number | int, Number.ONE, 1),
        (str | bytes, b"ab", "ab"),
        (list[int] | set[int], {1}, [1]),
        (set[int] | list[int], {1}, [1]),
        (tuple[int, int] | list[int], (1, 2), [1, 2]),
        (Set[int], {1}, frozenset({1})),
    ],
)
def test_what_json_writes_alike_arrives_as_the_type_that_pydantic_prefers(asked, value, arrived):
    found = question(asked)
    assert is_same(found.load(as_answer(found.schema, value, is_value=True)), arrived)


def test_what_is_read_one_by_one_arrives_so():
    found = question(Iterable[int])
    assert list(found.load(as_answer(found.schema, [1, 2], is_value=True))) == [1, 2]


@pytest.mark.parametrize(
    "asked",
    [type[int], type, typing.Callable[[], int], typing.Never, range, memoryview, collections.ChainMap[str, int]],
)
def test_what_has_no_form_in_json_is_not_asked_for(asked):
    with pytest.raises(InvalidFlow, match="cannot be asked for"):
        question(asked)


def test_the_types_are_as_many_as_there_are():
    assert len({str(asked) for asked, _ in EVERY}) > 240
