"""Values and exceptions come back from the store with their whole state, or are reported."""

from __future__ import annotations

import asyncio
import dataclasses
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
from holdfast.engine import results
from holdfast.engine.drive import tracebacks
from holdfast.engine.stored_values.state_digests import state_digest
from holdfast.store import queries

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from stateful import DIFFERENT, values
from stored_value_checks import KINDS, Refused, make_enum, stored


def reported(value):
    """What is said about a value when it is stored; ``None`` when nothing is."""
    try:
        return results.encoded(value).doubt
    except Exception as error:  # noqa: BLE001 - that is said too
        return str(error)


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
    "attribute": raised(lambda: "x".none),  # type: ignore[attr-defined]
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
