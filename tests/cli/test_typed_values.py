"""What is typed on the command line arrives: each digit, and the type."""

import datetime as dt
import json
import threading
from decimal import Decimal
from typing import Any, Optional

import pytest

from holdfast import flow, pause_flow_run
from holdfast.cli.exit_codes import BadInput
from holdfast.cli.typed_values import value_of
from holdfast.engine.parameters import schema_of
from holdfast.input import RunInput
from holdfast.store import queries
from holdfast.store.database import default

EXACT = "1234567890.12345678901234567890"


@flow
def takes(
    d: Decimal = Decimal(0),
    f: float = 0,
    s: str = "",
    o: Optional[str] = None,  # noqa: UP045 - as users write it
    u: str | int = 0,
    a: Any = None,
    day: dt.date | None = None,
):
    """Parameters of many types."""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("s", '{"a": 1}', '{"a": 1}'),
        ("s", "5", "5"),
        ("s", '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("o", "null", None),
        ("o", "true", "true"),
        ("u", "abc", "abc"),
        ("u", "5", 5),
        ("a", "[1.5]", [1.5]),
        ("a", "some text", "some text"),
        ("f", "NaN", "NaN"),
        ("d", EXACT, Decimal(EXACT)),
        ("day", "2026-01-02", "2026-01-02"),
    ],
)
def test_a_parameter_is_json_unless_text_is_asked_for(name, text, value):
    schema = json.loads(schema_of(takes))
    assert value_of(text, schema["properties"][name], name, schema) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', 'the key "a" appears twice'),
        ("[" * 1000 + "]" * 1000, "less deeply nested"),
        ("9" * 5000, "at most 4300 digits"),
    ],
    ids=["key twice", "deep", "long"],
)
def test_json_that_cannot_be_read_is_told_in_a_sentence(text, why):
    with pytest.raises(BadInput, match=why):
        value_of(text, {}, "-p a")


SCRIPT = """
from decimal import Decimal
from typing import Any
from holdfast import flow

@flow
def takes(d: Decimal, f: float = 0, a: Any = None):
    return [repr(d), repr(f), repr(a)]
"""


def test_a_flow_that_is_run_gets_every_digit(command, tmp_path):
    file = tmp_path / "takes.py"
    file.write_text(SCRIPT)

    result = command(
        "run", file, "-p", f"d={EXACT}", "-p", "f=3.14159265358979323846", "-p", "a=1234567890123456789012"
    )

    assert json.loads(result.out) == [f"Decimal('{EXACT}')", "3.141592653589793", "1234567890123456789012"]


class Numbers(RunInput):
    d: Decimal = Decimal(0)
    f: float = 0.0
    anything: Any = None
    text: str | int = ""


@pytest.fixture
def asked():
    """What answers a flow that asks for numbers, and gives what it got."""
    got: list[Numbers] = []

    @flow
    def asks():
        got.append(pause_flow_run(wait_for_input=Numbers, timeout=60))

    def answered(answer):
        opened = threading.Event()
        follower = default().watcher.follow(lambda _: opened.set())
        thread = threading.Thread(target=asks)
        thread.start()
        try:
            while not (found := queries.list_flow_runs(default(), limit=1)) or found[0].state.name != "Paused":
                assert opened.wait(30)
                opened.clear()
        finally:
            follower.stop()
        result = answer(found[0].name)
        assert result.code == 0, result.err
        thread.join(30)
        return got[0]

    return answered


@pytest.mark.parametrize("way", ["--json", "-", "-i"])
def test_an_answer_keeps_every_digit(asked, invoke, way):
    body = f'{{"d": {EXACT}, "f": 3.14159265358979323846, "anything": 0.5, "text": 7}}'

    def answer(run):
        if way == "--json":
            return invoke("resume", run, "--json", body)
        if way == "-":
            return invoke("resume", run, "-", input="\ufeff" + body)
        given = (f"d={EXACT}", "f=3.14159265358979323846", "anything=0.5", "text=7")
        return invoke("resume", run, *(part for each in given for part in ("-i", each)))

    found = asked(answer)
    assert found == Numbers(d=Decimal(EXACT), f=3.141592653589793, anything=0.5, text=7)
    assert str(found.d) == EXACT
    assert type(found.anything) is float


def test_text_that_is_no_json_is_text_where_text_may_be_meant(asked, invoke):
    assert asked(lambda run: invoke("resume", run, "-i", "text=hello")).text == "hello"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"d": "\xff"}', "Standard input must be text in UTF-8, but byte 8 is not."),
        (b"", "Standard input must be JSON, but it is empty."),
        (b'{"d": 1} 2', "Standard input must be JSON, but line 1, column 10: extra data."),
        (b'{"d": 1, "d": 2}', 'Standard input must be JSON, but the key "d" appears twice.'),
        (b"[" * 5000, "Standard input must be JSON that is less deeply nested"),
    ],
    ids=["no UTF-8", "empty", "more behind it", "key twice", "deep"],
)
def test_what_cannot_be_read_on_standard_input_is_told_and_the_wait_stays(asked, invoke, body, why):
    def answer(run):
        refused = invoke("resume", run, "-", input=body)
        assert refused.code == 2
        assert why in refused.err
        assert "Traceback" not in refused.err
        return invoke("resume", run, "--json", "{}")

    assert asked(answer) == Numbers()
