"""Which inputs count as equal: those whose whole state is, and nothing else."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import weakref
from decimal import Decimal
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from holdfast.engine.code.call_identity import STATE, CallCounter, digest
from holdfast.engine.stored_values.earlier_digests import earlier_digest

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from stateful import (
    DIFFERENT,
    Adder,
    Base,
    Caches,
    Card,
    HasLock,
    KeepsHash,
    Lazy,
    Node,
    OfItsAddress,
    Order,
    closing_over,
    fib,
    local_class,
    local_dataclass,
    local_enum,
    local_model,
    values,
    with_,
)


def of(value):
    return digest({"value": value})


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_inputs_differ_that_differ_in_any_part_of_their_state(one, other):
    for a, b in ((one, other), ([one], [other]), (Adder(one), Adder(other)), ({"x": (one,)}, {"x": (other,)})):
        assert of(a) is None or of(a) != of(b)


ALWAYS_HASHED = {name: pair for name, pair in DIFFERENT.items() if name not in ("kept functions",)}


@pytest.mark.parametrize(("one", "other"), ALWAYS_HASHED.values(), ids=ALWAYS_HASHED.keys())
def test_what_can_be_told_apart_has_a_digest(one, other):
    assert of(one) is not None
    assert of(other) is not None


def copied(value):
    copy.copy(value)
    return value


def annotated(value):
    assert type(value).__annotations__ == {}
    return value


EQUAL = {
    "order of a dict": ({"a": 1, 2: 3}, {2: 3, "a": 1}),
    "order of a set": ({"a", "b", "c"}, {"c", "b", "a"}),
    "not a number": (float("nan"), float("nan")),
    "attributes in another order": (with_(Base(1), a=1, b=2), with_(Base(1), b=2, a=1)),
    "a property that was computed": (Lazy(1), with_(Lazy(1), double=2)),
    "a cache that is not pickled": (Caches(1), Caches(1).computed()),
    "a hash that was computed": (KeepsHash("x").hashed(), KeepsHash("x").hashed()),
    "one object twice": ([(x := (1, 2)), x], [(1, 2), (1, 2)]),
    "a function made twice": (closing_over(1), closing_over(1)),
    "a function that calls itself": (fib(), fib()),
    "a class made twice": (local_class(1)(), local_class(1)()),
    "an enum made twice": (local_enum(1).ONE, local_enum(1).ONE),
    "a model made twice": (local_model(1)(), local_model(1)()),
    "a dataclass made twice": (local_dataclass(1)(), local_dataclass(1)()),
    "a class whose object was copied": (local_class(1)(), copied(local_class(1)())),
    "a class whose annotations were read": (local_class(1)(), annotated(local_class(1)())),
    "a lock that is not pickled": (HasLock(1), HasLock(1)),
    "a long number": (10**6000, 10**6000),
    "a pickle that differs each time": (OfItsAddress(), OfItsAddress()),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL.keys())
def test_inputs_of_equal_state_are_equal(one, other):
    assert of([one, (1,)]) is not None
    assert of([one, (1,)]) == of([other, (1,)])


def cyclic_list():
    found = [1]
    found.append(found)
    return found


def cyclic_dict():
    found = {}
    found["self"] = found
    return found


def deep(levels, kind):
    found = 1
    for _ in range(levels):
        found = kind((found,))
    return found


class KeepsItsAddress:
    def __init__(self):
        self.me = id(self)


class Refuses:
    def __reduce__(self):
        raise TypeError("not to be pickled")


def zone_without_key():
    with resources.files("tzdata.zoneinfo").joinpath("UTC").open("rb") as file:
        return ZoneInfo.from_file(file)


UNKNOWN = {
    "bare object": object,
    "lock": threading.Lock,
    "event": threading.Event,
    "thread": threading.Thread,
    "generator": lambda: (each for each in ""),
    "weak reference": lambda: weakref.ref(Adder),
    "cyclic list": cyclic_list,
    "cyclic dict": cyclic_dict,
    "cyclic objects": lambda: Node(Node(), Node()),
    "deep list": lambda: deep(100_000, list),
    "deep tuple": lambda: deep(5_000, tuple),
    "memory": lambda: memoryview(b"x"),
    "its address as attribute": KeepsItsAddress,
    "refuses": Refuses,
    "lock beside others": lambda: with_(Base(1), lock=threading.Lock()),
    "lock in a closure": lambda: closing_over(threading.Lock()),
    "zone without a key": zone_without_key,
}


@pytest.mark.parametrize("make", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_told_apart_has_no_digest(make):
    value = make()
    assert of(value) is None
    assert of((value,)) is None


def test_open_files_and_sockets_have_no_digest(tmp_path):
    with (tmp_path / "file").open("w") as file, socket.socket() as made:
        assert of(file) is None
        assert of(made) is None


def test_functions_that_know_of_each_other_are_walked_through_in_bounded_time():
    functions = []
    for _ in range(12):
        functions.append(eval("lambda: functions", {"functions": functions}))
    assert of(functions[0]) is None


def twice(value):
    return [value, value]


SHARING = {
    "lists": twice,
    "tuples": lambda value: (value, value),
    "dicts": lambda value: {"a": value, "b": value},
    "frozen sets in tuples": lambda value: (value, frozenset([value])),
}


def shared(level, start, times=60):
    for _ in range(times):
        start = level(start)
    return start


@pytest.mark.parametrize("level", SHARING.values(), ids=SHARING.keys())
def test_what_is_shared_at_every_level_is_looked_at_once(level):
    start = (1.5, 2)
    assert of(shared(level, start)) == of(shared(level, start))
    assert of(shared(level, start)) != of(shared(level, (1.5, 3)))
    assert earlier_digest({"x": shared(level, start)}) is None


def test_what_is_shared_a_few_times_has_the_digest_of_json():
    assert of(shared(twice, 1, 8)) == of(eval(repr(shared(twice, 1, 8))))
    assert not of(shared(twice, 1, 8)).startswith(STATE)


# JSON, whose digest is older than all else


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [({}, "bf78e4a953b40eee238ca2e9"), ({"b": [1, True, None, -0.5], "a": {"é": "x"}}, "aec73bcb9585d51799a8de3d")],
)
def test_the_digest_of_json_is_what_it_always_was(inputs, expected):
    assert digest(inputs) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.dictionaries(st.text(), json_values))
def test_the_digest_of_json_is_that_of_earlier_versions(inputs):
    assert digest(inputs) == earlier_digest(inputs)
    assert not digest(inputs).startswith(STATE)


def same(a, b):
    """Whether two values are equal in type and content, at every depth."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float | complex | Decimal):
        return repr(a) == repr(b)
    if isinstance(a, dt.datetime):
        return (repr(a.replace(tzinfo=None)), str(a.tzinfo), type(a.tzinfo)) == (
            repr(b.replace(tzinfo=None)), str(b.tzinfo), type(b.tzinfo),
        )  # fmt: skip
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b)) and same_attributes(a, b)
    if isinstance(a, dict):
        return {(type(k), k) for k in a} == {(type(k), k) for k in b} and all(same(a[k], b[k]) for k in a)
    if isinstance(a, functools.partial):
        return same([a.func, a.args, a.keywords], [b.func, b.args, b.keywords])
    if isinstance(a, BaseModel):
        return same(a.__dict__, b.__dict__) and same(a.__pydantic_extra__, b.__pydantic_extra__)
    if isinstance(a, Adder):
        return same_attributes(a, b)
    if isinstance(a, type(closing_over)):
        return same(a.__closure__[0].cell_contents, b.__closure__[0].cell_contents)
    return a == b


def same_attributes(a, b):
    return same(getattr(a, "__dict__", None), getattr(b, "__dict__", None))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(values, values)
def test_digests_are_equal_for_equal_values_and_for_no_others(one, other):
    assert (of(one) == of(other)) is same(one, other)


# The same in every process

PROGRAM = """
import dataclasses, datetime, decimal, enum, functools, json, sys
import pydantic
from holdfast import task
from holdfast.engine.code.call_identity import digest

class Model(pydantic.BaseModel):
    names: set[str]
    _private: frozenset = frozenset("private")

@dataclasses.dataclass
class Data:
    x: object

class Kind(enum.Enum):
    A = "a"

class OfSet:
    def __init__(self, names):
        self.names = names
    def __reduce__(self):
        return OfSet, (list(self.names),)

def local(n):
    class Local:
        names = frozenset("abcdefg")
        def method(self):
            return super().__repr__(), n
    return Local

@task
def step(x):
    return x

def work(x, *, names=frozenset("abcdefg")):
    return {each for each in x if each in {"a", "b", "c"}}

VALUES = {
    "model": lambda: Model(names=set("abcdefg")),
    "data": lambda: Data({"a", ("b", frozenset("xyz"))}),
    "kind": lambda: {Kind.A: Kind},
    "function": lambda: work,
    "lambda": lambda: lambda v: v in {"a", "b", "c"},
    "partial": lambda: functools.partial(work, names=set("abcdefg")),
    "local": lambda: local({"a", "b"})(),
    "class": lambda: local,
    "of set": lambda: OfSet(set("abcdefg")),
    "task": lambda: step,
    "method": lambda: Data(1).__eq__,
    "moment": lambda: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "error": lambda: ValueError("a", {"b", "c"}),
}

def digests():
    return {name: digest({"x": make()}) for name, make in VALUES.items()}

if __name__ == "__main__":
    if sys.argv[1:] == ["spawn"]:
        import multiprocessing
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(json.dumps(pool.apply(digests)))
    else:
        print(json.dumps(digests()))
"""


@pytest.mark.live
def test_digests_are_the_same_in_every_process_however_it_was_started(tmp_path):
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM))
    found = []
    for seed, arguments in enumerate(
        (
            ["program.py"],
            ["program.py", "spawn"],
            ["-m", "program"],
            ["-c", "import json, program; print(json.dumps(program.digests()))"],
        )
    ):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout))
    assert None not in found[0].values()
    for each in found[1:]:
        assert each == found[0]


# Runs that earlier versions began


def test_a_call_that_an_earlier_version_recorded_is_found_by_the_digest_that_it_had():
    inputs = {"x": (1, 2)}
    recorded = [f"step({earlier_digest(inputs)})#1", f"step({earlier_digest(inputs)})#2", "step(?)#1"]
    counter = CallCounter()
    assert [counter.call("step", inputs, recorded) for _ in range(2)] == recorded[:2]
    assert counter.call("step", inputs, recorded) == f"step({digest(inputs)})#3"
    assert counter.call("step", {"x": threading.Lock()}, recorded) == "step(?)#1"
    assert counter.call("step", {"x": threading.Lock()}, recorded) == f"step({STATE})#2"


def test_a_call_of_this_version_is_not_found_by_an_earlier_digest():
    first, second = {"x": Order(pay=Card(amount=1, number="A"))}, {"x": Order(pay=Card(amount=1, number="B"))}
    assert earlier_digest(first) == earlier_digest(second)
    recorded = [CallCounter().call("step", first)]
    assert CallCounter().call("step", second, recorded) not in recorded
