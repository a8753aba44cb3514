"""Schemas with something wrong in them, of older drafts, or that lead in circles: what is right in them counts."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from holdfast.forms.answer_checks import schema_errors
from holdfast.forms.fields import Kind
from holdfast.forms.model import FormModel

SLIPS: list[Any] = [
    {"examples": "abc"},
    {"required": True},
    {"minimum": "1"},
    {"minLength": "2"},
    {"maxLength": -1},
    {"maxLength": 2.5},
    {"minimum": float("inf")},
    {"multipleOf": 0},
    {"type": "strin"},
    {"type": []},
    {"type": ["string", "nul"]},
    {"pattern": "("},
    {"pattern": 5},
    {"format": 5},
    {"format": "no-such-format"},
    {"enum": "abc"},
    {"$ref": "#/$defs/nowhere"},
    {"$ref": "https://example.com/nowhere.json"},
    {"$ref": "nowhere"},
    {"$ref": 5},
    {"$dynamicRef": "#nowhere"},
    {"$id": 5},
    {"$id": "http://[bad"},
    {"$anchor": "a b"},
    {"properties": ["a"]},
    {"properties": {"a": 5}},
    {"properties": {"a": None}},
    {"patternProperties": {"(": {}}},
    {"additionalProperties": "no"},
    {"items": [{"type": "string"}]},
    {"items": 5},
    {"prefixItems": {}},
    {"anyOf": {}},
    {"anyOf": []},
    {"anyOf": [5, {"type": "integer"}]},
    {"oneOf": [5, {"type": "string"}]},
    {"allOf": [None]},
    {"not": 5},
    {"not": {"minimum": "1"}},
    {"if": {"type": "strin"}, "then": False},
    {"dependentRequired": {"a": "b"}},
    {"dependentSchemas": []},
    {"uniqueItems": "yes"},
    {"deprecated": "yes"},
    {"title": 5},
    {"description": ["a"]},
    {"default": float("nan")},
    {"$defs": [1]},
    {"$defs": {"a": 5}},
    {"title": "\ud800"},
    {"properties": {"\ud800": {}}},
    {"discriminator": {"mapping": 5}},
    {"exclusiveMinimum": True},
    {"required": ["a", "a"]},
    {"x-own": {1: 2}},
    5,
    None,
    [],
]


def with_slip(slip: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}, "x": slip}, **more}


@pytest.mark.parametrize("slip", SLIPS, ids=repr)
def test_what_is_wrong_in_one_field_leaves_the_checks_of_another_as_they_are(slip):
    form = FormModel(with_slip(slip))
    form.load({"n": -5, "x": "a"})
    assert form.errors() == {("n",): "at least 1"}
    form.load({"n": 5, "x": "a"})
    assert form.errors() == {}


@pytest.mark.parametrize(
    "slip", [each for each in SLIPS if json.dumps(each).isascii() and "x-own" not in str(each)], ids=repr
)
def test_an_answer_is_checked_by_the_engine_as_by_the_form(slip):
    schema = with_slip(slip)
    assert schema_errors(schema, {"n": -5, "x": "a"}) == {("n",): "at least 1"}
    assert schema_errors(schema, {"n": 5, "x": "a"}) == {}


@pytest.mark.parametrize(
    ("slip", "keeps", "value"),
    [
        ({"type": "string", "minLength": "1", "maxLength": 2}, "at most 2 characters", "abc"),
        ({"type": "strin", "maxLength": 2}, "at most 2 characters", "abc"),
        ({"type": "integer", "minimum": "0", "maximum": 3}, "at most 3", 4),
        ({"type": "string", "pattern": "(", "minLength": 3}, "at least 3 characters", "a"),
    ],
)
def test_what_is_right_beside_a_slip_is_checked(slip, keeps, value):
    form = FormModel(with_slip(slip))
    form.load({"x": value})
    assert form.errors() == {("x",): keeps}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": ["a"], "additionalProperties": False}, {"a": 1}),
        ({"patternProperties": {"a(": {}}, "additionalProperties": False}, {"a(": 1}),
        ({"prefixItems": {}, "items": False}, [1]),
        ({"oneOf": [{"type": "string", "minLength": "9"}, {"type": "string", "maxLength": 5}]}, "a"),
        ({"contains": {"minimum": "1"}, "maxContains": 1}, [1, 2]),
        ({"allOf": [{"properties": {"a": 5}}], "unevaluatedProperties": False}, {"a": 1}),
        ({"not": {"$ref": "#/nowhere"}}, 1),
        ({"if": {"$ref": "#/nowhere"}, "then": False}, 1),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/nowhere", "type": "string"}, 1),
    ],
)
def test_what_is_left_out_never_makes_the_rest_stricter(schema, value):
    form = FormModel(schema)
    form.load(value)
    assert form.errors() == {}


def test_a_slip_of_pydantics_own_options_is_one_too():
    class Slip(BaseModel):
        n: Annotated[int, Field(ge=1)]
        x: Annotated[str, Field(json_schema_extra={"minimum": "1", "required": True, "examples": "abc"})]

    form = FormModel(Slip.model_json_schema())
    form.load({"n": -5, "x": "a"})
    assert form.errors() == {("n",): "at least 1"}


# ---- drafts


DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def errors_of(schema: Any, value: Any) -> dict[Any, str]:
    form = FormModel(schema)
    form.load(value)
    return form.errors()


def test_items_that_are_a_list_are_places_up_to_draft_2019():
    pair = {"$schema": DRAFT_7, "type": "array", "items": [{"type": "integer"}, {"type": "string"}]}
    form = FormModel({**pair, "additionalItems": False})
    assert form.root.field.kind is Kind.TUPLE
    assert errors_of(pair, ["a", "b"]) == {(0,): "a whole number, such as 42"}
    assert errors_of({**pair, "$schema": "https://json-schema.org/draft/2019-09/schema"}, [1, 2]) == {(1,): "text"}


def test_what_stands_beside_a_reference_does_not_count_in_draft_7():
    schema = {
        "properties": {"x": {"$ref": "#/definitions/t", "maxLength": 1}},
        "definitions": {"t": {"type": "string"}},
    }
    assert errors_of({"$schema": DRAFT_7, **schema}, {"x": "abc"}) == {}
    assert errors_of(schema, {"x": "abc"}) == {("x",): "at most 1 character"}
    assert FormModel({"$schema": DRAFT_7, **schema}).find(("x",)).field.kind is Kind.TEXT


def test_bounds_are_exclusive_by_a_word_of_their_own_in_draft_4():
    schema = {"type": "integer", "minimum": 5, "exclusiveMinimum": True}
    assert errors_of({"$schema": DRAFT_4, **schema}, 5) == {(): "more than 5"}
    assert errors_of(schema, 5) == {}
    assert FormModel({"$schema": DRAFT_4, **schema}).root.field.limits.gt == 5


def test_dependencies_are_those_of_draft_7():
    fields = {"type": "object", "properties": {key: {} for key in "abcd"}}
    schema = {"$schema": DRAFT_7, **fields, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}
    assert errors_of(schema, {"a": 1, "c": 1}) == {("b",): "required", ("d",): "required"}


def test_an_unknown_draft_is_read_as_the_newest():
    assert errors_of({"$schema": "https://example.com/own", "type": "string"}, 1) == {(): "text"}


# ---- circles


TREE = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/n"}}, "s": {}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"type": "string"}]},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}},
        {"anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {"$ref": "#/$defs/n", "$defs": {"n": {**TREE, "default": {}, "required": ["kids"]}}},
        {
            "$ref": "#/$defs/n",
            "$defs": {
                "n": {
                    "type": "object",
                    "properties": {
                        "kids": {"type": "array", "items": {"$ref": "#/$defs/n"}, "default": [{}, {}]},
                        "named": {
                            "type": "object",
                            "additionalProperties": {"$ref": "#/$defs/n"},
                            "default": {"a": {}},
                        },
                        "one": {"$ref": "#/$defs/n", "default": {}},
                        "pair": {"type": "array", "prefixItems": [{"$ref": "#/$defs/n"}] * 2, "default": [{}, {}]},
                        "maybe": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}], "default": {}},
                        "either": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "string"}], "default": {}},
                    },
                }
            },
        },
    ],
)
def test_a_schema_or_a_default_that_leads_in_a_circle_comes_to_an_end(schema):
    form = FormModel(schema)
    assert sum(1 for _ in form.nodes()) < 2000
    form.errors()
    form.json_text()
    form.draft()


def test_a_schema_two_hundred_groups_deep_is_checked_to_the_end():
    schema: Any = {"type": "string"}
    value: Any = 5
    for _ in range(200):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
        value = {"a": value}
    form = FormModel(schema)
    form.load(value)
    (path,) = form.errors()
    assert form.find(path) is not None
    assert form.dump() == value


def test_values_that_lie_very_deep_are_edited_as_json():
    class Link(BaseModel):
        n: int = 0
        next: "Link | None" = None

    value: Any = {"n": 1}
    for _ in range(100):
        value = {"next": value}
    form = FormModel(Link.model_json_schema(), value)
    assert form.errors() == {}
    assert form.dump() == value
    assert {node.field.kind for node in form.nodes()} >= {Kind.JSON}


# ---- anything


KEYWORDS = [
    "type",
    "properties",
    "items",
    "prefixItems",
    "required",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "if",
    "$ref",
    "$defs",
    "minimum",
    "maxLength",
    "pattern",
    "format",
    "default",
    "additionalProperties",
    "examples",
    "title",
    "a",
    "definitions",
    "dependencies",
    "$id",
    "$anchor",
    "discriminator",
]
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats()
    | st.sampled_from(["", "a", "(", "object", "#", "#/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)
drafts = st.sampled_from([{}, {"$schema": DRAFT_4}, {"$schema": DRAFT_7}])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, drafts, anything)
def test_no_schema_at_all_breaks_a_form_or_turns_its_checks_off(slip, draft, value):
    form = FormModel(with_slip(slip, **draft))
    form.load({"n": -5, "x": value})
    assert ("n",) in form.errors() or () in form.errors()
    assert list(form.nodes())
    form.json_text()
