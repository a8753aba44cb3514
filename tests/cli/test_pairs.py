"""What ``--input name=value`` puts into an answer: by every name that pydantic takes, at every depth, of every kind."""

import datetime as dt
import enum
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from holdfast.cli.answers import from_pairs
from holdfast.cli.exit_codes import BadInput
from holdfast.questions import question


def answered(asked, *pairs):
    """What a flow gets that asks for a type and is answered with these pairs."""
    found = question(asked)
    value: Any = found.load(from_pairs(SimpleNamespace(schema=found.schema, initial=found.initial), pairs))
    return value


class Aliased(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
    one: int = Field(validation_alias=AliasChoices("first", "second", AliasPath("deep", "er"), AliasPath("row", 1)))
    rows: list[int] = Field(default=[], alias="Rows")


@pytest.mark.parametrize("pair", ["first=3", "second=3", "deep.er=3", "row.1=3", "one=3"])
def test_a_field_is_found_by_each_of_its_names_and_ways(pair):
    assert answered(Aliased, pair) == Aliased(first=3)


def test_what_lies_below_another_name_is_found():
    assert answered(Aliased, "first=3", "rows.0=1", "rows.1=2").rows == [1, 2]


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)
    due_date: dt.date
    inner: list["Camel"] = []


@pytest.mark.parametrize("pair", ["inner.0.due_date=2030-01-02", "inner.0.dueDate=2030-01-02"])
def test_names_of_parts_of_rows_may_be_other_names(pair):
    assert answered(Camel, "dueDate=2030-01-01", pair).inner[0].due_date == dt.date(2030, 1, 2)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = "Rex"
    inner: Optional["Dog"] = None


class Pets(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    other: Cat | Dog | None = None
    rows: list[Cat | int] = []
    table: dict[str, Dog | None] = {}
    pair: tuple[Cat, int] | None = None
    alike: Dog | list[int] | str = "x"


CAT, DOG = {"kind": "cat"}, {"kind": "dog"}


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (["pet.kind=dog"], {"pet": DOG}),
        (["pet.kind=dog", "pet.name=Fifi"], {"pet": {**DOG, "name": "Fifi"}}),
        (["pet.name=Fifi", "pet.kind=dog"], {"pet": {**DOG, "name": "Fifi"}}),
        (["pet.kind=cat", "pet.lives=3"], {"pet": {**CAT, "lives": 3}}),
        (["pet.kind=dog", "pet.inner.kind=dog"], {"pet": {**DOG, "inner": DOG}}),
        (["pet.kind=cat", "other.kind=dog"], {"pet": CAT, "other": DOG}),
        (["pet.kind=cat", "rows.0.kind=cat", "rows.1=5"], {"pet": CAT, "rows": [CAT, 5]}),
        (["pet.kind=cat", "table.a.kind=dog", "table.b=null"], {"pet": CAT, "table": {"a": DOG, "b": None}}),
        (["pet.kind=cat", "pair.0.kind=cat", "pair.1=2"], {"pet": CAT, "pair": [CAT, 2]}),
        (["pet.kind=cat", "alike.kind=dog"], {"pet": CAT, "alike": DOG}),
        (["pet.kind=cat", "alike.0=4"], {"pet": CAT, "alike": [4]}),
        (["pet.kind=cat", "alike=word"], {"pet": CAT, "alike": "word"}),
    ],
)
def test_parts_of_what_may_be_null_or_of_several_kinds_are_entered_one_by_one(pairs, wanted):
    assert answered(Pets, *pairs) == Pets.model_validate(wanted)


def test_a_part_that_no_alternative_has_is_refused_with_those_that_there_are():
    with pytest.raises(BadInput, match=r"no field 'pet\.size'; the answer has pet\.kind, pet\.lives, pet\.name"):
        answered(Pets, "pet.size=1")


class Odd(BaseModel):
    dotted: int = Field(0, alias="a.b")
    equals: int = Field(0, alias="c=d")
    table: dict[str, int] = {}


def test_a_name_may_have_dots_and_equals_signs_in_it():
    assert answered(Odd, "a.b=1", "c=d=2") == Odd.model_validate({"a.b": 1, "c=d": 2})


class Loose(BaseModel):
    anything: Any = None
    table: dict[str, Any] = {}
    rows: list[Any] = []
    plain: dict = {}


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (["anything=some text"], {"anything": "some text"}),
        (["anything=1.5"], {"anything": 1.5}),
        (["anything=null"], {"anything": None}),
        (["anything.a.b=1"], {"anything": {"a": {"b": 1}}}),
        (["table.a=word", "table.b=[1]"], {"table": {"a": "word", "b": [1]}}),
        (["rows.0=1", "rows.1=b"], {"rows": [1, "b"]}),
        (["plain.k=true"], {"plain": {"k": True}}),
    ],
)
def test_what_may_be_anything_takes_json_and_text_and_parts(pairs, wanted):
    assert answered(Loose, *pairs) == Loose.model_validate(wanted)


class Optionals(BaseModel):
    number: int | None = 5
    day: dt.date | None = dt.date(2030, 1, 1)
    price: Decimal | None = Decimal(1)
    several: int | dt.date | None = 3
    rows: list[int] | None = []


@pytest.mark.parametrize("name", Optionals.model_fields)
def test_null_is_null_where_that_may_be(name):
    assert getattr(answered(Optionals, f"{name}=null"), name) is None


def test_an_empty_text_is_a_text_where_one_is_asked_for():
    assert answered(str, "value=") == ""
    assert answered(Literal["", "a"], "value=") == ""
    assert answered(str | None, "value=") is None


def test_a_text_for_several_types_is_read_by_one_that_can():
    assert answered(Optionals, "several=2030-05-06").several == dt.date(2030, 5, 6)
    assert answered(dt.date | int, "value=tomorrow") > dt.date(2000, 1, 1)


class Level(enum.IntEnum):
    LOW = 1


class Lenient(enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> "Lenient | None":
        return cls.A if value == 7 else None


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (Level, "1.0", Level.LOW),
        (Lenient, "7", Lenient.A),
        (Literal["[b]", "\n"], "\n", "\n"),
        (bool, "T", True),
        (bool, "off", False),
        (bool, "1", True),
    ],
)
def test_a_choice_is_also_what_pydantic_reads_as_one(asked, text, value):
    assert answered(asked, f"value={text}") == value


def test_a_text_that_is_no_choice_is_refused_with_the_choices():
    with pytest.raises(BadInput, match=r"value cannot be 'x'\. The choices are 1"):
        answered(Level, "value=x")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str
    count: int = 1


class OpenCount(Open):
    __pydantic_extra__: dict[str, Decimal] = Field(init=False)


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (["name=Ana", "team=north", "since=2020"], {"team": "north", "since": 2020}),
        (["team=north", "name=Ana"], {"team": "north"}),
        (["name=Ana", "home.city=Oslo", "home.zip=12"], {"home": {"city": "Oslo", "zip": 12}}),
    ],
)
def test_what_a_model_that_takes_more_has_no_name_for_is_entered(pairs, wanted):
    found = answered(Open, *pairs)
    assert (found.name, found.model_extra, found.model_fields_set) == ("Ana", wanted, {"name", *wanted})


def test_what_a_model_has_no_name_for_is_of_the_type_of_the_rest():
    assert str(answered(OpenCount, "name=Ana", "price=0.10").model_extra["price"]) == "0.10"


def test_parts_of_a_model_that_takes_more_may_be_below():
    class Outer(BaseModel):
        inner: list[Open] = []
        last: Open | None = None

    found = answered(Outer, "inner.0.name=Ana", "inner.0.team=north", "last.name=Bo", "last.team=south")
    assert (found.inner[0].model_extra, found.last.model_extra) == ({"team": "north"}, {"team": "south"})


def test_of_several_models_that_takes_more_is_chosen_whose_fields_are_named():
    class Other(BaseModel):
        model_config = ConfigDict(extra="allow")
        title: str = ""

    class Either(BaseModel):
        one: Other | Open

    assert answered(Either, "one.name=Ana", "one.team=north").one == Open(name="Ana", team="north")


def test_a_name_that_a_model_ignores_is_still_refused():
    class Ignoring(BaseModel):
        name: str = ""

    with pytest.raises(BadInput, match="There is no field 'team'; the answer has name"):
        answered(Ignoring, "team=north")


class Defaults(BaseModel):
    number: int = 1
    endless: float = float("inf")
    truth: bool = False
    colour: Literal["red", "blue"] = "red"
    text: str = "x"
    day: dt.date = dt.date(2026, 1, 1)
    mixed: float | str = "x"
    anything: Any = 3
    rows: list[int] = [1]
    table: dict[str, int] = {"a": 1}
    pair: tuple[int, str] = (1, "x")
    open: Open = Open(name="Ana")


@pytest.mark.parametrize(
    "pair",
    [
        *(
            "number=1",
            "endless=Infinity",
            "truth=no",
            "colour=red",
            "text=x",
            "day=2026-01-01",
            "mixed=x",
            "anything=3",
        ),
        *("rows.0=1", "table.a=1", "pair.1=x", "open.name=Ana"),
    ],
)
def test_a_default_that_is_typed_is_given(pair):
    found = answered(Defaults, pair)
    assert (found, found.model_fields_set) == (Defaults(), {pair.partition("=")[0].partition(".")[0]})
