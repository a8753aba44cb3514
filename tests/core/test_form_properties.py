"""Properties of the form model that hold for any value and any schema."""

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter

from holdfast.forms.list_nodes import ListNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import UnionNode
from holdfast.forms.nodes import PickNode, TextNode
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.json_text import parse_json, to_json


class Size(enum.IntEnum):
    S = 1
    L = 2


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    names: list[str] = Field(default_factory=list)


class Plain(BaseModel):
    text: str
    whole: int
    real: float
    exact: Decimal
    yes: bool
    size: Size
    day: dt.date
    moment: dt.datetime
    clock: dt.time
    span: dt.timedelta


class Rich(BaseModel):
    maybe: int | None = None
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    either: int | str | Cat
    pair: tuple[int, str]
    table: dict[str, float]
    rows: list[Cat | None]
    anything: Any
    plain: Plain | None = None
    aliased: int = Field(alias="theAlias", default=1)


class Tree(BaseModel):
    name: str
    kids: list["Tree"] = []
    left: Optional["Tree"] = None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
spans = st.timedeltas(dt.timedelta(days=-9999), dt.timedelta(days=9999))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
cats = st.builds(Cat, lives=st.integers())
dogs = st.builds(Dog, names=st.lists(texts, max_size=3))
plains = st.builds(
    Plain,
    text=texts,
    whole=st.integers(),
    real=floats,
    exact=st.decimals(allow_nan=False, allow_infinity=False),
    yes=st.booleans(),
    size=st.sampled_from(Size),
    day=st.dates(),
    moment=st.datetimes(timezones=st.none() | st.just(dt.UTC)),
    clock=st.times(),
    span=spans,
)
riches = st.builds(
    Rich,
    maybe=st.none() | st.integers(),
    pet=cats | dogs,
    either=st.integers() | texts | cats,
    pair=st.tuples(st.integers(), texts),
    table=st.dictionaries(texts, floats, max_size=3),
    rows=st.lists(st.none() | cats, max_size=3),
    anything=json_values,
    plain=st.none() | plains,
    theAlias=st.integers(),
)
trees = st.recursive(
    st.builds(Tree, name=texts, kids=st.just([]), left=st.none()),
    lambda inner: st.builds(Tree, name=texts, kids=st.lists(inner, max_size=2), left=st.none() | inner),
    max_leaves=4,
)


def spelled(value: Any) -> str:
    """A text that differs whenever two JSON values differ, also in type and in the order of keys."""
    return json.dumps(value) if not isinstance(value, str) else "text:" + json.dumps(value)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "values"), [(Plain, plains), (Rich, riches), (Tree, trees)])
def test_what_is_loaded_and_not_edited_is_dumped_exactly(model, values):
    schema = model.model_json_schema(schema_generator=AskedSchema)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values, st.booleans())
    def check(value, unset):
        data = json.loads(value.model_dump_json(by_alias=True, exclude_unset=unset))
        form = FormModel(schema)
        form.load(data)
        assert spelled(form.dump()) == spelled(data)
        assert not form.root.edited
        if not unset:  # an unset tag makes the data ambiguous, which pydantic refuses too
            assert form.errors() == {}

    check()


@pytest.mark.slow
@pytest.mark.parametrize(("model", "values"), [(Plain, plains), (Rich, riches), (Tree, trees)])
def test_the_way_through_json_text_changes_nothing(model, values):
    schema = model.model_json_schema(schema_generator=AskedSchema)

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values)
    def check(value):
        data = json.loads(value.model_dump_json(by_alias=True))
        form = FormModel(schema, data)
        form.load_json_text(form.json_text())
        assert spelled(form.dump()) == spelled(data)

    check()


@settings(max_examples=150, deadline=None)
@given(plains)
def test_typing_what_is_shown_into_an_empty_form_gives_the_same_value(value):
    data = json.loads(value.model_dump_json())
    shown = FormModel(Plain.model_json_schema(schema_generator=AskedSchema), data)
    empty = FormModel(Plain.model_json_schema(schema_generator=AskedSchema))
    for node in shown.nodes():
        other = empty.find(node.path)
        if isinstance(node, TextNode):
            other.text = node.text
        elif isinstance(node, PickNode):
            other.pick(node.index)
    if value.text:
        assert Plain.model_validate(empty.dump()) == value


KEYWORDS = (
    *("type", "properties", "required", "items", "prefixItems", "additionalProperties", "enum", "const"),
    *("anyOf", "oneOf", "allOf", "discriminator", "$ref", "$defs", "default", "title", "description"),
    *("format", "minimum", "pattern", "examples"),
)
schemas = st.recursive(
    st.booleans() | json_values | st.sampled_from(["string", "integer", "null", "#", "#/anyOf/0", "date"]),
    lambda inner: st.dictionaries(
        st.sampled_from(KEYWORDS),
        inner | st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_size=4,
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas, json_values)
def test_no_schema_and_no_value_break_a_form(schema, value):
    form = FormModel(schema)
    form.errors()
    form.json_text()
    form.load(value)
    assert spelled(form.dump()) == spelled(value)
    form.errors()


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_json_text_reads_back_exactly(value):
    assert spelled(parse_json(to_json(value))) == spelled(value)
    assert spelled(parse_json(to_json(value, indent=2))) == spelled(value)


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_every_digit(value):
    adapter = TypeAdapter(Decimal)
    form = FormModel({"properties": {"x": adapter.json_schema(schema_generator=AskedSchema)}})
    form.find(("x",)).text = str(value)
    assert adapter.validate_python(form.dump()["x"]) == value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(riches, st.data())
def test_random_edits_never_break_a_form(value, data):
    form = FormModel(
        Rich.model_json_schema(schema_generator=AskedSchema), json.loads(value.model_dump_json(by_alias=True))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        node = data.draw(st.sampled_from(list(form.nodes())))
        _edit(node, data)
        form.errors()
        parse_json(form.json_text())


def _edit(node: Any, data: Any) -> None:
    if node.field.nullable and data.draw(st.booleans()):
        node.set_null(not node.null)
    elif isinstance(node, TextNode):
        node.text = data.draw(texts)
    elif isinstance(node, PickNode):
        node.pick(data.draw(st.integers(0, len(node.options) - 1)))
    elif isinstance(node, ListNode):
        node.add()
    elif isinstance(node, UnionNode):
        node.choose(data.draw(st.integers(0, len(node.field.branches) - 1)))
