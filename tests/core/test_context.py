"""What the running code can know of its run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from holdfast import flow, get_task_runs, task
from holdfast.context import FlowRunContext, TaskRunContext, get_run_context
from holdfast.exceptions import OutsideFlowRun
from holdfast.store import queries


@task
def works():
    return 1


@task
def breaks():
    raise ZeroDivisionError


def test_the_context_knows_the_run(call, the_run):
    @flow(name="known")
    def looks(number: int):
        context = get_run_context()
        assert isinstance(context, FlowRunContext)
        return context.flow_run_id, context.flow_run_name, context.flow.name, context.parameters

    run_id, name, flow_name, parameters = call(looks, "3")
    assert (run_id, name) == (the_run().id, the_run().name)
    assert (flow_name, parameters) == ("known", {"number": 3})


def test_async_runs_at_once_each_have_their_own_context(call):
    @flow
    async def looks():
        before = get_run_context().flow_run_id
        await asyncio.sleep(0)
        return before == get_run_context().flow_run_id, before

    async def all_of_them():
        return await asyncio.gather(*(looks() for _ in range(10)))

    found = call(all_of_them)
    assert all(same for same, _ in found)
    assert len({run_id for _, run_id in found}) == 10


def test_inside_a_task_the_context_is_the_tasks(call, db, the_run):
    @task
    def looks(number):
        context = get_run_context()
        return context.task_run_id, context.task_run_name, context.parameters, context.flow_run.flow_run_id

    @flow
    def calls():
        return looks(5)

    run_id, name, parameters, flow_run_id = call(calls)
    (found,) = queries.get_task_runs(db, the_run().id)
    assert (run_id, name) == (found.id, found.name)
    assert (parameters, flow_run_id) == ({"number": 5}, the_run().id)


def test_after_a_task_the_context_is_the_flows_again(call):
    @flow
    def looks():
        before = get_run_context()
        works()
        with pytest.raises(ZeroDivisionError):
            breaks()
        return before is get_run_context()

    assert call(looks)


def test_outside_a_run_there_is_no_context():
    with pytest.raises(OutsideFlowRun, match="only inside a flow or task"):
        get_run_context()


def test_inside_a_child_the_context_is_the_childs(call, db):
    @flow
    def looks():
        return get_run_context().flow_run_id

    @flow
    def outer():
        return get_run_context().flow_run_id, looks(), get_run_context().flow_run_id

    before, inside, after = call(outer)
    only, root = queries.list_flow_runs(db)
    assert (before, inside, after) == (root.id, only.id, root.id)


def test_the_context_names_the_run_as_prefects_does(call, the_run):
    @task
    def works():
        here = get_run_context()
        assert (here.task_run.flow_run_id, here.task_run.run_count) == (here.flow_run.id, here.flow_run.run_count)
        return here.task_run.id, here.task_run.name, here.flow_run.id, here.start_time

    @flow
    def main():
        here = get_run_context()
        return here.flow_run.id, here.flow_run.name, here.start_time, works()

    before = datetime.now(UTC)
    run_id, name, start, (task_run_id, task_run_name, of, task_start) = call(main)
    stored = get_task_runs(run_id)[0]
    assert (run_id, name, of) == (the_run().id, the_run().name, the_run().id)
    assert (task_run_id, task_run_name) == (stored.id, stored.name)
    assert before <= start <= task_start <= datetime.now(UTC)


def test_each_kind_of_context_gets_its_innermost(call):
    @task
    def inside():
        return FlowRunContext.get().flow.name, TaskRunContext.get().task.name

    @flow
    def main():
        return inside(), FlowRunContext.get().flow.name, TaskRunContext.get()

    assert call(main) == (("main", "inside"), "main", None)
    assert (FlowRunContext.get(), TaskRunContext.get()) == (None, None)


def test_a_task_outside_a_flow_is_of_no_flow_run():
    @task
    def looks():
        here = get_run_context()
        return here.task_run.flow_run_id, here.flow_run, here.task_run.run_count

    assert looks() == (None, None, 1)
