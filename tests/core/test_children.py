"""Nested flow calls are child runs."""

from __future__ import annotations

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run, task
from holdfast.exceptions import ParameterError
from holdfast.store import queries


@flow
def child(number: int = 1):
    return number * 2


@flow
async def child_async(number: int = 1):
    return number * 2


@flow
def parent(*numbers: int):
    return [child(number) for number in numbers]


@flow
async def parent_async(*numbers: int):
    return [await child_async(number) for number in numbers]


both = pytest.mark.parametrize("parent", [parent, parent_async], ids=["sync", "async"])


@pytest.fixture
def tree(db):
    """The root run, and its children in order."""

    def find():
        (root,) = [each for each in queries.list_flow_runs(db) if each.parent_id is None]
        return root, queries.get_children(db, root.id)

    return find


@both
def test_a_flow_called_in_a_flow_is_a_child_run(call, parent, tree):
    assert call(parent, 1, 2) == [2, 4]
    root, children = tree()
    assert [each.parent_id for each in children] == [root.id] * 2
    assert [each.root_id for each in children] == [root.id] * 2
    assert {each.state.name for each in (root, *children)} == {"Completed"}


def test_a_sync_flow_may_be_called_in_an_async_one(call, tree):
    @flow
    async def mixes():
        return child(3)

    assert call(mixes) == 6
    assert len(tree()[1]) == 1


def test_grandchildren_know_their_root(db, call, tree):
    @flow
    def outer():
        return parent(1)

    call(outer)
    root, (between,) = tree()
    (grandchild,) = queries.get_children(db, between.id)
    assert (grandchild.parent_id, grandchild.root_id) == (between.id, root.id)


def test_a_flow_called_in_a_task_is_a_child_of_the_tasks_run(call, tree):
    @task
    def calls():
        return child(4)

    @flow
    def outer():
        return calls(), calls.submit().result()

    assert call(outer) == (8, 8)
    assert len(tree()[1]) == 2


@both
def test_a_child_that_fails_raises_in_its_parent(call, parent, tree):
    @flow
    def breaks():
        raise ZeroDivisionError

    @flow
    def outer():
        with pytest.raises(ZeroDivisionError):
            breaks()
        return "caught"

    assert call(outer) == "caught"
    root, (broken,) = tree()
    assert (root.state.name, broken.state.name) == ("Completed", "Failed")


def test_a_child_that_fails_fails_its_parent_unless_caught(call, tree):
    @flow
    def breaks():
        raise ZeroDivisionError

    @flow
    def outer():
        breaks()

    assert isinstance(call(outer, return_state=True).data, ZeroDivisionError)
    assert tree()[0].state.name == "Failed"


def test_a_childs_state_can_be_had_instead_of_its_result(call):
    @flow
    def outer():
        return child(3, return_state=True).name

    assert call(outer) == "Completed"


def test_a_child_with_a_bad_parameter_is_recorded_as_a_failed_child(call, tree):
    @flow
    def outer():
        with pytest.raises(ParameterError, match="number"):
            child("many")
        return "caught"

    assert call(outer) == "caught"
    root, (rejected,) = tree()
    assert (rejected.state.name, rejected.parent_id) == ("Failed", root.id)


def test_several_children_with_bad_parameters_are_each_recorded(call, tree):
    @flow
    def outer():
        return [child("many", return_state=True).name for _ in range(2)]

    assert call(outer) == ["Failed", "Failed"]
    assert len(tree()[1]) == 2


def test_tasks_of_a_child_are_its_own(db, call, tree):
    @task
    def works():
        return 1

    @flow
    def inner():
        return works()

    @flow
    def outer():
        return inner() + works()

    call(outer)
    root, (only,) = tree()
    assert len(queries.get_task_runs(db, root.id)) == len(queries.get_task_runs(db, only.id)) == 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_pausing_in_a_child_pauses_the_child(db, start, feed, tree, is_async):
    @flow
    def asks():
        return pause_flow_run(wait_for_input=int)

    @flow
    async def asks_async():
        return await pause_flow_run(wait_for_input=int)

    @flow
    def outer():
        return asks()

    @flow
    async def outer_async():
        return await asks_async()

    running = start(outer_async if is_async else outer)
    feed.until("opened")
    root, (paused,) = tree()
    assert (root.state.name, paused.state.name) == ("Running", "Paused")
    resume_flow_run(paused.id, 3)
    assert running.result() == 3


def test_waits_of_a_child_are_counted_by_themselves(db, call, person, tree):
    @flow
    def asks():
        return pause_flow_run(wait_for_input=int)

    @flow
    def outer():
        return pause_flow_run(wait_for_input=int), asks()

    for nth in (1, 2):
        person.answers(nth, nth=nth)
    assert call(outer) == (1, 2)
    root, (only,) = tree()
    assert [queries.get_waits(db, each.id)[0].key for each in (root, only)] == ["1", "1"]
