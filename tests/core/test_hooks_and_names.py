"""Hooks, run names, tags, prints and ``holdfast.runtime`` of flows and tasks."""

from __future__ import annotations

import threading

import pytest

from holdfast import cancel_flow_run, flow, get_run_logger, runtime, tags, task
from holdfast.context import FlowRunContext, TaskRunContext, get_run_context
from holdfast.exceptions import InvalidFlow, OutsideFlowRun
from holdfast.store import queries

both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def seen_by(seen, word, is_async):
    def hook(of, run, state):
        seen.append((word, of.name, run.name, state.name, get_run_context() is not None))

    async def hook_async(of, run, state):
        hook(of, run, state)

    return hook_async if is_async else hook


def all_hooks(seen, is_async, words):
    return {f"on_{word}": [seen_by(seen, word, is_async)] for word in words}


TASK_HOOKS = ("completion", "failure", "running")
FLOW_HOOKS = (*TASK_HOOKS, "cancellation", "crashed")


@both
@pytest.mark.parametrize("hook_is_async", [False, True], ids=["sync-hook", "async-hook"])
@pytest.mark.parametrize("fails", [False, True], ids=["completes", "fails"])
def test_a_tasks_hooks_are_called_for_what_becomes_of_it(call, is_async, hook_is_async, fails):
    seen = []

    def body():
        if fails:
            raise ValueError

    @task(name="works", task_run_name="run", retries=1, **all_hooks(seen, hook_is_async, TASK_HOOKS))
    def works():
        body()

    @task(name="works", task_run_name="run", retries=1, **all_hooks(seen, hook_is_async, TASK_HOOKS))
    async def works_async():
        body()

    @flow
    def main():
        return works(return_state=True), 1

    @flow
    async def main_async():
        return await works_async(return_state=True), 1

    call(main_async if is_async else main)
    running = ("running", "works", "run", "Running", True)
    ended = ("failure", "works", "run", "Failed", True) if fails else ("completion", "works", "run", "Completed", True)
    assert seen == ([running, running, ended] if fails else [running, ended])


@both
@pytest.mark.parametrize("hook_is_async", [False, True], ids=["sync-hook", "async-hook"])
@pytest.mark.parametrize(
    ("how", "word", "state"),
    [
        ("return", "completion", "Completed"),
        ("raise", "failure", "Failed"),
        ("cancel", "cancellation", "Cancelled"),
        ("interrupt", "crashed", "Crashed"),
    ],
)
def test_a_flows_hooks_are_called_for_what_becomes_of_it(call, is_async, hook_is_async, how, word, state):
    seen = []

    @task
    def next_step():
        return None

    def body():
        if how == "raise":
            raise ValueError
        if how == "interrupt":
            raise KeyboardInterrupt
        if how == "cancel":
            cancel_flow_run(get_run_context().flow_run_id)
            next_step()

    settings = {"name": "main", "flow_run_name": "run", **all_hooks(seen, hook_is_async, FLOW_HOOKS)}

    @flow(**settings)
    def main():
        body()

    @flow(**settings)
    async def main_async():
        body() if how != "cancel" else await _cancelled(next_step_async)

    @task
    async def next_step_async():
        return None

    async def _cancelled(step):
        await cancel_flow_run(get_run_context().flow_run_id)
        await step()

    try:
        call(main_async if is_async else main, return_state=True)
    except KeyboardInterrupt:
        assert how == "interrupt"
    assert seen == [("running", "main", "run", "Running", True), (word, "main", "run", state, True)]


def test_hooks_may_be_added_as_decorators(call):
    seen = []

    @task
    def works():
        return None

    @flow
    def main():
        works()

    for each in (works.on_completion, main.on_completion):

        @each
        def hook(of, run, state):
            seen.append(of.name)

    for each in (works.on_failure, works.on_running, main.on_failure, main.on_running, main.on_cancellation):
        assert each(print) is print
    works.on_running_hooks.clear()
    main.on_running_hooks.clear()
    main.on_crashed(print)
    call(main)
    assert seen == ["works", "main"]


def test_a_hook_that_fails_changes_nothing_and_is_logged(db, call, the_run):
    def hook(of, run, state):
        raise KeyError("broken")

    @task(on_completion=[hook])
    def works():
        return 1

    @flow(on_completion=[hook])
    def main():
        return works()

    assert call(main) == 1
    assert the_run().state.name == "Completed"
    assert sum("The hook hook failed" in each.message for each in queries.get_logs(db, the_run().id)) == 2


def test_a_hook_sees_the_run_as_it_is_stored(db, call, the_run):
    seen = []

    @task(on_completion=[lambda of, run, state: seen.append(run)], tags=["a"])
    def works():
        get_run_logger().info("hello")

    @flow
    def main():
        works()

    call(main)
    (stored,) = queries.get_task_runs(db, the_run().id)
    (run,) = seen
    assert (run.id, run.flow_run_id, run.started, run.tags) == (stored.id, the_run().id, stored.started, {"a"})


# Names


@both
@pytest.mark.parametrize(
    "name",
    ["{x}-twice", lambda: "3-twice", lambda parameters: f"{parameters['x']}-twice"],
    ids=["template", "function", "of-parameters"],
)
def test_runs_are_named_by_a_template_or_function(db, call, the_run, name, is_async):
    @task(task_run_name=name)
    def works(x):
        return runtime.task_run.name

    @flow(flow_run_name=name)
    def main(x: int):
        return runtime.flow_run.name, works(x)

    @task(task_run_name=name)
    async def works_async(x):
        return runtime.task_run.name

    @flow(flow_run_name=name)
    async def main_async(x: int):
        return runtime.flow_run.name, await works_async(x)

    assert call(main_async if is_async else main, "3") == ("3-twice", "3-twice")
    assert the_run().name == "3-twice"
    assert [each.name for each in queries.get_task_runs(db, the_run().id)] == ["3-twice"]


@pytest.mark.parametrize("name", ["{y}", "{x", lambda: 3], ids=["unknown", "broken", "no-text"])
def test_a_name_that_cannot_be_made_says_why(call, name):
    @flow(flow_run_name=name)
    def main(x):
        return x

    with pytest.raises(InvalidFlow, match="flow_run_name"):
        call(main, 1)


def test_a_run_with_bad_parameters_has_a_name_all_the_same(call, the_run):
    @flow(flow_run_name="{x}")
    def main(x: int):
        return x

    with pytest.raises(TypeError):
        call(main, "no number")
    assert the_run().state.name == "Failed"


class Branch:
    name = "north"

    @flow(flow_run_name="{self.name}-{amount}")
    def pays(self, amount):
        return runtime.flow_run.name, self.owes(amount), Branch.counts()

    @task(task_run_name="{self.name}-{amount}")
    def owes(self, amount):
        return runtime.task_run.name

    @classmethod
    @task(task_run_name="{cls.__name__}")
    def counts(cls):
        return runtime.task_run.name


def test_the_template_of_a_method_may_name_its_object(call):
    assert call(Branch().pays, 3) == ("north-3", "north-3", "Branch")


def test_a_flow_made_of_a_lambda_has_a_name_that_can_be_typed(call, the_run):
    call(flow(lambda: 1))
    assert the_run().flow_name == "unknown-lambda"


def test_a_flow_without_a_version_has_a_hash_of_its_file(call, script):
    @flow
    def plain():
        return runtime.flow_run.flow_version

    assert call(plain) == plain.version == flow(lambda: 1).version
    program = script("from holdfast import flow\nprint(flow(lambda: 1).version)")
    assert program.line() not in (plain.version, "None")
    assert flow(eval("lambda: 1", {})).version is None


def test_a_flow_has_a_version(call):
    @flow(version="7")
    def main():
        return runtime.flow_run.flow_version

    assert call(main) == "7"


# Tags


@both
def test_tags_in_force_are_those_of_runs_that_begin(db, call, the_run, is_async):
    @task(tags=["own"])
    def works():
        return runtime.task_run.tags

    @task(tags=["own"])
    async def works_async():
        return runtime.task_run.tags

    @flow
    def main():
        with tags("inner") as all_tags:
            assert all_tags == {"outer", "inner"}
            return runtime.flow_run.tags, works(), works.submit().result()

    @flow
    async def main_async():
        with tags("inner"):
            return runtime.flow_run.tags, await works_async(), await works_async.submit()

    with tags("outer"):
        found = call(main_async if is_async else main)
    assert found == (["outer"], ["inner", "outer", "own"], ["inner", "outer", "own"])
    assert the_run().tags == {"outer"}
    assert {each.tags for each in queries.get_task_runs(db, the_run().id)} == {frozenset(["inner", "outer", "own"])}


def test_tags_end_with_their_block(call, the_run):
    with tags("a"):
        pass

    @flow
    def main():
        return runtime.flow_run.tags

    assert call(main) == []


# What is running


def test_outside_a_run_there_is_nothing():
    for each in (runtime.flow_run, runtime.task_run, runtime.deployment):
        assert (each.id, each.name) == (None, None)
    assert (runtime.flow_run.parameters, runtime.flow_run.tags, runtime.flow_run.run_count) == ({}, [], 0)
    assert (runtime.task_run.parameters, runtime.task_run.tags, runtime.task_run.run_count) == ({}, [], 0)
    assert (runtime.task_run.task_name, runtime.flow_run.flow_name, runtime.flow_run.flow_version) == (None,) * 3
    assert (runtime.flow_run.parent_flow_run_id, runtime.flow_run.root_flow_run_id) == (None, None)


def test_inside_a_run_there_is_all_of_it(call, db):
    @task
    def works(x):
        return runtime.task_run.task_name, runtime.task_run.parameters, runtime.flow_run.flow_name

    @flow
    def child(n: int):
        return (
            runtime.flow_run.parameters,
            runtime.flow_run.parent_flow_run_id,
            runtime.flow_run.root_flow_run_id,
            works(2),
            works.submit(3).result(),
        )

    @flow
    def parent():
        return runtime.flow_run.id, child(1)

    own, found = call(parent)
    assert found == (
        {"n": 1}, own, own, ("works", {"x": 2}, "child"), ("works", {"x": 3}, "child"),
    )  # fmt: skip


# Prints


@pytest.mark.parametrize(
    ("of_flow", "of_task", "logged"),
    [(True, None, True), (True, False, False), (False, True, True), (None, None, False)],
)
def test_a_task_logs_prints_as_it_says_or_else_as_its_flow(db, call, the_run, of_flow, of_task, logged):
    @task(log_prints=of_task)
    def prints():
        print("hello")

    @flow(log_prints=of_flow)
    def main():
        prints()

    call(main)
    assert ("hello" in [each.message for each in queries.get_logs(db, the_run().id)]) is logged


def test_a_child_logs_prints_as_it_says_or_else_as_its_parent(db, call):
    @flow
    def child():
        print("hello")

    @flow(log_prints=True)
    def parent():
        child()

    call(parent)
    (run,) = queries.list_flow_runs(db, queries.RunFilter(flow_name="child"))
    assert [each.message for each in queries.get_logs(db, run.id)] == ["hello"]


def test_context_reaches_into_threads(db, call, the_run):
    @task
    def works(n, barrier):
        barrier.wait(30)
        get_run_logger().info("from %s", runtime.task_run.id)
        return runtime.flow_run.id

    @flow
    def main():
        barrier = threading.Barrier(4)
        return {each.result() for each in [works.submit(n, barrier) for n in range(4)]}

    assert call(main) == {str(the_run().id)}
    assert len({each.task_run_id for each in queries.get_logs(db, the_run().id)}) == 4


def test_a_function_that_names_a_run_finds_its_context(call):
    def of_flow():
        here = get_run_context()
        assert FlowRunContext.get() is here
        assert TaskRunContext.get() is None
        return f"{here.flow.name} {here.parameters['n']}"

    def of_task():
        here = get_run_context()
        assert TaskRunContext.get() is here
        return f"{here.task.name} {here.parameters['x']} of {FlowRunContext.get().flow.name}"

    @task(task_run_name=of_task)
    def step(x):
        return runtime.task_run.name

    @flow(flow_run_name=of_flow)
    def main(n):
        assert get_run_context().flow_run_name == runtime.flow_run.name
        return runtime.flow_run.name, step(2)

    assert call(main, 1) == ("main 1", "step 2 of main")


def test_a_run_that_gets_its_name_has_no_log_yet(call, the_run, db):
    @task(task_run_name=lambda: get_run_logger().info("of the flow") or "named")
    def step():
        return runtime.task_run.name

    call(flow(name="main")(lambda: step()))
    (line,) = queries.get_logs(db, the_run("main").id)
    assert (line.message, line.task_run_id) == ("of the flow", None)
    with pytest.raises(OutsideFlowRun):
        call(flow(flow_run_name=lambda: get_run_logger().info("of no run") or "named")(lambda: None))


def test_a_flow_that_serves_itself_is_deployed_by_its_name(monkeypatch):
    served = []
    monkeypatch.setattr("holdfast.deployments.serve", lambda *planned, limit: served.extend(planned))
    at_the_top.serve()
    at_the_top.serve("other")
    assert [each.plan.name for each in served] == ["at-the-top", "other"]


@flow
def at_the_top():
    return 1
