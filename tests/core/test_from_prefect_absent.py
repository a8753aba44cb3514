"""What the README calls absent is refused with its substitute, and each substitute does what it is named for."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import logging
import re
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

import holdfast
from holdfast import (
    TaskFuture,
    allow_failure,
    cache_policies,
    flow,
    get_events,
    get_flow_run,
    get_logs,
    get_run_logger,
    get_task_runs,
    get_waits,
    list_flow_runs,
    pause_deployment,
    pause_flow_run,
    reading,
    resume_flow_run,
    run_deployment,
    runtime,
    task,
    unmapped,
)
from holdfast.annotations import opaque, quote
from holdfast.cache_policies import FLOW_PARAMETERS, INPUTS, RUN_ID, TASK_SOURCE, CachePolicy
from holdfast.context import get_run_context
from holdfast.engine.liveness import current
from holdfast.exceptions import (
    FlowRunNotFound,
    FlowRunSuspended,
    HoldfastError,
    ParameterError,
    UpstreamFailed,
)
from holdfast.input import RunInput, keyset_from_base_key, receive_input, send_input
from holdfast.reading import get_messages
from holdfast.records import FlowRun, TaskRun
from holdfast.schedules import Interval
from holdfast.states import Completed, Failed, Pending, Scheduled
from holdfast.store import claims
from holdfast.task_runners import TaskRunner, ThreadPoolTaskRunner

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from prefect_table import Table

TABLE = Table("| absent | instead |")
row = TABLE.row


@task
def one():
    return 1


@task
def breaks():
    raise ValueError("no")


@flow
def plain(number: int = 0):
    return number


FUTURE: TaskFuture[int] = TaskFuture(uuid4(), Future())
RECORDS = [object.__new__(each) for each in (FlowRun, TaskRun)]


# That it is refused


def absent_names():
    for first, (instead,) in TABLE.rows.items():
        for name in re.findall(r"`([^`]+)`", first):
            if name not in ("runtime", "prefect.input.actions"):
                yield pytest.param(name, instead, id=name)


def refusals(name):
    """What is said where it is imported, looked up or given."""
    acts = [
        lambda: getattr(holdfast, name),
        *(
            lambda of=each: getattr(of, name)
            for each in (plain, one, runtime.flow_run, cache_policies.INPUTS, Pending(), FUTURE, *RECORDS)
        ),
        lambda: importlib.import_module(name.replace("prefect.", "holdfast.")),
        lambda: one.map([1], **{name: None}),
        lambda: flow(**{name: None})(plain.fn),
        lambda: task(**{name: None})(one.fn),
        lambda: plain.to_deployment("d", **{name: None}),
        lambda: Interval(60, **{name: None}),
    ]
    for act in acts:
        try:
            act()
        except (ImportError, AttributeError, TypeError) as error:
            yield str(error).partition(": ")[2]


@pytest.mark.parametrize(("name", "instead"), absent_names())
def test_what_is_absent_is_refused_with_words_of_its_row(name, instead):
    words = set(re.findall(r"\w{4,}", instead))
    assert any(words & set(re.findall(r"\w{4,}", said)) for said in refusals(name))


# That its substitute does it

FLOWS = "from holdfast import flow\n\n\n@flow\ndef report():\n    return 'done'\n"
COMMAND = "from holdfast.cli import main\n\nmain()\n"
"""The command `holdfast`, in a process of its own."""


@row("`get_client`, `get_sync_client`, `client`")
def test_runs_are_read_by_functions(call):
    call(plain)
    (run,) = list_flow_runs()
    assert get_flow_run(run.id).id == run.id
    assert reading.get_flow_run is get_flow_run
    assert (type(run), type(run.state)) == (holdfast.records.FlowRun, holdfast.states.State)
    assert isinstance(Interval(60), holdfast.schedules.Schedule)


@row(
    "`prefect.input.run_input`, `prefect.deployments.runner`, `prefect.logging.loggers`, `prefect.runtime.flow_run`"
    " and other modules below modules"
)
def test_what_modules_below_modules_have_is_in_those_above_them():
    from holdfast.deployments import RunnerDeployment, run_deployment  # noqa: F401
    from holdfast.input import receive_input, send_input  # noqa: F401
    from holdfast.logging import get_run_logger  # noqa: F401
    from holdfast.runtime import deployment, flow_run, task_run  # noqa: F401


@row(
    "`state_name`, `start_time`, `end_time`, `run_count`, `expected_start_time`, `parameters`, `total_run_time` of"
    " records"
)
def test_records_say_what_became_of_a_run(call):
    told = []

    @flow(on_completion=[lambda of, run, state: told.append(runtime.flow_run.parameters)])
    def main(number):
        return number

    call(main, 3)
    (run,) = list_flow_runs()
    assert (run.state.name, run.executions, run.due, told) == ("Completed", 1, None, [{"number": 3}])
    assert run.started <= run.ended


@row("`with_context`, `serialize_context`, `hydrated_context`")
def test_a_thread_of_ones_own_knows_of_its_run(call):
    @flow
    def main():
        with ThreadPoolExecutor() as pool:
            return pool.submit(contextvars.copy_context().run, one).result()

    call(main)
    (run,) = list_flow_runs()
    assert [each.task_name for each in get_task_runs(run.id)] == ["one"]


@row("`server`, `profiles`, `use_profile`, `temporary_settings`, `get_current_settings`, `PREFECT_API_URL`")
def test_another_folder_has_other_runs(call, tmp_path, monkeypatch):
    call(plain)
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "other"))
    assert list_flow_runs() == []


@row("`PrefectFuture`, `PrefectException`, `ParameterTypeError`, `ObjectNotFound`, `UpstreamTaskError`, `Pause`")
def test_futures_and_exceptions_have_names_of_their_own(call):
    @flow
    def main():
        assert isinstance(one.submit(), TaskFuture)
        one(wait_for=[breaks.submit()])

    with pytest.raises(UpstreamFailed):
        call(main)
    with pytest.raises(ParameterError):
        call(plain, "x")
    with pytest.raises(FlowRunNotFound):
        get_flow_run("nowhere")
    assert all(issubclass(each, HoldfastError) for each in (UpstreamFailed, ParameterError, FlowRunSuspended))


class Order(RunInput):
    article: str


@row("`get_state_exception`, `raise_state_exception`, `get_state_result`, `is_state_iterable`, `StateGroup`, `aresult`")
def test_a_state_gives_its_exception_and_that_of_states_within_it():
    for state in (Failed(data=ValueError("no")), Failed(data=[Completed(), Failed(data=ValueError("no"))])):
        with pytest.raises(ValueError, match="no"):
            state.result()

    async def awaits():
        return await Failed(data=ValueError("no")).result(raise_on_failure=False)

    assert isinstance(asyncio.run(awaits()), ValueError)


@row("`Submitting`, `InfrastructurePending`, `AwaitingConcurrencySlot`")
def test_a_run_that_a_limit_holds_back_is_scheduled(db):
    assert Pending().is_pending()
    plain.to_deployment("d", limit=1).apply()
    runs = [run_deployment("d", timeout=0) for _ in range(2)]
    assert len(claims.claim(db, current(db), 2, "tester")) == 1
    assert [get_flow_run(each.id).state.name for each in runs] == ["Pending", Scheduled().name]


@row("`wrapped_future`, `wait_async`")
def test_a_future_has_the_standard_librarys_and_is_awaited(call):
    @flow
    async def main():
        made = one.submit()
        return await made, made.future.result().name

    assert call(main) == (1, "Completed")


@row("`keyset_from_paused_state`")
def test_the_keyset_of_a_wait_is_made_of_its_key(start, feed):
    @flow
    def asks():
        answer = pause_flow_run(wait_for_input=Order, key="order")
        (wait,) = get_waits(get_run_context().flow_run_id)
        return Order.load(keyset_from_base_key(wait.key)) == answer

    running = start(asks)
    resume_flow_run(feed.until("opened").flow_run_id, {"article": "gear"})
    assert running.result(30)


@row("`create_flow_run_input`, `read_flow_run_input` and the others of `prefect.input.actions`")
def test_a_value_is_sent_under_a_key_and_read(call):
    @flow
    def main():
        here = get_run_context().flow_run_id
        send_input({"article": "gear"}, here, key_prefix="order")
        return get_messages(here)[0].value, receive_input(Order, timeout=0, key_prefix="order").next()

    assert call(main) == ({"article": "gear"}, Order(article="gear"))


@row("`run_input_subclass_from_type`, `AutomaticRunInput`, `BaseRunInput`")
def test_any_type_is_asked_for_and_received_as_it_is(call):
    @flow
    def main():
        here = get_run_context().flow_run_id
        for value in (5, [1, 2], Order(article="gear")):
            send_input(value, here)
        return [receive_input(each, timeout=0).next() for each in (int, list[int], Order)]

    assert issubclass(Order, RunInput)
    assert call(main) == [5, [1, 2], Order(article="gear")]


@row("`deploy`, `from_source`, `work_pool_name`, `job_variables`, `image`, `build`, `push`, `workers`, `runner`")
def test_a_deployment_is_made_of_the_flows_file_and_run_by_a_worker(tmp_path, feed, script):
    (tmp_path / "flows.py").write_text(FLOWS)
    assert script(COMMAND, "deploy", "flows.py:report").end() == 0  # holdfast deploy
    script(COMMAND, "worker")  # holdfast worker
    assert run_deployment("report/default", timeout=60).state.result() == "done"
    assert plain.to_deployment("name").apply().full_name == "plain/name"  # flow.to_deployment(name).apply()


@row(
    "`concurrency_limit`, `global_limit`, `anchor_date`, `active`, `enforce_parameter_schema`, `pause_on_shutdown` of"
    " deployments"
)
def test_a_deployment_has_one_limit_and_is_paused_by_its_name():
    made = plain.to_deployment("d", limit=2, schedule=Interval(60, anchor=None), paused=True).apply()
    assert (made.limit, made.paused) == (2, True)
    assert not plain.to_deployment("d", paused=False).apply().paused
    assert pause_deployment("d").paused
    with pytest.raises(ParameterError):
        plain.to_deployment("d", parameters={"number": "x"})


@row("`freeze`")
def test_parameters_of_a_deployment_are_given_to_its_runs(call):
    plain.to_deployment("d", parameters={"number": 3}).apply()
    assert run_deployment("d", timeout=0).state.is_scheduled()


@row("`description`, `version`, `version_type` of deployments")
def test_a_deployment_has_the_description_and_version_of_its_flow():
    described = flow(description="It adds.", version="7")(plain.fn)
    planned = described.to_deployment("d")
    assert (planned.flow.description, planned.flow.version) == ("It adds.", "7")  # of @flow


@row("`delay`, `apply_async`, `task_worker`, `deferred`")
def test_a_task_is_run_in_the_background_of_a_flow(call):
    assert call(flow(lambda: one.submit().result())) == 1


@row("`PrefectTaskRunner`, `DaskTaskRunner`, `RayTaskRunner`, `ConcurrentTaskRunner`")
def test_submitted_tasks_run_in_threads_or_as_a_runner_of_ones_own_says(call):
    class Twice(ThreadPoolTaskRunner):
        def submit(self, function, *args):
            submitted.append(function)
            return super().submit(function, *args)

    submitted = []
    assert issubclass(Twice, TaskRunner)
    assert call(flow(task_runner=Twice(2))(lambda: one.submit().result())) == 1
    assert len(submitted) == 1


@row("`transaction`, `transactions`, `on_rollback`, `on_commit`")
def test_what_is_finished_is_kept_and_hooks_tell_of_the_rest(call):
    made, told = [], []

    @task(on_completion=[lambda of, run, state: told.append("committed")])
    def first():
        made.append("first")

    @task(on_failure=[lambda of, run, state: told.append("rolled back")])
    def second():
        made.append("second")
        if len(made) == 2:
            raise ValueError

    @flow(retries=1)
    def main():
        first()
        second()

    call(main)
    assert (made, told) == (["first", "second", "second"], ["committed", "rolled back"])


class Own:
    def __init__(self, n):
        self.n = n


@row(
    "`result_storage`, `result_storage_key`, `result_serializer`, `cache_result_in_memory`, `results`, `serializers`,"
    " `filesystems`"
)
def test_results_are_in_the_database(call):
    assert call(flow(persist_result=True)(lambda: Own(5))).n == 5
    (run,) = list_flow_runs()
    assert get_flow_run(run.id).state.result().n == 5


@row("`task_input_hash`, `Inputs`, `TaskSource`, `RunId`, `FlowParameters`, `CacheKeyFnPolicy`")
@pytest.mark.parametrize(
    "policy",
    [INPUTS, TASK_SOURCE, RUN_ID, FLOW_PARAMETERS, CachePolicy.from_cache_key_fn(lambda context, inputs: "key")],
    ids=["INPUTS", "TASK_SOURCE", "RUN_ID", "FLOW_PARAMETERS", "from_cache_key_fn"],
)
def test_a_policy_shares_results(call, policy):
    made = []

    @task(cache_policy=policy)
    def works(n):
        made.append(n)

    @flow
    def main(parameter):
        works(1), works(1)

    call(main, 0)
    assert made == [1]


@row("`configure` of cache policies, `locking`")
def test_equal_calls_at_once_are_made_once(call):
    made = []

    @task(cache_policy=INPUTS)
    def works(n):
        made.append(n)
        return n

    assert call(flow(lambda: works.map([1] * 8).result())) == [1] * 8
    assert made == [1]


@row("`concurrency`, `rate_limit`, tag limits")
def test_what_runs_at_a_time_is_limited_by_deployments_workers_and_runners(db):
    plain.to_deployment("d", limit=2).apply()
    for _ in range(3):
        run_deployment("d", timeout=0)
    slots = 1
    assert len(claims.claim(db, current(db), slots, "tester")) == 1
    assert len(claims.claim(db, current(db), 8, "tester")) == 1
    assert ThreadPoolTaskRunner(max_workers=3).max_workers == 3


@row("`scheduled_start_time`, `api_url`, `ui_url`, `parent_deployment_id` of `runtime`")
def test_when_a_run_was_made_and_of_what_is_in_its_record(call):
    made = plain.to_deployment("d").apply()
    run = run_deployment("d", timeout=0)
    assert get_flow_run(run.id).created.tzinfo
    assert get_flow_run(run.id).deployment_id == made.id


@row("`disable_run_logger`, `prefect_test_harness`, `testing`")
def test_a_task_is_tested_without_a_run(call, tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "for a test"))
    assert (one(), one.fn()) == (1, 1)
    assert not (tmp_path / "for a test").exists()
    call(plain)
    assert (tmp_path / "for a test").exists()


@row("`get_logger`, `flow_run_logger`, `task_run_logger`")
def test_loggers_are_those_of_the_standard_library_and_of_runs(call, caplog):
    @task
    def step(context):
        get_run_logger(context).info("of the flow")  # get_run_logger(context)

    @flow
    def main():
        step(quote(get_run_context()))
        logging.getLogger("mine").warning("of no run")

    call(main)
    assert [each.name for each in caplog.records] == ["holdfast.flow_runs", "mine"]


@row("`load_flow_from_entrypoint`")
def test_a_flow_is_imported_or_run_by_its_file(tmp_path, script):
    (tmp_path / "flows.py").write_text(FLOWS)
    program = script(COMMAND, "run", "flows.py:report")  # holdfast run
    assert program.end() == 0, program.errors
    (run,) = list_flow_runs()
    assert get_flow_run(run.id).state.result() == "done"


@row("`utilities`")
def test_annotations_are_where_they_are_named():
    assert {allow_failure, unmapped} == {holdfast.allow_failure, holdfast.unmapped}
    assert {each.__module__ for each in (quote, opaque)} == {"holdfast.annotations"}


@row("`artifacts`, `create_markdown_artifact`, `assets`, `asset_deps`")
def test_what_is_to_be_shown_is_logged_or_returned(call, the_run):
    @flow
    def main():
        get_run_logger().info("# Report")
        return "the value"

    call(main)
    assert [each.message for each in get_logs(the_run().id)] == ["# Report"]
    assert get_flow_run(the_run().id).state.result() == "the value"


@row("`visualize`, `viz_return_value`")
def test_the_steps_of_a_run_are_in_its_record(call, the_run):
    call(flow(lambda: one()))
    assert [each.name for each in get_task_runs(the_run().id)] == ["one-1"]


@row("`blocks`, `variables`")
def test_a_secret_is_an_answer(call, person):
    person.answers("hush")
    assert call(flow(lambda: pause_flow_run(wait_for_input=SecretStr).get_secret_value() == "hush"))


@row("`automations`, `events`, `triggers`")
def test_runs_are_started_and_told_by_functions(call):
    @flow
    def main():
        run_deployment("d", timeout=0)
        send_input(1, get_run_context().flow_run_id)
        return receive_input(int, timeout=0).next(), len(get_events(get_run_context().flow_run_id)) > 0

    plain.to_deployment("d").apply()
    assert call(main) == (1, True)
    assert len(list_flow_runs(deployment="d")) == 1


def test_each_row_has_a_test_and_each_test_a_row():
    assert set(TABLE.rows) == set(TABLE.tests)


def test_each_name_that_stands_instead_is_used_by_the_test_of_its_row():
    assert TABLE.names_without_a_test() == {}
