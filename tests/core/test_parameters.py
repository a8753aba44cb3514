"""Parameters: validated and converted by pydantic; what does not fit is named, and the run is recorded as failed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from holdfast import StateType, flow
from holdfast.engine import results
from holdfast.exceptions import ParameterError
from holdfast.store import queries


class Order(BaseModel):
    number: int
    to: str = "nobody"


@dataclass
class Point:
    x: int


class Plain:
    pass


@flow
def takes(number: int, name: str = "nobody", *, when: dt.date | None = None):
    return number, name, when


@flow
async def takes_async(number: int, name: str = "nobody", *, when: dt.date | None = None):
    return number, name, when


both = pytest.mark.parametrize("takes", [takes, takes_async], ids=["sync", "async"])


@both
def test_parameters_are_converted_as_the_annotations_say(call, takes):
    assert call(takes, "3", when="2026-03-04") == (3, "nobody", dt.date(2026, 3, 4))


@both
@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        (["many"], {}, "number"),
        ([], {"number": None}, "number"),
        ([1, 5], {}, "name"),
        ([1], {"when": "yesterday"}, "when"),
        ([], {}, "number"),
        ([1], {"colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_named(call, takes, args, kwargs, named):
    with pytest.raises(ParameterError) as caught:
        call(takes, *args, **kwargs)
    assert named in str(caught.value)
    assert repr(takes.name) in str(caught.value)


@both
def test_every_bad_parameter_is_named_with_what_it_was(call, takes):
    with pytest.raises(ParameterError) as caught:
        call(takes, "many", 5, when="yesterday")
    for text in ("number: ", "'many'", "name: ", "5", "when", "'yesterday'"):
        assert text in str(caught.value)


@both
def test_a_run_with_a_bad_parameter_is_stored_as_failed(db, call, takes, the_run):
    with pytest.raises(ParameterError):
        call(takes, "many", name="Ana")
    run = the_run()
    assert run.state.type is StateType.FAILED
    assert "number" in run.state.message
    assert run.started is None
    assert results.show(queries.get_parameters(db, run.id)) == {"args": ["many"], "name": "Ana"}


@both
def test_a_bad_parameter_can_be_had_as_a_state(call, takes):
    state = call(takes, "many", return_state=True)
    assert state.type is StateType.FAILED
    with pytest.raises(ParameterError):
        state.result()


def test_a_parameter_error_is_a_type_error():
    assert issubclass(ParameterError, TypeError)


@both
def test_the_code_of_a_flow_with_a_bad_parameter_does_not_run(call, takes):
    ran = []

    @flow
    def runs(number: int):
        ran.append(number)

    with pytest.raises(ParameterError):
        call(runs, "many")
    assert ran == []


@pytest.mark.parametrize(
    ("annotation", "given", "got"),
    [
        (Order, {"number": "3"}, Order(number=3)),
        (Order, Order(number=3), Order(number=3)),
        (list[Order], [{"number": 1}], [Order(number=1)]),
        (Point, {"x": 1}, Point(1)),
        (Literal["a", "b"], "a", "a"),
        (Annotated[int, Field(gt=0)], 1, 1),
        (dict[str, float], {"a": "1.5"}, {"a": 1.5}),
        (Any, "as it is", "as it is"),
        (object, 5, 5),
    ],
    ids=str,
)
def test_any_annotation_that_pydantic_knows_will_do(call, annotation, given, got):
    @flow
    def takes_one(thing):
        return thing

    takes_one.fn.__annotations__["thing"] = annotation
    assert call(takes_one, given) == got


def test_a_nested_value_is_named_by_its_place(call):
    @flow
    def takes_order(order: Order):
        return order

    with pytest.raises(ParameterError, match=r"order\.number"):
        call(takes_order, {"number": "many"})


def test_a_class_that_pydantic_does_not_know_is_checked_by_instance(call):
    @flow
    def takes_plain(thing: Plain):
        return thing

    thing = Plain()
    assert call(takes_plain, thing) is thing
    with pytest.raises(ParameterError, match="thing"):
        call(takes_plain, 3)


def test_a_parameter_without_annotation_is_taken_as_it_is(call):
    @flow
    def takes_any(thing):
        return thing

    thing = Plain()
    assert call(takes_any, thing) is thing


def test_any_signature_will_do(call):
    @flow
    def takes_much(first: int, /, second: int = 2, *rest: int, third: int, **more: int):
        return first, second, rest, third, more

    assert call(takes_much, "1", "2", "3", "4", third="5", sixth="6") == (1, 2, (3, 4), 5, {"sixth": 6})


def test_a_bad_value_among_many_is_named_by_its_place(call):
    @flow
    def takes_many(*numbers: int, **more: int):
        return numbers

    with pytest.raises(ParameterError, match=r"numbers\.1"):
        call(takes_many, 1, "many")
    with pytest.raises(ParameterError, match=r"colour"):
        call(takes_many, colour="red")


@pytest.mark.parametrize("given", [object(), lambda: 1, "half a \ud83c"], ids=["object", "function", "text"])
def test_any_value_can_be_a_bad_parameter(call, the_run, given):
    @flow
    def takes_number(number: int):
        return number

    with pytest.raises(ParameterError):
        call(takes_number, given)
    assert the_run().state.type is StateType.FAILED


def test_parameters_are_copied_out_of_reach_of_the_flow(db, call, the_run):
    @flow
    def changes(numbers: list[int]):
        numbers.append(4)

    given = [1, 2, 3]
    call(changes, given)
    assert given == [1, 2, 3]
    assert results.decode(queries.get_parameters(db, the_run().id)) == {"numbers": [1, 2, 3]}
