# ruff: noqa: UP007, UP045  Optional and Union as users write them are what is tested
"""What a flow can wait for: models, plain types, initial values; and what becomes of an answer that does not fit."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator
from typing_extensions import TypedDict

from holdfast import flow, pause_flow_run, resume_flow_run
from holdfast.exceptions import InvalidAnswerError, InvalidFlow
from holdfast.input import RunInput
from holdfast.store import queries
from holdfast.values.schema_places import without_marks


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str
    number: int = 1


class Order(RunInput):
    """Where to and how many."""

    to: Address
    amount: int = Field(gt=0, le=10)
    tags: list[str] = Field(default=[])


class Aliased(RunInput):
    model_config = ConfigDict(populate_by_name=True)

    full_name: str = Field(alias="fullName", min_length=2)


class Chosen(RunInput):
    name: str = Field(validation_alias=AliasChoices("fullName", "name"))


class PlainModel(BaseModel):
    name: str


class Value(RunInput):
    value: int


class Even(RunInput):
    number: int
    other: int = 0

    @field_validator("number")
    @classmethod
    def must_be_even(cls, number):
        if number % 2:
            raise ValueError("must be even")
        return number

    @model_validator(mode="after")
    def must_not_be_equal(self):
        if self.number == self.other:
            raise ValueError("must not be equal")
        return self


class Odd(RunInput):
    number: int

    @field_validator("number")
    @classmethod
    def must_not_be_zero(cls, number):
        assert 1 / number
        return number


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Size(TypedDict):
    width: int


@flow
def asks(wanted):
    return pause_flow_run(wait_for_input=wanted)


@flow
async def asks_async(wanted):
    return await pause_flow_run(wait_for_input=wanted)


both = pytest.mark.parametrize("asks", [asks, asks_async], ids=["sync", "async"])


@pytest.fixture
def answered(call, person, db):
    """Ask for something, answer, and give what the flow got and the wait as it was while it was open."""

    def begin(asks, wanted, answer):
        found = []

        def act(event):
            found.extend(queries.inbox(db))
            return resume_flow_run(event.flow_run_id, answer)

        person.when_asked(act)
        return call(asks, wanted), found[0]

    return begin


# What can be asked for


@both
@pytest.mark.parametrize(
    ("wanted", "answer", "got"),
    [
        (int, 3, 3),
        (str, "", ""),
        (bool, False, False),
        (float, 1.5, 1.5),
        (Decimal, "12.3400000000000000000001", Decimal("12.3400000000000000000001")),
        (int, 2**70, 2**70),
        (Optional[int], None, None),
        (Optional[int], 3, 3),
        (Union[int, str], "x", "x"),
        (int | None, 4, 4),
        (Literal["yes", "no"], "no", "no"),
        (Colour, "blue", Colour.BLUE),
        (Colour, Colour.RED, Colour.RED),
        (Annotated[int, Field(gt=0)], 1, 1),
        (list[int], [1, 2], [1, 2]),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (set[str], ["a"], {"a"}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (dt.date, "2026-03-04", dt.date(2026, 3, 4)),
        (dt.date, dt.date(2026, 3, 4), dt.date(2026, 3, 4)),
        (dt.datetime, "2026-03-04T05:06:07+00:00", dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)),
        (dt.timedelta, dt.timedelta(hours=1), dt.timedelta(hours=1)),
        (uuid.UUID, str(uuid.UUID(int=5)), uuid.UUID(int=5)),
        (Point, {"x": 1}, Point(1, 0)),
        (Size, {"width": 2}, {"width": 2}),
        (PlainModel, {"name": "Ana"}, PlainModel(name="Ana")),
        (PlainModel, PlainModel(name="Ana"), PlainModel(name="Ana")),
        (list[PlainModel], [{"name": "Ana"}], [PlainModel(name="Ana")]),
        (Order, {"to": {"street": "S"}, "amount": 2}, Order(to=Address(street="S"), amount=2)),
        (Order, Order(to=Address(street="S"), amount=2), Order(to=Address(street="S"), amount=2)),
        (Value, {"value": 3}, Value(value=3)),
        (Aliased, {"fullName": "Ana"}, Aliased(full_name="Ana")),
        (Aliased, Aliased(full_name="Ana"), Aliased(full_name="Ana")),
        (Chosen, {"fullName": "Ana"}, Chosen(fullName="Ana")),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_entered_is_returned_as_what_was_asked_for(answered, asks, wanted, answer, got):
    found, _ = answered(asks, wanted, answer)
    assert found == got
    assert type(found) is type(got)


def test_the_schema_of_a_model_is_its_own(answered):
    _, wait = answered(asks, Order, {"to": {"street": "S"}, "amount": 2})
    assert without_marks(wait.schema) == Order.model_json_schema()


def test_a_plain_type_is_asked_for_under_the_name_value(answered):
    _, wait = answered(asks, Annotated[int, Field(gt=0)], 2)
    assert wait.schema["type"] == "object"
    assert wait.schema["required"] == ["value"]
    assert {name: each["exclusiveMinimum"] for name, each in wait.schema["properties"].items()} == {"value": 0}
    assert "title" not in wait.schema


def test_an_answer_to_a_plain_type_may_be_given_as_an_object(answered):
    found, _ = answered(asks, int, {"value": 3})
    assert found == 3


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (dict, {"value": 3}),
        (dict, {"value": {"value": 3}}),
        (dict[str, int], {"value": 3}),
        (dict[str, dict[str, int]], {"value": {"value": 3}}),
        (int | dict[str, int], {"value": 3}),
        (Any, {"value": 3}),
    ],
    ids=str,
)
def test_a_dictionary_is_the_answer_itself_whatever_its_keys_are_called(answered, wanted, answer):
    found, wait = answered(asks, wanted, answer)
    assert found == answer
    assert wait.schema["required"] == ["value"]


def test_a_dictionary_that_is_not_of_the_type_asked_for_may_hold_one_that_is(answered):
    found, _ = answered(asks, dict[str, int], {"value": {"a": 1}})
    assert found == {"a": 1}


def test_in_json_a_dictionary_is_held_under_the_name_value(call, person, db):
    from holdfast.engine import actions

    person.when_asked(lambda event: actions.resume(db, event.flow_run_id, {"value": {"a": 1}}, channel="app"))
    assert call(asks, dict) == {"a": 1}


def test_a_model_that_allows_more_gets_it(answered):
    class Open(RunInput):
        model_config = ConfigDict(extra="allow")

    found, _ = answered(asks, Open, {"more": 1})
    assert found.model_extra == {"more": 1}


# Initial values


def test_initial_values_and_the_description_are_stored_with_the_wait(answered):
    wanted = Order.with_initial_data(description="**How many?**", amount=5, to=Address(street="S"))
    _, wait = answered(asks, wanted, {})
    assert wait.description == "**How many?**"
    assert wait.initial == {"amount": 5, "to": {"street": "S"}}


def test_an_initial_value_is_what_a_field_gets_that_is_left_out(answered):
    found, _ = answered(asks, Order.with_initial_data(to=Address(street="S"), amount=5), {"amount": 6})
    assert (found.to, found.amount) == (Address(street="S"), 6)


def test_initial_values_are_defaults_of_the_schema(answered):
    _, wait = answered(asks, Order.with_initial_data(amount=5), {"to": {"street": "S"}})
    assert wait.schema["properties"]["amount"]["default"] == 5
    assert wait.schema["required"] == ["to"]


def test_the_answer_is_an_instance_of_the_model_that_was_given_initial_values(answered):
    found, _ = answered(asks, Order.with_initial_data(amount=5), {"to": {"street": "S"}})
    assert isinstance(found, Order)


def test_initial_values_keep_the_constraints_of_their_fields():
    narrowed = Order.with_initial_data(amount=5).model_json_schema()["properties"]["amount"]
    original = Order.model_json_schema()["properties"]["amount"]
    assert narrowed == {**original, "default": 5}


@both
@pytest.mark.parametrize("amount", [0, 11])
def test_constraints_hold_where_there_are_initial_values(call, person, asks, amount):
    def act(event):
        with pytest.raises(InvalidAnswerError) as caught:
            resume_flow_run(event.flow_run_id, {"amount": amount})
        assert list(caught.value.errors) == [("amount",)]
        return resume_flow_run(event.flow_run_id, {})

    person.when_asked(act)
    assert call(asks, Order.with_initial_data(amount=5, to=Address(street="S"))).amount == 5


def test_initial_values_go_by_the_alias_that_the_form_has(answered):
    found, wait = answered(asks, Aliased.with_initial_data(full_name="Ana"), {})
    assert wait.initial == {"fullName": "Ana"}
    assert found.full_name == "Ana"


def test_initial_values_go_by_the_first_of_several_aliases(answered):
    _, wait = answered(asks, Chosen.with_initial_data(name="Ana"), {})
    assert set(wait.initial) == set(wait.schema["properties"])


def test_initial_values_keep_the_validators(answered):
    wanted = Even.with_initial_data(number=2)
    assert "must_be_even" in dir(wanted)
    with pytest.raises(ValueError, match="must be even"):
        wanted(number=3)


def test_initial_values_leave_the_model_itself_as_it_was():
    before = Order.model_json_schema()
    Order.with_initial_data(description="Other", amount=5)
    assert Order.model_json_schema() == before
    with pytest.raises(ValueError, match="amount"):
        Order(to=Address(street="S"))


def test_initial_values_can_be_given_in_steps(answered):
    wanted = Order.with_initial_data(description="First", amount=5).with_initial_data(to=Address(street="S"))
    found, wait = answered(asks, wanted, {})
    assert (wait.description, set(wait.initial)) == ("First", {"amount", "to"})
    assert found.amount == 5


def test_a_model_with_initial_values_keeps_its_name():
    wanted = Order.with_initial_data(amount=5)
    assert (wanted.__name__, wanted.model_json_schema()["title"]) == ("Order", "Order")


def test_initial_values_of_each_call_are_its_own(answered):
    wanted = Order.with_initial_data(to=Address(street="S"), amount=1, tags=["a"])
    first, _ = answered(asks, wanted, {})
    first.tags.append("b")
    assert wanted().tags == ["a"]


def test_a_value_for_what_is_no_field_is_refused():
    with pytest.raises(InvalidFlow, match="Order has no field 'colour', 'size'"):
        Order.with_initial_data(size=1, colour="red")


def test_a_description_may_contain_anything(answered):
    text = "# Títle\n\x1b[31mred\x1b[0m \x00 [b]bold[/b] 🎉"
    _, wait = answered(asks, Order.with_initial_data(description=text, amount=1, to=Address(street="S")), {})
    assert wait.description == text


def test_a_description_that_is_no_proper_text_does_not_end_the_flow(answered):
    wanted = Order.with_initial_data(description="half a \ud83c", amount=1, to=Address(street="S"))
    found, _ = answered(asks, wanted, {})
    assert found.amount == 1


def test_an_answer_may_contain_anything(answered):
    text = "\x1b[31m \x00 🎉 \u202e"
    found, _ = answered(asks, str, text)
    assert found == text


# Answers that do not fit


def refused(event, answer):
    with pytest.raises(InvalidAnswerError) as caught:
        resume_flow_run(event.flow_run_id, answer)
    return caught.value


@both
@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({"amount": 2}, [("to",)]),
        ({"to": {"street": "S"}, "amount": "many"}, [("amount",)]),
        ({"to": {"street": 5}, "amount": 2}, [("to", "street")]),
        ({"to": {"street": "S"}, "amount": 2, "tags": ["a", 1]}, [("tags", 1)]),
        ({"to": {"street": "S"}, "amount": 11}, [("amount",)]),
        ({"to": {"street": "S"}, "amount": 2, "more": 1}, [()]),
        ({"to": {"street": 5}, "amount": 0}, [("to", "street"), ("amount",)]),
        ([], [()]),
        ("text", [()]),
        (3, [()]),
    ],
    ids=str,
)
def test_an_answer_that_the_schema_does_not_allow_is_refused_and_the_run_stays_paused(
    db, call, person, asks, answer, where
):
    def act(event):
        error = refused(event, answer)
        assert sorted(error.errors) == sorted(where)
        assert all(error.errors.values())
        assert queries.get_flow_run(db, event.flow_run_id).state.name == "Paused"
        assert queries.inbox(db)[0].answer is None
        return resume_flow_run(event.flow_run_id, {"to": {"street": "S"}, "amount": 2})

    person.when_asked(act)
    assert call(asks, Order).amount == 2


@pytest.mark.parametrize(
    ("wanted", "bad", "good"),
    [
        (int, "x", 1),
        (int, None, 1),
        (int, 1.5, 1),
        (Literal["yes", "no"], "maybe", "no"),
        (Annotated[int, Field(gt=0)], 0, 1),
        (dt.date, "yesterday", "2026-03-04"),
        (uuid.UUID, "1234", str(uuid.UUID(int=1))),
        (FiniteFloat, float("nan"), 1.0),
        (Optional[int], "x", None),
    ],
    ids=str,
)
def test_a_plain_value_that_does_not_fit_is_refused_under_the_name_value(call, person, wanted, bad, good):
    def act(event):
        error = refused(event, bad)
        assert list(error.errors) == [("value",)]
        return resume_flow_run(event.flow_run_id, good)

    person.when_asked(act)
    call(asks, wanted)


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_a_float_may_be_no_number_and_infinite_as_for_pydantic(call, person, answer):
    person.answers(answer)
    assert repr(call(asks, float)) == repr(answer)


@both
def test_the_flows_own_validators_object_beside_the_field_and_the_run_stays_paused(db, call, person, asks):
    def act(event):
        error = refused(event, {"number": 3})
        assert error.errors == {("number",): "must be even"}
        assert "number: must be even" in str(error)
        (wait,) = queries.inbox(db)
        assert (wait.objections, wait.answer) == ({("number",): "must be even"}, None)
        assert queries.get_flow_run(db, event.flow_run_id).state.name == "Paused"
        return resume_flow_run(event.flow_run_id, {"number": 2})

    person.when_asked(act)
    assert call(asks, Even).number == 2


@both
def test_an_objection_to_the_whole_answer_has_no_field(call, person, asks):
    def act(event):
        assert refused(event, {"number": 2, "other": 2}).errors == {(): "must not be equal"}
        return resume_flow_run(event.flow_run_id, {"number": 2})

    person.when_asked(act)
    call(asks, Even)


@both
def test_a_person_may_be_refused_any_number_of_times(db, call, person, asks, the_run):
    def act(event):
        for number in (1, 3, 5):
            refused(event, {"number": number})
        return resume_flow_run(event.flow_run_id, {"number": 6})

    person.when_asked(act)
    assert call(asks, Even).number == 6
    kinds = [each.kind for each in queries.get_events(db, the_run().id)]
    assert kinds.count("objected") == 3
    assert kinds.count("decided") == 1


def test_objections_are_gone_once_a_better_answer_was_given(db, call, person, the_run):
    def act(event):
        refused(event, {"number": 1})
        return resume_flow_run(event.flow_run_id, {"number": 2})

    person.when_asked(act)
    call(asks, Even)
    (wait,) = queries.get_waits(db, the_run().id)
    assert wait.objections == {}


@both
def test_a_validator_that_raises_something_odd_does_not_end_the_flow(call, person, asks):
    def act(event):
        assert refused(event, {"number": 0}).errors == {(): "ZeroDivisionError: division by zero"}
        return resume_flow_run(event.flow_run_id, {"number": 1})

    person.when_asked(act)
    assert call(asks, Odd).number == 1


def test_the_flows_validators_do_not_see_what_the_schema_refuses(call, person):
    seen = []

    class Watched(RunInput):
        number: int
        word: str

        @field_validator("word", mode="before")
        @classmethod
        def look(cls, word):
            seen.append(word)
            return word

    def act(event):
        refused(event, {"number": "x", "word": "a"})
        return resume_flow_run(event.flow_run_id, {"number": 1, "word": "b"})

    person.when_asked(act)
    call(asks, Watched)
    assert set(seen) == {"b"}


def test_a_validator_that_comes_first_sees_whatever_is_answered(call, person):
    class Counted(RunInput):
        words: list[str]

        @field_validator("words", mode="before")
        @classmethod
        def split(cls, words):
            return words.split(",") if isinstance(words, str) else words

    person.when_asked(lambda event: resume_flow_run(event.flow_run_id, {"words": "a,b"}))
    assert call(asks, Counted).words == ["a", "b"]


def test_an_objection_reaches_another_process(script, start, feed, the_run):
    running = start(asks, Even)
    feed.until("opened")
    other = script(f"""
        from holdfast import resume_flow_run
        from holdfast.exceptions import InvalidAnswerError

        try:
            resume_flow_run("{the_run().id}", {{"number": 3}})
        except InvalidAnswerError as error:
            print(error.errors)
    """)
    assert other.line() == "{('number',): 'must be even'}"
    resume_flow_run(the_run().id, {"number": 4})
    assert running.result().number == 4


def test_a_run_input_forbids_what_it_does_not_know():
    with pytest.raises(ValueError, match="more"):
        Value(value=1, more=2)
