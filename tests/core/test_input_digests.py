"""Which inputs count as equal: those whose whole state is, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import io
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import textwrap
import threading
import typing
import weakref
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from holdfast import task
from holdfast.engine.calls import STATE, CallCounter, digest
from holdfast.engine.earlier_digests import earlier_digest


def of(value):
    return digest({"value": value})


# Classes with state in every place


class Pay(BaseModel):
    amount: int


class Card(Pay):
    number: str = ""


class Order(BaseModel):
    pay: Pay


class Doc(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: int
    body: str = Field("", exclude=True)
    secret: SecretStr = SecretStr("")
    _note: str = PrivateAttr("")

    def noted(self, note):
        self._note = note
        return self


@dataclasses.dataclass
class Base:
    x: int
    hidden: int = dataclasses.field(default=0, compare=False, repr=False)


class Sub(Base):
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: int


class MySlots:
    __slots__ = ("__private", "x")

    def __init__(self, x, private=None):
        self.x = x
        if private is not None:
            self.__private = private


Point = namedtuple("Point", "x y")


class Named(typing.NamedTuple):
    x: int


class NamedSub(Named):
    pass


class Items(list):
    pass


class Pairs(dict):
    pass


class Number(int):
    pass


class Text(str):
    __slots__ = ("tag",)


class Stamp(dt.datetime):
    pass


class Queue(deque):
    pass


class Where(pathlib.PurePosixPath):
    pass


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Paint(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    RED = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class OfItsAddress:
    """Says that it is made of what is another thing in each process."""

    def __reduce__(self):
        return OfItsAddress, (id(self),)


class Adder:
    def __init__(self, by):
        self.by = by

    def add(self, x):
        return x + self.by

    def __call__(self, x):
        return x + self.by


class HidesBody:
    """Says that its body is no part of what is pickled."""

    def __init__(self, body):
        self.body = body

    def __getstate__(self):
        return {}


class HasLock:
    """Says what of it is pickled: all but its lock."""

    def __init__(self, x):
        self.x = x
        self.lock = threading.Lock()

    def __reduce__(self):
        return HasLock, (self.x,)


class Lazy:
    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def double(self):
        return self.x * 2


class KeepsHash:
    def __init__(self, x):
        self.x, self._hash = x, None

    def __hash__(self):
        return hash(self.x)

    def hashed(self):
        self._hash = hash(self)
        return self


class Node:
    def __init__(self, *below):
        self.below, self.above = below, None
        for each in below:
            each.above = self


def with_(value, **attributes):
    for name, each in attributes.items():
        setattr(value, name, each)
    return value


def closing_over(value):
    return lambda: value


def with_default(value):
    def function(x=value):
        return x

    return function


def error(kind, *args, cause=None, **attributes):
    made = with_(kind(*args), **attributes)
    made.__cause__ = cause
    return made


def local_enum(value):
    class Local(enum.Enum):
        ONE = value

    return Local


def local_class(value):
    class Local:
        number = value

        def get(self):
            return super().__repr__(), Local

    return Local


def local_code(value):
    class Local:
        get = (lambda self: 1) if value else (lambda self: 2)

    return Local


def local_model(value):
    class Local(BaseModel):
        x: int = Field(default=1, ge=value)

    return Local


def local_dataclass(value):
    @dataclasses.dataclass
    class Local:
        x: int = value

    return Local


def fib():
    def inner(n):
        return n if n < 2 else inner(n - 1) + inner(n - 2)

    return inner


@task
def one(x):
    return x


@task
def two(x):
    return x


BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.datetime(2024, 10, 27, 2, 30)  # noqa: DTZ001

DIFFERENT = {
    "whole and true": (1, True),
    "whole and real": (1, 1.0),
    "zeros": (0.0, -0.0),
    "zeros in a tuple": ((0.0,), (-0.0,)),
    "none and false": (None, False),
    "text and bytes": ("a", b"a"),
    "bytes and bytearray": (b"a", bytearray(b"a")),
    "list and tuple": ([1], (1,)),
    "set and frozenset": ({1}, frozenset({1})),
    "set and list": ({1}, [1]),
    "set of others": ({1, 2}, {1, 3}),
    "true in a set": ({1}, {True}),
    "keys": ({1: 2}, {"1": 2}),
    "key and true": ({1: 2}, {True: 2}),
    "empty ones": ((), set()),
    "nested in other ways": (((1,), 2), ((1, 2),)),
    "boundaries": (("ab", "c"), ("a", "bc")),
    "infinite": (float("inf"), float("-inf")),
    "complex zeros": (complex(0, 0.0), complex(0, -0.0)),
    "long and longer": (10**5000, 10**5000 + 1),
    "long text": ("x" * 500 + "a", ("x" * 500 + "b",)),
    "order of an OrderedDict": (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    "dict and OrderedDict": ({"a": 1}, OrderedDict(a=1)),
    "default factories": (defaultdict(int, a=1), defaultdict(list, a=1)),
    "dict and Counter": ({"a": 1}, Counter(a=1)),
    "lengths of a deque": (deque([1], 2), deque([1], 3)),
    "decimals": (Decimal("1.0"), Decimal("1.00")),
    "decimal and real": (Decimal(1), 1.0),
    "fractions": (Fraction(1, 2), Fraction(1, 3)),
    "folds": (NOON.replace(tzinfo=BERLIN), NOON.replace(tzinfo=BERLIN, fold=1)),
    "naive folds": (NOON, NOON.replace(fold=1)),
    "zones at one moment": (NOON.replace(tzinfo=dt.UTC), NOON.replace(tzinfo=ZoneInfo("UTC"))),
    "zones": (ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Paris")),
    "date and datetime": (dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)),  # noqa: DTZ001
    "kinds of path": (pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a")),
    "path and text": (pathlib.PurePosixPath("a"), "a"),
    "flags of a pattern": (re.compile("a"), re.compile("a", re.IGNORECASE)),
    "patterns of bytes": (re.compile("a"), re.compile(b"a")),
    "ranges": (range(3), range(0, 3, 2)),
    "field of a subclass": (Order(pay=Card(amount=1, number="A")), Order(pay=Card(amount=1, number="B"))),
    "subclass in a field": (Order(pay=Card(amount=1)), Order(pay=Pay(amount=1))),
    "subclass in a list": ([Card(amount=1)], [Pay(amount=1)]),
    "excluded field": (Doc(id=1, body="x"), Doc(id=1, body="y")),
    "private attribute": (Doc(id=1).noted("x"), Doc(id=1).noted("y")),
    "extra field": (Doc(id=1, more=1), Doc(id=1, more=2)),
    "secret": (Doc(id=1, secret="x"), Doc(id=1, secret="y")),
    "fields that were set": (Card(amount=1, number=""), Card(amount=1)),
    "below a dataclass": (with_(Sub(1), y=1), with_(Sub(1), y=2)),
    "attribute of a dataclass": (with_(Base(1), y=1), Base(1)),
    "field that is not compared": (Base(1, hidden=1), Base(1, hidden=2)),
    "dataclass and subclass": (Base(1), Sub(1)),
    "slots": (Slotted(1), Slotted(2)),
    "slot that was not set": (MySlots(1), MySlots(1, 2)),
    "private slot": (MySlots(1, 2), MySlots(1, 3)),
    "named tuple and tuple": (Named(1), (1,)),
    "named tuples": (Named(1), NamedSub(1)),
    "attribute of a named tuple": (with_(NamedSub(1), y=1), with_(NamedSub(1), y=2)),
    "attribute of a list": (with_(Items([1]), y=1), with_(Items([1]), y=2)),
    "items of a list": (Items([1]), Items([2])),
    "attribute of a dict": (with_(Pairs(a=1), y=1), with_(Pairs(a=1), y=2)),
    "attribute of an int": (with_(Number(1), y=1), with_(Number(1), y=2)),
    "int and subclass": (1, Number(1)),
    "slot of a str": (with_(Text("a"), tag=1), with_(Text("a"), tag=2)),
    "attribute of a datetime": (with_(Stamp(2024, 1, 1), y=1), with_(Stamp(2024, 1, 1), y=2)),
    "attribute of a deque": (with_(Queue([1]), y=1), with_(Queue([1]), y=2)),
    "attribute of a path": (with_(Where("a"), y=1), with_(Where("a"), y=2)),
    "members": (Colour.RED, Colour.BLUE),
    "members of two enums": (Colour.RED, Paint.RED),
    "member and int": (Level.RED, 1),
    "flags": (Right.READ, Right.READ | Right.WRITE),
    "classes": (Pay, Card),
    "generic aliases": (list[int], list[str]),
    "unions": (int | str, int | None),
    "lambdas in one line": (lambda v: v + 1, lambda v: v * 10),
    "constants of lambdas": (lambda: 1, lambda: True),
    "lambdas within lambdas": (lambda: lambda: 1, lambda: lambda: 2),
    "names that they use": (lambda: os.name, lambda: os.sep),
    "closures": (closing_over(1), closing_over(2)),
    "defaults": (with_default(1), with_default(2)),
    "attributes of functions": (with_(closing_over(1), y=1), with_(closing_over(1), y=2)),
    "globals of no module": (eval("lambda: n", {"n": 1}), eval("lambda: n", {"n": 2})),
    "builtins": (len, sum),
    "methods of types": (str.upper, str.lower),
    "bound methods": (Adder(1).add, Adder(2).add),
    "bound methods of builtins": ([1].append, [2].append),
    "callable objects": (Adder(1), Adder(2)),
    "partials": (functools.partial(max, 1), functools.partial(max, 2)),
    "keywords of partials": (functools.partial(max, key=len), functools.partial(max, key=sum)),
    "functions of partials": (functools.partial(max, 1), functools.partial(min, 1)),
    "kept functions": (functools.lru_cache(closing_over(1)), functools.lru_cache(closing_over(2))),
    "tasks": (one, two),
    "settings of tasks": (one, one.with_options(retries=2)),
    "state that is not pickled": (HidesBody("x"), HidesBody("y")),
    "state beside a lock": (HasLock(1), HasLock(2)),
    "errors": (error(ValueError, "x"), error(ValueError, "y")),
    "classes of errors": (error(ValueError, "x"), error(TypeError, "x")),
    "attributes of errors": (error(ValueError, code=1), error(ValueError, code=2)),
    "causes": (error(ValueError, cause=error(KeyError, 1)), error(ValueError, cause=error(KeyError, 2))),
    "groups": (ExceptionGroup("x", [ValueError(1)]), ExceptionGroup("x", [ValueError(2)])),
    "local enums": (local_enum(1).ONE, local_enum(2).ONE),
    "local classes": (local_class(1)(), local_class(2)()),
    "code of local classes": (local_code(True)(), local_code(False)()),
    "local models": (local_model(0)(), local_model(1)()),
    "local dataclasses": (local_dataclass(1), local_dataclass(2)),
    "state of random numbers": (random.Random(1), random.Random(2)),
    "buffers": (io.BytesIO(b"a"), io.BytesIO(b"b")),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_inputs_differ_that_differ_in_any_part_of_their_state(one, other):
    for a, b in ((one, other), ([one], [other]), (Adder(one), Adder(other)), ({"x": (one,)}, {"x": (other,)})):
        assert of(a) is None or of(a) != of(b)


ALWAYS_HASHED = {name: pair for name, pair in DIFFERENT.items() if name not in ("kept functions",)}


@pytest.mark.parametrize(("one", "other"), ALWAYS_HASHED.values(), ids=ALWAYS_HASHED.keys())
def test_what_can_be_told_apart_has_a_digest(one, other):
    assert of(one) is not None
    assert of(other) is not None


EQUAL = {
    "order of a dict": ({"a": 1, 2: 3}, {2: 3, "a": 1}),
    "order of a set": ({"a", "b", "c"}, {"c", "b", "a"}),
    "not a number": (float("nan"), float("nan")),
    "attributes in another order": (with_(Base(1), a=1, b=2), with_(Base(1), b=2, a=1)),
    "a property that was computed": (Lazy(1), with_(Lazy(1), double=2)),
    "a hash that was computed": (KeepsHash("x").hashed(), KeepsHash("x").hashed()),
    "one object twice": ([(x := (1, 2)), x], [(1, 2), (1, 2)]),
    "a function made twice": (closing_over(1), closing_over(1)),
    "a function that calls itself": (fib(), fib()),
    "a class made twice": (local_class(1)(), local_class(1)()),
    "an enum made twice": (local_enum(1).ONE, local_enum(1).ONE),
    "a model made twice": (local_model(1)(), local_model(1)()),
    "a dataclass made twice": (local_dataclass(1)(), local_dataclass(1)()),
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
    "generator": lambda: (each for each in ()),
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


def test_what_is_shared_at_every_level_is_looked_at_once():
    shared = (1.5, object)
    for _ in range(60):
        shared = (shared, shared)
    assert of(shared) is not None


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


@given(st.dictionaries(st.text(), json_values))
def test_the_digest_of_json_is_that_of_earlier_versions(inputs):
    assert digest(inputs) == earlier_digest(inputs)
    assert not digest(inputs).startswith(STATE)


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals()
    | st.complex_numbers()
    | st.datetimes(timezones=st.none() | st.timezones()) | st.dates() | st.timedeltas() | st.uuids() | st.fractions()
    | st.sampled_from([*Colour, *Level, Right.READ, Pay, Card, len])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(), inner, max_size=3)
        | st.builds(Adder, inner)
        | st.builds(lambda items, y: with_(Items(items), y=y), st.lists(inner, max_size=2), inner)
        | st.builds(closing_over, inner)
        | st.builds(lambda x: Doc(id=1, more=x), inner)
        | st.builds(lambda x, args: functools.partial(max, *args, key=x), inner, st.lists(inner, max_size=2))
    ),
    max_leaves=8,
)


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


@given(values, values)
def test_digests_are_equal_for_equal_values_and_for_no_others(one, other):
    assert (of(one) == of(other)) is same(one, other)


# The same in every process

PROGRAM = """
import dataclasses, datetime, decimal, enum, functools, json, sys
import pydantic
from holdfast import task
from holdfast.engine.calls import digest

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


def test_digests_are_the_same_in_every_process_however_it_was_started(tmp_path):
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM))
    found = []
    for seed, arguments in enumerate(
        (
            ["program.py"],
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
