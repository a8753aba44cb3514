"""Methods as flows and tasks, flows and tasks that yield, other settings, and what flows return."""

from __future__ import annotations

import asyncio

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, runtime, task
from holdfast.annotations import quote
from holdfast.engine import liveness, results
from holdfast.engine.drive.effects import drive
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import CancelledRun, FailedRun, FlowRunSuspended
from holdfast.states import Cancelled, Completed, Failed, Running
from holdfast.store import claims, queries

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


class Shop:
    def __init__(self, price):
        self.price = price

    @task
    def cost(self, number):
        return self.price * number

    @task
    async def cost_async(self, number):
        return self.price * number

    @classmethod
    @task
    def named(cls, name):
        return cls.__name__, name

    @task
    @classmethod
    def named_inside(cls, name):
        return cls.__name__, name

    @staticmethod
    @task
    def twice(number):
        return number * 2

    @task
    @staticmethod
    def twice_inside(number):
        return number * 2

    @flow
    def sells(self, number: int):
        return self.cost(number), self.cost.submit(number).result(), self.cost.map([1, number]).result()

    @flow
    async def sells_async(self, number: int):
        return await self.cost_async(number)

    @classmethod
    @flow
    def sells_named(cls, name: str):
        return cls.named(name), cls.named_inside(name), cls.named_inside.submit(name).result()  # type: ignore[call-overload]

    @flow
    @staticmethod
    def sells_twice(number: int):
        return Shop.twice(number), Shop.twice_inside(number), Shop(1).twice_inside.submit(number).result()


def test_methods_are_flows_and_tasks(call):
    assert call(Shop(3).sells, "2") == (6, 6, [3, 6])
    assert call(Shop(3).sells_async, 2) == 6


def test_class_methods_are_flows_and_tasks(call):
    class Corner(Shop):
        pass

    assert call(Shop.sells_named, "x") == (("Shop", "x"),) * 3
    assert call(Corner.sells_named, "x") == (("Corner", "x"),) * 3
    assert call(Corner(1).sells_named, "x") == (("Corner", "x"),) * 3


def test_static_methods_are_flows_and_tasks(call):
    assert call(Shop.sells_twice, 2) == (4, 4, 4)
    assert call(Shop(1).sells_twice, 2) == (4, 4, 4)


def test_a_method_with_other_settings_is_the_method_of_the_object_still(call):
    cost = Shop(3).cost.with_options(name="price")
    assert cost.name == "price"

    @flow
    def main():
        return cost(2)

    assert call(main) == 6


def test_a_static_method_can_be_found_again_and_an_objects_method_cannot(db, call, the_run):
    call(Shop.sells_twice, 1)
    assert queries.get_origin(db, the_run().id).entrypoint.endswith(":Shop.sells_twice")
    call(Shop(1).sells, 1)
    assert queries.get_origin(db, the_run("sells").id).entrypoint is None


# Other settings


@both
def test_with_options_changes_what_is_named_and_keeps_the_rest(call, is_async):
    @task(name="first", tags=["a"], retries=2)
    def works():
        return runtime.task_run.task_name

    @flow(name="main", retries=3, version="1")
    def main():
        return works.with_options(name="second")(), works()

    assert call(main) == ("second", "first")
    assert works.with_options(name="second").retries == 2
    assert works.with_options(retries=0).tags == {"a"}
    other = main.with_options(version="2")
    assert (other.version, other.retries, other.name, main.version) == ("2", 3, "main", "1")
    assert call(other) == ("second", "first")


def test_parameters_are_taken_as_they_are_without_validation(call):
    @flow(validate_parameters=False)
    def main(number: int, other: int = 2):
        return number, other

    assert call(main, "text") == ("text", 2)


def test_a_flow_that_persists_nothing_is_executed_again_as_a_child(call):
    made = []

    @flow(persist_result=False)
    def child():
        made.append(1)

    @flow(retries=1)
    def parent():
        child()
        if len(made) == 1:
            raise ValueError

    call(parent)
    assert made == [1, 1]


# What flows return


@both
@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        (lambda: [Completed(data=1), Completed(data=2)], "Completed", "All states completed."),
        (lambda: {"a": Completed(), "b": Failed()}, "Completed", None),
        (lambda: [[Failed()]], "Completed", None),
        (lambda: {Failed("one"), Failed("another")}, "Failed", "2/2 states failed."),
        (lambda: (Completed(), Failed(), Failed()), "Failed", "2/3 states failed."),
        (lambda: [Failed(), Cancelled()], "Cancelled", "1/2 states cancelled."),
        (lambda: [Completed(), Running()], "Failed", "1/2 states are not final."),
        (lambda: [Failed(), 1], "Completed", None),
        (list, "Completed", None),
        (dict, "Completed", None),
    ],
    ids=["completed", "dict", "nested", "set", "failed", "cancelled", "running", "mixed", "empty-list", "empty-dict"],
)
def test_states_that_a_flow_returns_decide_its_own(call, is_async, value, name, message):
    @flow
    def main():
        return value()

    @flow
    async def main_async():
        return value()

    state = call(main_async if is_async else main, return_state=True)
    assert (state.name, state.message) == (name, message)


@task
def works(number=7):
    return number


@task
def fails():
    raise KeyError("gone")


@both
def test_futures_that_a_flow_returns_decide_its_state(call, is_async):
    @flow
    def main(body):
        return body()

    @flow
    async def main_async(body):
        return body()

    main = main_async if is_async else main
    assert [each.result() for each in call(main, lambda: [works.submit(1), works.submit(2)])] == [1, 2]
    assert [each.result() for each in call(main, lambda: works.map([1, 2]))] == [1, 2]
    assert {key: each.result() for key, each in call(main, lambda: {"a": works.submit(1)}).items()} == {"a": 1}
    assert [each.name for each in call(main, lambda: [works.submit(), fails.submit()])] == ["Completed", "Failed"]
    assert call(main, lambda: {"a": fails.submit()})["a"].name == "Failed"
    assert call(main, lambda: [works.submit(3), 1])[0].result() == 3


def test_states_without_an_exception_raise_what_they_say(call):
    @flow
    def main(state: object):
        return [state]

    for state, error in ((Failed("No paper"), FailedRun), (Cancelled("No paper"), CancelledRun)):
        found = call(main, quote(state), return_state=True)
        with pytest.raises(error, match="No paper"):
            found.result()


# Generators


@task
def counts(to):
    yield from range(to)
    return "all"


@task
async def counts_async(to):
    for number in range(to):
        await asyncio.sleep(0)
        yield number


@task
def breaks_off():
    yield 1
    raise ValueError("no more")


@task
async def breaks_off_async():
    yield 1
    raise ValueError("no more")


@flow
def flow_counts(to: int):
    for number in range(to):
        yield works(number)


@flow
async def flow_counts_async(to: int):
    for number in range(to):
        yield works(number)


async def gather(values):
    return [each async for each in values]


@both
def test_a_task_may_yield(db, call, the_run, is_async):
    @flow
    def main():
        return list(counts(3))

    @flow
    async def main_async():
        return [each async for each in counts_async(3)]

    assert call(main_async if is_async else main) == [0, 1, 2]
    (run,) = queries.get_task_runs(db, the_run().id)
    assert run.state.name == "Completed"
    assert results.decode(queries.get_result(db, run.id)) == [0, 1, 2]


def test_what_a_task_that_yields_returns_and_is_sent_goes_through(call):
    @task
    def doubles():
        got = yield 1
        while got is not None:
            got = yield got * 2
        return "end"

    @flow
    def main():
        values = doubles()
        found = [next(values), values.send(4), values.send(5)]
        try:
            next(values)
        except StopIteration as stop:
            return [*found, stop.value]

    assert call(main) == [1, 8, 10, "end"]


@both
def test_a_task_that_raises_while_it_yields_is_failed(db, call, the_run, is_async):
    @flow
    def main():
        return list(breaks_off())

    @flow
    async def main_async():
        return [each async for each in breaks_off_async()]

    with pytest.raises(ValueError, match="no more"):
        call(main_async if is_async else main)
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (run.state.name, run.state.message) == ("Failed", "ValueError: no more")


def test_a_task_of_which_no_more_is_asked_is_completed_without_a_result(db, call, the_run):
    @flow
    def main():
        values = counts(3)
        first = next(values)
        values.close()
        return first

    assert call(main) == 0
    (run,) = queries.get_task_runs(db, the_run().id)
    assert run.state.name == "Completed"
    assert queries.get_result(db, run.id) is None


@both
def test_a_submitted_task_that_yields_gives_a_list(call, is_async):
    @flow
    def main():
        return (counts_async if is_async else counts).submit(3).result()

    assert call(main) == [0, 1, 2]


@both
def test_outside_a_flow_a_task_may_yield(is_async):
    found = asyncio.run(gather(counts_async(2))) if is_async else list(counts(2))
    assert found == [0, 1]


@both
def test_a_flow_may_yield(db, the_run, is_async):
    found = asyncio.run(gather(flow_counts_async(3))) if is_async else list(flow_counts("3"))
    assert found == [0, 1, 2]
    assert the_run().state.name == "Completed"
    assert len(queries.get_task_runs(db, the_run().id)) == 3


def test_between_values_nothing_is_running(db):
    values = flow_counts(2)
    next(values)
    assert runtime.flow_run.id is None
    values.close()
    (run,) = queries.list_flow_runs(db)
    assert run.state.name == "Completed"


def test_a_flow_that_raises_while_it_yields_is_failed(the_run):
    @flow
    def main():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(main())
    assert the_run().state.name == "Failed"


made: list[int] = []


@task
def yields_once():
    made.append(1)
    yield from "ab"


@flow
def suspends():
    first = list(yields_once())
    pause_flow_run(timeout=30, reschedule=True)
    return first


def test_what_a_task_yielded_is_kept(db, the_run):
    made.clear()
    with pytest.raises(FlowRunSuspended):
        suspends()
    resume_flow_run(the_run().id)
    claims.claim(db, liveness.current(db), 1, "tester")
    assert drive(run_again(suspends, db, the_run().id)).result() == ["a", "b"]
    assert made == [1]
