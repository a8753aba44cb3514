"""Pausing: from a flow and from its tasks, with a deadline or without, and what the store has of it meanwhile."""

from __future__ import annotations

import asyncio
import signal

import pytest

from holdfast import flow, pause_flow_run, resume_flow_run
from holdfast.exceptions import FlowPauseTimeout, InvalidFlow, OutsideFlowRun
from holdfast.input import RunInput
from holdfast.records import WaitStatus
from holdfast.states import StateType
from holdfast.store import queries


class Name(RunInput):
    name: str


@flow
def pauses(**options):
    return ["went on", pause_flow_run(**options)]


@flow
async def pauses_async(**options):
    return ["went on", await pause_flow_run(**options)]


@flow
def asks(wanted, **options):
    return pause_flow_run(wait_for_input=wanted, **options)


@flow
async def asks_async(wanted, **options):
    return await pause_flow_run(wait_for_input=wanted, **options)


both_pause = pytest.mark.parametrize("pauses", [pauses, pauses_async], ids=["sync", "async"])
both_ask = pytest.mark.parametrize("asks", [asks, asks_async], ids=["sync", "async"])


def only_wait(db):
    (run,) = queries.list_flow_runs(db)
    (wait,) = queries.get_waits(db, run.id)
    return wait


@both_pause
def test_a_paused_flow_goes_on_where_it_was_when_resumed(call, person, pauses):
    person.answers()
    assert call(pauses) == ["went on", None]


@both_ask
def test_a_pause_returns_what_was_entered(call, person, asks):
    person.answers({"name": "Ana"})
    assert call(asks, Name) == Name(name="Ana")


@both_pause
def test_while_it_waits_the_run_is_paused_and_its_wait_is_open(db, start, feed, pauses):
    running = start(pauses)
    feed.until_state("Paused")
    (run,) = queries.list_flow_runs(db)
    assert (run.state.type, run.state.name) == (StateType.PAUSED, "Paused")
    assert only_wait(db).status is WaitStatus.OPEN
    resume_flow_run(run.id)
    running.result()


@both_pause
def test_the_history_of_a_pause_tells_what_happened(db, call, person, pauses, the_run):
    person.answers()
    call(pauses)
    history = [(each.kind, each.after) for each in queries.get_events(db, the_run().id)]
    assert history == [
        ("state", "Running"),
        ("opened", "Running"),
        ("state", "Paused"),
        ("decided", "Paused"),
        ("state", "Running"),
        ("state", "Completed"),
    ]


@both_ask
def test_the_question_stands_in_the_store_while_the_flow_waits(db, start, person, asks):
    def look(event):
        (wait,) = queries.inbox(db)
        assert {**wait.schema, **Name.model_json_schema()} == wait.schema
        assert wait.flow_run_id == event.flow_run_id
        return resume_flow_run(event.flow_run_id, {"name": "Ana"})

    looked = person.when_asked(look)
    start(asks, Name).result()
    looked.result()


@both_pause
def test_a_pause_waits_an_hour_by_default(db, call, person, pauses):
    person.answers()
    call(pauses)
    wait = only_wait(db)
    assert (wait.deadline - wait.opened).total_seconds() == pytest.approx(3600, abs=60)


@both_pause
def test_a_timeout_is_in_seconds(db, call, person, pauses):
    person.answers()
    call(pauses, timeout=600.5)
    wait = only_wait(db)
    assert (wait.deadline - wait.opened).total_seconds() == pytest.approx(600.5, abs=60)


@both_pause
def test_without_a_timeout_there_is_no_deadline(db, call, person, pauses):
    person.answers()
    call(pauses, timeout=None)
    assert only_wait(db).deadline is None


@both_pause
@pytest.mark.parametrize("timeout", [0, 0.01, -1])
def test_a_pause_that_nobody_ends_in_time_raises(call, pauses, timeout):
    with pytest.raises(FlowPauseTimeout, match=r"^Flow run was paused and never resumed\.$"):
        call(pauses, timeout=timeout)


@both_pause
def test_a_run_that_nobody_resumed_in_time_is_failed_and_says_why(call, pauses, the_run):
    state = call(pauses, timeout=0.01, return_state=True)
    assert (state.type, state.message) == (StateType.FAILED, "Flow run was paused and never resumed.")
    assert (the_run().state.name, the_run().state.message) == ("Failed", "Flow run was paused and never resumed.")


@both_pause
def test_a_wait_that_nobody_answered_in_time_is_expired(db, call, pauses):
    call(pauses, timeout=0.01, return_state=True)
    assert only_wait(db).status is WaitStatus.EXPIRED
    assert only_wait(db).closed is not None


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_flow_may_catch_the_timeout_and_go_on(call, the_run, is_async):
    @flow
    def goes_on():
        try:
            pause_flow_run(timeout=0.01)
        except FlowPauseTimeout:
            return "anyway"

    @flow
    async def goes_on_async():
        try:
            await pause_flow_run(timeout=0.01)
        except FlowPauseTimeout:
            return "anyway"

    assert call(goes_on_async if is_async else goes_on) == "anyway"
    assert the_run().state.type is StateType.COMPLETED


def test_a_timeout_is_a_timeout_error():
    assert issubclass(FlowPauseTimeout, TimeoutError)


@both_pause
def test_the_poll_interval_is_taken_and_has_no_effect(call, person, pauses):
    person.answers()
    assert call(pauses, poll_interval=10_000) == ["went on", None]


# Keys


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_waits_are_counted_where_they_have_no_key(db, call, person, the_run, is_async):
    @flow
    def thrice():
        pause_flow_run()
        pause_flow_run(key="Own_Key 1")
        pause_flow_run()

    @flow
    async def thrice_async():
        await pause_flow_run()
        await pause_flow_run(key="Own_Key 1")
        await pause_flow_run()

    for nth in (1, 2, 3):
        person.answers(nth=nth)
    call(thrice_async if is_async else thrice)
    assert [each.key for each in queries.get_waits(db, the_run().id)] == ["1", "Own_Key 1", "2"]


def test_pausing_again_with_a_key_that_was_answered_returns_the_answer_at_once(db, call, person, the_run):
    @flow
    def twice():
        return [pause_flow_run(wait_for_input=int, key="limit") for _ in range(2)]

    person.answers(7)
    assert call(twice) == [7, 7]
    assert len(queries.get_waits(db, the_run().id)) == 1


# Errors that tell what to do


def test_pausing_outside_a_flow_says_what_to_do():
    with pytest.raises(OutsideFlowRun, match="flow_run_id="):
        pause_flow_run()


@pytest.mark.parametrize("wanted", [object(), 3, "name", asyncio.Lock], ids=["object", "number", "text", "class"])
@both_ask
def test_waiting_for_what_is_no_type_of_data_is_refused_and_no_wait_is_opened(db, call, asks, wanted, the_run):
    with pytest.raises(InvalidFlow, match="wait_for_input="):
        call(asks, wanted)
    assert queries.get_waits(db, the_run().id) == []


# A process that ends


WAITING = """
    from holdfast import flow, pause_flow_run, task
    from holdfast.input import RunInput

    class Name(RunInput):
        name: str

    @task
    def sign():
        return pause_flow_run(wait_for_input=Name.with_initial_data(description="**Who?**", name="Ana"), key="who")

    @flow
    def in_the_flow():
        return sign()

    @flow
    def beside_the_flow():
        return sign.submit().result()

    if __name__ == "__main__":
        import sys
        print(globals()[sys.argv[1]]().name)
"""


def test_a_question_outlives_a_process_that_is_killed(db, script, feed):
    process = script(WAITING, "in_the_flow")
    feed.until_state("Paused")
    process.stop()
    (wait,) = queries.inbox(db)
    assert (wait.key, wait.description, wait.initial) == ("who", "**Who?**", {"name": "Ana"})
    assert wait.schema["properties"]["name"]["type"] == "string"
    assert queries.get_flow_run(db, wait.flow_run_id).state.name == "Paused"


@pytest.mark.parametrize("where", ["in_the_flow", "beside_the_flow"])
def test_a_question_outlives_a_script_that_is_interrupted(db, script, feed, where):
    process = script(WAITING, where)
    feed.until_state("Paused")
    process.process.send_signal(signal.SIGINT)
    process.end()
    (wait,) = queries.inbox(db)
    assert queries.get_flow_run(db, wait.flow_run_id).state.name == "Suspended"
