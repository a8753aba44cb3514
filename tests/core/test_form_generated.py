# ruff: noqa: UP007, UP045  types held in variables
"""Properties of the form model over generated pydantic models and generated JSON Schemas."""

import datetime as dt
import enum
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model

from holdfast.forms.fields import MISSING
from holdfast.forms.list_nodes import RowsNode, TableNode
from holdfast.forms.model import FormModel
from holdfast.forms.nested_nodes import NestNode, UnionNode
from holdfast.forms.nodes import PickNode, TextNode
from holdfast.forms.raw_nodes import RawNode
from holdfast.questions import question
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.fitting import fitted
from holdfast.values.json_text import parse_json, to_json
from holdfast.values.to_json import written

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from schemas import documents, json_values

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


class Colour(enum.Enum):
    RED, GREEN, BLUE = "red", "green", 3


class Inner(BaseModel):
    name: str
    size: int = Field(1, ge=0)
    of: Optional["Inner"] = None


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
inners = st.recursive(
    st.builds(Inner, name=texts, size=st.integers(0)), lambda of: st.builds(Inner, name=texts, of=of), max_leaves=3
)
pets = st.builds(Cat, lives=st.integers()) | st.builds(Dog, tricks=st.lists(texts, max_size=2))
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, texts),
    (Annotated[str, Field(min_length=1, max_length=4)], st.text("ab\n€", min_size=1, max_size=4)),
    (Annotated[str, Field(pattern="^[a-c]+$")], st.text("abc", min_size=1, max_size=3)),
    (int, st.integers()),
    (Annotated[int, Field(ge=-5, lt=100)], st.integers(-5, 99)),
    (Annotated[int, Field(multiple_of=3)], st.integers().map(lambda n: n * 3)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (Annotated[float, Field(gt=0)], st.floats(0, exclude_min=True, allow_infinity=False)),
    (bool, st.booleans()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (dt.date, st.dates()),
    (dt.time, st.times()),
    (dt.datetime, st.datetimes(timezones=st.none() | st.just(dt.UTC))),
    (dt.timedelta, st.timedeltas(dt.timedelta(days=-9999), dt.timedelta(days=9999))),
    (UUID, st.uuids()),
    (Colour, st.sampled_from(Colour)),
    (Literal["a", 1, True], st.sampled_from(["a", 1, True])),
    (SecretStr, texts.filter(lambda text: set(text) != {"*"}).map(SecretStr)),
    (Inner, inners),
    (Annotated[Cat | Dog, Field(discriminator="kind")], pets),
    (dict[str, Any], st.dictionaries(texts, st.integers() | texts | st.none(), max_size=2)),
]


def wrapped(inner: st.SearchStrategy[tuple[Any, Any]]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Types that hold others."""
    return st.one_of(
        inner.map(lambda of: (Optional[of[0]], st.none() | of[1])),
        inner.map(lambda of: (list[of[0]], st.lists(of[1], max_size=3))),  # type: ignore[valid-type]
        inner.map(lambda of: (tuple[of[0], ...], st.lists(of[1], max_size=3).map(tuple))),  # type: ignore[valid-type]
        st.tuples(inner, inner).map(lambda of: (tuple[of[0][0], of[1][0]], st.tuples(of[0][1], of[1][1]))),  # type: ignore[misc]
        inner.map(lambda of: (dict[str, of[0]], st.dictionaries(texts, of[1], max_size=3))),  # type: ignore[valid-type]
        st.tuples(inner, inner).map(lambda of: (Union[of[0][0], of[1][0]], of[0][1] | of[1][1])),
    )


kinds = st.recursive(st.sampled_from(LEAVES), wrapped, max_leaves=4)
sets = st.sampled_from(
    [(set[int], st.frozensets(st.integers())), (set[Colour], st.frozensets(st.sampled_from(Colour)))]
)


@st.composite
def cases(draw: Any) -> tuple[type[BaseModel], Any]:
    """A model and a value of it."""
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for index in range(draw(st.integers(1, 3))):
        annotation, of = draw(kinds | sets)
        value = draw(of)
        default = draw(st.sampled_from(["needed", "default", "factory"]))
        if default == "needed":
            fields[f"field_{index}"] = (annotation, ...)
        else:
            kept = draw(of)
            info = Field(default=kept) if default == "default" else Field(default_factory=lambda kept=kept: kept)
            fields[f"field_{index}"] = (annotation, info)
        if default == "needed" or draw(st.booleans()):
            values[f"field_{index}"] = value
    model = create_model("Generated", **fields)
    try:
        return model, model(**values)
    except ValidationError:  # a value of one branch of a union that pydantic reads as the other
        return model, None


def spelled(value: Any) -> str:
    return to_json(value) if not isinstance(value, str) else "text:" + to_json(value)


def as_data(value: BaseModel) -> Any:
    """What the wire has: every secret as it is."""
    return fitted(question(type(value)).schema, written(value))


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(cases())
def test_any_value_of_any_model_survives_and_is_accepted(case):
    model, value = case
    if value is None:
        return
    data = as_data(value)
    form = FormModel(model.model_json_schema())
    form.load(data)
    assert spelled(form.dump()) == spelled(data)
    assert not form.root.edited
    if accepted(model, data):
        assert form.errors() == {}
    form.load_json_text(form.json_text())
    assert spelled(form.dump()) == spelled(data)


def accepted(model: type[BaseModel], data: Any, *, strict: bool = False) -> bool:
    try:
        model.model_validate_json(to_json(data), strict=strict)
    except ValidationError:
        return False
    return True


TYPED = st.sampled_from(
    ["", " ", "a", "abc", "7", "-3", "1.5", "1e3", "true", "null", "[]", "{}", '"a"', '{"name": "n"}', "[1, 2]",
     "2026-11-25", "14:30", "2026-11-25T14:30", "tomorrow 9:00", "in 2 h", "1h 30m", "P1D", "x" * 9,
     "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "12345678901234567890", "0.10"]
)  # fmt: skip


def edit(form: FormModel, data: Any) -> None:
    """Something that a person may do to any field."""
    node = data.draw(st.sampled_from(list(form.nodes())))
    what = data.draw(st.integers(0, 9))
    if node.parent is not None and what == 0:
        node.replace(data.draw(st.sampled_from([MISSING, None])))
    elif node.parent is not None and what == 1 and not isinstance(node, RawNode):
        raw = form.as_json(node)
        raw.text = data.draw(TYPED)
    elif what == 2:
        node.revert()
    elif isinstance(node, TextNode):
        node.text = data.draw(TYPED)
    elif isinstance(node, PickNode):
        node.pick(data.draw(st.none() | st.integers(0, len(node.options) - 1)))
    elif isinstance(node, RowsNode):
        edit_rows(node, data)
    elif isinstance(node, UnionNode):
        node.choose(data.draw(st.integers(0, len(node.field.branches) - 1)))
    elif isinstance(node, NestNode):
        node.set_null(data.draw(st.booleans()))


def edit_rows(node: RowsNode, data: Any) -> None:
    what = data.draw(st.sampled_from(["add", "duplicate", "remove", "restore", "move", "name"]))
    row = data.draw(st.sampled_from(node.children)) if node.children else None
    if what == "add" or row is None:
        node.add()
    elif what == "restore" and node.can_restore:
        node.restore()
    elif what == "move":
        node.move(row, 1)
    elif what == "name" and isinstance(node, TableNode):
        node.rename(row, data.draw(texts))
    elif what == "remove":
        node.remove(row)
    else:
        node.duplicate(row)


@pytest.mark.slow
def test_what_a_form_finds_nothing_wrong_with_pydantic_accepts_and_the_other_way_round():
    found = {True: 0, False: 0}

    @settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
    @given(cases(), st.data())
    def check(case, data):
        model, value = case
        # Pydantic's own schema takes any text for a decimal number.
        schema = model.model_json_schema(schema_generator=AskedSchema)
        form = FormModel(schema, None if value is None else as_data(value))
        for _ in range(data.draw(st.integers(1, 5))):
            edit(form, data)
        answer = form.dump()
        errors = form.errors()
        found[not errors] += 1
        if not errors:
            assert accepted(model, answer), (answer, schema)
        elif not any(form.root.problems()) and "a list without duplicates" not in errors.values():
            # What a field cannot read may still be a text that something accepts, and a set takes what is there twice.
            assert not accepted(model, answer, strict=True), (answer, errors)

    check()
    assert min(found.values()) > 20


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(cases(), st.data())
def test_a_draft_brings_back_any_form_and_has_no_secret(case, data):
    model, value = case
    initial = None if value is None else as_data(value)
    form = FormModel(model.model_json_schema(), initial)
    for _ in range(data.draw(st.integers(1, 5))):
        edit(form, data)
    draft = form.draft()
    again = FormModel(form.schema, initial)
    if draft is not None:
        again.redo(parse_json(to_json(draft)))
    if not secretive(form.schema):
        assert spelled(again.dump()) == spelled(form.dump())
        assert again.errors() == form.errors()
    again.errors()


def secretive(schema: Any) -> bool:
    return "password" in json.dumps(schema)


# ---- schemas


def valid(schema: Any, value: Any) -> bool | None:
    """What a validator that knows nothing of forms says; None where the schema leads in a circle."""
    try:
        return bool(jsonschema_rs.Draft202012Validator(schema, offline=True).is_valid(value))
    except (ValueError, RecursionError):
        return None


@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
@given(documents.filter(lambda schema: schema.get("$ref") != "#" if isinstance(schema, dict) else True), json_values)
def test_a_form_over_any_schema_keeps_any_value_and_accepts_exactly_the_valid_ones(schema, value):
    form = FormModel(schema)
    form.load(value)
    assert spelled(form.dump()) == spelled(value)
    wanted = valid(schema, value)
    if wanted is not None:
        assert (form.errors() == {}) is wanted


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(documents, json_values, st.data())
def test_edits_of_a_form_over_any_schema_never_break_it_and_submit_valid_values_only(schema, value, data):
    form = FormModel(schema, value if isinstance(value, dict) else None)
    for _ in range(data.draw(st.integers(1, 5))):
        edit(form, data)
    answer = form.dump()
    if form.errors() == {}:
        assert valid(schema, answer) is not False, answer
    parse_json(form.json_text())
    again = FormModel(schema, value if isinstance(value, dict) else None)
    if (draft := form.draft()) is not None:
        again.redo(parse_json(to_json(draft)))
    assert spelled(again.dump()) == spelled(form.dump())


def test_the_generated_models_are_of_many_kinds():
    assert len(LEAVES) > 20
    with pytest.raises(ValidationError):
        Inner.model_validate({})
