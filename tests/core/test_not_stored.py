"""What does not come back from the store is said; parameters, the cache and other processes."""

from __future__ import annotations

import copyreg
import enum
import functools
import sys
import threading
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from holdfast import flow, task
from holdfast.cache_policies import INPUTS
from holdfast.engine import results
from holdfast.engine.stored_values import pickles
from holdfast.engine.stored_values.state_digests import state_digest
from holdfast.exceptions import FailedRun, MissingResult
from holdfast.store import queries
from holdfast.task_runners import ProcessPoolTaskRunner

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from stored_value_checks import KINDS, Plain, Refused, make_enum, read, stored

# What does not come back


class Number(int):
    def __new__(cls, value, name):
        made = super().__new__(cls, value)
        made.name = name
        return made


class Forgets:
    def __init__(self, x):
        self.x = x

    def __getstate__(self):
        return {"x": 0}


class BecomesAnother:
    def __reduce__(self):
        return dict, ()


class Counted:
    def __init__(self, size=0):
        self.body = b"x" * size

    def __setstate__(self, state):
        read.append(1)
        self.__dict__.update(state)


class Forwards:
    """Gives an attribute for every name, also for those that a pickle asks for before it has any."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Unchangeable:
    __slots__ = ("x",)

    def __init__(self, x):
        object.__setattr__(self, "x", x)

    def __setattr__(self, name, value):
        raise AttributeError("unchangeable")


class Registered:
    """Has what is pickled of it said elsewhere."""

    def __init__(self, x=0):
        self.x = x


copyreg.pickle(Registered, lambda made: (Registered, ()))


class ById:
    """Is equal to itself alone."""


class Sentinel(enum.Enum):
    BARE = object()
    WITHIN = (object(), 1)
    BY_ID = ById()
    NO_NUMBER = float("nan")
    CALLED = functools.partial(max, 1)
    LIST = [1]  # noqa: RUF012 - a value that has no hash


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@pytest.mark.parametrize("member", [*Sentinel, *Right, Right.READ | Right.WRITE, Right(0)], ids=str)
def test_a_member_of_an_enumeration_comes_back_as_itself_whatever_its_value_is(member):
    for value in (member, [member], {member: member}, Plain.holding(member)):
        found = results.encoded(value)
        assert found.doubt is None
        back = results.decode(found.body)
        assert state_digest(back) == state_digest(value)
    assert stored(member) is member


@pytest.mark.parametrize("make", [lambda: Forwards([1]), lambda: Unchangeable(1)])
def test_an_object_whose_class_has_a_say_in_how_attributes_are_set_or_found_is_read_back_when_it_is_stored(make):
    for value in (make(), [make()]):
        with pytest.raises(pickles.NotReadBack):
            results.encode(value)


T = typing.TypeVar("T")
U = typing.TypeVar("U")


class Box(BaseModel, typing.Generic[T, U]):
    one: T
    other: U | None = None


def test_an_object_of_a_generic_model_comes_back_as_of_its_class_wherever_that_was_named():
    for value in (
        Box[int, str](one=1),
        Box[list[int], int | None](one=[1]),
        Box[Box[int, str], str](one=Box[int, str](one=1)),
    ):
        found = results.encoded([value])
        assert found.doubt is None
        (back,) = results.decode(found.body)
        assert type(back) is type(value)
        assert back == value


def test_an_object_of_which_a_registered_function_keeps_less_than_it_has_comes_back():
    assert stored(Registered(1)).x == 1


def test_an_object_that_cannot_be_read_back_is_not_stored_and_the_log_says_so(db, call, the_run):
    @task
    def works():
        return Number(1, "a")

    @flow
    def main():
        works()
        return 1

    call(main)
    (line,) = queries.get_logs(db, the_run().id)
    assert line.message.startswith("The result cannot be stored (NotReadBack: TypeError: ")
    assert line.message.endswith(" If the run executes again, so does this task.")


def test_the_log_says_when_it_is_stored_that_a_result_will_be_of_another_class(db, call, the_run):
    @task
    def works():
        return make_enum()

    @flow
    def main():
        works()

    call(main)
    (line,) = queries.get_logs(db, the_run().id)
    assert line.level == 30
    assert line.message == (
        "The result will be different when it is read back: "
        f"{make_enum.__module__}.make_enum.<locals>.Colour is made in a function, so each execution makes another one: "
        "it will come back as another class of that name."
    )


def test_the_same_is_said_of_an_exception(db, call, the_run):
    @flow
    def main():
        raise make_error()

    with pytest.raises(Exception, match="own"):
        call(main)
    lines = [each.message for each in queries.get_logs(db, the_run().id)]
    assert any(each.startswith("The exception will be different when it is read back") for each in lines)


def make_error():
    class Own(Exception):
        pass

    return Own("own")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Forgets(1), "its Forgets comes back with different contents"),
        (BecomesAnother(), "it comes back as dict, not BecomesAnother"),
    ],
)
def test_an_object_that_comes_back_as_another_is_reported(value, said):
    assert results.encoded(value).doubt == said


@pytest.mark.parametrize(
    "make", [threading.Lock, lambda: (each for each in ""), lambda: memoryview(b"x"), threading.Event]
)
def test_what_has_no_pickle_is_not_stored(make):
    with pytest.raises(Exception, match=r"cannot pickle|not supported|pickle"):
        results.encode(make())


def test_an_open_file_is_not_stored_as_something_else(tmp_path):
    (tmp_path / "file").write_text("x")
    with (tmp_path / "file").open() as file, pytest.raises(TypeError):
        results.encode({"file": file})


def test_a_function_without_a_name_comes_back():
    number = 3
    found = results.encoded(lambda x: x + number)
    assert found.doubt is None
    assert results.decode(found.body)(4) == 7


def test_an_object_is_read_back_once_when_its_class_says_how_it_is_pickled():
    read.clear()
    results.encode(Counted())
    assert read == [1]


def test_a_large_value_is_not_read_back():
    read.clear()
    assert results.encoded(Counted(2 * pickles.READ_BACK)).doubt is None
    assert read == []


@pytest.mark.parametrize("value", [Plain(), Refused, KINDS[0], (1, {2, 3}), [Plain()]])
def test_what_is_certain_to_come_back_is_not_read(monkeypatch, value):
    monkeypatch.setattr(pickles, "_Reader", None)
    assert results.encoded(value).doubt is None


# Parameters


def test_a_parameter_that_cannot_be_stored_is_said_and_the_others_are_kept(db, call, the_run):
    @flow
    def main(lock, number, moment):
        pass

    call(main, threading.Lock(), 3, {1, 2})
    (line,) = queries.get_logs(db, the_run().id)
    assert line.message.startswith(
        "The parameters will be different when they are read back: lock cannot be stored (TypeError"
    )
    body = queries.get_parameters(db, the_run().id)
    assert results.exact_parts(body) == ({"number": 3}, ["lock", "moment"])
    assert results.show(body)["lock"].startswith("<unlocked")
    with pytest.raises(MissingResult, match="lock cannot be stored"):
        results.decode(body)


# The cache, and other processes


def test_a_cached_result_that_cannot_be_read_is_replaced(db, call):
    made = []

    @task(cache_policy=INPUTS)
    def works():
        made.append(1)
        return ("x",)

    @flow
    def main():
        return works()

    call(main)
    with db.write() as connection:
        connection.execute("UPDATE result SET body = x'50000000004e6f'")
    call(main)
    call(main)
    assert made == [1, 1]


@task
def refuses():
    raise Refused(402, "card")


@task
def refuses_with_a_lock():
    error = Refused(402, "card")
    error.lock = threading.Lock()
    raise error


@task
def gives_number():
    return Number(1, "a")


@flow(task_runner=ProcessPoolTaskRunner(1))
def in_processes():
    found = [
        each.submit().wait().result(raise_on_failure=False) for each in (refuses, refuses_with_a_lock, gives_number)
    ]
    return [(type(each).__name__, str(each), getattr(each, "code", None)) for each in found]


@pytest.mark.slow
def test_exceptions_come_back_from_other_processes(call):
    first, second, third = call(in_processes)
    assert first == second == ("Refused", "402: card", 402)
    assert third[0] == FailedRun.__name__
    assert third[1].startswith("Its outcome in the other process cannot be read here: TypeError")
