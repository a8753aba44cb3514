"""Nasty values by every way: each digit and the type arrive, or one sentence refuses them and nothing is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from holdfast import resume_flow_run
from holdfast.cli.flow_files import load_flow
from holdfast.engine import results
from holdfast.exceptions import HoldfastError
from holdfast.forms.answer_checks import as_answer, schema_errors
from holdfast.forms.model import FormModel
from holdfast.forms.nodes import TextNode
from holdfast.questions import question, type_digest
from holdfast.records import Channel, Origin
from holdfast.states import named
from holdfast.store import deployments, messages, queries, runs, waits
from holdfast.store.database import default
from holdfast.store.ids import new_id
from holdfast.values.json_text import FromJson, to_json

FLOWS = """
from decimal import Decimal
from typing import Any
from holdfast import flow

@flow
def whole(v: int): return ascii(v)

@flow
def floating(v: float): return ascii(v)

@flow
def exact(v: Decimal): return ascii(v)

@flow
def text(v: str): return ascii(v)

@flow
def table(v: dict[str, Any]): return ascii(v)

@flow
def anything(v: Any): return ascii(v)
"""
NAMES = {int: "whole", float: "floating", Decimal: "exact", str: "text", dict[str, Any]: "table", Any: "anything"}


class Refused(Exception):
    """A way told in a sentence that it does not take a value."""


@dataclass
class Place:
    """Where a value is given by a way."""

    asked: Any
    invoke: Callable[..., Any]
    file: Any

    def told(self, *arguments: str, **options: Any) -> Any:
        """What a command came to; raises `Refused` with what it says."""
        result = self.invoke(*arguments, **options)
        if result.code:
            raise Refused(result.err)
        return result

    def waiting(self) -> str:
        """The id of a suspended run that asks for the type."""
        found, run_id = question(self.asked), self.run()
        waits.open_wait(
            default(), run_id, key="k", schema=found.schema, initial=None, description=None, deadline=None, actor="ana"
        )
        runs.set_state(default(), run_id, named("Suspended"), "ana")
        return run_id

    def run(self) -> str:
        run_id = new_id()
        new = runs.NewRun(
            run_id, "a-run", "f", named("Running"), Origin(None, "/", "py"), results.encode_parameters({})
        )
        runs.create(default(), new, "ana")
        return run_id

    def answer(self, run_id: str) -> Any:
        """The answer as the flow gets it."""
        (wait,) = queries.get_waits(default(), queries.find_flow_run(default(), run_id).id)
        assert wait.answer is not None
        value, objections = question(self.asked).objections(wait.answer.value)
        if objections:
            raise Refused(str(objections))
        return value

    def flow(self) -> str:
        return f"{self.file}:{NAMES[self.asked]}"


def by_json(place: Place, value: Any, text: str) -> Any:
    run_id = place.waiting()
    place.told("resume", run_id, "--json", to_json({"value": value}))
    return place.answer(run_id)


def by_standard_input(place: Place, value: Any, text: str) -> Any:
    run_id = place.waiting()
    place.told("resume", run_id, "-", input=to_json({"value": value}))
    return place.answer(run_id)


def by_field(place: Place, value: Any, text: str) -> Any:
    run_id = place.waiting()
    place.told("resume", run_id, "-i", f"value={text}")
    return place.answer(run_id)


def by_python(place: Place, value: Any, text: str) -> Any:
    run_id = place.waiting()
    try:
        resume_flow_run(run_id, value)
    except HoldfastError as error:
        raise Refused(str(error)) from error
    return place.answer(run_id)


def by_form(place: Place, value: Any, text: str) -> Any:
    found = question(place.asked)
    form = FormModel(found.schema)
    node = form.find(("value",))
    assert isinstance(node, TextNode)
    node.text = text
    if errors := form.errors():
        raise Refused(str(errors))
    answer = as_answer(found.schema, form.dump(), is_value=False)
    assert schema_errors(found.schema, answer) == {}
    loaded, objections = found.objections_to_json(to_json(answer))
    if objections:
        raise Refused(str(objections))
    return loaded


def by_message(place: Place, value: Any, text: str) -> Any:
    found, run_id = question(place.asked), place.run()
    channel = Channel("box", type_digest(place.asked))
    offer = messages.Offer("box", channel, found.schema, found.initial, found.description, None)
    messages.offer_until_end(default(), run_id, offer, "ana")
    place.told("send", run_id, "--json", to_json({"value": value}))
    message = messages.first_with_prefix(default(), run_id, "box")
    assert message is not None
    loaded, objections = found.objections(message.value)
    if objections:
        raise Refused(str(objections))
    return loaded


def _read(place: Place, stored: Any) -> Any:
    return load_flow(place.flow()).validate((), FromJson(stored))["v"]


def by_start(place: Place, value: Any, text: str) -> Any:
    place.told("deploy", place.flow())
    made = place.told("start", f"{NAMES[place.asked]}/default", "-p", f"v={text}", "--json").json
    run = queries.find_flow_run(default(), made["flow_run_id"])
    return _read(place, results.decode(queries.get_parameters(default(), run.id)))


def by_deploy(place: Place, value: Any, text: str) -> Any:
    place.told("deploy", place.flow(), "-p", f"v={text}")
    found = deployments.find(default(), f"{NAMES[place.asked]}/default")
    return _read(place, results.decode(deployments.get_parameters(default(), found.id)))


def by_run(place: Place, value: Any, text: str) -> Any:
    shown = place.told("run", place.flow(), "-p", f"v={text}").out
    return eval(shown, {"Decimal": Decimal})


WAYS = [
    by_json,
    by_standard_input,
    by_field,
    by_python,
    by_form,
    by_message,
    by_start,
    by_deploy,
    by_run,
]

DIGITS = "123456789012345678901234567890"


def nested(levels: int) -> Any:
    found: Any = 0
    for _ in range(levels):
        found = [found]
    return found


ARRIVING: list[tuple[Any, Any]] = [
    (int, int(DIGITS)),
    (int, -(2**63) - 1),
    (Any, int(DIGITS)),
    (float, 0.1 + 0.2),
    (float, -0.0),
    (float, 5e-324),
    (float, 1.7976931348623157e308),
    (Any, 0.1 + 0.2),
    (Any, -0.0),
    (Decimal, Decimal(f"{DIGITS}.{DIGITS}")),
    (Decimal, Decimal("0.30000000000000000000")),
    (Decimal, Decimal("1" + "0" * 400)),
    (str, DIGITS),
    (str, "1e400"),
    (str, "\0\x07\x1b[31m\x7f\x9b"),
    (str, "a\r\nb\tc "),
    (str, "\u202eright to left\u202c \u200f\u2066"),
    (str, "👩‍👩‍👧 é\U0010ffff"),
    (str, "x" * 300_000),
    (str, '{"a": 1, "a": 2}'),
    (dict[str, Any], {"__proto__": {"__class__": 1}, "": 0, "a.b": [None], "constructor": "\0", "é\u202e": True}),
    (Any, nested(100)),
    (Any, {"value": {"value": 1}}),
]  # fmt: skip


@pytest.fixture
def place(invoke, tmp_path):
    file = tmp_path / f"nasty_{new_id()}.py"
    file.write_text(FLOWS)
    return lambda asked: Place(asked, invoke, file)


def outcome(way: Callable[[Place, Any, str], Any], place: Place, value: Any) -> tuple[str, str]:
    """What arrived, as Python writes it, with its type; or what was said."""
    try:
        found = way(place, value, value if isinstance(value, str) else to_json(value))
    except Refused as error:
        return "refused", str(error)
    return type(found).__name__, ascii(found)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nasty_values_arrive_as_they_are(place, way):
    wrong = {}
    for asked, value in ARRIVING:
        if (found := outcome(way, place(asked), value)) != (type(value).__name__, ascii(value)):
            wrong[ascii(value)[:60]] = found
    assert wrong == {}


REFUSED: list[tuple[Any, Any, str]] = [
    (float, Decimal("1E+400"), "a number of at most 1.8e308"),
    (float, -Decimal("1E+400"), "a number of at most 1.8e308"),
    (Any, Decimal("1E+400"), "a number of at most 1.8e308"),
    (dict[str, Any], {"a": [Decimal("1E+400")]}, "a number of at most 1.8e308"),
    (str, "a\ud800b", "characters"),
    (Any, nested(200), "nest"),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_cannot_arrive_is_refused_in_a_sentence(place, way):
    wrong = {}
    for asked, value, why in REFUSED:
        kind, said = outcome(way, place(asked), value)
        if kind != "refused" or why not in said or "Traceback" in said:
            wrong[ascii(value)[:60]] = (kind, said)
    assert wrong == {}


TWICE = '{"a": 1, "a": 2}'


def test_a_key_that_stands_twice_is_refused_wherever_json_is_read(place):
    there = place(dict[str, Any])
    for command in (
        ("resume", there.waiting(), "--json", f'{{"value": {TWICE}}}'),
        ("resume", there.waiting(), "-i", f"value={TWICE}"),
        ("run", there.flow(), "-p", f"v={TWICE}"),
        ("deploy", there.flow(), "-p", f"v={TWICE}"),
    ):
        with pytest.raises(Refused, match='the key "a" appears twice'):
            there.told(*command)
