"""What the README says to be the same as in Prefect is so: each row of the table has a test that uses all it names."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from holdfast import (
    State,
    StateType,
    allow_failure,
    cancel_flow_run,
    flow,
    get_flow_run,
    get_logs,
    get_run_logger,
    list_flow_runs,
    pause_flow_run,
    resume_flow_run,
    run_deployment,
    runtime,
    suspend_flow_run,
    tags,
    task,
    unmapped,
)
from holdfast.annotations import opaque, quote
from holdfast.cache_policies import DEFAULT, FLOW_PARAMETERS, INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE, CachePolicy
from holdfast.context import FlowRunContext, TaskRunContext, get_run_context
from holdfast.engine.drive.effects import drive
from holdfast.engine.liveness import current
from holdfast.engine.runs.flow_engine import run_again
from holdfast.exceptions import FlowPauseTimeout, FlowRunSuspended, NotPausedError, ReceiveTimeout, UpstreamFailed
from holdfast.futures import as_completed, wait
from holdfast.input import RunInput, RunInputMetadata, keyset_from_base_key, receive_input, send_input
from holdfast.schedules import Cron, Interval, RRule, Schedule, next_times
from holdfast.states import (
    AwaitingRetry,
    Cancelled,
    Cancelling,
    Completed,
    Crashed,
    Failed,
    Late,
    Paused,
    Pending,
    Retrying,
    Running,
    Scheduled,
    Suspended,
)
from holdfast.store import claims, queries
from holdfast.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner
from holdfast.tasks import exponential_backoff

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from prefect_table import Table

from waiting import PATIENCE

TABLE = Table("| the same | |")
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


# Flows


@row("flows")
def test_a_flow_is_what_its_settings_say(call, the_run, capsys):
    tries = []

    @flow(
        name="Pays",
        description="It pays.",
        version="7",
        flow_run_name="{amount}-{who}",
        log_prints=True,
        retries=2,
        retry_delay_seconds=0,
        timeout_seconds=60,
        validate_parameters=True,
        persist_result=True,
        task_runner=ThreadPoolTaskRunner(max_workers=1),
    )
    def pays(amount: int, who: str = "Ana"):
        tries.append(runtime.flow_run.run_count)
        print("paying")
        if len(tries) < 3:
            raise ValueError
        return one.submit().result() + amount

    assert call(pays, "41") == 42
    run = the_run()
    assert (pays.name, pays.description, pays.version, run.flow_name, run.name) == (
        "Pays", "It pays.", "7", "Pays", "41-Ana",
    )  # fmt: skip
    assert tries == [1, 2, 3]
    assert [each.message for each in get_logs(run.id)].count("paying") == 3
    assert get_flow_run(run.id).state.result() == 42


@row("flows")
def test_a_flow_without_a_version_has_one(call):
    plain = flow(lambda: runtime.flow_run.flow_version)
    assert call(plain) == plain.version  # a hash of the file
    assert plain.version


@row("flows")
def test_a_flow_takes_too_long_and_leaves_its_parameters_as_they_are(call):
    @flow(timeout_seconds=0.05)
    async def slow():
        await asyncio.sleep(30)

    @flow(validate_parameters=False)
    def as_given(number: int):
        return number

    assert call(slow, return_state=True).name == "TimedOut"
    assert call(as_given, "7") == "7"


@row("flows")
def test_a_flow_is_called_in_every_way(call):
    class Shop:
        @flow
        def sells(self, n):
            return type(self).__name__, n

        @flow
        @classmethod
        def named(cls):
            return cls.__name__

        @flow
        @staticmethod
        def adds(a, b):
            return a + b

    assert (call(Shop().sells, 2), call(Shop.named), call(Shop.adds, 1, 2)) == (("Shop", 2), "Shop", 3)
    adds = Shop.adds.with_options(name="other")
    assert (adds.name, adds.fn(1, 2)) == ("other", 3)
    assert call(adds, 1, 2, wait_for=[one(return_state=True)], return_state=True).is_completed()


@row("child flows")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_child_takes_futures_and_states(call, is_async):
    @flow
    def child(things, number: int = 0):
        return things, number

    @flow
    async def child_async(things, number: int = 0):
        return things, number

    @flow
    def main():
        given = [one.submit(), {"a": one(return_state=True)}], one.submit()
        return child(*given, wait_for=[one.submit()]), child(allow_failure([breaks.submit()]))[0]

    @flow
    async def main_async():
        given = [one.submit(), {"a": one(return_state=True)}], one.submit()
        allowed = await child_async(allow_failure([breaks.submit()]))
        return await child_async(*given, wait_for=[one.submit()]), allowed[0]

    replaced, allowed = call(main_async if is_async else main)
    assert replaced == ([1, {"a": 1}], 1)
    assert repr(allowed) == "[ValueError('no')]"


@row("child flows")
def test_a_child_has_its_retries_again_with_its_caller(call):
    tries = []

    @flow(retries=1)
    def child():
        tries.append("try")
        raise ValueError

    @flow(retries=1)
    def main():
        child()

    assert call(main, return_state=True).is_failed()
    assert len(tries) == 4


# Tasks


@row("tasks")
def test_a_task_is_what_its_settings_say(db, call, the_run):
    tries = []

    def again(of, run, state):
        return state.is_failed() and of.name == "Works"

    @task(
        name="Works",
        description="It works.",
        version="7",
        tags=["own"],
        task_run_name="{n}-times",
        log_prints=True,
        retries=2,
        retry_delay_seconds=exponential_backoff(0.001),
        retry_jitter_factor=0.5,
        retry_condition_fn=again,
        timeout_seconds=60,
        persist_result=True,
    )
    def works(n):
        tries.append(runtime.task_run.run_count)
        print("working")
        if len(tries) < 3:
            raise ValueError
        return n

    @flow
    def main():
        return works(5)

    assert (call(main), tries) == (5, [1, 2, 3])
    (run,) = queries.get_task_runs(db, the_run().id)
    assert (works.name, works.description, works.version) == ("Works", "It works.", "7")
    assert (run.task_name, run.name, run.tags, run.attempt) == ("Works", "5-times", {"own"}, 3)
    assert [each.message for each in get_logs(the_run().id)].count("working") == 3


@row("tasks")
def test_a_task_shares_its_results_as_its_settings_say(call):
    made = []

    def key(context, parameters):
        return f"{context.task.name} {parameters['n'] % 2}"

    @task(cache_key_fn=key, cache_expiration=timedelta(hours=1))
    def by_parity(n):
        made.append(n)
        return n

    @task(cache_policy=INPUTS)
    def by_input(n):
        made.append(n)
        return n

    @flow
    def main():
        return by_parity(1), by_parity(3), by_parity(2), by_input(7), by_input(7)

    @flow
    def refreshes():
        return by_parity.with_options(refresh_cache=True)(3), by_input(7)

    assert (call(main), made) == ((1, 1, 2, 7, 7), [1, 2, 7])
    assert (call(refreshes), made) == ((3, 7), [1, 2, 7, 3])


@row("tasks")
def test_a_task_waits_at_most_so_long_and_so_often(call):
    tries = []

    async def never(of, run, state):
        return False

    @task(retries=3, retry_delay_seconds=[0, 0, 0], retry_condition_fn=never)
    def fails():
        tries.append("try")
        raise ValueError

    @task(timeout_seconds=0.05)
    async def slow():
        await asyncio.sleep(30)

    @flow
    async def main():
        failed = fails(return_state=True, wait_for=[one.submit()])
        return quote([failed.name, (await slow(return_state=True)).name])

    assert call(main).unquote() == ["Failed", "TimedOut"]
    assert tries == ["try"]


@row("tasks")
def test_what_can_be_called_is_a_task(call):
    class Counts:
        def __call__(self, n):
            return n + 1

        @task
        def doubles(self, n):
            return n * 2

    def power(base, exponent):
        return base**exponent

    @flow
    def main():
        return task(Counts())(1), Counts().doubles(2), task(functools.partial(power, 2))(3), one.fn()

    assert call(main) == (2, 4, 8, 1)


@row("hooks")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_hooks_are_called_for_what_becomes_of_runs(call, start, feed, is_async):
    told = []

    def hook(of, run, state):
        told.append((of.name, state.type.value))

    async def hook_async(of, run, state):
        told.append((of.name, state.type.value))

    chosen = hook_async if is_async else hook

    @task(on_completion=[chosen], on_failure=[chosen], on_running=[chosen])
    def steps(fails):
        if fails:
            raise ValueError

    @flow(on_completion=[chosen], on_running=[chosen])
    def ends():
        steps(False)
        steps(True, return_state=True)

    @flow
    def fails():
        raise ValueError

    @flow
    def waits():
        pause_flow_run(timeout=60)

    @flow
    def is_interrupted():
        raise KeyboardInterrupt

    fails.on_failure(chosen)
    waits.on_cancellation(chosen)
    is_interrupted.on_crashed(chosen)
    call(ends)
    assert told == [
        ("ends", "RUNNING"), ("steps", "RUNNING"), ("steps", "COMPLETED"), ("steps", "RUNNING"), ("steps", "FAILED"),
        ("ends", "COMPLETED"),
    ]  # fmt: skip
    del told[:]
    call(fails, return_state=True)
    with pytest.raises(KeyboardInterrupt):
        call(is_interrupted)
    running = start(waits, return_state=True)
    run_id = feed.until("opened").flow_run_id
    cancel_flow_run(run_id)
    running.result(30)
    assert told == [("fails", "FAILED"), ("is-interrupted", "CRASHED"), ("waits", "CANCELLED")]


@row("names")
def test_runs_are_named_by_templates_and_functions(call):
    class Branch:
        x = "north"

        @flow(flow_run_name="{self.x}-{n}")
        def pays(self, n):
            return runtime.flow_run.name

    async def named(parameters):
        return f"{runtime.flow_run.flow_name}/{parameters['n']}"

    @task(task_run_name=named)
    def works(n):
        return runtime.task_run.name

    @flow(flow_run_name=lambda: f"{runtime.flow_run.parameters['n']}-made")  # found in holdfast.runtime
    def main(n):
        return runtime.flow_run.name, works(n)

    assert call(Branch().pays, 3) == "north-3"
    assert call(main, 4) == ("4-made", "main/4")


@row("submitting")
def test_tasks_are_submitted_and_mapped(call):
    @task
    def pair(a, b):
        return a, b

    @flow
    def main():
        futures = pair.map([1, 2], unmapped([0]), wait_for=[one.submit()])
        states = pair.map([1], one.submit(), return_state=True)
        late = same.submit(1, wait_for=[allow_failure(breaks.submit())], return_state=True)
        return quote((futures.result(), [each.name for each in states], late.name))

    assert call(main).unquote() == ([(1, [0]), (2, [0])], ["Completed"], "Completed")


@row("submitting")
def test_annotations_say_how_an_input_is_taken(call):
    @task
    def kinds(things):
        return [type(each).__name__ for each in things]

    @flow
    def main():
        failed = breaks(return_state=True)
        return [
            kinds(allow_failure([failed, [breaks.submit()]])),
            kinds.map(allow_failure([[failed]])).result(),
            kinds(quote([failed])),
            kinds([opaque(one.submit())]),
            kinds(opaque([failed])),
        ]

    assert call(main) == [["ValueError", "list"], [["ValueError"]], ["State"], ["int"], ["State"]]


@row("submitting")
def test_what_needs_a_failure_does_not_begin(call):
    @flow
    def main():
        return quote(same(breaks.submit(), return_state=True))

    state = call(main).unquote()
    assert (state.name, state.is_pending()) == ("NotReady", True)
    with pytest.raises(UpstreamFailed):
        call(flow(lambda: same(breaks.submit())))


@row("futures")
@both
def test_futures_are_waited_for_and_give_results(db, call, is_async):
    go, seen = threading.Event(), []

    @task
    def waits():
        assert go.wait(PATIENCE)
        return 2

    def body():
        first, slow, failing = one.submit(), waits.submit(), breaks.submit()
        slow.add_done_callback(seen.append)
        assert (slow.wait(timeout=0), slow.state.is_final()) == (None, False)
        with pytest.raises(TimeoutError):
            slow.result(timeout=0)
        first.wait()
        failing.wait()
        done, not_done = wait([first, slow], timeout=0)
        assert (done, not_done) == ({first}, {slow})
        assert {next(as_completed([slow, first])), first} == {first}
        go.set()
        assert isinstance(failing.result(raise_on_failure=False), ValueError)
        mapped = doubles.map([1, 2])
        mapped.wait()
        assert {first.task_run_id, slow.task_run_id} <= tasks_of(get_run_context().flow_run_id)
        return slow.result(), mapped.result(), first.state.name

    def tasks_of(run_id):
        return {each.id for each in queries.get_task_runs(db, run_id)}

    assert call(in_flow(body, is_async)) == (2, [2, 4], "Completed")
    assert [type(each).__name__ for each in seen] == ["TaskFuture"]


@task
def doubles(number):
    return number * 2


@row("states")
def test_states_are_made_and_looked_into():
    made = State(type=StateType.COMPLETED, name="Signed", message="by me", data=3)
    assert (made.type, made.name, made.message, made.data, made.result()) == (
        StateType.COMPLETED,
        "Signed",
        "by me",
        3,
        3,
    )
    assert made.timestamp <= datetime.now(UTC)
    makers = [Scheduled, Late, AwaitingRetry, Pending, Running, Retrying, Paused, Suspended, Cancelling, Completed,
              Failed, Cancelled, Crashed]  # fmt: skip
    for make in makers:
        state = make()
        kind = make.__name__
        assert (state.name, state.is_completed(), state.is_failed()) == (kind, kind == "Completed", kind == "Failed")
    assert Completed(name="Approved").name == "Approved"
    with pytest.raises(ValueError, match="no"):
        Failed(data=Failed(data=ValueError("no"))).result()
    assert isinstance(Failed(data=ValueError("no")).result(raise_on_failure=False), ValueError)


@row("states")
def test_in_async_code_results_of_states_are_awaited(call):
    @flow
    async def main():
        with pytest.raises(ValueError, match="no"):
            await Failed(data=ValueError("no")).result()
        return await one(return_state=True).result(raise_on_failure=False)

    assert call(main) == 1


@row("what is returned")
@both
def test_returned_states_and_futures_decide(call, is_async):
    def ended(body):
        state = call(in_flow(body, is_async), return_state=True)
        return state.name, state.message

    assert ended(lambda: Completed(name="Signed", message="by me")) == ("Signed", "by me")
    assert ended(lambda: [one.submit(), one(return_state=True)]) == ("Completed", "All states completed.")
    assert ended(lambda: (one.submit(), breaks.submit())) == ("Failed", "1/2 states failed.")
    assert ended(lambda: {Cancelled(), breaks.submit()}) == ("Cancelled", "1/2 states cancelled.")
    assert ended(lambda: [breaks.submit(), 1]) == ("Completed", None)
    found = call(in_flow(lambda: [one.submit(), breaks.submit()], is_async))
    assert [type(each) for each in found] == [State, State]
    with pytest.raises(ValueError, match="no"):
        call(in_flow(breaks.submit, is_async))


def in_flow(body, is_async):
    @flow
    def main():
        return body()

    @flow
    async def main_async():
        return body()

    return main_async if is_async else main


@row("cache policies")
@pytest.mark.parametrize(
    ("policy", "made"),
    [
        (DEFAULT, [1, 2, 1, 2]),
        (INPUTS, [1, 2]),
        (INPUTS - "b", [1]),
        (INPUTS + RUN_ID, [1, 2, 1, 2]),
        (TASK_SOURCE, [1]),
        (RUN_ID, [1, 1]),
        (FLOW_PARAMETERS, [1]),
        (NO_CACHE, [1, 1, 2, 1, 1, 2]),
        (CachePolicy.from_cache_key_fn(lambda context, inputs: str(inputs["b"])), [1, 2]),
    ],
    ids=["DEFAULT", "INPUTS", "INPUTS - b", "INPUTS + RUN_ID", "TASK_SOURCE", "RUN_ID", "FLOW_PARAMETERS", "NO_CACHE",
         "from_cache_key_fn"],
)  # fmt: skip
def test_a_policy_of_holdfast_cache_policies_says_which_calls_share_a_result(call, policy, made):
    calls = []

    @task(cache_policy=policy)
    def works(a, b):
        calls.append(b)

    @flow
    def main(parameter):
        works(0, 1), works(0, 1), works(0, 2)

    call(main, "p")
    call(main, "p")
    assert calls == made


@row("runners")
def test_threads_run_what_is_submitted(call):
    running, most, lock = [], [], threading.Lock()

    @task
    def works(n):
        with lock:
            running.append(n)
            most.append(len(running))
        with lock:
            running.remove(n)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def main():
        works.map(range(5)).result()

    call(main)
    assert max(most) == 1


IN_PROCESSES = """
import os
from holdfast import flow, task
from holdfast.task_runners import ProcessPoolTaskRunner

def prepare(value):
    os.environ["PREPARED"] = value

@task
def reads():
    return os.getpid(), os.environ["PREPARED"]

@flow(task_runner=ProcessPoolTaskRunner(max_workers=1, initializer=prepare, initargs=("yes",)))
def main():
    return reads.submit().result()

if __name__ == "__main__":
    pid, prepared = main()
    assert (pid != os.getpid(), prepared) == (True, "yes")
"""


@row("runners")
def test_processes_run_what_is_submitted(script):
    assert ProcessPoolTaskRunner(max_workers=2, initializer=print, initargs=()).max_workers == 2
    program = script(IN_PROCESSES)
    assert program.end() == 0, program.errors


# People


class Order(RunInput):
    article: str
    amount: int = 1


class Plain(BaseModel):
    name: str


@row("pausing")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("asked", "answer", "got"),
    [
        (int, 3, 3),
        (Plain, {"name": "Ana"}, Plain(name="Ana")),
        (Order.with_initial_data(description="Which?", amount=5), {"article": "gear"}, None),
        (None, None, None),
    ],
    ids=["plain", "model", "RunInput.with_initial_data", "nothing"],
)
def test_a_flow_pauses_for_what_it_asks(call, person, asked, answer, got, is_async):
    @flow
    def asks():
        return pause_flow_run(wait_for_input=asked, timeout=600, key="k")

    @flow
    async def asks_async():
        return await pause_flow_run(wait_for_input=asked, timeout=600, key="k")

    person.answers(answer, key="k")  # with resume_flow_run
    found = call(asks_async if is_async else asks)
    assert found == got or (found.article, found.amount) == ("gear", 5)


@row("pausing")
@flow
def signs():
    return suspend_flow_run(wait_for_input=str, timeout=600, key="name")


@row("pausing")
def test_a_flow_suspends_and_goes_on_with_the_answer(db, call, the_run):
    with pytest.raises(FlowRunSuspended):
        call(signs)
    resume_flow_run(the_run().id, "Ana", key="name")
    (run_id,) = claims.claim(db, current(db), 1, "tester")
    assert drive(run_again(signs, db, run_id)).data == "Ana"


@row("pausing")
def test_nobody_answers_or_nothing_was_asked(call, the_run):
    @flow
    def asks():
        pause_flow_run(timeout=0.01)

    with pytest.raises(FlowPauseTimeout):
        call(asks)
    call(flow(lambda: 1))
    done = next(each for each in list_flow_runs() if each.state.is_completed())
    with pytest.raises(NotPausedError):
        resume_flow_run(done.id)


@row("inputs")
def test_inputs_of_holdfast_input_are_sent_and_received(call):
    @flow
    def receives():
        here = get_run_context().flow_run_id
        send_input(1, here)
        send_input(2, here, key_prefix="a")
        Order(article="gear").send_to(here)
        plain = receive_input(int, timeout=1, with_metadata=True).next()
        order = next(iter(Order.receive(timeout=1)))
        order.respond(7, key_prefix="reply")
        again = list(receive_input(int, timeout=0, exclude_keys={plain.metadata.key}))
        prefixed = receive_input(int, timeout=0, key_prefix="a", flow_run_id=here).next()
        with pytest.raises(ReceiveTimeout):
            list(receive_input(str, timeout=0, raise_timeout_error=True))
        reply = receive_input(int, timeout=0, key_prefix="reply").next()
        return plain.value, type(order.metadata), again, prefixed, reply, order.metadata.receiver == here

    assert call(receives) == (1, RunInputMetadata, [], 2, 7, True)


@row("inputs")
def test_an_input_that_was_saved_is_loaded(start, feed):
    keyset = keyset_from_base_key("order")
    assert Order.keyset_from_type() == keyset

    @flow
    def asks():
        Order.save(keyset)
        pause_flow_run(key="go")
        return Order.load(keyset)

    running = start(asks)
    run_id = feed.until("opened").flow_run_id
    Order(article="gear", amount=3).send_to(run_id, key_prefix=keyset["response"])
    resume_flow_run(run_id)
    assert running.result(30) == Order(article="gear", amount=3)


# Deployments


@flow
def report(region="north", limit=1):
    return region, limit


SERVES = """
import sys
from holdfast import flow, serve

@flow
def report(region="north"):
    return region

if __name__ == "__main__":
    if sys.argv[1] == "flow.serve":
        report.serve("d", parameters={"region": "south"}, interval=1)
    else:
        serve(report.to_deployment("d", parameters={"region": "south"}, interval=1))
"""


@row("deployments")
@pytest.mark.parametrize("how", ["flow.serve", "serve"])
def test_a_process_serves_flows(script, how, feed):
    script(SERVES, how)
    run_id = feed.until_state("Completed").flow_run_id
    assert get_flow_run(run_id).state.result() == "south"


@row("deployments")
def test_a_deployment_is_what_its_settings_say():
    planned = report.to_deployment(
        "d",
        parameters={"region": "south"},
        cron="0 6 * * *",
        interval=900,
        rrule="FREQ=DAILY",
        schedule=Interval(60),
        schedules=[Cron("0 7 * * *")],
        tags=["eu"],
        paused=True,
    )
    made = planned.apply()
    assert {each.kind for each in made.schedules} == {"cron", "interval", "rrule"}
    assert (len(made.schedules), made.tags, made.paused) == (5, ("eu",), True)
    later = datetime.now(UTC) + timedelta(hours=1)
    run = run_deployment(
        "report/d",
        parameters={"limit": 3},
        timeout=0,
        as_subflow=False,
        scheduled_time=later,
        idempotency_key="monday",
        flow_run_name="mine",
        tags=["x"],
    )
    assert (run.name, run.tags, run.state.name, run.due) == ("mine", {"eu", "x"}, "Scheduled", later)
    assert run_deployment("report/d", timeout=0, idempotency_key="monday").id == run.id

    @flow
    def calls():
        return run_deployment("d", timeout=0).parent_id == get_run_context().id

    assert calls()


@row("schedules")
def test_schedules_of_holdfast_schedules_are_made_in_both_ways():
    zone, after = "Europe/Berlin", datetime(2026, 2, 1, tzinfo=UTC)
    assert Schedule(cron="0 9 13 * fri", timezone=zone, day_or=False) == Cron("0 9 13 * fri", zone, day_or=False)
    assert Schedule(interval=timedelta(minutes=15)) == Interval(900)
    assert Schedule(rrule="FREQ=DAILY", timezone=zone) == RRule("FREQ=DAILY", timezone=zone)
    assert Cron("0 9 * * *").cron == "0 9 * * *"
    assert Interval(900).interval == timedelta(minutes=15)
    assert RRule("FREQ=DAILY").rrule == "FREQ=DAILY"
    (both,) = next_times(Cron("0 9 13 * fri", day_or=False), after, 1)
    assert both == datetime(2026, 2, 13, 9, tzinfo=UTC)


# Logs, and where code runs


@row("logs")
def test_records_say_of_which_run_they_are(call, caplog):
    @task
    def step():
        get_run_logger(customer="ACME").info("in a task")

    @flow(log_prints=True)
    def main():
        print("printed")
        step()

    call(main)
    printed, logged = caplog.records
    assert printed.getMessage() == "printed"
    assert (printed.flow_name, printed.flow_run_id, bool(printed.flow_run_name)) == (
        "main", logged.flow_run_id, True,
    )  # fmt: skip
    assert (logged.customer, logged.task_name, logged.task_run_name) == ("ACME", "step", "step-1")
    assert logged.task_run_id


@row("where code runs")
def test_code_knows_its_run(db, call, the_run):
    report.to_deployment("d").apply()

    @task
    def step():
        assert TaskRunContext.get() is get_run_context()
        of = runtime.task_run
        return of.id, of.name, of.task_name, of.parameters, of.tags, of.run_count

    @flow(version="7")
    def child():
        of = runtime.flow_run
        assert FlowRunContext.get() is get_run_context()
        return of.parent_flow_run_id, of.root_flow_run_id, of.flow_version

    @flow
    def main(n):
        of = runtime.flow_run
        with tags("a"):
            return of.id, of.name, of.flow_name, of.parameters, of.run_count, of.tags, step(), child()

    run_id, name, flow_name, parameters, run_count, of_run, of_task, of_child = call(main, 3)
    run = the_run("main")
    assert (run_id, name, flow_name, parameters, run_count, of_run) == (str(run.id), run.name, "main", {"n": 3}, 1, [])
    assert of_task[1:] == ("step-1", "step", {}, ["a"], 1)
    assert of_child == (run_id, run_id, "7")
    assert (runtime.deployment.id, runtime.deployment.flow_run_id) == (None, None)


def test_each_row_has_a_test_and_each_test_a_row():
    assert set(TABLE.rows) == set(TABLE.tests)


def test_each_name_in_the_table_is_used_by_a_test_of_its_row():
    assert TABLE.names_without_a_test() == {}
