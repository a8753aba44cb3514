"""Stored objects whose classes were edited since: each value is found by the name of its field."""

import dataclasses
import importlib
import sys

import pytest

from holdfast.engine import results

HEAD = """
import dataclasses
from dataclasses import dataclass, field
from typing import NamedTuple

import attrs
from pydantic import BaseModel, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

"""
FROZEN = "@dataclass(frozen=True, slots=True)\nclass D:\n    a: int\n"
SLOTS = "@dataclass(slots=True)\nclass D:\n    a: int\n"
PLAIN = "@dataclass\nclass D:\n    a: int\n"
TUPLE = "class D(NamedTuple):\n    a: int\n"
ATTRS = "@attrs.define\nclass D:\n    a: int\n"
MODEL = "class D(BaseModel):\n    a: int\n"
FIRST = "    n: str = 'new'\n"
MANY = "    n: list = field(default_factory=list)\n"
INNER = "@dataclass\nclass I:\n    x: int\n"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module, in place of the one before, and import it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(source):
        (tmp_path / "edited_classes.py").write_text(HEAD + source)
        sys.modules.pop("edited_classes", None)
        importlib.invalidate_caches()
        return importlib.import_module("edited_classes")

    yield write
    sys.modules.pop("edited_classes", None)


EDITED = {
    "frozen with slots, one more in front": (
        FROZEN + "    b: int = 0\n",
        FROZEN.replace("    a", FIRST + "    a").replace("a: int", "a: int = 0") + "    b: int = 0\n",
        "D(1, 2)",
        {"n": "new", "a": 1, "b": 2},
    ),
    "frozen with slots, in another order": (
        FROZEN + "    b: int\n",
        FROZEN.replace("    a: int\n", "    b: int\n    a: int\n"),
        "D(1, 2)",
        {"b": 2, "a": 1},
    ),
    "frozen with slots, one less": (FROZEN.replace("    a", "    z: int\n    a"), FROZEN, "D(9, 1)", {"a": 1}),
    "slots, one less": (SLOTS + "    z: int = 0\n", SLOTS, "D(1, 9)", {"a": 1}),
    "slots, one more": (SLOTS, SLOTS + MANY, "D(1)", {"a": 1, "n": []}),
    "now with slots": (PLAIN, SLOTS + FIRST, "D(1)", {"a": 1, "n": "new"}),
    "now frozen with slots": (PLAIN, FROZEN + FIRST, "D(1)", {"a": 1, "n": "new"}),
    "without slots now": (FROZEN, PLAIN + MANY, "D(1)", {"a": 1, "n": []}),
    "of pydantic's own": (
        PLAIN.replace("@", "@pydantic_"),
        PLAIN.replace("@", "@pydantic_") + "    n: int = Field(5, ge=1)\n    m: list = Field(default_factory=list)\n",
        "D(1)",
        {"a": 1, "n": 5, "m": []},
    ),
}


@pytest.mark.parametrize(("before", "after", "made", "expected"), EDITED.values(), ids=EDITED)
def test_a_dataclass_that_was_edited_gets_each_value_under_its_name(module, before, after, made, expected):
    body = results.encode(eval(made, vars(module(before))))
    module(after)
    assert dataclasses.asdict(results.decode(body)) == expected


TUPLES = {
    "one more between": (TUPLE + "    b: int = 0\n", TUPLE + FIRST + "    b: int = 0\n", (1, "new", 2)),
    "one less": (TUPLE + "    b: int = 0\n", TUPLE, (1,)),
    "another order": (TUPLE + "    b: int\n", "class D(NamedTuple):\n    b: int\n    a: int\n", (2, 1)),
}


@pytest.mark.parametrize(("before", "after", "expected"), TUPLES.values(), ids=TUPLES)
def test_a_named_tuple_that_was_edited_gets_each_value_under_its_name(module, before, after, expected):
    body = results.encode(module(before).D(1, 2))
    after_it = module(after)
    assert results.decode(body) == after_it.D(*expected)
    assert type(results.decode(body)) is after_it.D


def test_objects_of_attrs_get_the_defaults_of_new_fields(module):
    new = "    n: list = attrs.Factory(list)\n    m: int = attrs.Factory(lambda self: self.a + 1, takes_self=True)\n"
    for decorator in ("define", "frozen", "define(slots=False)"):
        before = ATTRS.replace("define", decorator)
        body = results.encode(module(before).D(1))
        after = module(before + new)
        assert results.decode(body) == after.D(1)


def test_an_object_of_attrs_that_lacks_a_field_without_a_default_is_told(module):
    body = results.encode(module(ATTRS).D(1))
    module(ATTRS + "    n: int\n")
    lacking = []
    assert results.decode(body, lacking).a == 1
    assert lacking == ["result.n is missing in the stored D"]


KEYS = {
    "a frozen dataclass": (
        "@dataclass(frozen=True)\nclass D:\n    a: int\n",
        "    n: tuple = field(default_factory=tuple)\n",
    ),
    "one with slots": (FROZEN, FIRST),
    "a frozen model": (MODEL.replace("Model", "Model, frozen=True"), FIRST),
    "frozen, of attrs": (ATTRS.replace("define", "frozen"), FIRST),
}


@pytest.mark.parametrize(("before", "new"), KEYS.values(), ids=KEYS)
def test_an_object_with_a_new_field_is_still_found_as_a_key(module, before, new):
    key = module(before).D(a=1)
    body = results.encode([{key: "found"}, frozenset({key})])
    key = module(before + new).D(a=1)
    by_key, keys = results.decode(body)
    assert by_key[key] == "found"
    assert key in keys


HOLDERS = {
    "a plain object": ("class D:\n    pass\n", "D()", "i", lambda held: held.i),
    "an exception": ("class D(Exception):\n    pass\n", "D()", "i", lambda held: held.i),
    "an object of attrs": (ATTRS, "D(I(1))", None, lambda held: held.a),
    "what a model has beside its fields": (
        MODEL.replace("Model", "Model, extra='allow'"),
        "D(a=1, i=I(1))",
        None,
        lambda held: held.i,
    ),
}


@pytest.mark.parametrize(("holder", "made", "attribute", "get"), HOLDERS.values(), ids=HOLDERS)
def test_an_object_gets_its_new_fields_wherever_it_lies(module, holder, made, attribute, get):
    first = module(INNER + holder)
    held = eval(made, vars(first))
    if attribute is not None:
        setattr(held, attribute, first.I(1))
    body = results.encode([held])
    module(INNER + MANY + holder)
    assert get(results.decode(body)[0]).n == []


def test_a_new_field_of_a_model_takes_what_was_given_beside_its_fields(module):
    open_model = MODEL.replace("Model", "Model, extra='allow'")
    body = results.encode(module(open_model).D(a=1, n="given"))
    module(open_model + FIRST)
    back = results.decode(body)
    assert (back.n, back.model_extra) == ("given", {})


def test_a_property_in_place_of_a_field_is_left_as_it_is(module):
    body = results.encode(module(PLAIN + FIRST).D(1))
    module(PLAIN + "    @property\n    def n(self):\n        return 'computed'\n")
    assert results.decode(body).n == "computed"
