"""A setting that there is not is refused where it is given, with what was probably meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from holdfast import (
    Flow,
    RunInput,
    Task,
    cancel_flow_run,
    flow,
    futures,
    get_logs,
    list_flow_runs,
    pause_flow_run,
    resume_flow_run,
    run_deployment,
    serve,
    suspend_flow_run,
    task,
    wait_for_flow_run,
)
from holdfast.exceptions import ScheduleError, SettingsError
from holdfast.input import receive_input, send_input
from holdfast.schedules import Cron, Interval, RRule, Schedule
from holdfast.states import Completed
from holdfast.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


@flow
def morning():
    return 1


@task
def work():
    return 1


TAKERS = {
    "flow": lambda **settings: flow(**settings)(morning.fn),
    "Flow": lambda **settings: Flow(morning.fn, **settings),
    "flow.with_options": lambda **settings: morning.with_options(**settings),
    "task": lambda **settings: task(**settings)(work.fn),
    "Task": lambda **settings: Task(work.fn, **settings),
    "task.with_options": lambda **settings: work.with_options(**settings),
    "to_deployment": lambda **settings: morning.to_deployment("x", **settings),
    "flow.serve": lambda **settings: morning.serve("x", **settings),
    "serve": serve,
    "pause_flow_run": pause_flow_run,
    "suspend_flow_run": suspend_flow_run,
    "resume_flow_run": lambda **settings: resume_flow_run("run", **settings),
    "cancel_flow_run": lambda **settings: cancel_flow_run("run", **settings),
    "wait_for_flow_run": lambda **settings: wait_for_flow_run("run", **settings),
    "list_flow_runs": list_flow_runs,
    "get_logs": lambda **settings: get_logs("run", **settings),
    "send_input": lambda **settings: send_input(1, "run", **settings),
    "receive_input": lambda **settings: receive_input(int, **settings),
    "RunInput.receive": RunInput.receive,
    "RunInput.send_to": lambda **settings: RunInput().send_to("run", **settings),
    "futures.wait": lambda **settings: futures.wait([], **settings),
    "state.result": lambda **settings: Completed().result(**settings),
    "ThreadPoolTaskRunner": ThreadPoolTaskRunner,
    "ProcessPoolTaskRunner": ProcessPoolTaskRunner,
    "apply": lambda **settings: morning.to_deployment("x").apply(**settings),
    "run_deployment": lambda **settings: run_deployment("morning/x", **settings),
    "Cron": lambda **settings: Cron("0 6 * * *", **settings),
    "Interval": lambda **settings: Interval(60, **settings),
    "RRule": lambda **settings: RRule("FREQ=DAILY", **settings),
    "Schedule": lambda **settings: Schedule(cron="0 6 * * *", **settings),
}


@pytest.fixture(params=TAKERS)
def taker(request):
    return TAKERS[request.param]


def test_a_setting_that_there_is_not_is_named(taker):
    with pytest.raises(TypeError, match="no setting called nonsense"):
        taker(nonsense=1)


@pytest.mark.parametrize(
    ("name", "setting", "meant"),
    [
        ("flow", "retires", "retries"),
        ("Flow", "task_runer", "task_runner"),
        ("flow.with_options", "timeout_second", "timeout_seconds"),
        ("task", "cache_polcy", "cache_policy"),
        ("Task", "on_fail", "on_failure"),
        ("task.with_options", "tag", "tags"),
        ("to_deployment", "cronn", "cron"),
        ("to_deployment", "shedule", "schedule"),
        ("flow.serve", "slot", "slots"),
        ("serve", "limits", "limit"),
        ("run_deployment", "parameter", "parameters"),
        ("Cron", "time_zone", "timezone"),
        ("pause_flow_run", "timeot", "timeout"),
        ("suspend_flow_run", "wait_for_inputs", "wait_for_input"),
        ("resume_flow_run", "input", "run_input"),
        ("wait_for_flow_run", "raise_on_fail", "raise_on_failure"),
        ("list_flow_runs", "state", "states"),
        ("receive_input", "exclude_key", "exclude_keys"),
        ("RunInput.send_to", "prefix", "key_prefix"),
        ("ThreadPoolTaskRunner", "max_worker", "max_workers"),
    ],
)
def test_what_was_probably_meant_is_said(name, setting, meant):
    with pytest.raises(TypeError, match=f"no setting called {setting}; did you mean {meant}\\?"):
        TAKERS[name](**{setting: 1})


@pytest.mark.parametrize(
    ("name", "setting", "instead"),
    [
        ("to_deployment", "concurrency_limit", "use limit="),
        ("to_deployment", "job_variables", "no work pools"),
        ("to_deployment", "work_pool_name", "no work pools"),
        ("to_deployment", "image", "no work pools"),
        ("to_deployment", "description", "description= of @flow"),
        ("flow.serve", "global_limit", "use limit="),
        ("flow.serve", "pause_on_shutdown", "pause_deployment"),
        ("flow.serve", "webserver", "no server"),
        ("serve", "pause_on_shutdown", "pause_deployment"),
        ("run_deployment", "job_variables", "no work pools"),
        ("run_deployment", "work_queue_name", "no work pools"),
        ("flow", "result_storage", "in the database"),
        ("flow", "result_serializer", "cloudpickle"),
        ("task", "on_rollback", "use on_failure="),
        ("task", "result_storage_key", "cache_key_fn"),
        ("task.with_options", "cache_result_in_memory", "in the database"),
        ("Cron", "active", "paused=True"),
        ("Interval", "anchor_date", "use anchor="),
        ("RRule", "slug", "by its rule"),
        ("wait_for_flow_run", "client", "no server"),
        ("state.result", "retry_result_failure", "leave it out"),
        ("apply", "work_pool_name", "no work pools"),
        ("ProcessPoolTaskRunner", "subprocess_message_processor_factories", "leave it out"),
        ("task.with_options", "assets", "no assets"),
    ],
)
def test_what_prefect_takes_is_named_with_its_substitute(name, setting, instead):
    with pytest.raises(TypeError, match=f"no setting called {setting}: .*{instead}"):
        TAKERS[name](**{setting: None})


def test_each_of_several_is_named():
    with pytest.raises(TypeError, match=r"called cronn; did you mean cron\? .*called image: "):
        morning.to_deployment("x", image="python:3", cronn="0 6 * * *")


@flow
def counts(number: int):
    return number


@task
def counted(number: int):
    return number


CALLS = {
    "flow": counts,
    "task": counted,
    "submit": counted.submit,
    "map": lambda *args, **kwargs: counted.map([*args], **kwargs),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("argument", "meant"), [("wait_fro", "wait_for"), ("return_sate", "return_state"), ("nubmer", "number")]
)
def test_what_was_probably_meant_by_an_argument_of_a_call_is_said(name, argument, meant):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{argument}'; did you mean {meant}\\?$"):
        CALLS[name](1, **{argument: None})


def test_an_argument_of_prefects_is_named_with_its_substitute():
    with pytest.raises(TypeError, match=r"'deferred': use map\(\) or submit\(\) in a flow"):
        counted.map([1], deferred=True)


def test_an_argument_that_is_like_none_is_refused_and_nothing_else_said():
    with pytest.raises(TypeError, match=r"'zzz'\.?$"):
        counted(1, zzz=None)
    with pytest.raises(TypeError, match=r"'zzz'\.$"):
        counts(1, zzz=None)


DAILY = Cron("0 6 * * *")


@pytest.mark.parametrize("setting", ["schedule", "schedules"])
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (DAILY, (DAILY,)),
        ("0 6 * * *", (DAILY,)),
        ([DAILY, Interval("15m")], (DAILY, Interval(900))),
        (("0 6 * * *", Interval(timedelta(hours=1))), (DAILY, Interval(3600))),
        ({"cron": "0 6 * * *", "timezone": "Europe/Berlin"}, (Cron("0 6 * * *", "Europe/Berlin"),)),
        ([{"interval": 900}, {"rrule": "FREQ=DAILY"}], (Interval(900), RRule("FREQ=DAILY"))),
        ([], ()),
        (None, ()),
    ],
    ids=str,
)
def test_schedules_are_taken_as_one_or_many_of_every_shape(setting, given, meant):
    assert morning.to_deployment("x", **{setting: given}).plan.schedules == meant


def test_schedules_of_all_settings_come_together():
    made = morning.to_deployment("x", cron="0 6 * * *", schedule=Interval(60), schedules=[Interval(90)])
    assert made.plan.schedules == (DAILY, Interval(60), Interval(90))


def test_a_text_is_meant_in_the_time_zone_of_the_deployment():
    made = morning.to_deployment("x", schedule="0 6 * * *", timezone="Europe/Berlin")
    assert made.plan.schedules == (Cron("0 6 * * *", "Europe/Berlin"),)


@pytest.mark.parametrize("given", [7, "daily", {"cronn": "0 6 * * *"}, [{7}]], ids=str)
def test_what_is_no_schedule_is_refused(given):
    with pytest.raises(ScheduleError):
        morning.to_deployment("x", schedule=given)


def test_settings_that_are_none_are_as_if_not_given():
    made = morning.to_deployment("x", tags=None, timezone=None, parameters=None, schedules=None, cron=None)
    assert (made.plan.schedules, made.plan.tags, made.plan.parameters) == ((), (), {})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HOLDFAST_HOM", "HOLDFAST_HOME"),
        ("HOLDFAST_USR", "HOLDFAST_USER"),
        ("HOLDFAST_DATABASE", "HOLDFAST_DB"),
        ("HOLDFAST_DB_PATH", "HOLDFAST_DB"),
        ("HOLDFAST_SYNCRONOUS", "HOLDFAST_SYNCHRONOUS"),
    ],
)
def test_a_variable_that_is_a_slip_of_a_setting_is_refused(monkeypatch, name, meant):
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError, match=f"There is no setting {name}; did you mean {meant}\\?"):
        list_flow_runs()


@pytest.mark.parametrize(
    "name", ["HOLDFAST_PORT", "HOLDFAST_SERVICE_HOST", "HOLDFAST_PORT_80_TCP", "HOLDFAST_FAULTS", "HOLDFASTER"]
)
def test_a_variable_that_is_like_no_setting_is_let_be(monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert list_flow_runs() == []
