"""Objects that can be called, and partials, are tasks and flows like functions."""

from __future__ import annotations

import functools

import pytest

from holdfast import flow, get_task_runs, task
from holdfast.cache_policies import INPUTS, TASK_SOURCE
from holdfast.engine.code.flow_location import origin_of
from holdfast.exceptions import InvalidFlow, ParameterError
from holdfast.task_runners import ProcessPoolTaskRunner


class Adder:
    """Adds a number."""

    def __init__(self, number):
        self.number = number

    def __call__(self, x: int):
        return x + self.number


class AsyncAdder(Adder):
    async def __call__(self, x: int):
        return x + self.number


class Both(Adder):
    def __call__(self, x):
        yield x
        yield self.number


class BothAsync(Adder):
    async def __call__(self, x):
        yield x
        yield self.number


def add(a: int, b: int):
    return a + b


async def add_async(a: int, b: int):
    return a + b


def both(a, b):
    yield a
    yield b


SYNC = {"object": Adder(1), "partial": functools.partial(add, 1), "partial-of-object": functools.partial(Adder(1))}
ASYNC = {"object": AsyncAdder(1), "partial": functools.partial(add_async, 1)}
YIELDING = {"object": Both(1), "partial": functools.partial(both, b=1)}


@pytest.mark.parametrize("function", SYNC.values(), ids=SYNC)
def test_it_is_a_task_in_every_way(function):
    made = task(function)

    @flow
    def main():
        return made(1), made.submit(2).result(), made.map([3, 4]).result(), made(5, return_state=True).result()

    assert main() == (2, 3, [4, 5], 6)
    assert made(1) == 2


@pytest.mark.parametrize("function", ASYNC.values(), ids=ASYNC)
def test_an_async_one_is_awaited(call, function):
    made = task(function)

    @flow
    async def main():
        return await made(1), await made.submit(2)

    assert made.is_async
    assert call(main) == (2, 3)


@pytest.mark.parametrize("function", YIELDING.values(), ids=YIELDING)
def test_one_that_yields_is_iterated_over(function):
    made = task(function)

    @flow
    def main():
        return list(made(7)), made.submit(8).result()

    assert main() == ([7, 1], [8, 1])


def test_an_async_one_that_yields_is_iterated_over(call):
    @flow
    async def main():
        return [each async for each in task(BothAsync(1))(7)]

    assert call(main) == [7, 1]


def test_it_is_named_by_its_class_or_by_what_it_calls():
    assert task(Adder(1)).name == "Adder"
    assert task(functools.partial(add, 1)).name == "add"
    assert task(name="plus")(Adder(1)).name == "plus"
    assert flow(functools.partial(add_async, 1)).name == "add-async"


def test_partials_are_told_apart_by_what_they_hold_when_a_run_executes_again(call, the_run):
    made, tries = [], []

    def noted(number, x):
        made.append(number)
        return x + number

    @flow(retries=1)
    def main():
        tries.append(1)
        order = (1, 2) if len(tries) == 1 else (2, 1)
        results = [task(functools.partial(noted, each))(10) for each in order]
        if len(tries) == 1:
            raise ZeroDivisionError
        return results

    assert call(main) == [12, 11]
    assert made == [1, 2]
    assert len(get_task_runs(the_run().id)) == 2


def test_objects_are_told_apart_by_the_order_of_their_first_calls(call):
    tries = []
    first, second = task(Adder(1)), task(Adder(2))

    @flow(retries=1)
    def main():
        tries.append(1)
        results = [first(10)] if len(tries) == 1 else [first(10), second(10), first(10)]
        if len(tries) == 1:
            raise ZeroDivisionError
        return results

    assert call(main) == [11, 12, 11]


@pytest.mark.parametrize("policy", [INPUTS, INPUTS + TASK_SOURCE], ids=["inputs", "inputs-and-source"])
@pytest.mark.parametrize("make", [Adder, lambda number: functools.partial(add, number)], ids=["object", "partial"])
def test_only_equal_ones_share_a_result(make, policy):
    @flow
    def main():
        return [task(cache_policy=policy)(make(number))(10, return_state=True) for number in (1, 2, 1)]

    states = main()
    assert [each.result() for each in states] == [11, 12, 11]
    assert [each.name for each in states] == ["Completed", "Completed", "Cached"]


@pytest.mark.slow
def test_it_is_called_in_another_process():
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def main():
        return task(Adder(1)).submit(2).result(), task(functools.partial(add, 1)).submit(3).result()

    assert main() == (3, 4)


@pytest.mark.parametrize("function", SYNC.values(), ids=SYNC)
def test_it_is_a_flow_whose_parameters_are_validated(function):
    assert flow(function)("2") == 3
    with pytest.raises(ParameterError, match=r"(x|b): .*valid integer"):
        flow(function)("many")


@pytest.mark.parametrize("function", ASYNC.values(), ids=ASYNC)
def test_an_async_flow_is_awaited(call, function):
    assert call(flow(function), "2") == 3


FROM_OBJECT = flow(Adder(1))
FROM_PARTIAL = flow(functools.partial(add, 1))


@pytest.mark.parametrize(("made", "name"), [(FROM_OBJECT, "FROM_OBJECT"), (FROM_PARTIAL, "FROM_PARTIAL")])
def test_such_a_flow_is_found_again_by_the_name_that_it_is_given(made, name):
    assert origin_of(made).entrypoint.endswith(f":{name}")
    assert made.to_deployment("x").plan.name == "x"


def test_a_function_that_does_not_say_what_it_takes_is_refused():
    with pytest.raises(InvalidFlow, match="has no readable signature"):
        task(functools.partial(max, 3))


def test_a_cached_functions_annotations_are_still_known():
    @flow
    @functools.cache
    def main(x: int):
        return x

    assert main("3") == 3
