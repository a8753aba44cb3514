"""Runs that are made from deployments: their tags, how they are listed, what becomes of them, and deleting."""

import asyncio

import anyio
import pytest

from holdfast import (
    delete_deployment,
    flow,
    get_flow_run,
    list_flow_runs,
    pause_deployment,
    run_deployment,
    runtime,
    tags,
    task,
    wait_for_flow_run,
)
from holdfast.deployments import get_deployment, list_deployments
from holdfast.engine.deployment_actions import schedule_due
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.liveness import register
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import DeploymentNotFound, MissingResult
from holdfast.records import HostKind
from holdfast.states import Completed, named
from holdfast.store import claims, deployments, queries, runs


@flow
def plain(number: int = 0):
    return number


@flow
def other():
    return "other"


@task
def tells():
    of = runtime.deployment
    return of.id, of.name, of.parameters, of.flow_run_id, runtime.task_run.tags, runtime.flow_run.tags


@flow
def child():
    return runtime.deployment.id


@flow
def told(number: int = 0):
    return *tells(), child()


@flow
async def told_async(number: int = 0):
    return *tells(), child()


def make(of=plain, name="d", **plan):
    return of.to_deployment(name, **plan).apply()


def start(name="d", **options):
    return run_deployment(name, timeout=0, **options)


def begin(db):
    """Take the runs that are due as a worker does, and begin to execute them; give their ids."""
    taken = claims.claim(db, register(db, HostKind.WORKER), 100, "worker")
    for run_id in taken:
        assert runs.enter(db, run_id.hex, register(db, HostKind.CHILD), "worker")
    return taken


def execute(db, run_id, of):
    """Execute a run that is due, as a worker's process does."""
    claims.claim(db, register(db, HostKind.WORKER), 100, "worker")
    logic = run_again(of, db, run_id)
    return anyio.run(adrive, logic) if of.is_async else drive(logic)


def outcome_of(is_async, read, *args, **kwargs):
    async def awaited():
        return await read(*args, **kwargs)

    return asyncio.run(awaited()) if is_async else read(*args, **kwargs)


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


# Tags


def test_a_run_has_the_tags_of_its_deployment(db):
    make(tags=["b", "a"])
    assert start().tags == {"a", "b"}


def test_a_run_of_a_deployment_without_tags_has_none(db):
    make()
    assert start().tags == frozenset()


def test_a_run_has_the_tags_in_force_and_those_given_too(db):
    make(tags=["deployed"])
    with tags("around"):
        assert start(tags=["given"]).tags == {"deployed", "around", "given"}


def test_a_scheduled_run_has_the_tags_of_its_deployment(db):
    made = make(tags=["a"], interval="1h")
    (run_id,) = schedule_due(db, made.next_due)
    assert get_flow_run(run_id).tags == {"a"}


# What its code sees


@pytest.mark.parametrize("of", [told, told_async], ids=["sync", "async"])
def test_a_run_and_a_child_in_its_process_know_its_deployment(db, of):
    made = make(of, tags=["a"], parameters={"number": 3})
    run = start(parameters={"number": 4})
    assert execute(db, run.id, of).is_completed()
    found = (str(made.id), "d", {"number": 4}, str(run.id), ["a"], ["a"], str(made.id))
    assert get_flow_run(run.id).state.result() == found


def test_a_run_whose_deployment_was_deleted_knows_it_still(db):
    make(parameters={"number": 3}, of=told)
    run = start()
    claims.claim(db, register(db, HostKind.WORKER), 100, "worker")
    delete_deployment("d")
    drive(run_again(told, db, run.id))
    assert get_flow_run(run.id).state.result()[1:3] == ("d", {"number": 3})


# Lists


@both
def test_runs_are_listed_by_their_tags(db, is_async):
    make(tags=["a", "b"])
    make(name="e", tags=['a"b'])
    of_d, of_e = start(), start("e")
    plain()

    def listed(*wanted):
        return {each.id for each in outcome_of(is_async, list_flow_runs, tags=wanted)}

    assert listed("a") == listed("b", "a") == {of_d.id}
    assert listed('a"b') == {of_e.id}
    assert listed("A") == listed("a", "c") == listed('"') == set()


def test_a_text_is_no_list_of_tags(db):
    with pytest.raises(ValueError, match="list of tags"):
        list_flow_runs(tags="nightly")


@both
def test_runs_are_listed_by_their_deployment(db, is_async):
    made = make()
    make(other)
    run = start("plain/d")
    start("other/d")
    for reference in ("plain/d", made.id, str(made.id)):
        assert [each.id for each in outcome_of(is_async, list_flow_runs, deployment=reference)] == [run.id]
    with pytest.raises(DeploymentNotFound):
        outcome_of(is_async, list_flow_runs, deployment="nope")


# Results


@both
def test_a_result_that_was_not_stored_is_missing_not_none(db, is_async):
    make()
    run = start(idempotency_key="k")
    begin(db)
    runs.finish(db, run.id.hex, Completed(), None, "worker")
    for read in (
        lambda: run_deployment("d", idempotency_key="k"),
        lambda: get_flow_run(run.id),
        lambda: wait_for_flow_run(run.id),
    ):
        with pytest.raises(MissingResult, match="was not stored"):
            outcome_of(is_async, read).state.result()


# Deleting


def test_a_deleted_deployment_is_gone(db):
    made = make(interval="1h")
    make(other)
    assert delete_deployment("plain/d") == made
    assert [each.full_name for each in list_deployments()] == ["other/d"]
    for use in (get_deployment, delete_deployment, pause_deployment, run_deployment):
        for reference in ("plain/d", made.id):
            with pytest.raises(DeploymentNotFound):
                use(reference)
    assert schedule_due(db, made.next_due) == []


def test_a_deployment_of_the_same_name_may_be_made_again(db):
    first = make(interval="1h", limit=1)
    delete_deployment("d")
    second = make()
    assert second.id != first.id
    assert (second.schedules, second.limit) == ((), None)
    assert get_deployment("d") == second


def test_runs_of_a_deleted_deployment_that_have_not_begun_are_cancelled(db):
    make()
    run = start()
    delete_deployment("d")
    state = get_flow_run(run.id).state
    assert (state.name, state.message) == ("Cancelled", "Its deployment was deleted.")


@pytest.mark.parametrize("state", ["Running", "Suspended", "Completed", "AwaitingRetry"])
def test_runs_of_a_deleted_deployment_that_have_begun_stay_as_they_are(db, state):
    made = make(limit=1)
    run = start()
    begin(db)
    if state == "AwaitingRetry":
        runs.set_state(db, run.id.hex, named("Failed"), "worker")
    if state != "Running":
        runs.set_state(db, run.id.hex, named(state), "worker")
    delete_deployment("d")
    assert get_flow_run(run.id).state.name == state
    assert get_flow_run(run.id).deployment_id == made.id
    assert deployments.get(db, made.id) == made


def test_who_looked_before_it_was_deleted_starts_nothing(db):
    made = make()
    delete_deployment("d")
    new = deployments.NewDeployedRun(made.id, "late", due_at=0, parameters=b"J{}")
    with pytest.raises(DeploymentNotFound):
        deployments.start(db, new, "somebody")
    with pytest.raises(DeploymentNotFound):
        deployments.delete(db, made.id, "somebody")
    assert queries.list_flow_runs(db) == []


# When its caller is tried again

tries: list[str] = []


@flow
def fails_once():
    tries.append("try")
    if len(tries) == 1:
        raise ValueError
    return "done"


def test_a_called_run_that_failed_is_executed_again_when_its_caller_is_tried_again(db, start, feed):
    @flow(retries=1)
    def caller():
        return run_deployment("d").state.result()

    make(fails_once)
    calling = start(caller)
    run_id = feed.until_state("Scheduled").flow_run_id
    assert execute(db, run_id, fails_once).name == "Failed"
    feed.until("state", after="AwaitingRetry", flow_run_id=run_id)
    assert execute(db, run_id, fails_once).name == "Completed"
    assert calling.result() == "done"
