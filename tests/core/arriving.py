"""What the tests of arriving values share."""

import dataclasses
import datetime as dt
import enum
import ipaddress
import math
import pathlib
import typing
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar

import pydantic
from pydantic import (
    AliasChoices,
    AliasPath,
    Base64Bytes,
    BaseModel,
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

from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.questions import question
from holdfast.values.json_text import parse_json, to_json


def arrived(asked, value):
    """What a flow that asks for a type gets when it is answered with a value in Python."""
    found = question(asked)
    answer = as_answer(found.schema, value, is_value=True)
    assert schema_errors(found.schema, answer) == {}
    return found.load_json(to_json(parse_json(to_json(answer))))


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Line(Forbidding):
    qty: int

    @computed_field  # type: ignore[prop-decorator]
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


Many = enum.Flag("Many", [f"F{number}" for number in range(12)])  # type: ignore[misc]


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
    (Many, Many.F1 | Many.F11),  # type: ignore[attr-defined]
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
