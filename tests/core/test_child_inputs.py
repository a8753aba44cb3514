"""Flows take futures and states as parameters, and wait for others, as tasks do."""

from __future__ import annotations

import asyncio
import threading

import pytest

from holdfast import allow_failure, flow, get_flow_run, resume_flow_run, suspend_flow_run, task, unmapped
from holdfast.annotations import opaque, quote
from holdfast.engine import liveness, results
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import FlowRunSuspended, ParameterError, UpstreamFailed
from holdfast.states import Completed, Failed
from holdfast.store import claims, queries
from waiting import PATIENCE


@task
def one():
    return 1


@task
def same(thing):
    return thing


@task
def breaks():
    raise ZeroDivisionError("too small")


@flow
def child(x: object = None, *more: object, **named: object):
    return [x, *more, *named.values()] if more or named else x


@flow
async def child_async(x: object = None, *more: object, **named: object):
    return [x, *more, *named.values()] if more or named else x


@pytest.fixture(params=["sync", "async"])
def parent(request, call):
    """Calls the child, sync or async, in a flow, with what a function gives; and gives what came of it."""

    def run(inputs, **settings):
        @flow
        def outer():
            return quote(child(inputs(), **settings))

        @flow
        async def outer_async():
            return quote(await child_async(inputs(), **settings))

        return call(outer if request.param == "sync" else outer_async).unquote()

    return run


def failed():
    return breaks(return_state=True)


# Results stand for futures and states


@pytest.mark.parametrize(
    ("inputs", "got"),
    [
        (lambda: one.submit(), 1),
        (lambda: one(return_state=True), 1),
        (lambda: [one.submit(), 2, one(return_state=True)], [1, 2, 1]),
        (lambda: {"a": one.submit(), "b": {"c": (one.submit(), {one.submit()})}}, {"a": 1, "b": {"c": (1, {1})}}),
        (lambda: same.map([1, 2]), [1, 2]),
        (lambda: [one.submit() for _ in range(2)], [1, 1]),
        (lambda: child(5, return_state=True), 5),
        (lambda: unmapped([one.submit()]), [1]),
    ],
    ids=["future", "state", "list", "dict", "mapped", "futures", "state of a flow", "unmapped"],
)
def test_results_stand_for_the_futures_and_states_among_a_childs_parameters(parent, inputs, got):
    assert parent(inputs) == got


def test_positional_and_named_parameters_are_replaced_too(call):
    @flow
    def outer():
        return child(one.submit(), one.submit(), extra=one(return_state=True))

    assert call(outer) == [1, 1, 1]


def test_the_results_are_what_is_validated(call):
    @flow
    def wants(number: int):
        return number

    @flow
    def outer(value: object):
        @task
        def gives():
            return value

        return wants(gives.submit())

    assert call(outer, "7") == 7
    with pytest.raises(ParameterError, match="number"):
        call(outer, "many")


def test_a_run_that_was_read_has_a_state_that_is_replaced_by_its_stored_result(call, the_run):
    call(child, 5)
    state = get_flow_run(the_run().id).state
    assert call(child, [state]) == [5]


def test_what_the_run_records_is_the_result(db, call):
    @flow
    def outer():
        return child(one.submit())

    call(outer)
    (run,) = [each for each in queries.list_flow_runs(db) if each.flow_name == "child"]
    assert results.decode(queries.get_parameters(db, run.id))["x"] == 1


def test_a_flow_that_nothing_called_takes_states_too(call):
    assert call(child, [one(return_state=True)]) == [1]
    with pytest.raises(UpstreamFailed):
        call(child, failed())


# What did not complete


@pytest.mark.parametrize("wrapped", [lambda each: each, lambda each: [{"a": each}]], ids=["bare", "nested"])
@pytest.mark.parametrize("given", [failed, breaks.submit], ids=["state", "future"])
def test_a_child_does_not_begin_when_an_input_failed(db, parent, wrapped, given):
    state = parent(lambda: wrapped(given()), return_state=True)
    assert (state.name, state.is_pending()) == ("NotReady", True)
    assert "ZeroDivisionError: too small" in state.message
    assert {each.flow_name for each in queries.list_flow_runs(db)} <= {"outer", "outer-async"}


def test_a_child_that_does_not_begin_raises_and_its_parents_log_says_why(db, parent):
    with pytest.raises(UpstreamFailed, match="a run that is Failed: ZeroDivisionError: too small"):
        parent(failed)
    (run,) = queries.list_flow_runs(db)
    assert any(
        "was not started. It depends on a run that is Failed" in each.message for each in queries.get_logs(db, run.id)
    )


def test_what_was_not_ready_makes_a_child_not_ready(parent):
    assert parent(lambda: one(wait_for=[failed()], return_state=True), return_state=True).name == "NotReady"


@pytest.mark.parametrize(
    ("inputs", "got"),
    [
        (lambda: allow_failure(breaks.submit()), "too small"),
        (lambda: allow_failure(failed()), "too small"),
        (lambda: allow_failure([breaks.submit(), one.submit()]), "[ZeroDivisionError('too small'), 1]"),
        (lambda: [allow_failure({"a": failed()})], "[{'a': ZeroDivisionError('too small')}]"),
        (lambda: allow_failure(unmapped([failed()])), "[ZeroDivisionError('too small')]"),
        (lambda: allow_failure(opaque(failed())), "too small"),
    ],
    ids=["future", "state", "list", "nested", "unmapped", "opaque"],
)
def test_an_allowed_failure_is_its_exception(parent, inputs, got):
    assert str(parent(inputs)) == got


# Taken as it stands


@pytest.mark.parametrize(
    ("inputs", "got"),
    [
        (lambda: quote([failed()]), ["State"]),
        (lambda: [quote(failed()), one.submit()], ["State", "int"]),
        (lambda: opaque([failed()]), ["State"]),
        (lambda: [opaque(one.submit())], ["int"]),
        (lambda: [opaque(one(return_state=True)), 2], ["int", "int"]),
    ],
    ids=["quote", "quote inside", "opaque", "opaque future", "opaque state"],
)
def test_what_is_quoted_is_taken_as_it_stands_and_what_is_opaque_is_not_searched(call, inputs, got):
    @flow
    def kinds(things):
        return [type(each).__name__ for each in things]

    @flow
    def outer():
        return kinds(inputs())

    assert call(outer) == got


def test_a_flow_may_return_states_as_a_value(call, the_run):
    @flow
    def returns():
        return quote([Failed("on purpose"), Completed()])

    assert [each.name for each in call(returns).unquote()] == ["Failed", "Completed"]
    assert the_run().state.name == "Completed"


# Waiting for others


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_child_begins_after_what_it_waits_for(call, is_async):
    go, order = threading.Event(), []

    @task
    def first():
        assert go.wait(PATIENCE)
        order.append("first")

    @flow
    def second():
        order.append("second")

    @flow
    async def second_async():
        order.append("second")

    @flow
    def outer():
        future = first.submit()
        threading.Thread(target=go.set).start()
        second(wait_for=[future])

    @flow
    async def outer_async():
        future = first.submit()
        asyncio.get_running_loop().call_soon(go.set)  # it runs only if waiting does not block the loop
        await second_async(wait_for=[[future]])

    call(outer_async if is_async else outer)
    assert order == ["first", "second"]


def test_a_child_that_waits_for_a_failure_does_not_begin_unless_that_is_allowed(parent):
    waits = {"wait_for": [Failed("no")], "return_state": True}
    assert parent(lambda: 1, **waits).name == "NotReady"
    assert parent(lambda: 1, wait_for=[allow_failure([Failed("no")])]) == 1
    assert parent(lambda: 1, wait_for=None) == 1


def test_a_flow_that_yields_takes_futures_and_waits_too(call):
    @flow
    def yields(x):
        yield x
        yield x + 1

    @flow
    def outer():
        return [*yields(one.submit(), wait_for=[one.submit()])]

    assert call(outer) == [1, 2]


def test_a_method_takes_futures_and_waits_too(call):
    class Works:
        @flow
        def adds(self, x: int):
            return x + 1

    @flow
    def outer():
        return Works().adds(one.submit(), wait_for=[one.submit()])

    assert call(outer) == 2


# When the flow executes again


def test_a_child_that_finished_with_a_result_from_a_future_is_not_run_again(call):
    made = []

    @flow
    def works(x):
        made.append(x)

    @flow(retries=1)
    def outer():
        works(one.submit(), wait_for=[one.submit()])
        if len(made) == 1:
            made.append("failed")
            raise ValueError

    call(outer)
    assert made == [1, "failed"]


@task
def asks():
    return suspend_flow_run(wait_for_input=int)


@flow
def gives_an_answer():
    return child(asks.submit()), child(1, wait_for=[asks.submit()])


@flow
async def gives_an_answer_async():
    return await child_async(asks.submit()), await child_async(1, wait_for=[asks.submit()])


@pytest.mark.parametrize("outer", [gives_an_answer, gives_an_answer_async], ids=["sync", "async"])
def test_a_child_whose_input_waits_for_a_person_is_suspended_with_its_caller_and_called_after(db, call, outer):
    with pytest.raises(FlowRunSuspended) as left:
        call(outer)
    run_id = left.value.flow_run_id
    for answer in (5, 6):
        resume_flow_run(run_id, answer)
        claims.claim(db, liveness.current(db), 1, "tester")
        logic = run_again(outer, db, run_id)
        state = asyncio.run(adrive(logic)) if outer.is_async else drive(logic)
    assert state.data == (5, 1)
    assert len(queries.get_children(db, run_id)) == 2
