"""The user's own examples, with holdfast in the place of prefect."""

from __future__ import annotations

import pytest

from holdfast import flow, get_run_logger, pause_flow_run, resume_flow_run, suspend_flow_run, task
from holdfast.context import get_run_context
from holdfast.exceptions import FlowPauseTimeout, InvalidAnswerError
from holdfast.input import RunInput
from holdfast.states import StateType
from holdfast.store import queries


@task
async def marvin_setup():
    return "a raft of ducks walk into a bar..."


@task
async def marvin_punchline():
    return "it's a wonder none of them ducked!"


@flow
async def inspiring_joke():
    await marvin_setup()
    await pause_flow_run(timeout=600)  # pauses for 10 minutes
    await marvin_punchline()


@task
def task_one():
    for i in range(3):
        print(i)


@task
def task_none():
    raise ValueError("nothing works")


@flow(log_prints=True)
def my_flow(first: object = task_one, timeout: float = 2):
    terminal_state = first.submit(return_state=True)  # type: ignore[attr-defined]
    if terminal_state.type == StateType.COMPLETED:
        print("Task one succeeded! Pausing flow run..")
        pause_flow_run(timeout=timeout)
    else:
        print("Task one failed. Skipping pause flow run..")


class UserNameInput(RunInput):
    name: str


@flow(log_prints=True)
async def greet_user():
    user_input = await pause_flow_run(wait_for_input=UserNameInput)

    print(f"Hello, {user_input.name}!")


def messages(db, run):
    return [each.message for each in queries.get_logs(db, run.id)]


def test_the_joke_stands_still_after_its_set_up(db, start, feed, the_run):
    telling = start(inspiring_joke)
    feed.until("opened")
    assert [each.task_name for each in queries.get_task_runs(db, the_run().id)] == ["marvin_setup"]
    resume_flow_run(the_run().id)
    telling.result()
    assert [each.task_name for each in queries.get_task_runs(db, the_run().id)] == ["marvin_setup", "marvin_punchline"]


def test_the_flow_pauses_when_its_task_succeeded(db, call, person, the_run):
    person.answers()
    call(my_flow, timeout=600)
    assert "Task one succeeded! Pausing flow run.." in messages(db, the_run())
    assert {"0", "1", "2"} <= set(messages(db, the_run()))


def test_the_flow_does_not_pause_when_its_task_failed(db, call, the_run):
    call(my_flow, task_none)
    assert "Task one failed. Skipping pause flow run.." in messages(db, the_run())
    assert queries.get_waits(db, the_run().id) == []


def test_the_flow_fails_when_nobody_resumes_it(call, the_run):
    with pytest.raises(FlowPauseTimeout):
        call(my_flow, timeout=0.05)
    assert the_run().state.message == "Flow run was paused and never resumed."


def test_the_user_is_greeted(db, call, person, the_run, capsys):
    person.answers({"name": "Marvin"})
    call(greet_user)
    assert messages(db, the_run())[-1] == "Hello, Marvin!"
    assert "Hello, Marvin!\n" in capsys.readouterr().out


def test_the_user_is_asked_again_when_the_name_is_missing(db, call, person, the_run):
    def act(event):
        with pytest.raises(InvalidAnswerError, match="name"):
            resume_flow_run(event.flow_run_id, run_input={})
        return resume_flow_run(event.flow_run_id, run_input={"name": "Marvin"})

    person.when_asked(act)
    call(greet_user)
    assert messages(db, the_run())[-1] == "Hello, Marvin!"


def test_the_seeds_names_are_all_there():
    for each in (get_run_context, get_run_logger, suspend_flow_run):
        assert callable(each)
