"""Values of every kind, and pairs of them that differ in one part of their state."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import io
import os
import pathlib
import random
import re
import threading
import typing
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from holdfast import task


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


class Caches:
    """Says how it is pickled: without what it has computed."""

    def __init__(self, x):
        self.x, self._cache = x, {}

    def __getstate__(self):
        return {"x": self.x, "_cache": {}}

    def computed(self):
        self._cache["double"] = self.x * 2
        return self


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
    "default factories": (defaultdict(int, a=1), defaultdict(list, a=1)),  # type: ignore[arg-type]
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
