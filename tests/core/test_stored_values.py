"""What is stored comes back the same, or the log says when it is stored that it will not."""

from __future__ import annotations

import asyncio
import copyreg
import dataclasses
import enum
import functools
import json
import subprocess
import sys
import threading
import types
import typing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel, ValidationError

from holdfast import flow, task
from holdfast.cache_policies import INPUTS
from holdfast.engine import results
from holdfast.engine.drive import tracebacks
from holdfast.engine.stored_values import pickles
from holdfast.engine.stored_values.state_digests import state_digest
from holdfast.exceptions import FailedRun, MissingResult
from holdfast.store import queries
from holdfast.task_runners import ProcessPoolTaskRunner

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from stateful import DIFFERENT, values


def stored(value):
    return results.decode(results.encode(value))


def reported(value):
    """What is said about a value when it is stored; ``None`` when nothing is."""
    try:
        return results.encoded(value).doubt
    except Exception as error:  # noqa: BLE001 - that is said too
        return str(error)


KINDS = [each for pair in DIFFERENT.values() for each in pair]


@pytest.mark.parametrize("value", KINDS, ids=[name for name in DIFFERENT for _ in range(2)])
def test_a_value_comes_back_with_its_whole_state_or_is_reported(value):
    for each in (value, [value], {"x": value}, {1: (value,)}):
        assert reported(each) or state_digest(stored(each)) == state_digest(each)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(values)
def test_whatever_is_not_reported_comes_back_with_its_whole_state(value):
    assert reported(value) or state_digest(stored(value)) == state_digest(value)


def test_most_values_come_back():
    assert sum(reported(each) is None for each in KINDS) > len(KINDS) * 0.85


# Numbers of many digits

LONG = 10**6000


@pytest.mark.parametrize(
    "value",
    [LONG, -LONG, {"n": LONG}, [1, [LONG]], (LONG,), {LONG: 1}],
    ids=["int", "negative", "in a dict", "deep", "in a tuple", "as a key"],
)
def test_a_number_of_many_digits_comes_back(value):
    assert stored(value) == value


def test_a_number_of_many_digits_is_shown_with_how_many_they_are():
    shown = results.show(results.encode({"n": LONG}))
    assert "6,001 digits" in shown
    assert "6,001 digits" in results.inputs_text({"n": LONG})
    body = results.encode_parameters({"n": LONG, "x": 1})
    assert results.decode(body) == {"n": LONG, "x": 1}
    assert results.show(body)["x"] == 1
    assert "6,001 digits" in results.show(body)["n"]
    assert results.exact_parts(body) == ({"x": 1}, ["n"])


def test_a_number_that_another_process_wrote_with_more_digits_than_this_one_reads_comes_back():
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        body = results.encode({"n": LONG})
    finally:
        sys.set_int_max_str_digits(before)
    assert results.decode(body) == {"n": LONG}
    assert "n" in results.show(body)


@pytest.mark.parametrize("level", [lambda each: [each, each], lambda each: {"a": each, "b": each}])
def test_what_lies_at_a_great_many_places_of_a_value_comes_back_as_one_thing(level):
    value = 1
    for _ in range(60):
        value = level(value)
    back = stored(value)
    for _ in range(60):
        (back, other) = back.values() if isinstance(back, dict) else back
        assert back is other
    assert back == 1


def test_a_container_that_holds_itself_comes_back():
    value = [1]
    value.append(value)
    back = stored(value)
    assert back[1] is back


# Exceptions


class Refused(Exception):
    def __init__(self, code, detail):
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class Late(Exception):
    def __init__(self, why):
        super().__init__(f"late because of {why}")
        self.why = why


class Silent(Exception):
    """Tells its class nothing."""

    def __init__(self, *, code):
        self.code = code

    def __str__(self):
        return f"code {self.code}"


class SlottedError(Exception):
    __slots__ = ("code",)

    def __init__(self, code):
        super().__init__("slotted")
        self.code = code


class Missing(OSError):
    def __init__(self, path):
        super().__init__(2, "missing", path)
        self.path = path


class Both(KeyError, AttributeError):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b


class Several(ExceptionGroup):
    def __new__(cls, errors, code):
        made = super().__new__(cls, "several", errors)
        made.code = code
        return made

    def __init__(self, errors, code):
        super().__init__("several", errors)


class Untellable(Exception):
    """Has no text."""

    def __str__(self):
        return str(self.args[0]) if isinstance(self.args[0], str) else None


class Counts(Exception):
    """Is to be made by its constructor, and says how."""

    def __init__(self, code):
        super().__init__(code)
        self.lock = threading.Lock()

    def __reduce__(self):
        return Counts, self.args


def noted(error, *notes):
    for each in notes:
        error.add_note(each)
    return error


def raised(make):
    try:
        make()
    except BaseException as error:  # noqa: BLE001 - that is what is wanted
        return error


def caused():
    try:
        raise Refused(1, "a")
    except Refused as error:
        raise Late("b") from error


def in_context():
    try:
        raise Refused(1, "a")
    except Refused:
        raise Late("b")  # noqa: B904 - that is what is tested


def suppressed():
    try:
        raise Refused(1, "a")
    except Refused:
        raise Late("b") from None


ERRORS = {
    "constructor of two": Refused(402, "card"),
    "constructor that makes a text": Late("rain"),
    "keywords only": Silent(code=7),
    "slots": SlottedError(7),
    "operating system": FileNotFoundError(2, "none", "file", None, "other"),
    "of its kind": Missing("x"),
    "several classes": Both("a", "b"),
    "key": KeyError("x"),
    "decoding": raised(lambda: b"\xff".decode()),
    "syntax": raised(lambda: compile("a b", "file", "exec")),
    "import": raised(lambda: __import__("none.such")),
    "attribute": raised(lambda: "x".none),
    "stop": StopIteration(3),
    "exit": SystemExit(3),
    "process": subprocess.CalledProcessError(3, ["x"], "out", "err"),
    "json": raised(lambda: json.loads("{")),
    "notes": noted(Refused(1, "x"), "one", "two"),
    "cause": raised(caused),
    "context": raised(in_context),
    "suppressed context": raised(suppressed),
    "group": ExceptionGroup("x", [Refused(1, "a"), ExceptionGroup("y", [Late("b")])]),
    "group of its kind": Several([Refused(1, "a")], 5),
    "text that cannot be made": Untellable(LONG),
    "of asyncio": asyncio.IncompleteReadError(b"x", 3),
}


def parts(error):
    return None if error is None else (
        type(error), error.args, tracebacks.message_of(error), error.__dict__, getattr(error, "code", None),
        parts(error.__cause__), parts(error.__context__), error.__suppress_context__,
        [parts(each) for each in getattr(error, "exceptions", ())], getattr(error, "errno", None),
    )  # fmt: skip


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_an_exception_comes_back_with_all_its_parts(error):
    found = results.encoded_error(error)
    back = results.decode(found.body)
    assert found.doubt is None
    if "exceptions" not in dir(error):
        assert parts(back) == parts(error)
    assert tracebacks.message_of(back) == tracebacks.message_of(error)
    assert state_digest(back) == state_digest(error)


@pytest.mark.parametrize("error", [Untellable(LONG), ValueError(LONG)])
def test_an_exception_whose_text_cannot_be_made_is_an_outcome_as_any_other(db, call, the_run, error):
    @task
    def fails():
        raise error

    @flow
    def main():
        return fails(return_state=True).name

    assert call(main) == "Failed"
    (run,) = queries.get_task_runs(db, the_run().id)
    assert run.state.message.startswith(f"{type(error).__name__}, whose message cannot be read")
    assert results.decode(queries.get_result(db, run.id)).args == error.args


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_an_exception_within_a_result_comes_back(error):
    assert state_digest(stored({"errors": [error]})) == state_digest({"errors": [error]})


def test_the_constructor_of_an_exception_is_not_called():
    made = []

    class Noted(Exception):
        def __init__(self):
            made.append(1)

    results.decode(results.encoded_error(Noted()).body)
    assert made == [1]


def test_a_validation_error_comes_back():
    class Model(BaseModel):
        x: int

    with pytest.raises(ValidationError) as caught:
        Model(x="a")
    back = results.decode(results.encoded_error(caught.value).body)
    assert type(back) is ValidationError
    assert str(back) == str(caught.value)


def test_an_exception_that_says_how_it_is_made_is_made_so():
    found = results.encoded_error(Counts(3))
    assert found.doubt is None
    assert results.decode(found.body).lock.acquire()


def test_what_of_an_exception_cannot_be_stored_is_left_out_and_said():
    error = Refused(402, "card")
    error.connection = threading.Lock()
    found = results.encoded_error(error)
    back = results.decode(found.body)
    assert (type(back), back.code, str(back)) == (Refused, 402, "402: card")
    assert found.doubt == "its attribute connection cannot be stored"
    found = results.encoded_error(ValueError("x", threading.Lock()))
    assert found.doubt == "one of its arguments cannot be stored"
    assert results.decode(found.body).args[0] == "x"


def test_exceptions_that_are_in_each_others_context_come_back():
    one, other = Refused(1, "a"), Late("b")
    one.__context__, other.__context__ = other, one
    back = results.decode(results.encoded_error(one).body)
    assert back.__context__.__context__ is back


def test_the_class_of_an_exception_that_is_made_in_a_function_is_reported():
    class Own(Exception):
        pass

    assert "Own is made in a function" in results.encoded_error(Own()).doubt


# Classes that another process has not, or has another of


def make_enum():
    class Colour(enum.Enum):
        RED = 1

    return Colour.RED


def make_dataclass():
    @dataclasses.dataclass
    class Data:
        x: int

    return Data(1)


def make_named_tuple():
    class Pair(typing.NamedTuple):
        x: int

    return Pair(1)


def make_model():
    class Model(BaseModel):
        x: int

    return Model(x=1)


def make_class():
    class Plain:
        pass

    return Plain


@pytest.mark.parametrize("make", [make_enum, make_dataclass, make_named_tuple, make_model, make_class])
def test_a_class_that_is_made_in_a_function_is_reported_and_its_object_is_kept(make):
    for value in (make(), [make()], {"x": {1: make()}}):
        found = results.encoded(value)
        assert "is made in a function, so each execution makes another one" in found.doubt
        results.decode(found.body)


def test_a_class_of_a_module_that_cannot_be_imported_is_reported(monkeypatch):
    module = types.ModuleType("made_up")
    exec("class Thing: pass", vars(module))
    monkeypatch.setitem(sys.modules, "made_up", module)
    assert "made_up.Thing is in a module that no other process can import" in results.encoded(module.Thing()).doubt


GUARDED = """
import sys
from dataclasses import dataclass
from holdfast.engine import results

@dataclass
class Above:
    x: int

if __name__ == "__main__":
    @dataclass
    class Below:
        x: int

    print(results.encoded(Above(1)).doubt)
    print(results.encoded(Below(1)).doubt)
"""


@pytest.mark.live
def test_a_class_that_only_the_started_script_defines_is_reported(tmp_path):
    (tmp_path / "script.py").write_text(GUARDED)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "None"
    assert second.startswith('Below is defined under `if __name__ == "__main__"`')


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


read = []


class Counted:
    def __init__(self, size=0):
        self.body = b"x" * size

    def __setstate__(self, state):
        read.append(1)
        self.__dict__.update(state)


class Plain:
    @classmethod
    def holding(cls, value):
        made = cls()
        made.value = value
        return made


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
        f"{__name__}.make_enum.<locals>.Colour is made in a function, so each execution makes another one: "
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
    "make", [threading.Lock, lambda: (each for each in ()), lambda: memoryview(b"x"), threading.Event]
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


def test_exceptions_come_back_from_other_processes(call):
    first, second, third = call(in_processes)
    assert first == second == ("Refused", "402: card", 402)
    assert third[0] == FailedRun.__name__
    assert third[1].startswith("Its outcome in the other process cannot be read here: TypeError")
