"""What the README says to be different from Prefect is so here: each row of the table has a test that runs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Optional

import pytest
from pydantic import BaseModel, field_validator

from holdfast import (
    allow_failure,
    cancel_flow_run,
    delete_deployment,
    flow,
    get_events,
    get_flow_run,
    get_logs,
    get_messages,
    get_run_logger,
    get_task_runs,
    get_waits,
    list_flow_runs,
    pause_flow_run,
    resume_flow_run,
    run_deployment,
    runtime,
    suspend_flow_run,
    task,
    wait_for_flow_run,
)
from holdfast.cache_policies import INPUTS
from holdfast.context import get_run_context
from holdfast.deployments import RunnerDeployment, get_deployment
from holdfast.engine.calls.retrying import delay_before
from holdfast.engine.drive.effects import drive
from holdfast.engine.liveness import current
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import (
    FlowRunSuspended,
    InvalidFlow,
    NotRunningError,
    OutsideFlowRun,
    ParameterError,
    UnfinishedRun,
    UpstreamFailed,
)
from holdfast.input import ReceivedInput, RunInput, receive_input, send_input
from holdfast.records import Deployment
from holdfast.schedules import CatchUp, Cron, Interval, RRule, due
from holdfast.states import Cancelling, Completed, Failed, Paused, Running, Scheduled, Suspended
from holdfast.store import claims
from holdfast.task_runners import TaskRunner

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from prefect_table import Table

from waiting import PATIENCE

TABLE = Table("| different on purpose | Prefect | Holdfast | why |")
row = TABLE.row
both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@task
def one():
    return 1


@task
def breaks():
    raise ValueError("no")


@task
def same(thing):
    return thing


@flow
def plain(number: int = 0):
    return number


@pytest.fixture
def executed(db):
    """What a worker does with the run that is due: `state = executed(flow)`."""

    def execute(of):
        (run_id,) = claims.claim(db, current(db), 1, "tester")
        return drive(run_again(of, db, run_id))

    return execute


def suspended(of, *args):
    """The run of a flow that suspends itself when it is called."""
    with pytest.raises(FlowRunSuspended) as left:
        of(*args)
    return left.value.flow_run_id


# Where things are


@row("server")
def test_a_run_needs_one_file_and_no_server(call, tmp_path):
    call(plain)
    assert {each.name.partition("-")[0] for each in (tmp_path / "home").iterdir()} == {"holdfast.db"}


@row("settings")
def test_settings_are_four_variables(call, tmp_path, monkeypatch, the_run):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "other"))
    call(plain)
    assert (tmp_path / "other" / "holdfast.db").exists()
    monkeypatch.setenv("HOLDFAST_DB", str(tmp_path / "named.db"))
    monkeypatch.setenv("HOLDFAST_USER", "Ana")
    monkeypatch.setenv("HOLDFAST_SYNCHRONOUS", "full")
    call(plain)
    assert (tmp_path / "named.db").exists()
    (run,) = list_flow_runs()
    assert get_events(run.id)[0].actor == "Ana"


@row("async code")
@both
def test_one_name_serves_sync_and_async_code(call, person, is_async):
    person.answers(5)

    @flow
    def asks():
        return pause_flow_run(wait_for_input=int)

    @flow
    async def asks_async():
        return await pause_flow_run(wait_for_input=int)

    assert call(asks_async if is_async else asks) == 5


@row("`poll_interval`")
def test_nothing_waits_for_a_poll(call, person):
    person.answers(5)

    @flow
    def asks():
        send_input(6, get_run_context().flow_run_id)
        got = receive_input(int, timeout=60, poll_interval=3600).next()
        return pause_flow_run(wait_for_input=int, timeout=600, poll_interval=3600), got

    assert call(asks) == (5, 6)
    assert wait_for_flow_run(list_flow_runs()[0].id, poll_interval=3600).state.is_completed()


# Tasks


@row("finished tasks when a run executes again")
def test_each_call_that_finished_gives_its_own_result_again(call):
    made = []

    @task
    def draws():
        made.append(len(made))
        return made[-1]

    @flow(retries=1)
    def main():
        drawn = [draws(), draws()]
        if runtime.flow_run.run_count == 1:
            raise ValueError
        return drawn

    assert call(main) == made == [0, 1]


@row("a flow that is retried")
def test_what_failed_is_done_again_and_nothing_else(call, start, feed, executed):
    made = []

    @task
    def works(name):
        made.append(name)
        if made == ["a", "b"]:
            raise ValueError

    @flow(retries=1)
    def main():
        works("a")
        works("b")

    call(main)
    assert made == ["a", "b", "b"]

    @flow(retries=1)
    def calls():
        return run_deployment("d").state.result()

    fails_once.to_deployment("d").apply()
    calling = start(calls)
    run_id = feed.until_state("Scheduled").flow_run_id
    assert executed(fails_once).is_failed()
    feed.until("state", after="AwaitingRetry", flow_run_id=run_id)
    assert executed(fails_once).is_completed()
    assert calling.result(30) == 2


@flow
def fails_once():
    if runtime.flow_run.run_count == 1:
        raise ValueError
    return runtime.flow_run.run_count


@row("`INPUTS` as cache policy")
def test_tasks_and_objects_do_not_share_results_by_inputs_alone(call):
    @task(cache_policy=INPUTS)
    def first(n):
        return "first"

    @task(cache_policy=INPUTS)
    def second(n):
        return "second"

    class Shop:
        def __init__(self, name):
            self.name = name

        @task(cache_policy=INPUTS)
        def named(self, n):
            return self.name

    @flow
    def main():
        return first(1), second(1), Shop("a").named(1), Shop("b").named(1)

    assert call(main) == ("first", "second", "a", "b")


@row("a state that is returned and not final")
@pytest.mark.parametrize(
    ("state", "name"),
    [(Paused(), "Suspended"), (Suspended(), "Suspended"), (Cancelling(), "Cancelled"), (Running(), "Failed")],
)
def test_a_returned_state_that_is_not_final_leaves_nothing_behind(executed, state, name):
    RETURNED[:] = [state]
    state = gives_back(return_state=True)
    assert state.name == name
    if name == "Suspended":
        RETURNED[:] = ["done"]
        resume_flow_run(list_flow_runs(flow_name="gives-back")[0].id)
        assert executed(gives_back).data == "done"


@row("a state that is returned and not final")
def test_a_task_that_returns_such_a_state_is_failed(call):
    @flow
    def main():
        RETURNED[:] = [Paused()]
        return gives_one_back(return_state=True)

    assert call(main, return_state=True).name == "Failed"


@row("the call of a task that returns a state it made")
def test_a_call_of_a_task_gives_the_result_of_the_state_that_it_made(call):
    @flow
    def main():
        RETURNED[:] = [Completed(data=3)]
        found = gives_one_back(), gives_one_back.submit().result()
        RETURNED[:] = [Failed(data=ValueError("no"))]
        for give in (gives_one_back, gives_one_back.submit().result):
            with pytest.raises(ValueError, match="no"):
                give()
        return found

    assert call(main) == (3, 3)


@row("a coroutine or generator that is returned")
@pytest.mark.parametrize("of", [flow, task], ids=["flow", "task"])
@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_what_is_returned_unfinished_is_finished_as_part_of_the_run(call, of, timeout):
    async def awaits():
        return get_run_context().name

    def yields():
        yield get_run_context().name

    async def ayields():
        yield get_run_context().name

    made = {each.__name__: of(name=each.__name__, timeout_seconds=timeout)(lambda each=each: each())
            for each in (awaits, yields, ayields)}  # fmt: skip

    @flow
    def main():
        return {name: each() for name, each in made.items()}

    found = call(main)
    run = list_flow_runs(flow_name="main")[0]
    names = {each.task_name: each.name for each in get_task_runs(run.id)} if of is task else {
        each.flow_name: each.name for each in list_flow_runs() if each.parent_id == run.id
    }  # fmt: skip
    assert found == {"awaits": names["awaits"], "yields": [names["yields"]], "ayields": [names["ayields"]]}
    assert get_flow_run(run.id).state.result() == found


@row("a coroutine or generator that is returned")
def test_in_async_code_a_returned_coroutine_is_left_to_be_awaited_by_the_caller(call):
    async def gives():
        return 3

    @task
    def wraps():
        return gives()

    @flow
    async def forgets():
        return gives()

    @flow
    async def main():
        return await wraps(), await forgets()

    assert call(main) == (3, 3)


@row("a `TimeoutError` of your own code")
@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_a_timeout_error_of_ones_own_is_a_failure(call, timeout):
    @task(timeout_seconds=timeout)
    def times_out():
        raise TimeoutError("mine")

    @flow(timeout_seconds=timeout)
    def main():
        assert times_out(return_state=True).name == "Failed"
        raise TimeoutError("mine")

    state = call(main, return_state=True)
    assert state.name == "Failed"
    with pytest.raises(TimeoutError, match="mine"):
        state.result()

    @flow(timeout_seconds=0.01)
    def slow():
        threading.Event().wait(PATIENCE)

    assert call(slow, return_state=True).name == "TimedOut"


@row("`wait` of a future")
def test_waiting_for_a_future_gives_its_state_or_none(call):
    go = threading.Event()

    @task
    def waits():
        assert go.wait(PATIENCE)

    @flow
    def main():
        future = waits.submit()
        before = future.wait(timeout=0)
        go.set()
        return before, future.wait().name

    assert call(main) == (None, "Completed")


@row("`wait_for` of a list that grows")
def test_what_is_waited_for_is_what_was_there_at_the_call(call):
    @flow
    def main():
        queue = []
        for _ in range(3):
            queue.append(one.submit(wait_for=queue))
        return [each.result() for each in queue]

    assert call(main) == [1, 1, 1]


@row("`state_details`")
def test_a_state_says_whose_it_is(call):
    @flow
    def main():
        return [one(return_state=True)]

    state = call(main, return_state=True)
    (of_task,) = state.result()
    run = list_flow_runs()[0]
    assert (state.state_details.flow_run_id, state.state_details.task_run_id) == (run.id, None)
    assert of_task.state_details.task_run_id == get_task_runs(run.id)[0].id
    when = datetime(2030, 1, 1, tzinfo=UTC)
    assert Scheduled(scheduled_time=when).state_details.scheduled_time == when
    with pytest.raises(AttributeError, match="a state is identified by its run"):
        state.id  # noqa: B018


RETURNED: list[object] = []


@flow
def gives_back():
    return RETURNED[0]


@task
def gives_one_back():
    return RETURNED[0]


@row("jitter of retries")
def test_delays_are_longer_by_a_uniform_part():
    delays = sorted(delay_before(2, 10, 0.5) for _ in range(2000))
    assert 10 <= delays[0] < 10.2
    assert 14.8 < delays[-1] <= 15
    assert 12 < delays[1000] < 13


@row("a task outside a flow")
def test_a_task_that_no_flow_calls_is_recorded_nowhere(call, tmp_path):
    tries, told = [], []

    @task(retries=1, timeout_seconds=60, on_completion=[lambda of, run, state: told.append(state.name)])
    def works():
        tries.append("try")
        if len(tries) == 1:
            raise ValueError
        return "done"

    assert call(works) == "done"
    assert (len(tries), told, (tmp_path / "home").exists()) == (2, ["Completed"], False)


@row("what needs something that failed")
def test_what_is_not_ready_leaves_no_run(call, db):
    @flow
    def main():
        with pytest.raises(UpstreamFailed, match="depends on a run that is Failed: ValueError: no"):
            plain(breaks.submit())
        with pytest.raises(UnfinishedRun):
            same(breaks.submit())
        return same.submit(1, wait_for=[breaks.submit()], return_state=True).name

    assert call(main) == "NotReady"
    (run,) = list_flow_runs()
    assert {each.task_name for each in get_task_runs(run.id)} == {"breaks"}
    told = [each.message for each in get_logs(run.id)]
    assert {f"{name} was not started" for name in ("plain", "same")} <= {each.partition(".")[0] for each in told}


@row("futures and states inside inputs")
def test_futures_are_found_in_plain_containers_and_nowhere_else(call):
    class Model(BaseModel, arbitrary_types_allowed=True):
        thing: object

    @task
    def kinds(things):
        return [type(each).__name__ for each in things]

    @flow
    def main():
        given = [one.submit(), (one(return_state=True),), {one.submit()}, {"a": one.submit()}, allow_failure(5)]
        return same(given), kinds([Model(thing=one.submit()).thing, Model(thing=one.submit())])

    assert call(main) == ([1, (1,), {1}, {"a": 1}, 5], ["int", "Model"])

    @flow
    def keeps():
        return type(same(Model(thing=one.submit())).thing).__name__

    assert call(keeps) == "TaskFuture"


@row("`.map` of a task with `*args`")
def test_several_arguments_are_mapped_over_side_by_side(call):
    @task
    def gathers(*args):
        return args

    assert call(flow(lambda: gathers.map([1, 2], [3, 4]).result())) == [(1, 3), (2, 4)]


@row("`.map` over a dictionary")
def test_a_dictionary_is_not_mapped_over(call):
    @task
    def pair(a, b):
        return a, b

    assert call(flow(lambda: pair.map([1, 2], {"a": 1}).result())) == [(1, {"a": 1}), (2, {"a": 1})]


@row("`task.tags`")
def test_tags_of_a_task_are_set_by_with_options():
    tagged = one.with_options(tags=["a"])
    assert (tagged.tags, one.tags) == ({"a"}, set())
    assert isinstance(tagged.tags, frozenset)


@row("flows and tasks that yield")
def test_what_yields_gives_a_list_or_is_iterated_over_once(call):
    begun = []

    @task(retries=2)
    def yields():
        begun.append("begun")
        yield 1
        yield 2
        if len(begun) == 1:
            raise ValueError("once")

    @flow
    def collects():
        return yields(return_state=True).result()

    @flow
    def iterates():
        return list(yields())

    assert (call(collects), len(begun)) == ([1, 2], 2)
    del begun[:]
    with pytest.raises(ValueError, match="once"):
        call(iterates)
    assert len(begun) == 1


@row("a `TaskRunner` of your own")
def test_a_runner_of_ones_own_calls_what_it_is_given(call):
    class AtOnce(TaskRunner):
        def duplicate(self):
            return AtOnce()

        def submit(self, function, *args):
            future = Future()
            future.set_result(function(*args))
            return future

        def shutdown(self, wait=True):
            ended.append(wait)

    ended = []
    main = flow(task_runner=AtOnce())(lambda: [one.submit().result(), *same.map([2]).result()])
    assert (call(main), ended) == ([1, 2], [True])


@row("`log_prints`")
def test_prints_are_printed_and_logged(call, capsys, the_run):
    main = flow(log_prints=True)(lambda: print("hello"))
    call(main)
    assert capsys.readouterr().out == "hello\n"
    assert [each.message for each in get_logs(the_run().id)] == ["hello"]


# Waiting for people


@row("pausing in a task")
def test_each_pause_in_a_task_is_its_own_wait(call, person):
    @task
    def asks(key):
        return pause_flow_run(wait_for_input=int, key=key)

    person.answers(1, key="a")
    person.answers(2, key="b")
    assert call(flow(lambda: asks.map(["a", "b"]).result())) == [1, 2]


@flow
def inner():
    return suspend_flow_run(wait_for_input=int)


@flow
def outer():
    return inner() + 1


@row("`suspend_flow_run`")
def test_a_tree_is_suspended_without_a_deployment(call, executed, the_run):
    run_id = suspended(outer)
    child = the_run("inner")
    assert (get_flow_run(run_id).state.name, child.state.name) == ("Suspended", "Suspended")
    (wait,) = get_waits(child.id)
    assert round((wait.deadline - wait.opened).total_seconds()) == 3600  # without timeout=
    resume_flow_run(run_id, 4)
    assert executed(outer).data == 5


@row("the call of a flow that suspends")
def test_a_flow_that_suspends_raises_an_exception_beside_which_all_goes_on(call):
    async def main():
        beside = asyncio.create_task(asyncio.sleep(0, "goes on"))
        with pytest.raises(FlowRunSuspended) as left:
            await asyncio.gather(asyncio.to_thread(outer))
        return isinstance(left.value, SystemExit), await beside

    assert issubclass(FlowRunSuspended, Exception)
    assert call(main) == (False, "goes on")


@row("the call of a flow that suspends")
def test_a_script_whose_flow_suspends_ends_with_status_0(script):
    program = script(
        """
        from holdfast import flow, suspend_flow_run

        @flow
        def main():
            suspend_flow_run()

        main()
        """
    )
    assert program.end() == 0  # as SystemExit would have it
    assert "Traceback" not in program.errors


@row("a paused run")
def test_a_paused_run_is_cancelled_and_survives_its_process(start, feed, script):
    @flow
    def asks():
        pause_flow_run()

    running = start(asks, return_state=True)
    cancel_flow_run(feed.until("opened").flow_run_id)
    assert running.result(30).is_cancelled()
    program = script("from holdfast import flow, pause_flow_run\n@flow\ndef asks():\n    pause_flow_run()\n\nasks()")
    run_id = feed.until("opened", nth=2).flow_run_id
    program.stop()
    resume_flow_run(run_id)
    assert get_flow_run(run_id).state.is_scheduled()  # it was suspended, and goes on with a worker


class Even(RunInput):
    number: int

    @field_validator("number")
    @classmethod
    def is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("has to be even")
        return number


@row("an answer that validators refuse")
def test_an_answer_that_validators_refuse_leaves_the_question_open(start, feed):
    running = start(flow(lambda: pause_flow_run(wait_for_input=Even).number))
    run_id = feed.until("opened").flow_run_id
    with pytest.raises(Exception, match="has to be even"):
        resume_flow_run(run_id, {"number": 3})
    assert get_waits(run_id)[0].status == "open"
    resume_flow_run(run_id, {"number": 4})
    assert running.result(30) == 4


@row('`resume_flow_run(id, {"value": 3})` for a plain type')
@pytest.mark.parametrize(("asked", "got"), [(int, 3), (dict, {"value": 3})])
def test_an_answer_is_taken_as_it_is_where_it_fits(call, person, asked, got):
    person.answers({"value": 3})
    assert call(flow(lambda: pause_flow_run(wait_for_input=asked))) == got


@row("paused time")
def test_waiting_does_not_count_against_timeouts(call, person):
    person.when_asked(lambda event: (threading.Event().wait(0.4), resume_flow_run(event.flow_run_id)))

    @flow(timeout_seconds=0.3)
    def asks():
        pause_flow_run()
        return "in time"

    assert call(asks) == "in time"


# Messages


class Plain(BaseModel):
    name: str


@row("matching of messages")
def test_messages_are_matched_by_their_schema(call):
    @flow
    def receives():
        here = get_run_context().flow_run_id
        send_input(5, here)
        send_input(Plain(name="Ana"), here)
        send_input("text", here)
        return (
            receive_input(Optional[int], timeout=0).next(),  # noqa: UP045 - as users write it
            receive_input(Plain, timeout=0).next(),
            list(receive_input(int | str, timeout=0)),
        )

    assert call(receives) == (5, Plain(name="Ana"), [5, "text"])


@row("`key_prefix`")
def test_a_prefix_is_any_text_and_no_beginning_of_another(call):
    @flow
    def receives():
        here = get_run_context().flow_run_id
        for prefix in ("a/ü", "a/ü b"):
            send_input(1, here, key_prefix=prefix)
        return list(receive_input(int, timeout=0, key_prefix="a/ü"))

    assert call(receives) == [1]


@row("a message that does not fit")
def test_a_message_that_does_not_fit_is_passed_over(call, the_run):
    @flow
    def receives():
        for value in ("text", 5):
            send_input(value, get_run_context().flow_run_id, key_prefix="a")
        return list(receive_input(int, timeout=0, key_prefix="a"))

    assert call(receives) == [5]
    (line,) = get_logs(the_run().id)
    assert (line.level, "is skipped, because it does not fit" in line.message) == (logging.WARNING, True)


@row("messages when a run executes again")
def test_a_run_that_executes_again_receives_the_same_and_sends_nothing_twice(call):
    @flow(retries=1)
    def receives():
        here = get_run_context().flow_run_id
        send_input(1, here)
        send_input(2, here)
        receiver = receive_input(int, timeout=0)
        got = [receiver.next(), receiver.next()]
        if runtime.flow_run.run_count == 1:
            raise ValueError
        return got, list(receiver)

    assert call(receives) == ([1, 2], [])


@row("messages to an ended run")
def test_nothing_is_sent_to_a_run_that_has_ended(call, the_run):
    call(plain)
    with pytest.raises(NotRunningError):
        send_input(1, the_run().id)


@row("`with_metadata` for plain types")
@row("a sender")
def test_what_is_received_says_where_it_is_from(start, feed):
    @flow
    def receives():
        received = receive_input(int, timeout=60, with_metadata=True)
        first = received.next()
        send_input(2, get_run_context().flow_run_id)
        second = received.next()
        second.respond(3)
        return first, second, receive_input(int, timeout=0, exclude_keys={
            first.metadata.key, second.metadata.key,
        }).next()  # fmt: skip

    running = start(receives)
    run_id = feed.until("listening").flow_run_id
    send_input(1, run_id)
    first, second, reply = running.result(30)
    assert (type(first), first.value, first.metadata.sender) == (ReceivedInput, 1, "tester")
    assert second.metadata.sender.replace(str(run_id), "ID") == "holdfast.flow-run.ID"
    assert reply == 3


# Other runs


@row("`wait_for_flow_run`")
def test_waiting_for_a_run_may_raise_and_log(call, the_run):
    call(flow(name="fails")(lambda: breaks()), return_state=True)
    failed = the_run("fails")

    @flow
    def waits():
        with pytest.raises(ValueError, match="no"):
            wait_for_flow_run(failed.id, raise_on_failure=True, log_states=True)

    call(waits)
    assert [each.message for each in get_logs(the_run("waits").id)] == [f"{failed.name} is Failed."]


# Settings and parameters


@row("`x: str = None`")
def test_a_default_of_none_stays_and_others_are_converted(call):
    @flow
    def main(x: str = None, n: int = "3"):  # type: ignore[assignment]  # noqa: RUF013 - as users write it
        return x, n

    assert call(main) == (None, 3)
    with pytest.raises(ParameterError):
        call(main, None)


@row("names with `/`, `%`, `&`, `<` or `>`")
def test_a_flows_name_is_any_text():
    made = flow(name="50 % <a/b> & c")(plain.fn).to_deployment("d").apply()
    assert get_deployment("50 % <a/b> & c/d").id == made.id
    with pytest.raises(InvalidFlow, match="without a slash"):
        plain.to_deployment("a/b")


@flow(flow_run_name="named by its flow")
def names_itself():
    return runtime.flow_run.name


@row("names of runs of deployments")
@pytest.mark.parametrize("given", ["given", None])
def test_a_run_of_a_deployment_keeps_the_name_that_it_was_started_with(executed, given):
    names_itself.to_deployment("d").apply()
    run = run_deployment("d", timeout=0, flow_run_name=given)
    assert run.name == given or run.name.count("-") == 1
    assert executed(names_itself).data == run.name


@row("a call that does not fit a task")
def test_what_was_probably_meant_by_an_argument_of_a_task_is_said():
    with pytest.raises(TypeError, match=r"'return_stat'; did you mean return_state\?"):
        same(1, return_stat=True)


@row("settings that make no sense")
@pytest.mark.parametrize(
    "setting", [{"retries": -1}, {"name": 5}, {"log_prints": "yes"}, {"on_failure": "a"}, {"tags": "a"}], ids=str
)
def test_a_setting_that_makes_no_sense_is_named(setting):
    with pytest.raises(InvalidFlow, match=next(iter(setting))) as refused:
        task(**setting)(one.fn)
    assert isinstance(refused.value, TypeError)
    with pytest.raises(InvalidFlow, match="wait_for"):
        flow(lambda wait_for: 1)


@row("bad parameters")
def test_bad_parameters_are_named(call):
    @flow
    def main(a: int, b: int):
        return a + b

    with pytest.raises(ParameterError, match=r"a: .*; b: "):
        call(main, "x", "y")
    with pytest.raises(ParameterError, match="missing a required argument: 'b'"):
        call(main, 1)


@row("outside of a run")
def test_what_works_in_a_run_only_says_so():
    for inside in (get_run_context, get_run_logger, pause_flow_run):
        with pytest.raises(OutsideFlowRun):
            inside()


# Deployments


@row("`RunnerDeployment.apply`")
def test_a_planned_deployment_gives_the_deployment():
    planned = plain.to_deployment("d")
    made = planned.apply()
    assert (type(planned), type(made), made.full_name) == (RunnerDeployment, Deployment, "plain/d")


@flow
def suspends():
    return suspend_flow_run(wait_for_input=int)


@row("several of `cron`, `interval`, `rrule`, `schedule`")
def test_schedules_of_all_settings_count():
    made = plain.to_deployment("d", cron="@hourly", interval=60, rrule="FREQ=DAILY", schedule=Interval(90)).apply()
    assert [each.kind for each in made.schedules] == ["cron", "interval", "rrule", "interval"]
    assert len(plain.to_deployment("e", schedules=[Interval(60)]).apply().schedules) == 1


@row("`str` of a state")
def test_a_state_is_read_by_its_name_and_message():
    assert [str(each) for each in (Completed(), Completed(name="N"), Completed(message="it"))] == [
        "Completed", "N", "Completed('it')",
    ]  # fmt: skip


@row("limits of a deployment")
def test_a_suspended_run_holds_no_slot(db, executed):
    suspends.to_deployment("d", limit=1).apply()
    run_deployment("d", timeout=0)
    run_deployment("d", timeout=0)
    assert executed(suspends).name == "Suspended"
    (taken,) = claims.claim(db, current(db), 4, "tester")  # slots=4, and a limit of 1
    assert get_flow_run(taken).state.is_pending()
    run_deployment("d", timeout=0)
    assert claims.claim(db, current(db), 4, "tester") == []


@row("times that passed with nobody there")
@pytest.mark.parametrize(("catch_up", "runs"), [("once", 1), ("all", 3), ("skip", 0)])
def test_times_that_passed_are_made_up_for_as_the_deployment_says(catch_up, runs):
    made = plain.to_deployment("d", cron="@hourly", catch_up=catch_up).apply()
    late = made.next_due + timedelta(hours=2, minutes=30)
    assert len(due(made.schedules, made.next_due, late, CatchUp(catch_up)).runs) == runs
    assert plain.to_deployment("e", cron="@hourly").apply().catch_up == "once"  # catch_up= by default


@row("`Interval`")
def test_an_interval_counts_elapsed_time_from_its_anchor():
    anchor = datetime(2026, 3, 28, 9, tzinfo=UTC)
    after = anchor + timedelta(minutes=1)
    day = Interval(timedelta(days=1), anchor=anchor)
    berlin = Cron("0 10 * * *", timezone="Europe/Berlin"), RRule("FREQ=DAILY", "Europe/Berlin", anchor=anchor)
    for schedule, hour in ((day, 9), *((each, 8) for each in berlin)):  # clocks go forward in between
        (found,) = due((schedule,), after, after + timedelta(days=1), CatchUp.ALL).runs
        assert found == datetime(2026, 3, 29, hour, tzinfo=UTC)
    with pytest.raises(TypeError, match="Interval has no setting called timezone"):
        Interval(60, timezone="Europe/Berlin")


@flow
def calls_what_suspends():
    return run_deployment("suspends/d").state.result() + 1


@row("`run_deployment` in a flow that suspends")
def test_who_waits_for_a_suspended_run_is_suspended_with_it(start, feed, executed, the_run):
    suspends.to_deployment("d").apply()
    calling = start(calls_what_suspends)
    feed.until_state("Scheduled")
    assert executed(suspends).name == "Suspended"
    with contextlib.suppress(FlowRunSuspended):
        calling.result(30)
    caller, called = the_run("calls-what-suspends"), the_run("suspends")
    assert caller.state.name == "Suspended"
    resume_flow_run(called.id, 4)
    assert executed(suspends).is_completed()
    assert executed(calls_what_suspends).data == 5
    assert the_run("suspends").id == called.id


@row("deleting a deployment")
def test_deleting_a_deployment_cancels_what_has_not_begun(executed):
    plain.to_deployment("d").apply()
    ended = run_deployment("d", timeout=0)
    executed(plain)
    waiting = run_deployment("d", timeout=0)
    delete_deployment("d")
    assert [get_flow_run(each.id).state.name for each in (ended, waiting)] == ["Completed", "Cancelled"]


@row("settings of schedules (`slug`, `parameters`, `active`)")
@pytest.mark.parametrize("setting", ["slug", "parameters", "active"])
def test_schedules_of_a_deployment_share_its_settings(setting):
    with pytest.raises(TypeError, match=f"Cron has no setting called {setting}"):
        Cron("@hourly", **{setting: None})
    made = plain.to_deployment("d", schedules=["@hourly", Interval(60)], parameters={"number": 3}, paused=True).apply()
    assert (len(made.schedules), made.paused, get_deployment("d").paused) == (2, True, True)


@row("`runtime` in tests")
def test_what_runtime_says_may_be_set_for_a_test(monkeypatch):
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__NAME", "other")
    assert runtime.flow_run.name is None
    monkeypatch.setattr(type(runtime.flow_run), "name", "x")
    assert runtime.flow_run.name == "x"


@row("reading")
def test_runs_are_read_by_functions(call):
    @flow
    def main():
        get_run_logger().info("hello")
        send_input(5, get_run_context().flow_run_id)
        return one()

    plain.to_deployment("d", tags=["eu"]).apply()
    made = run_deployment("d", timeout=0)
    call(main)
    (run,) = list_flow_runs(states=["Completed"])
    assert get_flow_run(run.id).state.result() == 1
    assert [each.id for each in list_flow_runs(tags=["eu"], deployment="d")] == [made.id]
    assert [each.task_name for each in get_task_runs(run.id)] == ["one"]
    assert [each.after for each in get_events(run.id) if each.task_run_id is None and each.kind == "state"] == [
        "Running", "Completed",
    ]  # fmt: skip
    assert [each.message for each in get_logs(run.id)] == ["hello"]
    assert ([each.value for each in get_messages(run.id)], get_waits(run.id)) == ([{"value": 5}], [])


def test_each_row_has_a_test_and_each_test_a_row():
    assert set(TABLE.rows) == set(TABLE.tests)


def test_each_row_says_why():
    assert [first for first, (_, _, why) in TABLE.rows.items() if not why.strip()] == []


def test_each_name_that_a_row_has_for_holdfast_is_used_by_its_test():
    assert TABLE.names_without_a_test() == {}
