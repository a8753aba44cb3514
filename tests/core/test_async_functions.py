"""Functions that a flow or task has may be async, in sync code too, or are refused where they are given."""

import asyncio
import functools

import pytest

from holdfast import flow, runtime, task
from holdfast.cache_policies import INPUTS, CachePolicy
from holdfast.exceptions import InvalidFlow
from holdfast.store import queries

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


class _Called:
    def __init__(self, function):
        self._function = function

    async def __call__(self, *args, **kwargs):
        await asyncio.sleep(0)
        return self._function(*args, **kwargs)


def as_async_def(function):
    async def called(*args, **kwargs):
        await asyncio.sleep(0)
        return function(*args, **kwargs)

    return called


def as_partial(function):
    async def called(_given, *args, **kwargs):
        return function(*args, **kwargs)

    return functools.partial(called, "given")


def as_lambda(function):
    called = as_async_def(function)
    return lambda *args, **kwargs: called(*args, **kwargs)


each_kind = pytest.mark.parametrize(
    "made", [as_async_def, as_partial, _Called, as_lambda], ids=["def", "partial", "object", "lambda"]
)


def a_task(function, is_async, **settings):
    """A task that calls ``function``."""

    async def works_async(x=1):
        return function(x)

    def works(x=1):
        return function(x)

    return task(name="works", **settings)(works_async if is_async else works)


def a_flow(calls, is_async, **settings):
    """A flow that makes calls of a task, with ``return_state``."""

    async def main_async(y=3):
        return [(await each(return_state=True)).name for each in calls]

    def main(y=3):
        return [each(return_state=True).name for each in calls]

    return flow(name="main", **settings)(main_async if is_async else main)


def fails(_):
    tries.append(1)
    raise ValueError("no")


tries: list[int] = []


@pytest.fixture(autouse=True)
def no_tries():
    tries.clear()


@both
@each_kind
@pytest.mark.parametrize("answer", [True, False])
def test_an_async_retry_condition_is_asked(call, is_async, made, answer):
    seen = []

    def condition(of, run, state):
        seen.append((of.name, run.attempt, state.name, runtime.task_run.task_name))
        return answer

    works = a_task(fails, is_async, retries=1, retry_condition_fn=made(condition))
    call(a_flow([works], is_async))
    assert seen == [("works", 1, "Failed", "works")]
    assert len(tries) == (2 if answer else 1)


@both
def test_a_retry_condition_that_raises_is_told_of_and_is_a_no(call, db, the_run, is_async):
    async def condition(*_):
        raise LookupError("broken condition")

    call(a_flow([a_task(fails, is_async, retries=1, retry_condition_fn=condition)], is_async))
    assert len(tries) == 1
    assert any("broken condition" in line.message for line in queries.get_logs(db, the_run().id))


@both
@each_kind
def test_async_functions_name_runs_and_know_them(call, db, the_run, is_async, made):
    of_task = made(lambda: f"{runtime.flow_run.name}/{runtime.task_run.task_name}/{runtime.task_run.parameters['x']}")
    of_flow = made(lambda: f"{runtime.flow_run.flow_name}-{runtime.flow_run.parameters['y']}")
    works = a_task(lambda x: x, is_async, task_run_name=of_task)
    call(a_flow([works], is_async, flow_run_name=of_flow))
    assert the_run().name == "main-3"
    assert [each.name for each in queries.get_task_runs(db, the_run().id)] == ["main-3/works/1"]


@both
def test_a_name_function_may_call_tasks_and_ask_for_the_deployment(call, db, the_run, is_async):
    plain = a_task(lambda x: (runtime.task_run.task_name, x), False)
    of_flow = lambda: f"{'-'.join(map(str, plain(x=7)))}-{runtime.deployment.name}"  # noqa: E731 - like the others
    works = a_task(lambda x: x, is_async, task_run_name=lambda: f"{runtime.task_run.id == runtime.flow_run.id}")
    call(a_flow([works], is_async, flow_run_name=of_flow))
    assert the_run().name == "works-7-None"
    assert [each.name for each in queries.get_task_runs(db, the_run().id)] == ["False"]


@both
def test_an_async_name_function_may_take_the_parameters(call, the_run, is_async):
    async def named(parameters):
        return f"named-{parameters['y']}"

    call(a_flow([], is_async, flow_run_name=named))
    assert the_run().name == "named-3"


@both
def test_what_a_name_function_raises_reaches_the_caller(call, is_async):
    async def named():
        raise LookupError("no name")

    with pytest.raises(LookupError, match="no name"):
        call(a_flow([], is_async, flow_run_name=named))


def test_an_async_name_function_has_to_give_a_text(call):
    async def named():
        return 3

    with pytest.raises(InvalidFlow, match="flow_run_name returned 3"):
        call(a_flow([], False, flow_run_name=named))


def test_a_task_outside_a_flow_is_named_by_an_async_function(call):
    works = a_task(lambda _: runtime.task_run.name, False, task_run_name=as_async_def(lambda: "named"))
    assert works() == "named"


@both
@each_kind
def test_an_async_cache_key_function_says_the_key(call, is_async, made):
    keys = []

    def key(context, inputs):
        keys.append((context.task.name, inputs, runtime.task_run.task_name))
        return "the same"

    works = a_task(tries.append, is_async, cache_key_fn=made(key))
    assert call(a_flow([works, works], is_async)) == ["Completed", "Cached"]
    assert keys == [("works", {"x": 1}, "works")] * 2
    assert len(tries) == 1


@both
def test_async_cache_keys_are_added_to_others(call, is_async):
    policy = INPUTS + CachePolicy.from_cache_key_fn(as_async_def(lambda *_: "key"))
    works = a_task(tries.append, is_async, cache_policy=policy)
    assert call(a_flow([works, works], is_async)) == ["Completed", "Cached"]


@both
def test_an_async_cache_key_function_that_raises_is_told_of(call, db, the_run, is_async):
    async def key(*_):
        raise LookupError("no key")

    works = a_task(tries.append, is_async, cache_key_fn=key)
    assert call(a_flow([works], is_async)) == ["Completed"]
    assert any("no key" in line.message for line in queries.get_logs(db, the_run().id))


@both
@each_kind
def test_async_hooks_of_every_kind_are_awaited(call, is_async, made):
    seen = []
    hook = made(lambda _of, _run, state: seen.append(state.name))
    works = a_task(lambda x: x, is_async, on_running=[hook], on_completion=[hook])
    call(a_flow([works], is_async, on_running=[hook], on_completion=[hook]))
    assert seen == ["Running", "Running", "Completed", "Completed"]


async def async_function(*_):
    """An async function."""


def yielding_function(*_):
    yield


@pytest.mark.parametrize(
    ("decorator", "setting", "given", "message"),
    [
        (task, "retry_delay_seconds", async_function, "retry_delay_seconds is an async function"),
        (flow, "retry_delay_seconds", async_function, "retry_delay_seconds is an async function"),
        (task, "retry_delay_seconds", functools.partial(async_function, 1), "retry_delay_seconds is an async function"),
        (task, "retry_delay_seconds", _Called(async_function), "retry_delay_seconds is an async function"),
        (task, "retry_condition_fn", yielding_function, "retry_condition_fn got .* which yields"),
        (task, "retry_condition_fn", "no function", "retry_condition_fn got 'no function', which is not a function"),
        (task, "cache_key_fn", yielding_function, "cache_key_fn got .* which yields"),
        (task, "task_run_name", yielding_function, "task_run_name got .* which yields"),
        (flow, "flow_run_name", 3, "flow_run_name got 3, which is not a function"),
        (flow, "on_completion", [yielding_function], "on_completion got .* which yields"),
        (flow, "on_failure", async_function, "on_failure is .*; it must be a list of functions"),
        (task, "on_running", ["no function"], "on_running got 'no function', which is not a function"),
    ],
)
def test_what_cannot_be_called_is_refused_where_it_is_given(decorator, setting, given, message):
    with pytest.raises(InvalidFlow, match=message):
        decorator(**{setting: given})(lambda: None)


def test_a_future_refuses_an_async_callback():
    future = a_task(lambda x: x, False).submit()
    with pytest.raises(TypeError, match="async function"):
        future.add_done_callback(async_function)
    future.wait()
