# ruff: noqa: UP007  unions held in variables
"""Types of every kind can be asked for, and a form never refuses what the flow takes."""

import datetime as dt
import enum
import ipaddress
import uuid
from typing import Annotated, Any, Literal, Union

import pytest
from pydantic import AnyUrl, BaseModel, Discriminator, Field, Tag
from pydantic_core import to_jsonable_python

from holdfast.forms.fields import Kind
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import TupleNode, UnionNode
from holdfast.forms.nodes import PickNode
from holdfast.input import RunInput
from holdfast.questions import question


class Cat(BaseModel):
    kind: Literal["cat", "lion"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


class Left(BaseModel):
    x: int = 1


class Right(BaseModel):
    y: int = 1


class Size(enum.Enum):
    SMALL = 1
    TEXT = "1"
    HALF = 2.5


def tag_of(value: Any) -> str:
    return "left" if "x" in value else "right"


def answered(asked: Any, value: Any) -> tuple[FormModel, dict[Any, str]]:
    """The form of what is asked for, with a value loaded, and what form and flow have against that."""
    found = question(asked)
    form = FormModel(found.schema, found.initial)
    plain = to_jsonable_python(value, by_alias=True)
    form.load({"value": plain} if found.wrapped else plain)
    return form, form.errors() or found.objections(form.dump())[1]


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (Size, Size.SMALL),
        (Size, Size.TEXT),
        (Literal[1, True, "1", None], True),
        (Literal[1, True, "1", None], 1),
        (Literal[1, True, "1", None], None),
        (float | str, "abc"),
        (float | str, 1.5),
        (int | str, "5"),
        (bool | int, 1),
        (bool | int, True),
        (Annotated[Cat | Dog, Field(discriminator="kind")], Dog()),
        (Annotated[Cat | Dog, Field(discriminator="kind")], Cat(kind="lion")),
        (Annotated[Annotated[Left, Tag("left")] | Annotated[Right, Tag("right")], Discriminator(tag_of)], Left()),
        (Union[Left, Right], Right(y=2)),
        (AnyUrl, "https://exämple.org/straße"),
        (AnyUrl, "mailto:ana@example.org"),
        (uuid.UUID, "1b4e28ba2fa111d2883f0016d3cca427"),
        (uuid.UUID, "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        (uuid.UUID, "{1B4E28BA-2FA1-11D2-883F-0016D3CCA427}"),
        (ipaddress.IPv6Address, "::1%eth0"),
        (dt.date, "2026-11-25T00:00:00"),
        (dt.datetime, "1700000000"),
        (dt.datetime, "2026-11-25_14:30"),
        (dt.time, "14:30:00.123456789"),
        (dt.timedelta, "1 day, 2:30:00"),
        (Annotated[str, Field(pattern=r"^\d+$")], "٣"),
        (Annotated[str, Field(pattern=r"^(?i:ab)+$")], "AB"),
        (Annotated[str, Field(json_schema_extra={"format": "email"})], "ana@exämple"),
        (Annotated[str, Field(json_schema_extra={"format": "hostname"})], "my_host"),
        (Annotated[float, Field(multiple_of=0.01)], 19.99),
        (Annotated[float, Field(ge=0)], float("inf")),
        (int, 1.0),
    ],
)
def test_what_the_flow_takes_the_form_takes(asked, value):
    form, problems = answered(asked, value)
    assert problems == {}
    form.json_text()


class NoneAsDefault(RunInput):
    note: str = None  # type: ignore[assignment]
    limit: float = float("inf")


def test_a_default_that_fits_no_schema_is_left_out_until_it_is_touched():
    found = question(NoneAsDefault)
    form = FormModel(found.schema, found.initial)
    assert (form.dump(), form.errors(), found.objections({})[1]) == ({}, {}, {})
    form.find(("note",)).text = "a"
    form.find(("note",)).text = ""
    assert form.errors() == {}
    assert found.objections(form.dump())[1] == {}


# ---- numbers


@pytest.mark.parametrize(("text", "value"), [("1.0", 1), ("1e3", 1000), ("+5", 5), ("12e-1", None), ("1e99999", None)])
def test_a_whole_number_may_be_written_with_a_point_or_an_exponent(text, value):
    form = FormModel({"type": "integer"})
    form.root.text = text
    assert form.dump() == (text if value is None else value)
    assert isinstance(form.dump(), str if value is None else int)
    assert bool(form.errors()) is (value is None)


# ---- patterns


@pytest.mark.parametrize("pattern", [r"^(a)?b(?(1)c|d)$", r"(?P<q>a)(?P=q)", r"a\Z", "(", r"^(?P<word>a+)$"])
def test_a_pattern_of_pythons_own_is_left_to_the_flow_or_read_as_it_is_meant(pattern):
    form = FormModel({"type": "string", "pattern": pattern, "minLength": 1})
    form.load("aa")
    assert form.errors() == {}
    form.load("")
    assert form.errors()


def test_a_pattern_that_takes_python_for_ever_does_not_keep_the_form():
    form = FormModel({"type": "string", "pattern": "^(?=a)(a+)+$"})
    form.load("a" * 60 + "b")
    assert form.errors() == {(): "text that matches ^(?=a)(a+)+$"}


# ---- choices


def test_choices_that_python_takes_for_equal_are_each_there_with_words_of_their_own():
    form = FormModel({"enum": [1, True, 1.0, "1", [1], [True], None, "none"]})
    node = form.root
    assert isinstance(node, PickNode)
    labels = [option.label for option in node.options]
    assert len(set(labels)) == len(labels) == 8
    for at, option in enumerate(node.options):
        form.load(option.value)
        assert (node.index, repr(form.dump())) == (at, repr(option.value))
        assert form.errors() == {}


def test_the_choice_that_is_picked_is_sent_to_the_type():
    form = FormModel({"enum": ["1", 1, 1.0]})
    for at, value in enumerate(["'1'", "1", "1.0"]):
        form.root.pick(at)
        assert repr(form.dump()) == value


# ---- unions


def test_an_alternative_that_was_chosen_says_by_its_tag_which_one_it_is():
    found = question(Annotated[Cat | Dog, Field(discriminator="kind")])
    form = FormModel(found.schema)
    union = form.root.children[0]
    assert isinstance(union, UnionNode)
    union.choose(1)
    assert form.dump() == {"value": {"kind": "dog"}}
    union.choose(0)
    assert form.dump() == {"value": {"kind": "cat"}}


def test_an_alternative_without_a_tag_is_told_by_what_is_in_it():
    found = question(Union[Left, Right])
    form = FormModel(found.schema)
    union = form.root.children[0]
    assert isinstance(union, UnionNode)
    union.choose(1)
    assert form.dump() == {"value": {"y": 1}}
    assert found.load(form.dump()) == Right()


def test_a_decimal_is_one_field_where_it_is_marked():
    form = FormModel({"anyOf": [{"type": "number"}, {"type": "string"}], "format": "decimal", "default": "auto"})
    assert (form.root.field.kind, form.root.field.exact) == (Kind.NUMBER, True)


def test_places_of_a_list_that_is_open_at_its_end_are_asked_for_one_by_one():
    schema = {"type": "array", "prefixItems": [{}, {"type": "integer"}], "minItems": 2}
    form = FormModel(schema)
    assert isinstance(form.root, TupleNode)
    form.root.children[1].text = "5"
    assert (form.dump(), form.errors()) == ([None, 5], {})
    form.load([1, 2, 3])
    assert (form.dump(), form.errors()) == ([1, 2, 3], {})


# ---- defaults


def test_a_default_that_is_touched_and_put_back_is_sent_and_kept_in_a_draft():
    schema = {"properties": {"n": {"type": "integer", "default": 5}, "l": {"items": {"type": "string"}, "type": "array",
              "default": ["a"]}, "m": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}}}  # fmt: skip
    form = FormModel(schema)
    assert (form.dump(), form.edited, form.draft()) == ({}, False, None)
    form.find(("n",)).text = "6"
    form.find(("n",)).text = "5"
    form.find(("l",)).remove(form.find(("l",)).add())
    form.find(("m",)).text = "x"
    form.find(("m",)).text = ""
    assert form.dump() == {"n": 5, "l": ["a"], "m": None}
    again = FormModel(schema)
    again.redo(form.draft())
    assert again.dump() == form.dump()


def test_a_default_is_sent_where_nothing_may_be_left_out():
    assert FormModel({"type": "string", "default": "a"}).dump() == "a"
    assert FormModel({"properties": {"x": {"default": 1, "type": "integer"}}, "required": ["x"]}).dump() == {"x": 1}
    rows = FormModel({"type": "array", "items": {"type": "string", "default": "a"}})
    rows.root.add()
    assert rows.dump() == ["a"]
