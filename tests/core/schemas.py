"""Strategies for JSON Schemas of every kind, and for values to go with them."""

from typing import Any

from hypothesis import strategies as st

names = st.sampled_from("abc")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([1.5, "", "a", "abcd", "2026-11-25"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
leaf_schemas = st.one_of(
    st.sampled_from([{}, True, {"type": "null"}, {"type": "boolean"}, {"type": "string"}, {"type": "integer"}]),
    st.sampled_from([{"$ref": "#"}, {"$ref": "#/$defs/x"}, {"type": ["string", "null"]}, {"type": "number"}]),
    st.builds(
        lambda low, high: {"type": "integer", "minimum": low, "exclusiveMaximum": high}, *[st.integers(-9, 9)] * 2
    ),
    st.builds(lambda low, high: {"type": "string", "minLength": low, "maxLength": high}, *[st.integers(0, 4)] * 2),
    st.lists(json_values, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    json_values.map(lambda value: {"const": value}),
)


def bigger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    extra = st.sampled_from([{}, {"default": 1}, {"title": "T"}, {"description": "d"}, {"position": 2}])
    return st.one_of(
        st.builds(
            lambda properties, required, more, closed: {
                "type": "object", "properties": properties, "required": required, **more,
                **({"additionalProperties": False} if closed else {}),
            },
            st.dictionaries(names, inner, max_size=3), st.lists(names, max_size=2, unique=True), extra, st.booleans(),
        ),
        st.builds(lambda items, unique: {"type": "array", "items": items, "uniqueItems": unique}, inner, st.booleans()),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda of: {"type": "array", "prefixItems": of, "minItems": len(of), "maxItems": len(of)}
        ),
        inner.map(lambda of: {"type": "object", "additionalProperties": of}),
        st.builds(lambda key, of, more: {key: of, **more}, st.sampled_from(["anyOf", "oneOf", "allOf"]),
                  st.lists(inner, min_size=1, max_size=3), extra),
    )  # fmt: skip


documents = st.builds(
    lambda schema, shared: {**schema, "$defs": {"x": shared}} if isinstance(schema, dict) else schema,
    st.recursive(leaf_schemas, bigger, max_leaves=6),
    st.recursive(leaf_schemas.filter(lambda schema: "$ref" not in str(schema)), bigger, max_leaves=2),
)
