# ruff: noqa: UP007, UP045  Optional and Union as users write them are what is tested
"""Messages: who receives what, in which order, and for how long."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from message_types import Order, both, receiving
from pydantic import BaseModel, BeforeValidator, Field, field_validator
from typing_extensions import TypedDict

from holdfast import (
    flow,
    get_logs,
    get_messages,
)
from holdfast.context import get_run_context
from holdfast.exceptions import InvalidFlow
from holdfast.input import RunInput, receive_input, send_input


class Valued(BaseModel):
    value: int


class Plain(BaseModel):
    name: str


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int


class Person(TypedDict):
    name: str


@both
def test_a_waiting_flow_gets_what_it_is_sent(start, feed, is_async):
    running = start(receiving(int)[is_async])
    run_id = feed.until("listening").flow_run_id
    send_input(5, run_id)
    assert running.result(10) == 5


@both
def test_what_was_sent_before_the_flow_receives_is_there_when_it_does(call, is_async):
    @flow
    def receives():
        for number in (3, 1, 2):
            send_input(number, get_run_context().flow_run_id)
        return list(receive_input(int, timeout=0))

    @flow
    async def areceives():
        for number in (3, 1, 2):
            await send_input(number, get_run_context().flow_run_id)
        return [each async for each in receive_input(int, timeout=0)]

    assert call((receives, areceives)[is_async]) == [3, 1, 2]


@both
def test_next_raises_after_the_timeout_and_a_loop_just_ends(call, is_async):
    @flow
    def receives():
        assert list(receive_input(int, timeout=0.01)) == []
        with pytest.raises(TimeoutError, match=r"No int was received within 0\.01 seconds"):
            receive_input(int, timeout=0.01).next()
        with pytest.raises(TimeoutError):
            list(receive_input(int, timeout=0.01, raise_timeout_error=True))
        return "done"

    @flow
    async def areceives():
        assert [each async for each in receive_input(int, timeout=0.01)] == []
        with pytest.raises(TimeoutError, match=r"No int was received within 0\.01 seconds"):
            await receive_input(int, timeout=0.01).next()
        with pytest.raises(TimeoutError):
            _ = [each async for each in receive_input(int, timeout=0.01, raise_timeout_error=True)]
        return "done"

    assert call((receives, areceives)[is_async]) == "done"


@pytest.mark.slow
@both
def test_the_timeout_is_for_each_input(start, feed, is_async):
    @flow
    def receives():
        return list(receive_input(int, timeout=0.5))

    @flow
    async def areceives():
        return [each async for each in receive_input(int, timeout=0.5)]

    running = start((receives, areceives)[is_async])
    for nth in (1, 2, 3):
        send_input(nth, feed.until("listening", nth=nth).flow_run_id)
    assert running.result(10) == [1, 2, 3]


MATCHING = [
    (int, 5),
    (str, "5"),
    (bool, True),
    (float, 2.5),
    (float, 2),
    (list, [1, "a"]),
    (list[int], [1, 2]),
    (dict, {"a": 1}),
    (dict, {"value": 1}),
    (dict[str, int], {"a": 1}),
    (tuple[int, str], (1, "a")),
    (set[int], {1, 2}),
    (Optional[int], 5),
    (Optional[int], None),
    (int | None, None),
    (Union[int, str], "a"),
    (Union[Order, str], Order(article="gear")),
    (Union[Plain, int], Plain(name="a")),
    (Annotated[int, Field(gt=1)], 5),
    (Literal["a", "b"], "b"),
    (Plain, Plain(name="a")),
    (Order, Order(article="gear", amount=2)),
    (Colour, Colour.RED),
    (Point, Point(1)),
    (Person, {"name": "a"}),
    (Decimal, Decimal("1.10")),
    (dt.datetime, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
    (Any, 5),
    (object, Plain(name="a")),
]


@pytest.mark.parametrize(("input_type", "sent"), MATCHING, ids=[f"{a}-{b!r}" for a, b in MATCHING])
def test_a_value_is_received_by_who_receives_its_type(call, input_type, sent):
    @flow
    def receives():
        send_input(sent, get_run_context().flow_run_id)
        return receive_input(input_type, timeout=0).next()

    received = call(receives)
    if input_type is object:
        assert received == {"name": "a"}
    else:
        assert received == sent
        assert type(received) is type(sent) or input_type is float or isinstance(received, Order)


def test_initial_data_change_nothing_about_what_is_received(call):
    filled = Order.with_initial_data(description="How many?", amount=5)

    @flow
    def receives():
        here = get_run_context().flow_run_id
        Order(article="gear", amount=2).send_to(here)
        filled(article="wheel").send_to(here)
        return list(filled.receive(timeout=0)), list(Order.receive(timeout=0))

    for received in call(receives):
        assert [each.model_dump() for each in received] == [
            {"article": "gear", "amount": 2},
            {"article": "wheel", "amount": 5},
        ]


def test_a_subclass_of_an_input_with_initial_data_is_a_type_of_its_own(call):
    class Urgent(Order.with_initial_data(amount=5)):
        hours: int = 2

    @flow
    def receives():
        here = get_run_context().flow_run_id
        Urgent(article="gear").send_to(here)
        Order(article="wheel").send_to(here)
        return [each.hours for each in Urgent.receive(timeout=0)], len(list(Order.receive(timeout=0)))

    assert call(receives) == ([2], 1)


@pytest.mark.parametrize(
    ("input_type", "sent"),
    [(int, "5"), (int, True), (str, 5), (Order, Plain(name="a")), (Plain, {"name": "a"}), (list[int], {1, 2})],
)
def test_a_value_of_another_type_is_not_received(call, input_type, sent):
    @flow
    def receives():
        send_input(sent, get_run_context().flow_run_id)
        return list(receive_input(input_type, timeout=0))

    assert call(receives) == []


def test_a_subclass_of_the_same_name_in_another_place_is_matched_by_its_schema_alone(call):
    class Order(RunInput):
        """Another one."""

        elsewhere: int

    @flow
    def receives():
        send_input(Order(elsewhere=1), get_run_context().flow_run_id)
        return list(globals()["Order"].receive(timeout=0)), list(Order.receive(timeout=0))

    assert call(receives) == ([], [Order(elsewhere=1)])


def test_a_prefix_is_a_channel_of_its_own_whatever_is_sent(call):
    @flow
    def receives():
        here = get_run_context().flow_run_id
        send_input(1, here, key_prefix="a")
        send_input(2, here, key_prefix="ab")
        send_input(3, here)
        send_input("4", here, key_prefix="a")
        return [
            list(receive_input(int, timeout=0)),
            list(receive_input(int, timeout=0, key_prefix="a")),
            list(receive_input(Union[int, str], timeout=0, key_prefix="a")),
            list(receive_input(str, timeout=0, key_prefix="ab")),
        ]

    assert call(receives) == [[3], [1, 4], [1, "4"], []]


@pytest.mark.parametrize(
    ("sent", "asked", "got"),
    [
        ({"article": "gear", "amount": 2}, Order, Order(article="gear", amount=2)),
        ({"article": "gear"}, dict, {"article": "gear"}),
        ({"article": "gear"}, Any, {"article": "gear"}),
        ({"value": 3}, dict, {"value": 3}),
        ({"value": {"value": {"a": 1}}}, dict, {"value": {"value": {"a": 1}}}),
        ({"value": 3}, Valued, Valued(value=3)),
        ({}, dict, {}),
        ([{"a": 1}], list[dict[str, int]], [{"a": 1}]),
    ],
    ids=str,
)
def test_what_is_sent_to_a_prefix_is_read_by_whatever_type_fits_it(call, sent, asked, got):
    @flow
    def receives():
        send_input(sent, get_run_context().flow_run_id, key_prefix="a")
        return list(receive_input(asked, timeout=0, key_prefix="a"))

    assert call(receives) == [got]


def test_a_dictionary_that_is_sent_to_a_prefix_is_read_and_loaded_as_it_is(call):
    keyset = Order.keyset_from_type()

    @flow
    def receives():
        here = get_run_context().flow_run_id
        send_input({"article": "gear"}, here, key_prefix=keyset["response"])
        return get_messages(here)[0].value, Order.load(keyset)

    assert call(receives) == ({"article": "gear"}, Order(article="gear"))


@pytest.mark.parametrize("prefix", ["", "  ", 5])
def test_what_is_no_prefix_is_refused(call, prefix):
    @flow
    def runs():
        here = get_run_context().flow_run_id
        for use in (lambda: send_input(1, here, key_prefix=prefix), lambda: receive_input(int, key_prefix=prefix)):
            with pytest.raises(InvalidFlow, match=r"key_prefix is .*; it must be a string that is not empty"):
                use()

    call(runs)


def test_what_does_not_fit_is_passed_over_and_the_log_says_so(call, the_run):
    class Even(RunInput):
        number: int

        @field_validator("number")
        @classmethod
        def is_even(cls, number: int) -> int:
            if number % 2:
                raise ValueError("has to be even")
            return number

    @flow
    def receives():
        here = get_run_context().flow_run_id
        for value in ({"number": 1}, {"number": 2}):
            send_input(value, here, key_prefix="even")
        return receive_input(Even, timeout=0, key_prefix="even").next().number

    @flow
    def sends():
        here = get_run_context().flow_run_id
        send_input(Even.model_construct(number=2), here)
        return receive_input(Even, timeout=0).next().number

    assert call(sends) == call(receives) == 2
    lines = [line.message for line in get_logs(the_run("receives").id)]
    assert any("is skipped, because it does not fit: number: has to be even" in line for line in lines)


def test_a_value_that_json_does_not_give_back_is_refused_where_it_is_sent(call):
    def from_text(given):
        if not isinstance(given, str):
            raise ValueError("give it as text")
        return int(given)

    class Odd(RunInput):
        number: Annotated[int, BeforeValidator(from_text)]

    @flow
    def sends():
        with pytest.raises(ValueError, match="number"):
            send_input(Odd(number="1"), get_run_context().flow_run_id)
        with pytest.raises(InvalidFlow, match="input_type="):
            send_input(asyncio.Lock(), get_run_context().flow_run_id)
        with pytest.raises(InvalidFlow, match="input_type="):
            receive_input(asyncio.Lock)
        return "refused"

    assert call(sends) == "refused"


def test_each_receiver_begins_with_the_first_message(call):
    @flow
    def receives():
        for number in (1, 2):
            send_input(number, get_run_context().flow_run_id)
        first, second = receive_input(int, timeout=0), receive_input(int, timeout=0)
        return first.next(), first.next(), second.next()

    assert call(receives) == (1, 2, 1)
